"""BLAS's product of matrices, called from a kernel on parts of arrays.

numpy and numba multiply whole arrays; they copy a part of an array first. BLAS's routine takes rows and columns
at any place of memory; MKL gives its address where it is installed, else scipy.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import TYPE_CHECKING, Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from tinygrad_fr.kernels.runtime import mkl, scipy_blas
from tinygrad_fr.kernels.runtime.cores import one_thread_for_blas

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np


@cache
def _routines() -> tuple[dict[str, int], dict[str, int]]:
    """The addresses of BLAS's products for few multiplications, and for many."""
    few = scipy_blas.products()
    one_thread_for_blas()  # scipy brings a BLAS of its own, beside numpy's
    return few, mkl.products() or few


def routine(char: str, multiplications: int) -> int:
    """The address of BLAS's product, for float32 (``"f"``) or float64 (``"d"``), that is the faster one for so many multiplications."""
    return _routines()[multiplications >= mkl.ENOUGH][char]


def caller(
    at: int, dtype: np.dtype[Any], sides: tuple[int, int, int], a: Any, b: Any, wide: int
) -> Callable[[int, int, int], object]:
    """BLAS's product at an address, as a function of the addresses of a (m, k), of b (k, n) and of the result.

    ``a`` and ``b`` are :class:`tinygrad_fr.kernels.arrays.products.Layout`; rows of the result lie ``wide`` numbers apart.
    """
    m, k, n = sides
    number = ctypes.c_float if dtype.char == "f" else ctypes.c_double
    # BLAS counts by columns, for which a matrix stored by rows is its transpose: outᵀ = bᵀ aᵀ.
    letters = [ctypes.c_char(b"T" if each.transposed else b"N") for each in (b, a)]
    kept = [*letters, *map(ctypes.c_int, (n, m, k, b.wide, a.wide, wide)), number(1.0), number(0.0)]
    turned_b, turned_a, n_, m_, k_, wide_b, wide_a, wide_, one, zero = map(ctypes.addressof, kept)
    product = ctypes.CFUNCTYPE(None, *(ctypes.c_void_p,) * 13)(at)

    def multiply(a: int, b: int, out: int, _kept: Any = kept) -> None:
        product(turned_b, turned_a, n_, m_, k_, one, b, wide_b, a, wide_a, zero, out, wide_)

    return multiply


def _gemm(
    typing: Any, at: Any, turned_a: Any, turned_b: Any, m: Any, n: Any, k: Any, a: Any, wide_a: Any, b: Any, wide_b: Any,
    out: Any, wide: Any, add: Any, like: Any,
) -> Any:  # fmt: skip
    """Rows by columns: a (m, k) times b (k, n) becomes ``out`` (m, n), or is added to it.

    a, b and out are addresses of a first number, and their rows lie so many numbers apart; a transposed one lies in
    memory with its dimensions exchanged. ``like`` is a number of their dtype.
    """
    signature = types.void(
        types.intp, types.boolean, types.boolean, *(types.intp,) * 3, types.intp, types.intp, types.intp, types.intp,
        types.intp, types.intp, types.boolean, like,
    )  # fmt: skip

    def write(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        letter, whole = ir.IntType(8), ir.IntType(32)
        element = context.get_value_type(like)
        place: Any = cgutils.alloca_once_value

        def transposed(flag: Any) -> Any:
            return place(builder, builder.select(flag, ir.Constant(letter, ord("T")), ir.Constant(letter, ord("N"))))

        def size(value: Any) -> Any:
            return place(builder, builder.trunc(value, whole))

        def number(value: Any) -> Any:
            return place(builder, value)

        def array(value: Any) -> Any:
            return builder.inttoptr(value, element.as_pointer())

        _at, flip_a, flip_b, m, n, k, a, wide_a, b, wide_b, out, wide, add, _like = values
        one, zero = ir.Constant(element, 1.0), ir.Constant(element, 0.0)
        # BLAS counts by columns, for which a matrix stored by rows is its transpose: outᵀ = bᵀ aᵀ.
        given = [
            transposed(flip_b), transposed(flip_a), size(n), size(m), size(k), number(one),
            array(b), size(wide_b), array(a), size(wide_a), number(builder.select(add, one, zero)), array(out), size(wide),
        ]  # fmt: skip
        kind = ir.FunctionType(ir.VoidType(), [x.type for x in given])
        builder.call(builder.inttoptr(values[0], kind.as_pointer()), given)
        return context.get_dummy_value()

    return signature, write


gemm: Any = intrinsic(_gemm)


def _pointer(typing: Any, address: Any, offset: Any, like: Any) -> Any:
    """The pointer so many numbers after an address, as numba's ``carray`` takes it."""
    kind: Any = types.CPointer
    signature = kind(like)(types.int64, types.int64, like)

    def write(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.gep(builder.inttoptr(values[0], context.get_value_type(signature.return_type)), [values[1]])

    return signature, write


pointer: Any = intrinsic(_pointer)
