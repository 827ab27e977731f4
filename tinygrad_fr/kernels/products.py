"""Products of matrices by BLAS, cut across the processor's cores where that pays.

BLAS has threads of its own, which hold the cores that other kernels want. Here it keeps to one, and whole rows, columns or
matrices of a product are shared out.
"""

from __future__ import annotations

from functools import cache
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_fr.kernels import cores

Array = npt.NDArray[Any]

SPEED = 4  # products of BLAS in the time of one of a loop
LARGE = 2 * cores.ENOUGH * SPEED  # multiplications: fewer are not worth two cores


def matmul(a: Array, b: Array) -> Any:
    """``np.matmul``, on as many cores as pay.

    Args:
        a: (…, m, k), or a vector.
        b: (…, k, n), or a vector.

    Example:
        >>> a, b = np.ones((3, 200, 300), np.float32), np.ones((300, 100), np.float32)
        >>> matmul(a, b).shape
        (3, 200, 100)
    """
    if a.ndim < 2 or b.ndim < 2 or a.size * b.shape[-1] < LARGE:
        return np.matmul(a, b)
    return _large(a, b)


def _large(a: Array, b: Array) -> Any:
    if a.dtype != b.dtype or a.dtype.char not in "fd" or a.shape[-1] != b.shape[-2]:
        return np.matmul(a, b)  # which says what does not fit
    if b.ndim == 2 and a.ndim > 2:  # a stack by one matrix is one product of all its rows
        return matmul(a.reshape(prod(a.shape[:-1]), a.shape[-1]), b).reshape(*a.shape[:-1], b.shape[-1])
    cost = a.size * b.shape[-1] / SPEED
    turned_a, turned_b = _turned(a), _turned(b)
    if cores.parts_of(a.size, cost) == 1 or turned_a is None or turned_b is None:
        return np.matmul(a, b)
    blas, matrices = _kernels()
    own_a, own_b = (x.mT if turned else x for x, turned in ((a, turned_a), (b, turned_b)))
    out, at = np.empty((*a.shape[:-1], b.shape[-1]), a.dtype), blas.routine(a.dtype.char)
    if a.ndim == 2 == b.ndim:
        # The longer side is cut: the other operand, whole for everybody, is then the smaller one to be laid out by BLAS.
        if len(a) >= b.shape[1]:
            matrices.by_rows(len(a), cost, at, own_a, turned_a, own_b, turned_b, out)
        else:
            matrices.by_columns(b.shape[1], cost, at, own_a, turned_a, own_b, turned_b, out)
    elif a.shape[:-2] == b.shape[:-2]:
        three = [x.reshape(-1, *x.shape[-2:]) for x in (own_a, own_b, out)]
        matrices.of_stacks(len(three[0]), cost, at, three[0], turned_a, three[1], turned_b, three[2])
    else:
        return np.matmul(a, b)  # which repeats what is missing
    return out


def _turned(x: Array) -> bool | None:
    """Whether matrices lie in memory with their two dimensions exchanged; None where they lie otherwise."""
    if x.flags.c_contiguous:
        return False
    return True if x.mT.flags.c_contiguous else None


@cache
def _kernels() -> tuple[Any, Any]:
    """The kernels, imported (with numba) when first needed; from then on BLAS keeps to one thread in this process."""
    from tinygrad_fr.kernels import blas, matrices

    blas.routine("f")  # loads scipy's BLAS, which is to be limited too
    from threadpoolctl import threadpool_limits

    threadpool_limits(1, user_api="blas")
    return blas, matrices
