"""A part of a matrix product A (m, k) · B (k, n), or of a stack of products, so that cores can share the work.

A and B may each be transposed in memory; the distance between their rows (columns, if transposed) is given in numbers.
"""

from __future__ import annotations

from typing import Any

from tinygrad_fr.kernels.runtime.blas import gemm
from tinygrad_fr.kernels.runtime.jit import njit
from tinygrad_fr.kernels.runtime.work_queue import parallel

__all__ = ["COLUMNS", "ROWS", "STACK", "part_of_product"]

ROWS, COLUMNS, STACK = range(3)  # what start and stop count


@parallel
@njit(cache=True, error_model="numpy", nogil=True)
def part_of_product(how: Any, one: Any, a: int, b: int, out: int, start: int, stop: int, part: int) -> None:
    """Rows or columns of the result (m, n), or matrices of a stack of results.

    Args:
        how: the address of BLAS's product; what is counted; bytes of a number; m, n, k; whether A is transposed and the distance
            between its rows, the same of B, the distance between rows of the result; bytes from one A, B and result of a stack to the next.
        one: a 1 of the dtype.
        a: the address of A.
        b: the address of B.
        out: the address of the result.
        start: the first one counted.
        stop: after the last one.
        part: which part of the work it is.
    """
    at, counted, size, m, n, k = how[0], how[1], how[2], how[3], how[4], how[5]
    turned_a, wide_a, turned_b, wide_b, wide = how[6] != 0, how[7], how[8] != 0, how[9], how[10]
    if counted == STACK:
        for i in range(start, stop):
            from_a, from_b, to = a + i * how[11], b + i * how[12], out + i * how[13]
            gemm(at, turned_a, turned_b, m, n, k, from_a, wide_a, from_b, wide_b, to, wide, False, one)
    elif counted == ROWS:
        a += start * size * (1 if turned_a else wide_a)
        out += start * size * wide
        gemm(at, turned_a, turned_b, stop - start, n, k, a, wide_a, b, wide_b, out, wide, False, one)
    else:
        b += start * size * (wide_b if turned_b else 1)
        gemm(at, turned_a, turned_b, m, stop - start, k, a, wide_a, b, wide_b, out + start * size, wide, False, one)
