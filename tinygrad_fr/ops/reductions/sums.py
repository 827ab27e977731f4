"""Sums and means along dimensions, counts, and whether all or any elements are true."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_fr.explanation import Explanation, message
from tinygrad_fr.ops.arithmetic import div, exp, log, sub
from tinygrad_fr.ops.comparison import isnan, logical_not, where
from tinygrad_fr.ops.conversion import cast
from tinygrad_fr.ops.definition import Array, composite, structured
from tinygrad_fr.ops.reductions.dims import SMALL, Dims, axes, count_of, dims_sample, dropped, unreduced
from tinygrad_fr.ops.shapes.broadcasting import expand
from tinygrad_fr.ops.shapes.shape import reshape
from tinygrad_fr.ops.shared.arrangement import rows
from tinygrad_fr.ops.shared.halves import in_single
from tinygrad_fr.ops.shared.large import ENOUGH, computed, reduced
from tinygrad_fr.ops.shared.overloads import overload
from tinygrad_fr.ops.shared.untracked import dtype_of, value_of
from tinygrad_fr.promotion.dtype import get_default_dtype
from tinygrad_fr.sampling import Draw, Sample
from tinygrad_fr.sums import FEW, added

_counted: Any = np.add.reduce


def array_sum(x: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """np.sum without its questions; half precision is added up in single precision, as PyTorch does."""
    if x.size < FEW and dtype is None and x.dtype.char in "fd":
        return _counted(x, axis, None, None, keepdims)
    if x.size >= ENOUGH and (found := reduced("summed", x, axis, keepdims)) is not None:
        return found
    if x.dtype.char == "e":
        return added(x.astype(np.float32), axis, keepdims).astype(dtype or x.dtype)
    return added(x, axis, keepdims) if dtype is None else _counted(x, axis, dtype, None, keepdims)


def _repeated(g: Any, shape: tuple[int, ...], dim: Any, keepdim: bool) -> Any:
    """Give each element the gradient of the sum that it went into."""
    if g.__class__ is np.ndarray and dim is None and not keepdim:
        return np.full(shape, g, g.dtype)
    if g.__class__ is np.ndarray and math.prod(shape) <= SMALL:  # numpy takes longer to repeat by strides than to write
        sent = np.empty(shape, g.dtype)
        sent[...] = unreduced(g, shape, dim, keepdim)
        return sent
    return expand(unreduced(g, shape, dim, keepdim), shape)


@structured(
    symbol="Σ",
    latex=r"\sum x",
    reads="",
    sample=dims_sample,
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
    result: Array = array_sum(x, axes(x, dim), np.int64 if x.dtype.kind in "iub" else None, keepdim)
    return result


@sum.derivative("x")
def _(g: Any, y: Any, x: Any, dim: Any, keepdim: bool) -> Any:
    return _repeated(g, x.shape, dim, keepdim)


@structured(
    symbol="x̄",
    latex=r"\frac{1}{n} \sum x",
    reads="",
    sample=dims_sample,
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
    if x.dtype.char == "e":
        return in_single(mean)(x, dim, keepdim)
    return array_sum(x, axes(x, dim), None, keepdim) / float(count_of(x.shape, dim))


@mean.derivative("x")
def _(g: Any, y: Any, x: Any, dim: Any, keepdim: bool) -> Any:
    return _repeated(div(g, float(count_of(x.shape, dim))), x.shape, dim, keepdim)


@structured(symbol="∀", latex=r"\forall x", reads="", sample=dims_sample)
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


@structured(symbol="∃", latex=r"\exists x", reads="", sample=dims_sample)
def any(x: Array, dim: Dims = None, keepdim: bool = False) -> Array:
    """Whether an element along ``dim`` is true (not zero).

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.any(tg.tensor([[True, False], [False, False]]), 1)
        tensor([ True, False])
    """
    return _truths(np.logical_or, x, dim, keepdim)


def _counted_sample(draw: Draw) -> Sample:
    sample = dims_sample(draw)
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


@composite(symbol="ln Σ eˣ", latex=r"\ln \sum e^{x}", sample=dims_sample)
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
    total = array_sum(powers, axis, None, True)
    y = np.log(total) + top
    return np.asarray(y if keepdim else y.reshape(dropped(x.shape, dim)), order="C"), (powers, total)


def _logsumexp_backward(g: Array, saved: Any, needs: int, x: Array, dim: Any, keepdim: bool) -> tuple[Array]:
    powers, total = saved
    return (powers * (unreduced(g, x.shape, dim, keepdim) / total),)


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


_LONG = 4096  # numbers that are added one after the other without losing digits


def sum_of_squares(x: Array, axis: tuple[int, ...] | None, keepdim: bool) -> Any:
    """The sum of squares along dimensions, in one pass where they lie together in memory."""
    if x.dtype.char in "fd" and x.flags.c_contiguous and x.ndim:
        if axis is None or len(axis) == x.ndim:
            flat = x.reshape(-1)
            found = flat.dot(flat)
            return found.reshape((1,) * x.ndim) if keepdim else found
        if axis in ((-1,), (x.ndim - 1,)) and x.shape[-1] <= _LONG:
            found = np.vecdot(x, x)
            return found[..., None] if keepdim else found
    return array_sum(np.square(x), axis, None, keepdim)
