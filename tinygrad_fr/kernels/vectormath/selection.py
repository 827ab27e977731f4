"""Selection without branches: maximum, minimum, sign, where."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.kernels.runtime.jit import njit
from tinygrad_fr.kernels.vectormath.options import INLINE, by_dtype


@njit(cache=True, **INLINE)
def maximum(a: Any, b: Any) -> Any:
    """The larger; NaN if either is."""
    return a if a > b or a != a else b


@njit(cache=True, **INLINE)
def minimum(a: Any, b: Any) -> Any:
    """The smaller; NaN if either is."""
    return a if a < b or a != a else b


def sign(x: Any) -> Any:
    """−1, 0 or 1, and 0 of NaN; of a float32 or float64 inside a kernel."""
    return np.sign(x)


def _sign_single(x: Any) -> Any:
    one, zero = np.float32(1), np.float32(0)
    return (one if x > zero else zero) - (one if x < zero else zero)


def _sign_double(x: Any) -> Any:
    return (1.0 if x > 0.0 else 0.0) - (1.0 if x < 0.0 else 0.0)


by_dtype(sign, _sign_single, _sign_double)


@njit(cache=True, **INLINE)
def where(condition: Any, a: Any, b: Any) -> Any:
    """``a`` if the condition holds, else ``b``."""
    return a if condition else b
