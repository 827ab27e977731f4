"""The places where people write ``compile``: in each, a training gives the numbers of the eager one, and calls are replayed."""

import copy
import pickle

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr import nn, optim, tensor

X = tensor(np.linspace(-1, 1, 8).reshape(2, 4))


def plainly(step=None, **_options):
    return step if step is not None else plainly


def net(kind=plainly, on_forward=plainly, on_head=plainly):
    """A class of modules, compiled as a whole, at its method or at another."""

    class Net(nn.Module):
        scale = 2.0

        def __init__(self):
            super().__init__()
            self.layer, self.last = nn.Linear(4, 4), nn.Linear(4, 1)

        @on_forward
        def forward(self, x):
            return self.head(self.layer(x).tanh())

        @on_head
        def head(self, x):
            return self.last(x) * self.scale

    return kind(Net)


def derived(parent):
    class Derived(parent):
        def forward(self, x):
            return super().forward(x) + 1

    return Derived


def with_forward(model, compiled):
    model.forward = compiled(model.forward)
    return model


def with_layer(model, compiled):
    model.layer = compiled(model.layer)
    return model


# Where it stands → the model, given how to compile.
PLACES = {
    "class": lambda c: net(c)(),
    "class, with options": lambda c: net(c(dynamic=True))(),
    "class, derived from": lambda c: derived(net(c))(),
    "derived class": lambda c: c(derived(net()))(),
    "both classes": lambda c: c(derived(net(c)))(),
    "forward": lambda c: net(on_forward=c)(),
    "forward, derived from": lambda c: derived(net(on_forward=c))(),
    "another method": lambda c: net(on_head=c)(),
    "forward of an object": lambda c: with_forward(net()(), c),
    "layer": lambda c: with_layer(net()(), c),
    "module": lambda c: c(net()()),
    "module twice": lambda c: c(c(net()())),
    "copy of a module": lambda c: copy.deepcopy(c(net()())),
    "copy of an object with a compiled forward": lambda c: copy.deepcopy(with_forward(net()(), c)),
    "the module behind": lambda c: getattr(made := c(net()()), "_orig_mod", made),
}


def runs(kind):
    """A way to compile that remembers what it made."""
    made = []

    def compiled(step=None, **options):
        if step is None:
            return lambda step: compiled(step, **options)
        found = tg.compile(step, **options)
        made.append(vars(step)["forward"] if isinstance(step, type) else found)
        return found

    return (compiled if kind is tg.compile else plainly), made


def trained(place, kind):
    tg.manual_seed(0)
    compiled, made = runs(kind)
    model = PLACES[place](compiled).double()
    moves = optim.SGD(model.parameters(), 0.1)
    seen = []
    for k in range(8):
        if k == 4:
            next(kind for kind in type(model).__mro__ if "scale" in vars(kind)).scale = 3.0
        moves.zero_grad()
        y = model(X)
        y.square().mean().backward()
        moves.step()
        seen.append(y.tolist())
    return seen, [*model.state_dict()], made


@pytest.mark.parametrize("place", PLACES)
def test_a_training_is_the_eager_one(place):
    found, names, made = trained(place, tg.compile)
    expected, names_there, _made = trained(place, plainly)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert names == names_there
    if "copy" not in place and "behind" not in place:
        assert sum(run.replays for run in made) > 3


def test_a_compiled_class_is_itself():
    kind = net()
    assert tg.compile(kind) is kind
    assert isinstance(kind(), kind)


def test_a_class_whose_objects_are_not_called_is_left_alone():
    class Settings:
        rate = 0.1

    before = dict(vars(Settings))
    assert tg.compile(Settings) is Settings
    assert dict(vars(Settings)) == before


def test_an_object_that_is_called_is_compiled():
    @tg.compile
    class Distance:
        def __init__(self, weight):
            self.weight = weight

        def __call__(self, a, b):
            return self.weight * (a - b).square().mean()

    for weight in (1.0, 2.0):
        loss = Distance(weight)
        for k in range(3):
            np.testing.assert_allclose(
                loss(X, X * k).item(), weight * ((1 - k) ** 2 * X.square().mean()).item(), rtol=1e-12
            )
    assert vars(Distance)["__call__"].replays > 0


def _tripled(x):
    return 3 * x


def test_a_compiled_function_is_pickled_with_its_options():
    again = pickle.loads(pickle.dumps(tg.compile(_tripled, verify=2, fullgraph=True)))
    assert (again.step, again.verify, again.fullgraph) == (_tripled, 2, True)
    assert again(X).tolist() == (3 * X).tolist()
