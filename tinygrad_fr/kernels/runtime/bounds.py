"""A check that indices are within bounds."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.kernels.runtime.jit import njit


@njit(cache=True, error_model="numpy", nogil=True)
def _within(index: Any, bound: int) -> bool:
    outside = 0
    for k in range(index.size):
        outside |= int(
            np.uint64(index[k]) >= np.uint64(bound)
        )  # as an unsigned number, a negative index is a large one
    return outside == 0


def within(index: Any, bound: int) -> bool:
    """Whether all numbers of a contiguous array are at least 0 and below a bound.

    Example:
        >>> within(np.array([0, 2]), 3), within(np.array([0, 3]), 3), within(np.array([-1, 0]), 3)
        (True, False, False)
    """
    return bool(_within(index.reshape(-1), bound))
