"""The options that these functions are compiled with, and the constants that exponentials and logarithms share."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from numba import types
from numba.extending import overload

if TYPE_CHECKING:
    from collections.abc import Callable

# “contract”: a product and the sum after it may be one instruction, which rounds once and takes half the time. Options that are
# not set are inherited from the first kernel that calls a function. If that kernel may reorder sums, the function
# would do so in every later kernel too.
INLINE: Any = {"error_model": "numpy", "forceinline": True, "fastmath": {"contract"}}

LOG2E = math.log2(math.e)
# ln 2 in two parts: n times the first is exact, the second holds the rest.
HIGH32, LOW32 = 0.693359375, math.log(2) - 0.693359375
# Adding this to a float32 rounds it to an integer, which the last bits then hold: faster than rounding and converting.
WHOLE, WHOLE_BITS = 1.5 * 2**23, 0x4B400000
HIGH64, LOW64 = 6.93147180369123816490e-01, 1.90821492927058770002e-10


def by_dtype(function: Callable[..., Any], single: Callable[..., Any], double: Callable[..., Any]) -> None:
    """Compile a function of one number differently for float32 and for float64."""

    @overload(function, jit_options=INLINE)
    def choose(x: Any) -> Any:
        chosen = single if x == types.float32 else double
        return getattr(chosen, "py_func", chosen)
