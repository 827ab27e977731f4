"""Rows of a table, chosen by integers: they are added to, or multiplied with vectors. Float32 and float64, contiguous.

Additions to rows are split among cores by columns, so that no two cores write to the same number, and each number is
added to in the order of the indices, whatever the number of cores.
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

_ANY_ORDER = {"reassoc", "contract", "nsz"}
_WORTH = (
    1 / 4
)  # cost of a number in multiplications, for the split among cores: reading rows is bound by memory, and every core reads them


@parallel
@njit(cache=True, error_model="numpy", nogil=True)
def _add(x: Any, index: Any, out: Any, start: Any, stop: Any, part: int) -> None:
    for n in range(index.size):
        row, target = x[n, start:stop], out[index[n], start:stop]
        for i in range(row.size):
            target[i] += row[i]


@njit(cache=True, error_model="numpy", nogil=True)
def _add_numbers(x: Any, index: Any, out: Any) -> None:
    for n in range(index.size):
        out[index[n]] += x[n]


@parallel
@njit(cache=True, error_model="numpy", fastmath=_ANY_ORDER, nogil=True)
def _products(x: Any, table: Any, index: Any, out: Any, start: Any, stop: Any, part: int) -> None:
    for n in range(start, stop):
        vector = x[n]
        for k in range(index.shape[1]):
            row = table[index[n, k]]
            total = x.dtype.type(0)
            for i in range(row.size):
                total += vector[i] * row[i]
            out[n, k] = total


@parallel
@njit(cache=True, error_model="numpy", fastmath=_ANY_ORDER, nogil=True)
def _to_vectors(g: Any, table: Any, index: Any, out: Any, start: Any, stop: Any, part: int) -> None:
    for n in range(start, stop):
        target = out[n]
        for k in range(index.shape[1]):
            row, pull = table[index[n, k]], g[n, k]
            for i in range(row.size):
                target[i] += pull * row[i]


@parallel
@njit(cache=True, error_model="numpy", fastmath=_ANY_ORDER, nogil=True)
def _to_table(g: Any, x: Any, index: Any, out: Any, start: Any, stop: Any, part: int) -> None:
    for n in range(index.shape[0]):
        vector = x[n, start:stop]
        for k in range(index.shape[1]):
            target, pull = out[index[n, k], start:stop], g[n, k]
            for i in range(vector.size):
                target[i] += pull * vector[i]


@contract("x: n _; int index[rows]: n")
def added(x: Array, index: Array, rows: int) -> Array:
    """Zeros (rows, D) with each row of x (n, D) added to the row that the index (n,) says."""
    out = np.zeros((rows, x.shape[1]), x.dtype)
    if x.shape[1] == 1:
        _add_numbers(x.reshape(-1), index, out.reshape(-1))
    else:
        parallel_for(_add, x.shape[1], x.size * _WORTH, x, index, out)
    return out


@contract("x: N D; table: V D; int index[V]: N K")
def products(x: Array, table: Array, index: Array) -> Array:
    """Products (N, K) of each vector of x (N, D) with the rows of a table (V, D) that the index (N, K) says."""
    out = np.empty(index.shape, x.dtype)
    cost = index.size * x.shape[1] * _WORTH
    parallel_for(_products, len(x), cost, x, table, index, out)
    return out


@contract("g: N K; table: V D; int index[V]: N K")
def products_to_vectors(g: Array, table: Array, index: Array) -> Array:
    """The gradient (N, D) of the vectors, of the products' (N, K)."""
    out = np.zeros((len(index), table.shape[1]), table.dtype)
    cost = index.size * table.shape[1] * _WORTH
    parallel_for(_to_vectors, len(index), cost, g, table, index, out)
    return out


@contract("g: N K; x: N D; int index[rows]: N K")
def products_to_table(g: Array, x: Array, index: Array, rows: int) -> Array:
    """The gradient (rows, D) of the table, of the products' (N, K)."""
    out = np.zeros((rows, x.shape[1]), x.dtype)
    cost = index.size * x.shape[1] * _WORTH
    parallel_for(_to_table, x.shape[1], cost, g, x, index, out)
    return out
