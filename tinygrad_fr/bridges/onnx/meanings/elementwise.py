"""ONNX's element-wise operators."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr.bridges.onnx.meanings.meaning import MEANINGS, At, means
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.nn import functional as F
from tinygrad_fr.ops.definition import value_of

for _operator, _name in {
    "Abs": "abs", "Acos": "acos", "Acosh": "acosh", "Add": "add", "And": "logical_and", "Asin": "asin", "Asinh": "asinh",
    "Atan": "atan", "Atanh": "atanh", "BitwiseAnd": "bitwise_and", "BitwiseNot": "bitwise_not",
    "BitwiseOr": "bitwise_or", "BitwiseXor": "bitwise_xor", "Ceil": "ceil", "Cos": "cos", "Cosh": "cosh", "Det": "det",
    "Equal": "eq", "Erf": "erf", "Exp": "exp", "Floor": "floor", "Greater": "gt", "GreaterOrEqual": "ge",
    "HardSwish": "hardswish", "IsNaN": "isnan", "Less": "lt", "LessOrEqual": "le", "Log": "log", "MatMul": "matmul",
    "Mish": "mish", "Mul": "mul", "Neg": "neg", "Not": "logical_not", "Or": "logical_or", "PRelu": "parametric_relu",
    "Pow": "pow", "Reciprocal": "reciprocal", "Relu": "relu", "Round": "round", "Sigmoid": "sigmoid", "Sign": "sign",
    "Sin": "sin", "Sinh": "sinh", "Softplus": "softplus", "Softsign": "softsign", "Sqrt": "sqrt", "Sub": "sub",
    "Tan": "tan", "Tanh": "tanh", "Xor": "logical_xor",
}.items():  # fmt: skip

    def _plain(at: At, *operands: Any, name: str = _name) -> Any:
        return getattr(tg, name)(*operands)

    MEANINGS["", _operator] = _plain


@means("IsInf")
def _isinf(at: At, x: Any) -> Any:
    signs = bool(at.get("detect_negative", 1)), bool(at.get("detect_positive", 1))
    return {(True, True): tg.isinf, (True, False): tg.isneginf, (False, True): tg.isposinf}[signs](x)


@means("Div")
def _div(at: At, a: Any, b: Any) -> Any:
    if a.dtype.kind in "iu":  # of whole numbers: rounded towards 0
        return np.asarray(np.trunc(np.asarray(value_of(a)) / np.asarray(value_of(b)))).astype(a.dtype)
    return tg.div(a, b)


@means("Mod")
def _mod(at: At, a: Any, b: Any) -> Any:
    return tg.fmod(a, b) if at.get("fmod", 0) else tg.remainder(a, b)


@means("Max", "Min", "Sum", "Mean")
def _variadic(at: At, *operands: Any) -> Any:
    combine = {"Max": tg.maximum, "Min": tg.minimum}.get(at.operator, tg.add)
    total = operands[0]
    for x in operands[1:]:
        total = combine(total, x)
    return tg.div(total, float(len(operands))) if at.operator == "Mean" else total


@means("Where")
def _where(at: At, condition: Any, a: Any, b: Any) -> Any:
    return tg.where(condition, a, b)


@means("Clip")
def _clip(at: At, x: Any, low: Any = None, high: Any = None) -> Any:
    low, high = at.get("min") if low is None else low, at.get("max") if high is None else high
    x = x if low is None else tg.maximum(x, low)
    return x if high is None else tg.minimum(x, high)


@means("LeakyRelu")
def _leaky_relu(at: At, x: Any) -> Any:
    return F.leaky_relu(x, at.get("alpha", 0.01))


@means("Elu")
def _elu(at: At, x: Any) -> Any:
    return F.elu(x, at.get("alpha", 1.0))


@means("Celu")
def _celu(at: At, x: Any) -> Any:
    return F.celu(x, at.get("alpha", 1.0))


@means("Selu")
def _selu(at: At, x: Any) -> Any:
    alpha, gamma = at.get("alpha", 1.67326319217681884765625), at.get("gamma", 1.05070102214813232421875)
    return tg.mul(F.elu(x, alpha), gamma)


@means("Gelu")
def _gelu(at: At, x: Any) -> Any:
    return F.gelu(x, at.get("approximate", "none"))


@means("HardSigmoid")
def _hardsigmoid(at: At, x: Any) -> Any:
    return tg.clamp(tg.add(tg.mul(x, at.get("alpha", 0.2)), at.get("beta", 0.5)), 0.0, 1.0)


@means("ThresholdedRelu")
def _thresholded(at: At, x: Any) -> Any:
    return F.threshold(x, at.get("alpha", 1.0), 0.0)


@means("Cast", "CastLike")
def cast(at: At, x: Any, like: Any = None) -> Any:
    """x in the type that an attribute says, or in that of another operand."""
    from onnx import helper

    dtype = like.dtype if like is not None else np.dtype(helper.tensor_dtype_to_np_dtype(at.get("to")))
    if dtype.kind not in "biuf" or dtype.itemsize > 8:
        raise at.refuse(_("no tensor here holds {dtype}").format(dtype=dtype))
    if not isinstance(x, Tensor):
        return np.asarray(x).astype(dtype)
    return x if x.dtype == dtype else x.to(dtype)


@means("Identity", "Dropout")
def _identity(at: At, x: Any, *_rest: Any) -> Any:
    return x if at.outputs == 1 else (x, np.ones(x.shape, np.bool_))
