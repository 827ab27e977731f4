"""Order statistics: sort, ranks, medians, modes and quantiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.arguments.fits import dimension, here, refusal
from tinygrad_fr.arguments.results import named
from tinygrad_fr.devices.layout import laid_as
from tinygrad_fr.errors import DataError, DtypeError, RangeError
from tinygrad_fr.explanation import Explanation
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import lerp, mul, sub
from tinygrad_fr.ops.comparison import where
from tinygrad_fr.ops.definition import Array, composite, structured
from tinygrad_fr.ops.indexing.gather import gather
from tinygrad_fr.ops.indexing.places import chosen
from tinygrad_fr.ops.indexing.subscripts import getitem
from tinygrad_fr.ops.reductions.extremes import extreme_vjp, refuse_empty
from tinygrad_fr.ops.shapes.permutation import movedim
from tinygrad_fr.ops.shapes.shape import reshape_to, squeeze, unsqueeze
from tinygrad_fr.ops.shared.arrangement import as_operand
from tinygrad_fr.ops.shared.arrangement import rows as row_after_row
from tinygrad_fr.ops.shared.kinds import takes
from tinygrad_fr.ops.shared.overloads import function, overload
from tinygrad_fr.ops.shared.untracked import computed, constant, dtype_of, value_of
from tinygrad_fr.record.node import Node
from tinygrad_fr.sampling import Draw, Sample

if TYPE_CHECKING:
    from collections.abc import Callable


Mode, NanMedian = (named(name, "values", "indices") for name in ("mode", "nanmedian"))
_BACKWARDS = slice(None, None, -1)
FEW, MANY = 16, 1024  # finding so few elements one after the other is faster than sorting all


def _order(x: Array, dim: int, descending: bool, count: int | None = None) -> Array:
    """Indices that sort x, the first of them alone where a count is given; stable both ways, and NaN counts as the largest."""
    if not x.ndim:
        return np.zeros((), np.int64)
    before = (slice(None),) * (dim % x.ndim)
    order: Array
    if not descending:
        order = x.argsort(dim, "stable")
        return order if count is None else order[(*before, slice(count))]
    few = 0 < x.size <= MANY and x.dtype.kind == "f"
    if few and (top := x.item(x.argmax())) == top:  # NaN, which would be found, is not equal to itself
        order = (-x).argsort(dim, "stable")
        return order if count is None else np.ascontiguousarray(order[(*before, slice(count))])
    last = x.shape[dim] - 1
    backwards = x[(*before, _BACKWARDS)].argsort(axis=dim, kind="stable")
    first = _BACKWARDS if count is None or count > last else slice(None, last - count, -1)
    order = last - backwards[(*before, first)]
    return order


def _picked(x: Any, dim: int, order: Array) -> Any:
    """The elements along a dimension that indices choose which are known to be right."""
    return chosen(x, dim, order) if x.__class__ is np.ndarray else gather(x, dim, order)


def _sort_sample(draw: Draw) -> Sample:
    shape = draw.shape(1, 3)
    return Sample(
        (draw.array(shape),),
        {"dim": draw.integer(-len(shape), len(shape) - 1), "descending": draw.choice([False, True])},
    )


@composite(
    symbol="sort",
    latex=r"x_{(i)}",
    sample=_sort_sample,
    kinks=("ties",),
    at_kink="Equal elements keep their order.",
    fields=("values", "indices"),
)
def sort(x: Array, dim: int = -1, descending: bool = False, stable: bool = False) -> tuple[Array, Array]:
    """The elements in order along ``dim``, and where they came from.

    Example:
        >>> import tinygrad_fr as tg
        >>> values, indices = tg.sort(tg.tensor([3.0, 1.0, 2.0]))
        >>> values, indices
        (tensor([1., 2., 3.]), tensor([1, 2, 0]))
    """
    dim = dimension(dim, len(x.shape))
    value = value_of(x)
    order = laid_as(_order(value, dim, descending), value)
    return (as_operand(_picked(x, dim, order), x) if len(x.shape) else x), order


@overload
def argsort(x: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    """Indices that sort x along ``dim``.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.argsort(tg.tensor([3, 1, 2]), descending=True)
        tensor([0, 2, 1])
    """
    dim = dimension(dim, len(x.shape))
    return constant(computed(lambda values: laid_as(_order(values, dim, descending), values), x))


@overload
def msort(x: Any) -> Any:
    """The elements in order along the first dimension.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.msort(tg.tensor([[3, 1], [2, 4]]))
        tensor([[2, 1],
                [3, 4]])
    """
    return sort(x, 0)[0]


def _few(x: Any, k: int, dim: int, largest: bool) -> Any:
    """The indices of the first ``k`` in the order, by a search for each; None where what was found hides what is left."""
    if x.dtype.kind not in "iuf":
        return None
    limits: Any = np.iinfo(x.dtype) if x.dtype.kind in "iu" else None
    low, high = (-np.inf, np.inf) if limits is None else (limits.min, limits.max)
    search, taken = (np.argmax, low) if largest else (np.argmin, high)
    rows = np.moveaxis(x, dim, -1)
    shape, rows = rows.shape[:-1], np.array(rows, order="C").reshape(-1, x.shape[dim])
    starts = np.arange(len(rows)) * rows.shape[1]
    flat, found = rows.reshape(-1), np.empty((len(rows), k), np.int64)
    for i in range(k):
        found[:, i] = search(rows, -1)
        places = starts + found[:, i]
        best = flat[places]
        if (best == taken).any() or (not largest and (best != best).any()):  # NaN counts as the largest
            return None
        flat[places] = taken
    return np.moveaxis(found.reshape(*shape, k), -1, dim)


def _k_sample(flag: str) -> Any:
    """A dimension, a k that it has elements for, and a further argument that is true or false."""

    def sample(draw: Draw) -> Sample:
        shape = draw.shape(1, 3)
        dim = draw.integer(0, len(shape) - 1)
        k = draw.integer(1, shape[dim])
        return Sample((draw.array(shape),), {"k": k, "dim": dim, flag: draw.choice([True, False])})

    return sample


@composite(
    symbol="top k",
    latex=r"x_{(1)}, \ldots, x_{(k)}",
    sample=_k_sample("largest"),
    kinks=("ties",),
    at_kink="The first of equal elements is taken.",
    fields=("values", "indices"),
)
def topk(x: Array, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> tuple[Array, Array]:
    """The k largest (or smallest) elements along ``dim``, and where they stand.

    Example:
        >>> import tinygrad_fr as tg
        >>> values, indices = tg.topk(tg.tensor([3.0, 1.0, 2.0]), 2)
        >>> values, indices
        (tensor([3., 2.]), tensor([0, 2]))
    """
    dim = dimension(dim, len(x.shape))
    if not 0 <= k <= (x.shape[dim] if len(x.shape) else 1):
        raise RangeError(
            tr("topk: expected k from 0 to {side}, got {found} ({where})").format(
                side=x.shape[dim] if len(x.shape) else 1, found=k, where=here()
            )
        )
    values = value_of(x)
    order = _few(values, k, dim, largest) if k <= FEW and values.size >= MANY else None
    if order is None:
        if not len(x.shape):
            return x, np.zeros((), np.int64)
        order = _order(values, dim, largest, k)
    return _picked(x, dim, order), order


def _rank(x: Any, dim: int, place: Any, keepdim: bool) -> tuple[Any, Any]:
    """The element at a place in the order along ``dim``, and its index."""
    if not len(x.shape):
        return x, np.zeros((), np.int64)
    order = np.take(_order(value_of(x), dim, False), [place], axis=dim)
    value = gather(x, dim, order)
    return (value, order) if keepdim else (squeeze(value, dim), order.squeeze(dim))


@composite(
    symbol="k-th",
    latex=r"x_{(k)}",
    sample=_k_sample("keepdim"),
    kinks=("ties",),
    at_kink="The gradient goes to the element whose index is returned.",
    fields=("values", "indices"),
)
def kthvalue(x: Array, k: int, dim: int = -1, keepdim: bool = False) -> tuple[Array, Array]:
    """The k-th smallest element along ``dim``, and its index.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.kthvalue(tg.tensor([3.0, 1.0, 2.0]), 2).values
        tensor(2.)
    """
    dim = dimension(dim, len(x.shape))
    side = x.shape[dim] if len(x.shape) else 1
    if not 1 <= k <= side:
        raise RangeError(
            tr("kthvalue: expected k from 1 to {side}, got {found} ({where})").format(side=side, found=k, where=here())
        )
    return _rank(x, dim, k - 1, keepdim)


def _middle_sample(draw: Draw) -> Sample:
    return Sample((draw.array(draw.shape(1, 3)),), {"dim": 0})


@composite(
    symbol="median",
    latex=r"\operatorname{med} x",
    sample=_middle_sample,
    method=False,
    kinks=("ties",),
    at_kink="The gradient goes to the element whose index is returned.",
    fields=("values", "indices"),
    explained=Explanation(shown_as="median"),
)
def median_along(x: Array, dim: int = -1, keepdim: bool = False) -> tuple[Array, Array]:
    """The lower median along ``dim``, and its index.

    Example:
        >>> import tinygrad_fr as tg
        >>> values, indices = tg.ops.registry["median_along"](tg.tensor([[5.0, 1.0, 9.0, 3.0]]))
        >>> values, indices
        (tensor([3.]), tensor([3]))
    """
    dim = dimension(dim, len(x.shape))
    value = value_of(x)
    missing = np.isnan(value).any(dim, keepdims=True) if value.dtype.kind == "f" and value.ndim else None
    side = value.shape[dim] if value.ndim else 1
    if missing is not None and missing.any():  # NaN sorts last: where there is one, it is the median
        order = _order(value, dim, False)
        middle = np.take(order, [(side - 1) // 2], axis=dim)
        first = np.expand_dims(np.argmax(np.isnan(value), axis=dim), dim)
        index = np.where(missing, first, middle)
        found = gather(x, dim, index)
        return (found, index) if keepdim else (squeeze(found, dim), index.squeeze(dim))
    return _rank(x, dim, (side - 1) // 2, keepdim)


@structured(symbol="median", latex=r"\operatorname{med} x", reads="inputs output", method=False, kinks=("ties",), at_kink="Ties share the gradient equally.",
            sample=lambda draw: Sample((draw.array(draw.shape(0, 3)),), {}), explained=Explanation(shown_as='median'),)  # fmt: skip
def median_of_all(x: Array) -> Array:
    """The lower median of all elements; NaN where there is one.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["median_of_all"](tg.tensor([[5.0, 1.0], [9.0, 3.0]]))
        tensor(3.)
    """
    if not x.size:
        return np.full((), np.nan, x.dtype) if x.dtype.kind == "f" else np.full((), np.iinfo(x.dtype).min, x.dtype)
    flat = x.flatten()
    flat.sort()
    last = flat[-1]
    return last if last != last else flat[(flat.size - 1) // 2]  # NaN sorts last: where there is one, it is the median


@median_of_all.derivative("x")
def _(g: Any, y: Any, x: Any) -> Any:
    return extreme_vjp(g, y, x, None, False)


@overload
def median(x: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The lower median: of all elements, or a pair (values, indices) along ``dim``.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.median(tg.tensor([5.0, 1.0, 2.0])), tg.median(tg.tensor([[4.0, 1.0, 9.0, 2.0]]), 1).values
        (tensor(2.), tensor([2.]))
    """
    return median_of_all.call(x) if dim is None else median_along.call(x, dim, keepdim)


@overload
def nanmedian(x: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The lower median of the elements that are not NaN.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.nanmedian(tg.tensor([5.0, float("nan"), 1.0, 2.0]))
        tensor(2.)
    """
    if dim is None:
        known = ~np.isnan(value_of(x))
        return median_of_all(getitem(reshape_to(x, (-1,)), np.flatnonzero(known)) if known.any() else x)
    dim = dimension(dim, len(x.shape))
    value = value_of(x)
    count = (~np.isnan(value)).sum(dim, keepdims=True) if value.ndim else np.ones((), np.int64)
    order = _order(value, dim, False)
    if not value.ndim:
        return NanMedian((x, constant(order)))
    index = np.take_along_axis(order, np.maximum(count - 1, 0) // 2, axis=dim)
    found = gather(x, dim, index)
    return (
        NanMedian((found, constant(index)))
        if keepdim
        else NanMedian((squeeze(found, dim), constant(index.squeeze(dim))))
    )


def _largest(dtype: Any) -> Any:
    return dtype.type(np.inf if dtype.kind == "f" else True if dtype.kind == "b" else np.iinfo(dtype).max)


@overload
def mode(x: Any, dim: int = -1, keepdim: bool = False) -> Any:
    """The most frequent element along ``dim`` (the smallest among equals), and the last index where it stands.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.mode(tg.tensor([3, 1, 3, 2])).values
        tensor(3)
    """
    dim, value = dimension(dim, len(x.shape)), value_of(x)
    if not value.ndim:
        return Mode((x, constant(np.zeros((), np.int64))))
    refuse_empty("mode", value, dim)
    rows = np.moveaxis(value, dim, -1)
    if np.isnan(rows).any():
        raise refusal("mode", tr("elements without NaN"), "NaN", DataError)
    counts = (rows[..., :, None] == rows[..., None, :]).sum(-1)
    kept = np.where(counts == counts.max(-1, keepdims=True), rows, _largest(rows.dtype))
    best = np.min(kept, -1, keepdims=True)
    index = rows.shape[-1] - 1 - np.argmax(np.flip(rows == best, -1), -1)
    index = np.expand_dims(index, dim)
    found = gather(x, dim, index)
    return Mode((found, constant(index))) if keepdim else Mode((squeeze(found, dim), constant(index.squeeze(dim))))


def _quantile_sample(draw: Draw) -> Sample:
    shape = draw.shape(1, 3)
    return Sample((draw.array(shape), draw.choice([0.25, 0.5, 0.9])), {"dim": draw.choice([None, 0, -1])})


@composite(
    symbol="quantile",
    latex=r"Q_q(x)",
    sample=_quantile_sample,
    kinks=("ties",),
    at_kink="Between two elements the gradient is shared as the value is.",
)
def quantile(x: Array, q: Array, dim: int | None = None, keepdim: bool = False, interpolation: str = "linear") -> Array:
    """The value under which a share q of the elements along ``dim`` lies; several shares make a leading dimension.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.quantile(tg.tensor([0.0, 10.0, 20.0]), 0.25)
        tensor(5.)
    """
    return _ranked(x, q, _shares("quantile", x, q, interpolation), dim, keepdim, interpolation, None)


def _shares(name: str, x: Any, q: Any, interpolation: str) -> Array:
    """The shares as numbers.

    Raises:
        TinygradError: an argument of a quantile is not what it may be.
    """
    takes(name, x, "float32", "float64")
    if interpolation not in ("linear", "lower", "higher", "midpoint", "nearest"):
        raise refusal(name, tr("interpolation linear, lower, higher, midpoint or nearest"), interpolation)
    if isinstance(q, Node) and dtype_of(q) != dtype_of(x):
        raise DtypeError(
            tr("{op}: expected q of {expected}, got {found} ({where})").format(
                op=name, expected=dtype_of(x), found=dtype_of(q), where=here()
            )
        )
    shares = np.asarray(value_of(q), np.float64)
    if shares.ndim > 1:
        raise refusal(name, tr("q as a number or a vector"), shares.shape)
    if not np.size(value_of(x)):
        raise refusal(name, tr("at least one element"), tuple(x.shape))
    if shares.size and (shares.min() < 0 or shares.max() > 1):
        raise DataError(
            tr("{op}: expected q from 0 to 1, got {found} ({where})").format(
                op=name, found=shares.tolist(), where=here()
            )
        )
    return shares


def _ranked(x: Any, q: Any, shares: Array, dim: int | None, keepdim: bool, interpolation: str, last: Any) -> Any:
    """The elements at shares of the way to the last rank, or between two.

    Args:
        x: the elements.
        q: the shares, of which a gradient may be asked.
        shares: the same as numbers.
        dim: along which dimension.
        keepdim: whether it stays.
        interpolation: what is between two ranks.
        last: the rank that stands for 1, one for each line; None: that of the last element, or NaN where there is one.
    """
    ndim = len(x.shape)
    rows = reshape_to(x, (-1,)) if dim is None else movedim(reshape_to(x, (1,)) if not ndim else x, dim, -1)
    ranked, side = sort(rows, -1)[0], rows.shape[-1]
    at = mul(reshape_to(q, (-1,)) if hasattr(q, "shape") else shares.reshape(-1), side - 1.0 if last is None else last)
    if last is None and np.isnan(value_of(rows)).any():
        at = where(np.isnan(value_of(rows)).any(-1, keepdims=True), side - 1.0, at)
    low = np.floor(value_of(at)).astype(np.int64)
    high = np.ceil(value_of(at)).astype(np.int64)
    kinds: dict[str, Callable[[], Any]] = {
        "linear": lambda: sub(at, low.astype(dtype_of(x))),
        "lower": lambda: np.zeros(low.shape),
        "higher": lambda: (high > low) * 1.0,
        "midpoint": lambda: (high > low) * 0.5,
        "nearest": lambda: np.round(value_of(at)) - low,
    }
    part = kinds[interpolation]()
    part = part.astype(dtype_of(x)) if isinstance(part, np.ndarray) else part

    def placed(rank: Array) -> Any:
        return getitem(ranked, (Ellipsis, rank)) if rank.ndim == 1 else gather(ranked, -1, rank)

    if interpolation in ("lower", "higher", "nearest"):
        found = placed(np.where(value_of(part) > 0, high, low))
    else:
        found = lerp(placed(low), placed(high), part)
    found = movedim(row_after_row(found), -1, 0)
    if keepdim:
        found = (
            reshape_to(found, (found.shape[0], *(1,) * ndim))
            if dim is None
            else unsqueeze(found, dimension(dim, ndim) + 1)
            if ndim
            else found
        )
    elif ndim == 0 and dim is not None:
        found = reshape_to(found, (found.shape[0],))
    return found if shares.ndim else getitem(found, 0)


@function
def nanquantile(x: Any, q: Any, dim: int | None = None, keepdim: bool = False, interpolation: str = "linear") -> Any:
    """:func:`quantile` of the elements that are not NaN.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.nanquantile(tg.tensor([0.0, float("nan"), 10.0, 20.0]), 0.5)
        tensor(10.)
    """
    shares = _shares("nanquantile", x, q, interpolation)
    value = value_of(x)
    known = ~np.isnan(value if dim is None or not value.ndim else np.moveaxis(value, dim, -1))
    if known.all():
        return quantile(x, q, dim, keepdim, interpolation)
    count = known.sum(None if dim is None or not value.ndim else -1, keepdims=dim is not None)
    last = np.maximum(np.reshape(count, (*np.shape(count)[:-1], 1)) - 1, 0).astype(value.dtype)
    return _ranked(x, q, shares, dim, keepdim, interpolation, last)
