"""Broadcasting, undone."""

from __future__ import annotations

from typing import Any

import numpy as np


def sum_to(array: Any, shape: tuple[int, ...]) -> Any:
    """Sum an array over the dimensions along which ``shape`` was broadcast to its shape."""
    lead = array.ndim - len(shape)
    if lead < 0:
        return np.broadcast_to(array, shape)
    axes = tuple(range(lead)) + tuple(
        i + lead for i, side in enumerate(shape) if side == 1 and array.shape[i + lead] != 1
    )
    result = array.sum(axis=axes).reshape(shape) if axes else array
    return result if result.shape == shape else np.broadcast_to(result, shape)
