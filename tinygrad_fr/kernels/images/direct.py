"""Direct convolution of images: each number is read in place, without columns.

An image is padded and flattened, row after row, so that the elements under a filter are at constant distances and a
whole map is one long run, cut into tiles. The run has a few surplus numbers at the end of each row, which are not read.
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


@parallel
@njit(cache=True, error_model="numpy", nogil=True, makes_arrays=True)
def maps(
    x: Any,
    down: int,
    right: int,
    plane: int,
    places: Any,
    w: Any,
    bias: Any,
    out: Any,
    start: int,
    stop: int,
    part: int,
) -> None:
    """Images (N, C, H, W) padded by ``down`` and ``right`` with filters give maps (N, O, H′, W′), for a range of images.

    Filters are (blocks of MAPS maps, places · MAPS), place k reading ``places[k]`` numbers further on; a bias for each map.
    """
    wide = x.shape[3] + 2 * right
    count, height, width = out.shape[1:]
    tile = VECTORS * (BITS // 8 // x.itemsize)
    tiles = ((height - 1) * wide + width + tile - 1) // tile
    held, flat = np.empty(MAPS * tiles * tile, x.dtype), np.zeros(x.shape[1] * plane, x.dtype)
    for n in range(start, stop):
        _lay(x[n], down, right, wide, plane, flat)
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
    x: Any, down: int, right: int, plane: int, places: Any, g: Any, outs: Any, start: int, stop: int, part: int
) -> None:
    """Padded images and maps (N, O, H′, W′) add to the lanes of a part's filters, for a range of images.

    Filters are (parts, blocks of MAPS maps, blocks of VECTORS places, MAPS · VECTORS · lanes); places are a whole number of
    blocks.
    """
    out = outs[part]
    wide = x.shape[3] + 2 * right
    height, width = g.shape[2:]
    lanes = BITS // 8 // x.itemsize
    length = ((height - 1) * wide + width + lanes - 1) // lanes * lanes
    pulls, flat = np.zeros(len(out) * MAPS * length, x.dtype), np.zeros(x.shape[1] * plane, x.dtype)
    for n in range(start, stop):
        _lay(x[n], down, right, wide, plane, flat)
        _lay(g[n], 0, 0, wide, length, pulls)
        for block in range(len(out)):
            for k in range(out.shape[1]):
                correlation(pulls, block * MAPS * length, length, flat, 0, places, k * VECTORS, length, out[block, k])
