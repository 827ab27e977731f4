"""Variance and standard deviation along dimensions."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.explanation import Explanation
from tinygrad_fr.ops.arithmetic import div, mul, sub
from tinygrad_fr.ops.comparison import eq, where
from tinygrad_fr.ops.definition import Array, composite, structured
from tinygrad_fr.ops.reductions.dims import Dims, axes, count_of, unreduced
from tinygrad_fr.ops.reductions.sums import array_sum, mean, sum, sum_of_squares
from tinygrad_fr.ops.shared.arrangement import rows
from tinygrad_fr.ops.shared.halves import in_single
from tinygrad_fr.ops.shared.large import ENOUGH, computed
from tinygrad_fr.ops.shared.overloads import function, overload
from tinygrad_fr.sampling import Draw, Sample


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
    freedom = max_of(count_of(x.shape, dim) - correction, 0.0)
    return rows(div(sum(mul(centred, centred), dim, keepdim), freedom))


def _of_floats(x: Array, dim: Any, correction: float, keepdim: bool) -> tuple[Array, Array]:
    """The variance, and the distances from the mean, which are all that backward needs."""
    axis = axes(x, dim)
    count = float(count_of(x.shape, dim))
    centre = array_sum(x, axis, None, axis is not None) / count
    centred = computed("x - centre", x=x, centre=centre) if x.size >= ENOUGH else None
    if centred is None:
        centred = x - centre
    return np.asarray(sum_of_squares(centred, axis, keepdim) / max_of(count - correction, 0.0), order="C"), centred


_variance_forward = in_single(_of_floats)


def _variance_backward(
    g: Array, centred: Array, needs: int, x: Array, dim: Any, correction: float, keepdim: bool
) -> tuple[Array]:
    share = np.divide(2.0, max_of(count_of(x.shape, dim) - correction, 0.0), dtype=x.dtype.type)
    return (centred * (unreduced(g, x.shape, dim, keepdim) * share),)


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
    return np.sqrt(_of_floats(x, dim, correction, keepdim)[0])


@deviation.derivative("x")
def _(g: Any, y: Any, x: Any, dim: Any, correction: float, keepdim: bool) -> Any:
    freedom = max_of(count_of(x.shape, dim) - correction, 0.0)
    if g.__class__ is np.ndarray and y.all():
        centred = x - array_sum(x, axes(x, dim), None, True) / float(count_of(x.shape, dim))
        return centred * unreduced(g / (y * freedom), x.shape, dim, keepdim)
    share = where(eq(y, 0), 0, div(g, mul(y, freedom)))
    return mul(unreduced(share, x.shape, dim, keepdim), sub(x, mean(x, dim, True)))


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
