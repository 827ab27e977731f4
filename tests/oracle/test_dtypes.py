"""Arithmetic, comparisons and bits of every pair of dtypes, and with Python's numbers in and out of range: torch's values, dtypes and refusals."""

import operator

import numpy as np
import pytest
import torch

import tinygrad_fr as tg

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")

DTYPES = ("bool", "int8", "int16", "int32", "int64", "uint8", "float16", "float32", "float64")
OPERATORS = {
    name: getattr(operator, name)
    for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and_", "or_", "xor", "lshift", "rshift",
                 "eq", "ne", "lt", "le", "gt", "ge")
}  # fmt: skip
NUMBERS = (0, 1, 2, 3, 7, -1, -2, 100, 127, 128, 200, 255, 256, 300, -129, 2**15, 2**16 + 5, 2**31, -(2**31) - 1,
           0xFFFFFFFF, 2**32 + 7, 2**63 - 1, -(2**63), True, False, 0.0, 1.0, 2.5, -1.5, 1e10)  # fmt: skip


def values(dtype):
    """Numbers of a dtype, with its ends."""
    if dtype == "bool":
        return np.array([True, False, True, True, False, True])
    if dtype.startswith("float"):
        return np.array([1.5, 2.0, -3.0, 44.0, 0.5, 7.0], dtype)
    ends = np.iinfo(dtype)
    return np.array([1, 2, ends.max, 44, 5, 7 if ends.min == 0 else ends.min], dtype)


def outcome(compute):
    """What a library answers: values and dtype, or the error."""
    try:
        with np.errstate(all="ignore"):
            y = compute()
    except Exception as error:
        return error
    if isinstance(y, torch.Tensor):
        return y.detach().numpy()
    return y.detach().numpy() if isinstance(y, tg.Tensor) else y


def difference(found, expected):
    """In what an answer differs from torch's, or None."""
    if isinstance(expected, Exception):
        if not isinstance(found, Exception):
            return f"{found!r} where torch raises {type(expected).__name__}: {expected}"
        if isinstance(expected, NotImplementedError):
            return (
                None if isinstance(found, RuntimeError) else f"{type(found).__name__}, torch {type(expected).__name__}"
            )
        return (
            None
            if isinstance(found, type(expected))
            else f"{type(found).__name__}: {found}, torch {type(expected).__name__}: {expected}"
        )
    if isinstance(found, Exception):
        return f"{type(found).__name__}: {found} where torch gives {expected!r}"
    if found.dtype != expected.dtype or found.shape != expected.shape:
        return f"{found.dtype} {found.shape}, torch {expected.dtype} {expected.shape}"
    same = (
        np.array_equal(found, expected)
        if found.dtype.kind != "f"
        else np.allclose(found, expected, rtol=2e-3 if found.dtype == np.float16 else 1e-6, atol=0, equal_nan=True)
    )
    return None if same else f"{found.tolist()}, torch {expected.tolist()}"


def differences(cases):
    """Those of the cases whose answers differ, and how many cases there were."""
    found, count = [], 0
    for case, mine, theirs in cases:
        count += 1
        said = difference(outcome(mine), outcome(theirs))
        if said is not None:
            found.append((*case, said))
    return found, count


def combined(f):
    """An operator on tensors with and without dimensions of every two dtypes, and on numbers from either side."""
    for a in DTYPES:
        x = values(a)
        for n in NUMBERS:
            yield (a, n), lambda x=x, n=n: f(tg.tensor(x), n), lambda x=x, n=n: f(torch.tensor(x), n)
            yield (n, a), lambda x=x, n=n: f(n, tg.tensor(x)), lambda x=x, n=n: f(n, torch.tensor(x))
            yield (a, "0-d", n), lambda x=x, n=n: f(tg.tensor(x[3]), n), lambda x=x, n=n: f(torch.tensor(x[3]), n)
        for b in DTYPES:
            y = values(b)[::-1].copy()
            for one, other in ((x, y), (x, y[2]), (x[2], y), (x[2], y[2])):
                yield (
                    (a, np.shape(one), b, np.shape(other)),
                    lambda one=one, other=other: f(tg.tensor(one), tg.tensor(other)),
                    lambda one=one, other=other: f(torch.tensor(one), torch.tensor(other)),
                )


def left_out(case):
    """A number that half precision does not hold, which PyTorch keeps in single precision at times; a truth to the power of a truth."""
    large = "float16" in case and any(isinstance(n, int | float) and 65504 < abs(n) < float("inf") for n in case)
    return large or ("bool" in case and any(isinstance(n, bool) for n in case))


@pytest.mark.parametrize("name", OPERATORS)
def test_every_two_dtypes_and_numbers_in_and_out_of_range(name):
    found, count = differences(combined(OPERATORS[name]))
    if name == "pow":  # an odd exponent of which single precision makes an even one
        found = [each for each in found if each[0] != "float32" or not {0xFFFFFFFF, 2**32 + 7} & {*each[:-1]}]
    assert [each for each in found if not left_out(each[:-1])] == []
    assert count == 1134


FILLED = (*NUMBERS, -255, -256, -1.5, -0.5, 255.5, 300.0, float("nan"), float("inf"), -float("inf"), 1e30, 1e300, 0.1)  # fmt: skip
FILLINGS = {
    "tensor 0-d": lambda m, d, n, x: m.tensor(n, dtype=d),
    "tensor": lambda m, d, n, x: m.tensor([1, n], dtype=d),
    "tensor without dtype": lambda m, d, n, x: m.tensor([n]),
    "as_tensor": lambda m, d, n, x: m.as_tensor([n], dtype=d),
    "scalar_tensor": lambda m, d, n, x: m.scalar_tensor(n, dtype=d),
    "full": lambda m, d, n, x: m.full((2,), n, dtype=d),
    "full without dtype": lambda m, d, n, x: m.full((2,), n),
    "full_like": lambda m, d, n, x: m.full_like(x, n),
    "new_full": lambda m, d, n, x: x.new_full((2,), n),
    "new_tensor": lambda m, d, n, x: x.new_tensor([n], dtype=d),
    "fill_": lambda m, d, n, x: x.fill_(n),
    "masked_fill": lambda m, d, n, x: x.masked_fill(m.tensor([True, False] * 3), n),
    "masked_fill_": lambda m, d, n, x: x.masked_fill_(m.tensor([True, False] * 3), n),
    "where": lambda m, d, n, x: m.where(m.tensor([True, False] * 3), x, n),
    "where a number": lambda m, d, n, x: m.where(m.tensor([True, False] * 3), n, x),
    "clamp max": lambda m, d, n, x: m.clamp(x, max=n),
    "clamp min": lambda m, d, n, x: m.clamp(x, min=n),
    "clamp": lambda m, d, n, x: m.clamp(x, 0, n),
    "index_fill": lambda m, d, n, x: x.index_fill(0, m.tensor([1]), n),
    "scatter": lambda m, d, n, x: x.scatter(0, m.tensor([1]), n),
    "setitem": lambda m, d, n, x: (x.__setitem__(0, n), x)[1],
    "add_": lambda m, d, n, x: x.add_(n),
    "mul_": lambda m, d, n, x: x.mul_(n),
    "div_": lambda m, d, n, x: x.div_(n),
    "bitwise_or_": lambda m, d, n, x: x.bitwise_or_(n),
}


@pytest.mark.parametrize("name", FILLINGS)
def test_what_is_created_or_filled_must_fit(name):
    fill = FILLINGS[name]
    found, count = differences(
        (
            (d, n),
            lambda d=d, n=n: fill(tg, getattr(tg, d), n, tg.tensor(values(d))),
            lambda d=d, n=n: fill(torch, getattr(torch, d), n, torch.tensor(values(d))),
        )
        for d in DTYPES
        for n in FILLED
        if not left_out((d, n)) and (n != 1e300 or name not in ("clamp max", "clamp min"))  # infinite bounds
    )
    assert found == []
    assert count >= 330


WIDE = [2**63, 2**63 + 1, 2**64, -(2**63) - 1, 2**64 - 1]


@pytest.mark.parametrize("name", ["tensor", "tensor without dtype", "full", "fill_", "where", "masked_fill", "clamp"])
def test_integers_that_64_bits_do_not_hold(name):
    fill = FILLINGS[name]
    found, _count = differences(
        (
            (d, n),
            lambda d=d, n=n: fill(tg, getattr(tg, d), n, tg.tensor(values(d))),
            lambda d=d, n=n: fill(torch, getattr(torch, d), n, torch.tensor(values(d))),
        )
        for d in DTYPES
        for n in WIDE
        if d != "float16"
    )
    assert found == []


MIXED = {
    "add": lambda m, x, y: x + y,
    "eq": lambda m, x, y: x == y,
    "lt": lambda m, x, y: x < y,
    "and": lambda m, x, y: x & y,
    "div": lambda m, x, y: x / y,
    "maximum": lambda m, x, y: m.maximum(x, y),
    "cat": lambda m, x, y: m.cat([x, y]),
    "stack": lambda m, x, y: m.stack([x, y]),
    "where": lambda m, x, y: m.where(m.tensor([True, False] * 3), x, y),
}
EVERY = (*DTYPES, "uint16", "uint32", "uint64")


@pytest.mark.parametrize("name", MIXED)
def test_wide_unsigned_integers_meet_no_other_integers(name):
    """What PyTorch refuses to promote is refused; what it has no kernel for may have an answer."""
    combine, cases = MIXED[name], 0
    for a in EVERY:
        for b in EVERY:
            x, y = values(a), values(b)
            theirs = outcome(lambda x=x, y=y: combine(torch, torch.tensor(x), torch.tensor(y)))
            if isinstance(theirs, NotImplementedError):
                continue
            mine = outcome(lambda x=x, y=y: combine(tg, tg.tensor(x), tg.tensor(y)))
            assert difference(mine, theirs) is None, (a, b)
            cases += 1
    assert cases > 80


@pytest.mark.parametrize("source", ["float16", "float32", "float64"])
@pytest.mark.parametrize("target", EVERY)
def test_casts(source, target):
    """NaN, infinities and floats out of range too, where what becomes of them depends on no compiler."""
    x = np.array([2.5, -1.5, 0.0, -0.0, 100.75], source) if target[0] != "u" else np.array([2.5, 0.0, 100.75], source)
    found = outcome(lambda: tg.tensor(x).to(getattr(np, target if target != "bool" else "bool_")))
    assert difference(found, outcome(lambda: torch.tensor(x).to(getattr(torch, target)))) is None
    ends = np.array([np.nan, np.inf, -np.inf], source)
    if target in ("int64", "int32", "bool") or target.startswith("float"):
        found = outcome(lambda: tg.tensor(ends).to(getattr(np, target if target != "bool" else "bool_")))
        assert difference(found, outcome(lambda: torch.tensor(ends).to(getattr(torch, target)))) is None


@pytest.mark.parametrize(
    "given", [([1, 2],), ([[1, 2], [3, 4]],), ((1, 2),), ([True, False],), ([1.5, 2],), (2, 3), (), ([],)]
)
def test_the_class_makes_floats_of_a_list_and_a_size_of_integers(given):
    ours, theirs = tg.Tensor(*given), torch.Tensor(*given)
    assert (ours.shape, str(ours.dtype)) == (tuple(theirs.shape), str(theirs.dtype))
    if not all(isinstance(side, int) for side in given):  # of a size, PyTorch says nothing of the elements
        assert ours.tolist() == theirs.tolist()


@pytest.mark.parametrize("given", [(1.5, 2), (-1,), ([1], [2])])
def test_what_the_class_cannot_take_is_refused(given):
    with pytest.raises((TypeError, ValueError, RuntimeError)):
        torch.Tensor(*given)
    with pytest.raises((TypeError, ValueError, RuntimeError)):
        tg.Tensor(*given)


PYTHONS = {
    "ones": lambda t, kind: t.ones(2, dtype=kind),
    "tensor": lambda t, kind: t.tensor([1, 0], dtype=kind),
    "as_tensor": lambda t, kind: t.as_tensor(np.ones(2, np.int32), dtype=kind),
    "full": lambda t, kind: t.full((2,), 1, dtype=kind),
    "eye": lambda t, kind: t.eye(2, dtype=kind),
    "zeros_like": lambda t, kind: t.zeros_like(t.ones(2), dtype=kind),
    "new_zeros": lambda t, kind: t.ones(2).new_zeros(2, dtype=kind),
    "to": lambda t, kind: t.ones(2).to(kind),
    "sum": lambda t, kind: t.ones(2).sum(dtype=kind),
    "cumsum": lambda t, kind: t.ones(2).cumsum(0, dtype=kind),
    "arange": lambda t, kind: t.arange(3, dtype=kind),
    "linspace": lambda t, kind: t.linspace(0, 1, 3, dtype=kind),
    "rand": lambda t, kind: t.rand(2, dtype=kind),
    "randn_like": lambda t, kind: t.randn_like(t.ones(2), dtype=kind),
    "softmax": lambda t, kind: t.ones(2).softmax(0, dtype=kind),
    "Linear": lambda t, kind: t.nn.Linear(1, 1, dtype=kind).weight,
    "Module.to": lambda t, kind: t.nn.Linear(1, 1).to(kind).weight,
}


@pytest.mark.parametrize("name", PYTHONS)
@pytest.mark.parametrize("kind", [float, int, bool])
def test_pythons_types_are_dtypes(name, kind):
    found = []
    for package in (torch, tg):
        try:
            found.append(str(PYTHONS[name](package, kind).dtype))
        except (RuntimeError, TypeError):
            found.append("refused")
    assert found[1] == found[0]
