"""Matrix products by BLAS, split among the processor's cores where that is faster.

Threads of BLAS would occupy the cores that other kernels need. So BLAS uses one thread here, and the rows, columns or
whole matrices of a product are split among our own.
"""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tinygrad_fr.kernels.runtime import cores
from tinygrad_fr.kernels.runtime.memory import address

if TYPE_CHECKING:
    from collections.abc import Callable

Array = npt.NDArray[Any]

SPEED = 4  # multiplications that BLAS does in the time of one in a plain loop
LARGE = 2 * cores.ENOUGH * SPEED  # multiplications: with fewer, two cores are not faster than one


cores.one_thread_for_blas()


def matmul(a: Array, b: Array, out: Array | None = None) -> Any:
    """``np.matmul``, on as many cores as make it faster.

    Args:
        a: (…, m, k), or a vector.
        b: (…, k, n), or a vector.
        out: where to write.

    Example:
        >>> a, b = np.ones((3, 200, 300), np.float32), np.ones((300, 100), np.float32)
        >>> matmul(a, b).shape
        (3, 200, 100)
    """
    if a.ndim == 2 == b.ndim and out is None and a.size * b.shape[1] < LARGE:
        return a.dot(b)  # the same product by BLAS, at half the overhead of a call
    if a.ndim < 2 or b.ndim < 2 or a.size * b.shape[-1] < LARGE:
        return np.matmul(a, b, out=out)
    return _large(a, b, out)


def _large(a: Array, b: Array, out: Array | None) -> Any:
    if a.dtype != b.dtype or a.dtype.char not in "fd" or a.shape[-1] != b.shape[-2]:
        return np.matmul(a, b, out=out)  # whose error says what does not fit
    if b.ndim == 2 and a.ndim > 2 and out is None:  # a stack by one matrix is one product of all its rows
        return matmul(a.reshape(prod(a.shape[:-1]), a.shape[-1]), b).reshape(*a.shape[:-1], b.shape[-1])
    cost = a.size * b.shape[-1] / SPEED
    if cores.parts_of(a.size, cost) == 1 or a.shape[:-2] != b.shape[:-2]:
        return np.matmul(a, b, out=out)  # which broadcasts
    found = np.empty((*a.shape[:-1], b.shape[-1]), a.dtype) if out is None else out
    if a.ndim > 2:
        x, y, z = (each.reshape(-1, *each.shape[-2:]) for each in (a, b, found))
        cores.parallel_for(lambda i, j, _: np.matmul(x[i:j], y[i:j], out=z[i:j]), len(x), cost)
        return found
    if found.shape != (len(a), b.shape[1]) or found.dtype != a.dtype:
        return np.matmul(a, b, out=found)  # whose error says what does not fit
    way_a, way_b, way = _way(a), _way(b), _way(found)
    if way_a is None or way_b is None or way is None or way[0]:
        return np.matmul(a, b, out=found)
    (turned_a, wide_a), (turned_b, wide_b), (_straight, wide) = way_a, way_b, way
    multiply = multiplier(a.dtype, len(a), b.shape[1], a.shape[1])
    multiply(turned_a, address(a), wide_a, turned_b, address(b), wide_b, address(found), wide)
    return found


@lru_cache(256)
def multiplier(dtype: np.dtype[Any], m: int, n: int, k: int) -> Callable[..., None]:
    """The function that multiplies (m, k) by (k, n) on as many cores as make it faster; its arguments are the addresses and distances of :mod:`.gemm`.

    The longer side is cut. So the operand that every core reads whole, and that BLAS packs for each, is the smaller one.
    """
    from tinygrad_fr.kernels.arrays import gemm  # with numba, when first needed

    part, cut = (gemm.rows, m) if m >= n else (gemm.columns, n)
    whole, cost = (gemm.routine(dtype.char), dtype.type(1), dtype.itemsize, m, n, k), m * n * k / SPEED

    def multiply(*places: Any) -> None:
        cores.parallel_for(part, cut, cost, *whole, *places)

    return multiply


def _way(a: Array) -> tuple[bool, int] | None:
    """Whether a matrix is transposed in memory, and the distance between its rows in numbers; None if its layout is neither."""
    size, (down, across) = a.itemsize, a.strides
    if across == size and down >= size * a.shape[1]:
        return False, down // size
    if down == size and across >= size * a.shape[0]:
        return True, across // size
    return None
