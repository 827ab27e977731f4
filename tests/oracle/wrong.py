"""Calls with one argument that is wrong: PyTorch's own samples of every operation, each argument in turn exchanged for another thing."""

from __future__ import annotations

import warnings
from collections import defaultdict

import numpy as np
import opinfo
import torch
from torch.testing._internal.common_methods_invocations import op_db

import tinygrad_fr as tg
from tinygrad_fr.errors import TinygradError

# What an argument is exchanged for.
THINGS = (
    2.0,
    1.5,
    -1,
    7,
    -7,
    10**20,
    True,
    None,
    "bad",
    (),
    (0,),
    (0, 0),
    [1.5],
    (9,),
    (-1, 0),
    float("nan"),
    float("inf"),
    {},
    1j,
    "tensor",
    "integers",
    "array",
)


def thing(name, x, m):
    """A thing for one of the two engines."""
    if x == "tensor":
        return m.ones(2, 3, dtype=m.float64)
    if x == "integers":
        return m.tensor([1, 0])
    if x == "array":
        return np.array([1.0, 2.0])
    return x


def exchanged(sample):
    """The calls in which one argument of a sample is another: (which, positional, named)."""
    args, named = (sample.input, *sample.args), dict(sample.kwargs)
    for i in range(len(args)):
        for x in THINGS:
            yield f"argument {i} is {x!r}", args, named, i, x
    for key in named:
        for x in THINGS:
            yield f"{key} is {x!r}", args, named, key, x


def put(args, named, at, x, m):
    if isinstance(at, int):
        return (*args[:at], thing(at, x, m), *args[at + 1 :]), named
    return args, {**named, at: thing(at, x, m)}


def outcome(call, args, named):
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            torch.manual_seed(42)  # what PyTorch's own samples of random functions are seeded with
            tg.manual_seed(42)
            return call(*args, **named)
    except Exception as error:
        return error


def same(mine, theirs):
    """Whether two answers are the same: values, dtypes and shapes."""
    a, b = opinfo.flat(mine), opinfo.flat(theirs)
    if len(a) != len(b):
        return False
    for x, y in zip(a, b, strict=True):
        if not isinstance(y, torch.Tensor):
            if isinstance(x, tg.Tensor):
                return False
            continue
        try:
            x, y = opinfo._array(x), opinfo._array(y)
        except RuntimeError:
            return True
        if x.shape != y.shape or x.dtype != y.dtype or not np.allclose(x, y, rtol=1e-5, atol=1e-6, equal_nan=True):
            return False
    return True


def difference(mine, theirs):
    """How two outcomes differ: None where ours is torch's, or a sentence of the right class."""
    if isinstance(theirs, Exception):
        if not isinstance(mine, Exception):
            return "answered"
        if not isinstance(mine, TinygradError):
            return f"bare {type(mine).__name__}"
        kinds = [
            k for k in (TypeError, ValueError, IndexError, NotImplementedError, RuntimeError) if isinstance(theirs, k)
        ]
        return None if any(isinstance(mine, k) for k in kinds) else "class"
    if isinstance(mine, Exception):
        return None if isinstance(mine, TinygradError) else f"bare {type(mine).__name__} where torch answers"
    return None if same(mine, theirs) else "other value"


def text(x):
    """An outcome in one line."""
    return f"{type(x).__name__}: {str(x)[:110]!r}" if isinstance(x, Exception) else repr(x)[:90].replace("\n", " ")


RANDOM = ("dropout", "rand", "multinomial", "bernoulli", "normal", "empty", "new_empty", "uniform", "rrelu", "poisson")


def differences(op, few=2):
    """What differs for an operation: (how, which, the two outcomes)."""
    mine, theirs = opinfo.counterpart(op.name), op.op
    dtype = opinfo.dtype_of(op)
    seen = set()
    for n, sample in enumerate(op.sample_inputs("cpu", dtype, requires_grad=False)):
        shape = (len(sample.args), *sorted(sample.kwargs), *[type(x).__name__ for x in sample.args])
        if shape in seen or len(seen) >= few or n > 60:
            continue
        try:
            args, named = opinfo.ours((sample.input, *sample.args), {}), opinfo.ours(dict(sample.kwargs), {})
        except opinfo.UnsupportedError:
            continue
        seen.add(shape)
        for which, given, words, at, x in exchanged(sample):
            if isinstance(at, str) and at in opinfo._IGNORED:
                continue
            a, k = put(given, words, at, x, torch)
            expected = outcome(theirs, a, k)
            b, own = put(args, named, at, x, tg)
            found = outcome(mine, b, own)
            how = difference(found, expected)
            if how is not None:
                yield how, which, found, expected


def entries():
    return [op for op in op_db if opinfo.left_out(op) is None]


if __name__ == "__main__":
    import sys

    count = defaultdict(int)
    for op in entries():
        if sys.argv[1:] and not any(a == op.name for a in sys.argv[1:]):
            continue
        try:
            for how, which, found, expected in differences(op):
                count[how] += 1
                print(
                    f"{how} | {op.name} {op.variant_test_name} | {which} | {text(found)} | {text(expected)}", flush=True
                )
        except Exception as error:
            print("ACCIDENT", op.name, type(error), str(error)[:200], flush=True)
    print(dict(count))
