"""How these functions are compiled, and the constants that exponentials and logarithms share."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from numba import types
from numba.extending import overload

if TYPE_CHECKING:
    from collections.abc import Callable

# A product and the sum after it may be one instruction, which rounds once and takes half the time. What is not set is
# inherited from the first kernel that calls a function: one that may add in any order would leave its licence here, for
# every kernel after it.
INLINE: Any = {"error_model": "numpy", "forceinline": True, "fastmath": {"contract"}}

LOG2E = math.log2(math.e)
# ln 2 in two parts: n times the first is exact, the second holds the rest.
HIGH32, LOW32 = 0.693359375, math.log(2) - 0.693359375
# A float32 added to this one is rounded to a whole number, which its last bits then hold: quicker than to round and to convert.
WHOLE, WHOLE_BITS = 1.5 * 2**23, 0x4B400000
HIGH64, LOW64 = 6.93147180369123816490e-01, 1.90821492927058770002e-10


def by_dtype(function: Callable[..., Any], single: Callable[..., Any], double: Callable[..., Any]) -> None:
    """Compile a function of one number differently for float32 and for float64."""

    @overload(function, jit_options=INLINE)
    def choose(x: Any) -> Any:
        chosen = single if x == types.float32 else double
        return getattr(chosen, "py_func", chosen)
