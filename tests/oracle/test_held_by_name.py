"""What a module holds under a name, however it came there and whatever was there before: as PyTorch's, or refused as there."""

from itertools import product

import pytest
import torch

import tinygrad_fr as tg

THINGS = {
    "number": lambda t: 5,
    "none": lambda t: None,
    "tensor": lambda t: t.ones(2),
    "parameter": lambda t: t.nn.Parameter(t.ones(3)),
    "frozen": lambda t: t.nn.Parameter(t.ones(3), requires_grad=False),
    "buffer": lambda t: t.nn.Buffer(t.ones(4)),
    "unsaved": lambda t: t.nn.Buffer(t.ones(4), persistent=False),
    "module": lambda t: t.nn.Linear(1, 1),
    "product": lambda t: t.nn.Parameter(t.ones(3)) * 2,
}
WAYS = {
    "set": setattr,
    "deleted": lambda m, name, _thing: delattr(m, name),
    "parameter": lambda m, name, thing: m.register_parameter(name, thing),
    "buffer": lambda m, name, thing: m.register_buffer(name, thing),
    "unsaved": lambda m, name, thing: m.register_buffer(name, thing, persistent=False),
    "module": lambda m, name, thing: m.add_module(name, thing),
}
STEPS = [(way, thing) for way, thing in product(WAYS, THINGS) if way != "deleted" or thing == "none"]
CLASSES = (TypeError, KeyError, AttributeError)


def held(m):
    entries = [
        sorted((name, x is None) for name, x in getattr(m, kind).items())
        for kind in ("_parameters", "_buffers", "_modules")
    ]
    listed = [
        sorted(name for name, _x in found) for found in (m.named_parameters(), m.named_buffers(), m.named_children())
    ]
    return (
        entries,
        listed,
        sorted(m.state_dict()),
        type(getattr(m, "x", "nothing")).__name__.replace("Buffer", "Tensor"),
    )


def after(package, steps, name="x"):
    """What a module holds after some steps, and which of them were refused."""
    m, refused = package.nn.Module(), []
    for way, thing in steps:
        try:
            WAYS[way](m, name, THINGS[thing](package))
            refused.append(None)
        except CLASSES as error:
            refused.append(next(kind.__name__ for kind in CLASSES if isinstance(error, kind)))
    return held(m), refused


@pytest.mark.parametrize("first", STEPS, ids="-".join)
def test_two_steps(first):
    for second in STEPS:
        theirs, ours = (after(package, (first, second)) for package in (torch, tg))
        assert ours == theirs, (first, second)


@pytest.mark.parametrize("second", STEPS[::4], ids="-".join)
def test_three_steps(second):
    for first, third in product(STEPS[::3], STEPS[::5]):
        theirs, ours = (after(package, (first, second, third)) for package in (torch, tg))
        assert ours == theirs, (first, second, third)


@pytest.mark.parametrize("name", ["", "a.b", "forward", "training", 5, None])
@pytest.mark.parametrize(("way", "thing"), [("parameter", "parameter"), ("buffer", "tensor"), ("module", "module")])
def test_names_that_are_none(name, way, thing):
    theirs, ours = (after(package, ((way, thing),), name) for package in (torch, tg))
    assert ours == theirs


@pytest.mark.parametrize("given", ["one", "two", "both", "neither"])
def test_a_module_with_two_names_takes_over_both_in_order(given):
    found = []
    for package in (torch, tg):
        model = package.nn.Module()
        model.one = package.nn.Linear(2, 2)
        model.two = model.one
        state = model.state_dict()
        for place, name in enumerate(("one", "two")):
            if given in (name, "both"):
                state[f"{name}.weight"] = package.full((2, 2), 1.0 + place)
        with package.no_grad():
            model.one.bias.copy_(package.tensor([3.0, 4.0]))
        model.load_state_dict(state)
        weight = model.one.weight
        found.append((model.one.bias.tolist(), weight.tolist() if given != "neither" else None))
    assert found[1] == found[0]


@pytest.mark.parametrize("mode", [1, 0, "yes", None])
def test_the_mode_is_true_or_false(mode):
    for package in (torch, tg):
        with pytest.raises(ValueError, match=r"."):
            package.nn.Linear(1, 1).train(mode)


@pytest.mark.parametrize("shape", [(0, 3), (0, 3, 2), (2, 3, 0), (0, 3, 2, 2), (0, 3, 1, 2, 2)])
def test_a_batch_of_nothing_leaves_the_running_statistics(shape):
    for package in (torch, tg):
        norm = getattr(package.nn, f"BatchNorm{max(len(shape) - 2, 1)}d")(3)
        y = norm(package.randn(*shape))
        assert tuple(y.shape) == shape
        assert (norm.running_mean.tolist(), norm.running_var.tolist()) == ([0, 0, 0], [1, 1, 1])
        assert norm.num_batches_tracked.item() == 1
