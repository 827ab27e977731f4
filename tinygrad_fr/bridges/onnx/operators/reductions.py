"""Reductions in ONNX, and what is found along a dimension."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.bridges.onnx.operators.rule import (
    RULES,
    Rule,
    axes_of,
    called,
    dtype_of,
    filled,
    ndim_of,
    rule,
    shape_of,
)

if TYPE_CHECKING:
    from tinygrad_fr.bridges.onnx.writer import Writer
    from tinygrad_fr.record.node import Node


def _reduced(operator: str) -> Rule:
    def write(w: Writer, node: Node) -> Any:
        x = node.inputs[0]
        if 0 in shape_of(x):
            return None
        if not ndim_of(x):
            return w.add("Identity", w.operand(x, dtype_of(node)))
        axes = w.whole(*axes_of(x, node.attrs["dim"]))
        return w.add(operator, w.operand(x, dtype_of(node)), axes, keepdims=int(node.attrs.get("keepdim", False)))

    return write


for _name, _operator in {
    "amax": "ReduceMax", "amin": "ReduceMin", "mean": "ReduceMean", "prod": "ReduceProd", "sum": "ReduceSum",
    "logsumexp": "ReduceLogSumExp",
}.items():  # fmt: skip
    RULES[_name] = _reduced(_operator)


@rule("vector_norm")
def _norm(w: Writer, node: Node) -> Any:
    order, keep = float(node.attrs["ord"]), int(node.attrs["keepdim"])
    (x,) = node.inputs
    if order in (1.0, 2.0) or not ndim_of(x):
        return _reduced("ReduceL1" if order == 1.0 else "ReduceL2")(w, node)
    size, axes = w.add("Abs", w.operand(x)), w.whole(*axes_of(x, node.attrs["dim"]))
    if np.isinf(order):
        return w.add("ReduceMax" if order > 0 else "ReduceMin", size, axes, keepdims=keep)
    if not order:
        return w.add("ReduceSum", w.add("Sign", size), axes, keepdims=keep)
    total = w.add("ReduceSum", w.add("Pow", size, filled(w, node, order)), axes, keepdims=keep)
    return w.add("Pow", total, filled(w, node, 1 / order))


@rule("all", "any", "count_nonzero")
def _counted(w: Writer, node: Node) -> Any:
    x, name = node.inputs[0], called(node)
    held = w.cast(w.operand(x, np.dtype(np.bool_)), np.dtype(np.int64))
    operator = {"all": "ReduceMin", "any": "ReduceMax"}.get(name, "ReduceSum")
    if ndim_of(x):
        axes = w.whole(*axes_of(x, node.attrs["dim"]))
        held = w.add(operator, held, axes, keepdims=int(node.attrs.get("keepdim", False)))
    return held if name == "count_nonzero" else w.cast(held, np.dtype(np.bool_))


@rule("deviation")
def _deviation(w: Writer, node: Node) -> Any:
    x, keep = node.inputs[0], int(node.attrs["keepdim"])
    dims = axes_of(x, node.attrs["dim"])
    apart = w.add("Sub", w.operand(x), w.add("ReduceMean", w.operand(x), w.whole(*dims), keepdims=1))
    total = w.add("ReduceSumSquare", apart, w.whole(*dims), keepdims=keep)
    count = prod(shape_of(x)[d] for d in dims) - node.attrs["correction"]
    return w.add("Sqrt", w.add("Div", total, filled(w, node, max(count, 0))))


@rule("argmax", "argmin")
def _argument(w: Writer, node: Node) -> Any:
    x, dim = w.operand(node.inputs[0]), node.attrs["dim"]
    operator = "ArgMax" if called(node) == "argmax" else "ArgMin"
    if dim is not None and ndim_of(node.inputs[0]):
        return w.add(operator, x, axis=dim, keepdims=int(node.attrs["keepdim"]))
    flat = w.add(operator, w.add("Reshape", x, w.whole(-1)), axis=0)
    return w.add("Reshape", flat, w.whole(*shape_of(node)))


@rule("max_along", "min_along")
def _along(w: Writer, node: Node) -> Any:
    x, dim, keep = node.inputs[0], node.attrs["dim"], int(node.attrs["keepdim"])
    if not ndim_of(x):
        return None
    which = "Max" if called(node) == "max_along" else "Min"
    values = w.add(f"Reduce{which}", w.operand(x), w.whole(*axes_of(x, dim)), keepdims=keep)
    return values, w.add(f"Arg{which}", w.operand(x), axis=dim, keepdims=keep)


@rule("topk", "sort")
def _topk(w: Writer, node: Node) -> Any:
    x, attrs = node.inputs[0], node.attrs
    if not ndim_of(x):
        return None
    k = attrs["k"] if "k" in attrs else shape_of(x)[attrs["dim"]]
    largest = attrs["largest"] if "largest" in attrs else attrs["descending"]
    return w.add("TopK", w.operand(x), w.whole(k), outputs=2, axis=attrs["dim"], largest=int(largest), sorted=1)


@rule("cumsum")
def _cumsum(w: Writer, node: Node) -> Any:
    if not ndim_of(node.inputs[0]):
        return None
    axis = w.constant(np.asarray(node.attrs["dim"], np.int64))
    return w.add("CumSum", w.operand(node.inputs[0], dtype_of(node)), axis)


@rule("softmax", "log_softmax")
def _softmax(w: Writer, node: Node) -> Any:
    if not ndim_of(node.inputs[0]):
        return None
    operator = "Softmax" if called(node) == "softmax" else "LogSoftmax"
    return w.add(operator, w.operand(node.inputs[0]), axis=node.attrs["dim"])
