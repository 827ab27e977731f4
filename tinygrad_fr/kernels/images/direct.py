"""Direct convolution of images: each number is read in place, without columns.

An image is padded and flattened, row after row, so that the elements under a filter are at constant distances and a
whole map is one long run, cut into tiles. The run has a few surplus numbers at the end of each row, which are not read.
Where windows are several steps apart, an image is flattened in phases: every so-many-th row and column makes a plane of its
own, in which neighbouring windows are neighbours.
All images are flattened into the same memory, one after the other, so that it stays in the processor's cache.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.kernels.images.tiles import BITS, MAPS, VECTORS, correlation, product
from tinygrad_fr.kernels.runtime.jit import njit
from tinygrad_fr.kernels.runtime.work_queue import parallel


@njit(cache=True, error_model="numpy", nogil=True)
def _lay(image: Any, down: int, right: int, wide: int, plane: int, flat: Any) -> None:
    """An image (C, H, W) in planes of so many numbers each, whose borders are 0 already."""
    maps, height, width = image.shape
    for c in range(maps):
        for p in range(height):
            line = flat[c * plane + (down + p) * wide + right : c * plane + (down + p) * wide + right + width]
            source = image[c, p]
            for q in range(width):
                line[q] = source[q]


@njit(cache=True, error_model="numpy", nogil=True)
def _lay_phases(image: Any, down: int, right: int, wide: int, plane: int, apart: Any, flat: Any) -> None:
    """The same in planes (C, phases of rows, phases of columns)."""
    maps, height, width = image.shape
    rows, columns = apart
    for c in range(maps):
        for p in range(height):
            source, row = image[c, p], down + p
            first = ((c * rows + row % rows) * columns) * plane + row // rows * wide
            for phase in range(columns):
                start = (phase - right) % columns
                line = flat[first + phase * plane + (right + start) // columns : first + phase * plane + wide]
                for k in range((width - start + columns - 1) // columns):
                    line[k] = source[start + k * columns]


@njit(cache=True, error_model="numpy", nogil=True)
def _planes(image: Any, down: int, right: int, wide: int, plane: int, apart: Any, flat: Any) -> None:
    if apart[0] == apart[1] == 1:
        _lay(image, down, right, wide, plane, flat)
    else:
        _lay_phases(image, down, right, wide, plane, apart, flat)


@parallel
@njit(cache=True, error_model="numpy", nogil=True, makes_arrays=True)
def maps(
    x: Any, down: int, right: int, wide: int, plane: int, apart: Any, places: Any, w: Any, bias: Any, out: Any,
    start: int, stop: int, part: int,
) -> None:  # fmt: skip
    """Images (N, C, H, W) padded by ``down`` and ``right`` with filters give maps (N, O, H′, W′), for a range of images.

    Filters are (blocks of MAPS maps, places · MAPS), place k reading ``places[k]`` numbers further on; a bias for each map.
    """
    count, height, width = out.shape[1:]
    tile = VECTORS * (BITS // 8 // x.itemsize)
    tiles = ((height - 1) * wide + width + tile - 1) // tile
    held, flat = np.empty(MAPS * tiles * tile, x.dtype), np.zeros(x.shape[1] * apart[0] * apart[1] * plane, x.dtype)
    for n in range(start, stop):
        _planes(x[n], down, right, wide, plane, apart, flat)
        for block in range(len(w)):
            for t in range(tiles):
                product(flat, t * tile, places, w[block], held[t * tile :], tiles * tile)
            for m in range(min(MAPS, count - block * MAPS)):
                shift = bias[block * MAPS + m]
                for p in range(height):
                    line = held[m * tiles * tile + p * wide : m * tiles * tile + p * wide + width]
                    target = out[n, block * MAPS + m, p]
                    for q in range(width):
                        target[q] = line[q] + shift


@parallel
@njit(cache=True, error_model="numpy", nogil=True, makes_arrays=True)
def filters(
    x: Any, down: int, right: int, wide: int, plane: int, apart: Any, places: Any, g: Any, outs: Any,
    start: int, stop: int, part: int,
) -> None:  # fmt: skip
    """A part's filters of padded images and maps (N, O, H′, W′), for a range of images.

    Filters are (parts, blocks of MAPS maps, blocks of VECTORS places, MAPS · VECTORS); places are a whole number of blocks.
    """
    blocks, columns, sums = outs.shape[1:]
    height, width = g.shape[2:]
    lanes = BITS // 8 // x.itemsize
    length = ((height - 1) * wide + width + lanes - 1) // lanes * lanes
    out = np.zeros((blocks, columns, sums * lanes), x.dtype)
    pulls, flat = np.zeros(blocks * MAPS * length, x.dtype), np.zeros(x.shape[1] * apart[0] * apart[1] * plane, x.dtype)
    for n in range(start, stop):
        _planes(x[n], down, right, wide, plane, apart, flat)
        _lay(g[n], 0, 0, wide, length, pulls)
        for block in range(blocks):
            for k in range(columns):
                correlation(pulls, block * MAPS * length, length, flat, 0, places, k * VECTORS, length, out[block, k])
    for block in range(blocks):
        for k in range(columns):
            for i in range(sums):
                total = x.dtype.type(0)
                for lane in range(lanes):
                    total += out[block, k, i * lanes + lane]
                outs[part, block, k, i] = total
