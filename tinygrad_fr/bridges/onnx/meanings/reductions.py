"""ONNX's reductions."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr.bridges.onnx.meanings.meaning import MEANINGS, At, Meaning, axes_of, means, whole
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.nn import functional as F

if TYPE_CHECKING:
    from collections.abc import Callable


def _reducing(reduce: Callable[[Any, Any, bool], Any]) -> Meaning:
    def mean(at: At, x: Any, axes: Any = None) -> Any:
        dims = axes_of(at, axes, x)
        if not dims and at.get("noop_with_empty_axes", 0):
            return x
        return reduce(x, dims or None, bool(at.get("keepdims", 1)))

    return mean


for _operator, _reduce in {
    "ReduceSum": lambda x, d, k: tg.sum(x, d, k),
    "ReduceMean": lambda x, d, k: tg.mean(x, d, k),
    "ReduceMax": lambda x, d, k: tg.amax(x, d, k),
    "ReduceMin": lambda x, d, k: tg.amin(x, d, k),
    "ReduceL1": lambda x, d, k: tg.sum(tg.abs(x), d, k),
    "ReduceL2": lambda x, d, k: tg.sqrt(tg.sum(tg.mul(x, x), d, k)),
    "ReduceSumSquare": lambda x, d, k: tg.sum(tg.mul(x, x), d, k),
    "ReduceLogSum": lambda x, d, k: tg.log(tg.sum(x, d, k)),
    "ReduceLogSumExp": lambda x, d, k: tg.logsumexp(x, tuple(range(x.ndim)) if d is None else d, k),
}.items():
    MEANINGS["", _operator] = _reducing(_reduce)


@means("ReduceProd")
def _prod(at: At, x: Any, axes: Any = None) -> Any:
    dims, keep = axes_of(at, axes, x), bool(at.get("keepdims", 1))
    if not isinstance(x, Tensor):
        return np.prod(x, axis=dims, keepdims=keep)
    for dim in sorted(range(x.ndim) if dims is None else dims, reverse=True):
        x = tg.prod(x, dim, keep)
    return x


@means("ArgMax", "ArgMin")
def _argument(at: At, x: Any) -> Any:
    if at.get("select_last_index", 0):
        raise at.refuse(_("only the first of equal elements is found here"))
    find = tg.argmax if at.operator == "ArgMax" else tg.argmin
    return find(x, at.get("axis", 0), bool(at.get("keepdims", 1)))


@means("TopK")
def _topk(at: At, x: Any, k: Any) -> Any:
    return tuple(tg.topk(x, whole(k)[0], at.get("axis", -1), bool(at.get("largest", 1))))


@means("CumSum")
def _cumsum(at: At, x: Any, axis: Any) -> Any:
    if at.get("exclusive", 0) or at.get("reverse", 0):
        raise at.refuse(_("only the plain running sum is known here"))
    return tg.cumsum(x, whole(axis)[0])


@means("Softmax", "LogSoftmax")
def _softmax(at: At, x: Any) -> Any:
    apply = F.softmax if at.operator == "Softmax" else F.log_softmax
    if at.opset >= 13:
        return apply(x, at.get("axis", -1))
    axis = at.get("axis", 1) % max(x.ndim, 1)  # it flattened what follows the axis
    return apply(x.reshape(prod(x.shape[:axis]), -1), 1).reshape(x.shape)
