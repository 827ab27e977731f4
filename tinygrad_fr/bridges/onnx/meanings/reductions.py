"""ONNX's reductions, sorts and running sums."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr.bridges.onnx.meanings.meaning import EVERY, At, array_of, axes_of, axis_of, means, typed, whole
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.nn import functional as F

if TYPE_CHECKING:
    from collections.abc import Callable


def _lowest(dtype: Any) -> Any:
    return -np.inf if dtype.kind == "f" else False if dtype.kind == "b" else np.iinfo(dtype).min


def _highest(dtype: Any) -> Any:
    return np.inf if dtype.kind == "f" else True if dtype.kind == "b" else np.iinfo(dtype).max


def _extreme(x: Any, dims: Any, keep: bool, largest: bool) -> Any:
    if 0 in x.shape or x.dtype.kind != "f":
        first = (_lowest if largest else _highest)(x.dtype)
        reduce = np.max if largest else np.min
        return np.asarray(reduce(array_of(x), axis=dims, keepdims=keep, initial=first)).astype(x.dtype)
    return (tg.amax if largest else tg.amin)(x, dims, keep)


def _prod(x: Any, dims: Any, keep: bool) -> Any:
    if not isinstance(x, Tensor):
        return np.asarray(np.prod(x, axis=dims, keepdims=keep))
    if x.dtype == np.float16:  # onnxruntime multiplies in float32: what lies between may be larger than any half
        x = x.to(np.dtype(np.float32))
    for dim in sorted(range(x.ndim) if dims is None else dims, reverse=True):
        x = tg.prod(x, dim, keep)
    return x


def _logsumexp(x: Any, dims: Any, keep: bool) -> Any:
    dims = tuple(range(x.ndim)) if dims is None else dims
    if 0 in x.shape:
        return tg.log(tg.sum(tg.exp(x), dims, keep))
    return tg.logsumexp(x, dims, keep)


def _reducing(reduce: Callable[[Any, Any, bool], Any]) -> Callable[[At, Any, Any], Any]:
    def mean(at: At, x: Any, axes: Any = None) -> Any:
        dims = axes_of(at, axes, x)
        if not dims and at.get("noop_with_empty_axes"):
            return x if at.operator not in _EACH else _EACH[at.operator](x)
        y = reduce(x, dims or None, bool(at.get("keepdims")))
        return typed(y, x.dtype) if y.dtype != x.dtype else y

    return mean


# What is left of a reduction over no axis.
_EACH = {
    "ReduceL1": lambda x: tg.abs(x),
    "ReduceL2": lambda x: tg.abs(x),
    "ReduceSumSquare": lambda x: tg.mul(x, x),
    "ReduceLogSum": lambda x: tg.log(x),
}
for _operator, _reduce in {
    "ReduceSum": lambda x, d, k: tg.sum(x, d, k),
    "ReduceMean": lambda x, d, k: tg.mean(x, d, k) if x.dtype.kind == "f" else _whole_mean(x, d, k),
    "ReduceMax": lambda x, d, k: _extreme(x, d, k, True),
    "ReduceMin": lambda x, d, k: _extreme(x, d, k, False),
    "ReduceProd": _prod,
    "ReduceL1": lambda x, d, k: tg.sum(tg.abs(x), d, k),
    "ReduceL2": lambda x, d, k: tg.sqrt(tg.sum(tg.mul(x, x), d, k)),
    "ReduceSumSquare": lambda x, d, k: tg.sum(tg.mul(x, x), d, k),
    "ReduceLogSum": lambda x, d, k: tg.log(tg.sum(x, d, k)),
    "ReduceLogSumExp": _logsumexp,
}.items():
    means(_operator, takes="axes keepdims noop_with_empty_axes", fixed=[1])(_reducing(_reduce))


def _whole_mean(x: Any, dims: Any, keep: bool) -> Any:
    total = np.sum(array_of(x), axis=dims, keepdims=keep)
    if 0 in x.shape:
        return total.astype(x.dtype)
    return np.trunc(total / (prod(x.shape) / max(1, np.size(total)))).astype(x.dtype)


@means("ArgMax", "ArgMin", takes="axis keepdims select_last_index", fixed=[EVERY])
def _argument(at: At, x: Any) -> Any:
    find = np.argmax if at.operator == "ArgMax" else np.argmin
    axis, plain = axis_of(at, at.get("axis"), x.ndim), array_of(x)
    if not at.get("select_last_index"):
        found = find(plain, axis, keepdims=bool(at.get("keepdims")))
    else:
        found = plain.shape[axis] - 1 - find(np.flip(plain, axis), axis, keepdims=bool(at.get("keepdims")))
    return np.asarray(found, np.int64)


@means("TopK", takes="axis k largest sorted", gives=2, fixed=[1])
def _topk(at: At, x: Any, k: Any = None) -> Any:
    count = at.get("k") if k is None else whole(k)[0]
    largest = at.get("largest") is None or bool(at.get("largest"))
    axis, plain = axis_of(at, at.get("axis"), x.ndim), array_of(x)
    if not 0 <= count <= x.shape[axis]:
        raise at.refuse(_("expected from 0 to {n} elements, got {found}").format(n=x.shape[axis], found=count))
    order = np.argsort(np.flip(plain, axis), axis, kind="stable") if largest else np.argsort(plain, axis, kind="stable")
    if largest:  # of equal elements the first, from the largest down
        order = np.flip(plain.shape[axis] - 1 - order, axis)
    places = np.take(order, range(count), axis)
    return tg.gather(x, axis, places), places.astype(np.int64)


@means("Hardmax", takes="axis", fixed=[EVERY])
def _hardmax(at: At, x: Any) -> Any:
    plain, axis = array_of(x), axis_of(at, at.get("axis"), x.ndim)
    if not plain.size:
        return plain
    if at.opset < 13:  # it flattened what follows the axis
        rows = plain.reshape(prod(x.shape[:axis]), -1)
        return (np.arange(rows.shape[1]) == np.argmax(rows, 1)[:, None]).reshape(x.shape).astype(x.dtype)
    best = np.argmax(plain, axis)[..., None]
    return np.moveaxis((np.arange(plain.shape[axis]) == best).astype(x.dtype), -1, axis)


@means("CumSum", "CumProd", takes="exclusive reverse", fixed=[1])
def _cumulative(at: At, x: Any, axis: Any) -> Any:
    dim = axis_of(at, whole(axis)[0], x.ndim)
    run, first = (tg.cumsum, 0) if at.operator == "CumSum" else (tg.cumprod, 1)
    y = tg.flip(x, (dim,)) if at.get("reverse") else x
    if at.get("exclusive"):
        shape = (*x.shape[:dim], 1, *x.shape[dim + 1 :])
        y = y[(slice(None),) * dim + (slice(None, -1),)]
        y = tg.cat([np.full(shape, first, x.dtype), y], dim) if x.shape[dim] else y
    y = run(y, dim)
    return typed(tg.flip(y, (dim,)) if at.get("reverse") else y, x.dtype)


@means("Softmax", "LogSoftmax", takes="axis")
def _softmax(at: At, x: Any) -> Any:
    apply = F.softmax if at.operator == "Softmax" else F.log_softmax
    if at.opset >= 13:
        return apply(x, at.get("axis"))
    axis = axis_of(at, at.get("axis"), x.ndim)  # it flattened what follows the axis
    return tg.reshape(apply(tg.reshape(x, (prod(x.shape[:axis]), -1)), 1), x.shape)
