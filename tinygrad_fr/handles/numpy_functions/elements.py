"""numpy's reductions and functions of single elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.handles.numpy_functions.table import as_tensor, numpy_function, operation
from tinygrad_fr.record.node import Node


def over(name: str, *numpys: str) -> None:
    """A reduction: over all dimensions, or some."""

    @numpy_function(*numpys)
    def reduce(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
        x = as_tensor(a)
        return operation(name)(x, tuple(range(x.ndim)) if axis is None else axis, bool(keepdims))


for _name, _numpys in {
    "sum": ("sum",), "mean": ("mean",), "amax": ("max", "amax"), "amin": ("min", "amin"), "nansum": ("nansum",), "nanmean": ("nanmean",),
}.items():  # fmt: skip
    over(_name, *_numpys)


@numpy_function("prod")
def _(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    x = as_tensor(a)
    if axis is None and not keepdims:
        return operation("prod")(x)
    return operation("prod")(x, axis, bool(keepdims)) if isinstance(axis, int) else NotImplemented


for _name in ("var", "std"):

    def _spread(name: str) -> None:
        @numpy_function(name)
        def reduce(a: Any, axis: Any = None, *, ddof: Any = 0, keepdims: Any = False) -> Any:
            return operation(name)(as_tensor(a), axis, keepdim=bool(keepdims), correction=ddof)

    _spread(_name)


@numpy_function("median")
def _(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    return (
        operation("quantile")(as_tensor(a), 0.5, axis, bool(keepdims))
        if axis is None or isinstance(axis, int)
        else NotImplemented
    )


@numpy_function("quantile")
def _(a: Any, q: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    return _quantile(a, q, axis, keepdims)


@numpy_function("percentile")
def _(a: Any, q: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    return _quantile(a, np.true_divide(q, 100) if not isinstance(q, Node) else NotImplemented, axis, keepdims)


def _quantile(a: Any, q: Any, axis: Any, keepdims: Any) -> Any:
    if not isinstance(q, float | int) or not (axis is None or isinstance(axis, int)):
        return NotImplemented
    return operation("quantile")(as_tensor(a), float(q), axis, bool(keepdims))


@numpy_function("ptp")
def _(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    x = as_tensor(a)
    dims = tuple(range(x.ndim)) if axis is None else axis
    return operation("amax")(x, dims, bool(keepdims)) - operation("amin")(x, dims, bool(keepdims))


@numpy_function("average")
def _(a: Any, axis: Any = None, weights: Any = None) -> Any:
    return operation("mean")(as_tensor(a), axis) if weights is None else NotImplemented


for _name, _numpys in {"cumsum": ("cumsum", "cumulative_sum"), "cumprod": ("cumprod", "cumulative_prod")}.items():

    def _cumulated(name: str, *numpys: str) -> None:
        @numpy_function(*numpys)
        def run(a: Any, axis: Any = None) -> Any:
            x = as_tensor(a)
            return operation(name)(x.reshape(-1), 0) if axis is None else operation(name)(x, axis)

    _cumulated(_name, *_numpys)


@numpy_function("diff")
def _(a: Any, n: Any = 1, axis: Any = -1, prepend: Any = None, append: Any = None) -> Any:
    ends = [None if x is None else as_tensor(x) for x in (prepend, append)]
    return operation("diff")(as_tensor(a), n, axis, *ends) if all(x is None or x.ndim for x in ends) else NotImplemented


@numpy_function("trapezoid")
def _(y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1) -> Any:
    return (
        operation("trapezoid")(as_tensor(y), dx=dx, dim=axis)
        if x is None
        else operation("trapezoid")(as_tensor(y), as_tensor(x), dim=axis)
    )


@numpy_function("sort")
def _(a: Any, axis: Any = -1) -> Any:
    x = as_tensor(a)
    return operation("sort")(x.reshape(-1), 0)[0] if axis is None else operation("sort")(x, axis)[0]


@numpy_function("clip")
def _(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    low, high = (min if a_min is None else a_min), (max if a_max is None else a_max)
    if low is None and high is None:
        return NotImplemented
    low, high = (x if x is None or isinstance(x, Node | float | int) else as_tensor(x) for x in (low, high))
    if low is not None and high is not None and isinstance(low, Node) != isinstance(high, Node):
        low, high = as_tensor(low), as_tensor(high)
    return operation("clamp")(as_tensor(a), low, high)


@numpy_function("where")
def _(condition: Any, x: Any, y: Any) -> Any:
    chosen = as_tensor(condition)
    sides = [each if isinstance(each, Node | float | int) else as_tensor(each) for each in (x, y)]
    return operation("where")(chosen if chosen.dtype == np.bool_ else chosen != 0, *sides)


@numpy_function("nan_to_num")
def _(x: Any, copy: Any = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    return operation("nan_to_num")(as_tensor(x), nan, posinf, neginf) if copy else NotImplemented


@numpy_function("round", "around")
def _(a: Any, decimals: Any = 0) -> Any:
    return operation("round")(as_tensor(a), decimals=decimals)


for _theirs, _ours in {"sinc": "sinc", "i0": "i0", "real": "clone", "copy": "clone", "fix": "trunc"}.items():

    def _each(numpys: str, name: str) -> None:
        @numpy_function(numpys)
        def compute(x: Any) -> Any:
            return x.clone() if name == "clone" else operation(name)(x)

    _each(_theirs, _ours)


for _name in ("isneginf", "isposinf"):

    def _asked(name: str) -> None:
        @numpy_function(name)
        def ask(x: Any) -> Any:
            return operation(name)(as_tensor(x))

    _asked(_name)
