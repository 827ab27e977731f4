"""Element-wise operations at NaN, infinities, zeros, denormals and the largest numbers: large arrays, which kernels compute, give what small ones give, and both PyTorch's numbers.

Values and gradients, in every dtype of floats; every operation of the registry is in the grid.
"""

import warnings

import numpy as np
import pytest
import torch

import tinygrad_fr as tg
from tinygrad_fr.fast.kernel_choice import NEVER, WIDE_SIZE, kernel_size
from tinygrad_fr.ops import registry
from tinygrad_fr.ops.definition.elementwise import Elementwise

# How PyTorch calls what has another name there; each takes the package and the operands.
CALLS = {
    "div_floor": lambda m, a, b: m.div(a, b, rounding_mode="floor"),
    "clamp_min": lambda m, a, b: m.clamp(a, min=b),
    "clamp_max": lambda m, a, b: m.clamp(a, max=b),
    "clamp_between": lambda m, a, b, c: m.clamp(a, b, c),
    "gelu_exact": lambda m, a: m.nn.functional.gelu(a),
    "gelu_tanh": lambda m, a: m.nn.functional.gelu(a, approximate="tanh"),
    "threshold": lambda m, a: m.nn.functional.threshold(a, 0.5, -2.0),
    "parametric_relu": lambda m, a, b: m.nn.functional.prelu(a.reshape(1, 1, -1), b[:1]).reshape(-1),
    "polygamma": lambda m, n, a: m.special.polygamma(1, a),
    "where": lambda m, c, a, b: m.where(c > 0, a, b),
    "surprise": lambda m, a, b: m.nn.functional.binary_cross_entropy(a, b, reduction="none"),
    "bent_error": lambda m, a, b: m.nn.functional.huber_loss(a, b, reduction="none"),
    "rounded_error": lambda m, a, b: m.nn.functional.smooth_l1_loss(a, b, reduction="none"),
}
INTEGERS = {"bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_not", "bitwise_left_shift", "bitwise_right_shift", "gcd", "lcm"}  # fmt: skip
OPS = {name: op for name, op in registry.items() if isinstance(op, Elementwise) and name not in INTEGERS}
# Where PyTorch's number is another: what is left to it, and why.
OTHER = {
    ("fmod", ""): "the vectorised remainder of a large number by a small one is NaN there",
    ("remainder", ""): "as fmod",
    ("lerp", ""): "one rounding for a product and a sum, which then does not overflow",
    ("gelu_exact", ""): "the error function is coarser there, and NaN at infinity",
    ("ndtr", ""): "the error function is coarser there",
    ("log_ndtr", "float32"): "coarser there",
    ("digamma", ""): "the trigamma function is coarser there, and no infinity at its poles",
    ("polygamma", ""): "the trigamma function is coarser there, and no infinity at its poles",
    ("hardsigmoid", "float64"): "a sixth in single precision",
    ("sinc", "float16"): "sines and cosines are rounded to halves before their difference is taken",
    ("surprise", "float16"): "the least product, 1e-12, is 0 in halves",
    ("elu", "float16"): "at NaN it is NaN or the slope there, by the place in the array",
    ("celu", "float16"): "as elu",
    ("selu", "float16"): "as elu",
    ("hardswish", "float16"): "as elu",
}
# Numbers of size 1 are subtracted on the way: what is left of them is rounding.
ROUNDED = {"expm1", "tanh", "tanhshrink", "gelu_tanh", "logaddexp2", "softsign"}
# Kernels keep what is under the least normal number, where numpy's exponentials overflow before.
TINY = {"logaddexp", "softplus", "silu", "mish", "logsigmoid"}
DTYPES = ("float32", "float64", "float16")


def call(name, m, operands):
    if name in CALLS:
        return CALLS[name](m, *operands)
    home = next(space for space in (m, m.nn.functional, m.special) if hasattr(space, name))
    return getattr(home, name)(*operands)


def points(name, dtype):
    """Every combination of special numbers, one array an operand."""
    count = len(OPS[name].inputs)
    info = np.finfo(dtype)
    special = [np.nan, np.inf, info.max, info.tiny, info.smallest_subnormal, 0.0, 0.3, 0.5, 1.0, 2.0, 3.0, 20.0, 88.0]
    if count == 1:
        special += [
            0.7,
            1.5,
            2.5,
            6.0,
            9.0,
            10.0,
            15.0,
            30.0,
            100.0,
            500.0,
            1000.0,
            info.tiny / 4,
            info.max / 2,
            info.eps,
        ]
    if count == 3:
        special = special[:3] + special[5:10:2]
    every = np.array([sign * x for x in special for sign in (1, -1)], dtype)
    if name == "surprise":  # of probabilities
        every = every[(every >= 0) & (every <= 1)]
    return [grid.ravel() for grid in np.meshgrid(*[every] * count, indexing="ij")]


def found(name, m, arrays):
    """Value and gradients of an operation; None stands for what there is no gradient of."""
    inputs = [m.tensor(a) for a in arrays]
    op = OPS[name]
    for x in inputs:
        x.requires_grad_(op.differentiable)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = call(name, m, inputs)
        if not y.requires_grad:
            return [np.array(y.numpy())]
        y.backward(m.ones_like(y))
    # The gradient of one weight is a sum.
    chosen = inputs[:1] if name == "parametric_relu" else inputs
    return [np.array(y.detach().numpy()), *(None if x.grad is None else np.array(x.grad.numpy()) for x in chosen)]


def size_of(op):
    """From how many elements on every expression of an operation is one kernel's."""
    sizes = [kernel_size(text) for text in (op.forward, *op.partials.values()) if text is not None]
    return max((size for size in sizes if size != NEVER), default=0)


def differ(name, ours, theirs, dtype, arrays):
    """Where two results are not the same numbers."""
    rtol = {"float16": 5e-3, "float32": 2e-5, "float64": 1e-10}[dtype]
    if ours is None or theirs is None:
        return [] if ours is theirs else ["one has no gradient"]
    if ours.dtype != theirs.dtype:
        return [f"{ours.dtype} and {theirs.dtype}"]
    info = np.finfo(dtype)
    least = 8 * info.eps if name in ROUNDED else info.tiny if name in TINY else 4 * float(info.smallest_subnormal)
    with np.errstate(all="ignore"):
        close = np.isclose(ours.astype(float), theirs.astype(float), rtol, float(least), equal_nan=True)
    return [f"{[float(a[i]) for a in arrays]}: {ours[i]} for {theirs[i]}" for i in np.flatnonzero(~close.ravel())]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", OPS)
def test_large_arrays_give_what_small_ones_give(name, dtype, request):
    size = size_of(OPS[name])
    if not size:
        pytest.skip("no kernel")
    if size >= WIDE_SIZE and not request.config.getoption("--nightly"):
        pytest.skip("arrays of 300 000 elements: pytest --nightly")
    few = points(name, dtype)
    times = -(-size // len(few[0])) + 1
    small = found(name, tg, few)
    large = found(name, tg, [np.tile(a, times) for a in few])
    for what, a, b in zip(("value", "gradient", "second gradient", "third gradient"), small, large, strict=False):
        wide = None if a is None else np.tile(a, times)
        assert differ(name, b, wide, dtype, [np.tile(x, times) for x in few])[:12] == [], what


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", OPS)
def test_special_points_are_pytorchs(name, dtype):
    other = OTHER.get((name, ""), OTHER.get((name, dtype)))
    arrays = points(name, dtype)
    try:
        theirs = found(name, torch, arrays)
    except NotImplementedError:
        pytest.skip("not in PyTorch")
    ours = found(name, tg, arrays)
    assert len(ours) == len(theirs)
    found_ = [differ(name, a, b, dtype, arrays) for a, b in zip(ours, theirs, strict=True)]
    if other is None:
        assert found_ == [[] for _each in ours]
    else:  # all the same no number is missing where PyTorch has one of ordinary size
        assert sum(map(len, found_)) < sum(x.size for x in ours if x is not None) / 2, other
