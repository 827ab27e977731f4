"""Windows of the last dimensions: tables of indices along each dimension, with a mask for the padding.

Plain, adaptive and dilated windows differ only in their tables.
"""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import Any, NamedTuple

import numpy as np

from tinygrad_fr.arguments.fits import here, refusal
from tinygrad_fr.errors import ShapeError
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.indexing.subscripts import getitem
from tinygrad_fr.ops.shapes.shape import reshape_to
from tinygrad_fr.ops.shared.kinds import FLOATS, NUMBERS, takes
from tinygrad_fr.ops.spatial.sides import each


class Windows(NamedTuple):
    """Positions of windows along one dimension.

    Attributes:
        index: (positions, length) indices, clipped to the input.
        inside: (positions, length) whether they lie in the input.
        counted: number of elements that each window counts, padding included where it is asked for.
    """

    index: Any
    inside: Any
    counted: Any


def _kept(index: Any, inside: Any, counted: Any) -> Windows:
    """Windows that many calls share: nobody writes to them."""
    for array in (index, inside, counted):
        array.flags.writeable = False
    return Windows(index, inside, counted)


@lru_cache(maxsize=256)
def _sliding(side: int, kernel: int, stride: int, padding: int, dilation: int, ceil_mode: bool) -> Windows:
    room = side + 2 * padding - dilation * (kernel - 1) - 1
    count = (-(-room // stride) if ceil_mode else room // stride) + 1
    if ceil_mode and (count - 1) * stride >= side + padding:  # a window must start inside
        count -= 1
    places = np.arange(max(count, 0))[:, None] * stride - padding + np.arange(kernel) * dilation
    counted = (places < side + padding).sum(1)
    return _kept(np.clip(places, 0, max(side - 1, 0)), (places >= 0) & (places < side), counted)


@lru_cache(maxsize=256)
def _adaptive(side: int, positions: int) -> Windows:
    at = np.arange(positions)
    starts, ends = at * side // max(positions, 1), -(-(at + 1) * side // max(positions, 1))
    places = starts.reshape(-1, 1) + np.arange(np.max(ends - starts, initial=1))
    inside = places < ends.reshape(-1, 1)
    return _kept(np.minimum(places, max(side - 1, 0)), inside, inside.sum(1))


def windowed(x: Any, windows: list[Windows]) -> tuple[Any, Any]:
    """The input by windows, (…, positions…, elements of a window), and which of these lie inside."""
    n = len(windows)
    index, inside = [], np.ones((1,) * 2 * n, np.bool_)
    for d, w in enumerate(windows):
        shape = [1] * 2 * n
        shape[d], shape[n + d] = w.index.shape
        index.append(w.index.reshape(shape))
        inside = inside & w.inside.reshape(shape)
    positions = tuple(len(w.index) for w in windows)
    size = prod(w.index.shape[1] for w in windows)
    picked = getitem(x, (Ellipsis, *np.broadcast_arrays(*index)))
    inside = np.broadcast_to(inside, (*positions, *(w.index.shape[1] for w in windows)))
    lead = tuple(x.shape[: len(x.shape) - n])
    return reshape_to(picked, (*lead, *positions, size)), inside.reshape(*positions, size)


def sliding_windows(
    name: str, x: Any, n: int, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> list[Windows]:
    """The windows that a kernel slides over the last n dimensions, by the arguments of PyTorch's functions."""
    takes(name, x, *(NUMBERS if name.startswith("max") else (*FLOATS, "int64") if name.startswith("avg") else FLOATS))
    kernel = each("kernel_size", kernel_size, n)
    stride = kernel if stride is None or stride == () else each("stride", stride, n)
    padding, dilation = each("padding", padding, n), each("dilation", dilation, n)
    _check_dimensions(name, x, n)
    if (
        min(kernel) < 1
        or min(stride) < 1
        or min(dilation) < 1
        or min(padding) < 0
        or any(2 * p > k for p, k in zip(padding, kernel, strict=True))
    ):
        raise ShapeError(
            tr(
                "{name}: expected a positive kernel and stride, and padding of at most half the kernel, got {kernel}, {stride}, {padding} ({where})"
            ).format(name=name, kernel=kernel, stride=stride, padding=padding, where=here())
        )
    _check_sides(name, x, n)
    windows = [
        _sliding(side, k, s, p, d, ceil_mode)
        for side, k, s, p, d in zip(x.shape[-n:], kernel, stride, padding, dilation, strict=True)
    ]
    if any(not len(w.index) for w in windows):
        raise ShapeError(
            tr("{name}: the window {kernel} is larger than the padded input {sides} ({where})").format(
                name=name, kernel=kernel, sides=tuple(x.shape[-n:]), where=here()
            )
        )
    return windows


def _check_dimensions(name: str, x: Any, n: int) -> None:
    if len(x.shape) not in (n + 1, n + 2):
        raise ShapeError(
            tr("{name}: expected {low} or {high} dimensions, got shape {shape} ({where})").format(
                name=name, low=n + 1, high=n + 2, shape=tuple(x.shape), where=here()
            )
        )


def _check_sides(name: str, x: Any, n: int) -> None:
    """Raise where there is nothing to take windows of: an element of none has no place."""
    if 0 in x.shape[-n:]:
        raise refusal(name, tr("sides of one element at least"), tuple(x.shape))


def adaptive_windows(name: str, x: Any, n: int, output_size: Any) -> list[Windows]:
    """The windows that give an output of this size along the last n dimensions."""
    _check_dimensions(name, x, n)
    takes(name, x, *FLOATS)
    _check_sides(name, x, n)
    sizes = (output_size,) * n if output_size is None or isinstance(output_size, int) else tuple(output_size)
    if len(sizes) != n or any(size is not None and size < 0 for size in sizes):
        raise ShapeError(
            tr("{name}: expected one size or {n}, got {found} ({where})").format(
                name=name, n=n, found=sizes, where=here()
            )
        )
    return [_adaptive(side, side if size is None else size) for side, size in zip(x.shape[-n:], sizes, strict=True)]
