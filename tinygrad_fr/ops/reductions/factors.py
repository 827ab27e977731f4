"""Products along dimensions, whole and running."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import dimension
from tinygrad_fr.ops.arithmetic import div, mul
from tinygrad_fr.ops.definition import Array, structured
from tinygrad_fr.ops.indexing.subscripts import getitem
from tinygrad_fr.ops.reductions.cumulative import along, cumsum, run
from tinygrad_fr.ops.reductions.dims import axes, one_dim_sample, unreduced
from tinygrad_fr.ops.reductions.sums import sum
from tinygrad_fr.ops.shapes.joining import cat
from tinygrad_fr.ops.shapes.rearranging import flip
from tinygrad_fr.ops.shapes.shape import reshape
from tinygrad_fr.ops.shared.large import ENOUGH, reduced
from tinygrad_fr.ops.shared.untracked import value_of

_multiplied: Any = np.multiply.reduce


@structured(symbol="∏", latex=r"\prod x", reads="inputs output", sample=one_dim_sample)
def prod(x: Array, dim: int | None = None, keepdim: bool = False) -> Array:
    """Product along ``dim``, of everything by default; integers and booleans give int64."""
    axis = axes(x, dim)
    if x.size >= ENOUGH and (found := reduced("multiplied", x, axis, keepdim)) is not None:
        return found
    if x.dtype.char == "e" and x.size:  # which PyTorch rounds at each step
        steps = np.multiply.accumulate(x if axis else x.reshape(-1), axis[0] if axis else 0)
        last = steps.take(-1, axis[0] if axis else 0)
        return unreduced(last, x.shape, axis, False) if keepdim else last
    return _multiplied(x, axis, np.int64 if x.dtype.kind in "iub" else x.dtype, None, keepdim)


@prod.derivative("x")
def _(g: Any, y: Any, x: Any, dim: Any, keepdim: bool) -> Any:
    """Each element gets the product of the others: y / x, or of those before and after it where an element is zero."""
    wide = unreduced(g, x.shape, dim, keepdim)
    if np.all(value_of(x) != 0):
        return mul(wide, div(unreduced(y, x.shape, dim, keepdim), x))
    if not len(x.shape):
        return wide
    return mul(wide, _others(x, dim) if dim is not None else reshape(_others(reshape(x, -1), 0), x.shape))


def _part(x: Any, dim: int, start: int | None, stop: int | None) -> Any:
    """A stretch along a dimension."""
    return getitem(x, (*(slice(None),) * (dim % len(x.shape)), slice(start, stop)))


def _others(x: Any, dim: int) -> Any:
    """For each element the product of the others along a dimension."""
    one = np.ones_like(_part(value_of(x), dim, 0, 1))
    before = cumprod(cat([one, _part(x, dim, None, -1)], dim), dim)
    after = cumprod(cat([one, flip(_part(x, dim, 1, None), dim)], dim), dim)
    return mul(before, flip(after, dim))


@structured(symbol="⤳∏", latex=r"y_i = \prod_{j \leq i} x_j", reads="inputs output", sample=along)
def cumprod(x: Array, dim: int) -> Array:
    """Running product along ``dim``.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.cumprod(tg.tensor([1, 2, 3, 4]), 0)
        tensor([ 1,  2,  6, 24])
    """
    dim = dimension(dim, x.ndim)
    return run(np.multiply.accumulate, x, dim)


@cumprod.derivative("x")
def _(g: Any, y: Any, x: Any, dim: int) -> Any:
    if not len(x.shape) or x.shape[dim] == 1:
        return g
    if np.all(value_of(x) != 0):
        return div(_from(mul(g, y), dim), x)
    if all(each.__class__ is np.ndarray for each in (g, y, x)):
        return _among_zeros(g, y, x, dim)
    return cat([_share(g, x, dim, k) for k in range(x.shape[dim])], dim)


def _from(x: Any, dim: int) -> Any:
    """Sums from each place on."""
    return flip(cumsum(flip(x, dim), dim), dim)


def _among_zeros(g: Array, y: Array, x: Array, dim: int) -> Array:
    """The gradient where some elements are zero.

    What stands before the first zero sends as ever, up to it; what stands behind it is multiplied by it, and gets nothing; the first
    zero itself gets the running product that goes on without it, up to the second.
    """
    zeros = np.cumsum(x == 0, axis=dim)
    sent = np.where(zeros == 0, _from(np.where(zeros == 0, g * y, 0), dim) / np.where(x == 0, 1, x), 0)
    first = (zeros == 1) & (x == 0)
    behind = (zeros == 1) & ~first
    onward = (np.cumprod(np.where(behind, x, 1), axis=dim) * np.where(zeros == 1, g, 0)).sum(dim, keepdims=True)
    before = np.roll(y, 1, axis=dim)
    _part(before, dim, 0, 1)[...] = 1
    return np.where(first, onward * before, sent).astype(x.dtype, copy=False)


def _share(g: Any, x: Any, dim: int, k: int) -> Any:
    """What the element at a place gets, made of the elements beside it: all that a derivative of it reads."""
    shape = list(x.shape)
    shape[dim] = 1
    before = prod(_part(x, dim, 0, k), dim, True) if k else np.ones(shape, value_of(x).dtype)
    if k + 1 == x.shape[dim]:
        return sum(mul(_part(g, dim, k, None), before), dim, True)
    onward = cumprod(_part(x, dim, k + 1, None), dim)
    onward = mul(before, onward) if k else onward
    return sum(mul(_part(g, dim, k, None), cat([before, onward], dim)), dim, True)
