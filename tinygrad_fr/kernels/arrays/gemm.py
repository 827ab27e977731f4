"""A part of the rows or columns of a matrix product A (m, k) · B (k, n), so that cores can share the product.

A and B may each be transposed in memory; the distance between their rows (columns, if transposed) is given in numbers.
"""

from __future__ import annotations

from typing import Any

from tinygrad_fr.kernels.runtime.blas import gemm, routine
from tinygrad_fr.kernels.runtime.jit import njit
from tinygrad_fr.kernels.runtime.work_queue import parallel

__all__ = ["columns", "routine", "rows"]


@parallel
@njit(cache=True, error_model="numpy", nogil=True)
def rows(
    at: int, one: Any, size: int, m: int, n: int, k: int, turned_a: bool, a: int, wide_a: int, turned_b: bool, b: int, wide_b: int,
    out: int, wide: int, start: int, stop: int, part: int,
) -> None:  # fmt: skip
    """Rows of the result (m, n), which lie ``wide`` numbers of so many bytes apart.

    a, b and out are addresses, ``at`` is the address of BLAS's product; ``one`` is a 1 of the dtype.
    """
    a += start * size * (1 if turned_a else wide_a)
    gemm(
        at, turned_a, turned_b, stop - start, n, k, a, wide_a, b, wide_b, out + start * size * wide, wide, False, one
    )  # fmt: skip


@parallel
@njit(cache=True, error_model="numpy", nogil=True)
def columns(
    at: int, one: Any, size: int, m: int, n: int, k: int, turned_a: bool, a: int, wide_a: int, turned_b: bool, b: int, wide_b: int,
    out: int, wide: int, start: int, stop: int, part: int,
) -> None:  # fmt: skip
    """The same for columns of the result."""
    b += start * size * (wide_b if turned_b else 1)
    gemm(at, turned_a, turned_b, m, stop - start, k, a, wide_a, b, wide_b, out + start * size, wide, False, one)
