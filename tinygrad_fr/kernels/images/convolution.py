"""Convolution of images as a matrix product: windows as columns (im2col), and columns added up at their windows (col2im). Float32 and float64.

Columns are (C · kernel height · kernel width, N · positions), so that a convolution, and each of its two derivatives, is
one matrix product over the whole batch. numpy copies windows into columns as fast as a kernel does, but has no function that
adds them up where they overlap.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from itertools import product as product_of
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
_WORTH = 6  # cost of a number that is moved, in multiplications


def fits(*arrays: Array) -> bool:
    """Whether all are images or filters (four dimensions) of one dtype, float32 or float64."""
    first = arrays[0].dtype
    return first.char in "fd" and all(a.ndim == 4 and a.dtype == first for a in arrays)


LEAST = 64  # positions of a map: with fewer, columns cost less than going through the maps one by one


def straight(x: Array, kernel: Pair, out: Pair, stride: Pair, padding: Pair, dilation: Pair) -> bool:
    """Whether :mod:`tinygrad_fr.kernels.images.direct` can compute this convolution and its derivatives."""
    reach = _reach(kernel, dilation)
    inside = all(p <= r for p, r in zip(padding, reach, strict=True))
    dense = tuple(stride) == (1, 1) or tuple(dilation) == (1, 1)
    return dense and inside and out[0] * out[1] >= LEAST and len(x) > 0


def _read_alone(x: Array, kernel: Pair, stride: Pair, padding: Pair) -> tuple[Array, Pair]:
    """The numbers of images that filters of one number read, and how far apart windows are among these."""
    if tuple(kernel) == (1, 1) and tuple(padding) == (0, 0):
        return np.ascontiguousarray(x[:, :, :: stride[0], :: stride[1]]), (1, 1)
    return x, stride


def _reach(kernel: Pair, dilation: Pair) -> Pair:
    """The distance from a filter's first place to its last one."""
    return tuple(d * (k - 1) for k, d in zip(kernel, dilation, strict=True))


class _Planes(NamedTuple):
    """The flat layout of a padded image, with room in each plane for the numbers that a tile reads beyond it.

    Attributes:
        down: rows of padding on each side.
        right: columns of it.
        wide: numbers of a row of a plane.
        plane: numbers of a plane.
        apart: rows and columns from one window to the next; an image has a plane for each of their phases.
        places: how far each number that a filter reads lies from its first, channel by channel.
    """

    down: int
    right: int
    wide: int
    plane: int
    apart: Pair
    places: Array


def _planes(x: Array, kernel: Pair, stride: Pair, rows: Pair, columns: Pair, dilation: Pair) -> _Planes:
    """The layout of images with so many rows of padding before and after, and so many columns."""
    return _planes_of(x.shape[1:], x.dtype, tuple(kernel), tuple(stride), rows, columns, tuple(dilation))[0]


@lru_cache(64)
def _planes_of(
    image: tuple[int, ...], dtype: Any, kernel: Pair, stride: Pair, rows: Pair, columns: Pair, dilation: Pair
) -> tuple[_Planes, Array]:
    """The layout, and its places in whole blocks: the last ones are the first place again."""
    tiles = import_module("tinygrad_fr.kernels.images.tiles")  # with numba, when first needed
    (c, height, width), (down, right) = image, map(int, stride)
    tall, wide = _blocks(height + sum(rows), down), _blocks(width + sum(columns), right)
    plane = tall * wide + tiles.VECTORS * tiles.lanes(dtype)
    each, i, j = np.ogrid[:c, : kernel[0], : kernel[1]]
    i, j = i * dilation[0], j * dilation[1]
    places = ((each * down + i % down) * right + j % right) * plane + i // down * wide + j // right
    filled = np.zeros(_blocks(places.size, tiles.VECTORS) * tiles.VECTORS, np.intp)
    filled[: places.size] = places.reshape(-1)
    return _Planes(rows[0], columns[0], wide, plane, (down, right), filled[: places.size]), filled


def _both(padding: Pair) -> tuple[Pair, Pair]:
    """The same padding before and after."""
    down, right = map(int, padding)
    return (down, down), (right, right)


def _blocks(count: int, each: int) -> int:
    return -(-count // each)


def _maps(x: Array, w: Array, bias: Array | None, planes: _Planes, found: Array) -> None:
    """Write the maps (N, O, positions) of images in a layout."""
    direct = import_module("tinygrad_fr.kernels.images.direct")
    blocks, places = _blocks(len(w), direct.MAPS), planes.places.size
    filters = np.zeros((blocks * direct.MAPS, planes.places.size), x.dtype)
    filters[: len(w)] = _rows(w)
    packed = np.ascontiguousarray(filters.reshape(blocks, direct.MAPS, places).swapaxes(1, 2))
    packed = packed.reshape(blocks, places * direct.MAPS)
    cost = found.size * planes.places.size / _SPEED + _WORTH * (x.size + found.size)
    x, shifts = np.ascontiguousarray(x), np.zeros(len(w), x.dtype) if bias is None else bias
    parallel_for(direct.maps, len(x), cost, x, *planes, packed, shifts, found)


def _filters(x: Array, y: Array, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair) -> Array:
    planes, places = _planes_of(x.shape[1:], x.dtype, tuple(kernel), tuple(stride), *_both(padding), tuple(dilation))
    direct = import_module("tinygrad_fr.kernels.images.direct")
    maps, count = y.shape[1], planes.places.size
    blocks, columns = _blocks(maps, direct.MAPS), len(places) // direct.VECTORS
    cost = y.size * count / _SPEED + _WORTH * (x.size + y.size)
    found = np.zeros((parts_of(len(x), cost), blocks, columns, direct.MAPS * direct.VECTORS), x.dtype)
    x, y, planes = np.ascontiguousarray(x), np.ascontiguousarray(y), planes._replace(places=places)
    parallel_for_parts(len(found), direct.filters, len(x), x, *planes, y, found)
    grown = found.sum(axis=0).reshape(blocks, columns, direct.MAPS, direct.VECTORS).swapaxes(1, 2)
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
    x, stride = _read_alone(x, w.shape[2:], stride, padding)
    if straight(x, w.shape[2:], out, stride, padding, dilation):
        found = np.empty((len(x), len(w), *out), x.dtype)
        planes = _planes(x, w.shape[2:], stride, *_both(padding), dilation)
        _maps(x, w, bias, planes, found)
        return found
    return product(columns(x, w.shape[2:], out, stride, padding, dilation), w, len(x), out, bias)


def _spread(y: Array, w: Array, sides: Pair, stride: Pair, padding: Pair, dilation: Pair) -> Array:
    """Each phase of the image is a convolution of the maps with the numbers of the filters that reach it."""
    dims = tuple(zip(sides, w.shape[2:], y.shape[2:], stride, padding, dilation, strict=True))
    # A filter has no number for the phases from its length on: the image's numbers there stay 0.
    tall, wide = ([_Phase.of(phase, *each) for phase in range(min(each[3], each[1]))] for each in dims)
    full = all(step <= length for _, length, _, step, *_ in dims) and all(phase.out for phase in (*tall, *wide))
    found = (np.empty if full else np.zeros)((len(y), w.shape[1], *sides), y.dtype)
    for down, right in product_of(tall, wide):
        if down.out and right.out:
            filters = np.flip(w[:, :, down.step, right.step], (2, 3)).swapaxes(0, 1)
            maps = y[:, :, down.read, right.read]
            planes = _planes(maps, filters.shape[2:], (1, 1), down.outside, right.outside, dilation)
            _maps(maps, filters, None, planes, found[:, :, down.written, right.written])
    return found


class _Phase(NamedTuple):
    """The numbers of a dimension of an image that the same numbers of a filter reach.

    Attributes:
        out: how many numbers of the image.
        taps: how many numbers of the filter.
        written: which numbers of the image.
        step: which numbers of the filter.
        read: which numbers of the map.
        outside: how many zeros stand before and after them.
    """

    out: int
    taps: int
    written: slice
    step: slice
    read: slice
    outside: tuple[int, int]

    @classmethod
    def of(cls, phase: int, side: int, kernel: int, count: int, stride: int, padding: int, dilation: int) -> _Phase:
        first = (
            phase - padding
        ) % stride  # the map's number at (i + padding − dilation·k)/stride is sent to the image's at i
        out, taps = max(0, _blocks(side - first, stride)), max(0, _blocks(kernel - phase, stride))
        reach = dilation * (taps - 1)
        start = (first + padding - phase) // stride - reach
        stop = start + out + reach
        outside = max(0, min(-start, out + reach)), max(0, min(stop - count, out + reach))
        read = slice(min(max(start, 0), count), min(max(stop, 0), count))
        return cls(out, taps, slice(first, None, stride), slice(phase, None, stride), read, outside)


@contract("~y: N O a b; ~w: O C h v", _POSITIVE, _fit("sides", "h v", "a b"))
def to_input(y: Array, w: Array, sides: Pair, stride: Pair, padding: Pair, dilation: Pair) -> Array:
    """The transpose of :func:`convolve` in its input: (N, O, positions) gives (N, C, *sides)."""
    if straight(y, w.shape[2:], sides, stride, padding, dilation):
        return _spread(y, w, sides, stride, padding, dilation)
    apart = matmul(_rows(w).T, _by_map(y))
    return add_up(apart, len(y), sides, w.shape[2:], y.shape[2:], stride, padding, dilation)


@contract("~x: N C H W; ~y: N O a b", _POSITIVE, _fit("H W", "kernel", "a b"))
def to_weight(x: Array, y: Array, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair) -> Array:
    """The transpose of :func:`convolve` in its weight: (N, C, H, W) and (N, O, positions) give (O, C, kernel)."""
    x, stride = _read_alone(x, kernel, stride, padding)
    # Columns, which take time to write, serve every map; sums over short maps do not stay in registers for long.
    few = y.shape[1] <= 32 or y.shape[2] * y.shape[3] >= 3 * LEAST
    if few and straight(x, kernel, y.shape[2:], stride, padding, dilation):
        return _filters(x, y, kernel, stride, padding, dilation)
    return from_columns(
        columns(x, kernel, y.shape[2:], stride, padding, dilation), y, (y.shape[1], x.shape[1], *kernel)
    )


def from_columns(columns: Array, y: Array, shape: tuple[int, ...]) -> Array:
    """The same from the columns of x, for a weight of this shape."""
    found: Array = matmul(_by_map(y), columns.T)
    return found.reshape(shape)
