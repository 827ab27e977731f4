"""Waiting in a loop, without Python's lock."""

from __future__ import annotations

import platform
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from tinygrad_fr.kernels.jit import njit

# What tells a processor that a loop waits, so that it leaves what it computes with to the thread beside it.
_ON_X86, _ON_ARM = platform.machine() in ("x86_64", "AMD64"), platform.machine() in ("aarch64", "arm64")


def _pause(builder: Any) -> None:
    declared: Any = cgutils.get_or_insert_function
    if _ON_X86:
        kind = ir.FunctionType(ir.VoidType(), [])
        builder.call(declared(builder.module, kind, "llvm.x86.sse2.pause"), [])
    elif _ON_ARM:
        kind = ir.FunctionType(ir.VoidType(), [ir.IntType(32)])
        builder.call(declared(builder.module, kind, "llvm.aarch64.hint"), [ir.Constant(ir.IntType(32), 1)])  # yield


def _read(typing: Any, array: Any) -> Any:
    """The first number of an array as it is now, whatever was read before, after a moment."""

    def write(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        _pause(builder)
        struct = context.make_array(signature.args[0])(context, builder, values[0])
        found = builder.load(struct.data)
        found.volatile = True
        return found

    return types.int64(array), write


read: Any = intrinsic(_read)


@njit(cache=True, nogil=True)
def spin(count: Any, until: int, turns: int) -> bool:
    """Whether a count reached a number within so many turns of a loop, some 10 to 40 ns each."""
    turn = 0
    while read(count) < until and turn < turns:
        turn += 1
    return turn < turns
