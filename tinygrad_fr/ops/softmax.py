"""Softmax and its logarithm, over rows of a matrix where kernels serve."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.explanation import Explanation, message
from tinygrad_fr.lazy_imports import imported
from tinygrad_fr.ops.arithmetic import exp, log, mul, sub
from tinygrad_fr.ops.definition import Array, composite
from tinygrad_fr.ops.reductions.extremes import amax
from tinygrad_fr.ops.reductions.sums import sum as sum_
from tinygrad_fr.ops.shared.arrangement import rows
from tinygrad_fr.record.node import Node
from tinygrad_fr.sampling import Draw, Sample


def _row_sample(draw: Draw) -> Sample:
    shape = draw.shape(1, 3)
    return Sample((draw.array(shape),), {"dim": draw.integer(-len(shape), len(shape) - 1)})


@composite(
    symbol="softmax",
    latex=r"y_i = \frac{e^{x_i}}{\sum_j e^{x_j}}",
    sample=_row_sample,
    explained=Explanation(
        word=message("probabilities"),
        forward=message("Turn scores into probabilities that sum to 1."),
        backward=message("The probabilities sum to 1: what raises one lowers the others."),
        letters=("x",),
        sends=(r"y \odot (G - \sum G \odot y)",),
    ),
)
def softmax(x: Array, dim: int = -1) -> Array:
    """Exponentials of x that sum to 1 along ``dim``; the largest is subtracted first, so nothing overflows.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.tensor([0.0, 0.0]).softmax(-1).tolist()
        [0.5, 0.5]
    """
    if 0 in x.shape:
        return exp(x)
    e = exp(sub(x, amax(x, dim, True)))
    return rows(e / sum_(e, dim, True))


# From this many elements on, a kernel's pass over each row saves more time than loading the kernels costs.
ROWS_KERNEL_SIZE = 32


def row_kernels(x: Array, dim: int = -1) -> Any:
    """The kernels over rows where they pay: large contiguous floats, along the last dimension; else None."""
    if x.size < ROWS_KERNEL_SIZE or dim not in (-1, x.ndim - 1) or x.dtype.char not in "fd" or not x.flags.c_contiguous:
        return None
    return imported("tinygrad_fr.kernels.layers.softmax")


def _by_rows(kernel: Any, *arrays: Array) -> Array:
    """What a kernel over rows (N, C) makes of arrays of any number of dimensions."""
    x = arrays[0]
    if x.ndim == 2:  # a view of each would cost more than the question
        return kernel(*arrays)
    return kernel(*(a.reshape(-1, a.shape[-1]) for a in arrays)).reshape(x.shape)


_largest: Any = np.maximum.reduce  # the ufuncs that the methods call, without their checks of arguments
_total: Any = np.add.reduce


def _softmax_forward(x: Array, dim: int) -> tuple[Array, Array]:
    kernels = row_kernels(x, dim)
    if kernels is not None:
        y = _by_rows(kernels.softmax_forward, x)
        return y, y
    if not x.ndim:
        y = np.asarray(x - x + 1)  # NaN where x is not finite
        return y, y
    x = np.asarray(x, order="C")
    y = x - _largest(x, dim, None, None, True) if x.size else x.copy()
    np.exp(y, y)
    y /= _total(y, dim, None, None, True)
    return y, y


def softmax_backward(g: Array, y: Array, needs: int, x: Array, dim: int) -> tuple[Array]:
    """The gradient of x, of the result's g and the result y."""
    if isinstance(y, Node):
        shared = mul(g, y)
        return (sub(shared, mul(y, sum_(shared, dim, True))),)
    kernels = row_kernels(y, dim)
    if kernels is not None:
        return (_by_rows(kernels.softmax_backward, np.ascontiguousarray(g, y.dtype), y),)
    if not y.ndim:
        return (np.asarray((g - g * y) * y),)  # 0, or NaN
    gy = g * y
    return (gy - y * _total(gy, axis=dim, keepdims=True),)


@composite(
    symbol="log softmax",
    latex=r"y_i = x_i - \ln \sum_j e^{x_j}",
    sample=_row_sample,
    explained=Explanation(letters=("x",), sends=(r"G - \operatorname{softmax}(x) \sum G",)),
)
def log_softmax(x: Array, dim: int = -1) -> Array:
    """Logarithm of :func:`softmax` along ``dim``, exact where the softmax would underflow.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.tensor([0.0, 1000.0]).log_softmax(-1)
        tensor([-1000.,     0.])
    """
    if 0 in x.shape:
        return exp(x)
    shifted = sub(x, amax(x, dim, True))
    return rows(sub(shifted, log(sum_(exp(shifted), dim, True))))


def _log_softmax_forward(x: Array, dim: int) -> tuple[Array, Array]:
    kernels = row_kernels(x, dim)
    if kernels is not None:
        y = _by_rows(kernels.log_softmax_forward, x)
        return y, y
    if not x.ndim:
        y = np.asarray(x - x)
        return y, y
    x = np.asarray(x, order="C")
    y = x - _largest(x, dim, None, None, True) if x.size else x.copy()
    y -= np.log(_total(np.exp(y), dim, None, None, True))
    return y, y


def _log_softmax_backward(g: Array, y: Array, needs: int, x: Array, dim: int) -> tuple[Array]:
    if isinstance(y, Node):
        return (sub(g, mul(exp(y), sum_(g, dim, True))),)
    kernels = row_kernels(y, dim)
    if kernels is not None:
        return (_by_rows(kernels.log_softmax_backward, np.ascontiguousarray(g, y.dtype), y),)
    if not y.ndim:
        return (np.zeros_like(y),)
    return (g - np.exp(y) * _total(g, axis=dim, keepdims=True),)


softmax.fused(_softmax_forward, softmax_backward, of_result=True)
log_softmax.fused(_log_softmax_forward, _log_softmax_backward, of_result=True)
