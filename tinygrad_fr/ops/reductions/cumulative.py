"""Running sums and extremes along a dimension."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import dimension, refusal
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import exp, log, mul, sub
from tinygrad_fr.ops.comparison import ne, where
from tinygrad_fr.ops.conversion import cast
from tinygrad_fr.ops.definition import Array, composite, structured
from tinygrad_fr.ops.indexing.gather import gather
from tinygrad_fr.ops.indexing.subscripts import getitem
from tinygrad_fr.ops.reductions.sums import sum
from tinygrad_fr.ops.shapes.joining import cat
from tinygrad_fr.ops.shapes.permutation import movedim
from tinygrad_fr.ops.shapes.rearranging import flip
from tinygrad_fr.ops.shapes.shape import reshape_to, unsqueeze
from tinygrad_fr.ops.shared.arrangement import rows
from tinygrad_fr.ops.shared.large import ENOUGH, running_sums
from tinygrad_fr.ops.shared.overloads import function, overload
from tinygrad_fr.ops.shared.untracked import dtype_of, value_of
from tinygrad_fr.sampling import Draw, Sample


def along(draw: Draw) -> Sample:
    """An array, and one of its dimensions."""
    shape = draw.shape(1, 3)
    return Sample((draw.array(shape),), {"dim": draw.integer(-len(shape), len(shape) - 1)})


def run(accumulate: Any, x: Array, dim: int) -> Array:
    """Running sums or products: integers and booleans accumulate in int64, floats in double precision as PyTorch's do."""
    kind: Any = np.dtype(np.int64) if x.dtype.kind in "iub" else x.dtype
    if not x.ndim:
        return x.astype(kind)
    found: Array = accumulate(x, dim, np.float64 if x.dtype.kind == "f" else kind)
    return found.astype(kind, copy=False)


@structured(symbol="⤳Σ", latex=r"y_i = \sum_{j \leq i} x_j", reads="", sample=along)
def cumsum(x: Array, dim: int) -> Array:
    """Running sum along ``dim``.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.cumsum(tg.tensor([1, 2, 3]), 0)
        tensor([1, 3, 6])
    """
    dim = dimension(dim, x.ndim)
    if x.size >= ENOUGH and (found := running_sums(x, dim)) is not None:
        return found
    return run(np.add.accumulate, x, dim)


@cumsum.derivative("x")
def _(g: Any, y: Any, x: Any, dim: int) -> Any:
    if not len(x.shape):
        return g
    if g.__class__ is np.ndarray:
        backwards = (*(slice(None),) * (dim % g.ndim), slice(None, None, -1))
        return cumsum(g[backwards], dim)[backwards]
    return flip(cumsum(flip(g, dim), dim), dim)


def _running(x: Array, dim: int, best: Any) -> Array:
    """Index of the running extreme, the last among ties; NaN, once met, stays."""
    axis = dim % x.ndim
    extreme = best.accumulate(x, axis=axis)
    places = np.arange(x.shape[axis]).reshape([-1 if i == axis else 1 for i in range(x.ndim)])
    hits = np.where((x == extreme) | ((x != x) & (extreme != extreme)), places, 0)
    index: Array = np.maximum.accumulate(hits, axis=axis)
    return index


def _cumulative_extreme(x: Any, dim: int, best: Any) -> tuple[Any, Any]:
    value = value_of(x)
    dim = dimension(dim, value.ndim)
    if not value.ndim:
        return x, np.zeros((), np.int64)
    index = _running(value, dim, best)
    return rows(gather(x, dim, index)), np.asarray(index, order="C")


@composite(
    symbol="⤳max",
    latex=r"y_i = \max_{j \leq i} x_j",
    sample=along,
    kinks=("ties",),
    at_kink="The gradient goes to the last of them.",
    fields=("values", "indices"),
)
def cummax(x: Array, dim: int) -> tuple[Array, Array]:
    """Running maximum along ``dim``, and its index.

    Example:
        >>> import tinygrad_fr as tg
        >>> values, indices = tg.cummax(tg.tensor([1, 3, 2, 5]), 0)
        >>> values, indices
        (tensor([1, 3, 3, 5]), tensor([0, 1, 1, 3]))
    """
    return _cumulative_extreme(x, dim, np.maximum)


@composite(
    symbol="⤳min",
    latex=r"y_i = \min_{j \leq i} x_j",
    sample=along,
    kinks=("ties",),
    at_kink="The gradient goes to the last of them.",
    fields=("values", "indices"),
)
def cummin(x: Array, dim: int) -> tuple[Array, Array]:
    """Running minimum along ``dim``, and its index.

    Example:
        >>> import tinygrad_fr as tg
        >>> values, indices = tg.cummin(tg.tensor([3, 1, 2, 0]), 0)
        >>> values, indices
        (tensor([3, 1, 1, 0]), tensor([0, 1, 1, 3]))
    """
    return _cumulative_extreme(x, dim, np.minimum)


@composite(symbol="⤳ln Σ eˣ", latex=r"y_i = \ln \sum_{j \leq i} e^{x_j}", sample=along)
def logcumsumexp(x: Array, dim: int) -> Array:
    """ln of the running sum of exponentials along ``dim``.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.logcumsumexp(tg.tensor([0.0, 0.0]), 0)  # ln 1, ln 2
        tensor([0.0000, 0.6931])
    """
    dim = dimension(dim, len(x.shape))
    if not len(x.shape):
        return x
    runs = unsqueeze(movedim(x, dim, -1), -2)
    n = runs.shape[-1]
    top = np.maximum.accumulate(np.moveaxis(value_of(x), dim, -1), axis=-1)[..., None]
    top = np.where(np.isfinite(top), top, 0).astype(top.dtype)
    terms = exp(
        where(np.tri(n, dtype=np.bool_), sub(runs, top), -np.inf)
    )  # what comes later may be larger: no power of it
    return rows(movedim(log(sum(terms, -1)) + top[..., 0], -1, dim))


def _logcumsumexp_forward(x: Array, dim: int) -> tuple[Array, Array]:
    y = rows(np.logaddexp.accumulate(x, axis=dimension(dim, x.ndim))) if x.ndim else logcumsumexp.equations(x, dim)
    return y, y


def _logcumsumexp_backward(g: Array, y: Array, needs: int, x: Array, dim: int) -> tuple[Array]:
    """exp(x_j) Σ_{i ≥ j} g_i exp(−y_i), positive and negative g apart and in logarithms, so that nothing overflows."""
    if not x.ndim:
        return (g,)

    def part(h: Array) -> Array:
        logs = np.flip(np.log(h) - y, axis=dim)
        total: Array = np.exp(np.flip(np.logaddexp.accumulate(logs, axis=dim), axis=dim) + x)
        return total

    return (part(np.maximum(g, 0)) - part(np.maximum(-g, 0)),)


logcumsumexp.fused(_logcumsumexp_forward, _logcumsumexp_backward)


@overload
def diff(x: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """Differences between neighbours along ``dim``, taken n times.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.diff(tg.tensor([1, 4, 9, 16])), tg.diff(tg.tensor([1, 4, 9, 16]), n=2)
        (tensor([3, 5, 7]), tensor([2, 2]))
    """
    if n < 0:
        raise refusal("diff", tr("an order of at least 0"), n)
    dim = dimension(dim, len(x.shape))
    if not len(x.shape):
        raise refusal("diff", tr("a tensor of at least one dimension"), ())
    if not n:
        return cast(x, dtype_of(x))
    ends = [part for part in (prepend, x, append) if part is not None]
    x = cat(ends, dim) if len(ends) > 1 else x
    before = (slice(None),) * dim
    minus = ne if dtype_of(x) == np.bool_ else sub
    for _each in range(n):
        x = minus(getitem(x, (*before, slice(1, None))), getitem(x, (*before, slice(None, -1))))
    return x


@function
def trapezoid(y: Any, x: Any = None, *, dx: float = 1.0, dim: int = -1) -> Any:
    """Integral along ``dim`` by the trapezoidal rule.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.trapezoid(tg.tensor([0.0, 1.0, 2.0])), tg.trapezoid(tg.tensor([0.0, 2.0]), tg.tensor([0.0, 3.0]))
        (tensor(2.), tensor(3.))
    """
    if x is not None:
        found, at = areas("trapezoid", y, x, dx, dim)
        return sum(found, at) / 2.0
    before = (slice(None),) * (dim % len(y.shape))
    ends = getitem(y, (*before, 0)) + getitem(y, (*before, -1))
    return mul(sub(sum(y, dim), mul(ends, 0.5)), dx)


def areas(name: str, y: Any, x: Any, dx: float, dim: int) -> tuple[Any, int]:
    """Twice the area of each trapezoid, and the dimension that they stand along, which is one of y; points may have more.

    Raises:
        ShapeError: a vector has not one point for each number.
    """
    at = dimension(dim, len(y.shape))
    before = (slice(None),) * at
    pairs = getitem(y, (*before, slice(1, None))) + getitem(y, (*before, slice(None, -1)))
    return mul(pairs, dx if x is None else diff(_points(name, x, tuple(y.shape), at), dim=at)), at


def _points(name: str, x: Any, shape: tuple[int, ...], at: int) -> Any:
    """Points with the dimensions of what is integrated: a vector lies along the one that is gone through."""
    own = tuple(x.shape)
    if len(own) != 1:
        return reshape_to(x, (1,) * (len(shape) - len(own)) + own)
    if own[0] != shape[at]:
        raise refusal(name, tr("as many x as there are samples"), (shape, own))
    return reshape_to(x, tuple(own[0] if i == at else 1 for i in range(len(shape))))
