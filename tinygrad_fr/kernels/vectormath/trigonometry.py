"""Sine and cosine of every float that LLVM can vectorise: no branch, no call into libm.

sin x = ± sin πr, where x/π = n + r with n the nearest integer and the sign that of (−1)ⁿ; cos x is the sine of x + π/2. A
float is m · 2ᵉ with an integer m, and x/π is needed only modulo 2. The bits of 2ᵉ/π are those of 1/π moved
by e; the bits of weight 2 and more are left out. So 10³⁰⁰ is reduced as exactly as 1
(M. Payne, R. Hanek, *Radian Reduction for Trigonometric Functions*, SIGNUM Newsletter 18, 1983).

The bits are read from a table as digits small enough that their products with halves of m are exact. Digits are signed
(A. Booth, 1951): a digit whose first bit is set is negative and the one above it is larger by a unit, which depends on the
place alone, so that one table of digits that start at each bit serves every exponent.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numba import types
from numba.extending import overload

from tinygrad_fr.kernels.runtime.jit import njit
from tinygrad_fr.kernels.vectormath.options import INLINE

if TYPE_CHECKING:
    import numpy.typing as npt

Array: TypeAlias = "npt.NDArray[Any]"

_BITS = 1280  # of 1/π: the largest exponent of a float64 is 971, and 182 bits follow
_BEFORE = 120  # zeros before them, for exponents under 0


def _reciprocal_of_pi() -> Array:
    """The bits of 1/π, after as many zeros; π is 16 arctan ⅕ − 4 arctan 1/239 (J. Machin, 1706)."""
    one = 1 << (_BITS + 64)

    def arctan_of_inverse(k: int) -> int:
        total, power, n = 0, one // k, 1
        while power:
            total += power // n if n % 4 == 1 else -(power // n)
            power //= k * k
            n += 2
        return total

    pi = 16 * arctan_of_inverse(5) - 4 * arctan_of_inverse(239)
    digits = f"{(one * one // pi) >> 64:0{_BEFORE + _BITS}b}"
    return np.frombuffer(digits.encode(), np.uint8) - float(ord("0"))


def _digits(bits: Array, width: int, *, last: bool) -> Array:
    """What the digit of that many bits is worth that starts at each bit, whose own weight is 1.

    The last digit is not rounded to the one after it.
    """
    weights = np.array([-1.0, *(2.0**-k for k in range(1, width)), 0.0 if last else 2.0 ** (1 - width)])
    digits: Array = np.lib.stride_tricks.sliding_window_view(bits, width + 1) @ weights
    return digits


_OF_PI = _reciprocal_of_pi()
_DIGIT32, _DIGIT64 = _digits(_OF_PI, 29, last=False), _digits(_OF_PI, 26, last=False)
_REST = _digits(_OF_PI, 64, last=True)

_ROUND = 1.5 * 2.0**52  # a float64 to which this was added is rounded to an integer, which its last bits hold

# sin y = y + y³ (C0 + C1 y² + …), Taylor's series.
_C = tuple((-1) ** k / math.factorial(2 * k + 1) for k in range(1, 12))


@njit(cache=True, **INLINE)
def _signed(sine: Any, n: Any) -> Any:
    """(−1)ⁿ sine."""
    return np.int64(np.float64(sine).view(np.int64) ^ (n << 63)).view(np.float64)


@njit(cache=True, **INLINE)
def _sine32(x: Any, quarter: Any) -> Any:
    """sin(|x| − π quarter), to the precision of a float32."""
    bits = np.float32(x).view(np.int32)
    exponent: Any = (bits >> np.int32(23)) & np.int32(255)
    m = np.float64((bits & np.int32(0x7FFFFF)) | np.int32(0x800000))
    o = np.uint32(max(exponent - np.int32(151 - _BEFORE), np.int32(0)))
    s = m * _DIGIT32[o] - quarter
    rounded = s + _ROUND
    y = math.pi * ((s - (rounded - _ROUND)) + m * (2.0**-29 * _REST[o + np.uint32(29)]))
    z = y * y
    p = _C[5]
    p = p * z + _C[4]
    p = p * z + _C[3]
    p = p * z + _C[2]
    p = p * z + _C[1]
    p = p * z + _C[0]
    sine = y + y * z * p
    return np.float32(_signed(sine, np.float64(rounded).view(np.int64)))


@njit(cache=True, **INLINE)
def _sine64(x: Any, quarter: Any) -> Any:
    """sin(|x| − π quarter)."""
    bits = np.float64(x).view(np.int64)
    exponent: Any = (bits >> 52) & 0x7FF
    integer = (bits & 0xFFFFFFFFFFFFF) | 0x4330000000000000
    m = np.int64(integer).view(np.float64)
    high = np.int64((integer + 0x4000000) & ~0x7FFFFFF).view(np.float64)
    low = m - high  # 26 bits, as many as the high part and as each digit
    high *= 2.0**-26
    o = np.uint64(max(exponent - (1076 - _BEFORE), 0))
    a = _DIGIT64[o]
    b = _DIGIT64[o + np.uint64(26)]
    c = _DIGIT64[o + np.uint64(52)]
    d = _DIGIT64[o + np.uint64(78)]
    e = _DIGIT64[o + np.uint64(104)]
    rest = _REST[o + np.uint64(130)]
    # high · a is a multiple of 2. Each line is exact, what is added to it smaller by 2²⁶.
    s = (low * a + high * b) - quarter
    rounded = s + _ROUND
    s = (s - (rounded - _ROUND)) + 2.0**-26 * (low * b + high * c)
    again = s + _ROUND
    s -= again - _ROUND
    small = 2.0**-52 * (low * c + high * d)
    smaller = 2.0**-78 * (low * d + high * e)
    least = 2.0**-104 * low * e + m * (2.0**-130 * rest)
    r = s + small  # either may be the larger, near a multiple of π
    back = r - s
    y = math.pi * ((r + ((s - (r - back)) + (small - back) + smaller)) + least)
    z = y * y
    p = _C[10]
    p = p * z + _C[9]
    p = p * z + _C[8]
    p = p * z + _C[7]
    p = p * z + _C[6]
    p = p * z + _C[5]
    p = p * z + _C[4]
    p = p * z + _C[3]
    p = p * z + _C[2]
    p = p * z + _C[1]
    p = p * z + _C[0]
    sine = y + y * z * p
    return _signed(sine, np.float64(rounded).view(np.int64) ^ np.float64(again).view(np.int64))


def sin(x: Any) -> Any:
    """Sine of radians, of a float32 or float64 inside a kernel."""
    return np.sin(x)


@overload(sin, jit_options=INLINE)
def _sin(x: Any) -> Any:
    def single(x: Any) -> Any:
        y = np.copysign(np.float32(1), x) * _sine32(x, 0.0)
        y = x if abs(x) < np.float32(2**-20) else y
        return y if abs(x) < np.float32(np.inf) else np.float32(np.nan)

    def double(x: Any) -> Any:
        y = np.copysign(1.0, x) * _sine64(x, 0.0)
        y = x if abs(x) < 2.0**-28 else y
        return y if abs(x) < np.inf else np.nan

    return single if x == types.float32 else double


def cos(x: Any) -> Any:
    """Cosine of radians, of a float32 or float64 inside a kernel."""
    return np.cos(x)


@overload(cos, jit_options=INLINE)
def _cos(x: Any) -> Any:
    def single(x: Any) -> Any:
        y = -_sine32(x, 0.5)  # on a line of its own, or LLVM makes a branch of it
        y = np.float32(1) if abs(x) < np.float32(2**-20) else y
        return y if abs(x) < np.float32(np.inf) else np.float32(np.nan)

    def double(x: Any) -> Any:
        y = -_sine64(x, 0.5)
        y = 1.0 if abs(x) < 2.0**-28 else y
        return y if abs(x) < np.inf else np.nan

    return single if x == types.float32 else double
