"""What PyTorch warns of is warned of here, as often and in the same class; what is in order is not."""

import warnings

import pytest
import torch

import tinygrad_fr as tg


def said(program, library):
    """The classes of the warnings that a program gives."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        program(library)
    return [each.category for each in found if "deprecated in" not in str(each.message)]


def moved(library):
    p = library.nn.Parameter(library.ones(2))
    p.grad = library.ones(2)
    return library.optim.SGD([p], lr=0.1)


SCHEDULES = {
    "StepLR": lambda s, o: s.StepLR(o, 1),
    "MultiStepLR": lambda s, o: s.MultiStepLR(o, [1, 2]),
    "ExponentialLR": lambda s, o: s.ExponentialLR(o, 0.9),
    "LambdaLR": lambda s, o: s.LambdaLR(o, lambda n: 0.9**n),
    "LinearLR": lambda s, o: s.LinearLR(o),
    "CosineAnnealingLR": lambda s, o: s.CosineAnnealingLR(o, 5),
    "CosineAnnealingWarmRestarts": lambda s, o: s.CosineAnnealingWarmRestarts(o, 5),
    "OneCycleLR": lambda s, o: s.OneCycleLR(o, 0.1, total_steps=9),
    "CyclicLR": lambda s, o: s.CyclicLR(o, 0.1, 0.2),
    "ChainedScheduler": lambda s, o: s.ChainedScheduler([s.StepLR(o, 1), s.ExponentialLR(o, 0.9)]),
    "SequentialLR": lambda s, o: s.SequentialLR(o, [s.LinearLR(o), s.StepLR(o, 1)], [4]),
}


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("order", ["so", "os", "ss", "oss", "sos", "sso", ""])
def test_schedules(name, order):
    """Steps of the optimizer, o, and of the schedule, s, in several orders."""

    def program(library):
        optimizer = moved(library)
        schedule = SCHEDULES[name](library.optim.lr_scheduler, optimizer)
        for letter in order:
            (optimizer if letter == "o" else schedule).step()

    assert said(program, tg) == said(program, torch)


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Rprop", "LBFGS"])
def test_optimizers(name):
    def program(library, steps):
        p = library.nn.Parameter(library.ones(2))
        optimizer = getattr(library.optim, name)([p], lr=0.1)
        schedule = library.optim.lr_scheduler.StepLR(optimizer, 1)

        def closure():
            optimizer.zero_grad()
            loss = (p * p).sum()
            loss.backward()
            return loss

        for _step in range(steps):
            optimizer.step(closure)
        schedule.step()

    for steps in (0, 1):
        assert said(lambda library, n=steps: program(library, n), tg) == [UserWarning] * (not steps)
        assert said(lambda library, n=steps: program(library, n), torch) == [UserWarning] * (not steps)


GRADIENTS = {
    "a leaf": lambda x: x.grad,
    "no leaf": lambda x: (x * 2).grad,
    "a view": lambda x: x[0].grad,
    "no leaf, kept": lambda x: kept(x * 2).grad,
    "no gradient at all": lambda x: (x.detach() * 2).grad,
    "detached": lambda x: (x * 2).detach().grad,
    "a leaf that was moved": lambda x: x.double().detach().requires_grad_().grad,
}


def kept(y):
    y.retain_grad()
    return y


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients_of_what_is_no_leaf(name):
    def program(library):
        assert GRADIENTS[name](library.ones(2, requires_grad=True)) is None

    assert said(program, tg) == said(program, torch)


MASKS = {
    "read": lambda x, mask: x[mask],
    "read of rows": lambda x, mask: x.reshape(4, 1)[mask, :],
    "written": lambda x, mask: x.__setitem__(mask, x[:2] * 2),
    "index_put": lambda x, mask: x.index_put((mask,), x[:2]),
}


@pytest.mark.parametrize("name", MASKS)
@pytest.mark.parametrize("dtype", ["uint8", "bool"])
def test_masks(name, dtype):
    found = []

    def program(library):
        x = library.arange(4.0)
        mask = library.tensor([1, 0, 1, 0], dtype=getattr(library, dtype))
        y = MASKS[name](x, mask)
        found.append((x.tolist(), None if y is None else y.tolist()))

    ours, theirs = set(said(program, tg)), set(said(program, torch))
    assert ours == theirs == ({UserWarning} if dtype == "uint8" else set())
    assert found[0] == found[1]


GIVEN = {
    "dictionary": lambda y: {"word": "a", "y": y},
    "list": lambda y: [y, y * 2],
    "dictionary in a list": lambda y: [{"word": "a", "y": y}],
    "tensor": lambda y: y,
    "tuple": lambda y: (y, y * 2),
}


@pytest.mark.parametrize("gives", GIVEN)
@pytest.mark.parametrize("way", ["register_backward_hook", "register_full_backward_hook"])
def test_backward_hooks(way, gives):
    """An older hook follows the first tensor of whatever a module gives; a full one needs a tensor or a tuple, and that is said."""
    found = []
    for library in (tg, torch):

        class Module(library.nn.Module):
            def forward(self, x):
                self.y = x * 3
                return GIVEN[gives](self.y)

        module, log = Module(), []
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            getattr(module, way)(lambda _module, _sent, came, log=log: log.append(came[0].tolist()))
            module(library.ones(2, requires_grad=True))
        result = [value for value in (module.y,) if value.requires_grad]
        (result[0] * library.tensor([1.0, 2.0])).sum().backward()
        found.append((bool(heard), log if gives not in ("tensor", "tuple") else None))
    assert found[0] == found[1]
