"""Element-wise operations in ONNX: operands of one type, the result's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.bridges.onnx.operators.rule import RULES, Rule, called, dtype_of, filled, rule, shape_of
from tinygrad_fr.ops.shared.untracked import value_of

if TYPE_CHECKING:
    from tinygrad_fr.bridges.onnx.writer import Writer
    from tinygrad_fr.record.node import Node


def same(operator: str, **attributes: str) -> Rule:
    """The operator of the same meaning; ``attributes`` says which of ours each of its attributes is."""

    def write(w: Writer, node: Node) -> Any:
        given: dict[str, Any] = {theirs: float(node.attrs[ours]) for theirs, ours in attributes.items()}
        return w.add(operator, *(w.operand(x, dtype_of(node)) for x in node.inputs), **given)

    return write


for _name, _operator in {
    "abs": "Abs", "acos": "Acos", "acosh": "Acosh", "add": "Add", "asin": "Asin", "asinh": "Asinh", "atan": "Atan",
    "atanh": "Atanh", "ceil": "Ceil", "cos": "Cos", "cosh": "Cosh", "det": "Det", "div": "Div", "erf": "Erf", "exp": "Exp",
    "floor": "Floor", "hardswish": "HardSwish", "log": "Log", "logical_and": "And", "logical_not": "Not",
    "logical_or": "Or", "logical_xor": "Xor", "matmul": "MatMul", "maximum": "Max", "minimum": "Min", "mish": "Mish",
    "mul": "Mul", "neg": "Neg", "pow": "Pow", "reciprocal": "Reciprocal", "relu": "Relu", "round": "Round",
    "selu": "Selu", "sigmoid": "Sigmoid", "sign": "Sign", "sin": "Sin", "sinh": "Sinh", "softsign": "Softsign",
    "sqrt": "Sqrt", "sub": "Sub", "tan": "Tan", "tanh": "Tanh",
    "bitwise_and": "BitwiseAnd", "bitwise_or": "BitwiseOr", "bitwise_xor": "BitwiseXor", "bitwise_not": "BitwiseNot",
    "clamp_max": "Min", "clamp_min": "Max",
}.items():  # fmt: skip
    RULES[_name] = same(_operator)
RULES["leaky_relu"] = same("LeakyRelu", alpha="negative_slope")
RULES["elu"] = same("Elu", alpha="alpha")
RULES["celu"] = same("Celu", alpha="alpha")


def _compared(operator: str) -> Rule:
    def write(w: Writer, node: Node) -> Any:
        values = [value_of(x) for x in node.inputs]
        dtype = np.result_type(*(v if isinstance(v, np.ndarray | np.generic) else type(v)(v) for v in values))
        return w.add(operator, *(w.operand(x, dtype) for x in node.inputs))

    return write


for _name, _operator in {
    "eq": "Equal", "ge": "GreaterOrEqual", "gt": "Greater", "isinf": "IsInf", "isnan": "IsNaN", "le": "LessOrEqual",
    "lt": "Less",
}.items():  # fmt: skip
    RULES[_name] = _compared(_operator)


@rule("ne")
def _different(w: Writer, node: Node) -> Any:
    return w.add("Not", RULES["eq"](w, node))


@rule("where")
def _where(w: Writer, node: Node) -> Any:
    condition, a, b = node.inputs
    chosen = w.operand(a, dtype_of(node)), w.operand(b, dtype_of(node))
    return w.add("Where", w.operand(condition, np.dtype(np.bool_)), *chosen)


@rule("isfinite")
def _isfinite(w: Writer, node: Node) -> Any:
    x = w.operand(node.inputs[0])
    return w.add("Not", w.add("Or", w.add("IsInf", x), w.add("IsNaN", x)))


@rule("fmod")
def _fmod(w: Writer, node: Node) -> Any:
    return w.add("Mod", *(w.operand(x, dtype_of(node)) for x in node.inputs), fmod=1)


@rule("parametric_relu")
def _prelu(w: Writer, node: Node) -> Any:
    return same("PRelu")(w, node) if shape_of(node.inputs[0]) == shape_of(node) else None


@rule("square")
def _square(w: Writer, node: Node) -> Any:
    x = w.operand(node.inputs[0])
    return w.add("Mul", x, x)


@rule("hypot")
def _hypot(w: Writer, node: Node) -> Any:
    a, b = (w.operand(x, dtype_of(node)) for x in node.inputs)
    return w.add("Sqrt", w.add("Add", w.add("Mul", a, a), w.add("Mul", b, b)))


@rule("expm1")
def _expm1(w: Writer, node: Node) -> Any:
    return w.add("Sub", w.add("Exp", w.operand(node.inputs[0])), filled(w, node))


@rule("log1p")
def _log1p(w: Writer, node: Node) -> Any:
    return w.add("Log", w.add("Add", w.operand(node.inputs[0]), filled(w, node)))


@rule("trunc")
def _trunc(w: Writer, node: Node) -> Any:
    x = w.operand(node.inputs[0])
    return w.add("Mul", w.add("Sign", x), w.add("Floor", w.add("Abs", x)))


@rule("erfc")
def _erfc(w: Writer, node: Node) -> Any:
    return w.add("Sub", filled(w, node), w.add("Erf", w.operand(node.inputs[0])))


@rule("ndtr")
def _ndtr(w: Writer, node: Node) -> Any:
    scaled = w.add("Mul", w.operand(node.inputs[0]), filled(w, node, 0.5**0.5))
    return w.add("Mul", w.add("Add", w.add("Erf", scaled), filled(w, node)), filled(w, node, 0.5))


@rule("logaddexp")
def _logaddexp(w: Writer, node: Node) -> Any:
    a, b = (w.operand(x, dtype_of(node)) for x in node.inputs)
    gap = w.add("Exp", w.add("Neg", w.add("Abs", w.add("Sub", a, b))))
    return w.add("Add", w.add("Max", a, b), w.add("Log", w.add("Add", gap, filled(w, node))))


def _quotient(w: Writer, node: Node) -> tuple[str, str, str]:
    a, b = (w.operand(x, dtype_of(node)) for x in node.inputs)
    return a, b, w.add("Floor", w.add("Div", a, b))


@rule("floor_divide", "remainder")
def _floored(w: Writer, node: Node) -> Any:
    if dtype_of(node).kind != "f":
        return None
    a, b, quotient = _quotient(w, node)
    return quotient if called(node) == "floor_divide" else w.add("Sub", a, w.add("Mul", quotient, b))


@rule("softplus")
def _softplus(w: Writer, node: Node) -> Any:
    if node.attrs["beta"] != 1:
        return None
    return w.add("Softplus", w.operand(node.inputs[0]))  # beyond the threshold of ours both are x to the last bit


@rule("logsigmoid")
def _logsigmoid(w: Writer, node: Node) -> Any:
    return w.add("Neg", w.add("Softplus", w.add("Neg", w.operand(node.inputs[0]))))


@rule("hardsigmoid")
def _hardsigmoid(w: Writer, node: Node) -> Any:
    return w.add("HardSigmoid", w.operand(node.inputs[0]), alpha=1 / 6, beta=0.5)


@rule("gelu_exact", "gelu_tanh")
def _gelu(w: Writer, node: Node) -> Any:
    approximate = "tanh" if called(node) == "gelu_tanh" else "none"
    return w.add("Gelu", w.operand(node.inputs[0]), approximate=approximate)


@rule("cast", "arrange")  # ONNX knows no order in memory
def _cast(w: Writer, node: Node) -> Any:
    x = w.operand(node.inputs[0])
    return w.add("Identity", x) if dtype_of(node.inputs[0]) == dtype_of(node) else w.cast(x, dtype_of(node))
