"""Shortcuts of what writes or adds elements at the positions of an index: the equations on arrays, and what is sent back by the index alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.ops.definition import Array, Composite
from tinygrad_fr.ops.indexing.gather import gather_along
from tinygrad_fr.ops.indexing.indices import grid
from tinygrad_fr.ops.indexing.scatter import scatter_add_along, scatter_along
from tinygrad_fr.ops.indexing.subscripts import place, setitem
from tinygrad_fr.ops.shapes.shape import reshape_to
from tinygrad_fr.ops.shared.untracked import constant
from tinygrad_fr.record.node import Node


def _nothing(g: Any, shape: tuple[int, ...]) -> Any:
    """Zeros for what is not read."""
    zeros = np.zeros(shape, (g.value if isinstance(g, Node) else g).dtype)
    return constant(zeros) if isinstance(g, Node) else zeros


def _to_source(g: Any, src: Any, dim: int, index: Array) -> Any:
    """What the source is sent: of each place that it was put to, zeros where the index, which may be smaller, does not speak of it."""
    sent = gather_along(g, dim, index)
    shape = tuple(src.shape)
    return sent if shape == index.shape else place(sent, tuple(slice(0, side) for side in index.shape), shape)


def _shortcut(composite: Composite, writes: bool) -> None:
    """Name the shortcut of an operation that ``writes`` over what was there, or adds to it."""

    def forward(x: Array, src: Array, dim: int, index: Any) -> tuple[Array, Array]:
        y = np.asarray(composite.equations(x, src, dim, index))
        return y, index.value if isinstance(index, Node) else np.asarray(index)

    def backward(g: Any, saved: Array, needs: int, x: Any, src: Any, dim: int, index: Any) -> tuple[Any, Any]:
        index, to_x, to_src = saved, None, None
        if not index.size:
            return g if needs & 1 else None, _nothing(g, tuple(src.shape)) if needs & 2 else None
        if not len(x.shape) and writes:
            return _nothing(g, ()) if needs & 1 else None, reshape_to(g, tuple(src.shape)) if needs & 2 else None
        if needs & 1:
            to_x = setitem(g, 0, grid(index, dim)) if writes else g
        if needs & 2:
            to_src = _to_source(g, src, dim, index)
        return to_x, to_src

    composite.fused(forward, backward, every_order=True)


_shortcut(scatter_along, writes=True)
_shortcut(scatter_add_along, writes=False)
