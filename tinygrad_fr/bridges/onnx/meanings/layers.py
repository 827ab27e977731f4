"""ONNX's layers and losses."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr.bridges.onnx.meanings.meaning import At, means
from tinygrad_fr.locale import _
from tinygrad_fr.nn import functional as F


@means("Gemm")
def _gemm(at: At, a: Any, b: Any, c: Any = None) -> Any:
    alpha, beta = at.get("alpha", 1.0), at.get("beta", 1.0)
    a = tg.mT(a) if at.get("transA", 0) else a
    if alpha == beta == 1.0 and at.get("transB", 0) and (c is None or c.ndim == 1):
        return F.linear(a, b, c)
    y = tg.matmul(a, tg.mT(b) if at.get("transB", 0) else b)
    y = y if alpha == 1.0 else tg.mul(y, alpha)
    if c is None:
        return y
    return tg.add(y, c if beta == 1.0 else tg.mul(c, beta))


def _sides(at: At, x: Any, kernel: tuple[int, ...]) -> tuple[Any, list[int], list[int], tuple[int, ...] | None]:
    """Steps, spread and border of a window; a border that is not the same at both ends as widths of its own."""
    n = len(kernel)
    stride = list(at.get("strides", [1] * n))
    dilation = list(at.get("dilations", [1] * n))
    pads = list(at.get("pads", [0] * 2 * n))
    auto = at.get("auto_pad", "NOTSET")
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        pads = [0] * 2 * n
        for i, (side, k, s, d) in enumerate(zip(x.shape[2:], kernel, stride, dilation, strict=True)):
            total = max((-(-side // s) - 1) * s + d * (k - 1) + 1 - side, 0)
            less, more = total // 2, total - total // 2
            pads[i], pads[n + i] = (less, more) if auto == "SAME_UPPER" else (more, less)
    if pads[:n] == pads[n:]:
        return pads[:n], stride, dilation, None
    around = tuple(width for i in reversed(range(n)) for width in (pads[i], pads[n + i]))
    return [0] * n, stride, dilation, around


def _of_sides(at: At, operation: str, n: int) -> Any:
    if n not in (1, 2, 3):
        raise at.refuse(_("expected 1 to 3 dimensions besides rows and channels, got {found}").format(found=n))
    return getattr(F, f"{operation}{n}d")


@means("Conv")
def _conv(at: At, x: Any, w: Any, b: Any = None) -> Any:
    padding, stride, dilation, around = _sides(at, x, tuple(w.shape[2:]))
    x = x if around is None else F.pad(x, around)
    return _of_sides(at, "conv", w.ndim - 2)(x, w, b, stride, padding, dilation, at.get("group", 1))


@means("ConvTranspose")
def _conv_transpose(at: At, x: Any, w: Any, b: Any = None) -> Any:
    n = w.ndim - 2
    padding, stride, dilation, around = _sides(at, x, tuple(w.shape[2:]))
    if around is not None or at.get("output_shape") is not None or at.get("auto_pad", "NOTSET") != "NOTSET":
        raise at.refuse(_("a border that is not the same at both ends has no counterpart here"))
    more = at.get("output_padding", [0] * n)
    return _of_sides(at, "conv_transpose", n)(x, w, b, stride, padding, more, at.get("group", 1), dilation)


@means("MaxPool")
def _max_pool(at: At, x: Any) -> Any:
    kernel = tuple(at.get("kernel_shape"))
    padding, stride, dilation, around = _sides(at, x, kernel)
    x = x if around is None else F.pad(x, around, value=-np.inf)
    pool = _of_sides(at, "max_pool", len(kernel))
    return pool(x, kernel, stride, padding, dilation, bool(at.get("ceil_mode", 0)), at.outputs > 1)


@means("AveragePool")
def _average_pool(at: At, x: Any) -> Any:
    kernel = tuple(at.get("kernel_shape"))
    padding, stride, dilation, around = _sides(at, x, kernel)
    counted = bool(at.get("count_include_pad", 0))
    if any(d != 1 for d in dilation) or (around is not None and not counted):
        raise at.refuse(_("a border that is not the same at both ends has no counterpart here"))
    x = x if around is None else F.pad(x, around)
    return _of_sides(at, "avg_pool", len(kernel))(x, kernel, stride, padding, bool(at.get("ceil_mode", 0)), counted)


@means("GlobalAveragePool")
def _global_average(at: At, x: Any) -> Any:
    return tg.mean(x, tuple(range(2, x.ndim)), True)


@means("GlobalMaxPool")
def _global_max(at: At, x: Any) -> Any:
    return tg.amax(x, tuple(range(2, x.ndim)), True)


@means("BatchNormalization")
def _batch_norm(at: At, x: Any, scale: Any, shift: Any, mean: Any, variance: Any) -> Any:
    return tg.batch_norm_running(x, mean, variance, scale, shift, at.get("epsilon", 1e-5))


@means("LayerNormalization")
def _layer_norm(at: At, x: Any, scale: Any, shift: Any = None) -> Any:
    shape = x.shape[at.get("axis", -1) % x.ndim :]
    scale = scale if tuple(scale.shape) == tuple(shape) else tg.broadcast_to(scale, shape)
    return F.layer_norm(x, shape, scale, shift, at.get("epsilon", 1e-5))


@means("RMSNormalization")
def _rms_norm(at: At, x: Any, scale: Any) -> Any:
    return F.rms_norm(x, x.shape[at.get("axis", -1) % x.ndim :], scale, at.get("epsilon", 1e-5))


@means("GroupNormalization")
def _group_norm(at: At, x: Any, scale: Any, shift: Any) -> Any:
    groups = at.get("num_groups")
    if scale.shape[0] != x.shape[1]:  # before opset 21: one number a group
        each = x.shape[1] // groups
        scale, shift = (tg.repeat_interleave(part, each) for part in (scale, shift))
    return F.group_norm(x, groups, scale, shift, at.get("epsilon", 1e-5))


@means("InstanceNormalization")
def _instance_norm(at: At, x: Any, scale: Any, shift: Any) -> Any:
    return F.group_norm(x, x.shape[1], scale, shift, at.get("epsilon", 1e-5))


@means("LRN")
def _response_norm(at: At, x: Any) -> Any:
    if not at.get("size") % 2:
        raise at.refuse(_("only odd numbers of neighbours have a counterpart here"))
    return F.local_response_norm(x, at.get("size"), at.get("alpha", 1e-4), at.get("beta", 0.75), at.get("bias", 1.0))


@means("LpNormalization")
def _lp_norm(at: At, x: Any) -> Any:
    return F.normalize(x, float(at.get("p", 2)), at.get("axis", -1), 0.0)


@means("SoftmaxCrossEntropyLoss")
def _cross_entropy(at: At, x: Any, labels: Any, weight: Any = None) -> Any:
    if at.outputs > 1:
        raise at.refuse(_("the logarithms beside the loss have no counterpart here"))
    return F.cross_entropy(
        x, labels, weight, ignore_index=at.get("ignore_index", -100), reduction=at.get("reduction", "mean")
    )


@means("NegativeLogLikelihoodLoss")
def _nll(at: At, x: Any, labels: Any, weight: Any = None) -> Any:
    return F.nll_loss(
        x, labels, weight, ignore_index=at.get("ignore_index", -100), reduction=at.get("reduction", "mean")
    )


@means("Attention")
def _attention(at: At, q: Any, k: Any, v: Any, mask: Any = None, *rest: Any) -> Any:
    if any(x is not None for x in rest) or at.outputs > 1 or at.get("softcap", 0.0) or q.ndim != 4:
        raise at.refuse(_("only (N, heads, L, E) queries, keys and values with a mask are attended to here"))
    if k.shape[1] != q.shape[1]:
        raise at.refuse(_("groups of heads that share keys have no counterpart here"))
    scale = at.get("scale", 1 / sqrt(q.shape[-1]))
    return tg.attention(q, k, v, mask, None, bool(at.get("is_causal", 0)), scale)
