"""Reductions along dimensions."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from tinygrad_fr.ops.arithmetic import div, eq, maximum, minimum, mul, sub, where
from tinygrad_fr.ops.definition import Array, Draw, Sample, composite, front, get_default_dtype, structured
from tinygrad_fr.ops.shape import expand, reshape

Dims: TypeAlias = "int | tuple[int, ...] | None"


def _axis(dim: Any) -> Any:
    return tuple(dim) if isinstance(dim, list) else dim


def _unreduced(g: Any, shape: tuple[int, ...], dim: Any, keepdim: bool) -> Any:
    """Give a reduced array back the dimensions of length 1 that the reduction dropped."""
    if keepdim or not shape:
        return g
    dims = range(len(shape)) if dim is None else (dim,) if isinstance(dim, int) else dim
    dropped = {d % len(shape) for d in dims}
    return reshape(g, tuple(1 if i in dropped else side for i, side in enumerate(shape)))


def _count(shape: tuple[int, ...], dim: Any) -> int:
    dims = range(len(shape)) if dim is None else (dim,) if isinstance(dim, int) else dim
    return int(np.prod([shape[d] for d in dims], dtype=np.int64))


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


@structured(symbol="Σ", latex=r"\sum x", reads="", sample=_sample)
def sum(x: Array, dim: Dims = None, keepdim: bool = False) -> Array:
    """Sum along ``dim``, everything by default; integers and booleans give int64."""
    result: Array = np.sum(x, axis=_axis(dim), keepdims=keepdim, dtype=np.int64 if x.dtype.kind in "iub" else x.dtype)
    return result


@sum.derivative("x")
def _(g: Any, y: Any, x: Any, dim: Any, keepdim: bool) -> Any:
    return expand(_unreduced(g, x.shape, dim, keepdim), x.shape)


@structured(symbol="x̄", latex=r"\frac{1}{n} \sum x", reads="", sample=_sample)
def mean(x: Array, dim: Dims = None, keepdim: bool = False) -> Array:
    """Mean along ``dim``, of everything by default."""
    if x.dtype.kind != "f":
        x = x.astype(get_default_dtype())
    return np.sum(x, axis=_axis(dim), keepdims=keepdim) / x.dtype.type(_count(x.shape, dim))


@mean.derivative("x")
def _(g: Any, y: Any, x: Any, dim: Any, keepdim: bool) -> Any:
    share = div(g, float(_count(x.shape, dim)))
    return expand(_unreduced(share, x.shape, dim, keepdim), x.shape)


def _extreme(g: Any, y: Any, x: Any, dim: Any, keepdim: bool) -> Any:
    """Share the gradient equally among the elements that are the extreme."""
    at = eq(x, _unreduced(y, x.shape, dim, keepdim))
    hits = np.asarray(at.value if hasattr(at, "value") else at)
    number = hits.sum(axis=_axis(dim), keepdims=True)
    return where(hits, div(_unreduced(g, x.shape, dim, keepdim), number.astype(np.float64).astype(g.dtype)), 0)


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
    return np.max(x, axis=_axis(dim), keepdims=keepdim)


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
    return np.min(x, axis=_axis(dim), keepdims=keepdim)


amax.derivative("x")(_extreme)
amin.derivative("x")(_extreme)


@structured(
    symbol="max",
    latex=r"\max x",
    sample=lambda draw: Sample((draw.array(draw.shape(1, 3)),), {"dim": 0}),
    kinks=("ties",),
    at_kink="The gradient goes to the element whose index is returned.",
    method=False,
)
def max_along(x: Array, dim: int, keepdim: bool = False) -> tuple[Array, Array]:
    """Largest element along one dimension, and its index."""
    index = np.expand_dims(np.argmax(x, axis=dim), dim)
    value = np.take_along_axis(x, index, axis=dim)
    return (value, index) if keepdim else (value.squeeze(dim), index.squeeze(dim))


@structured(
    symbol="min",
    latex=r"\min x",
    sample=lambda draw: Sample((draw.array(draw.shape(1, 3)),), {"dim": 0}),
    kinks=("ties",),
    at_kink="The gradient goes to the element whose index is returned.",
    method=False,
)
def min_along(x: Array, dim: int, keepdim: bool = False) -> tuple[Array, Array]:
    """Smallest element along one dimension, and its index."""
    index = np.expand_dims(np.argmin(x, axis=dim), dim)
    value = np.take_along_axis(x, index, axis=dim)
    return (value, index) if keepdim else (value.squeeze(dim), index.squeeze(dim))


def _at_index(g: Any, y: Any, x: Any, dim: int, keepdim: bool) -> Any:
    index = y[1] if isinstance(y, tuple) else y.value[1]
    chosen = np.arange(x.shape[dim]).reshape([-1 if i == dim % len(x.shape) else 1 for i in range(len(x.shape))])
    hit = chosen == (index if keepdim else np.expand_dims(index, dim))
    return where(hit, _unreduced(g[0], x.shape, dim, keepdim), 0)


max_along.derivative("x")(_at_index)
min_along.derivative("x")(_at_index)


@front
def max(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Largest element; with ``dim`` a pair (values, indices); with a second tensor the larger of each pair."""
    if dim is None:
        return amax(x)
    return max_along(x, dim, keepdim) if isinstance(dim, int) else maximum(x, dim)


@front
def min(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Smallest element; with ``dim`` a pair (values, indices); with a second tensor the smaller of each pair."""
    if dim is None:
        return amin(x)
    return min_along(x, dim, keepdim) if isinstance(dim, int) else minimum(x, dim)


@structured(symbol="argmax", latex=r"\operatorname{argmax} x", reads="")
def argmax(x: Array, dim: int | None = None, keepdim: bool = False) -> Array:
    """Index of the largest element, the first among ties; in the flattened tensor without ``dim``."""
    return np.argmax(x, axis=dim, keepdims=keepdim)


@structured(symbol="argmin", latex=r"\operatorname{argmin} x", reads="")
def argmin(x: Array, dim: int | None = None, keepdim: bool = False) -> Array:
    """Index of the smallest element, the first among ties; in the flattened tensor without ``dim``."""
    return np.argmin(x, axis=dim, keepdims=keepdim)


def _var_sample(draw: Draw) -> Sample:
    shape = draw.shape(1, 3, min_side=2)
    dim = draw.choice([None, *range(len(shape))])
    return Sample((draw.array(shape),), {"dim": dim, "correction": draw.choice([0, 1]), "keepdim": False})


@composite(symbol="var", latex=r"\frac{1}{n - c} \sum (x - \bar x)^2", sample=_var_sample)
def var(x: Array, dim: Dims = None, correction: int = 1, keepdim: bool = False) -> Array:
    """Variance along ``dim``, divided by n − correction: 1 for the unbiased estimate, 0 for the population's."""
    centred = sub(x, mean(x, dim, True))
    return div(sum(mul(centred, centred), dim, keepdim), float(_count(x.shape, dim) - correction))
