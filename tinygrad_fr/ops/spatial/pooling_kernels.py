"""Pooling of lines and images by one kernel, for the value and the first derivative: a line is an image of one row."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from tinygrad_fr.devices.layout import like
from tinygrad_fr.lazy_imports import imported
from tinygrad_fr.ops.definition import Array
from tinygrad_fr.ops.reductions.sums import array_sum
from tinygrad_fr.ops.shared.known import Known
from tinygrad_fr.ops.spatial.windows import Windows


def _sides(shape: tuple[int, ...], n: int) -> tuple[int, int, int]:
    """Images (N, H, W) of an input with windows over n dimensions: numpy cannot guess how many where they have no elements."""
    return prod(shape[:-n]), shape[-2] if n == 2 else 1, shape[-1]


def _images(x: Array, sides: tuple[int, ...]) -> Array:
    """Images of these sides in a dtype of the kernels: half precision is widened."""
    wide = x if x.dtype.char in "fd" else x.astype(np.float32)
    laid = wide if wide.flags.c_contiguous else np.ascontiguousarray(wide)
    return laid if laid.shape == sides else laid.reshape(sides)


def _flat(x: Array, n: int) -> Array:
    """Images with the elements of each in a row, (N, H · W)."""
    count, height, width = _sides(x.shape, n)
    return _images(x, (count, height * width))


def _tables(windows: list[Windows]) -> tuple[Any, Any, Any, Any]:
    """What the kernels ask of the windows of images: a table per dimension, that of columns transposed."""
    rows, columns = windows if len(windows) == 2 else (_ROW, *windows)
    return (
        _kept(rows.index, np.int64),
        _kept(rows.inside, np.bool_),
        _kept(columns.index.T, np.int64),
        _kept(columns.inside.T, np.bool_),
    )


_ROW = Windows(np.zeros((1, 1), np.int64), np.ones((1, 1), np.bool_), np.ones(1, np.int64))  # of a line


def _kept(table: Array, dtype: Any) -> Array:
    """A table row after row that many calls share: nobody writes to it, so that it is looked at once."""
    kept = np.array(table, dtype, order="C")
    kept.flags.writeable = False
    return kept


def _plain(y: Array, image: Array) -> bool:
    """Whether what was made of an image has its dtype and its order of memory, as most have."""
    return y.dtype is image.dtype and bool(image.flags.c_contiguous)


def _like(y: Array, image: Array) -> Array:
    """What was made of an image, in its dtype and its order of memory."""
    return like(y if y.dtype is image.dtype else y.astype(image.dtype), image)


def _kernels() -> Any:
    """The kernels, imported with numba when one is first needed."""
    return imported("tinygrad_fr.kernels.images.pooling")


def fuse_max(pool: Any, windows_of: Any, n: int) -> None:
    """Largest elements of windows over one dimension or two by one kernel."""

    def find(input: Array, **attrs: Any) -> tuple[Any, Any, Any]:
        windows = windows_of(input, **attrs)
        shape = (*input.shape[:-n], *(len(w.index) for w in windows))
        return shape, _sides(input.shape, n), _tables(windows)

    known = Known(find)

    def forward(input: Array, **attrs: Any) -> tuple[Any, Any]:
        if input.dtype.kind != "f":
            return pool.equations(input, **attrs), None
        shape, sides, tables = known((input,), attrs)
        values, places = _kernels().maxima(_images(input, sides), *tables)
        y, at = values.reshape(shape), places.reshape(shape)
        return (y, at) if _plain(y, input) else (_like(y, input), like(at, input)), places

    def backward(g: Any, places: Array, needs: int, input: Array, **attrs: Any) -> tuple[Array | None]:
        if g[0] is None:
            return (None,)
        back = _kernels().back_to(_flat(g[0], n), places, prod(input.shape[-n:]))
        return (back.reshape(input.shape).astype(input.dtype, copy=False),)

    pool.fused(forward, backward)


def _is_whole(windows: Windows, side: int) -> bool:
    """Whether there is one window, of every element of a dimension once."""
    return windows.index.shape == (1, side) and bool(windows.inside.all()) and windows.index[0, -1] == side - 1


def fuse_mean(pool: Any, windows_of: Any, n: int) -> None:
    """Means of windows over one dimension or two by one kernel; ``windows_of`` also says what to divide by."""

    def find(input: Array, **attrs: Any) -> tuple[Any, Any, Any]:
        windows, divisor = windows_of(input, **attrs)
        wide = input.dtype if input.dtype.char in "fd" else np.dtype(np.float32)
        shape = (*input.shape[:-n], *(len(w.index) for w in windows))
        whole = all(_is_whole(w, side) for w, side in zip(windows, input.shape[-n:], strict=True))
        return shape, np.asarray(divisor, wide), None if whole else _tables(windows)

    known = Known(find)

    def forward(input: Array, **attrs: Any) -> tuple[Any, Any]:
        if input.dtype.kind != "f":
            return pool.equations(input, **attrs), None
        shape, divisor, tables = known((input,), attrs)
        if tables is None:
            y = array_sum(_flat(input, n), 1).reshape(shape) / divisor
        else:
            y = _kernels().sums(_images(input, _sides(input.shape, n)), *tables).reshape(shape)
            y /= divisor
        return y if _plain(y, input) else _like(y, input), None

    def backward(g: Array, saved: None, needs: int, input: Array, **attrs: Any) -> tuple[Array | None]:
        _shape, divisor, tables = known((input,), attrs)
        share = g / divisor.astype(g.dtype, copy=False)
        if tables is None:
            return (np.ascontiguousarray(np.broadcast_to(share, input.shape), input.dtype),)
        back = _kernels().spread(_flat(share, n), *tables, *_sides(input.shape, n)[1:])
        return (back.reshape(input.shape).astype(input.dtype, copy=False),)

    pool.fused(forward, backward)
