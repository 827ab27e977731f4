"""Natural logarithms of x and of 1 + x."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.kernels.runtime.jit import njit
from tinygrad_fr.kernels.vectormath.options import HIGH32, HIGH64, INLINE, LOW32, LOW64, by_dtype

# x = 2ᵏ (1 + f) with √½ ≤ 1 + f < √2, and ln(1 + f) = f − s (f − R) with s = f / (2 + f), R = 2 (s²/3 + s⁴/5 + …).


@njit(cache=True, **INLINE)
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
    y = e * np.float32(HIGH32) + (f - (s * (f - p * z) - e * np.float32(LOW32)))
    y = x if x == np.float32(np.inf) or x != x else y
    y = np.float32(-np.inf) if x == np.float32(0) else y
    return np.float32(np.nan) if x < np.float32(0) else y


@njit(cache=True, **INLINE)
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
    y: Any = e * HIGH64 + (f - (s * (f - p * z) - e * LOW64))
    y = x if x == np.inf or x != x else y
    y = -np.inf if x == 0.0 else y
    return np.nan if x < 0.0 else y


def log(x: Any) -> Any:
    """Natural logarithm, of a float32 or float64 inside a kernel."""
    return np.log(x)


by_dtype(log, _log32, _log64)


# ln(1 + x) = ln u + (x − (u − 1)) / u, with u = 1 + x rounded: the second term corrects the rounding.


@njit(cache=True, **INLINE)
def _log1p32(x: Any) -> Any:
    u = np.float32(1) + x
    y = _log32(u) + (x - (u - np.float32(1))) / u
    y = x if u == np.float32(1) or u == np.float32(np.inf) else y
    return np.float32(-np.inf) if u == np.float32(0) else y


@njit(cache=True, **INLINE)
def _log1p64(x: Any) -> Any:
    u = 1.0 + x
    y = _log64(u) + (x - (u - 1.0)) / u
    y = x if u == 1.0 or u == np.inf else y
    return -np.inf if u == 0.0 else y


def log1p(x: Any) -> Any:
    """Natural logarithm of 1 + x, of a float32 or float64 inside a kernel."""
    return np.log1p(x)


by_dtype(log1p, _log1p32, _log1p64)
