"""Broadcasting, undone."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.sums import added


def sum_to(array: Any, shape: tuple[int, ...]) -> Any:
    """Sum an array over the dimensions along which ``shape`` was broadcast to its shape."""
    lead = array.ndim - len(shape)
    if lead < 0:
        return np.broadcast_to(array, shape)
    sides = array.shape
    axes = [*range(lead), *[i for i, side in enumerate(shape, lead) if side == 1 and sides[i] != 1]]
    result = added(array, tuple(axes)).reshape(shape) if axes else array
    return result if result.shape == shape else np.broadcast_to(result, shape)
