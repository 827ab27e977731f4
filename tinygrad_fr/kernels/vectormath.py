"""Exponential, logarithm, sigmoid and hyperbolic tangent that LLVM can vectorise: no branch, no call into libm.

In a numba loop a call of libm costs 10-12 ns an element, because it stops vectorisation; these polynomials cost well
under 1 ns. Range reduction: x = n ln 2 + r with |r| ≤ ln 2 / 2, then eˣ = 2ⁿ eʳ, and 2ⁿ is written into the exponent's
bits. Coefficients are those of the Taylor series, long enough for the precision; accuracy is proven in the tests.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import overload

# What is not set is inherited from the first kernel that calls the function: one that may add in any order would otherwise
# leave its licence here, for every kernel after it.
_EXACT: Any = {"error_model": "numpy", "forceinline": True, "fastmath": False}

_LOG2E = math.log2(math.e)
# ln 2 in two parts: n times the first is exact, the second holds the rest.
_HIGH32, _LOW32 = 0.693359375, math.log(2) - 0.693359375
_HIGH64, _LOW64 = 6.93147180369123816490e-01, 1.90821492927058770002e-10


@njit(cache=True, **_EXACT)
def _exp32(x: Any) -> Any:
    one = np.float32(1)
    c = np.float32(88.8) if x > np.float32(88.8) else x
    c = np.float32(0) if c < np.float32(-104) else c  # not −104, whose subnormal steps cost a hundred times as much
    n = np.floor(c * np.float32(_LOG2E) + np.float32(0.5))
    r = (c - n * np.float32(_HIGH32)) - n * np.float32(_LOW32)
    p = np.float32(1 / 5040)
    p = p * r + np.float32(1 / 720)
    p = p * r + np.float32(1 / 120)
    p = p * r + np.float32(1 / 24)
    p = p * r + np.float32(1 / 6)
    p = p * r + np.float32(0.5)
    p = p * r + one
    p = p * r + one
    # Two factors, so that numbers under the smallest normal one come out right.
    k = np.int32(n) if x == x else np.int32(0)
    half = np.int32(k >> np.int32(1))
    a = np.int32((half + np.int32(127)) << np.int32(23)).view(np.float32)
    b = np.int32((k - half + np.int32(127)) << np.int32(23)).view(np.float32)
    y = (p * a) * b
    return np.float32(0) if x < np.float32(-104) else y


@njit(cache=True, **_EXACT)
def _exp64(x: Any) -> Any:
    c = 710.0 if x > 710.0 else x
    c = 0.0 if c < -746.0 else c
    n = np.floor(c * _LOG2E + 0.5)
    r = (c - n * _HIGH64) - n * _LOW64
    p = 1 / 6227020800.0
    p = p * r + 1 / 479001600.0
    p = p * r + 1 / 39916800.0
    p = p * r + 1 / 3628800.0
    p = p * r + 1 / 362880.0
    p = p * r + 1 / 40320.0
    p = p * r + 1 / 5040.0
    p = p * r + 1 / 720.0
    p = p * r + 1 / 120.0
    p = p * r + 1 / 24.0
    p = p * r + 1 / 6.0
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    k = np.int64(n) if x == x else np.int64(0)
    half = k >> 1
    a = np.int64((half + 1023) << 52).view(np.float64)
    b = np.int64((k - half + 1023) << 52).view(np.float64)
    y = (p * a) * b
    return 0.0 if x < -746.0 else y


def exp(x: Any) -> Any:
    """eˣ, of a float32 or float64 inside a kernel."""
    return np.exp(x)


@overload(exp, jit_options=_EXACT)
def _exp(x: Any) -> Any:
    def single(x: Any) -> Any:
        return _exp32(x)

    def double(x: Any) -> Any:
        return _exp64(x)

    return single if x == types.float32 else double


def sigmoid(x: Any) -> Any:
    """1 / (1 + e⁻ˣ), of a float32 or float64 inside a kernel."""
    return 1 / (1 + np.exp(-x))


@overload(sigmoid, jit_options=_EXACT)
def _sigmoid(x: Any) -> Any:
    # Of −|x|, so that nothing overflows and what is tiny stays relatively exact.
    def single(x: Any) -> Any:
        e = _exp32(-abs(x))
        return (np.float32(1) if x >= np.float32(0) else e) / (np.float32(1) + e)

    def double(x: Any) -> Any:
        e = _exp64(-abs(x))
        return (1.0 if x >= 0.0 else e) / (1.0 + e)

    return single if x == types.float32 else double


# tanh |x| = m / (m + 2) with m = e²|ˣ| − 1, and m = 2ⁿ (eʳ − 1) + (2ⁿ − 1) loses no digit to a subtraction.


@njit(cache=True, **_EXACT)
def _tanh32(x: Any) -> Any:
    y = np.float32(2) * abs(x)
    y = np.float32(40) if y > np.float32(40) else y
    n = np.floor(y * np.float32(_LOG2E) + np.float32(0.5))
    r = (y - n * np.float32(_HIGH32)) - n * np.float32(_LOW32)
    q = np.float32(1 / 40320)
    q = q * r + np.float32(1 / 5040)
    q = q * r + np.float32(1 / 720)
    q = q * r + np.float32(1 / 120)
    q = q * r + np.float32(1 / 24)
    q = q * r + np.float32(1 / 6)
    q = q * r + np.float32(0.5)
    q = r + r * r * q
    k = np.int32(n) if x == x else np.int32(0)
    s = np.int32((k + np.int32(127)) << np.int32(23)).view(np.float32)
    m = s * q + (s - np.float32(1))
    return np.copysign(m / (m + np.float32(2)), x)


@njit(cache=True, **_EXACT)
def _tanh64(x: Any) -> Any:
    y = 2.0 * abs(x)
    y = 80.0 if y > 80.0 else y
    n = np.floor(y * _LOG2E + 0.5)
    r = (y - n * _HIGH64) - n * _LOW64
    q = 1 / 87178291200.0
    q = q * r + 1 / 6227020800.0
    q = q * r + 1 / 479001600.0
    q = q * r + 1 / 39916800.0
    q = q * r + 1 / 3628800.0
    q = q * r + 1 / 362880.0
    q = q * r + 1 / 40320.0
    q = q * r + 1 / 5040.0
    q = q * r + 1 / 720.0
    q = q * r + 1 / 120.0
    q = q * r + 1 / 24.0
    q = q * r + 1 / 6.0
    q = q * r + 0.5
    q = r + r * r * q
    k = np.int64(n) if x == x else np.int64(0)
    s = np.int64((k + 1023) << 52).view(np.float64)
    m = s * q + (s - 1.0)
    return np.copysign(m / (m + 2.0), x)


def tanh(x: Any) -> Any:
    """Hyperbolic tangent, of a float32 or float64 inside a kernel."""
    return np.tanh(x)


@overload(tanh, jit_options=_EXACT)
def _tanh(x: Any) -> Any:
    def single(x: Any) -> Any:
        return _tanh32(x)

    def double(x: Any) -> Any:
        return _tanh64(x)

    return single if x == types.float32 else double


# x = 2ᵏ (1 + f) with √½ ≤ 1 + f < √2, and ln(1 + f) = f − s (f − R) with s = f / (2 + f), R = 2 (s²/3 + s⁴/5 + …).


@njit(cache=True, **_EXACT)
def _log32(x: Any) -> Any:
    small = x < np.float32(2**-126)
    bits = np.float32(x * np.float32(2**25) if small else x).view(np.int32)
    k = (bits - np.int32(0x3F3504F3)) >> np.int32(23)
    f = np.int32(bits - (k << np.int32(23))).view(np.float32) - np.float32(1)
    s = f / (np.float32(2) + f)
    z = s * s
    p = np.float32(2 / 11)
    p = p * z + np.float32(2 / 9)
    p = p * z + np.float32(2 / 7)
    p = p * z + np.float32(2 / 5)
    p = p * z + np.float32(2 / 3)
    e = np.float32(k) - (np.float32(25) if small else np.float32(0))
    y = e * np.float32(_HIGH32) + (f - (s * (f - p * z) - e * np.float32(_LOW32)))
    y = x if x == np.float32(np.inf) or x != x else y
    y = np.float32(-np.inf) if x == np.float32(0) else y
    return np.float32(np.nan) if x < np.float32(0) else y


@njit(cache=True, **_EXACT)
def _log64(x: Any) -> Any:
    small = x < 2.0**-1022
    bits = np.float64(x * 2.0**54 if small else x).view(np.int64)
    k = (bits - 0x3FE6A09E667F3BCD) >> 52
    f = np.int64(bits - (k << 52)).view(np.float64) - 1.0
    s = f / (2.0 + f)
    z = s * s
    p = 2 / 23
    p = p * z + 2 / 21
    p = p * z + 2 / 19
    p = p * z + 2 / 17
    p = p * z + 2 / 15
    p = p * z + 2 / 13
    p = p * z + 2 / 11
    p = p * z + 2 / 9
    p = p * z + 2 / 7
    p = p * z + 2 / 5
    p = p * z + 2 / 3
    e = float(k) - (54.0 if small else 0.0)
    y: Any = e * _HIGH64 + (f - (s * (f - p * z) - e * _LOW64))
    y = x if x == np.inf or x != x else y
    y = -np.inf if x == 0.0 else y
    return np.nan if x < 0.0 else y


def log(x: Any) -> Any:
    """Natural logarithm, of a float32 or float64 inside a kernel."""
    return np.log(x)


@overload(log, jit_options=_EXACT)
def _log(x: Any) -> Any:
    def single(x: Any) -> Any:
        return _log32(x)

    def double(x: Any) -> Any:
        return _log64(x)

    return single if x == types.float32 else double


@njit(cache=True, **_EXACT)
def maximum(a: Any, b: Any) -> Any:
    """The larger; NaN if either is."""
    return a if a > b or a != a else b


@njit(cache=True, **_EXACT)
def minimum(a: Any, b: Any) -> Any:
    """The smaller; NaN if either is."""
    return a if a < b or a != a else b


@njit(cache=True, **_EXACT)
def where(condition: Any, a: Any, b: Any) -> Any:
    """One or the other."""
    return a if condition else b
