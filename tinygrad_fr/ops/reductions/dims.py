"""The dimensions that a reduction goes over: which they are, how many elements they hold, and the shape without them."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np

from tinygrad_fr.arguments.fits import dimension, here
from tinygrad_fr.errors import ShapeError
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.shapes.shape import reshape
from tinygrad_fr.sampling import Draw, Sample

Dims: TypeAlias = "int | tuple[int, ...] | None"
SMALL = 4096  # elements: up to so many, writing an array out is quicker than a view of it


def axes(x: Any, dim: Any) -> tuple[int, ...] | None:
    """The dimensions that a reduction goes over; None for all: where none is named, PyTorch's empty list included."""
    if dim is None:
        return None
    ndim = len(x.shape)
    if dim.__class__ is int and -ndim <= dim < ndim:
        return (dim,)
    checked = tuple([dimension(d, ndim) for d in ((dim,) if isinstance(dim, int) else dim)])
    if len(checked) > 1 and len(set(checked)) < len(checked):
        raise ShapeError(
            tr("expected each dimension once, got {found} ({where})").format(found=tuple(dim), where=here())
        )
    return checked if checked and ndim else None


def unreduced(g: Any, shape: tuple[int, ...], dim: Any, keepdim: bool) -> Any:
    """Give a reduced array back the dimensions of length 1 that the reduction dropped."""
    if (
        keepdim or not shape or (dim is None and isinstance(g, np.ndarray | np.generic))
    ):  # a single number stands beside any shape
        return g
    dims = range(len(shape)) if dim is None or dim == () else (dim,) if isinstance(dim, int) else dim
    dropped = {d % len(shape) for d in dims}
    if g.__class__ is np.ndarray:
        return g.reshape([1 if i in dropped else side for i, side in enumerate(shape)])
    return reshape(g, tuple(1 if i in dropped else side for i, side in enumerate(shape)))


def dropped(shape: tuple[int, ...], dim: Any) -> tuple[int, ...]:
    """The shape without the dimensions that a reduction goes over."""
    if dim is None or dim == () or not shape:
        return ()
    gone = {d % len(shape) for d in ((dim,) if isinstance(dim, int) else dim)}
    return tuple(side for i, side in enumerate(shape) if i not in gone)


def count_of(shape: tuple[int, ...], dim: Any) -> int:
    """How many elements go into each result of a reduction."""
    if dim is None:
        return math.prod(shape)
    if dim.__class__ is int and shape:
        return shape[dim]
    whole = dim is None or dim == () or not shape
    dims = range(len(shape)) if whole else (dim,) if isinstance(dim, int) else dim
    return math.prod([shape[d] for d in dims])


def dims_sample(draw: Draw) -> Sample:
    """An array, and any dimensions of it or none."""
    shape = draw.shape(0, 3)
    dims: list[Any] = [None, *range(-len(shape), len(shape))]
    if len(shape) > 1:
        dims.append((0, len(shape) - 1))
    return Sample((draw.array(shape),), {"dim": draw.choice(dims), "keepdim": draw.choice([False, True])})


def one_dim_sample(draw: Draw) -> Sample:
    """An array, and one dimension of it or none."""
    sample = dims_sample(draw)
    dim = sample.attrs["dim"]
    return Sample(sample.inputs, {**sample.attrs, "dim": dim[0] if isinstance(dim, tuple) else dim})
