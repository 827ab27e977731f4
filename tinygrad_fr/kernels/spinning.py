"""Waiting in a loop, without Python's lock."""

from __future__ import annotations

from typing import Any

from numba import njit, types
from numba.extending import intrinsic


def _read(typing: Any, array: Any) -> Any:
    """The first number of an array as it is now, whatever was read before."""

    def write(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        struct = context.make_array(signature.args[0])(context, builder, values[0])
        found = builder.load(struct.data)
        found.volatile = True
        return found

    return types.int64(array), write


read: Any = intrinsic(_read)


@njit(cache=True, nogil=True)
def spin(count: Any, until: int, turns: int) -> bool:
    """Whether a count reached a number within so many turns of a loop, about 1 ns each."""
    turn = 0
    while read(count) < until and turn < turns:
        turn += 1
    return turn < turns
