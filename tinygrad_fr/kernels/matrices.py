"""Products of matrices over a range of rows, of columns, or of a stack. Arrays as they lie in memory, of one float dtype."""

from __future__ import annotations

from typing import Any

from numba import njit

from tinygrad_fr.kernels.blas import gemm
from tinygrad_fr.kernels.cores import Shared


@njit(cache=True, error_model="numpy", nogil=True)
def _by_rows(
    at: int, a: Any, turned_a: bool, b: Any, turned_b: bool, out: Any, part: int, start: int, stop: int
) -> None:
    """Some rows of a product (m, n): a is (k, m) where it is turned, else (m, k); b is (n, k) or (k, n)."""
    size, inner = out.itemsize, b.shape[1] if turned_b else b.shape[0]
    first = a.ctypes.data + start * size * (1 if turned_a else inner)
    gemm(
        at, turned_a, turned_b, stop - start, out.shape[1], inner, first, a.shape[1], b.ctypes.data, b.shape[1],
        out.ctypes.data + start * size * out.shape[1], out.shape[1], False, out.dtype.type(1),
    )  # fmt: skip


@njit(cache=True, error_model="numpy", nogil=True)
def _by_columns(
    at: int, a: Any, turned_a: bool, b: Any, turned_b: bool, out: Any, part: int, start: int, stop: int
) -> None:
    """Some columns of the same."""
    size, inner = out.itemsize, b.shape[1] if turned_b else b.shape[0]
    first = b.ctypes.data + start * size * (inner if turned_b else 1)
    gemm(
        at, turned_a, turned_b, out.shape[0], stop - start, inner, a.ctypes.data, a.shape[1], first, b.shape[1],
        out.ctypes.data + start * size, out.shape[1], False, out.dtype.type(1),
    )  # fmt: skip


@njit(cache=True, error_model="numpy", nogil=True)
def _of_stacks(
    at: int, a: Any, turned_a: bool, b: Any, turned_b: bool, out: Any, part: int, start: int, stop: int
) -> None:
    """Some products of a stack of them."""
    for i in range(start, stop):
        _by_rows(at, a[i], turned_a, b[i], turned_b, out[i], part, 0, out.shape[1])


by_rows, by_columns, of_stacks = map(Shared, (_by_rows, _by_columns, _of_stacks))
