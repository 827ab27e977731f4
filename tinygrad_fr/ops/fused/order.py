"""Shortcuts of the operations that choose elements by their order: their derivative needs only the indices of the result."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.ops.definition import Array, Composite
from tinygrad_fr.ops.indexing.gather import spread
from tinygrad_fr.ops.indexing.places import given_back
from tinygrad_fr.ops.reductions import cumulative, sorting
from tinygrad_fr.ops.shapes.shape import unsqueeze


def _by_indices(composite: Composite, once: bool) -> None:
    """Keep the indices of a (values, indices) for the backward pass; ``once``: none of them comes twice along a dimension."""
    equations = composite.equations

    def forward(x: Array, **attrs: Any) -> tuple[tuple[Array, ...], Array]:
        values, indices = equations(x, **attrs)
        if values.__class__ is not np.ndarray:  # one number
            values, indices = np.asarray(values), np.asarray(indices)
        return (values, indices), indices

    def backward(g: tuple[Any, Any], indices: Array, needs: int, x: Array, **attrs: Any) -> tuple[Array | None]:
        sent, dim = g[0], attrs["dim"]
        if sent is None or not len(x.shape):
            return (sent,)
        if sent.ndim < len(x.shape):
            sent, indices = unsqueeze(sent, dim), np.expand_dims(indices, dim)
        if once and sent.__class__ is np.ndarray:
            return (given_back(sent, x.shape, dim % len(x.shape), indices),)
        return (spread(sent, x.shape, dim, indices),)

    composite.fused(forward, backward, every_order=True)


for _each in (sorting.sort, sorting.topk, sorting.kthvalue, sorting.median_along):
    _by_indices(_each, once=True)
for _each in (cumulative.cummax, cumulative.cummin):
    _by_indices(_each, once=False)
