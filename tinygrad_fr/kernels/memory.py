"""Where arrays lie."""

from __future__ import annotations

from typing import Any

import numpy as np


def address(array: Any) -> int:
    """Where an array lies."""
    found: int = array.__array_interface__["data"][0]
    return found


def aligned(count: int, dtype: Any) -> Any:
    """An empty array that starts where a cache line does, as vectors like it."""
    size = np.dtype(dtype).itemsize
    raw = np.empty(count * size + 64, np.uint8)
    start = -address(raw) % 64
    return raw[start : start + count * size].view(dtype)
