"""The largest and the smallest element along dimensions, and where they stand."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import dimension, refusal
from tinygrad_fr.arguments.results import named
from tinygrad_fr.errors import DtypeError, RangeError
from tinygrad_fr.explanation import Explanation
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import div, maximum, minimum, mul
from tinygrad_fr.ops.comparison import eq, where
from tinygrad_fr.ops.definition import Array, structured
from tinygrad_fr.ops.indexing.places import chosen, given_back
from tinygrad_fr.ops.reductions.dims import SMALL, Dims, axes, dims_sample, unreduced
from tinygrad_fr.ops.shared.large import ENOUGH, reduced
from tinygrad_fr.ops.shared.overloads import overload
from tinygrad_fr.ops.shared.untracked import value_of
from tinygrad_fr.record.node import Node
from tinygrad_fr.sampling import Draw, Sample

_counted: Any = np.add.reduce
_largest: Any = np.maximum.reduce
_smallest: Any = np.minimum.reduce


def extreme_vjp(g: Any, y: Any, x: Any, dim: Any, keepdim: bool) -> Any:
    """Share the gradient equally among the elements that are the extreme."""
    if g.__class__ is np.ndarray and g.dtype.char in "fd" and x.size <= SMALL:
        hits = x == unreduced(y, x.shape, dim, keepdim)
        number = _counted(hits, axes(x, dim), g.dtype, None, True)
        if dim is not None or number.all():  # along a dimension without an equal element, the division gives NaN
            return unreduced(g, x.shape, dim, keepdim) / number * hits
    at = eq(x, unreduced(y, x.shape, dim, keepdim))
    hits = np.asarray(at.value if hasattr(at, "value") else at)
    if dim is None and not hits.any():  # the extreme is NaN, which is equal to no element
        hits = np.isnan(x.value if hasattr(x, "value") else x)
    number = hits.sum(axis=axes(x, dim), keepdims=True)
    number = np.where(number, number, np.nan)
    share = div(unreduced(g, x.shape, dim, keepdim), number.astype(np.float64).astype(g.dtype))
    return mul(share, hits.astype(g.dtype))


def refuse_empty(name: str, x: Any, dim: Any) -> None:
    """Refuse to choose an element where there is none.

    Raises:
        RangeError: a dimension along which one is to be chosen has length 0.
    """
    if x.__class__ is np.ndarray and x.size:
        return
    shape = np.shape(x)
    chosen = None if dim is None else axes(x, dim)
    if 0 in shape and 0 in (shape[d] for d in (range(len(shape)) if chosen is None else chosen)):
        raise refusal(name, tr("at least one element to choose from"), shape, RangeError)


@structured(
    symbol="max",
    latex=r"\max x",
    reads="inputs output",
    sample=dims_sample,
    kinks=("ties",),
    at_kink="Ties share the gradient equally.",
)
def amax(x: Array, dim: Dims = None, keepdim: bool = False) -> Array:
    """Largest element along ``dim``."""
    refuse_empty("amax", x, dim)
    axis = axes(x, dim)
    if x.size >= ENOUGH and (found := reduced("largest", x, axis, keepdim)) is not None:
        return found
    if axis is None and not keepdim and x.size:  # numpy finds a place in less time than it starts a reduction
        return x.take(x.argmax())
    return _largest(x, axis, None, None, keepdim)


@structured(
    symbol="min",
    latex=r"\min x",
    reads="inputs output",
    sample=dims_sample,
    kinks=("ties",),
    at_kink="Ties share the gradient equally.",
)
def amin(x: Array, dim: Dims = None, keepdim: bool = False) -> Array:
    """Smallest element along ``dim``."""
    refuse_empty("amin", x, dim)
    axis = axes(x, dim)
    if x.size >= ENOUGH and (found := reduced("smallest", x, axis, keepdim)) is not None:
        return found
    if axis is None and not keepdim and x.size:
        return x.take(x.argmin())
    return _smallest(x, axis, None, None, keepdim)


amax.derivative("x")(extreme_vjp)


amin.derivative("x")(extreme_vjp)


def _element_and_place(x: Array, places: Array, dim: int, keepdim: bool) -> tuple[Array, Array]:
    """The element at a place along a dimension for each of the others, and the place."""
    values = chosen(x, dim, places)
    if keepdim:
        return values, places
    rest = (*x.shape[:dim], *x.shape[dim + 1 :])
    return values.reshape(rest), places.reshape(rest)


@structured(
    symbol="max",
    latex=r"\max x",
    sample=lambda draw: Sample((draw.array(draw.shape(1, 3)),), {"dim": 0}),
    kinks=("ties",),
    at_kink="The gradient goes to the element whose index is returned.",
    method=False,
    fields=("values", "indices"),
    explained=Explanation(shown_as="max"),
)
def max_along(x: Array, dim: int, keepdim: bool = False) -> tuple[Array, Array]:
    """Largest element along one dimension, and its index.

    Example:
        >>> import tinygrad_fr as tg
        >>> values, indices = tg.ops.registry["max_along"](tg.tensor([[3.0, 7.0], [9.0, 1.0]]), 1)
        >>> values, indices
        (tensor([7., 9.]), tensor([1, 0]))
    """
    dim = dimension(dim, x.ndim)
    if not x.ndim:
        return x, np.zeros((), np.int64)
    refuse_empty("max", x, dim)
    return _element_and_place(x, x.argmax(dim, keepdims=True), dim, keepdim)


@structured(
    symbol="min",
    latex=r"\min x",
    sample=lambda draw: Sample((draw.array(draw.shape(1, 3)),), {"dim": 0}),
    kinks=("ties",),
    at_kink="The gradient goes to the element whose index is returned.",
    method=False,
    fields=("values", "indices"),
    explained=Explanation(shown_as="min"),
)
def min_along(x: Array, dim: int, keepdim: bool = False) -> tuple[Array, Array]:
    """Smallest element along one dimension, and its index.

    Example:
        >>> import tinygrad_fr as tg
        >>> values, indices = tg.ops.registry["min_along"](tg.tensor([[3.0, 7.0], [9.0, 1.0]]), 1)
        >>> values, indices
        (tensor([3., 1.]), tensor([0, 1]))
    """
    dim = dimension(dim, x.ndim)
    if not x.ndim:
        return x, np.zeros((), np.int64)
    refuse_empty("min", x, dim)
    return _element_and_place(x, x.argmin(dim, keepdims=True), dim, keepdim)


def _at_index(g: Any, y: Any, x: Any, dim: int, keepdim: bool) -> Any:
    index = value_of(y[1])
    if not len(x.shape):
        return g[0]
    if g[0].__class__ is np.ndarray:
        place = dim % len(x.shape)
        wide = (*x.shape[:place], 1, *x.shape[place + 1 :])
        return given_back(g[0], x.shape, place, index.reshape(wide))
    chosen = np.arange(x.shape[dim]).reshape([-1 if i == dim % len(x.shape) else 1 for i in range(len(x.shape))])
    hit = chosen == (index if keepdim else np.expand_dims(index, dim))
    return where(hit, unreduced(g[0], x.shape, dim, keepdim), 0)


max_along.derivative("x")(_at_index)


min_along.derivative("x")(_at_index)


def _other(name: str, x: Any) -> Any:
    """The second operand of a maximum or minimum, which is no list of dimensions."""
    if not isinstance(x, Node | np.ndarray):
        raise refusal(name, tr("a dimension or another tensor"), x, DtypeError)
    return x


@overload
def max(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Largest element; with ``dim`` a pair (values, indices); with a second tensor the larger of each pair.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.max(tg.tensor([3, 1, 2])), tg.max(tg.tensor([[3, 1], [2, 4]]), 1).indices
        (tensor(3), tensor([0, 1]))
        >>> tg.max(tg.tensor([3, 1]), tg.tensor([2, 5]))
        tensor([3, 5])
    """
    if dim is None:
        return amax.call(x)
    return max_along.call(x, dim, keepdim) if isinstance(dim, int) else maximum(x, _other("max", dim))


@overload
def min(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Smallest element; with ``dim`` a pair (values, indices); with a second tensor the smaller of each pair.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.min(tg.tensor([3, 1, 2])), tg.min(tg.tensor([[3, 1], [2, 4]]), 1).indices
        (tensor(1), tensor([1, 0]))
        >>> tg.min(tg.tensor([3, 1]), tg.tensor([2, 5]))
        tensor([2, 1])
    """
    if dim is None:
        return amin.call(x)
    return min_along.call(x, dim, keepdim) if isinstance(dim, int) else minimum(x, _other("min", dim))


def _argument_sample(draw: Draw) -> Sample:
    return Sample((draw.array(draw.shape(1, 3)),), {"dim": draw.choice([None, 0, -1])})


@structured(symbol="argmax", latex=r"\operatorname{argmax} x", reads="", sample=_argument_sample)
def argmax(x: Array, dim: int | None = None, keepdim: bool = False) -> Array:
    """Index of the largest element, the first among ties; in the flattened tensor without ``dim``.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.argmax(tg.tensor([[1, 7], [9, 2]])), tg.argmax(tg.tensor([[1, 7], [9, 2]]), 1)
        (tensor(2), tensor([1, 0]))
    """
    if dim is not None:
        dim = dimension(dim, x.ndim)
    refuse_empty("argmax", x, dim)
    return x.argmax(dim if x.ndim else None, keepdims=keepdim)  # type: ignore[arg-type] # numpy takes None


@structured(symbol="argmin", latex=r"\operatorname{argmin} x", reads="", sample=_argument_sample)
def argmin(x: Array, dim: int | None = None, keepdim: bool = False) -> Array:
    """Index of the smallest element, the first among ties; in the flattened tensor without ``dim``.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.argmin(tg.tensor([[1, 7], [9, 2]])), tg.argmin(tg.tensor([[1, 7], [9, 2]]), 1)
        (tensor(0), tensor([0, 1]))
    """
    if dim is not None:
        dim = dimension(dim, x.ndim)
    refuse_empty("argmin", x, dim)
    return x.argmin(dim if x.ndim else None, keepdims=keepdim)  # type: ignore[arg-type] # numpy takes None


@overload
def aminmax(x: Any, *, dim: Any = None, keepdim: bool = False) -> Any:
    """Smallest and largest element along ``dim``.

    Example:
        >>> import tinygrad_fr as tg
        >>> low, high = tg.aminmax(tg.tensor([3, 1, 2]))
        >>> low.item(), high.item()
        (1, 3)
    """
    if dim is not None and not isinstance(dim, int):
        raise refusal("aminmax", tr("one dimension"), dim, DtypeError)
    over = tuple(range(len(x.shape))) if dim is None else dim
    return named("aminmax", "min", "max")((amin(x, over, keepdim), amax(x, over, keepdim)))
