"""What PyTorch's own functions and classes take, by its names, places and defaults, is taken here, or is in the list below with its reason."""

import inspect
from importlib import import_module

import pytest
import torch

import tinygrad_fr as tg
from tinygrad_fr.lessons.alias import home

PACKAGES = [
    "torch", "torch.nn", "torch.nn.functional", "torch.nn.init", "torch.nn.utils", "torch.nn.utils.rnn", "torch.nn.utils.parametrize",
    "torch.nn.utils.prune", "torch.optim", "torch.optim.lr_scheduler", "torch.optim.swa_utils", "torch.utils.data",
    "torch.autograd", "torch.autograd.functional", "torch.autograd.graph", "torch.func", "torch.utils.checkpoint", "torch.random",
    "torch.amp",
]  # fmt: skip

# Names that PyTorch's functions of tensors give their first arguments, which stand there by their places.
OPERANDS = {"input", "self", "tensor", "A", "x", "input_", "ext_tensor", "split_size"}
# Arguments that are taken though no signature shows them: by the wrapper of every function, optimizer and activation.
WRAPPED = {"out", "inplace", "foreach", "capturable", "differentiable", "fused"}
LEFT_OUT = {
    "torch.cond": "control flow of PyTorch's compiler; ours is the condition number",
    "torch.lstsq": "an older name, which PyTorch refuses too",
    "torch.solve": "an older name, which PyTorch refuses too",
    "torch.matrix_rank": "an older name, which PyTorch refuses too",
    "torch.compile": "settings of PyTorch's compiler",
    "torch.save": "a private one",
    "torch.nn.RNNBase": "the kind of cell is a class here",
    "torch.nn.RNNCellBase": "the number of gates is a class here",
    "torch.nn.Sequential.extend": "by its place",
    "torch.nn.utils.parametrize.ParametrizationList": "register_parametrization takes it",
}


def _shown(held):
    try:
        return inspect.signature(held).parameters
    except (TypeError, ValueError):
        return None


def _pairs(package):
    """Every function and method of PyTorch's with a signature, beside ours of its name."""
    theirs, ours = import_module(package), import_module(home(package))
    for name in sorted(dir(theirs)):
        held, own = getattr(theirs, name), getattr(ours, name, None) if not name.startswith("_") else None
        if own is None or not callable(held) or not str(getattr(held, "__module__", "")).startswith("torch"):
            continue
        if not inspect.isclass(held):
            yield f"{package}.{name}", held, own
        elif inspect.isclass(own) and name != "Tensor":
            yield f"{package}.{name}", held.__init__, own.__init__
            for method, function in vars(held).items():
                if not method.startswith("_") and inspect.isfunction(function) and callable(getattr(own, method, None)):
                    yield f"{package}.{name}.{method}", function, getattr(own, method)


def _missing(theirs, ours):
    """Which arguments cannot be given by their names, or by their places."""
    if any(each.kind is each.VAR_KEYWORD for each in ours.values()):
        return []
    usual = [each for each in theirs.values() if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)]
    names = [each.name for each in usual if each.name not in OPERANDS | WRAPPED and not each.name.startswith("_")]
    found = [name for name in names if name not in ours]
    places = [each.name for each in usual if each.kind is each.POSITIONAL_OR_KEYWORD and each.name in names]
    own = [each.name for each in ours.values() if each.kind is each.POSITIONAL_OR_KEYWORD]
    among = [name for name in own if name in places]
    if among != [name for name in places if name in among]:
        found.append(f"another order: {among}")
    if among and (
        extra := [name for name in own[: own.index(among[-1])] if name not in theirs and name not in OPERANDS]
    ):
        found.append(f"{extra} before {among[-1]}")
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_arguments_are_taken_by_name_and_by_place(package):
    told = []
    for name, theirs, ours in _pairs(package):
        shown, own = _shown(theirs), _shown(ours)
        if shown is not None and own is not None and name not in LEFT_OUT and (lacks := _missing(shown, own)):
            told.append(f"{name}: {', '.join(lacks)}")
    assert not told, "\n".join(told)


# What a method takes by place, and its function in another package does not, or elsewhere.
BY_PLACE = {
    "softmax": lambda t, x: x.softmax(0, t.float64),
    "log_softmax": lambda t, x: t.log_softmax(x, 0, t.float64),
    "softmax of functional": lambda t, x: t.nn.functional.softmax(x, 0, 3, t.float64),
    "copy_": lambda t, x: t.zeros(4).copy_(x, True),
    "broadcast_to": lambda t, x: x.broadcast_to(2, 4),
    "broadcast_to a tuple": lambda t, x: t.broadcast_to(x, (2, 4)),
}


@pytest.mark.parametrize("name", BY_PLACE)
def test_methods_take_by_place_what_pytorchs_do(name):
    ours, theirs = (BY_PLACE[name](t, t.arange(4.0)) for t in (tg, torch))
    assert (str(ours.dtype), tuple(ours.shape)) == (str(theirs.dtype), tuple(theirs.shape))
    assert ours.flatten().tolist() == pytest.approx(theirs.flatten().tolist())
