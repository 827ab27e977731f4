"""Tensors joined and split, and Scalars joined to tensors and taken out of them."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.arguments.fits import dimension, here, listed, refusal, shapes_of
from tinygrad_fr.devices.layout import channels_last, lies, like
from tinygrad_fr.errors import DtypeError, ShapeError, UsageError
from tinygrad_fr.explanation import Explanation, message
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.definition import Array, Arrays, structured
from tinygrad_fr.ops.indexing.indices import read_of_dtypes
from tinygrad_fr.ops.indexing.subscripts import getitem
from tinygrad_fr.ops.shapes.shape import atleast_1d, atleast_2d, atleast_3d, ravel, reshape_to, shape_of
from tinygrad_fr.ops.shared.kinds import same
from tinygrad_fr.ops.shared.overloads import by_shape, function, overload
from tinygrad_fr.ops.shared.untracked import value_of
from tinygrad_fr.promotion.dtype import get_default_dtype, result_type
from tinygrad_fr.sampling import Draw, Sample
from tinygrad_fr.views import several

if TYPE_CHECKING:
    from collections.abc import Sequence


def _several(draw: Draw) -> tuple[tuple[int, ...], int, list[Array]]:
    shape = draw.shape(1, 3)
    dim = draw.integer(0, len(shape) - 1)
    sides = [(*shape[:dim], draw.integer(1, 3), *shape[dim + 1 :]) for _each in range(draw.integer(1, 3))]
    return shape, dim, [draw.array(side) for side in sides]


def _cat_sample(draw: Draw) -> Sample:
    _shape, dim, arrays = _several(draw)
    return Sample((arrays,), {"dim": dim})


def _stack_sample(draw: Draw) -> Sample:
    shape = draw.shape(0, 3)
    arrays = [draw.array(shape) for _each in range(draw.integer(1, 3))]
    return Sample((arrays,), {"dim": draw.integer(-len(shape) - 1, len(shape))})


@structured(
    symbol="[ , ]",
    latex=r"[x_1, x_2, \ldots]",
    reads="",
    sample=_cat_sample,
    method=False,
    explained=Explanation(
        word=message("end to end"),
        joins=True,
        forward=message("Put the vectors end to end."),
        backward=message("Each vector takes back its own part of the gradient."),
    ),
)
def cat(tensors: Arrays, dim: int = 0) -> Array:
    """Put tensors end to end along one of their dimensions.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.cat([tg.tensor([[1, 2]]), tg.tensor([[3, 4], [5, 6]])])
        tensor([[1, 2],
                [3, 4],
                [5, 6]])
        >>> tg.cat([tg.zeros(2, 1), tg.zeros(2, 3)], 1).shape
        torch.Size([2, 4])
    """
    if _alike(tensors):
        return _laid_out(np.concatenate(tensors, dim), tensors)
    if not tensors:
        raise ShapeError(tr("cat: expected at least one tensor, got none ({where})").format(where=here()))
    if [x for x in tensors if not isinstance(x, np.ndarray)]:
        raise DtypeError(
            tr("cat: expected tensors, got {found} ({where})").format(
                found=[type(x).__name__ for x in tensors], where=here()
            )
        )
    ranks = [x.ndim for x in tensors]
    dim = dimension(dim, max(ranks))
    if 0 in ranks:
        raise ValueError("tensors without dimensions cannot be put end to end")
    same = [x for x in tensors if x.shape != (0,)] or tensors  # PyTorch lets an empty vector stand anywhere
    return _joined(same, dim, tensors)


def _joined(same: Sequence[Array], dim: int, tensors: Sequence[Array]) -> Array:
    dtype = tensors[0].dtype
    for x in tensors:
        if x.dtype is not dtype:
            return np.concatenate(same, axis=dim, dtype=result_type(*tensors), casting="unsafe")
    return _laid_out(np.concatenate(same, dim), same)


def _alike(tensors: Sequence[Any]) -> bool:
    """Whether tensors are arrays of one dtype, of as many dimensions, and none of them empty."""
    dtype = ndim = None
    for x in tensors:
        if x.__class__ is not np.ndarray or not x.size:
            return False
        if ndim is None:
            dtype, ndim = x.dtype, x.ndim
        elif x.dtype is not dtype or x.ndim != ndim:
            return False
    return bool(ndim)


def _laid_out(found: Array, tensors: Sequence[Array]) -> Array:
    """The result row after row, but for images whose channels come last in all of them."""
    if not found.flags.c_contiguous:
        found = np.ascontiguousarray(found)
    last = found.ndim == 4 and all(lies(x, channels_last) for x in tensors)
    return like(found, tensors[0]) if last else found


cat.lays_out = False  # it does so itself, but for channels that come last


@cat.derivative()
def _(g: Any, y: Any, tensors: Any, dim: int) -> Any:
    before = (slice(None),) * (dim % len(g.shape))
    shares, start = [], 0
    for x in tensors:
        beside = tuple(x.shape) == (0,) != tuple(g.shape)[:1]
        side = 0 if beside else x.shape[dim]
        share = getitem(g, (*before, slice(start, start + side)))
        shares.append(reshape_to(share, (0,)) if beside else share)
        start += side
    return shares


@structured(
    symbol="☰",
    latex=r"[x_1, x_2, \ldots]",
    reads="",
    sample=_stack_sample,
    method=False,
    explained=Explanation(
        word=message("side by side"),
        joins=True,
        forward=message("Put the values side by side."),
        backward=message("Each value takes back its own part of the gradient."),
    ),
)
def stack(tensors: Arrays, dim: int = 0) -> Array:
    """Put tensors of one shape, or scalars, side by side along a new dimension.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.stack([tg.tensor([1, 2]), tg.tensor([3, 4])])
        tensor([[1, 2],
                [3, 4]])
    """
    if not tensors:
        raise ShapeError(tr("stack: expected at least one tensor, got none ({where})").format(where=here()))
    first = tensors[0]
    if first.__class__ is not np.ndarray and all(isinstance(x, float) for x in tensors):
        return np.array(tensors, dtype=get_default_dtype())
    if dim == 0 and first.__class__ is np.ndarray and first.ndim:
        for x in tensors:
            if x.__class__ is not np.ndarray or x.dtype is not first.dtype or x.shape != first.shape:
                break
        else:
            return _laid_out(np.concatenate(tensors), tensors).reshape(len(tensors), *first.shape)
    return np.ascontiguousarray(np.stack(tensors, axis=dim, dtype=result_type(*tensors), casting="unsafe"))


stack.lays_out = False  # it does so itself, but for channels that come last


@stack.derivative()
def _(g: Any, y: Any, tensors: Any, dim: int) -> Any:
    before = (slice(None),) * (dim % len(g.shape))
    return [getitem(g, (*before, i)) for i in range(len(tensors))]


@structured(
    symbol="[·]",
    latex=r"x",
    reads="",
    sample=lambda d: Sample((d.array((1,)),), {}),
    method=False,
    explained=Explanation(shown_as="item", letters=("x",), sends=("G",)),
)
def to_scalar(x: Array) -> float:
    """The only element of a tensor as a Scalar of the same record.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.ops.registry["to_scalar"](tg.tensor([3.0], requires_grad=True))
        >>> type(x).__name__, x.item()
        ('Scalar', 3.0)
    """
    return float(np.asarray(x).item())


@to_scalar.derivative("x")
def _(g: Any, y: Any, x: Any) -> Any:
    if isinstance(g, float):
        return np.full(x.shape, g, dtype=x.dtype)
    return reshape_to(stack([g]), x.shape)


def _pieces(x: Any, ends: Sequence[int], dim: int) -> tuple[Any, ...]:
    before = (slice(None),) * dim
    return several(tuple([getitem.call(x, (*before, slice(a, b))) for a, b in pairwise(ends)]))


@overload
@by_shape
def split(x: Any, split_size_or_sections: int | Sequence[int], dim: int = 0) -> tuple[Any, ...]:
    """Cut a tensor along a dimension into pieces of one size, or of the sizes given.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.split(tg.arange(5), 2)
        (tensor([0, 1]), tensor([2, 3]), tensor([4]))
        >>> [piece.tolist() for piece in tg.split(tg.arange(5), [1, 4])]
        [[0], [1, 2, 3, 4]]
    """
    dim = dimension(dim, len(x.shape))
    side, size = x.shape[dim], split_size_or_sections
    if isinstance(size, int):
        if size < 0 or (size == 0 and side):
            raise ShapeError(
                tr("split: expected a positive size, got {found} ({where})").format(found=size, where=here())
            )
        sizes = [size] * (side // size) + ([side % size] if side % size else []) if side else [0]
    else:
        sizes = list(size)
        if sum(sizes) != side or min(sizes, default=0) < 0:
            raise ShapeError(
                tr("split: the sizes {sizes} must add up to {side}, the length of dimension {dim} ({where})").format(
                    sizes=sizes, side=side, dim=dim, where=here()
                )
            )
    return _pieces(x, list(accumulate(map(int, sizes), initial=0)), dim)


@overload
@by_shape
def chunk(x: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """Cut a tensor along a dimension into ``chunks`` pieces of equal size, the last one smaller if need be.

    Example:
        >>> import tinygrad_fr as tg
        >>> [piece.tolist() for piece in tg.chunk(tg.arange(5), 2)]
        [[0, 1, 2], [3, 4]]
    """
    if chunks < 1:
        raise ShapeError(
            tr("chunk: expected at least one chunk, got {found} ({where})").format(found=chunks, where=here())
        )
    side = x.shape[dimension(dim, len(x.shape))]
    return split(x, max(-(-side // chunks), 1), dim) if side else split(x, [0] * chunks, dim)


@overload
def tensor_split(x: Any, indices_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """Cut a tensor along a dimension at the given places, or into n pieces of nearly equal size.

    Example:
        >>> import tinygrad_fr as tg
        >>> [piece.tolist() for piece in tg.tensor_split(tg.arange(7), 3)]
        [[0, 1, 2], [3, 4], [5, 6]]
        >>> [piece.tolist() for piece in tg.tensor_split(tg.arange(7), (2, 3))]
        [[0, 1], [2], [3, 4, 5, 6]]
    """
    dim = dimension(dim, len(x.shape))
    side, where = x.shape[dim], value_of(indices_or_sections)
    if isinstance(where, np.ndarray):
        where = read_of_dtypes("tensor_split", indices_or_sections, "int64")
        where = where if where.ndim else int(where)
    if isinstance(where, int):
        if where < 1:
            raise refusal("tensor_split", tr("a number of at least 1"), where)
        small, larger = divmod(side, where)
        sizes = [small + 1] * larger + [small] * (where - larger)
        where = np.cumsum(sizes)[:-1]
    before = (slice(None),) * dim
    starts = [0, *(int(i) for i in where)]
    ends: list[Any] = [*starts[1:], None]
    return tuple(getitem(x, (*before, slice(a, b))) for a, b in zip(starts, ends, strict=True))


@overload
def hsplit(x: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """Cut along the columns (along a vector).

    Example:
        >>> import tinygrad_fr as tg
        >>> [piece.tolist() for piece in tg.hsplit(tg.tensor([[1, 2], [3, 4]]), 2)]
        [[[1], [3]], [[2], [4]]]
    """
    return _equal("hsplit", x, indices_or_sections, 1 if len(x.shape) > 1 else 0, 1)


@overload
def vsplit(x: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """Cut along the rows.

    Example:
        >>> import tinygrad_fr as tg
        >>> [piece.tolist() for piece in tg.vsplit(tg.tensor([[1, 2], [3, 4]]), 2)]
        [[[1, 2]], [[3, 4]]]
    """
    return _equal("vsplit", x, indices_or_sections, 0, 2)


def _equal(name: str, x: Any, cut: Any, dim: int, least: int) -> tuple[Any, ...]:
    """Pieces of equal lengths, or cut where told, of a tensor of enough dimensions."""
    if len(x.shape) < least:
        raise refusal(name, tr("a tensor of at least {n} dimensions").format(n=least), tuple(x.shape))
    if isinstance(cut, int) and (cut < 1 or x.shape[dim] % cut):
        raise refusal(name, tr("a number of equal pieces of a length of {side}").format(side=x.shape[dim]), cut)
    return tensor_split(x, cut, dim)


@overload
def dsplit(x: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """Cut along the third dimension.

    Example:
        >>> import tinygrad_fr as tg
        >>> [piece.shape for piece in tg.dsplit(tg.zeros(2, 3, 4), (1,))]
        [torch.Size([2, 3, 1]), torch.Size([2, 3, 3])]
    """
    return _equal("dsplit", x, indices_or_sections, 2, 3)


@overload
@by_shape
def unbind(x: Any, dim: int = 0) -> tuple[Any, ...]:
    """The slices of a tensor along a dimension.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.unbind(tg.tensor([[1, 2], [3, 4]]))
        (tensor([1, 2]), tensor([3, 4]))
    """
    dim = dimension(dim, len(x.shape))
    before = (slice(None),) * dim
    return several(tuple([getitem.call(x, (*before, i)) for i in range(x.shape[dim])]))


@function
def hstack(tensors: Sequence[Any]) -> Any:
    """Tensors put side by side: along the columns, or end to end for vectors.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.hstack([tg.tensor([1, 2]), tg.tensor([3])])
        tensor([1, 2, 3])
    """
    listed("hstack", tensors)
    tensors = [x if shape_of(x) else atleast_1d(x) for x in tensors]
    return cat(tensors, 0 if len(tensors[0].shape) == 1 else 1)


@function
def vstack(tensors: Sequence[Any]) -> Any:
    """Tensors put one below the other.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.vstack([tg.tensor([1, 2]), tg.tensor([3, 4])])
        tensor([[1, 2],
                [3, 4]])
    """
    listed("vstack", tensors)
    return cat([x if len(shape_of(x)) > 1 else atleast_2d(x) for x in tensors], 0)


@function
def dstack(tensors: Sequence[Any]) -> Any:
    """Tensors put one behind the other.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.dstack([tg.tensor([1, 2]), tg.tensor([3, 4])]).tolist()
        [[[1, 3], [2, 4]]]
    """
    listed("dstack", tensors)
    return cat([atleast_3d(x) for x in tensors], 2)


@function
def column_stack(tensors: Sequence[Any]) -> Any:
    """Vectors and matrices put side by side as columns.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.column_stack([tg.tensor([1, 2]), tg.tensor([3, 4])])
        tensor([[1, 3],
                [2, 4]])
    """
    listed("column_stack", tensors)
    return cat([reshape_to(x, (-1, 1)) if len(x.shape) < 2 else x for x in tensors], 1)


@function
def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Any, ...]:
    """Coordinates of a grid: each vector spread along a dimension of its own; ``"xy"`` exchanges the first two.

    Example:
        >>> import tinygrad_fr as tg
        >>> rows, columns = tg.meshgrid(tg.tensor([1, 2]), tg.tensor([5, 6, 7]))
        >>> rows.tolist(), columns.tolist()
        ([[1, 1, 1], [2, 2, 2]], [[5, 6, 7], [5, 6, 7]])
    """
    if indexing not in ("ij", "xy"):
        raise UsageError(
            tr("meshgrid: expected indexing of “ij” or “xy”, got “{found}” ({where})").format(
                found=indexing, where=here()
            )
        )
    vectors = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], tuple | list) else tensors
    if not vectors:
        raise refusal("meshgrid", tr("at least one tensor"), (), UsageError)
    for x in vectors:
        same("meshgrid", vectors[0], x)
        if len(x.shape) > 1:
            raise refusal("meshgrid", tr("vectors"), shapes_of([value_of(each) for each in vectors]))
    vectors = [reshape_to(x, (-1,)) for x in vectors]
    n = len(vectors)
    places = [1, 0, *range(2, n)] if indexing == "xy" and n > 1 else list(range(n))
    shape = [0] * n
    for place, x in zip(places, vectors, strict=True):
        shape[place] = x.shape[0]
    grids = [
        reshape_to(x, tuple(-1 if i == place else 1 for i in range(n)))
        for place, x in zip(places, vectors, strict=True)
    ]
    return tuple(grid.expand(*shape) for grid in grids)


@function
def cartesian_prod(*tensors: Any) -> Any:
    """All the tuples that take one element of each vector, a row each.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.cartesian_prod(tg.tensor([1, 2]), tg.tensor([5, 6])).tolist()
        [[1, 5], [1, 6], [2, 5], [2, 6]]
    """
    for each in tensors:
        if len(each.shape) != 1:
            raise refusal("cartesian_prod", tr("vectors"), tuple(each.shape))
        same("cartesian_prod", tensors[0], each)
    if len(tensors) == 1:
        return tensors[0]
    return stack([ravel(grid) for grid in meshgrid(*tensors)], 1)


@function
def combinations(x: Any, r: int = 2, with_replacement: bool = False) -> Any:
    """All the ways to take r elements of a vector, a row each.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.combinations(tg.tensor([1, 2, 3])).tolist()
        [[1, 2], [1, 3], [2, 3]]
    """
    if len(x.shape) != 1:
        raise refusal("combinations", tr("a vector"), tuple(x.shape))
    from itertools import combinations as without
    from itertools import combinations_with_replacement

    chosen = list((combinations_with_replacement if with_replacement else without)(range(x.shape[0]), r))
    if not r:
        return getitem(x, slice(0, 0))
    return getitem(x, np.array(chosen, np.int64).reshape(-1, r))
