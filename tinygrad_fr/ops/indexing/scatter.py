"""Elements written, added or reduced at the positions of an index."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import dimension, here, refusal
from tinygrad_fr.errors import DtypeError, RangeError, UsageError
from tinygrad_fr.explanation import Explanation
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import add, div, mul
from tinygrad_fr.ops.comparison import eq, floor_divide, where
from tinygrad_fr.ops.conversion import cast
from tinygrad_fr.ops.definition import Array, composite
from tinygrad_fr.ops.indexing.fitting import fit, holds, one_by_one, sides, slices_fit, unread, vector
from tinygrad_fr.ops.indexing.gather import gather_sample, spread
from tinygrad_fr.ops.indexing.indices import checked_index, grid, integers, places, read_places, within
from tinygrad_fr.ops.indexing.subscripts import getitem, place, setitem, with_added, with_written
from tinygrad_fr.ops.reductions.extremes import amax, amin
from tinygrad_fr.ops.reductions.factors import prod
from tinygrad_fr.ops.reductions.sums import sum
from tinygrad_fr.ops.shapes.broadcasting import broadcast_to
from tinygrad_fr.ops.shapes.joining import cat
from tinygrad_fr.ops.shapes.permutation import movedim
from tinygrad_fr.ops.shapes.shape import reshape_to, unsqueeze
from tinygrad_fr.ops.shared.arrangement import as_operand, rows
from tinygrad_fr.ops.shared.kinds import same, takes
from tinygrad_fr.ops.shared.overloads import overload
from tinygrad_fr.ops.shared.untracked import computed, dtype_of, value_of
from tinygrad_fr.promotion.dtype import converted
from tinygrad_fr.record.node import Node
from tinygrad_fr.sampling import Draw, Sample


def _scatter_sample(draw: Draw) -> Sample:
    sample = gather_sample(draw)
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
    if not holds(src, sides(index)):
        raise refusal(
            "scatter",
            tr("a source as large as the index, of shape {shape}").format(shape=tuple(index.shape)),
            tuple(src.shape),
        )
    return getitem(src, tuple(slice(0, side) for side in index.shape))


@composite(
    symbol="[i]+=",
    latex=r"y_{\text{index}_i} \mathrel{+}= s_i",
    sample=_scatter_sample,
    method=False,
    explained=Explanation(shown_as="scatter_add"),
)
def scatter_add_along(x: Array, src: Array, dim: int, index: Any) -> Array:
    """x with the elements of ``src`` added along ``dim`` where the index says.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["scatter_add_along"](tg.tensor([1, 1, 1]), tg.tensor([2, 3, 4]), 0, tg.tensor([0, 2, 2]))  # 1 + 3 + 4 last
        tensor([3, 1, 8])
    """
    dim, index = checked_index(x, dim, index)
    return add(x, spread(_source(src, index), x.shape, dim, index)) if index.size else unread(x, src)


@composite(
    symbol="[i]=",
    latex=r"y_{\text{index}_i} = s_i",
    sample=_distinct_sample,
    method=False,
    explained=Explanation(shown_as="scatter"),
)
def scatter_along(x: Array, src: Array, dim: int, index: Any) -> Array:
    """x with the elements of ``src`` written along ``dim`` where the index says.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["scatter_along"](tg.tensor([1, 1, 1]), tg.tensor([7, 9]), 0, tg.tensor([2, 0]))
        tensor([9, 1, 7])
    """
    dim, index = checked_index(x, dim, index)
    if not index.size:
        return unread(x, src)
    if not len(x.shape):
        return reshape_to(src, ())
    return setitem(rows(x), _source(src, index), grid(index, dim))


@overload
def scatter(x: Any, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: str | None = None) -> Any:
    """x with elements of ``src``, or one number, written along ``dim`` where the index says.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.scatter(tg.zeros(2, 3), 1, tg.tensor([[2], [0]]), 1.0)
        tensor([[0., 0., 1.],
                [1., 0., 0.]])
    """
    index = places("scatter", index if reduce is None else value_of(index))
    src = value if src is None else src
    if isinstance(src, int | float | bool):
        src = np.full(index.shape, converted(src, dtype_of(x)))
    else:
        same("scatter", x, src)
    fit("scatter", x, dim, index, src)
    if reduce is not None:
        if reduce not in ("add", "multiply"):
            raise _no_reduction("scatter", "add, multiply", reduce)
        return scatter_reduce(x, dim, index, src, {"add": "sum", "multiply": "prod"}[reduce])
    if min(len(x.shape), index.ndim, len(src.shape)) == 0 < index.size:
        return reshape_to(scatter_along(vector(x), vector(src), dim, vector(index)), tuple(x.shape))
    return scatter_along(x, src, dim, index)


@overload
def scatter_add(x: Any, dim: int, index: Any, src: Any) -> Any:
    """x with the elements of ``src`` added along ``dim`` where the index says.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.scatter_add(tg.zeros(3), 0, tg.tensor([0, 2, 2]), tg.tensor([1.0, 2.0, 3.0]))
        tensor([1., 0., 5.])
    """
    same("scatter_add", x, src)
    index = places("scatter_add", index)
    fit("scatter_add", x, dim, index, src)
    if min(len(x.shape), index.ndim, len(src.shape)) == 0 < index.size:
        return reshape_to(scatter_add_along(vector(x), vector(src), dim, vector(index)), tuple(x.shape))
    return scatter_add_along(x, src, dim, index)


def _no_reduction(name: str, expected: str, found: Any) -> UsageError:
    return UsageError(
        tr("{name}: expected reduce among {expected}, got “{found}” ({where})").format(
            name=name, expected=expected, found=found, where=here()
        )
    )


@overload
def scatter_reduce(x: Any, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True) -> Any:
    """Elements of ``src`` that go to one place (and x's own with ``include_self``) reduced by sum, mean, prod, amax or amin.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.scatter_reduce(tg.zeros(3), 0, tg.tensor([0, 2, 2]), tg.tensor([1.0, 2.0, 3.0]), "amax")
        tensor([1., 0., 3.])
    """
    if reduce not in ("sum", "prod", "mean", "amax", "amin"):
        raise _no_reduction("scatter_reduce", "sum, prod, mean, amax, amin", reduce)
    same("scatter_reduce", x, src)
    index = read_places("scatter_reduce", index)
    fit("scatter_reduce", x, dim, index, src)
    if min(len(x.shape), index.ndim, len(src.shape)) == 0 < index.size:
        whole = scatter_reduce(vector(x), dim, vector(index), vector(src), reduce, include_self=include_self)
        return reshape_to(whole, tuple(x.shape))
    dim, index = checked_index(x, dim, index)
    if not index.size:
        return unread(x, src)
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
    neutral = _neutral(reduce, dtype_of(x))
    alone = ~hits.any(-1)
    come = where(hits, unsqueeze(src, -2), neutral)

    def reduced(first: Any) -> Any:
        operation = {"sum": sum, "mean": sum, "prod": prod, "amax": amax, "amin": amin}[reduce]
        return operation(cat([unsqueeze(first, -1), come], -1), -1)

    result = reduced(kept if include_self else where(alone, kept, neutral))
    if not include_self and reduce in ("amax", "amin") and isinstance(result, Node) and result.needs:
        own: Any = kept.detach() if isinstance(kept, Node) else kept  # type: ignore[attr-defined]  # its handle has it
        # PyTorch counts x's own among those that share a gradient.
        result = reduced(where(eq(own, result), own, neutral))
    if reduce == "mean":
        number = np.maximum(hits.sum(-1) + include_self, 1).astype(dtype_of(x))
        result = div(result, number) if dtype_of(x).kind == "f" else floor_divide(result, number)
    if dtype_of(result) != dtype_of(x):
        result = cast(result, dtype_of(x))
    return movedim(where(alone, kept, result), -1, dim)


def _neutral(reduce: str, dtype: Any) -> Any:
    """What changes nothing in a reduction of elements of a dtype."""
    if reduce in ("sum", "mean", "prod"):
        return dtype.type(reduce == "prod")
    if dtype.kind == "f":
        return dtype.type(-np.inf if reduce == "amax" else np.inf)
    low, high = (False, True) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    return dtype.type(low if reduce == "amax" else high)


def _line(x: Any, dim: int, index: Any) -> tuple[Any, ...]:
    side = x.shape[dim]

    def line(index: Any) -> Any:
        if not within(index, side) and (index.min() < -side or index.max() >= side):
            raise IndexError(f"index {index.max()} is out of bounds for dimension {dim} of length {side}")
        return index.reshape(-1)

    return (*(slice(None),) * dim, computed(line, integers(index)))


def _factor(name: str, alpha: Any, dtype: Any) -> Any:
    """A factor of elements of a dtype, which PyTorch refuses as a fraction for integers."""
    if dtype.kind != "f" and isinstance(alpha, float):
        raise refusal(name, tr("an integer alpha for elements of {dtype}").format(dtype=dtype), alpha)
    return bool(alpha) if dtype.kind == "b" else alpha


@overload
def index_add(x: Any, dim: int, index: Any, source: Any, *, alpha: float = 1) -> Any:
    """x with slices added along ``dim`` at a vector of indices.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.index_add(tg.zeros(3), 0, tg.tensor([0, 2, 2]), tg.tensor([1.0, 2.0, 3.0]))
        tensor([1., 0., 5.])
    """
    same("index_add", x, source)
    alpha = _factor("index_add", alpha, dtype_of(x))
    index = places("index_add", index)
    one_by_one("index_add", index)
    slices_fit("index_add", x, dim, index.size, source, wide=False)
    if not len(x.shape):
        return add(x, mul(source, alpha))
    dim = dimension(dim, len(x.shape))
    line = _line(x, dim, index)
    return rows(add(x, place(source if alpha == 1 else mul(source, alpha), line, tuple(x.shape))))


@overload
def index_reduce(x: Any, dim: int, index: Any, source: Any, reduce: str, *, include_self: bool = True) -> Any:
    """Slices of ``source`` that go to one place (and x's own with ``include_self``) reduced by prod, mean, amax or amin.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.index_reduce(tg.zeros(3), 0, tg.tensor([0, 2, 2]), tg.tensor([1.0, 2.0, 3.0]), "amax")
        tensor([1., 0., 3.])
    """
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise _no_reduction("index_reduce", "prod, mean, amax, amin", reduce)
    same("index_reduce", x, source)
    line = read_places("index_reduce", index).reshape(-1)
    shape = tuple(x.shape)
    at = dimension(dim, max(len(shape), 1))
    if tuple(source.shape) != (*shape[:at], line.size, *shape[at + 1 :]) and (shape or source.shape):
        raise refusal("index_reduce", tr("a source of one slice for each index"), tuple(source.shape))
    if shape:
        line = np.broadcast_to(line.reshape([-1 if i == at else 1 for i in range(len(shape))]), source.shape)
    return scatter_reduce(x, dim, line, source, reduce, include_self=include_self)


@overload
def index_copy(x: Any, dim: int, index: Any, source: Any) -> Any:
    """x with slices written along ``dim`` at a vector of indices.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.index_copy(tg.zeros(3), 0, tg.tensor([2, 0]), tg.tensor([1.0, 2.0]))
        tensor([2., 0., 1.])
    """
    same("index_copy", x, source)
    index = places("index_copy", index, "int64")
    one_by_one("index_copy", index)
    slices_fit("index_copy", x, dim, index.size, source, wide=True)
    whole, dim = vector(x), dimension(dim, max(len(x.shape), 1))
    found = rows(setitem(whole, vector(source), _line(whole, dim, index)))
    return found if len(x.shape) else reshape_to(found, ())


@overload
def index_fill(x: Any, dim: int, index: Any, value: Any) -> Any:
    """x with one number written along ``dim`` at a vector of indices.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.index_fill(tg.zeros(3), 0, tg.tensor([0, 2]), 9.0)
        tensor([9., 0., 9.])
    """
    if isinstance(index, Node) and dtype_of(index) != np.int64:
        raise refusal("index_fill", tr("indices of int64"), dtype_of(index), RangeError)
    one_by_one("index_fill", integers(index))
    if not len(x.shape) and np.size(value_of(index)):
        return setitem(x, value, ...)
    if not len(x.shape):
        return cast(x, dtype_of(x))
    dim = dimension(dim, len(x.shape))
    if isinstance(value, Node) and value.needs:  # it gets the gradient of each place once
        index = np.unique(integers(value_of(index)))
    return setitem(x, value, _line(x, dim, index))


@overload
def index_put(x: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """x with values written, or added, at the places that a tuple of index tensors gives.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.index_put(tg.zeros(2, 2), (tg.tensor([0, 1]), tg.tensor([1, 0])), tg.tensor([5.0, 6.0]))
        tensor([[0., 5.],
                [6., 0.]])
    """
    if not isinstance(indices, tuple | list) or any(isinstance(i, int | slice | type(None)) for i in indices):
        raise DtypeError(
            tr("index_put: expected a tuple of tensors, got {found} ({where})").format(found=indices, where=here())
        )
    return (with_added if accumulate else with_written)(x, tuple(indices), values)


@overload
def put(x: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    """x with values written, or added, at places of the flattened tensor.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.put(tg.zeros(2, 2), tg.tensor([0, 3]), tg.tensor([5.0, 6.0]))
        tensor([[5., 0.],
                [0., 6.]])
    """
    takes("put", index, "int64")
    takes("put", source, str(dtype_of(x)))
    if np.size(value_of(index)) != np.size(value_of(source)):
        raise refusal("put", tr("as many elements as the index has"), tuple(source.shape), RangeError)
    changed = (with_added if accumulate else with_written)(
        reshape_to(x, (-1,)), (reshape_to(index, (-1,)),), reshape_to(source, (-1,))
    )
    return as_operand(reshape_to(changed, tuple(x.shape)), x)


@overload
def masked_scatter(x: Any, mask: Any, source: Any) -> Any:
    """x with the first elements of ``source`` written where a mask holds.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.masked_scatter(tg.zeros(3), tg.tensor([True, False, True]), tg.tensor([1.0, 2.0]))
        tensor([1., 0., 2.])
    """
    shape = np.broadcast_shapes(tuple(x.shape), tuple(mask.shape))
    x, chosen = broadcast_to(x, shape), np.broadcast_to(value_of(mask), shape)
    count, there = int(chosen.sum()), int(np.prod(source.shape, dtype=np.int64))
    if there < count:
        raise refusal("masked_scatter", tr("at least {n} elements of source").format(n=count), there)
    first = getitem(reshape_to(source, (-1,)), slice(0, count))
    return setitem(rows(x), first, chosen)
