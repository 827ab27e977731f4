"""The shortcut of the gated linear unit: its two halves are read where they lie."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.ops.activation import glu, sigmoid
from tinygrad_fr.ops.definition import Array


def _halves(x: Array, dim: int) -> tuple[Array, Array]:
    before, half = (slice(None),) * (dim % x.ndim), x.shape[dim] // 2
    return x[(*before, slice(half))], x[(*before, slice(half, None))]


def _forward(x: Array, dim: int) -> tuple[Array, Any]:
    """The value, and how far each gate is open."""
    if not x.ndim or x.shape[dim] % 2 or x.dtype.char not in "fd":
        return np.asarray(glu.equations(x, dim)), None  # which refuses what has no halves
    a, b = _halves(x, dim)
    gate = sigmoid.of_arrays(b)
    return np.multiply(a, gate, order="C"), gate


def _backward(g: Array, gate: Array | None, needs: int, x: Array, dim: int) -> tuple[Array]:
    a, b = _halves(x, dim)
    gate = sigmoid.of_arrays(b) if gate is None else gate
    sent = np.empty_like(x, order="C")
    to_a, to_b = _halves(sent, dim)
    np.multiply(g, gate, to_a)
    np.multiply(to_a, a, to_b)
    to_b *= 1 - gate
    return (sent,)


glu.fused(_forward, _backward)
