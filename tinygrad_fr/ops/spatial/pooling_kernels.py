"""Pooling of images by one kernel, for the value and the first derivative."""

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


def _images(x: Array) -> Array:
    """Images (n, H, W) in a dtype of the kernels: half precision is widened."""
    wide = x if x.dtype.char in "fd" else x.astype(np.float32)
    laid = wide if wide.flags.c_contiguous else np.ascontiguousarray(wide)
    return laid if laid.ndim == 3 else laid.reshape(prod(x.shape[:-2]), *x.shape[-2:])


def _flat(x: Array) -> Array:
    """The same with the elements of an image in a row, (n, H · W)."""
    images = _images(x)
    n, height, width = images.shape
    return images.reshape(n, height * width)


def _tables(windows: list[Windows]) -> tuple[Any, Any, Any, Any]:
    """What the kernels ask of the windows of images: a table per dimension, that of columns transposed."""
    rows, columns = windows
    return (
        np.ascontiguousarray(rows.index, np.int64),
        np.ascontiguousarray(rows.inside),
        np.ascontiguousarray(columns.index.T, np.int64),
        np.ascontiguousarray(columns.inside.T),
    )


def _like(y: Array, image: Array) -> Array:
    """What was made of an image, in its dtype and its order of memory."""
    return like(y if y.dtype is image.dtype else y.astype(image.dtype), image)


def _kernels() -> Any:
    """The kernels, imported with numba when one is first needed."""
    return imported("tinygrad_fr.kernels.images.pooling")


def fuse_max(pool: Any, windows_of: Any) -> None:
    """Largest elements of images by one kernel."""

    def find(input: Array, **attrs: Any) -> tuple[Any, Any]:
        windows = windows_of(input, **attrs)
        return (*input.shape[:-2], *(len(w.index) for w in windows)), _tables(windows)

    known = Known(find)

    def forward(input: Array, **attrs: Any) -> tuple[Any, Any]:
        if input.dtype.kind != "f":
            return pool.equations(input, **attrs), None
        shape, tables = known((input,), attrs)
        values, places = _kernels().maxima(_images(input), *tables)
        return (_like(values.reshape(shape), input), like(places.reshape(shape), input)), places

    def backward(g: Any, places: Array, needs: int, input: Array, **attrs: Any) -> tuple[Array | None]:
        if g[0] is None:
            return (None,)
        back = _kernels().back_to(_flat(g[0]), places, input.shape[-2] * input.shape[-1])
        return (back.reshape(input.shape).astype(input.dtype, copy=False),)

    pool.fused(forward, backward)


def _is_whole(windows: Windows, side: int) -> bool:
    """Whether there is one window, of every element of a dimension once."""
    return windows.index.shape == (1, side) and bool(windows.inside.all()) and windows.index[0, -1] == side - 1


def fuse_mean(pool: Any, windows_of: Any) -> None:
    """Means of images by one kernel; ``windows_of`` also says what to divide by."""

    def find(input: Array, **attrs: Any) -> tuple[Any, Any, Any]:
        windows, divisor = windows_of(input, **attrs)
        wide = input.dtype if input.dtype.char in "fd" else np.dtype(np.float32)
        shape = (*input.shape[:-2], *(len(w.index) for w in windows))
        whole = all(_is_whole(w, side) for w, side in zip(windows, input.shape[-2:], strict=True))
        return shape, np.asarray(divisor, wide), None if whole else _tables(windows)

    known = Known(find)

    def forward(input: Array, **attrs: Any) -> tuple[Any, Any]:
        if input.dtype.kind != "f":
            return pool.equations(input, **attrs), None
        shape, divisor, tables = known((input,), attrs)
        if tables is None:
            y = array_sum(_flat(input), 1).reshape(shape) / divisor
        else:
            y = _kernels().sums(_images(input), *tables).reshape(shape)
            y /= divisor
        return _like(y, input), None

    def backward(g: Array, saved: None, needs: int, input: Array, **attrs: Any) -> tuple[Array | None]:
        _shape, divisor, tables = known((input,), attrs)
        share = g / divisor.astype(g.dtype, copy=False)
        if tables is None:
            return (np.ascontiguousarray(np.broadcast_to(share, input.shape), input.dtype),)
        share = _flat(share)
        back = _kernels().spread(share, *tables, *input.shape[-2:])
        return (back.reshape(input.shape).astype(input.dtype, copy=False),)

    pool.fused(forward, backward)
