"""Elements chosen by position: indexing, gather and scatter, tables looked up by integers."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.errors import DataError, ShapeError
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import add, div, mul
from tinygrad_fr.ops.comparison import where
from tinygrad_fr.ops.definition import (
    Array,
    Draw,
    Sample,
    composite,
    constant,
    dimension,
    front,
    function,
    here,
    structured,
    value_of,
)
from tinygrad_fr.ops.shape import broadcast_to, reshape_to


def _getitem_sample(draw: Draw) -> Sample:
    shape = draw.shape(1, 3, min_side=2)
    index = draw.choice(
        [0, -1, slice(None, None, 2), (Ellipsis, 0), (None, slice(1, None)), np.array([0, 1, 0]), slice(0, 0)]
    )
    return Sample((draw.array(shape),), {"index": index})


@structured(symbol="[ ]", latex=r"x_{i}", reads="", sample=_getitem_sample, method=False)
def getitem(x: Array, index: Any) -> Array:
    """Elements chosen by slices, integers, None, ellipsis, and integer or boolean arrays, as numpy chooses them."""
    result: Array = x[index]
    return result


@getitem.derivative("x")
def _(g: Any, y: Any, x: Any, index: Any) -> Any:
    return place(g, index, x.shape)


def _place_sample(draw: Draw) -> Sample:
    sample = _getitem_sample(draw)
    index = sample.attrs["index"]
    return Sample((draw.array(sample.inputs[0][index].shape),), {"index": index, "shape": sample.inputs[0].shape})


@structured(symbol="[ ]←", latex=r"0_{i} \leftarrow x", reads="", sample=_place_sample, method=False)
def place(x: Array, index: Any, shape: tuple[int, ...]) -> Array:
    """Zeros of ``shape`` with x added at an index; elements chosen twice receive both: the transpose of ``getitem``."""
    result = np.zeros(shape, dtype=x.dtype)
    if _repeats(index):
        np.add.at(result, index, x)
    else:
        result[index] = x
    return result


@place.derivative("x")
def _(g: Any, y: Any, x: Any, index: Any, shape: Any) -> Any:
    return getitem(g, index)


def _repeats(index: Any) -> bool:
    """Whether an index may choose an element twice: only integer arrays can."""
    parts = index if isinstance(index, tuple) else (index,)
    return any(isinstance(part, np.ndarray | list) and np.asarray(part).dtype.kind in "iu" for part in parts)


def _setitem_sample(draw: Draw) -> Sample:
    sample = _getitem_sample(draw)
    x, index = sample.inputs[0], sample.attrs["index"]
    if isinstance(index, np.ndarray):
        index = np.array([1, 0])
    return Sample((x, draw.array(x[index].shape)), {"index": index})


@structured(symbol="[ ]=", latex=r"x_{i} \leftarrow v", reads="", sample=_setitem_sample, method=False)
def setitem(x: Array, value: Array, index: Any) -> Array:
    """A copy of x with ``value`` at an index: what ``x[index] = value`` records."""
    result = np.array(x)
    result[index] = value
    return result


@setitem.derivative("x")
def _(g: Any, y: Any, x: Any, value: Any, index: Any) -> Any:
    kept = np.ones(x.shape, dtype=np.bool_)
    kept[index] = False
    return g * kept


@setitem.derivative("value")
def _(g: Any, y: Any, x: Any, value: Any, index: Any) -> Any:
    return getitem(g, index)


def _indices(index: Any) -> Any:
    """An integer array: what chooses."""
    found = np.asarray(value_of(index))
    if found.dtype.kind not in "iu" and found.size:
        raise ValueError(f"expected integer indices, got {found.dtype}")
    return found.astype(np.int64, copy=False)


def _grid(index: Any, dim: int) -> tuple[Any, ...]:
    """The index of numpy that goes along ``dim`` by ``index`` and straight along the other dimensions."""
    grid: list[Any] = list(np.ogrid[tuple(slice(side) for side in index.shape)])
    grid[dim] = index
    return tuple(grid)


def _checked(x: Any, dim: int, index: Any) -> tuple[int, Any]:
    index = _indices(index)
    dim = dimension(dim, len(x.shape))
    if index.ndim != len(x.shape) and index.size and max(index.ndim, 1) != max(len(x.shape), 1):
        raise ValueError("the index must have as many dimensions as the input")
    side = x.shape[dim] if len(x.shape) else 1
    if index.size and (index.min() < -side or index.max() >= side):
        raise IndexError(f"index {index.max()} is out of bounds for dimension {dim} of length {side}")
    return dim, index


def _gather_sample(draw: Draw) -> Sample:
    shape = draw.shape(1, 3, min_side=2)
    dim = draw.integer(0, len(shape) - 1)
    sides = tuple(draw.integer(1, 4) if i == dim else draw.integer(1, side) for i, side in enumerate(shape))
    return Sample((draw.array(shape),), {"dim": dim, "index": draw.indices(sides, shape[dim])})


@structured(symbol="x[i]", latex=r"y_{i} = x_{\text{index}_i}", reads="", sample=_gather_sample, method=False)
def gather_along(x: Array, dim: int, index: Any) -> Array:
    """Elements along ``dim`` chosen by an integer array of as many dimensions."""
    dim, index = _checked(x, dim, index)
    if not index.size:
        return np.zeros(index.shape, x.dtype)
    if not x.ndim:
        return np.reshape(np.repeat(x, index.size), index.shape)
    result: Array = x[_grid(index, dim)]
    return result


@gather_along.derivative("x")
def _(g: Any, y: Any, x: Any, dim: int, index: Any) -> Any:
    return _spread(g, x.shape, dim, index)


def _spread(g: Any, shape: tuple[int, ...], dim: int, index: Any) -> Any:
    """Zeros of a shape with g added where the index says: the transpose of gather."""
    index = _indices(index)
    if not shape:
        return reshape_to(g, (-1,)).sum()
    if not index.size:
        return place(reshape_to(g, (0,)), (np.zeros(0, np.int64),) * len(shape), tuple(shape))
    return place(g, _grid(index, dim % len(shape)), tuple(shape))


@front
def gather(x: Any, dim: int, index: Any, *, sparse_grad: bool = False) -> Any:
    """Elements along ``dim`` chosen by an integer tensor of as many dimensions."""
    return gather_along(x, dim, _indices(index))


@front
def take_along_dim(x: Any, indices: Any, dim: int | None = None) -> Any:
    """Elements along ``dim`` chosen by indices that broadcast with x; of the flattened tensor without ``dim``."""
    if dim is None:
        return gather_along(reshape_to(x, (-1,)), 0, _indices(indices).reshape(-1))
    dim, index = dimension(dim, len(x.shape)), _indices(indices)
    rest = np.broadcast_shapes(
        tuple(1 if i == dim else side for i, side in enumerate(x.shape)),
        tuple(1 if i == dim else side for i, side in enumerate(index.shape)),
    )
    wide = tuple(x.shape[dim] if i == dim else side for i, side in enumerate(rest))
    chosen = tuple(index.shape[dim] if i == dim else side for i, side in enumerate(rest))
    return gather_along(broadcast_to(x, wide), dim, np.broadcast_to(index, chosen))


@front
def index_select(x: Any, dim: int, index: Any) -> Any:
    """Slices along ``dim`` chosen by a vector of integers."""
    dim, index = dimension(dim, len(x.shape)), _indices(index)
    if index.ndim > 1:
        raise ShapeError(
            tr("index_select: expected a vector of indices, got shape {found} ({where})").format(
                found=index.shape, where=here()
            )
        )
    if not len(x.shape):
        return reshape_to(x, ()) if index.size else reshape_to(x, (0,))
    return getitem(x, (*(slice(None),) * dim, index.reshape(-1)))


@front
def masked_select(x: Any, mask: Any) -> Any:
    """The elements where a mask holds, in one dimension; x and the mask broadcast."""
    chosen = np.asarray(value_of(mask))
    if chosen.dtype != np.bool_:
        raise DataError(tr("expected a boolean mask, got {found} ({where})").format(found=chosen.dtype, where=here()))
    shape = np.broadcast_shapes(tuple(x.shape), chosen.shape)
    return getitem(broadcast_to(x, shape), np.broadcast_to(chosen, shape))


def take(x: Any, index: Any) -> Any:
    """Elements of the flattened tensor, in the shape of the index."""
    return getitem(reshape_to(x, (-1,)), _indices(index))


front(take)


def _scatter_sample(draw: Draw) -> Sample:
    sample = _gather_sample(draw)
    x, (dim, index) = sample.inputs[0], (sample.attrs["dim"], sample.attrs["index"])
    return Sample((x, draw.array(index.shape)), {"dim": dim, "index": index})


def _distinct_sample(draw: Draw) -> Sample:
    """Indices that never meet: which of two writes wins is nobody's promise."""
    x = draw.array(draw.shape(1, 3, min_side=2))
    dim = draw.integer(0, x.ndim - 1)
    start = draw.integer(0, 1)
    index = np.broadcast_to(
        np.arange(start, x.shape[dim]).reshape([-1 if i == dim else 1 for i in range(x.ndim)]),
        tuple(x.shape[dim] - start if i == dim else side for i, side in enumerate(x.shape)),
    )
    return Sample((x, draw.array(index.shape)), {"dim": dim, "index": np.flip(index, dim).copy()})


def _source(src: Any, index: Any) -> Any:
    """The part of a source that an index, which may be smaller, speaks of."""
    if tuple(src.shape) == index.shape:
        return src
    return getitem(src, tuple(slice(0, side) for side in index.shape))


@composite(symbol="[i]+=", latex=r"y_{\text{index}_i} \mathrel{+}= s_i", sample=_scatter_sample, method=False)
def scatter_add_along(x: Array, src: Array, dim: int, index: Any) -> Array:
    """x with the elements of ``src`` added along ``dim`` where the index says."""
    dim, index = _checked(x, dim, index)
    return add(x, _spread(_source(src, index), x.shape, dim, index)) if index.size else x


@composite(symbol="[i]=", latex=r"y_{\text{index}_i} = s_i", sample=_distinct_sample, method=False)
def scatter_along(x: Array, src: Array, dim: int, index: Any) -> Array:
    """x with the elements of ``src`` written along ``dim`` where the index says."""
    dim, index = _checked(x, dim, index)
    if not index.size:
        return x
    if not len(x.shape):
        return reshape_to(src, ())
    return setitem(x, _source(src, index), _grid(index, dim))


@front
def scatter(x: Any, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: str | None = None) -> Any:
    """x with elements of ``src``, or one number, written along ``dim`` where the index says."""
    index = _indices(index)
    src = value if src is None else src
    if isinstance(src, int | float | bool):
        src = np.full(index.shape, src, value_of(x).dtype)
    if reduce is not None:
        return scatter_reduce(x, dim, index, src, {"add": "sum", "multiply": "prod"}.get(reduce, reduce))
    return scatter_along(x, src, dim, index)


@front
def scatter_add(x: Any, dim: int, index: Any, src: Any) -> Any:
    """x with the elements of ``src`` added along ``dim`` where the index says."""
    return scatter_add_along(x, src, dim, _indices(index))


@front
def scatter_reduce(x: Any, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True) -> Any:
    """Elements of ``src`` that go to one place (and x's own with ``include_self``) reduced by sum, mean, prod, amax or amin."""
    from tinygrad_fr.ops.joining import cat
    from tinygrad_fr.ops.reduction import amax, amin, prod
    from tinygrad_fr.ops.reduction import sum as total
    from tinygrad_fr.ops.shape import movedim, unsqueeze

    dim, index = _checked(x, dim, index)
    if not index.size:
        return x
    n = x.shape[dim]
    src = movedim(_source(src, index), dim, -1)
    hits = np.moveaxis(index, dim, -1)[..., None, :] == np.arange(n)[:, None]  # (…, n, sources)
    kept = movedim(x, dim, -1)
    if (
        tuple(kept.shape[:-1]) != hits.shape[:-2]
    ):  # an index shorter than x along another dimension reaches a part of it
        part = tuple(slice(0, side) for side in np.moveaxis(index, dim, -1).shape[:-1])
        inner = scatter_reduce(
            getitem(kept, part), -1, np.moveaxis(index, dim, -1), src, reduce, include_self=include_self
        )
        return movedim(setitem(kept, inner, part), -1, dim)
    neutral = {"sum": 0.0, "mean": 0.0, "prod": 1.0, "amax": -np.inf, "amin": np.inf}[reduce]
    alone = ~hits.any(-1)
    first = kept if include_self else where(alone, kept, neutral)
    terms = cat([unsqueeze(first, -1), where(hits, unsqueeze(src, -2), neutral)], -1)
    result = {"sum": total, "mean": total, "prod": prod, "amax": amax, "amin": amin}[reduce](terms, -1)
    if reduce == "mean":
        result = div(result, np.maximum(hits.sum(-1) + include_self, 1).astype(value_of(x).dtype))
    return movedim(where(alone, kept, result), -1, dim)


def _line(x: Any, dim: int, index: Any) -> tuple[Any, ...]:
    index = _indices(index).reshape(-1)
    side = x.shape[dim]
    if index.size and (index.min() < -side or index.max() >= side):
        raise IndexError(f"index {index.max()} is out of bounds for dimension {dim} of length {side}")
    return (*(slice(None),) * dim, index)


@front
def index_add(x: Any, dim: int, index: Any, source: Any, *, alpha: float = 1) -> Any:
    """x with slices added along ``dim`` at a vector of indices."""
    if not len(x.shape):
        return add(x, mul(source, alpha))
    dim = dimension(dim, len(x.shape))
    return add(x, place(source if alpha == 1 else mul(source, alpha), _line(x, dim, index), tuple(x.shape)))


@front
def index_copy(x: Any, dim: int, index: Any, source: Any) -> Any:
    """x with slices written along ``dim`` at a vector of indices."""
    if not len(x.shape):
        return reshape_to(source, ())
    dim = dimension(dim, len(x.shape))
    return setitem(x, source, _line(x, dim, index))


@front
def index_fill(x: Any, dim: int, index: Any, value: Any) -> Any:
    """x with one number written along ``dim`` at a vector of indices."""
    if not len(x.shape):
        return setitem(x, value, ...)
    dim = dimension(dim, len(x.shape))
    return setitem(x, value, _line(x, dim, index))


@front
def index_put(x: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """x with values written, or added, at the places that a tuple of index tensors gives."""
    index = tuple(np.asarray(value_of(i)) for i in indices)
    if not accumulate:
        return setitem(x, values, index)
    chosen = getitem(value_of(x), index)
    return add(x, place(broadcast_to(values, chosen.shape), index, tuple(x.shape)))


@front
def masked_scatter(x: Any, mask: Any, source: Any) -> Any:
    """x with the first elements of ``source`` written where a mask holds."""
    chosen = np.broadcast_to(value_of(mask), tuple(x.shape))
    first = getitem(reshape_to(source, (-1,)), slice(0, int(chosen.sum())))
    return setitem(x, first, chosen)


@front
def select(x: Any, dim: int, index: int) -> Any:
    """One slice along ``dim``."""
    return getitem(x, (*(slice(None),) * dimension(dim, len(x.shape)), index))


@front
def narrow(x: Any, dim: int, start: int, length: int) -> Any:
    """``length`` slices along ``dim`` from ``start``."""
    dim = dimension(dim, len(x.shape))
    side = x.shape[dim]
    start = int(start) + side if start < 0 else int(start)
    if length < 0 or start + length > side:
        raise ShapeError(
            tr("narrow: {length} slices from {start} do not fit in dimension {dim} of length {side} ({where})").format(
                length=length, start=start, dim=dim, side=side, where=here()
            )
        )
    return getitem(x, (*(slice(None),) * dim, slice(start, start + length)))


@front
def select_scatter(x: Any, src: Any, dim: int, index: int) -> Any:
    """x with one slice along ``dim`` replaced."""
    return setitem(x, src, (*(slice(None),) * dimension(dim, len(x.shape)), index))


@front
def slice_scatter(x: Any, src: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1) -> Any:
    """x with a slice along ``dim`` replaced."""
    return setitem(x, src, (*(slice(None),) * dimension(dim, len(x.shape)), slice(start, end, step)))


@front
def nonzero(x: Any, *, as_tuple: bool = False) -> Any:
    """Indices of the elements that are not zero: a row each, or a tuple of one tensor a dimension."""
    found = value_of(x).nonzero() if len(x.shape) else (np.zeros(int(value_of(x) != 0), np.int64),)
    if as_tuple:
        return tuple(constant(i) for i in found)
    return constant(np.argwhere(value_of(x)))


@front
def argwhere(x: Any) -> Any:
    """Indices of the elements that are not zero, a row each."""
    return constant(np.argwhere(value_of(x)))


def _embedding_sample(draw: Draw) -> Sample:
    rows, width = draw.integer(1, 4), draw.integer(1, 3)
    return Sample((draw.indices(draw.shape(0, 2), rows), draw.array((rows, width))), {})


@structured(symbol="E[i]", latex=r"E_{i}", sample=_embedding_sample, method=False)
def embedding(input: Array, weight: Array) -> Array:
    """Rows of a table: indices (…) and a table (V, D) give (…, D); the same as one-hot rows times the table."""
    if input.dtype.kind not in "iu":
        raise DataError(
            tr("embedding: expected integer indices, got {found} ({where})").format(found=input.dtype, where=here())
        )
    if input.size and (input.min() < 0 or input.max() >= weight.shape[0]):
        bad = int(input[(input < 0) | (input >= weight.shape[0])].flat[0])
        raise DataError(
            tr("embedding: expected indices from 0 to {last}, got {found} ({where})").format(
                last=weight.shape[0] - 1, found=bad, where=here()
            )
        )
    return weight[input]


@embedding.derivative("weight")
def _(g: Any, y: Any, input: Any, weight: Any) -> Any:
    return place(g, np.asarray(value_of(input)), weight.shape)


@function
def one_hot(tensor: Any, num_classes: int = -1) -> Any:
    """Integers (…) as rows of zeros with a 1: (…, classes), as many as the largest needs unless told."""
    labels = _indices(tensor)
    classes = int(labels.max()) + 1 if num_classes == -1 else num_classes
    if labels.size and (labels.min() < 0 or labels.max() >= classes):
        raise DataError(
            tr("one_hot: expected classes from 0 to {last}, got {found} ({where})").format(
                last=classes - 1, found=int(labels.max() if labels.max() >= classes else labels.min()), where=here()
            )
        )
    return constant((labels[..., None] == np.arange(classes)).astype(np.int64))
