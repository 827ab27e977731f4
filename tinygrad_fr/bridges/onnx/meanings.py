"""What each ONNX operator is here: the one table of the way in.

A meaning takes the place where its operator stands and the operands, tensors or plain arrays (None for one that is left
out), and gives the value, or a tuple of several. What is computed of plain arrays alone is a plain array again: the
arithmetic of shapes, which many files carry, is never part of the record.
"""

from __future__ import annotations

from math import prod, sqrt
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr.bridges.onnx.errors import OnnxError
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.nn import functional as F
from tinygrad_fr.ops import recurrent
from tinygrad_fr.ops.definition import value_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Meaning: TypeAlias = "Callable[..., Any]"
MEANINGS: dict[tuple[str, str], Meaning] = {}
# What a node's own parameters are, by name, of operands that no input changes: gates in our order, coefficients.
WEIGHTS: dict[tuple[str, str], Callable[..., dict[str, Any]]] = {}
ML = "ai.onnx.ml"
LARGEST = 2**28  # elements of a value whose size a file chooses


class At(NamedTuple):
    """Where an operator stands.

    Attributes:
        operator: its operator.
        name: what messages call it.
        attributes: what the file says of it.
        opset: version of the operators' meaning.
        outputs: how many of its values are used.
        weights: parameters of its own, those of :data:`WEIGHTS`.
    """

    operator: str
    name: str
    attributes: Mapping[str, Any]
    opset: int
    outputs: int
    weights: Mapping[str, Any]

    def get(self, name: str, default: Any = None) -> Any:
        """An attribute."""
        return self.attributes.get(name, default)

    def refuse(self, what: str) -> OnnxError:
        """The error for a use of the operator that has no counterpart."""
        return OnnxError(_("{node}: {what}").format(node=self.name, what=what))


def means(*operators: str, domain: str = "") -> Callable[[Meaning], Meaning]:
    """Enter the meaning of some operators."""

    def enter(function: Meaning) -> Meaning:
        MEANINGS.update({(domain, operator): function for operator in operators})
        return function

    return enter


def whole(x: Any) -> list[int]:
    """Whole numbers of an operand that gives a shape, axes or a count."""
    return [int(v) for v in np.atleast_1d(np.asarray(value_of(x)))]


def roomy(at: At, shape: Any) -> tuple[int, ...]:
    """A shape that the file chooses, if it is not larger than anything that it could mean."""
    sides = tuple(int(side) for side in shape)
    if any(side < 0 for side in sides) or prod(sides) > LARGEST:
        raise at.refuse(
            _("expected a value of at most {limit} elements, got shape {shape}").format(limit=LARGEST, shape=sides)
        )
    return sides


def _axes(at: At, given: Any, x: Any) -> tuple[int, ...] | None:
    """Axes as an operand, or as the attribute that they were before; None for all."""
    axes = whole(given) if given is not None else at.get("axes")
    return None if axes is None else tuple(int(axis) % max(x.ndim, 1) for axis in axes)


# Element-wise

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
def _cast(at: At, x: Any, like: Any = None) -> Any:
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


@means("Constant")
def _constant(at: At) -> Any:
    ((kind, value),) = at.attributes.items()
    dtypes = {"value_float": np.float32, "value_floats": np.float32, "value_int": np.int64, "value_ints": np.int64}
    if kind != "value" and kind not in dtypes:
        raise at.refuse(_("no tensor here holds {dtype}").format(dtype=kind.removeprefix("value_")))
    return np.asarray(value, dtypes.get(kind))


@means("Shape")
def _shape(at: At, x: Any) -> Any:
    return np.array(x.shape, np.int64)[at.get("start", 0) : at.get("end")]


@means("Size")
def _size(at: At, x: Any) -> Any:
    return np.asarray(prod(x.shape), np.int64)


@means("ConstantOfShape")
def _filled(at: At, shape: Any) -> Any:
    value = np.asarray(at.get("value", np.zeros(1, np.float32)))
    return np.full(roomy(at, whole(shape)), value.reshape(-1)[0])


@means("Range")
def _range(at: At, start: Any, limit: Any, delta: Any) -> Any:
    first, last, step = (np.asarray(value_of(x)).item() for x in (start, limit, delta))
    if not step:
        raise at.refuse(_("expected a step that is not 0"))
    roomy(at, [max(0, -(-(last - first) // step))])
    return np.arange(first, last, step, dtype=np.asarray(value_of(start)).dtype)


# Reductions


def _reducing(reduce: Callable[[Any, Any, bool], Any]) -> Meaning:
    def mean(at: At, x: Any, axes: Any = None) -> Any:
        dims = _axes(at, axes, x)
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
    dims, keep = _axes(at, axes, x), bool(at.get("keepdims", 1))
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


# Shapes


@means("Reshape")
def _reshape(at: At, x: Any, shape: Any) -> Any:
    sides = whole(shape) if np.size(value_of(shape)) else []
    if not at.get("allowzero", 0):
        sides = [x.shape[i] if side == 0 and i < x.ndim else side for i, side in enumerate(sides)]
    return tg.reshape(x, tuple(sides))


@means("Flatten")
def _flatten(at: At, x: Any) -> Any:
    axis = at.get("axis", 1)
    axis = axis + x.ndim if axis < 0 else axis
    return tg.reshape(x, (prod(x.shape[:axis]), prod(x.shape[axis:])))


@means("Transpose")
def _transpose(at: At, x: Any) -> Any:
    return tg.permute(x, *at.get("perm", range(x.ndim)[::-1])) if x.ndim else x


@means("Squeeze")
def _squeeze(at: At, x: Any, axes: Any = None) -> Any:
    dims = _axes(at, axes, x)
    dims = tuple(i for i, side in enumerate(x.shape) if side == 1) if dims is None else dims
    return tg.reshape(x, tuple(side for i, side in enumerate(x.shape) if i not in dims))


@means("Unsqueeze")
def _unsqueeze(at: At, x: Any, axes: Any = None) -> Any:
    new = whole(axes) if axes is not None else list(at.get("axes"))
    n = x.ndim + len(new)
    sides = iter(x.shape)
    places = {axis % n for axis in new}
    return tg.reshape(x, tuple(1 if i in places else next(sides) for i in range(n)))


@means("Expand")
def _expand(at: At, x: Any, shape: Any) -> Any:
    return tg.broadcast_to(x, roomy(at, np.broadcast_shapes(x.shape, tuple(whole(shape)))))


@means("Tile")
def _tile(at: At, x: Any, repeats: Any) -> Any:
    roomy(at, [side * times for side, times in zip(x.shape, whole(repeats), strict=True)])
    return tg.tile(x, tuple(whole(repeats)))


@means("Concat")
def _concat(at: At, *parts: Any) -> Any:
    return tg.cat(list(parts), at.get("axis"))


@means("Split")
def _split(at: At, x: Any, sizes: Any = None) -> Any:
    axis = at.get("axis", 0)
    given = whole(sizes) if sizes is not None else at.get("split")
    if given is None:
        count = at.get("num_outputs", at.outputs)
        each = -(-x.shape[axis] // count)
        given = [min(each, x.shape[axis] - i * each) for i in range(count)]
    return tuple(tg.split(x, [int(side) for side in given], axis))


@means("Slice")
def _slice(at: At, x: Any, starts: Any = None, ends: Any = None, axes: Any = None, steps: Any = None) -> Any:
    first = whole(starts) if starts is not None else at.get("starts")
    last = whole(ends) if ends is not None else at.get("ends")
    dims = whole(axes) if axes is not None else at.get("axes", range(len(first)))
    by = whole(steps) if steps is not None else [1] * len(first)
    index: list[Any] = [slice(None)] * x.ndim
    for start, end, axis, step in zip(first, last, dims, by, strict=True):
        side = x.shape[axis]
        beyond = step < 0 and end < -side  # what Python would count from the end once more
        index[axis] = slice(max(start, -side) if step > 0 else start, None if beyond else end, step)
    return x[tuple(index)]


@means("Gather")
def _gather(at: At, x: Any, indices: Any) -> Any:
    axis = at.get("axis", 0) % max(x.ndim, 1)
    if axis == 0 and x.ndim == 2 and isinstance(x, Tensor) and x.dtype.kind == "f":
        return tg.embedding(indices, x)
    return x[(slice(None),) * axis + (np.asarray(value_of(indices)),)]


@means("GatherElements")
def _gather_elements(at: At, x: Any, indices: Any) -> Any:
    axis, index = at.get("axis", 0), np.asarray(value_of(indices))
    return tg.gather(x, axis, np.where(index < 0, index + x.shape[axis], index))


@means("GatherND")
def _gather_nd(at: At, x: Any, indices: Any) -> Any:
    if at.get("batch_dims", 0):
        raise at.refuse(_("rows of their own are not gathered here (batch_dims)"))
    table = np.asarray(value_of(indices))
    return x[tuple(np.moveaxis(table, -1, 0))]


@means("ScatterElements", "Scatter")
def _scatter_elements(at: At, x: Any, indices: Any, updates: Any) -> Any:
    axis, index = at.get("axis", 0), np.asarray(value_of(indices))
    index = np.where(index < 0, index + x.shape[axis], index)
    return {"none": tg.scatter, "add": tg.scatter_add}[_plainly(at)](_tensor(x), axis, index, _tensor(updates))


@means("ScatterND")
def _scatter_nd(at: At, x: Any, indices: Any, updates: Any) -> Any:
    index = tuple(np.moveaxis(np.asarray(value_of(indices)), -1, 0))
    return tg.index_put(_tensor(x), index, _tensor(updates), _plainly(at) == "add")


def _plainly(at: At) -> str:
    reduction: str = at.get("reduction", "none")
    if reduction not in ("none", "add"):
        raise at.refuse(_("elements are written or added here, not “{found}”").format(found=reduction))
    return reduction


def _tensor(x: Any) -> Any:
    return x if isinstance(x, Tensor) else tg.tensor(x)


@means("Pad")
def _pad(at: At, x: Any, pads: Any = None, value: Any = None, axes: Any = None) -> Any:
    widths = whole(pads) if pads is not None else at.get("pads")
    dims = [axis % x.ndim for axis in whole(axes)] if axes is not None else list(range(x.ndim))
    n = len(dims)
    by = {axis: (widths[i], widths[n + i]) for i, axis in enumerate(dims)}
    roomy(at, [side + sum(by.get(i, (0, 0))) for i, side in enumerate(x.shape)])
    mode = {"edge": "replicate", "wrap": "circular"}.get(at.get("mode", "constant"), at.get("mode", "constant"))
    fill = at.get("value", 0.0) if value is None else np.asarray(value_of(value)).item()
    flat = [width for axis in reversed(range(x.ndim)) for width in by.get(axis, (0, 0))]
    if mode != "constant":
        while len(flat) > 2 and not any(flat[-2:]):
            flat = flat[:-2]
    return F.pad(x, tuple(flat), mode, fill)


@means("Trilu")
def _trilu(at: At, x: Any, diagonal: Any = None) -> Any:
    k = 0 if diagonal is None else whole(diagonal)[0]
    return tg.triu(x, k) if at.get("upper", 1) else tg.tril(x, k)


@means("OneHot")
def _one_hot(at: At, indices: Any, depth: Any, values: Any) -> Any:
    n, (off, on) = whole(depth)[0], np.asarray(value_of(values))
    index = np.asarray(value_of(indices)).astype(np.int64)
    roomy(at, [*index.shape, n])
    found = np.where((index % n)[..., None] == np.arange(n), on, off)
    return np.moveaxis(found, -1, at.get("axis", -1))


@means("DepthToSpace")
def _depth_to_space(at: At, x: Any) -> Any:
    if at.get("mode", "DCR") == "CRD":
        return tg.pixel_shuffle(x, at.get("blocksize"))
    n, c, h, w = x.shape
    b = at.get("blocksize")
    return x.reshape(n, b, b, c // b**2, h, w).permute(0, 3, 4, 1, 5, 2).reshape(n, c // b**2, h * b, w * b)


@means("Einsum")
def _einsum(at: At, *operands: Any) -> Any:
    return tg.einsum(at.get("equation"), *operands)


@means("Resize", "Upsample")
def _resize(at: At, x: Any, *rest: Any) -> Any:
    mode, how = at.get("mode", "nearest"), at.get("coordinate_transformation_mode", "half_pixel")
    scales, sizes = (
        (rest[0] if len(rest) == 1 else rest[1] if len(rest) > 1 else None),
        rest[2] if len(rest) > 2 else None,
    )
    known = (mode == "nearest" and how == "asymmetric") or (
        mode in ("linear", "cubic") and how in ("half_pixel", "align_corners", "pytorch_half_pixel")
    )
    if not known or x.ndim < 3:
        raise at.refuse(_("images are not stretched here by “{mode}” with “{how}”").format(mode=mode, how=how))
    target = (
        whole(sizes)
        if sizes is not None
        else [int(side * s) for side, s in zip(x.shape, np.asarray(scales), strict=True)]
    )
    roomy(at, target)
    word: Any = {"linear": {3: "linear", 4: "bilinear", 5: "trilinear"}.get(x.ndim), "cubic": "bicubic"}.get(
        mode, "nearest"
    )
    corners = None if mode == "nearest" else how == "align_corners"
    return F.interpolate(x, tuple(target[2:]), mode=word, align_corners=corners)


# Layers


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


# Recurrent: ONNX's rows of the gates in ours, a direction at a time


def _directions(at: At) -> tuple[str, ...]:
    """What the names of each direction's parameters end with, PyTorch's."""
    one, other = ("_l0",), ("_l0_reverse",)
    return {"forward": one, "reverse": other, "bidirectional": one + other}[at.get("direction", "forward")]


def _gates(operator: str, gates: tuple[int, ...], signs: Callable[[At], tuple[float, ...]]) -> None:
    """Enter the parameters of a sequence; ``gates`` says where each of our gates stands among ONNX's."""

    def weights(at: At, _x: Any, w: Any, r: Any, b: Any = None, *_rest: Any) -> dict[str, Any]:
        if w is None or r is None:
            raise at.refuse(_("weights that are computed have no counterpart here"))
        by = signs(at)

        def rows(part: Any) -> Any:
            blocks = np.split(part, len(gates))
            return np.concatenate([blocks[gate] * part.dtype.type(sign) for gate, sign in zip(gates, by, strict=True)])

        found: dict[str, Any] = {}
        for place, suffix in enumerate(_directions(at)):
            found |= {f"weight_ih{suffix}": rows(w[place]), f"weight_hh{suffix}": rows(r[place])}
            if b is not None:
                inner, outer = np.split(b[place], 2)
                found |= {f"bias_ih{suffix}": rows(inner), f"bias_hh{suffix}": rows(outer)}
        return found

    WEIGHTS["", operator] = weights


def _recurrent(states: int, run: Any) -> Meaning:
    """The meaning of a sequence that carries so many states."""

    def mean(at: At, x: Any, _w: Any, r: Any, _b: Any = None, lengths: Any = None, *held: Any) -> Any:
        if lengths is not None and np.any(np.asarray(value_of(lengths)) != x.shape[0]):
            raise at.refuse(_("sequences of different lengths in one batch have no counterpart here"))
        if at.get("layout", 0) or at.get("clip") is not None or any(p is not None for p in held[states:]):
            raise at.refuse(_("only sequences (T, N, I), without clipping or peepholes, have a counterpart here"))
        zeros = [tg.Tensor(np.zeros((x.shape[1], r.shape[-1]), x.dtype), name=name) for name in ("h₀", "C₀")[:states]]
        sides, last = [], []
        for place, suffix in enumerate(_directions(at)):
            pairs = zip((*held, None, None), zeros, strict=False)
            given = [zero if state is None else state[place] for state, zero in pairs]
            parts = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            weights = [at.weights.get(f"{part}{suffix}") for part in parts]
            backwards = suffix.endswith("reverse")
            out, *ends = run(at, x[::-1] if backwards else x, *given, *weights)
            sides.append(out[::-1] if backwards else out)
            last.append(ends)
        return tg.stack(sides, 1), *(tg.stack([ends[i] for ends in last]) for i in range(states))

    return mean


def _activations(at: At, *expected: str) -> None:
    given = at.get("activations")
    own = [name.lower() for name in given] if given is not None else list(expected)
    if (
        own[: len(expected)] != list(expected)
        or len(own) % len(expected)
        or own != own[: len(expected)] * (len(own) // len(expected))
    ):
        raise at.refuse(
            _("other activations than {expected} have no counterpart here").format(expected=", ".join(expected))
        )


def _run_rnn(at: At, *operands: Any) -> Any:
    name = "tanh" if at.get("activations") is None else at.get("activations")[0].lower()
    _activations(at, "relu" if name == "relu" else "tanh")
    return recurrent.rnn_sequence(*operands, nonlinearity=name)


def _run_lstm(at: At, *operands: Any) -> Any:
    _activations(at, "sigmoid", "tanh", "tanh")
    if at.get("input_forget", 0):
        raise at.refuse(_("an input gate tied to the forget gate has no counterpart here"))
    return recurrent.lstm_sequence(*operands)


def _run_gru(at: At, *operands: Any) -> Any:
    _activations(at, "sigmoid", "tanh")
    return recurrent.gru_sequence(*operands, convention="torch" if at.get("linear_before_reset", 0) else "course")


def _gru_signs(at: At) -> tuple[float, ...]:
    """Where r comes before the product, as in the course, z is 1 − ONNX's, and 1 − σ(x) = σ(−x)."""
    return (1, 1 if at.get("linear_before_reset", 0) else -1, 1)


def _plain_signs(count: int) -> Callable[[At], tuple[float, ...]]:
    return lambda at: (1,) * count


_gates("RNN", (0,), _plain_signs(1))
_gates("LSTM", (0, 2, 3, 1), _plain_signs(4))  # i, o, f, C̃ → i, f, C̃, o
_gates("GRU", (1, 0, 2), _gru_signs)  # z, r, h̃ → r, z, h̃
MEANINGS["", "RNN"] = _recurrent(1, _run_rnn)
MEANINGS["", "LSTM"] = _recurrent(2, _run_lstm)
MEANINGS["", "GRU"] = _recurrent(1, _run_gru)


# Classical models, as scikit-learn's exporter writes them


@means("Scaler", domain=ML)
def _scaler(at: At, x: Any) -> Any:
    offset, scale = (np.asarray(at.get(name), np.float32) for name in ("offset", "scale"))
    return tg.mul(tg.sub(_cast(at, x, offset), offset), scale)


@means("Normalizer", domain=ML)
def _normalizer(at: At, x: Any) -> Any:
    order = {"MAX": float("inf"), "L1": 1.0, "L2": 2.0}[at.get("norm", "MAX")]
    return F.normalize(x, order, 1, 0.0)


def _coefficients(at: At, *_operands: Any) -> dict[str, Any]:
    """What a linear model carries as attributes: one row a target."""
    intercepts = at.get("intercepts") or []
    targets = at.get("targets", len(intercepts) or 1)
    weight = np.asarray(at.get("coefficients"), np.float32).reshape(targets, -1)
    return {"weight": weight} | ({"bias": np.asarray(intercepts, np.float32)} if intercepts else {})


WEIGHTS[ML, "LinearRegressor"] = WEIGHTS[ML, "LinearClassifier"] = _coefficients


def _linear_scores(at: At, x: Any) -> Any:
    return F.linear(_cast(at, x, np.zeros(0, np.float32)), at.weights["weight"], at.weights.get("bias"))


def _transformed(at: At, scores: Any) -> Any:
    how = at.get("post_transform", "NONE")
    if how not in ("NONE", "LOGISTIC", "SOFTMAX"):
        raise at.refuse(_("scores are not transformed here by “{how}”").format(how=how))
    return scores if how == "NONE" else tg.sigmoid(scores) if how == "LOGISTIC" else F.softmax(scores, 1)


@means("LinearRegressor", domain=ML)
def _linear_regressor(at: At, x: Any) -> Any:
    return _transformed(at, _linear_scores(at, x))


@means("LinearClassifier", domain=ML)
def _linear_classifier(at: At, x: Any) -> Any:
    scores = _linear_scores(at, x)
    labels = at.get("classlabels_ints") or at.get("classlabels_strings") or []
    if len(labels) == 2 and scores.shape[1] == 1:  # one score, the second class's
        if at.get("post_transform", "NONE") == "LOGISTIC":
            second = tg.sigmoid(scores)
            found = tg.cat([tg.sub(1.0, second), second], 1)
        else:
            found = _transformed(at, tg.cat([tg.neg(scores), scores], 1))
    else:
        found = _transformed(at, scores)
    return tg.argmax(found, 1), found


@means("ZipMap", domain=ML)
def _zip_map(at: At, x: Any) -> Any:
    return x


@means("ArrayFeatureExtractor", domain=ML)
def _extract(at: At, x: Any, indices: Any) -> Any:
    return x[..., np.asarray(value_of(indices)).reshape(-1)]
