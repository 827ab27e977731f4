"""Every class that lessons print under ``run`` is written as PyTorch writes its own."""

import pickle
from importlib import import_module

import pytest

from tinygrad_fr.lessons.alias import aliased, home
from tinygrad_fr.lessons.classes import PLACES

CASES = [(place, name) for place, names in PLACES.items() for name in names.split()]


def public(place):
    """The package from which a lesson imports what a file of PyTorch's defines."""
    for package in ("torch.utils.data", "torch.distributions.transforms", "torch.distributions", "torch.optim.lr_scheduler",
                    "torch.optim", "torch.nn.utils.parametrize", "torch.nn.parameter", "torch.nn", "torch.autograd"):  # fmt: skip
        if place == package or place.startswith(f"{package}."):
            return package
    return "torch"


@pytest.mark.parametrize(("place", "name"), CASES)
def test_a_class_is_written_as_pytorchs(place, name):
    theirs = repr(getattr(import_module(public(place)), name))
    ours = getattr(import_module(home(public(place))), name)
    with aliased():
        assert repr(ours) == theirs == f"<class '{place}.{name}'>"
    assert repr(ours) != theirs


@pytest.mark.parametrize(
    "package", ["torch.nn", "torch.optim", "torch.optim.lr_scheduler", "torch.utils.data", "torch.distributions"]
)
def test_no_class_is_left_out(package):
    theirs, ours = import_module(package), import_module(home(package))
    classes = {name: kind for name, kind in vars(theirs).items() if isinstance(kind, type)}
    shared = {name: kind for name, kind in classes.items() if isinstance(getattr(ours, name, None), type)}
    named = {name for names in PLACES.values() for name in names.split()}
    assert {name for name, kind in shared.items() if kind.__module__.startswith(package)} <= named


@pytest.mark.parametrize(("place", "name"), CASES)
def test_a_class_says_where_it_is_and_is_found_there(place, name):
    with aliased():
        kind = getattr(import_module(public(place)), name)
        if name != "_LRScheduler" and not place.startswith("torch._C"):
            assert pickle.loads(pickle.dumps(kind)) is kind
        assert kind.__module__ == place or name == "_LRScheduler"


# What PyTorch itself makes of a class of its own kind: a constructor of older types, a tensor, a function with a backward pass.
OF_ITS_OWN = {"Tensor", "Parameter", "Buffer", "UninitializedParameter", "Function", "Variable"}


@pytest.mark.parametrize(
    ("place", "name"), [case for case in CASES if "Tensor" not in case[1] and case[1] not in OF_ITS_OWN]
)
def test_the_class_of_a_class_is_pytorchs_so_that_one_of_ones_own_can_choose(place, name):
    theirs = getattr(import_module(public(place)), name)
    ours = getattr(import_module(home(public(place))), name)
    assert type(ours) is type or type(theirs) is not type
