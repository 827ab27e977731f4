"""Convolution of images as a matrix product: windows as columns (im2col), and columns added up at their windows (col2im). Float32 and float64.

Columns are (C · kernel height · kernel width, N · positions), so that a convolution, and each of its two derivatives, is
one matrix product over the whole batch. numpy copies windows into columns as fast as a kernel does, but has no function that
adds them up where they overlap.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from tinygrad_fr.kernels.arrays.products import matmul
from tinygrad_fr.kernels.runtime.contract import contract
from tinygrad_fr.kernels.runtime.cores import parallel_for, parallel_for_parts, parts_of

Array: TypeAlias = npt.NDArray[Any]
Pair: TypeAlias = tuple[int, ...]  # one for the height, one for the width

# The number of windows must be the one that fits the image.
_POSITIVE = "min(*stride, *dilation) >= 1 and min(padding) >= 0"


def _fit(images: str, kernel: str, out: str) -> str:
    """The conditions that windows fit images; each pair of sides is given as two expressions or as one name."""

    def of(words: str, i: int) -> str:
        return words.split()[i] if " " in words else f"{words}[{i}]"

    return " and ".join(
        f"({of(images, i)} + 2*padding[{i}] - dilation[{i}]*({of(kernel, i)} - 1) - 1)//stride[{i}] + 1 == {of(out, i)}"
        for i in (0, 1)
    )


_SPEED = 4  # multiplications of a tile in the time of one elsewhere


def fits(*arrays: Array) -> bool:
    """Whether all are images or filters (four dimensions) of one dtype, float32 or float64."""
    first = arrays[0].dtype
    return first.char in "fd" and all(a.ndim == 4 and a.dtype == first for a in arrays)


LEAST = 64  # positions of a map: with fewer, columns cost less than going through the maps one by one


def straight(x: Array, kernel: Pair, out: Pair, stride: Pair, padding: Pair, dilation: Pair) -> bool:
    """Whether :mod:`tinygrad_fr.kernels.images.direct` can compute this convolution and its derivatives."""
    reach = _reach(kernel, dilation)
    inside = all(p <= r for p, r in zip(padding, reach, strict=True))
    return tuple(stride) == (1, 1) and inside and out[0] * out[1] >= LEAST and len(x) > 0


def _reach(kernel: Pair, dilation: Pair) -> Pair:
    """The distance from a filter's first place to its last one."""
    return tuple(d * (k - 1) for k, d in zip(kernel, dilation, strict=True))


class _Planes(NamedTuple):
    """The flat layout of a padded image, with room in each plane for the numbers that a tile reads beyond it.

    Attributes:
        down: rows of padding on each side.
        right: columns of it.
        plane: numbers of a plane.
        places: how far each number that a filter reads lies from its first, channel by channel.
    """

    down: int
    right: int
    plane: int
    places: Array


def _planes(x: Array, kernel: Pair, padding: Pair, dilation: Pair) -> _Planes:
    tiles = import_module("tinygrad_fr.kernels.images.tiles")  # with numba, when first needed
    (c, height, width), (down, right) = x.shape[1:], padding
    tall, wide = height + 2 * down, width + 2 * right
    plane = tall * wide + tiles.VECTORS * tiles.lanes(x.dtype)
    each, i, j = np.ogrid[:c, : kernel[0], : kernel[1]]
    places = each * plane + i * (dilation[0] * wide) + j * dilation[1]
    return _Planes(down, right, plane, places.reshape(-1))


def _blocks(count: int, each: int) -> int:
    return -(-count // each)


def _maps(x: Array, w: Array, bias: Array | None, out: Pair, padding: Pair, dilation: Pair) -> Array:
    planes = _planes(x, w.shape[2:], padding, dilation)
    direct = import_module("tinygrad_fr.kernels.images.direct")
    blocks, places = _blocks(len(w), direct.MAPS), planes.places.size
    filters = np.zeros((blocks * direct.MAPS, planes.places.size), x.dtype)
    filters[: len(w)] = _rows(w)
    packed = np.ascontiguousarray(filters.reshape(blocks, direct.MAPS, places).swapaxes(1, 2))
    packed = packed.reshape(blocks, places * direct.MAPS)
    found = np.empty((len(x), len(w), *out), x.dtype)
    cost = found.size * planes.places.size / _SPEED
    x, shifts = np.ascontiguousarray(x), np.zeros(len(w), x.dtype) if bias is None else bias
    parallel_for(direct.maps, len(x), cost, x, *planes, packed, shifts, found)
    return found


def _filters(x: Array, y: Array, kernel: Pair, padding: Pair, dilation: Pair) -> Array:
    planes = _planes(x, kernel, padding, dilation)
    direct = import_module("tinygrad_fr.kernels.images.direct")
    maps, count = y.shape[1], planes.places.size
    blocks, columns = _blocks(maps, direct.MAPS), _blocks(count, direct.VECTORS)
    places = np.zeros(columns * direct.VECTORS, np.intp)
    places[:count] = planes.places
    cost = y.size * count / _SPEED
    lanes = direct.BITS // 8 // x.itemsize
    found = np.zeros((parts_of(len(x), cost), blocks, columns, direct.MAPS * direct.VECTORS * lanes), x.dtype)
    x, y, planes = np.ascontiguousarray(x), np.ascontiguousarray(y), planes._replace(places=places)
    parallel_for_parts(len(found), direct.filters, len(x), x, *planes, y, found)
    grown = found.reshape(*found.shape[:3], direct.MAPS, direct.VECTORS, lanes).sum(axis=(0, 5)).swapaxes(1, 2)
    return np.ascontiguousarray(grown.reshape(blocks * direct.MAPS, columns * direct.VECTORS)[:maps, :count]).reshape(
        maps, x.shape[1], *kernel
    )


@contract("~x: N C H W", _POSITIVE, _fit("H W", "kernel", "out"))
def columns(x: Array, kernel: Pair, out: Pair, stride: Pair, padding: Pair, dilation: Pair) -> Array:
    """The windows of (N, C, H, W) as columns (C · kernel, N · positions); the padding is 0."""
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


@contract(
    "~columns: K P",
    _POSITIVE,
    "P == n * out[0] * out[1] and K % (kernel[0] * kernel[1]) == 0",
    _fit("sides", "kernel", "out"),
)
def add_up(
    columns: Array, n: int, sides: Pair, kernel: Pair, out: Pair, stride: Pair, padding: Pair, dilation: Pair
) -> Array:
    """The transpose of :func:`columns`: (C · kernel, N · positions) gives (N, C, *sides)."""
    channels = len(columns) // (kernel[0] * kernel[1])
    top, left = padding
    found = np.zeros((n, channels, sides[0] + 2 * top, sides[1] + 2 * left), columns.dtype)
    overlap = import_module("tinygrad_fr.kernels.images.overlap")  # with numba, when first needed
    overlap.add_up(np.ascontiguousarray(columns), found, kernel, out, stride, dilation)
    return np.ascontiguousarray(found[:, :, top : top + sides[0], left : left + sides[1]])


def _rows(w: Array) -> Array:
    """(O, C, kernel) as (O, C · kernel)."""
    return w.reshape(len(w), w.shape[1] * w.shape[2] * w.shape[3])


def _by_map(y: Array) -> Array:
    """(N, O, positions) as (O, N · positions)."""
    return y.swapaxes(0, 1).reshape(y.shape[1], len(y) * y.shape[2] * y.shape[3])


def product(columns: Array, w: Array, n: int, out: Pair, bias: Array | None = None) -> Array:
    """Columns of n images with (O, C, kernel), and a number for each map: (N, O, positions)."""
    found = matmul(_rows(w), columns)
    if bias is not None:
        found += bias[:, None]
    return np.ascontiguousarray(found.reshape(len(w), n, *out).swapaxes(0, 1))


@contract("~x: N C H W; ~w: O C h v; ~bias?: O", _POSITIVE, _fit("H W", "h v", "out"))
def convolve(x: Array, w: Array, out: Pair, stride: Pair, padding: Pair, dilation: Pair, bias: Array | None) -> Array:
    """Cross-correlation of (N, C, H, W) with (O, C, kernel): (N, O, positions)."""
    if straight(x, w.shape[2:], out, stride, padding, dilation):
        return _maps(x, w, bias, out, padding, dilation)
    return product(columns(x, w.shape[2:], out, stride, padding, dilation), w, len(x), out, bias)


@contract("~y: N O a b; ~w: O C h v", _POSITIVE, _fit("sides", "h v", "a b"))
def to_input(y: Array, w: Array, sides: Pair, stride: Pair, padding: Pair, dilation: Pair) -> Array:
    """The transpose of :func:`convolve` in its input: (N, O, positions) gives (N, C, *sides)."""
    if straight(y, w.shape[2:], sides, stride, padding, dilation):
        outside = tuple(r - p for r, p in zip(_reach(w.shape[2:], dilation), padding, strict=True))
        return _maps(y, np.flip(w, (2, 3)).swapaxes(0, 1), None, sides, outside, dilation)
    apart = matmul(_rows(w).T, _by_map(y))
    return add_up(apart, len(y), sides, w.shape[2:], y.shape[2:], stride, padding, dilation)


@contract("~x: N C H W; ~y: N O a b", _POSITIVE, _fit("H W", "kernel", "a b"))
def to_weight(x: Array, y: Array, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair) -> Array:
    """The transpose of :func:`convolve` in its weight: (N, C, H, W) and (N, O, positions) give (O, C, kernel)."""
    if straight(x, kernel, y.shape[2:], stride, padding, dilation):
        return _filters(x, y, kernel, padding, dilation)
    return from_columns(
        columns(x, kernel, y.shape[2:], stride, padding, dilation), y, (y.shape[1], x.shape[1], *kernel)
    )


def from_columns(columns: Array, y: Array, shape: tuple[int, ...]) -> Array:
    """The same from the columns of x, for a weight of this shape."""
    found: Array = matmul(_by_map(y), columns.T)
    return found.reshape(shape)
