"""Operators between a tensor and what is none: who is asked, and what is refused, as PyTorch does it."""

import operator

import pytest
import torch

import tinygrad_fr as tg

NAMES = [
    *("add", "sub", "mul", "truediv", "pow", "floordiv", "mod", "matmul", "and_", "or_", "xor", "lshift", "rshift"),
    *("lt", "gt", "le", "ge", "eq", "ne"),
    *("iadd", "isub", "imul", "itruediv", "ipow", "ifloordiv", "imod", "iand", "ior", "ixor", "ilshift", "irshift"),
]
ASKED = [
    "radd",
    "rsub",
    "rmul",
    "rtruediv",
    "rpow",
    "rfloordiv",
    "rmod",
    "rmatmul",
    "rand",
    "ror",
    "rxor",
    "rlshift",
    "rrshift",
    "lt",
    "gt",
    "le",
    "ge",
    "eq",
    "ne",
]


class Bare:
    """A class without operators."""


class Own:
    """A class that says which of its operators was asked."""

    __hash__ = None


for _name in ASKED:
    setattr(Own, f"__{_name}__", lambda _self, _other, name=_name: name)

OTHERS = {"own": Own, "bare": Bare, "none": lambda: None, "word": lambda: "word", "dictionary": dict, "set": set}


def tried(library, name, other, swapped, dtype):
    x = library.ones(2, 2, dtype=getattr(library, dtype))
    try:
        return getattr(operator, name)(*((other, x) if swapped else (x, other)))
    except (TypeError, NotImplementedError, ValueError):
        return "refused"


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("name", NAMES)
def test_who_is_asked(name, other):
    for dtype in ("float32", "int64"):
        for swapped in (False, True)[: 2 if other != "own" else 1]:
            made = OTHERS[other]()
            assert tried(tg, name, made, swapped, dtype) == tried(torch, name, made, swapped, dtype)


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("i")])
def test_in_place_is_seen_through_other_names(name):
    """What stands beside the name that is changed: ``x <<= 1`` changes the tensor, not the name alone."""
    found = []
    for library in (tg, torch):
        x = library.tensor([8, 6, 3])
        if name == "itruediv":
            x = x.to(library.float32)
        also, part = x, x[1:]
        getattr(operator, name)(x, 2)
        found.append((also.tolist(), part.tolist()))
    assert found[0] == found[1]
