"""Elements chosen along a dimension or by a mask: gather, take, select, narrow, nonzero."""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import dimension, here, refusal
from tinygrad_fr.errors import DataError, DtypeError, ShapeError
from tinygrad_fr.explanation import Explanation
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.conversion import cast
from tinygrad_fr.ops.definition import Array, structured
from tinygrad_fr.ops.indexing.fitting import fit, vector
from tinygrad_fr.ops.indexing.indices import checked_index, grid, integers, of_dtypes, places, straight, within
from tinygrad_fr.ops.indexing.subscripts import getitem, place, setitem
from tinygrad_fr.ops.shapes.broadcasting import broadcast_to
from tinygrad_fr.ops.shapes.shape import reshape_to, shape_of, sides_of
from tinygrad_fr.ops.shared.kinds import takes
from tinygrad_fr.ops.shared.large import gathered, scattered
from tinygrad_fr.ops.shared.overloads import by_shape, function, overload
from tinygrad_fr.ops.shared.untracked import computed, constant, dtype_of, value_of
from tinygrad_fr.record.node import Node
from tinygrad_fr.sampling import Draw, Sample

_SMALL = 4096


def gather_sample(draw: Draw) -> Sample:
    """A tensor, and an index that is smaller than it or not."""
    shape = draw.shape(1, 3, min_side=2)
    dim = draw.integer(0, len(shape) - 1)
    sides = tuple(draw.integer(1, 4) if i == dim else draw.integer(1, side) for i, side in enumerate(shape))
    return Sample((draw.array(shape),), {"dim": dim, "index": draw.indices(sides, shape[dim])})


@structured(
    symbol="x[i]",
    latex=r"y_{i} = x_{\text{index}_i}",
    reads="",
    sample=gather_sample,
    method=False,
    explained=Explanation(shown_as="gather"),
)
def gather_along(x: Array, dim: int, index: Any) -> Array:
    """Elements along ``dim`` chosen by an integer array of as many dimensions.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["gather_along"](tg.tensor([[10, 20, 30], [40, 50, 60]]), 1, tg.tensor([[2], [0]]))
        tensor([[30],
                [40]])
    """
    if index.__class__ is np.ndarray and x.ndim == index.ndim and 0 < index.size <= _SMALL and index.dtype.kind == "i":
        try:  # numpy finds a place outside while it takes the elements
            return x[grid(index, dimension(dim, x.ndim))]
        except IndexError:
            pass
    if (found := gathered(x, dim, integers(value_of(index)))) is not None:
        return found
    dim, index = checked_index(x, dim, index)
    if not index.size:
        return np.zeros(index.shape, x.dtype)
    if not x.ndim:
        return np.reshape(np.repeat(x, index.size), index.shape)
    result: Array = x.take(_flat(index, x.shape, dim)) if x.flags.c_contiguous else x[grid(index, dim)]
    return result


@gather_along.derivative("x")
def _(g: Any, y: Any, x: Any, dim: int, index: Any) -> Any:
    return spread(g, x.shape, dim, index)


def spread(g: Any, shape: tuple[int, ...], dim: int, index: Any) -> Any:
    """Zeros of a shape with g added where the index says: the transpose of gather."""
    index = integers(index)
    if g.__class__ is np.ndarray and index.size and 0 < len(shape) == index.ndim and index.size <= _SMALL:
        found = np.zeros(prod(shape), g.dtype)
        np.add.at(found, _flat(index, shape, dim % len(shape)).reshape(-1), g.reshape(-1))
        return found.reshape(shape)
    if not shape:
        return cast(reshape_to(g, (-1,)).sum(), dtype_of(g))
    if not index.size:
        return place(reshape_to(g, (0,)), (np.zeros(0, np.int64),) * len(shape), tuple(shape))
    if (added := scattered(g, tuple(shape), dim, index)) is not None:
        return added
    found = place(reshape_to(g, (-1,)), _flat(index, shape, dim % len(shape)).reshape(-1), (prod(shape),))
    return reshape_to(found, tuple(shape))


def _flat(index: Array, shape: tuple[int, ...], dim: int) -> Array:
    """The places among all elements of a shape that an index chooses along ``dim``, straight along the other dimensions."""
    along, step = (_along if index.size <= _SMALL else _along.__wrapped__)(index.shape, shape, dim)
    found: Array = index if within(index, shape[dim]) else np.where(index < 0, index + shape[dim], index)
    return along + (found if step == 1 else found * step)


@lru_cache(maxsize=256)
def _along(chosen: tuple[int, ...], shape: tuple[int, ...], dim: int) -> tuple[Any, int]:
    """The places of an index of a shape along the other dimensions, and how far the next element lies along ``dim``."""
    steps = [prod(shape[i + 1 :]) for i in range(len(shape))]
    parts = [places * step for i, (places, step) in enumerate(zip(straight(chosen), steps, strict=True)) if i != dim]
    along = np.asarray(sum(parts[1:], parts[0]) if parts else 0)
    along.flags.writeable = False
    return along, steps[dim]


@overload
def gather(x: Any, dim: int, index: Any, *, sparse_grad: bool = False) -> Any:
    """Elements along ``dim`` chosen by an integer tensor of as many dimensions.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.gather(tg.tensor([[1, 2], [3, 4]]), 1, tg.tensor([[1], [0]]))  # a column of each row
        tensor([[2],
                [3]])
    """
    index = places("gather", index)
    fit("gather", x, dim, index)
    if len(shape_of(x)) == len(index.shape) or not index.size:
        return gather_along.call(x, dim, index)
    return reshape_to(gather_along.call(vector(x), dim, vector(index)), tuple(index.shape))


@overload
def take_along_dim(x: Any, indices: Any, dim: int | None = None) -> Any:
    """Elements along ``dim`` chosen by indices that broadcast with x; of the flattened tensor without ``dim``.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([[3, 1, 2], [4, 6, 5]])
        >>> tg.take_along_dim(x, x.argsort(1), 1)
        tensor([[1, 2, 3],
                [4, 5, 6]])
    """
    index = of_dtypes("take_along_dim", indices, "int64", *(("int32",) if dim is None else ()))
    if dim is None:
        return gather_along(reshape_to(x, (-1,)), 0, computed(np.ravel, index))
    dim = dimension(dim, len(x.shape))
    if not len(x.shape) or len(x.shape) != len(index.shape):
        raise refusal("take_along_dim", tr("indices of as many dimensions as the tensor"), tuple(index.shape))
    rest = np.broadcast_shapes(
        tuple(1 if i == dim else side for i, side in enumerate(x.shape)),
        tuple(1 if i == dim else side for i, side in enumerate(index.shape)),
    )
    wide = tuple(x.shape[dim] if i == dim else side for i, side in enumerate(rest))
    chosen = tuple(index.shape[dim] if i == dim else side for i, side in enumerate(rest))
    return gather_along(broadcast_to(x, wide), dim, computed(lambda index: np.broadcast_to(index, chosen), index))


@overload
def index_select(x: Any, dim: int, index: Any) -> Any:
    """Slices along ``dim`` chosen by a vector of integers.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.index_select(tg.tensor([[1, 2, 3], [4, 5, 6]]), 1, tg.tensor([2, 0]))
        tensor([[3, 1],
                [6, 4]])
    """
    shape = shape_of(x)
    dim, index = dimension(dim, len(shape)), places("index_select", index)
    if index.ndim > 1:
        raise ShapeError(
            tr("index_select: expected a vector of indices, got shape {found} ({where})").format(
                found=tuple(index.shape), where=here()
            )
        )
    if not len(shape):
        if index.size != 1:
            raise refusal("index_select", tr("one index into a number"), tuple(index.shape))
        return reshape_to(x, ())
    return getitem.call(x, (*(slice(None),) * dim, index if index.ndim else computed(np.ravel, index)))


@overload
def masked_select(x: Any, mask: Any) -> Any:
    """The elements where a mask holds, in one dimension; x and the mask broadcast.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([[1, -2], [-3, 4]])
        >>> tg.masked_select(x, x > 0)
        tensor([1, 4])
    """
    chosen = np.asarray(value_of(mask))
    if chosen.dtype != np.bool_:
        raise DataError(tr("expected a boolean mask, got {found} ({where})").format(found=chosen.dtype, where=here()))
    shape = np.broadcast_shapes(tuple(x.shape), chosen.shape)
    return getitem(broadcast_to(x, shape), np.broadcast_to(chosen, shape))


def take(x: Any, index: Any) -> Any:
    """Elements of the flattened tensor, in the shape of the index.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.take(tg.tensor([[1, 2], [3, 4]]), tg.tensor([3, 0]))
        tensor([4, 1])
    """
    if isinstance(index, Node):
        takes("take", index, "int64")
    return getitem(reshape_to(x, (-1,)), integers(index))


overload(take)


@overload
@by_shape
def select(x: Any, dim: int, index: int) -> Any:
    """One slice along ``dim``.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.select(tg.tensor([[1, 2], [3, 4]]), 1, 0)
        tensor([1, 3])
    """
    return getitem(x, (*(slice(None),) * dimension(dim, len(x.shape)), index))


@overload
@by_shape
def narrow(x: Any, dim: int, start: int, length: int) -> Any:
    """``length`` slices along ``dim`` from ``start``.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.narrow(tg.arange(10), 0, 3, 4)
        tensor([3, 4, 5, 6])
    """
    dim = dimension(dim, len(x.shape))
    side = x.shape[dim]
    start = int(start) + side if start < 0 else int(start)
    if length < 0 or start < 0 or start + length > side:
        raise ShapeError(
            tr("narrow: {length} slices from {start} do not fit in dimension {dim} of length {side} ({where})").format(
                length=length, start=start, dim=dim, side=side, where=here()
            )
        )
    return getitem(x, (*(slice(None),) * dim, slice(start, start + length)))


@overload
def select_scatter(x: Any, src: Any, dim: int, index: int) -> Any:
    """x with one slice along ``dim`` replaced.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.select_scatter(tg.zeros(2, 2), tg.tensor([1.0, 2.0]), 0, 1)
        tensor([[0., 0.],
                [1., 2.]])
    """
    return setitem(x, src, (*(slice(None),) * dimension(dim, len(x.shape)), index))


@overload
def slice_scatter(x: Any, src: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1) -> Any:
    """x with a slice along ``dim`` replaced.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.slice_scatter(tg.zeros(4), tg.tensor([1.0, 2.0]), start=1, end=3)
        tensor([0., 1., 2., 0.])
    """
    return setitem(x, src, (*(slice(None),) * dimension(dim, len(x.shape)), slice(start, end, step)))


@overload
def nonzero(x: Any, *, as_tuple: bool = False) -> Any:
    """Indices of the elements that are not zero: one row for each, or a tuple of one tensor per dimension.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.nonzero(tg.tensor([[0, 5], [7, 0]])).tolist()
        [[0, 1], [1, 0]]
    """
    found = value_of(x).nonzero() if len(x.shape) else (np.zeros(int(value_of(x) != 0), np.int64),)
    if as_tuple:
        return tuple(constant(i) for i in found)
    return constant(np.argwhere(value_of(x)))


@overload
def argwhere(x: Any) -> Any:
    """Indices of the elements that are not zero, a row each.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.argwhere(tg.tensor([0.0, 5.0, 7.0]) > 0).tolist()
        [[1], [2]]
    """
    return constant(np.argwhere(value_of(x)))


@function
def unravel_index(indices: Any, shape: Any) -> tuple[Any, ...]:
    """Indices of the flattened tensor as one index per dimension.

    Example:
        >>> import tinygrad_fr as tg
        >>> rows, columns = tg.unravel_index(tg.tensor([1, 5]), (2, 3))
        >>> rows, columns
        (tensor([0, 1]), tensor([1, 2]))
    """
    takes("unravel_index", indices, "int8", "int16", "int32", "int64", "uint8")
    rest, found = np.asarray(value_of(indices), np.int64), []
    if isinstance(shape, Node):
        raise refusal("unravel_index", tr("sides as integers"), shape, DtypeError)
    sides = sides_of("unravel_index", (shape,), None)
    if min(sides, default=0) < 0:
        raise refusal("unravel_index", tr("sides of at least 0"), sides)
    for side in reversed(sides):  # an index beyond the last element begins again, as PyTorch's does
        found.append(constant(rest % side))
        rest = rest // side
    return tuple(reversed(found))
