"""ONNX's linear layers, norms and losses."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr.bridges.onnx.meanings.elementwise import OLD
from tinygrad_fr.bridges.onnx.meanings.meaning import At, array_of, axis_of, means, typed
from tinygrad_fr.locale import _
from tinygrad_fr.nn import functional as F


@means("Gemm", takes=f"alpha beta transA transB {OLD}")
def _gemm(at: At, a: Any, b: Any, c: Any = None) -> Any:
    if a.ndim != 2 or b.ndim != 2:
        raise at.refuse(_("expected two matrices, got shapes {a} and {b}").format(a=tuple(a.shape), b=tuple(b.shape)))
    alpha, beta = at.get("alpha"), at.get("beta")
    a = tg.mT(a) if at.get("transA") else a
    if alpha == beta == 1.0 and at.get("transB") and (c is None or (c.ndim == 1 and c.shape[0] == b.shape[0])):
        return F.linear(a, b, c)
    y = tg.matmul(a, tg.mT(b) if at.get("transB") else b)
    y = y if alpha == 1.0 else typed(tg.mul(y, alpha), y.dtype)
    if c is None:
        return y
    return tg.add(y, c if beta == 1.0 else typed(tg.mul(c, beta), c.dtype))


@means("Einsum", takes="equation")
def _einsum(at: At, *operands: Any) -> Any:
    return tg.einsum(at.get("equation"), *operands)


@means("BatchNormalization", takes="epsilon momentum training_mode is_test spatial", gives=3, fixed=[3, 4])
def _batch_norm(at: At, x: Any, scale: Any, shift: Any, mean: Any, variance: Any) -> Any:
    if at.get("spatial") == 0:
        raise at.refuse(_("a mean for each place has no counterpart here (spatial=0)"))
    learning = bool(at.get("training_mode")) if at.opset >= 14 else at.outputs > 1
    if at.opset < 7:
        learning = not at.get("is_test")
    if not learning:
        if at.outputs > 1:
            raise at.refuse(_("means of the batch are given in training alone"))
        return tg.ops.registry["batch_norm_running"](x, mean, variance, scale, shift, at.get("epsilon"))
    if at.opset < 14:
        raise at.refuse(_("training before opset 14 has no counterpart here"))
    axes, shape = (0, *range(2, x.ndim)), (-1, *(1,) * (x.ndim - 2))
    own = tg.mean(x, axes, True)
    apart = tg.sub(x, own)
    spread = tg.mean(tg.mul(apart, apart), axes, True)
    y = tg.div(apart, tg.sqrt(tg.add(spread, at.get("epsilon"))))
    y = tg.add(tg.mul(y, tg.reshape(scale, shape)), tg.reshape(shift, shape))
    keep = at.get("momentum")
    return y, *(
        tg.add(tg.mul(old, keep), tg.mul(tg.reshape(new, (-1,)), 1 - keep))
        for old, new in ((mean, own), (variance, spread))
    )


def stashed(at: At, x: Any) -> Any:
    """x in the type in which a norm is to be computed."""
    if at.attributes.get("stash_type", 1) not in (1, None):
        raise at.refuse(_("statistics are worked out here in float32 alone"))
    return typed(x, np.float32) if x.dtype == np.float16 else x


@means("LayerNormalization", takes="axis epsilon stash_type", gives=3)
def _layer_norm(at: At, x: Any, scale: Any, shift: Any = None) -> Any:
    axis = axis_of(at, at.get("axis"), x.ndim)
    shape = tuple(x.shape[axis:])
    wide = stashed(at, x)
    if x.dtype == np.float16:
        y = tg.mul(typed(F.layer_norm(wide, shape, None, None, at.get("epsilon")), x.dtype), scale)
        y = y if shift is None else tg.add(y, shift)
    else:
        scale = scale if tuple(scale.shape) == shape else tg.broadcast_to(scale, shape)
        shift = shift if shift is None or tuple(shift.shape) == shape else tg.broadcast_to(shift, shape)
        y = F.layer_norm(x, shape, scale, shift, at.get("epsilon"))
    if at.outputs == 1:
        return y
    axes = tuple(range(axis, x.ndim))
    mean = tg.mean(wide, axes, True)
    apart = tg.sub(wide, mean)
    spread = tg.mean(tg.mul(apart, apart), axes, True)
    return y, mean, tg.div(np.ones((), wide.dtype), tg.sqrt(tg.add(spread, at.get("epsilon"))))


@means("RMSNormalization", takes="axis epsilon stash_type")
def _rms_norm(at: At, x: Any, scale: Any) -> Any:
    shape = tuple(x.shape[axis_of(at, at.get("axis"), x.ndim) :])
    wide = stashed(at, x)
    if tuple(scale.shape) == shape and x.dtype != np.float16:
        return F.rms_norm(x, shape, scale, at.get("epsilon"))
    return tg.mul(typed(F.rms_norm(wide, shape, None, at.get("epsilon")), x.dtype), scale)


@means("GroupNormalization", takes="num_groups epsilon stash_type")
def _group_norm(at: At, x: Any, scale: Any, shift: Any) -> Any:
    groups = at.get("num_groups")
    wide = stashed(at, x)
    if at.opset < 21:  # one number per group
        each = x.shape[1] // groups
        scale, shift = (tg.repeat_interleave(part, each) for part in (scale, shift))
    if x.dtype == np.float16:
        shape = (-1, *(1,) * (x.ndim - 2))
        y = typed(F.group_norm(wide, groups, None, None, at.get("epsilon")), x.dtype)
        return tg.add(tg.mul(y, tg.reshape(scale, shape)), tg.reshape(shift, shape))
    return F.group_norm(x, groups, scale, shift, at.get("epsilon"))


@means("InstanceNormalization", takes="epsilon consumed_inputs")
def _instance_norm(at: At, x: Any, scale: Any, shift: Any) -> Any:
    return F.group_norm(x, x.shape[1], scale, shift, at.get("epsilon"))


@means("MeanVarianceNormalization", takes="axes")
def _mean_variance(at: At, x: Any) -> Any:
    axes = tuple(axis_of(at, axis, x.ndim) for axis in at.get("axes"))
    mean = tg.mean(x, axes, True)
    squared = tg.mean(tg.mul(x, x), axes, True)
    deviation = tg.sqrt(tg.sub(squared, tg.mul(mean, mean)))
    return tg.div(tg.sub(x, mean), tg.add(deviation, 1e-9))


@means("LRN", takes="size alpha beta bias")
def _response_norm(at: At, x: Any) -> Any:
    size = at.get("size")
    if size % 2:
        return F.local_response_norm(x, size, at.get("alpha"), at.get("beta"), at.get("bias"))
    before = (size - 1) // 2
    widths = (*(0,) * 2 * (x.ndim - 2), before, size - 1 - before)
    squares = F.pad(tg.mul(x, x), widths)
    total = squares[:, : x.shape[1]]
    for place in range(1, size):
        total = tg.add(total, squares[:, place : place + x.shape[1]])
    return tg.div(x, tg.pow(tg.add(tg.mul(total, at.get("alpha") / size), at.get("bias")), at.get("beta")))


@means("LpNormalization", takes="axis p")
def _lp_norm(at: At, x: Any) -> Any:
    p, axis = at.get("p"), axis_of(at, at.get("axis"), x.ndim)
    if p not in (1, 2):
        raise at.refuse(
            _("expected “{name}” to be one of {known}, got “{found}”").format(name="p", known="1, 2", found=p)
        )
    length = tg.sum(tg.abs(x), (axis,), True) if p == 1 else tg.sqrt(tg.sum(tg.mul(x, x), (axis,), True))
    nothing = array_of(length) == 0
    if np.any(nothing):  # what has no length stays 0
        length = tg.where(nothing, np.ones((), x.dtype), length)
    return tg.div(x, length)


def _loss(at: At, logs: Any, labels: Any, weight: Any) -> Any:
    ignored = at.get("ignore_index")
    return F.nll_loss(
        logs,
        typed(labels, np.int64),
        weight,
        ignore_index=-(2**62) if ignored is None else ignored,
        reduction=at.one_of("reduction", "mean", "sum", "none"),
    )


@means("SoftmaxCrossEntropyLoss", takes="ignore_index reduction", gives=2, fixed=[1, 2])
def _cross_entropy(at: At, x: Any, labels: Any, weight: Any = None) -> Any:
    if at.outputs > 1:
        logs = F.log_softmax(x, 1)
        return _loss(at, logs, labels, weight), logs
    ignored = at.get("ignore_index")
    return F.cross_entropy(
        x,
        typed(labels, np.int64),
        weight,
        ignore_index=-(2**62) if ignored is None else ignored,
        reduction=at.one_of("reduction", "mean", "sum", "none"),
    )


@means("NegativeLogLikelihoodLoss", takes="ignore_index reduction", fixed=[1, 2])
def _nll(at: At, x: Any, labels: Any, weight: Any = None) -> Any:
    return _loss(at, x, labels, weight)
