"""Convolution of images, one step at a time: no columns, each number read from where it lies.

Images are padded and laid flat, each with its rows one after the other, so that a filter's places are constant distances
and a whole map is one long run, cut into tiles. It gives a few numbers too many at the end of each row, which nobody
reads.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.kernels.jit import njit
from tinygrad_fr.kernels.tiles import BITS, MAPS, VECTORS, correlation, product


@njit(cache=True, error_model="numpy", nogil=True)
def maps(x: Any, image: int, places: Any, wide: int, w: Any, out: Any, start: int, stop: int) -> None:
    """Flat images, each so many numbers long, with filters give maps (N, O, H, W), for the images of a range.

    Filters are (blocks of MAPS maps, places · MAPS), place k reading ``places[k]`` numbers further on.
    """
    maps, height, width = out.shape[1:]
    tile = VECTORS * (BITS // 8 // x.itemsize)
    tiles = ((height - 1) * wide + width + tile - 1) // tile
    held = np.empty(MAPS * tiles * tile, x.dtype)
    for n in range(start, stop):
        for block in range(len(w)):
            for t in range(tiles):
                product(x, n * image + t * tile, places, w[block], held[t * tile :], tiles * tile)
            for m in range(min(MAPS, maps - block * MAPS)):
                for p in range(height):
                    line = held[m * tiles * tile + p * wide : m * tiles * tile + p * wide + width]
                    target = out[n, block * MAPS + m, p]
                    for q in range(width):
                        target[q] = line[q]


@njit(cache=True, error_model="numpy", nogil=True)
def filters(x: Any, image: int, places: Any, wide: int, g: Any, out: Any, start: int, stop: int) -> None:
    """Flat images and maps (N, O, H, W) add to the lanes of filters, for the images of a range.

    Filters are (blocks of MAPS maps, blocks of VECTORS places, MAPS · VECTORS · lanes); places are a whole number of blocks.
    """
    maps, height, width = g.shape[1:]
    lanes = BITS // 8 // x.itemsize
    length = ((height - 1) * wide + width + lanes - 1) // lanes * lanes
    flat = np.zeros(len(out) * MAPS * length, x.dtype)
    for n in range(start, stop):
        for o in range(maps):
            for p in range(height):
                line = flat[o * length + p * wide : o * length + p * wide + width]
                source = g[n, o, p]
                for q in range(width):
                    line[q] = source[q]
        for block in range(len(out)):
            for k in range(out.shape[1]):
                correlation(
                    flat, block * MAPS * length, length, x, n * image, places, k * VECTORS, length, out[block, k]
                )
