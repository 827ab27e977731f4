"""The shortcut of cosine similarity: value and derivative are computed from the two unit vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.ops.definition import Array
from tinygrad_fr.ops.linalg.norms import vector_norm
from tinygrad_fr.ops.normalization import cosine_similarity
from tinygrad_fr.promotion.dtype import result_type


def _direction(x: Array, dim: int, eps: float) -> tuple[Array, Array, Array]:
    """Vectors over their lengths, which count as eps at least; the lengths that count; and those of the vectors."""
    length = vector_norm(x, 2.0, dim, True)
    counted = np.maximum(length, x.dtype.type(eps))
    return x / counted, counted, length


def _floats(x1: Array, x2: Array) -> tuple[Array, Array]:
    """The two in one shape, each a float of its own dtype; integers take the one that both have."""
    if x1.shape != x2.shape:
        x1, x2 = np.broadcast_arrays(x1, x2)
    if x1.dtype.kind == x2.dtype.kind == "f":
        return x1, x2
    dtype = result_type(x1, x2)
    return x1.astype(dtype, copy=False), x2.astype(dtype, copy=False)


def _forward(x1: Array, x2: Array, dim: int, eps: float) -> tuple[Array, Any]:
    x1, x2 = _floats(x1, x2)
    first, second = _direction(x1, dim, eps), _direction(x2, dim, eps)
    parts = first[0] * second[0]
    if parts.dtype.char == "e":
        y = np.add.reduce(parts, axis=dim, keepdims=True, dtype=np.float32).astype(parts.dtype)
    else:
        y = np.add.reduce(parts, axis=dim, keepdims=True)
    y = np.asarray(y)  # of a number numpy gives one of its own
    return y.squeeze(dim), (first, second, y)


def _backward(g: Array, saved: Any, needs: int, x1: Array, x2: Array, dim: int, eps: float) -> tuple[Any, Any]:
    first, second, y = saved
    g = g.reshape(y.shape)
    return _sent(g, first, second, y) if needs & 1 else None, _sent(g, second, first, y) if needs & 2 else None


def _sent(g: Array, own: Any, other: Any, y: Array) -> Array:
    """What is sent to one of the two: the other's direction, less what turns with its own length."""
    direction, counted, length = own
    if not np.logical_and.reduce(length >= counted, axis=None):  # some are shorter than what counts
        direction = np.where(length == 0, 0, direction * (counted / length))
    away = other[0] - direction * y
    away *= g / counted
    return np.asarray(away)


cosine_similarity.fused(_forward, _backward)
