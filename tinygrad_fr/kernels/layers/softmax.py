"""Softmax, its logarithm, and cross-entropy of labels: rows of a C-contiguous matrix of float32 or float64.

Each row is shifted by its largest number, so nothing overflows. A row with a NaN or +∞ in it, or of −∞ alone, gives NaN.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from numba import types
from numba.extending import overload

from tinygrad_fr.kernels.runtime.contract import contract
from tinygrad_fr.kernels.runtime.cores import parallel_for
from tinygrad_fr.kernels.runtime.jit import njit
from tinygrad_fr.kernels.runtime.work_queue import parallel
from tinygrad_fr.kernels.vectormath import exp, log

Array: TypeAlias = npt.NDArray[Any]

# A sum may be taken in any order, so that it can run on vectors; NaN and infinities keep their meaning.
_ANY_ORDER = {"reassoc", "nsz"}
_CURVED = 12  # cost of an exponential and the passes around it, in multiplications and additions per element


def largest(row: Any) -> Any:
    """The largest of a row; NaN or not where there is one, and the shifted row has NaN in both cases."""
    return row.max()


@overload(largest)
def _largest(row: Any) -> Any:
    # LLVM vectorises a maximum of integers, not of floats that may be NaN. Floats have the same order as their bits, once
    # the bits of negative ones are inverted.
    def single(row: Any) -> Any:
        bits = row.view(np.int32)
        best = np.int32(-(2**31))
        for k in range(bits.size):
            b = bits[k]
            best = max(best, np.int32(b ^ ((b >> np.int32(31)) & np.int32(0x7FFFFFFF))))
        return np.int32(best ^ ((best >> np.int32(31)) & np.int32(0x7FFFFFFF))).view(np.float32)

    def double(row: Any) -> Any:
        bits = row.view(np.int64)
        best = np.int64(-(2**63))
        for k in range(bits.size):
            b = bits[k]
            best = max(best, b ^ ((b >> 63) & 0x7FFFFFFFFFFFFFFF))
        return np.int64(best ^ ((best >> 63) & 0x7FFFFFFFFFFFFFFF)).view(np.float64)

    return single if row.dtype == types.float32 else double


@njit(cache=True, error_model="numpy", fastmath=_ANY_ORDER)
def _exponentials(row: Any, top: Any, out: Any) -> Any:
    """Write the shifted row's exponentials; gives their sum."""
    total = top - top  # 0 of the row's dtype, or NaN
    for k in range(row.size):
        e = exp(row[k] - top)
        out[k] = e
        total += e
    return total


@njit(cache=True, error_model="numpy", fastmath=_ANY_ORDER)
def _sum_of_exponentials(row: Any, top: Any) -> Any:
    total = top - top
    for k in range(row.size):
        total += exp(row[k] - top)
    return total


@parallel
@njit(cache=True, error_model="numpy", nogil=True)
def _softmax(x: Any, y: Any, start: int, stop: int, part: int) -> None:
    for n in range(start, stop):
        row, out = x[n], y[n]
        share = x.dtype.type(1) / _exponentials(row, largest(row), out)
        for k in range(out.size):
            out[k] *= share


# In place on one array: a loop over two arrays first checks whether they overlap, and is not vectorised if they do.


@njit(cache=True, error_model="numpy", fastmath=_ANY_ORDER, nogil=True)
def to_exponentials(row: Any, top: Any) -> Any:
    """Replace the row by the shifted row's exponentials; gives their sum."""
    total = top - top
    for k in range(row.size):
        e = exp(row[k] - top)
        row[k] = e
        total += e
    return total


@njit(cache=True, error_model="numpy", fastmath=_ANY_ORDER, nogil=True)
def weights_back(pull: Any, weights: Any) -> None:
    """Turn the gradient of a row of softmax weights, in place, into the gradient of its scores."""
    mean = weights.dtype.type(0)
    for k in range(weights.size):
        mean += pull[k] * weights[k]
    for k in range(weights.size):
        pull[k] = weights[k] * (pull[k] - mean)


@parallel
@njit(cache=True, error_model="numpy", fastmath=_ANY_ORDER, nogil=True)
def _softmax_back(g: Any, y: Any, dx: Any, start: int, stop: int, part: int) -> None:
    for n in range(start, stop):
        pull, row, out = g[n], y[n], dx[n]
        mean = g.dtype.type(0)
        for k in range(row.size):
            mean += pull[k] * row[k]
        for k in range(row.size):
            out[k] = row[k] * (pull[k] - mean)


@parallel
@njit(cache=True, error_model="numpy", nogil=True)
def _log_softmax(x: Any, y: Any, start: int, stop: int, part: int) -> None:
    for n in range(start, stop):
        row, out = x[n], y[n]
        top = largest(row)
        total = log(_sum_of_exponentials(row, top))
        for k in range(out.size):
            out[k] = (row[k] - top) - total


@parallel
@njit(cache=True, error_model="numpy", fastmath=_ANY_ORDER, nogil=True)
def _log_softmax_back(g: Any, y: Any, dx: Any, start: int, stop: int, part: int) -> None:
    for n in range(start, stop):
        pull, row, out = g[n], y[n], dx[n]
        total = g.dtype.type(0)
        for k in range(row.size):
            total += pull[k]
        for k in range(row.size):
            out[k] = pull[k] - exp(row[k]) * total


@parallel
@njit(cache=True, error_model="numpy", nogil=True)
def _cross_entropy(x: Any, labels: Any, losses: Any, y: Any, start: int, stop: int, part: int) -> None:
    for n in range(start, stop):
        row, out = x[n], y[n]
        top = largest(row)
        total = _exponentials(row, top, out)
        losses[n] = log(total) - (row[labels[n]] - top)
        share = x.dtype.type(1) / total
        for k in range(out.size):
            out[k] *= share


@parallel
@njit(cache=True, error_model="numpy", nogil=True)
def _cross_entropy_back(g: Any, y: Any, labels: Any, dx: Any, start: int, stop: int, part: int) -> None:
    for n in range(start, stop):
        row, out, scale = y[n], dx[n], g[n]
        for k in range(row.size):
            out[k] = row[k] * scale
        out[labels[n]] = (row[labels[n]] - y.dtype.type(1)) * scale


@contract("x: n _")
def softmax_forward(x: Array) -> Array:
    """Softmax of each row of x (N, C); backward needs the result alone."""
    y = np.empty_like(x)
    parallel_for(_softmax, len(x), _CURVED * x.size, x, y)
    return y


@contract("y: n C; gradient: n C")
def softmax_backward(gradient: Array, y: Array) -> Array:
    """Gradient of x, from the gradient of the result and the result (N, C)."""
    dx = np.empty_like(y)
    parallel_for(_softmax_back, len(y), 4 * y.size, gradient, y, dx)
    return dx


@contract("x: n _")
def log_softmax_forward(x: Array) -> Array:
    """Logarithm of the softmax of each row of x (N, C); backward needs the result alone."""
    y = np.empty_like(x)
    parallel_for(_log_softmax, len(x), _CURVED * x.size, x, y)
    return y


@contract("y: n C; gradient: n C")
def log_softmax_backward(gradient: Array, y: Array) -> Array:
    """Gradient of x, from the gradient of the result and the result (N, C)."""
    dx = np.empty_like(y)
    parallel_for(_log_softmax_back, len(y), _CURVED * y.size, gradient, y, dx)
    return dx


@contract("x: n C; int ~labels[C]: n")
def cross_entropy_forward(x: Array, labels: Array) -> tuple[Array, Array]:
    """Losses (N,) of scores x (N, C) and integer labels (N,), and the softmax (N, C), which backward needs."""
    losses, y = np.empty(x.shape[0], x.dtype), np.empty_like(x)
    parallel_for(_cross_entropy, len(x), _CURVED * x.size, x, np.ascontiguousarray(labels), losses, y)
    return losses, y


@contract("y: n C; gradient: n; int ~labels[C]: n")
def cross_entropy_backward(gradient: Array, y: Array, labels: Array) -> Array:
    """Gradient of the scores, of the losses' (N,), so that a reduction is its caller's: the softmax and the labels."""
    dx = np.empty_like(y)
    parallel_for(_cross_entropy_back, len(y), 4 * y.size, gradient, y, np.ascontiguousarray(labels), dx)
    return dx
