"""Exponential, sigmoid and hyperbolic tangent.

Range reduction: x = n ln 2 + r with |r| ≤ ln 2 / 2, then eˣ = 2ⁿ eʳ, and 2ⁿ is written into the exponent's bits.
Coefficients are those of the Taylor series, long enough for the precision; the tests prove the accuracy.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.kernels.runtime.jit import njit
from tinygrad_fr.kernels.vectormath.options import (
    HIGH32,
    HIGH64,
    INLINE,
    LOG2E,
    LOW32,
    LOW64,
    WHOLE,
    WHOLE_BITS,
    by_dtype,
)


@njit(cache=True, **INLINE)
def exp32(x: Any) -> Any:
    """eˣ of a float32."""
    one = np.float32(1)
    c = np.float32(88.8) if x > np.float32(88.8) else x
    c = (
        np.float32(0) if c < np.float32(-104) else c
    )  # not −104: subnormal intermediate results would be a hundred times as slow
    t = np.float32(c * np.float32(LOG2E) + np.float32(WHOLE))
    n = t - np.float32(WHOLE)
    r = (c - n * np.float32(HIGH32)) - n * np.float32(LOW32)
    p = np.float32(1 / 5040)
    p = p * r + np.float32(1 / 720)
    p = p * r + np.float32(1 / 120)
    p = p * r + np.float32(1 / 24)
    p = p * r + np.float32(1 / 6)
    p = p * r + np.float32(0.5)
    p = p * r + one
    p = p * r + one
    # Two factors, so that subnormal results are right.
    k = np.int32(t.view(np.int32) - np.int32(WHOLE_BITS))
    half = np.int32(k >> np.int32(1))
    a = np.int32((half + np.int32(127)) << np.int32(23)).view(np.float32)
    b = np.int32((k - half + np.int32(127)) << np.int32(23)).view(np.float32)
    y = (p * a) * b
    return np.float32(0) if x < np.float32(-104) else y


@njit(cache=True, **INLINE)
def exp64(x: Any) -> Any:
    """eˣ of a float64."""
    c = 710.0 if x > 710.0 else x
    c = 0.0 if c < -746.0 else c
    n = np.floor(c * LOG2E + 0.5)
    r = (c - n * HIGH64) - n * LOW64
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
    k = np.int32(n) if x == x else np.int32(0)  # 32 bits: processors do not convert vectors of wider integers
    half = np.int32(k >> np.int32(1))
    a = np.int64((np.int64(half) + 1023) << 52).view(np.float64)
    b = np.int64((np.int64(k - half) + 1023) << 52).view(np.float64)
    y = (p * a) * b
    return 0.0 if x < -746.0 else y


def exp(x: Any) -> Any:
    """eˣ, of a float32 or float64 inside a kernel."""
    return np.exp(x)


by_dtype(exp, exp32, exp64)


def sigmoid(x: Any) -> Any:
    """1 / (1 + e⁻ˣ), of a float32 or float64 inside a kernel."""
    return 1 / (1 + np.exp(-x))


# Computed from −|x|, so that nothing overflows and tiny results keep their relative precision.
def _sigmoid_single(x: Any) -> Any:
    e = exp32(-abs(x))
    return (np.float32(1) if x >= np.float32(0) else e) / (np.float32(1) + e)


def _sigmoid_double(x: Any) -> Any:
    e = exp64(-abs(x))
    return (1.0 if x >= 0.0 else e) / (1.0 + e)


by_dtype(sigmoid, _sigmoid_single, _sigmoid_double)


@njit(cache=True, **INLINE)
def _reduced32(y: Any) -> Any:
    """eʳ − 1 and the integer n of a float32 y = n ln 2 + r."""
    t = np.float32(y * np.float32(LOG2E) + np.float32(WHOLE))
    n = t - np.float32(WHOLE)
    r = (y - n * np.float32(HIGH32)) - n * np.float32(LOW32)
    q = np.float32(1 / 40320)
    q = q * r + np.float32(1 / 5040)
    q = q * r + np.float32(1 / 720)
    q = q * r + np.float32(1 / 120)
    q = q * r + np.float32(1 / 24)
    q = q * r + np.float32(1 / 6)
    q = q * r + np.float32(0.5)
    q = r + r * r * q
    k = np.int32(t.view(np.int32) - np.int32(WHOLE_BITS))
    return q, k


@njit(cache=True, **INLINE)
def _reduced64(y: Any) -> Any:
    """The same of a float64."""
    n = np.floor(y * LOG2E + 0.5)
    r = (y - n * HIGH64) - n * LOW64
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
    k = np.int32(n) if y == y else np.int32(0)
    return q, k


# tanh |x| = m / (m + 2) with m = e²|ˣ| − 1, and m = 2ⁿ (eʳ − 1) + (2ⁿ − 1) loses no digit to a subtraction.


@njit(cache=True, **INLINE)
def _tanh32(x: Any) -> Any:
    y = np.float32(2) * abs(x)
    y = np.float32(40) if y > np.float32(40) else y
    q, k = _reduced32(y)
    s = np.int32((k + np.int32(127)) << np.int32(23)).view(np.float32)
    m = s * q + (s - np.float32(1))
    return np.copysign(m / (m + np.float32(2)), x)


@njit(cache=True, **INLINE)
def _tanh64(x: Any) -> Any:
    y = 2.0 * abs(x)
    y = 80.0 if y > 80.0 else y
    q, k = _reduced64(y)
    s = np.int64((np.int64(k) + 1023) << 52).view(np.float64)
    m = s * q + (s - 1.0)
    return np.copysign(m / (m + 2.0), x)


def tanh(x: Any) -> Any:
    """Hyperbolic tangent, of a float32 or float64 inside a kernel."""
    return np.tanh(x)


by_dtype(tanh, _tanh32, _tanh64)


# eˣ − 1 is this m. It is computed with half the factor and then doubled, since 2ⁿ may overflow where the result does not.


@njit(cache=True, **INLINE)
def _expm1_32(x: Any) -> Any:
    y = np.float32(89) if x > np.float32(89) else x
    y = np.float32(-40) if y < np.float32(-40) else y
    q, k = _reduced32(y)
    s = np.int32((k + np.int32(126)) << np.int32(23)).view(np.float32)
    return np.copysign(np.float32(2) * (s * q + (s - np.float32(0.5))), x)


@njit(cache=True, **INLINE)
def _expm1_64(x: Any) -> Any:
    y = 710.0 if x > 710.0 else x
    y = -80.0 if y < -80.0 else y
    q, k = _reduced64(y)
    s = np.int64((np.int64(k) + 1022) << 52).view(np.float64)
    return np.copysign(2.0 * (s * q + (s - 0.5)), x)


def expm1(x: Any) -> Any:
    """eˣ − 1, of a float32 or float64 inside a kernel."""
    return np.expm1(x)


by_dtype(expm1, _expm1_32, _expm1_64)
