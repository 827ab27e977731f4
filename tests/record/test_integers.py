"""Integers and booleans: no gradient goes through them, and their arithmetic wraps around as PyTorch's."""

import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_fr as tg
from tinygrad_fr import tensor
from tinygrad_fr.errors import DataError, DtypeError, GradientError, WordError
from tinygrad_fr.ops import registry
from tinygrad_fr.record.node import Node
from tinygrad_fr.testing.inputs.draws import seeded

# Every operation that has a sample: what it gives of floats that require a gradient.
SAMPLED = sorted(name for name in registry if name != "select")


def nodes(result):
    if isinstance(result, Node):
        return [result]
    return [node for part in result for node in nodes(part)] if isinstance(result, tuple | list) else []


@pytest.mark.parametrize("name", SAMPLED)
def test_floats_alone_carry_a_gradient(name):
    op = registry[name]
    for seed in range(3):
        sample = op.sample(seeded(seed))
        several = len(sample.inputs) == 1 and isinstance(sample.inputs[0], list)
        operands = [
            tensor(x, requires_grad=x.dtype.kind == "f") if isinstance(x, np.ndarray) else x
            for x in (sample.inputs[0] if several else sample.inputs)
        ]
        required = any(isinstance(x, Node) and x.requires_grad for x in operands)
        result = op(operands, **sample.attrs) if several else op(*operands, **sample.attrs)
        for y in nodes(result):
            if isinstance(y, tg.Tensor):
                assert y.requires_grad == (required and y.dtype.kind == "f")


CUTS = {
    "long": lambda x: x.long(), "int": lambda x: x.int(), "short": lambda x: x.short(), "byte": lambda x: x.byte(),
    "char": lambda x: x.char(), "bool": lambda x: x.bool(), "to": lambda x: x.to(tg.int64), "to positional": lambda x: x.to("cpu", tg.int32),
    "type": lambda x: x.type(tg.int64), "type_as": lambda x: x.type_as(tensor([1])), "gt": lambda x: x > 1, "argmax": lambda x: x.argmax(),
    "sort": lambda x: x.sort()[1], "max": lambda x: x.max(0)[1], "topk": lambda x: x.topk(1)[1], "isnan": lambda x: x.isnan(),
    "any": lambda x: x.any(), "count_nonzero": lambda x: x.count_nonzero(), "div": lambda x: (x.long() // 2), "sum": lambda x: x.sum(dtype=tg.int64),
    "kthvalue": lambda x: x.kthvalue(1)[1], "argsort": lambda x: x.argsort(), "nonzero": lambda x: x.nonzero(), "bucketize": lambda x: tg.bucketize(x, tensor([1.0])),
}  # fmt: skip


@pytest.mark.parametrize("name", CUTS)
def test_what_is_cut_gets_no_share(name):
    x = tensor([1.5, 2.5], requires_grad=True)
    cut = CUTS[name](x)
    assert not cut.requires_grad
    assert cut.is_leaf
    ((cut * 2.0).sum() * x.sum()).backward()
    expected = 2 * float(cut.detach().numpy().sum())
    assert x.grad.tolist() == [expected, expected]


def test_the_row_of_the_faults():
    x = tensor([1.5, 2.5], requires_grad=True)
    ((x.long() * 2.0).sum() * x.sum()).backward()
    assert x.grad.tolist() == [6.0, 6.0]


@pytest.mark.parametrize("compute", [lambda x: x // 2, lambda x: x.heaviside(x)])
def test_floats_without_a_derivative_say_so_in_backward(compute):
    x = tensor([1.5, 2.5], requires_grad=True)
    y = compute(x)
    assert y.requires_grad
    with pytest.raises(GradientError, match=r"has no derivative; detach\(\)"):
        (y * x).sum().backward()
    assert x.grad is None
    (compute(x.detach()) * x).sum().backward()


def test_integers_cannot_be_asked_for_a_gradient():
    x = tensor([1, 2])
    with pytest.raises(RuntimeError, match="only tensors of a float dtype can require a gradient, got int64"):
        x.requires_grad = True
    with pytest.raises(RuntimeError, match="only tensors of a float dtype"):
        x.requires_grad_()
    assert not x.requires_grad
    x.requires_grad = False


OPERATORS = ("add", "sub", "mul", "and_", "or_", "xor", "eq", "ne", "lt", "le", "gt", "ge")
INTEGERS = ("int8", "int16", "int32", "int64", "uint8")


@given(
    name=st.sampled_from(OPERATORS),
    dtype=st.sampled_from(INTEGERS),
    elements=st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=4),
    number=st.integers(-(2**63), 2**63 - 1),
    reflected=st.booleans(),
)
def test_a_number_beside_integers_becomes_one_of_them(name, dtype, elements, number, reflected):
    """What numpy gives for arrays of one dtype, where 64 bits were cut to those of the dtype."""
    x = np.array(elements, np.int64).astype(dtype)
    other = np.array([number], np.int64).astype(dtype)
    f = getattr(operator, name)
    with np.errstate(over="ignore"):
        expected = f(other, x) if reflected else f(x, other)
    found = f(number, tensor(x)) if reflected else f(tensor(x), number)
    assert found.dtype == expected.dtype
    assert np.array_equal(found.detach().numpy(), expected)


# What PyTorch 2.13 gives.
WRAPPED = [
    (lambda: tensor([1], dtype=tg.int8) + 300, [45]),
    (lambda: tensor([1], dtype=tg.uint8) * -1, [255]),
    (lambda: tensor([1], dtype=tg.int32) | 0xFFFFFFFF, [-1]),
    (lambda: tensor([44], dtype=tg.uint8) == 300, [True]),
    (lambda: tensor([100], dtype=tg.int8) % 300, [12]),
    (lambda: 300 ** tensor([1], dtype=tg.int8), [44]),
    (lambda: tensor([2]) ** tensor([-1]), [0]),
    (lambda: tensor([-1, 1, 3]) ** tensor([-3, -2, -1]), [-1, 1, 0]),
    (lambda: tensor([-128], dtype=tg.int8) // -1, [-128]),
    (lambda: tensor([1], dtype=tg.uint8).fill_(-1), [255]),
    (lambda: 1 << tensor([3]), [8]),
    (lambda: tg.maximum(tensor([1], dtype=tg.int8), tensor(300)), [44]),
]


@pytest.mark.parametrize("case", range(len(WRAPPED)))
def test_wrapped(case):
    compute, expected = WRAPPED[case]
    assert compute().tolist() == expected


REFUSED = [
    (lambda: tensor(300, dtype=tg.uint8), DataError, "300 does not fit in uint8"),
    (lambda: tensor([float("nan")], dtype=tg.int64), DataError, "nan does not fit in int64"),
    (lambda: tg.full((2,), 300, dtype=tg.uint8), DataError, "300 does not fit in uint8"),
    (lambda: tensor([1], dtype=tg.uint8).fill_(300), DataError, "300 does not fit in uint8"),
    (lambda: tensor([1], dtype=tg.int8).clamp(max=300), DataError, "300 does not fit in int8"),
    (lambda: tensor([1], dtype=tg.uint8).masked_fill(tensor([True]), 300), DataError, "300 does not fit in uint8"),
    (lambda: tensor([1], dtype=tg.uint8).new_full((1,), 300), DataError, "300 does not fit in uint8"),
    (lambda: tensor([2**63 + 1]), ValueError, "64 bits"),
    (lambda: tensor([1]) + 2**64, WordError, "expected an integer of 64 bits"),
    (lambda: tensor([1]) // 0, DataError, "integers divided by 0"),
    (lambda: tensor([1]) % tensor([0]), DataError, "integers divided by 0"),
    (lambda: tensor([2]) ** -1, DataError, "an integer has no power of -1"),
    (lambda: tensor([True]) - tensor([True]), DtypeError, "sub: not for elements of bool, bool"),
    (lambda: tensor([1.5]) & 1, DtypeError, "bitwise_and: not for elements of float32, int64"),
    (lambda: -tensor([True]), DtypeError, "neg: not for elements of bool"),
    (lambda: tensor([True]).add_(1), DataError, "cannot turn bool into int64"),
    (lambda: tensor([1], dtype=tg.int8).mul_(2.5), DataError, "cannot turn int8 into float32"),
    (lambda: tensor(np.uint64([1])) + tensor([1]), DtypeError, "uint64 and int64 have no common dtype"),
    (lambda: tg.cat([tensor(np.uint64([1])), tensor([1])]), DtypeError, "uint64 and int64 have no common dtype"),
    (lambda: tg.where(tensor([True]), tensor(np.uint64([1])), tensor([1])), DtypeError, "uint64 and int64"),
    (lambda: tensor(np.uint64([1])) == tensor([1]), DtypeError, "uint64 and int64"),
]  # fmt: skip


@pytest.mark.parametrize("case", range(len(REFUSED)))
def test_refused(case):
    compute, kind, message = REFUSED[case]
    with pytest.raises(kind, match=message) as caught:
        compute()
    assert isinstance(caught.value, RuntimeError)
