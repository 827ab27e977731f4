"""Elements moved: gathered along a dimension, transposed, summed cumulatively. Float32 and float64.

numpy is slower for three reasons. It gathers elements by flat positions, which have to be computed first. It transposes
a matrix column by column, and each column goes through all of the memory. Its running sums wait for each addition
before the next one.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from tinygrad_fr.kernels.runtime.contract import contract
from tinygrad_fr.kernels.runtime.cores import parallel_for
from tinygrad_fr.kernels.runtime.jit import njit
from tinygrad_fr.kernels.runtime.work_queue import parallel

Array: TypeAlias = npt.NDArray[Any]

_WORTH = 6  # cost of a number in multiplications: most of it is waiting for memory
_TILE = 16  # rows and columns that are transposed together: one cache line of float32
_ROWS = 8  # running sums that are computed together, since each addition waits for the one before


@parallel
@njit(cache=True, error_model="numpy", nogil=True)
def _gather(x: Any, index: Any, out: Any, start: Any, stop: Any, part: int) -> None:
    count, width = index.shape[1], index.shape[2]
    for a in range(start, stop):
        if width == 1:
            line, places, found = x[a, :, 0], index[a, :, 0], out[a, :, 0]
            for k in range(count):
                found[k] = line[places[k]]
        else:
            for k in range(count):
                for b in range(width):
                    out[a, k, b] = x[a, index[a, k, b], b]


@parallel
@njit(cache=True, error_model="numpy", nogil=True)
def _scatter(g: Any, index: Any, out: Any, start: Any, stop: Any, part: int) -> None:
    count, width = index.shape[1], index.shape[2]
    for a in range(start, stop):
        if width == 1:
            sent, places, found = g[a, :, 0], index[a, :, 0], out[a, :, 0]
            for k in range(count):
                found[places[k]] += sent[k]
        else:
            for k in range(count):
                for b in range(width):
                    out[a, index[a, k, b], b] += g[a, k, b]


@parallel
@njit(cache=True, error_model="numpy", nogil=True)
def _turn(x: Any, out: Any, start: Any, stop: Any, part: int) -> None:
    rows, columns = x.shape
    for tile in range(start, stop):
        first = tile * _TILE
        last = min(first + _TILE, columns)
        for top in range(0, rows, _TILE):
            end = min(top + _TILE, rows)
            for c in range(first, last):
                target = out[c, top:end]
                for r in range(target.size):
                    target[r] = x[top + r, c]


@parallel
@njit(cache=True, error_model="numpy", nogil=True)
def _run(x: Any, out: Any, start: Any, stop: Any, part: int) -> None:
    """Groups of rows: running sums along each, several at once."""
    count = x.shape[1]
    zero = 0.0  # sums of float32 are accumulated in double precision, as in PyTorch
    for group in range(start, stop):
        first = group * _ROWS
        if first + _ROWS <= x.shape[0]:
            a = b = c = d = e = f = g = h = zero
            for i in range(count):
                a += x[first, i]
                b += x[first + 1, i]
                c += x[first + 2, i]
                d += x[first + 3, i]
                e += x[first + 4, i]
                f += x[first + 5, i]
                g += x[first + 6, i]
                h += x[first + 7, i]
                out[first, i] = a
                out[first + 1, i] = b
                out[first + 2, i] = c
                out[first + 3, i] = d
                out[first + 4, i] = e
                out[first + 5, i] = f
                out[first + 6, i] = g
                out[first + 7, i] = h
        else:
            for r in range(first, x.shape[0]):
                total = zero
                for i in range(count):
                    total += x[r, i]
                    out[r, i] = total


@contract("x: A R B; int index[R]: A K B")
def gathered(x: Array, index: Array) -> Array:
    """The elements (A, K, B) of x (A, R, B) that an index (A, K, B) chooses along the middle dimension."""
    out = np.empty(index.shape, x.dtype)
    parallel_for(_gather, len(x), _WORTH * index.size, x, index, out)
    return out


@contract("g: A K B; int index[rows]: A K B")
def scattered(g: Array, index: Array, rows: int) -> Array:
    """Zeros (A, rows, B) with g (A, K, B) added where an index (A, K, B) says, along the middle dimension."""
    out = np.zeros((len(g), rows, g.shape[2]), g.dtype)
    parallel_for(_scatter, len(g), _WORTH * index.size, g, index, out)
    return out


@contract("x: R C")
def turned(x: Array) -> Array:
    """The transpose (C, R) of a matrix (R, C), written out."""
    out = np.empty((x.shape[1], x.shape[0]), x.dtype)
    parallel_for(_turn, -(-x.shape[1] // _TILE), _WORTH * x.size, x, out)
    return out


@contract("x: R C")
def running_sums(x: Array) -> Array:
    """Running sums (R, C) along the rows of a matrix (R, C), added in the order of the numbers."""
    out = np.empty(x.shape, x.dtype)
    parallel_for(_run, -(-len(x) // _ROWS), _WORTH * x.size, x, out)
    return out
