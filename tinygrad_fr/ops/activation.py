"""Activation functions."""

from __future__ import annotations

import numpy as np

from tinygrad_fr.ops.arithmetic import exp, log, sub
from tinygrad_fr.ops.definition import Array, Draw, Sample, composite, elementwise
from tinygrad_fr.ops.reduction import amax
from tinygrad_fr.ops.reduction import sum as sum_

sigmoid = elementwise(
    "sigmoid",
    "1 / (1 + exp(-x))",
    {"x": "g * y * (1 - y)"},
    symbol="σ",
    latex=r"\sigma(x) = \frac{1}{1 + e^{-x}}",
    doc="Logistic sigmoid.",
)
tanh = elementwise("tanh", "tanh(x)", {"x": "g * (1 - y * y)"}, symbol="tanh", doc="Hyperbolic tangent.")
relu = elementwise(
    "relu",
    "maximum(x, 0)",
    {"x": "where(x <= 0, 0, g)"},
    symbol="ReLU",
    kinks=("x",),
    at_kink="relu'(0) = 0.",
    doc="Rectified linear unit; saturates at 0 for x < 0.",
)
leaky_relu = elementwise(
    "leaky_relu",
    "where(x > 0, x, negative_slope * x)",
    {"x": "where(x > 0, g, negative_slope * g)"},
    symbol="LReLU",
    attrs={"negative_slope": 0.01},
    kinks=("x",),
    at_kink="leaky_relu'(0) = negative_slope.",
    doc="Rectified linear unit with a small slope for x < 0.",
)
softplus = elementwise(
    "softplus",
    "maximum(x, 0) + log1p(exp(-abs(x)))",
    {"x": "g / (1 + exp(-x))"},
    symbol="softplus",
    latex=r"\ln\left(1 + e^{x}\right)",
    doc="Smooth form of relu, ln(1 + exp(x)), written so that no exponential overflows.",
)


def _row_sample(draw: Draw) -> Sample:
    shape = draw.shape(1, 3)
    return Sample((draw.array(shape),), {"dim": draw.integer(-len(shape), len(shape) - 1)})


@composite(
    symbol="softmax",
    latex=r"y_i = \frac{e^{x_i}}{\sum_j e^{x_j}}",
    sample=_row_sample,
)
def softmax(x: Array, dim: int = -1) -> Array:
    """Exponentials of x that sum to 1 along ``dim``; the largest is subtracted first, so nothing overflows."""
    e = exp(sub(x, amax(x, dim, True)))
    return e / sum_(e, dim, True)


def _softmax_forward(x: Array, dim: int) -> tuple[Array, Array]:
    y = x - x.max(axis=dim, keepdims=True) if x.size else x.copy()
    np.exp(y, out=y)
    y /= y.sum(axis=dim, keepdims=True)
    return y, y


def _softmax_backward(g: Array, y: Array, needs: int, x: Array, dim: int) -> tuple[Array]:
    gy = g * y
    return (gy - y * gy.sum(axis=dim, keepdims=True),)


@composite(
    symbol="log softmax",
    latex=r"y_i = x_i - \ln \sum_j e^{x_j}",
    sample=_row_sample,
)
def log_softmax(x: Array, dim: int = -1) -> Array:
    """Logarithm of :func:`softmax` along ``dim``, exact where the softmax would underflow."""
    shifted = sub(x, amax(x, dim, True))
    return sub(shifted, log(sum_(exp(shifted), dim, True)))


def _log_softmax_forward(x: Array, dim: int) -> tuple[Array, Array]:
    y = x - x.max(axis=dim, keepdims=True) if x.size else x.copy()
    y -= np.log(np.exp(y).sum(axis=dim, keepdims=True))
    return y, y


def _log_softmax_backward(g: Array, y: Array, needs: int, x: Array, dim: int) -> tuple[Array]:
    return (g - np.exp(y) * g.sum(axis=dim, keepdims=True),)


softmax.fused(_softmax_forward, _softmax_backward)
log_softmax.fused(_log_softmax_forward, _log_softmax_backward)
