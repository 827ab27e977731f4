"""Convolution of images with 3×3 filters, one step at a time: no columns, nine products for each number that is read.

Images are padded and laid flat, each with its rows one after the other, so that a filter's nine places are nine constant
distances and a whole map is one long loop. It gives a few numbers too many at the end of each row, which nobody reads.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, error_model="numpy", fastmath={"contract"}, nogil=True)
def _nine(first: Any, second: Any, plane: Any, wide: Any, w: Any, v: Any) -> None:
    """Add to two maps what two filters find on one plane."""
    a0, a1, a2, a3, a4, a5, a6, a7, a8 = w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8]
    b0, b1, b2, b3, b4, b5, b6, b7, b8 = v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8]
    # Unsigned: an index that might count from the end would stop vectorisation.
    one, two, row = np.uintp(1), np.uintp(2), np.uintp(wide)
    i, n = np.uintp(0), np.uintp(first.size)
    while i < n:
        j, k = i + row, i + row + row
        x0, x1, x2 = plane[i], plane[i + one], plane[i + two]
        x3, x4, x5 = plane[j], plane[j + one], plane[j + two]
        x6, x7, x8 = plane[k], plane[k + one], plane[k + two]
        first[i] += a0 * x0 + a1 * x1 + a2 * x2 + a3 * x3 + a4 * x4 + a5 * x5 + a6 * x6 + a7 * x7 + a8 * x8
        second[i] += b0 * x0 + b1 * x1 + b2 * x2 + b3 * x3 + b4 * x4 + b5 * x5 + b6 * x6 + b7 * x7 + b8 * x8
        i += one


@njit(cache=True, error_model="numpy", nogil=True)
def maps(x: Any, wide: int, w: Any, out: Any, start: int, stop: int) -> None:
    """Planes (N, C, flat) with filters (O, C, 9), O even, give maps (N, O′ ≤ O, H, W), for the images of a range."""
    height, width = out.shape[2], out.shape[3]
    held = np.empty((2, (height - 1) * wide + width), x.dtype)
    for n in range(start, stop):
        for o in range(0, len(w), 2):
            held[:] = 0
            for c in range(x.shape[1]):
                _nine(held[0], held[1], x[n, c], wide, w[o, c], w[o + 1, c])
            for k in range(min(2, out.shape[1] - o)):
                for p in range(height):
                    for q in range(width):
                        out[n, o + k, p, q] = held[k, p * wide + q]


@njit(cache=True, error_model="numpy", fastmath={"contract", "reassoc"}, nogil=True)
def _eighteen(g: Any, h: Any, plane: Any, wide: Any, to_g: Any, to_h: Any) -> None:
    """Add to two filters the products of two maps with one plane, at nine distances."""
    one, two, row = np.uintp(1), np.uintp(2), np.uintp(wide)
    zero = plane[0] - plane[0]
    a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = a8 = zero
    b0 = b1 = b2 = b3 = b4 = b5 = b6 = b7 = b8 = zero
    for at in range(g.size):
        i = np.uintp(at)
        j, k = i + row, i + row + row
        x0, x1, x2 = plane[i], plane[i + one], plane[i + two]
        x3, x4, x5 = plane[j], plane[j + one], plane[j + two]
        x6, x7, x8 = plane[k], plane[k + one], plane[k + two]
        u, v = g[i], h[i]
        a0, a1, a2, a3, a4 = a0 + u * x0, a1 + u * x1, a2 + u * x2, a3 + u * x3, a4 + u * x4
        a5, a6, a7, a8 = a5 + u * x5, a6 + u * x6, a7 + u * x7, a8 + u * x8
        b0, b1, b2, b3, b4 = b0 + v * x0, b1 + v * x1, b2 + v * x2, b3 + v * x3, b4 + v * x4
        b5, b6, b7, b8 = b5 + v * x5, b6 + v * x6, b7 + v * x7, b8 + v * x8
    for place, a, b in (
        (0, a0, b0), (1, a1, b1), (2, a2, b2), (3, a3, b3), (4, a4, b4), (5, a5, b5), (6, a6, b6), (7, a7, b7), (8, a8, b8)
    ):  # fmt: skip
        to_g[place] += a
        to_h[place] += b


@njit(cache=True, error_model="numpy", nogil=True)
def filters(x: Any, wide: int, g: Any, out: Any, start: int, stop: int) -> None:
    """Planes (N, C, flat) and maps (N, O, H, W) add to filters (O′, C, 9), O′ ≥ O and even, for the images of a range."""
    height, width = g.shape[2], g.shape[3]
    flat = np.zeros((len(out), (height - 1) * wide + width), x.dtype)
    for n in range(start, stop):
        for o in range(g.shape[1]):
            for p in range(height):
                for q in range(width):
                    flat[o, p * wide + q] = g[n, o, p, q]
        for o in range(0, len(out), 2):
            for c in range(x.shape[1]):
                _eighteen(flat[o], flat[o + 1], x[n, c], wide, out[o, c], out[o + 1, c])
