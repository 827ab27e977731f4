"""BLAS's product of matrices, called from a kernel on parts of arrays.

numpy and numba multiply whole arrays; they copy a part of an array first. BLAS's routine takes rows and columns
at any place of memory; scipy gives its address.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from tinygrad_fr.kernels.runtime.cores import one_thread_for_blas
from tinygrad_fr.kernels.runtime.scipy_blas import products


@cache
def routine(char: str) -> int:
    """The address of BLAS's product, for float32 (``"f"``) or float64 (``"d"``)."""
    found = products()[char]
    one_thread_for_blas()  # scipy brings a BLAS of its own, beside numpy's
    return found


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
