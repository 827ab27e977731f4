"""Layers and losses in ONNX."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.bridges.onnx.operators.rule import RULES, Rule, dtype_of, expanded, ndim_of, rule, shape_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tinygrad_fr.bridges.onnx.writer import Writer
    from tinygrad_fr.record.node import Node


@rule("linear")
def _linear(w: Writer, node: Node) -> Any:
    x, weight, bias = node.inputs
    if ndim_of(x) == 2:
        return w.add("Gemm", w.operand(x), w.operand(weight), w.operand(bias), transB=1)
    product = w.add("MatMul", w.operand(x), w.add("Transpose", w.operand(weight), perm=[1, 0]))
    return product if bias is None else w.add("Add", product, w.operand(bias))


def _each(value: Any, n: int) -> list[int]:
    sides = [int(v) for v in np.atleast_1d(value)]
    return sides * n if len(sides) == 1 else sides


@rule("conv1d", "conv2d", "conv3d")
def _conv(w: Writer, node: Node) -> Any:
    x, weight, bias = node.inputs
    n, attrs = ndim_of(weight) - 2, node.attrs
    if ndim_of(x) != n + 2 or attrs["padding"] == "same":
        return None
    padding = [0] * n if attrs["padding"] == "valid" else _each(attrs["padding"], n)
    return w.add(
        "Conv", w.operand(x), w.operand(weight), w.operand(bias), strides=_each(attrs["stride"], n),
        pads=padding * 2, dilations=_each(attrs["dilation"], n), group=attrs["groups"], kernel_shape=shape_of(weight)[2:],
    )  # fmt: skip


@rule("conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
def _conv_transpose(w: Writer, node: Node) -> Any:
    x, weight, bias = node.inputs
    n, attrs = ndim_of(weight) - 2, node.attrs
    if ndim_of(x) != n + 2:
        return None
    return w.add(
        "ConvTranspose", w.operand(x), w.operand(weight), w.operand(bias), strides=_each(attrs["stride"], n),
        pads=_each(attrs["padding"], n) * 2, output_padding=_each(attrs["output_padding"], n),
        dilations=_each(attrs["dilation"], n), group=attrs["groups"], kernel_shape=shape_of(weight)[2:],
    )  # fmt: skip


@rule("convolution")
def _bare_conv(w: Writer, node: Node) -> Any:
    x, weight = node.inputs
    attrs = node.attrs
    return w.add(
        "Conv", w.operand(x), w.operand(weight), strides=attrs["stride"], pads=tuple(attrs["padding"]) * 2,
        dilations=attrs["dilation"], group=attrs["groups"], kernel_shape=shape_of(weight)[2:],
    )  # fmt: skip


def _window(node: Node, n: int) -> dict[str, Any] | None:
    """Kernel, steps and border of a pooling, where ONNX counts its windows as we do."""
    attrs = node.attrs
    if attrs["ceil_mode"] or ndim_of(node.inputs[0]) != n + 2:
        return None
    kernel = _each(attrs["kernel_size"], n)
    strides = kernel if attrs["stride"] in (None, ()) else _each(attrs["stride"], n)
    return {"kernel_shape": kernel, "strides": strides, "pads": _each(attrs["padding"], n) * 2}


def _max_pool(n: int) -> Rule:
    def write(w: Writer, node: Node) -> Any:
        window = _window(node, n)
        if window is None:
            return None
        return w.add("MaxPool", w.operand(node.inputs[0]), **window, dilations=_each(node.attrs["dilation"], n)), ""

    return write


def _average_pool(n: int) -> Rule:
    def write(w: Writer, node: Node) -> Any:
        window = _window(node, n)
        if window is None or node.attrs["divisor_override"] is not None:
            return None
        counted = int(node.attrs["count_include_pad"])
        return w.add("AveragePool", w.operand(node.inputs[0]), **window, count_include_pad=counted)

    return write


def _adaptive_pool(n: int) -> Rule:
    """One window for the whole image, or windows of one size."""

    def write(w: Writer, node: Node) -> Any:
        x = node.inputs[0]
        if ndim_of(x) != n + 2:
            return None
        sides, sizes = shape_of(x)[2:], shape_of(node)[2:]
        if all(size == 1 for size in sizes):
            return w.add("GlobalAveragePool", w.operand(x))
        if any(side % size for side, size in zip(sides, sizes, strict=True)):
            return None
        kernel = [side // size for side, size in zip(sides, sizes, strict=True)]
        return w.add("AveragePool", w.operand(x), kernel_shape=kernel, strides=kernel)

    return write


for _n in (1, 2, 3):
    RULES[f"max_pool{_n}d_with_indices"] = _max_pool(_n)
    RULES[f"avg_pool{_n}d"] = _average_pool(_n)
    RULES[f"adaptive_avg_pool{_n}d"] = _adaptive_pool(_n)


@rule("batch_norm_running")
def _batch_norm(w: Writer, node: Node) -> Any:
    x, mean, variance, weight, bias = node.inputs
    channels = shape_of(x)[1:2]
    scale = w.operand(weight) if weight is not None else w.constant(np.ones(channels, dtype_of(x)))
    shift = w.operand(bias) if bias is not None else w.constant(np.zeros(channels, dtype_of(x)))
    epsilon = node.attrs["eps"]
    return w.add(
        "BatchNormalization", w.operand(x), scale, shift, w.operand(mean), w.operand(variance), epsilon=epsilon
    )


@rule("layer_norm_of")
def _layer_norm(w: Writer, node: Node) -> Any:
    x, weight, bias = node.inputs
    shape = tuple(node.attrs["normalized_shape"])
    scale = w.operand(weight) if weight is not None else w.constant(np.ones(shape, dtype_of(x)))
    return w.add(
        "LayerNormalization", w.operand(x), scale, w.operand(bias), axis=-len(shape), epsilon=node.attrs["eps"]
    )


@rule("rms_norm_of")
def _rms_norm(w: Writer, node: Node) -> Any:
    x, weight = node.inputs
    shape = tuple(node.attrs["normalized_shape"])
    scale = w.operand(weight) if weight is not None else w.constant(np.ones(shape, dtype_of(x)))
    epsilon = float(np.finfo(dtype_of(x)).eps) if node.attrs["eps"] is None else node.attrs["eps"]
    return w.add("RMSNormalization", w.operand(x), scale, axis=-len(shape), epsilon=epsilon)


@rule("group_norm_of")
def _group_norm(w: Writer, node: Node) -> Any:
    x, weight, bias = node.inputs
    if ndim_of(x) < 3:
        return None
    channels = shape_of(x)[1:2]
    scale = w.operand(weight) if weight is not None else w.constant(np.ones(channels, dtype_of(x)))
    shift = w.operand(bias) if bias is not None else w.constant(np.zeros(channels, dtype_of(x)))
    groups, epsilon = node.attrs["num_groups"], node.attrs["eps"]
    return w.add("GroupNormalization", w.operand(x), scale, shift, num_groups=groups, epsilon=epsilon)


@rule("local_response_norm")
def _response_norm(w: Writer, node: Node) -> Any:
    attrs = node.attrs
    if ndim_of(node.inputs[0]) != 4 or not attrs["size"] % 2:  # of an even number the odd one stands on the other side
        return None
    given: dict[str, Any] = {key: float(attrs[key]) for key in ("alpha", "beta")}
    return w.add("LRN", w.operand(node.inputs[0]), size=attrs["size"], bias=float(attrs["k"]), **given)


@rule("attention")
def _attention(w: Writer, node: Node) -> Any:
    query, key, value, mask, dropped = node.inputs
    if dropped is not None or any(ndim_of(x) != 4 for x in (query, key, value)):
        return None
    allowed = w.fixed(mask)
    if mask is not None and dtype_of(mask) == np.bool_ and (allowed is None or not np.all(np.any(allowed, -1))):
        return None  # who may look at nothing gets zeros here, and no number there
    scale, masked = node.attrs["scale"], w.operand(mask)
    if mask is not None and shape_of(mask)[-2:] != (shape_of(query)[-2], shape_of(key)[-2]):
        sides = (*shape_of(mask)[:-2], shape_of(query)[-2], shape_of(key)[-2])
        masked = expanded(w, masked, shape_of(mask), sides)
    return w.add(
        "Attention", w.operand(query), w.operand(key), w.operand(value), masked,
        is_causal=int(node.attrs["is_causal"]), scale=1 / shape_of(query)[-1] ** 0.5 if scale is None else scale,
    )  # fmt: skip


@rule("cross_entropy")
def _cross_entropy(w: Writer, node: Node) -> Any:
    x, labels = node.inputs
    given = w.operand(x), w.operand(labels, np.dtype(np.int64))
    return w.add("SoftmaxCrossEntropyLoss", *given, reduction=node.attrs["reduction"])


def _of_labels(operator: str) -> Callable[[Writer, Node], Any]:
    """The rule of a loss of labels, with weights of their classes and one that does not count."""

    def written(w: Writer, node: Node) -> Any:
        x, labels, weight = node.inputs
        given = w.operand(x), w.operand(labels, np.dtype(np.int64)), w.operand(weight)
        ignored, reduction = node.attrs["ignore_index"], node.attrs["reduction"]
        return w.add(operator, *given, ignore_index=ignored, reduction=reduction)

    return written


rule("nll_loss_of")(_of_labels("NegativeLogLikelihoodLoss"))
rule("cross_entropy_of_classes")(_of_labels("SoftmaxCrossEntropyLoss"))
