"""``out=``: the functions that take it are PyTorch's, and so are what is written, cast, resized and refused."""

import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.testing._internal.common_methods_invocations import op_db

import tinygrad_fr as tg
from tinygrad_fr.outputs import WITH_OUT

sys.path.insert(0, str(Path(__file__).parent))
import opinfo

# Creation of tensors, random numbers, and forms that OpInfo calls by another order of arguments than the function has.
LEFT_OUT = {
    "arange", "bernoulli", "empty", "eye", "full", "linspace", "logspace", "multinomial", "normal", "ones", "polygamma", "randn",
    "special.polygamma", "where", "zeros",
}  # fmt: skip
# Functions of ours that stand for several operations, or for another name of one, and take no out.
WITHOUT = {"equal", "sgn"}
ALONE = {
    "linalg.lstsq",
    "linalg.slogdet",
    "linalg.svd",
    "svd",
    "linalg.eigh",
    "linalg.qr",
    "qr",
}  # signs and rooms of their own


def entries():
    found = {}
    for op in op_db:
        if op.supports_out and op.name not in LEFT_OUT | WITHOUT and opinfo.left_out(op) is None:
            found.setdefault(op.name, op)
    return found


ENTRIES = entries()
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def empty(lib, like, **options):
    def one(x):
        return lib.empty(0, dtype=getattr(lib, str(x.dtype).rpartition(".")[2]), **options)

    return tuple(one(x) for x in like) if isinstance(like, tuple | list) else one(like)


def array(x):
    return np.asarray(x.detach().numpy())


@pytest.mark.parametrize("name", ENTRIES)
def test_a_result_is_written_into_out(name):
    op, mine = ENTRIES[name], opinfo.counterpart(name)
    compared = 0
    for n, sample in enumerate(op.sample_inputs("cpu", opinfo.dtype_of(op), requires_grad=False)):
        if compared == 2 or n > 20:
            break
        args, named = (sample.input, *sample.args), dict(sample.kwargs)
        try:
            plain = op.op(*args, **named)
            theirs = op.op(*args, **named, out=empty(torch, plain))
            own, words = opinfo.ours(args, {}), opinfo.ours(named, {})
            alone = mine(*own, **words)
        except (RuntimeError, TypeError, opinfo.UnsupportedError):
            continue
        out = empty(tg, alone)
        found = mine(*own, **words, out=out)
        compared += 1
        several = isinstance(plain, tuple | list)
        for x, y, z in zip(*((each if several else (each,)) for each in (found, theirs, out)), strict=True):
            assert x is z
            assert x.shape == tuple(y.shape)
            assert x.dtype == array(y).dtype
            if name not in ALONE:
                assert np.allclose(array(x), array(y), rtol=1e-5, atol=1e-5, equal_nan=True)
    assert compared or name in ALONE


def test_what_takes_out_is_what_torch_gives_it():
    known = {getattr(opinfo.counterpart(name), "name", None) or opinfo.counterpart(name).__name__ for name in ENTRIES}
    assert WITH_OUT - known <= {
        "index_copy", "linalg_qr", "linalg_svd", "lstsq", "matrix_power", "nextafter", "polygamma", "prod", "sum", "where",
    }  # fmt: skip
    assert known <= WITH_OUT
    for name in ("relu", "clone", "reshape", "flatten", "roll", "celu"):
        with pytest.raises(TypeError, match="out"):
            getattr(tg, name)(tg.ones(2), out=tg.ones(2))


CASES = {
    "resized": lambda m, x: m.add(x, 1, out=m.zeros(3)),
    "emptied": lambda m, x: m.matmul(x, x, out=m.empty(0)),
    "wider": lambda m, x: m.add(x, 1, out=m.zeros(2, 2, dtype=m.float64)),
    "narrower": lambda m, x: m.add(x, 1, out=m.zeros(2, 2, dtype=m.float16)),
    "to integers": lambda m, x: m.add(x, 1, out=m.zeros(2, 2, dtype=m.int64)),
    "of integers": lambda m, x: m.mul(m.tensor([3]), 2, out=m.zeros(1)),
    "divided integers": lambda m, x: m.div(m.tensor([3]), 2, out=m.zeros(1, dtype=m.float64)),
    "its own type": lambda m, x: m.abs(x, out=m.zeros(2, 2, dtype=m.float64)),
    "a product's": lambda m, x: m.matmul(x, x, out=m.zeros(2, 2, dtype=m.float64)),
    "truth": lambda m, x: m.eq(x, x, out=m.empty(0)),
    "two": lambda m, x: m.sort(x, dim=0, out=(m.empty(0), m.empty(0, dtype=m.int64))),
    "extremes": lambda m, x: m.max(x, dim=0, out=(m.empty(0), m.empty(0, dtype=m.int64))),
    "one too few": lambda m, x: m.sort(x, dim=0, out=(m.empty(0),)),
    "no tensor": lambda m, x: m.mm(x, x, out=[1]),
    "an operand": lambda m, x: m.mul(x, x, out=x),
    "a part of itself": lambda m, x: (lambda y: m.add(y[1:], 1, out=y[1:]))(m.zeros(4)),
    "an overlapping part": lambda m, x: (lambda y: m.add(y[1:], 1, out=y[:3]))(m.zeros(4)),
    "repeated": lambda m, x: m.add(m.zeros(2), 1, out=m.zeros(1).expand(2)),
    "into a view": lambda m, x: (lambda y: (m.mul(x, 2, out=y[0]), y)[1])(m.zeros(2, 2, 2)),
    "requires a gradient": lambda m, x: m.add(m.ones(2, requires_grad=True), 1, out=m.zeros(2)),
    "out requires one": lambda m, x: m.add(m.ones(2), 1, out=m.zeros(2, requires_grad=True)),
    "unrecorded": lambda m, x: unrecorded(m),
    "None": lambda m, x: m.add(x, 1, out=None),
    "no such argument": lambda m, x: m.relu(x, out=x),
}  # fmt: skip


def unrecorded(m):
    with m.no_grad():
        return m.add(m.ones(2, requires_grad=True), 1, out=m.zeros(2, requires_grad=True))


@pytest.mark.parametrize("name", CASES)
def test_rules(name):
    outcomes = []
    for m in (tg, torch):
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            x = m.tensor([[1.0, 2.0], [3.0, 4.0]])
            try:
                found = CASES[name](m, x)
                parts = found if isinstance(found, tuple) else (found,)
                outcomes.append(([(array(y).tolist(), str(y.dtype), y.requires_grad) for y in parts], len(told)))
            except (RuntimeError, TypeError) as error:
                outcomes.append((isinstance(error, TypeError), x.tolist()))
    assert outcomes[0] == outcomes[1]
