"""Windows of images as columns, and columns added up where their windows lie. Float32 and float64.

Columns are (C · kernel height · kernel width, N · positions), so that a convolution, and each of its two derivatives, is
one matrix product over the whole batch. numpy copies windows into columns as fast as a kernel does; adding them up where
they overlap is what it has no word for.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]
Pair: TypeAlias = tuple[int, ...]  # one for the height, one for the width


def fits(*arrays: Array) -> bool:
    """Whether these are images or filters (four dimensions), float32 or float64, all alike."""
    first = arrays[0].dtype
    return first.char in "fd" and all(a.ndim == 4 and a.dtype == first for a in arrays)


def columns(x: Array, kernel: Pair, out: Pair, stride: Pair, padding: Pair, dilation: Pair) -> Array:
    """The windows of (N, C, H, W) as columns (C · kernel, N · positions); what lies in the padding is 0."""
    if any(padding):
        x = np.pad(x, ((0, 0), (0, 0), *((p, p) for p in padding)))
    n, c = x.shape[:2]
    image, channel, down, right = x.strides
    windows = np.lib.stride_tricks.as_strided(
        x,
        (c, *kernel, n, *out),
        (channel, down * dilation[0], right * dilation[1], image, down * stride[0], right * stride[1]),
        writeable=False,
    )
    return windows.reshape(c * kernel[0] * kernel[1], n * out[0] * out[1])


def add_up(
    columns: Array, n: int, sides: Pair, kernel: Pair, out: Pair, stride: Pair, padding: Pair, dilation: Pair
) -> Array:
    """The transpose of :func:`columns`: (C · kernel, N · positions) gives (N, C, *sides)."""
    channels = len(columns) // (kernel[0] * kernel[1])
    top, left = padding
    found = np.zeros((n, channels, sides[0] + 2 * top, sides[1] + 2 * left), columns.dtype)
    overlap = import_module("tinygrad_fr.kernels.overlap")  # with numba, when first needed
    overlap.add_up(np.ascontiguousarray(columns), found, kernel, out, stride, dilation)
    return np.ascontiguousarray(found[:, :, top : top + sides[0], left : left + sides[1]])


def _rows(w: Array) -> Array:
    """(O, C, kernel) as (O, C · kernel)."""
    return w.reshape(len(w), w.shape[1] * w.shape[2] * w.shape[3])


def _by_map(y: Array) -> Array:
    """(N, O, positions) as (O, N · positions)."""
    return y.swapaxes(0, 1).reshape(y.shape[1], len(y) * y.shape[2] * y.shape[3])


def product(columns: Array, w: Array, n: int, out: Pair) -> Array:
    """Columns of n images with (O, C, kernel): (N, O, positions)."""
    found = _rows(w) @ columns
    return np.ascontiguousarray(found.reshape(len(w), n, *out).swapaxes(0, 1))


def convolve(x: Array, w: Array, out: Pair, stride: Pair, padding: Pair, dilation: Pair) -> Array:
    """Cross-correlation of (N, C, H, W) with (O, C, kernel): (N, O, positions)."""
    return product(columns(x, w.shape[2:], out, stride, padding, dilation), w, len(x), out)


def to_input(y: Array, w: Array, sides: Pair, stride: Pair, padding: Pair, dilation: Pair) -> Array:
    """The transpose of :func:`convolve` in its input: (N, O, positions) gives (N, C, *sides)."""
    spread = _rows(w).T @ _by_map(y)
    return add_up(spread, len(y), sides, w.shape[2:], y.shape[2:], stride, padding, dilation)


def to_weight(x: Array, y: Array, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair) -> Array:
    """The transpose of :func:`convolve` in its weight: (N, C, H, W) and (N, O, positions) give (O, C, kernel)."""
    return from_columns(
        columns(x, kernel, y.shape[2:], stride, padding, dilation), y, (y.shape[1], x.shape[1], *kernel)
    )


def from_columns(columns: Array, y: Array, shape: tuple[int, ...]) -> Array:
    """The same from the columns of x, for a weight of this shape."""
    return (_by_map(y) @ columns.T).reshape(shape)
