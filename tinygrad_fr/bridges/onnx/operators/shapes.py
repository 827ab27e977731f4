"""Shapes in ONNX."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.bridges.onnx.operators.rule import (
    axes_of,
    called,
    dtype_of,
    expanded,
    ndim_of,
    reshaped,
    rule,
    shape_of,
    slices,
)

if TYPE_CHECKING:
    from tinygrad_fr.bridges.onnx.writer import Writer
    from tinygrad_fr.record.node import Node


@rule("reshape_to")
def _reshape(w: Writer, node: Node) -> Any:
    return reshaped(w, w.operand(node.inputs[0]), shape_of(node))


@rule("to_scalar")
def _to_scalar(w: Writer, node: Node) -> Any:
    return w.add("Reshape", w.operand(node.inputs[0], dtype_of(node)), w.whole())


@rule("permute_to")
def _permute(w: Writer, node: Node) -> Any:
    return w.add("Transpose", w.operand(node.inputs[0]), perm=axes_of(node.inputs[0], tuple(node.attrs["dims"])))


@rule("mT")
def _transpose(w: Writer, node: Node) -> Any:
    n = ndim_of(node.inputs[0])
    return w.add("Transpose", w.operand(node.inputs[0]), perm=[*range(n - 2), n - 1, n - 2])


@rule("expand_to")
def _expand(w: Writer, node: Node) -> Any:
    return expanded(w, w.operand(node.inputs[0]), shape_of(node.inputs[0]), shape_of(node))


@rule("sum_to")
def _sum_to(w: Writer, node: Node) -> Any:
    x, shape = node.inputs[0], tuple(node.attrs["shape"])
    lead = ndim_of(x) - len(shape)
    axes = [*range(lead), *(lead + i for i, side in enumerate(shape) if side == 1)]
    total = w.add("ReduceSum", w.operand(x), w.whole(*axes), keepdims=0) if axes else w.operand(x)
    return reshaped(w, total, shape)


@rule("cat")
def _cat(w: Writer, node: Node) -> Any:
    parts = [x for x in node.inputs if shape_of(x) != (0,)]
    return w.add("Concat", *(w.operand(x, dtype_of(node)) for x in parts), axis=node.attrs["dim"])


@rule("stack")
def _stack(w: Writer, node: Node) -> Any:
    dim = node.attrs["dim"] % (ndim_of(node))
    parts = [w.add("Unsqueeze", w.operand(x, dtype_of(node)), w.whole(dim)) for x in node.inputs]
    return w.add("Concat", *parts, axis=dim)


@rule("pad_constant")
def _pad(w: Writer, node: Node) -> Any:
    widths = node.attrs["widths"]
    sides = w.whole(*(before for before, _after in widths), *(after for _before, after in widths))
    return w.add("Pad", w.operand(node.inputs[0]), sides, w.constant(np.asarray(node.attrs["value"], dtype_of(node))))


@rule("flip_along")
def _flip(w: Writer, node: Node) -> Any:
    axes = axes_of(node.inputs[0], tuple(node.attrs["dims"]))
    return slices(w, w.operand(node.inputs[0]), [(axis, slice(None, None, -1)) for axis in axes])


@rule("roll_along")
def _roll(w: Writer, node: Node) -> Any:
    name, sides = w.operand(node.inputs[0]), shape_of(node)
    for shift, axis in zip(node.attrs["shifts"], axes_of(node, tuple(node.attrs["dims"])), strict=True):
        cut = (sides[axis] - shift) % max(sides[axis], 1)
        ends = (slices(w, name, [(axis, part)]) for part in (slice(cut, None), slice(0, cut)))
        name = w.add("Concat", *ends, axis=axis)
    return name


@rule("tril", "triu")
def _triangle(w: Writer, node: Node) -> Any:
    diagonal = w.constant(np.asarray(node.attrs["diagonal"], np.int64))
    upper = int(called(node) == "triu")
    return w.add("Trilu", w.operand(node.inputs[0]), diagonal, upper=upper)


@rule("contract")
def _einsum(w: Writer, node: Node) -> Any:
    return w.add("Einsum", *(w.operand(x, dtype_of(node)) for x in node.inputs), equation=node.attrs["subscripts"])
