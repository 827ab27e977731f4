"""Pruned tensors are PyTorch's: masks, what is learnt, states and gradients, one way after another."""

import pytest
import torch
from torch.nn.utils import prune as theirs

import tinygrad_fr as tg
from tinygrad_fr.nn.utils import prune as ours

WAYS = {
    "identity": (),
    "random_unstructured": (0.3,),
    "l1_unstructured": (5,),
    "random_structured": (1, 0),
    "ln_structured": (0.5, 2, 1),
}
MORE = {"ln_structured 1": ("ln_structured", (1, 1, 0)), "ln_structured inf": ("ln_structured", (1, float("inf"), -1))}
ONES = [(name, name, args) for name, args in WAYS.items()] + [(key, *value) for key, value in MORE.items()]


def layers():
    torch.manual_seed(3)
    tg.manual_seed(3)
    return torch.nn.Linear(6, 4), tg.nn.Linear(6, 4)


def same(mine, other):
    assert list(mine.state_dict()) == list(other.state_dict())
    for name, value in other.state_dict().items():
        assert mine.state_dict()[name].tolist() == value.tolist(), name
    assert mine.weight.tolist() == other.weight.tolist()


@pytest.mark.parametrize("first", ONES, ids=lambda each: each[0])
@pytest.mark.parametrize("second", [None, *ONES], ids=lambda each: each[0] if each else "alone")
def test_ways_one_after_the_other(first, second):
    other, mine = layers()
    for way in (first, second):
        if way is not None:
            getattr(theirs, way[1])(other, "weight", *way[2])
            getattr(ours, way[1])(mine, "weight", *way[2])
    same(mine, other)
    other(torch.ones(1, 6)).sum().backward()
    mine(tg.ones(1, 6)).sum().backward()
    assert mine.weight_orig.grad.tolist() == other.weight_orig.grad.tolist()
    assert ours.is_pruned(mine) is theirs.is_pruned(other) is True
    theirs.remove(other, "weight")
    ours.remove(mine, "weight")
    same(mine, other)
    assert ours.is_pruned(mine) is theirs.is_pruned(other) is False


@pytest.mark.parametrize("method", ["L1Unstructured", "RandomUnstructured"])
def test_several_tensors_as_one(method):
    pairs = [layers(), layers()]
    for package, place, which in ((theirs, 0, torch), (ours, 1, tg)):
        which.manual_seed(5)
        places = [(pair[place], name) for pair in pairs for name in ("weight", "bias")]
        package.global_unstructured(places, getattr(package, method), amount=0.4)
    for other, mine in pairs:
        same(mine, other)


@pytest.mark.parametrize(
    ("name", "args"),
    [("l1_unstructured", (1.5,)), ("l1_unstructured", (-1,)), ("l1_unstructured", ("a",)), ("l1_unstructured", (25,)),
     ("ln_structured", (1, 2, 2)), ("random_structured", (5, 0)), ("remove", ())],
)  # fmt: skip
def test_what_is_refused_changes_nothing(name, args):
    other, mine = layers()
    with pytest.raises(Exception) as raised:  # noqa: PT011 - PyTorch says which
        getattr(theirs, name)(other, "weight", *args)
    with pytest.raises(raised.type):
        getattr(ours, name)(mine, "weight", *args)
    assert list(mine.state_dict()) == ["weight", "bias"]


def test_an_average_in_cached_blocks_is_computed_once():
    counts = []
    for package in (torch, tg):

        class Doubled(package.nn.Module):
            def forward(self, x):
                self.count = getattr(self, "count", 0) + 1
                return 2 * x

        layer, rule = package.nn.Linear(2, 2), Doubled()
        register = package.nn.utils.parametrize.register_parametrization
        register(layer, "weight", rule)
        before = rule.count
        with package.nn.utils.parametrize.cached():
            with package.nn.utils.parametrize.cached():
                assert layer.weight is layer.weight
            assert layer.weight is layer.weight
        assert layer.weight is not layer.weight
        counts.append(rule.count - before)
    assert counts == [3, 3]


@pytest.mark.parametrize("kind", ["_forward_hooks", "_forward_pre_hooks"])
def test_hooks_are_seen_and_taken_off_under_pytorchs_name(kind):
    seen = []
    for package in (torch, tg):
        layer, called = package.nn.Linear(1, 1), []
        register = layer.register_forward_hook if kind == "_forward_hooks" else layer.register_forward_pre_hook
        for mark in "ab":
            register(lambda *_told, mark=mark, called=called: called.append(mark))
        held = getattr(layer, kind)
        lengths, first = [len(held), len(list(held.values()))], next(iter(held))
        layer(package.zeros(1, 1))
        del held[first]
        layer(package.zeros(1, 1))
        getattr(layer, kind).clear()
        layer(package.zeros(1, 1))
        seen.append((lengths, called, repr(getattr(layer, kind))))
    assert seen[0] == seen[1]


@pytest.mark.parametrize("n", [1, 2, float("inf"), 3])
@pytest.mark.parametrize("dim", [0, 1, -1])
def test_channels_of_a_convolution(n, dim):
    torch.manual_seed(1)
    tg.manual_seed(1)
    other, mine = torch.nn.Conv2d(3, 4, 3), tg.nn.Conv2d(3, 4, 3)
    for package, layer in ((theirs, other), (ours, mine)):
        package.ln_structured(layer, "weight", amount=0.5, n=n, dim=dim)
        package.random_unstructured(layer, "weight", amount=0.2)
    same(mine, other)
