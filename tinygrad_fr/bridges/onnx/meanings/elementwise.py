"""ONNX's element-wise operators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr.bridges.onnx.meanings.meaning import ANY, EVERY, LIST, NUMBERS, RARE, TEXT, At, array_of, means, typed
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.nn import functional as F

if TYPE_CHECKING:
    from collections.abc import Callable

OLD = "axis broadcast consumed_inputs"  # before opset 7, the second operand was laid at an axis of the first


def laid(at: At, a: Any, b: Any) -> Any:
    """The second operand, where it is laid at an axis of the first."""
    if not at.get("broadcast") or at.get("axis") is None or b.ndim == a.ndim:
        return b
    after = a.ndim - at.get("axis") % max(a.ndim, 1) - b.ndim
    return tg.reshape(b, (*b.shape, *(1,) * after)) if after > 0 else b


def _one(name: str) -> Callable[[At, Any], Any]:
    return lambda at, x: getattr(tg, name)(x)


def _two(name: str) -> Callable[[At, Any, Any], Any]:
    return lambda at, a, b: getattr(tg, name)(a, laid(at, a, b))


for _operator, _name in {
    "Abs": "abs", "Acos": "acos", "Acosh": "acosh", "Asin": "asin", "Asinh": "asinh", "Atan": "atan", "Atanh": "atanh",
    "Ceil": "ceil", "Cos": "cos", "Cosh": "cosh", "Det": "det", "Erf": "erf", "Exp": "exp", "Floor": "floor",
    "HardSwish": "hardswish", "Log": "log", "Mish": "mish", "Neg": "neg", "Reciprocal": "reciprocal", "Relu": "relu",
    "Round": "round", "Sigmoid": "sigmoid", "Sign": "sign", "Sin": "sin", "Sinh": "sinh", "Softplus": "softplus",
    "Softsign": "softsign", "Sqrt": "sqrt", "Tan": "tan", "Tanh": "tanh",
}.items():  # fmt: skip
    means(_operator, takes="consumed_inputs")(_one(_name))
for _operator, _name in {"BitwiseNot": "bitwise_not", "IsNaN": "isnan", "Not": "logical_not"}.items():
    means(_operator, fixed=[EVERY])(_one(_name))
for _operator, _name in {"Add": "add", "Mul": "mul", "Sub": "sub"}.items():
    means(_operator, takes=OLD)(_two(_name))
for _operator, _name in {
    "And": "logical_and", "BitwiseAnd": "bitwise_and", "BitwiseOr": "bitwise_or", "BitwiseXor": "bitwise_xor",
    "Greater": "gt", "GreaterOrEqual": "ge", "Less": "lt", "LessOrEqual": "le", "Or": "logical_or",
    "Xor": "logical_xor",
}.items():  # fmt: skip
    means(_operator, takes=OLD, fixed=[EVERY])(_two(_name))


@means("MatMul")
def _matmul(at: At, a: Any, b: Any) -> Any:
    return tg.matmul(a, b)


@means("Equal", takes=OLD, fixed=[EVERY], kinds=[NUMBERS, TEXT])
def _equal(at: At, a: Any, b: Any) -> Any:
    if a.dtype.kind in "OUS":
        return np.asarray(np.asarray(a) == np.asarray(b))
    return tg.eq(a, laid(at, a, b))


@means("Pow", takes=OLD, fixed=[1])
def _pow(at: At, x: Any, y: Any) -> Any:
    y = laid(at, x, y)
    if x.dtype.kind in "iu":
        with np.errstate(all="ignore"):
            base, power = array_of(x), array_of(y)
            if power.dtype.kind not in "iu" or np.any(power < 0):
                return np.asarray(np.power(base.astype(np.float64), power.astype(np.float64))).astype(x.dtype)
            return np.asarray(np.power(base, power.astype(base.dtype)))
    return typed(tg.pow(x, typed(y, x.dtype)), x.dtype)


@means("PRelu", takes="consumed_inputs")
def _prelu(at: At, x: Any, slope: Any) -> Any:
    if at.opset < 7 and slope.ndim == 1 and slope.shape[0] > 1:  # one a channel
        slope = tg.reshape(slope, (-1, *(1,) * (x.ndim - 2)))
    if x.dtype.kind != "f":
        return np.where(array_of(x) < 0, array_of(x) * array_of(slope), array_of(x)).astype(x.dtype)
    return tg.ops.registry["parametric_relu"](x, slope)


@means("IsInf", takes="detect_negative detect_positive", fixed=[EVERY])
def _isinf(at: At, x: Any) -> Any:
    signs = bool(at.get("detect_negative")), bool(at.get("detect_positive"))
    if signs == (False, False):
        return np.zeros(x.shape, np.bool_)
    return {(True, True): tg.isinf, (True, False): tg.isneginf, (False, True): tg.isposinf}[signs](x)


@means("Div", takes=OLD)
def _div(at: At, a: Any, b: Any) -> Any:
    b = laid(at, a, b)
    if a.dtype.kind in "iu":  # of whole numbers: rounded towards 0
        top, bottom = np.broadcast_arrays(array_of(a), array_of(b))
        if np.any(bottom == 0):
            raise at.refuse(_("a whole number is divided by 0"))
        quotient = top // bottom
        return np.asarray(quotient + ((top % bottom != 0) & ((top < 0) != (bottom < 0)))).astype(a.dtype)
    return tg.div(a, b)


@means("Mod", takes="fmod")
def _mod(at: At, a: Any, b: Any) -> Any:
    if not at.get("fmod") and a.dtype.kind == "f" and at.opset < 28:
        raise at.refuse(_("a remainder of floats is asked for with fmod=1"))
    if a.dtype.kind in "iu" and np.any(array_of(b) == 0):
        raise at.refuse(_("a whole number is divided by 0"))
    return tg.fmod(a, b) if at.get("fmod") else tg.remainder(a, b)


@means("Max", "Min", "Sum", "Mean", takes="consumed_inputs")
def _variadic(at: At, *operands: Any) -> Any:
    combine = {"Max": tg.maximum, "Min": tg.minimum}.get(at.operator, tg.add)
    total = operands[0]
    for x in operands[1:]:
        total = combine(total, x)
    return tg.div(total, float(len(operands))) if at.operator == "Mean" else total


@means("Where", fixed=[0])
def _where(at: At, condition: Any, a: Any, b: Any) -> Any:
    return tg.where(condition, a, b)


@means("Clip", takes="min max consumed_inputs", fixed=[1, 2])
def _clip(at: At, x: Any, low: Any = None, high: Any = None) -> Any:
    if at.opset < 11:
        low, high = at.get("min"), at.get("max")
    x = x if low is None else tg.maximum(x, low if not np.ndim(low) else tg.reshape(low, ()))
    return x if high is None else tg.minimum(x, high if not np.ndim(high) else tg.reshape(high, ()))


@means("LeakyRelu", takes="alpha consumed_inputs")
def _leaky_relu(at: At, x: Any) -> Any:
    return F.leaky_relu(x, at.get("alpha"))


@means("Elu", takes="alpha consumed_inputs")
def _elu(at: At, x: Any) -> Any:
    return F.elu(x, at.get("alpha"))


@means("Celu", takes="alpha")
def _celu(at: At, x: Any) -> Any:
    return F.celu(x, at.get("alpha"))


@means("Selu", takes="alpha gamma consumed_inputs")
def _selu(at: At, x: Any) -> Any:
    return tg.mul(F.elu(x, at.get("alpha")), at.get("gamma"))


@means("Swish", takes="alpha")
def _swish(at: At, x: Any) -> Any:
    return tg.mul(x, tg.sigmoid(tg.mul(x, at.get("alpha"))))


@means("SwiGLU", takes="alpha")
def _swiglu(at: At, a: Any, b: Any) -> Any:
    return tg.mul(_swish(at, a), b)


@means("Gelu", takes="approximate")
def _gelu(at: At, x: Any) -> Any:
    return F.gelu(x, at.one_of("approximate", "none", "tanh"))


@means("HardSigmoid", takes="alpha beta consumed_inputs")
def _hardsigmoid(at: At, x: Any) -> Any:
    return tg.clamp(tg.add(tg.mul(x, at.get("alpha")), at.get("beta")), 0.0, 1.0)


@means("ThresholdedRelu", takes="alpha")
def _thresholded(at: At, x: Any) -> Any:
    above = array_of(x) > at.get("alpha")  # what is no number is not above it
    return tg.where(above, x, np.zeros((), x.dtype))


@means("Shrink", takes="lambd bias")
def _shrink(at: At, x: Any) -> Any:
    bound, bias = at.get("lambd"), at.get("bias")
    zero = np.zeros((), x.dtype)
    below, above = (np.asarray(bound * sign).astype(x.dtype if x.dtype.kind == "f" else np.float64) for sign in (-1, 1))
    moved = typed(tg.where(tg.gt(x, above), tg.sub(x, bias), zero), x.dtype)
    return typed(tg.where(tg.lt(x, below), tg.add(x, bias), moved), x.dtype)


@means("BitShift", takes="direction", fixed=[EVERY])
def _bit_shift(at: At, x: Any, by: Any) -> Any:
    left = at.one_of("direction", "LEFT", "RIGHT") == "LEFT"
    bits, width = array_of(x), array_of(by)
    size = bits.dtype.itemsize * 8
    if np.any((width < 0) | (width >= size)):
        wide = (width < 0) | (width >= size)
        within = np.where(wide, 0, width).astype(bits.dtype)
        moved = np.left_shift(bits, within) if left else np.right_shift(bits, within)
        gone = np.zeros_like(moved) if left else np.where(moved < 0, -1, 0).astype(moved.dtype)
        return np.asarray(np.where(wide, gone, moved)).astype(bits.dtype)
    width = width.astype(bits.dtype)
    return np.asarray(np.left_shift(bits, width) if left else np.right_shift(bits, width))


@means("Cast", takes="to saturate round_mode", kinds=ANY)
def _cast(at: At, x: Any) -> Any:
    from onnx import helper

    return cast(at, x, np.dtype(helper.tensor_dtype_to_np_dtype(_number(at, at.get("to")))))


def _number(at: At, said: Any) -> int:
    """The number of a type, which files before opset 6 wrote as its name."""
    from onnx import TensorProto

    if isinstance(said, int) and said in TensorProto.DataType.values():
        return said
    raise at.refuse(_("no tensor here holds {dtype}").format(dtype=said))


@means("CastLike", takes="saturate round_mode", fixed=[1], kinds=ANY)
def _cast_like(at: At, x: Any, like: Any) -> Any:
    return cast(at, x, like.dtype)


def cast(at: At, x: Any, dtype: np.dtype[Any]) -> Any:
    """x in a type, as ONNX rounds and saturates."""
    from onnx import numpy_helper

    if x.dtype == dtype:
        return x
    if isinstance(x, Tensor) and dtype.kind in "biuf" and dtype.isbuiltin == 1:
        return x.to(dtype)
    if isinstance(x, Tensor) and x.requires_grad:
        raise at.refuse(_("no tensor here holds {dtype}").format(dtype=dtype))
    plain = array_of(x)
    with np.errstate(all="ignore"):
        if dtype.kind in "OUS":
            return _written(plain)
        if plain.dtype.kind in "OUS":
            return (
                np.asarray([float(text) for text in plain.reshape(-1)], np.float64).reshape(plain.shape).astype(dtype)
            )
        if dtype.name.startswith("float8_e8m0"):
            return numpy_helper.to_float8e8m0(
                plain.astype(np.float32), bool(at.attributes.get("saturate", 1)), at.attributes.get("round_mode", "up")
            ).astype(dtype)
        if dtype.name.startswith("float8") and at.attributes.get("saturate", 1):
            return numpy_helper.saturate_cast(plain, dtype)
        return plain.astype(dtype)


def _written(plain: Any) -> Any:
    """Numbers as text, which for floats is the shortest that means the same number."""
    return plain.astype(np.str_).astype(object)


@means("BitCast", takes="to", fixed=[EVERY], kinds=[NUMBERS, RARE])
def _bit_cast(at: At, x: Any) -> Any:
    from onnx import helper

    dtype = np.dtype(helper.tensor_dtype_to_np_dtype(_number(at, at.get("to"))))
    if dtype.itemsize != x.dtype.itemsize or dtype.kind in "OUS":
        raise at.refuse(_("the bits of {one} are not as many as those of {other}").format(one=x.dtype, other=dtype))
    return array_of(x).view(dtype)


@means("Identity", takes="consumed_inputs", kinds=[*ANY, LIST])
def _identity(at: At, x: Any) -> Any:
    return x


@means("Dropout", takes="ratio seed is_test consumed_inputs", gives=2, fixed=[1, 2])
def _dropout(at: At, x: Any, ratio: Any = None, training: Any = None) -> Any:
    share = at.get("ratio") if at.opset < 12 else 0.5 if ratio is None else float(array_of(ratio))
    learning = training is not None and bool(array_of(training))
    if learning and share:
        raise at.refuse(_("it draws at random, and what ONNX would draw is not defined"))
    return x, np.ones(x.shape, np.bool_)
