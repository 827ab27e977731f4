"""Strategies for hypothesis: shapes, tensors away from kinks or on them, random programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from tinygrad_fr.handles.tensor import Tensor, tensor
from tinygrad_fr.testing.inputs.draws import from_hypothesis
from tinygrad_fr.testing.inputs.programs import Program, program

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tinygrad_fr.ops.definition import Array, Op
    from tinygrad_fr.sampling import Sample

Shape = tuple[int, ...]


def shapes(*, min_dims: int = 0, max_dims: int = 3, min_side: int = 1, max_side: int = 4) -> st.SearchStrategy[Shape]:
    """Shapes, small ones first.

    Example:
        >>> from hypothesis import find
        >>> find(shapes(min_dims=1), lambda shape: True)
        (1,)
    """
    return st.lists(st.integers(min_side, max_side), min_size=min_dims, max_size=max_dims).map(tuple)


@st.composite
def broadcastable_shapes(draw: Any, count: int = 2, *, max_dims: int = 3, max_side: int = 4) -> tuple[Shape, ...]:
    """So many shapes that broadcast together: leading dimensions dropped, sides of 1."""
    whole = draw(shapes(max_dims=max_dims, max_side=max_side))
    result = []
    for _each in range(count):
        own = whole[draw(st.integers(0, len(whole))) :]
        result.append(tuple(1 if draw(st.booleans()) else side for side in own))
    return tuple(result)


@st.composite
def arrays(draw: Any, shape: Shape | st.SearchStrategy[Shape] = (), *, low: float = -2.0, high: float = 2.0) -> Array:
    """float64 arrays between two bounds, no two elements equal and none on a round number: away from kinks and ties."""
    return from_hypothesis(draw).array(draw(shape) if isinstance(shape, st.SearchStrategy) else shape, low, high)


def tensors(
    shape: Shape | st.SearchStrategy[Shape] | None = None,
    *,
    low: float = -2.0,
    high: float = 2.0,
    requires_grad: bool = True,
) -> st.SearchStrategy[Tensor]:
    """float64 tensors away from kinks and ties, which central differences would blur.

    Args:
        shape: one shape, or a strategy of shapes; :func:`shapes` by default.
        low: smallest element.
        high: largest element.
        requires_grad: whether they are leaves to differentiate by.
    """
    return arrays(shapes() if shape is None else shape, low=low, high=high).map(
        lambda x: tensor(x, requires_grad=requires_grad)
    )


def tensors_on(
    points: Sequence[float], shape: Shape | st.SearchStrategy[Shape] | None = None
) -> st.SearchStrategy[Tensor]:
    """float64 tensors whose elements all lie on given points: the kinks of a function, or ties."""
    sides = shapes() if shape is None else shape if isinstance(shape, st.SearchStrategy) else st.just(shape)

    def filled(own: Shape) -> st.SearchStrategy[Tensor]:
        size = int(np.prod(own, dtype=np.int64))
        chosen = st.lists(st.sampled_from(list(points)), min_size=size, max_size=size)
        return chosen.map(lambda values: tensor(np.array(values, np.float64).reshape(own), requires_grad=True))

    return sides.flatmap(filled)


@st.composite
def samples(draw: Any, op: Op) -> Sample:
    """Arguments of an operation, as it says itself how to draw them."""
    return op.sample(from_hypothesis(draw))


@st.composite
def programs(draw: Any, nodes: int = 40) -> Program:
    """Random programs of at most so many operations; shrinking drops operations."""
    return program(from_hypothesis(draw), nodes)
