"""Elements counted and searched: unique elements, positions in sorted ones, histograms."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import refusal
from tinygrad_fr.arguments.results import named
from tinygrad_fr.errors import DtypeError
from tinygrad_fr.explanation import Explanation
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.definition import Array, structured
from tinygrad_fr.ops.indexing.indices import read_of_dtypes, within
from tinygrad_fr.ops.shared.kinds import same, takes
from tinygrad_fr.ops.shared.overloads import function, overload
from tinygrad_fr.ops.shared.untracked import constant, dtype_of, value_of
from tinygrad_fr.record.node import Node
from tinygrad_fr.sampling import Draw, Sample


def _met_sample(draw: Draw) -> Sample:
    x = draw.array(draw.shape(1, 2))
    return Sample((x,), {"values": np.unique(x), "name": "unique"})


@structured(
    symbol="{ }",
    latex=r"\left\{x\right\}",
    reads="",
    sample=_met_sample,
    method=False,
    explained=Explanation(shown_as="unique"),
)
def met(x: Array, values: Any, name: str) -> Array:
    """Elements of x that were found to differ: what has no derivative says so when one is asked for, as in PyTorch.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["met"](tg.tensor([3, 1, 3]), tg.tensor([1, 3]).numpy(), "unique")
        tensor([1, 3])
    """
    found: Array = values
    return found


met.sends = 1  # a gradient comes, and is refused


@function
def unique(
    x: Any, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The different elements in order; with their places and counts when asked for.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.unique(tg.tensor([3, 1, 3, 2]))
        tensor([1, 2, 3])
        >>> tg.unique(tg.tensor([3, 1, 3]), return_counts=True)[1]
        tensor([1, 2])
    """
    found = np.unique(value_of(x), return_inverse=True, return_counts=True, axis=dim, equal_nan=False)
    inverse = found[1].reshape(np.shape(value_of(x))) if dim is None else found[1].reshape(-1)
    parts = [met(x, found[0], "unique")] + [constant(inverse)] * return_inverse + [constant(found[2])] * return_counts
    return tuple(parts) if len(parts) > 1 else parts[0]


@function
def unique_consecutive(
    x: Any, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """Elements (slices along ``dim``) with their immediate repetitions taken away.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.unique_consecutive(tg.tensor([1, 1, 2, 2, 1]))
        tensor([1, 2, 1])
    """
    rows = value_of(x).reshape(-1) if dim is None else np.moveaxis(value_of(x), dim, 0)
    changes = (rows[1:] != rows[:-1]).any(axis=tuple(range(1, rows.ndim)))
    starts = np.concatenate([[True], changes]) if len(rows) else np.zeros(0, np.bool_)
    inverse = (np.cumsum(starts) - 1).reshape(np.shape(value_of(x)) if dim is None else -1)
    counts = np.diff(np.append(np.flatnonzero(starts), len(rows)))
    kept = rows[starts] if dim is None else np.moveaxis(rows[starts], 0, dim)
    parts = (
        [met(x, kept, "unique_consecutive")] + [constant(inverse)] * return_inverse + [constant(counts)] * return_counts
    )
    return tuple(parts) if len(parts) > 1 else parts[0]


@function
def searchsorted(
    sorted_sequence: Any,
    input: Any,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Any = None,
) -> Any:
    """Where values would be inserted along the last dimension to keep the order.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.searchsorted(tg.tensor([10, 20, 30]), tg.tensor([5, 20, 25]))
        tensor([0, 1, 2])
    """
    if side not in (None, "left", "right") or (side == "left" and right):
        raise refusal("searchsorted", tr("side left or right, and right of the same meaning"), (side, right))
    places, wanted = value_of(sorted_sequence), np.asarray(value_of(input))
    if sorter is not None:
        sorter = read_of_dtypes("searchsorted", sorter, "int64")
        if sorter.shape != places.shape:
            raise refusal("searchsorted", tr("a sorter of the sequence’s shape"), sorter.shape)
        if not within(sorter, places.shape[-1]):
            raise refusal("searchsorted", tr("a sorter of indices within the sequence"), sorter.tolist())
        places = np.take_along_axis(places, sorter, -1)
    if places.ndim > 1 and places.shape[:-1] != wanted.shape[:-1]:
        raise refusal("searchsorted", tr("values of the sequence’s shape but for the last side"), wanted.shape)
    end: Any = "right" if right or side == "right" else "left"
    if any(each.dtype.kind == "f" and np.isnan(each).any() for each in (places, wanted)):
        found = _halved(places, wanted, np.greater if end == "right" else np.greater_equal)
    elif places.ndim == 1:
        found = np.searchsorted(places, wanted, end)
    else:
        found = np.zeros(wanted.shape, np.int64)
        for lead in np.ndindex(wanted.shape[:-1]):
            found[lead] = np.searchsorted(places[lead], wanted[lead], end)
    return constant(np.asarray(found, np.int32 if out_int32 else np.int64))


def _halved(places: Any, wanted: Any, beyond: Any) -> Any:
    """The first place whose element is beyond a value, by halving as PyTorch does: NaN is beyond none, and none is beyond NaN."""
    low = np.zeros(wanted.shape, np.int64)
    high = np.full(wanted.shape, places.shape[-1], np.int64)
    while (open := low < high).any():
        middle = (low + high) // 2
        at = np.minimum(middle, places.shape[-1] - 1)
        found = places[at] if places.ndim == 1 else np.take_along_axis(places, at, -1)
        before = open & ~beyond(found, wanted)
        low, high = np.where(before, middle + 1, low), np.where(open & ~before, middle, high)
    return low


@function
def bucketize(input: Any, boundaries: Any, *, out_int32: bool = False, right: bool = False) -> Any:
    """The interval between boundaries in which each element lies.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.bucketize(tg.tensor([5, 20, 25]), tg.tensor([10, 20, 30]))
        tensor([0, 1, 2])
    """
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)


@overload
def bincount(x: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each integer from 0 occurs, or the sum of its weights.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.bincount(tg.tensor([0, 2, 2, 3]))
        tensor([1, 0, 2, 1])
    """
    counts = np.bincount(value_of(x), None if weights is None else value_of(weights), minlength)
    return constant(counts.astype(np.float32) if weights is not None and dtype_of(weights) == np.float32 else counts)


@overload
def histc(x: Any, bins: int = 100, min: float = 0, max: float = 0) -> Any:
    """Number of elements in each of ``bins`` equal intervals; of the elements' own range when both bounds are 0.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.histc(tg.tensor([0.0, 1.0, 1.5, 4.0]), bins=2, min=0, max=4)
        tensor([3., 1.])
    """
    value = value_of(x)
    low, high = (float(value.min()), float(value.max())) if min == max and value.size else (min, max)
    if low == high:
        low, high = low - 1, high + 1
    return constant(np.histogram(value, bins, (low, high))[0].astype(value.dtype))


HISTOGRAM = named("histogram", "hist", "bin_edges")


def _edges(low: float, high: float, bins: int, kind: Any) -> Array:
    """Numbers of equal distances, each counted from the end that is nearer."""
    first, last = kind.type(low), kind.type(high)
    step, places = (last - first) / kind.type(bins), np.arange(bins + 1)
    return np.where(places < (bins + 1) // 2, first + step * places, last - step * (bins - places)).astype(kind)


@overload
def histogram(x: Any, bins: Any = 100, *, range: Any = None, weight: Any = None, density: bool = False) -> Any:
    """How many elements lie between each two edges, and the edges; an element on an edge counts to its right, on the last to its left.

    Args:
        x: the numbers.
        bins: how many intervals of equal length, or their edges, ascending.
        range: where the first begins and the last ends; by default the least and the largest number.
        weight: what each number counts; by default 1.
        density: whether the counts are divided, so that their integral is 1.

    Example:
        >>> import tinygrad_fr as tg
        >>> counts, edges = tg.histogram(tg.tensor([0.0, 1.0, 1.5, 4.0]), bins=2)
        >>> counts, edges
        (tensor([3., 1.]), tensor([0., 2., 4.]))
    """
    takes("histogram", x, "float32", "float64")
    for other in (bins, weight):
        if isinstance(other, Node):
            same("histogram", x, other)
    if weight is not None and tuple(weight.shape) != tuple(x.shape):
        raise refusal("histogram", tr("weights of the input’s shape"), tuple(weight.shape))
    value, weights = value_of(x).reshape(-1), None if weight is None else value_of(weight).reshape(-1)
    if isinstance(bins, int):
        ends = range if range is not None else (value.min(), value.max()) if value.size else (0.0, 0.0)
        low, high = map(float, ends)
        if bins < 1:
            raise refusal("histogram", tr("a number of at least 1"), bins)
        if not (np.isfinite((low, high)).all() and low <= high):
            raise refusal("histogram", tr("finite bounds in order"), (low, high))
        if low == high:
            low, high = low - 0.5, high + 0.5
        edges = _edges(low, high, bins, value.dtype)
    else:
        if range is not None:
            raise refusal("histogram", tr("no range beside edges"), range, DtypeError)
        edges = value_of(bins)
    inside = (value >= edges[0]) & (value <= edges[-1])
    places = np.minimum(np.searchsorted(edges, value[inside], "right"), len(edges) - 1) - 1
    counts = np.bincount(places, None if weights is None else weights[inside], len(edges) - 1).astype(value.dtype)
    if density:
        counts = (counts / counts.sum() / np.diff(edges)).astype(value.dtype)
    return HISTOGRAM((constant(counts), constant(edges)))
