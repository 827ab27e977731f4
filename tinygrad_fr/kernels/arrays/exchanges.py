"""Pairs of elements exchanged, one pair after the other."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from tinygrad_fr.kernels.runtime.contract import contract
from tinygrad_fr.kernels.runtime.jit import njit

Array: TypeAlias = npt.NDArray[Any]


@njit(cache=True, error_model="numpy", nogil=True)
def _exchange(order: Any, others: Any) -> None:
    for place in range(others.size):
        kept = order[place]
        order[place] = order[others[place]]
        order[others[place]] = kept


@contract("int others[n + 1]: n")
def exchanged(others: Array) -> Array:
    """The integers below n after exchanges: each place in turn, from the first on, with the place that ``others`` (n,) gives."""
    order = np.arange(others.size + 1)
    _exchange(order, others)
    return order
