"""Matrix products by BLAS, split among the processor's cores where that is faster.

Threads of BLAS would occupy the cores that other kernels need. So BLAS uses one thread here, and the rows, columns or
whole matrices of a product are split among our own. Small products are numpy's.
"""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tinygrad_fr.kernels.runtime import cores, mkl
from tinygrad_fr.kernels.runtime.memory import address

if TYPE_CHECKING:
    from collections.abc import Callable

Array = npt.NDArray[Any]

SPEED = 4  # multiplications that BLAS does in the time of one in a plain loop
_SHARED = 2 * cores.ENOUGH * SPEED  # multiplications: with fewer, two cores are not faster than one
# With fewer, numpy's product is as fast: its call is shorter.
_ENOUGH = _SHARED if mkl.library() is None else 2 * mkl.ENOUGH
_LONGEST = 2**31 - 1  # BLAS counts in 32 bits


cores.one_thread_for_blas()


class Layout(NamedTuple):
    """How a stack of matrices lies in memory."""

    transposed: bool
    wide: int
    """Numbers between one row and the next (one column and the next, if it is transposed)."""
    apart: int = 0
    """Bytes between one matrix of a stack and the next."""


def matmul(a: Array, b: Array, out: Array | None = None) -> Any:
    """``np.matmul``, by the faster BLAS and on as many cores as make it faster.

    Args:
        a: (…, m, k), or a vector.
        b: (…, k, n), or a vector.
        out: where to write.

    Example:
        >>> a, b = np.ones((3, 200, 300), np.float32), np.ones((300, 100), np.float32)
        >>> matmul(a, b).shape
        (3, 200, 100)
    """
    if a.ndim == 2 == b.ndim and out is None and a.size * b.shape[1] < _ENOUGH:
        return a.dot(b)  # the same product by BLAS, at half the overhead of a call
    if a.ndim < 2 or b.ndim < 2 or a.size * b.shape[-1] < _ENOUGH:
        return np.matmul(a, b, out=out)
    if b.ndim == 2 < a.ndim and out is None and a.shape[-1] == len(b):
        # A stack by one matrix is one product of all its rows.
        return matmul(a.reshape(prod(a.shape[:-1]), a.shape[-1]), b).reshape(*a.shape[:-1], b.shape[-1])
    if a.dtype != b.dtype or a.shape[:-2] != b.shape[:-2] or a.shape[-1] != b.shape[-2]:
        return np.matmul(a, b, out=out)  # which broadcasts, or whose error says what does not fit
    found = np.empty((*a.shape[:-1], b.shape[-1]), a.dtype) if out is None else out
    if found.shape != (*a.shape[:-1], b.shape[-1]) or found.dtype != a.dtype:
        return np.matmul(a, b, out=found)
    multiply = _multiplier_of(a.dtype, a.shape, a.strides, b.shape, b.strides, found.strides)
    if multiply is None:
        return np.matmul(a, b, out=found)
    multiply(address(a), address(b), address(found))
    return found


@lru_cache(1024)
def _multiplier_of(
    dtype: np.dtype[Any], shape: tuple[int, ...], strides: tuple[int, ...], shape_b: tuple[int, ...], strides_b: tuple[int, ...],
    strides_out: tuple[int, ...],
) -> Callable[[int, int, int], object] | None:  # fmt: skip
    """The function that multiplies arrays of these shapes; None if it is numpy's."""
    n, size = shape_b[-1], dtype.itemsize
    a, b, out = (
        _layout(*each, size) for each in ((shape, strides), (shape_b, strides_b), ((*shape[:-1], n), strides_out))
    )
    if dtype.char not in "fd" or not dtype.isnative or a is None or b is None or out is None or out.transposed:
        return None
    if max(*shape[-2:], n, a.wide, b.wide, out.wide) > _LONGEST:
        return None
    return multiplier(dtype, (prod(shape[:-2]), *shape[-2:], n), a, b, out)


@lru_cache(256)
def multiplier(
    dtype: np.dtype[Any], sides: tuple[int, int, int, int], a: Layout, b: Layout, out: Layout
) -> Callable[[int, int, int], object]:
    """The function that multiplies so many matrices (m, k) by as many (k, n), on as many cores as make it faster; its arguments are addresses.

    The longer side of one product is cut. So the operand that every core reads whole, and that BLAS packs for each, is
    the smaller one.
    """
    from tinygrad_fr.kernels.runtime import blas  # with numba, when first needed

    count, m, k, n = sides
    cost = count * m * k * n / SPEED
    at = blas.routine(dtype.char, m * k * n)
    if count == 1 and cost < 2 * cores.ENOUGH:
        return blas.caller(at, dtype, (m, k, n), a, b, out.wide)
    from tinygrad_fr.kernels.arrays import gemm

    counted, items = (gemm.STACK, count) if count > 1 else (gemm.ROWS, m) if m >= n else (gemm.COLUMNS, n)
    sizes = at, counted, dtype.itemsize, m, n, k, *a[:2], *b[:2], out.wide, a.apart, b.apart, out.apart
    how, one = np.array(sizes, np.int64), dtype.type(1)

    def multiply(*places: int) -> None:
        cores.parallel_for(gemm.part_of_product, items, cost, how, one, *places)

    return multiply


def _layout(shape: tuple[int, ...], strides: tuple[int, ...], size: int) -> Layout | None:
    """How matrices lie, if BLAS can read them."""
    *outer, down, across = strides
    if any(step != inner * side for step, inner, side in zip(outer, outer[1:], shape[1:-2], strict=False)):
        return None
    apart = outer[-1] if outer else 0
    if across == size and down >= size * shape[-1]:
        return Layout(False, down // size, apart)
    if down == size and across >= size * shape[-2]:
        return Layout(True, across // size, apart)
    return None
