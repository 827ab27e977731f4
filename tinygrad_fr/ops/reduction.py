"""Reductions along dimensions."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np

from tinygrad_fr.arguments.fits import dimension, here, refusal
from tinygrad_fr.arguments.results import named
from tinygrad_fr.errors import RangeError, ShapeError
from tinygrad_fr.explanation import Explanation, message
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import abs, div, exp, log, maximum, minimum, mul, pow, sign, sub
from tinygrad_fr.ops.arrangement import rows
from tinygrad_fr.ops.comparison import eq, isnan, logical_not, where
from tinygrad_fr.ops.definition import Array, composite, structured
from tinygrad_fr.ops.halves import in_single
from tinygrad_fr.ops.large import ENOUGH, computed, reduced
from tinygrad_fr.ops.overloads import function, overload
from tinygrad_fr.ops.places import chosen, given_back
from tinygrad_fr.ops.shape import cast, expand, movedim, reshape, unsqueeze
from tinygrad_fr.ops.untracked import dtype_of, value_of
from tinygrad_fr.promotion.dtype import get_default_dtype
from tinygrad_fr.sampling import Draw, Sample
from tinygrad_fr.sums import added

Dims: TypeAlias = "int | tuple[int, ...] | None"

_SMALL = 4096
_counted: Any = np.add.reduce
_multiplied: Any = np.multiply.reduce
_largest: Any = np.maximum.reduce
_smallest: Any = np.minimum.reduce


def _sum(x: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """np.sum without its questions; half precision is added up in single precision, as PyTorch does."""
    if x.size >= ENOUGH and (found := reduced("summed", x, axis, keepdims)) is not None:
        return found
    if x.dtype.char == "e":
        return added(x.astype(np.float32), axis, keepdims).astype(dtype or x.dtype)
    return added(x, axis, keepdims) if dtype is None else _counted(x, axis, dtype, None, keepdims)


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


def _unreduced(g: Any, shape: tuple[int, ...], dim: Any, keepdim: bool) -> Any:
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


def _dropped(shape: tuple[int, ...], dim: Any) -> tuple[int, ...]:
    """The shape without the dimensions that a reduction goes over."""
    if dim is None or dim == () or not shape:
        return ()
    gone = {d % len(shape) for d in ((dim,) if isinstance(dim, int) else dim)}
    return tuple(side for i, side in enumerate(shape) if i not in gone)


def _repeated(g: Any, shape: tuple[int, ...], dim: Any, keepdim: bool) -> Any:
    """Give each element the gradient of the sum that it went into."""
    if g.__class__ is np.ndarray and dim is None and not keepdim:
        return np.full(shape, g, g.dtype)
    if (
        g.__class__ is np.ndarray and math.prod(shape) <= _SMALL
    ):  # numpy takes longer to repeat by strides than to write
        sent = np.empty(shape, g.dtype)
        sent[...] = _unreduced(g, shape, dim, keepdim)
        return sent
    return expand(_unreduced(g, shape, dim, keepdim), shape)


def _count(shape: tuple[int, ...], dim: Any) -> int:
    if dim is None:
        return math.prod(shape)
    if dim.__class__ is int and shape:
        return shape[dim]
    whole = dim is None or dim == () or not shape
    dims = range(len(shape)) if whole else (dim,) if isinstance(dim, int) else dim
    return math.prod([shape[d] for d in dims])


def _sample(draw: Draw) -> Sample:
    shape = draw.shape(0, 3)
    dims: list[Any] = [None, *range(-len(shape), len(shape))]
    if len(shape) > 1:
        dims.append((0, len(shape) - 1))
    return Sample((draw.array(shape),), {"dim": draw.choice(dims), "keepdim": draw.choice([False, True])})


def _one_dim_sample(draw: Draw) -> Sample:
    sample = _sample(draw)
    dim = sample.attrs["dim"]
    return Sample(sample.inputs, {**sample.attrs, "dim": dim[0] if isinstance(dim, tuple) else dim})


@structured(
    symbol="Σ",
    latex=r"\sum x",
    reads="",
    sample=_sample,
    explained=Explanation(
        word=message("sum of the elements"),
        forward=message("Add all the numbers up."),
        backward=message("A sum gives its whole gradient to each of its terms."),
        letters=("x",),
        sends=(r"\mathbf{1} G",),
    ),
)
def sum(x: Array, dim: Dims = None, keepdim: bool = False) -> Array:
    """Sum along ``dim``, everything by default; integers and booleans give int64."""
    result: Array = _sum(x, axes(x, dim), np.int64 if x.dtype.kind in "iub" else None, keepdim)
    return result


@sum.derivative("x")
def _(g: Any, y: Any, x: Any, dim: Any, keepdim: bool) -> Any:
    return _repeated(g, x.shape, dim, keepdim)


@structured(
    symbol="x̄",
    latex=r"\frac{1}{n} \sum x",
    reads="",
    sample=_sample,
    explained=Explanation(
        word=message("mean"),
        forward=message("Take the mean of the numbers."),
        backward=message("A mean shares its gradient equally among its terms."),
        letters=("x",),
        sends=(r"\frac{1}{n} G",),
    ),
)
def mean(x: Array, dim: Dims = None, keepdim: bool = False) -> Array:
    """Mean along ``dim``, of everything by default."""
    if x.dtype.kind != "f":
        x = x.astype(get_default_dtype())
    if x.dtype.char == "e":  # half precision overflows: the mean is taken in single precision
        total = _sum(x, axis=axes(x, dim), dtype=np.float32, keepdims=keepdim)
        return (total / np.float32(_count(x.shape, dim))).astype(x.dtype)
    return _sum(x, axes(x, dim), None, keepdim) / float(_count(x.shape, dim))


@mean.derivative("x")
def _(g: Any, y: Any, x: Any, dim: Any, keepdim: bool) -> Any:
    return _repeated(div(g, float(_count(x.shape, dim))), x.shape, dim, keepdim)


def _extreme(g: Any, y: Any, x: Any, dim: Any, keepdim: bool) -> Any:
    """Share the gradient equally among the elements that are the extreme."""
    if g.__class__ is np.ndarray and g.dtype.char in "fd" and x.size <= _SMALL:
        hits = x == _unreduced(y, x.shape, dim, keepdim)
        number = _counted(hits, axes(x, dim), g.dtype, None, True)
        if dim is not None or number.all():  # along a dimension without a hit, NaN comes of the division
            return _unreduced(g, x.shape, dim, keepdim) / number * hits
    at = eq(x, _unreduced(y, x.shape, dim, keepdim))
    hits = np.asarray(at.value if hasattr(at, "value") else at)
    if dim is None and not hits.any():  # NaN is the largest of all, and no element's equal
        hits = np.isnan(x.value if hasattr(x, "value") else x)
    number = hits.sum(axis=axes(x, dim), keepdims=True)
    number = np.where(number, number, np.nan)
    share = div(_unreduced(g, x.shape, dim, keepdim), number.astype(np.float64).astype(g.dtype))
    return mul(share, hits.astype(g.dtype))


def some(name: str, x: Any, dim: Any) -> None:
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
    sample=_sample,
    kinks=("ties",),
    at_kink="Ties share the gradient equally.",
)
def amax(x: Array, dim: Dims = None, keepdim: bool = False) -> Array:
    """Largest element along ``dim``."""
    some("amax", x, dim)
    axis = axes(x, dim)
    if x.size >= ENOUGH and (found := reduced("largest", x, axis, keepdim)) is not None:
        return found
    return _largest(x, axis, None, None, keepdim)


@structured(
    symbol="min",
    latex=r"\min x",
    reads="inputs output",
    sample=_sample,
    kinks=("ties",),
    at_kink="Ties share the gradient equally.",
)
def amin(x: Array, dim: Dims = None, keepdim: bool = False) -> Array:
    """Smallest element along ``dim``."""
    some("amin", x, dim)
    axis = axes(x, dim)
    if x.size >= ENOUGH and (found := reduced("smallest", x, axis, keepdim)) is not None:
        return found
    return _smallest(x, axis, None, None, keepdim)


amax.derivative("x")(_extreme)
amin.derivative("x")(_extreme)


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
    some("max", x, dim)
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
    some("min", x, dim)
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
    return where(hit, _unreduced(g[0], x.shape, dim, keepdim), 0)


max_along.derivative("x")(_at_index)
min_along.derivative("x")(_at_index)


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
    return max_along.call(x, dim, keepdim) if isinstance(dim, int) else maximum(x, dim)


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
    return min_along.call(x, dim, keepdim) if isinstance(dim, int) else minimum(x, dim)


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
    some("argmax", x, dim)
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
    some("argmin", x, dim)
    return x.argmin(dim if x.ndim else None, keepdims=keepdim)  # type: ignore[arg-type] # numpy takes None


@structured(symbol="∀", latex=r"\forall x", reads="", sample=_sample)
def all(x: Array, dim: Dims = None, keepdim: bool = False) -> Array:
    """Whether every element along ``dim`` is true (not zero).

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.all(tg.tensor([[True, False], [True, True]]), 1)
        tensor([False,  True])
    """
    return _truths(np.logical_and, x, dim, keepdim)


def _truths(word: Any, x: Any, dim: Any, keepdim: bool) -> Any:
    """all or any: over no dimension where an empty list is given; uint8 stays uint8, as in PyTorch."""
    nowhere = dim is not None and isinstance(dim, tuple | list) and not dim
    found = (x != 0) if nowhere else word.reduce(x, axes(x, dim), np.bool_, None, keepdim)
    return found.astype(np.uint8) if x.dtype.char == "B" else found


@structured(symbol="∃", latex=r"\exists x", reads="", sample=_sample)
def any(x: Array, dim: Dims = None, keepdim: bool = False) -> Array:
    """Whether an element along ``dim`` is true (not zero).

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.any(tg.tensor([[True, False], [False, False]]), 1)
        tensor([ True, False])
    """
    return _truths(np.logical_or, x, dim, keepdim)


def _counted_sample(draw: Draw) -> Sample:
    sample = _sample(draw)
    return Sample(sample.inputs, {"dim": sample.attrs["dim"]})


@structured(symbol="#", latex=r"\operatorname{count}\left(x \neq 0\right)", reads="", sample=_counted_sample)
def count_nonzero(x: Array, dim: Dims = None) -> Array:
    """Number of elements along ``dim`` that are not zero.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.count_nonzero(tg.tensor([[0, 5], [7, 8]])), tg.count_nonzero(tg.tensor([[0, 5], [7, 8]]), 0)
        (tensor(3), tensor([1, 2]))
    """
    return np.asarray(np.count_nonzero(x, axis=axes(x, dim)))


@structured(symbol="∏", latex=r"\prod x", reads="inputs output", sample=_one_dim_sample)
def prod(x: Array, dim: int | None = None, keepdim: bool = False) -> Array:
    """Product along ``dim``, of everything by default; integers and booleans give int64."""
    axis = axes(x, dim)
    if x.size >= ENOUGH and (found := reduced("multiplied", x, axis, keepdim)) is not None:
        return found
    if x.dtype.char == "e" and x.size:  # which PyTorch rounds at each step
        steps = np.multiply.accumulate(x if axis else x.reshape(-1), axis[0] if axis else 0)
        last = steps.take(-1, axis[0] if axis else 0)
        return _unreduced(last, x.shape, axis, False) if keepdim else last
    return _multiplied(x, axis, np.int64 if x.dtype.kind in "iub" else x.dtype, None, keepdim)


@prod.derivative("x")
def _(g: Any, y: Any, x: Any, dim: Any, keepdim: bool) -> Any:
    """Each element gets the product of the others: y / x, or computed anew where an element is zero."""
    if np.all(value_of(x) != 0):
        return div(_unreduced(mul(g, y), x.shape, dim, keepdim), x)
    dim = dim if len(x.shape) else None
    rows = reshape(x, -1) if dim is None else movedim(x, dim, -1)
    itself = np.eye(rows.shape[-1], dtype=np.bool_)
    others = prod(where(itself, 1.0, unsqueeze(rows, -2)), -1)
    others = reshape(others, x.shape) if dim is None else movedim(others, -1, dim)
    return mul(_unreduced(g, x.shape, dim, keepdim), others)


def _var_sample(draw: Draw) -> Sample:
    shape = draw.shape(1, 3, min_side=2)
    dim = draw.choice([None, *range(len(shape))])
    return Sample((draw.array(shape),), {"dim": dim, "correction": draw.choice([0, 1]), "keepdim": False})


@composite(
    symbol="var",
    latex=r"\frac{1}{n - c} \sum (x - \bar x)^2",
    sample=_var_sample,
    method=False,
    explained=Explanation(shown_as="var"),
)
@in_single
def variance(x: Array, dim: Dims = None, correction: float = 1, keepdim: bool = False) -> Array:
    """Variance along ``dim``, divided by n − correction: 1 for the unbiased estimate, 0 for the population's.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["variance"](tg.tensor([1.0, 3.0])), tg.ops.registry["variance"](tg.tensor([1.0, 3.0]), correction=0)
        (tensor(2.), tensor(1.))
    """
    centred = sub(x, mean(x, dim, True))
    freedom = max_of(_count(x.shape, dim) - correction, 0.0)
    return rows(div(sum(mul(centred, centred), dim, keepdim), freedom))


@in_single
def _variance_forward(x: Array, dim: Any, correction: float, keepdim: bool) -> tuple[Array, Array]:
    """The variance, and the distances from the mean, which are all that backward needs."""
    axis = axes(x, dim)
    count = float(_count(x.shape, dim))
    centre = _sum(x, axis, None, axis is not None) / count
    centred = computed("x - centre", x=x, centre=centre)
    if centred is None:
        centred = x - centre
    return np.asarray(_squares(centred, axis, keepdim) / max_of(count - correction, 0.0), order="C"), centred


def _variance_backward(
    g: Array, centred: Array, needs: int, x: Array, dim: Any, correction: float, keepdim: bool
) -> tuple[Array]:
    share = np.divide(2.0, max_of(_count(x.shape, dim) - correction, 0.0), dtype=x.dtype.type)
    return (centred * (_unreduced(g, x.shape, dim, keepdim) * share),)


variance.fused(_variance_forward, _variance_backward)


def max_of(a: float, b: float) -> float:
    """The larger of two Python numbers: here, max is PyTorch's."""
    return a if a > b else b


@structured(
    symbol="s",
    latex=r"\sqrt{\frac{1}{n - c} \sum (x - \bar x)^2}",
    reads="inputs output",
    sample=_var_sample,
    kinks=("all elements equal",),
    at_kink="0 where the deviation is 0.",
    method=False,
    explained=Explanation(shown_as="std"),
)
@in_single
def deviation(x: Array, dim: Dims = None, correction: float = 1, keepdim: bool = False) -> Array:
    """Standard deviation along ``dim``: the root of the variance.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["deviation"](tg.tensor([2.0, 8.0]), correction=0)
        tensor(3.)
    """
    return np.sqrt(_variance_forward(x, dim, correction, keepdim)[0])


@deviation.derivative("x")
def _(g: Any, y: Any, x: Any, dim: Any, correction: float, keepdim: bool) -> Any:
    freedom = max_of(_count(x.shape, dim) - correction, 0.0)
    if g.__class__ is np.ndarray and y.all():
        centred = x - _sum(x, axes(x, dim), None, True) / float(_count(x.shape, dim))
        return centred * _unreduced(g / (y * freedom), x.shape, dim, keepdim)
    share = where(eq(y, 0), 0, div(g, mul(y, freedom)))
    return mul(_unreduced(share, x.shape, dim, keepdim), sub(x, mean(x, dim, True)))


def _dim_and_correction(dim: Any, unbiased: Any, correction: Any) -> tuple[Any, float]:
    """Both of PyTorch's ways: var(unbiased), var(dim, unbiased), var(dim, correction=…)."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if correction is None:
        correction = 1 if unbiased is None or unbiased else 0
    return (tuple(dim) if isinstance(dim, list) else dim), correction


@overload
def var(x: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None) -> Any:
    """Variance along ``dim``; see :func:`variance`.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.var(tg.tensor([1.0, 2.0, 3.0])), tg.var(tg.tensor([1.0, 3.0]), correction=0)
        (tensor(1.), tensor(1.))
    """
    dim, correction = _dim_and_correction(dim, unbiased, correction)
    return variance.call(x, dim, correction, keepdim)


@overload
def std(x: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None) -> Any:
    """Standard deviation along ``dim``; see :func:`deviation`.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.std(tg.tensor([1.0, 2.0, 3.0])), tg.std(tg.tensor([1.0, 3.0]), correction=0)
        (tensor(1.), tensor(1.))
    """
    dim, correction = _dim_and_correction(dim, unbiased, correction)
    return deviation.call(x, dim, correction, keepdim)


@function
def var_mean(x: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None) -> Any:
    """Variance and mean along ``dim``.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.var_mean(tg.tensor([1.0, 2.0, 3.0]))
        (tensor(1.), tensor(2.))
    """
    dim, correction = _dim_and_correction(dim, unbiased, correction)
    return variance(x, dim, correction, keepdim), mean(x, dim, keepdim)


@function
def std_mean(x: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None) -> Any:
    """Standard deviation and mean along ``dim``.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.std_mean(tg.tensor([1.0, 2.0, 3.0]))
        (tensor(1.), tensor(2.))
    """
    dim, correction = _dim_and_correction(dim, unbiased, correction)
    return deviation(x, dim, correction, keepdim), mean(x, dim, keepdim)


@composite(symbol="ln Σ eˣ", latex=r"\ln \sum e^{x}", sample=_sample)
def logsumexp(x: Array, dim: Dims, keepdim: bool = False) -> Array:
    """ln(Σ exp(x)) along ``dim``; the largest is subtracted first, so nothing overflows.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.tensor([100.0, 100.0]).logsumexp(0)  # 100 + ln 2
        tensor(100.6931)
    """
    if dtype_of(x).kind != "f":
        x = cast(x, get_default_dtype())
    top = np.max(value_of(x), axis=axes(x, dim), keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0).astype(top.dtype)
    result = log(sum(exp(sub(x, top)), dim, keepdim))
    return rows(result + reshape(top, result.shape))


def _logsumexp_forward(x: Array, dim: Any, keepdim: bool) -> tuple[Array, Any]:
    """The logarithm, and the exponentials with their sum, of which backward takes the shares."""
    if x.dtype.kind != "f":
        return np.asarray(logsumexp.equations(x, dim, keepdim)), None
    axis = axes(x, dim)
    top = reduced("largest", x, axis, True)
    if top is None:
        top = np.maximum.reduce(x, axis=axis, keepdims=True, initial=-np.inf)
    if not math.isfinite(top.sum()):
        top = np.where(np.isfinite(top), top, x.dtype.type(0))
    powers = computed("exp(x - top)", x=x, top=top)
    if powers is None:
        powers = np.exp(x - top)
    total = _sum(powers, axis, None, True)
    y = np.log(total) + top
    return np.asarray(y if keepdim else y.reshape(_dropped(x.shape, dim)), order="C"), (powers, total)


def _logsumexp_backward(g: Array, saved: Any, needs: int, x: Array, dim: Any, keepdim: bool) -> tuple[Array]:
    powers, total = saved
    return (powers * (_unreduced(g, x.shape, dim, keepdim) / total),)


logsumexp.fused(_logsumexp_forward, _logsumexp_backward)


@overload
def nansum(x: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """Sum of the elements that are not NaN.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.nansum(tg.tensor([1.0, float("nan"), 3.0]))
        tensor(4.)
    """
    kept = where(isnan(x), 0, x)
    if dtype is None:
        return sum(kept, dim, keepdim)
    found = sum(cast(kept, dtype), dim, keepdim)
    return found if dtype_of(found) == dtype else cast(found, dtype)


@overload
def nanmean(x: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """Mean of the elements that are not NaN.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.nanmean(tg.tensor([1.0, float("nan"), 3.0]))
        tensor(2.)
    """
    return div(nansum(x, dim, keepdim, dtype=dtype), sum(logical_not(isnan(x)), dim, keepdim))


@overload
def aminmax(x: Any, *, dim: Any = None, keepdim: bool = False) -> Any:
    """Smallest and largest element along ``dim``.

    Example:
        >>> import tinygrad_fr as tg
        >>> low, high = tg.aminmax(tg.tensor([3, 1, 2]))
        >>> low.item(), high.item()
        (1, 3)
    """
    return named("aminmax", "min", "max")((amin(x, dim, keepdim), amax(x, dim, keepdim)))


def _norm_sample(draw: Draw) -> Sample:
    sample = _sample(draw)
    return Sample(sample.inputs, {"ord": draw.choice([2.0, 1.0, 3.0, 0.5, np.inf, -np.inf, -1.0]), **sample.attrs})


@structured(
    symbol="‖x‖",
    latex=r"\left(\sum |x|^{p}\right)^{1/p}",
    reads="inputs output",
    sample=_norm_sample,
    kinks=("0, and ties for p = ±∞",),
    at_kink="0 at x = 0; ties share the gradient equally.",
    method=False,
)
def vector_norm(x: Array, ord: float = 2.0, dim: Dims = None, keepdim: bool = False) -> Array:
    """Norm of order p along ``dim``; order 0 counts the elements that are not zero, ±∞ take the extreme.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.linalg.vector_norm(tg.tensor([1.0, -2.0, 2.0]))
        tensor(3.)
    """
    if x.dtype == np.float16 and np.isfinite(ord):  # whose squares overflow: summed in single precision, as PyTorch's
        return np.asarray(vector_norm(x.astype(np.float32), ord, dim, keepdim), np.float16)
    axis = axes(x, dim)
    if ord == 0:
        return np.sum(x != 0, axis=axis, keepdims=keepdim).astype(x.dtype)
    if ord == 2 and axis is None and x.size > 1:
        return np.sqrt(_squares(x, axis, keepdim))
    # PyTorch does not look at a number whose dimension is named.
    alone = {x.shape[i] for i in axis or range(x.ndim)} <= {1} and (x.ndim > 0 or dim is None)
    if ord == 2 and not alone:
        return np.sqrt(_squares(x, axis, keepdim))
    size = np.abs(x)
    if np.isinf(ord) or alone:  # of one element the size, whatever the order is
        return (np.min if ord < 0 else np.max)(size, axis=axis, keepdims=keepdim)
    result: Any = _sum(size**ord, axis, None, keepdim) ** (1 / ord)
    return np.asarray(result)


_LONG = 4096  # numbers that are added one after the other without losing digits


def _squares(x: Array, axis: tuple[int, ...] | None, keepdim: bool) -> Any:
    """The sum of squares along dimensions, in one pass where they lie together in memory."""
    if x.dtype.char in "fd" and x.flags.c_contiguous and x.ndim:
        if axis is None or len(axis) == x.ndim:
            flat = x.reshape(-1)
            found = flat.dot(flat)
            return found.reshape((1,) * x.ndim) if keepdim else found
        if axis in ((-1,), (x.ndim - 1,)) and x.shape[-1] <= _LONG:
            found = np.vecdot(x, x)
            return found[..., None] if keepdim else found
    return _sum(np.square(x), axis, None, keepdim)


@vector_norm.derivative("x")
def _(g: Any, y: Any, x: Any, ord: float, dim: Any, keepdim: bool) -> Any:
    if ord == 2 and g.__class__ is np.ndarray and y.all():
        return x * _unreduced(g / y, x.shape, dim, keepdim)
    g, y = _unreduced(g, x.shape, dim, keepdim), _unreduced(y, x.shape, dim, keepdim)
    if ord == 0:
        return np.zeros_like(value_of(x))
    if ord == 1:
        return mul(g, sign(x))
    if np.isinf(ord):
        at = value_of(eq(abs(x), y))
        number = at.sum(axis=axes(x, dim), keepdims=True)
        return where(at, mul(div(g, number.astype(dtype_of(g))), sign(x)), 0)
    still = value_of(eq(y, 0))
    if ord == 2:
        return where(still, 0, mul(x, div(g, where(still, 1, y))))
    size = where(eq(x, 0), 1, abs(x)) if ord < 1 else abs(x)
    return where(still, 0, mul(mul(sign(x), pow(size, ord - 1)), div(g, pow(where(still, 1, y), ord - 1))))
