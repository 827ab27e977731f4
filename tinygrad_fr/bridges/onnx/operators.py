"""What each operation of the engine is in ONNX: the one table of the way out.

A rule takes the writer and the record's node, and gives the name of the value (one for each output of a node that has
several, "" for one that it cannot give), or None where it does not hold: the operation is then written as its equations.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from tinygrad_fr.bridges.onnx.errors import OnnxError
from tinygrad_fr.locale import _
from tinygrad_fr.ops.definition import value_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tinygrad_fr.bridges.onnx.writer import Writer
    from tinygrad_fr.record.node import Node

Rule: TypeAlias = "Callable[[Writer, Node], Any]"
RULES: dict[str, Rule] = {}

END = 2**63 - 1  # a slice that goes on to the end


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Enter the rule of some operations."""

    def enter(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(names, function))
        return function

    return enter


def _dtype(node: Any) -> np.dtype[Any]:
    value = node.value[0] if isinstance(node.value, tuple) else node.value
    return np.asarray(value).dtype


def _ndim(x: Any) -> int:
    return np.ndim(value_of(x))


def _shape(x: Any) -> tuple[int, ...]:
    return np.shape(value_of(x))


def _axes(x: Any, dim: Any) -> list[int]:
    """Dimensions counted from the first one; all of them for None."""
    n = _ndim(x)
    dims = range(n) if dim is None else (dim,) if isinstance(dim, int) else dim
    return [d % max(n, 1) for d in dims]


# Element-wise: operands of one type, the result's


def _same(operator: str, **attributes: str) -> Rule:
    """The operator of the same meaning; ``attributes`` says which of ours each of its attributes is."""

    def write(w: Writer, node: Node) -> Any:
        given: dict[str, Any] = {theirs: float(node.attrs[ours]) for theirs, ours in attributes.items()}
        return w.add(operator, *(w.operand(x, _dtype(node)) for x in node.inputs), **given)

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
    RULES[_name] = _same(_operator)
RULES["leaky_relu"] = _same("LeakyRelu", alpha="negative_slope")
RULES["elu"] = _same("Elu", alpha="alpha")
RULES["celu"] = _same("Celu", alpha="alpha")


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
    chosen = w.operand(a, _dtype(node)), w.operand(b, _dtype(node))
    return w.add("Where", w.operand(condition, np.dtype(np.bool_)), *chosen)


@rule("isfinite")
def _isfinite(w: Writer, node: Node) -> Any:
    x = w.operand(node.inputs[0])
    return w.add("Not", w.add("Or", w.add("IsInf", x), w.add("IsNaN", x)))


@rule("fmod")
def _fmod(w: Writer, node: Node) -> Any:
    return w.add("Mod", *(w.operand(x, _dtype(node)) for x in node.inputs), fmod=1)


@rule("parametric_relu")
def _prelu(w: Writer, node: Node) -> Any:
    return _same("PRelu")(w, node) if _shape(node.inputs[0]) == _shape(node) else None


def _one(w: Writer, node: Node, number: float = 1.0) -> str:
    return w.constant(np.asarray(number, _dtype(node)))


@rule("square")
def _square(w: Writer, node: Node) -> Any:
    x = w.operand(node.inputs[0])
    return w.add("Mul", x, x)


@rule("expm1")
def _expm1(w: Writer, node: Node) -> Any:
    return w.add("Sub", w.add("Exp", w.operand(node.inputs[0])), _one(w, node))


@rule("log1p")
def _log1p(w: Writer, node: Node) -> Any:
    return w.add("Log", w.add("Add", w.operand(node.inputs[0]), _one(w, node)))


@rule("trunc")
def _trunc(w: Writer, node: Node) -> Any:
    x = w.operand(node.inputs[0])
    return w.add("Mul", w.add("Sign", x), w.add("Floor", w.add("Abs", x)))


@rule("erfc")
def _erfc(w: Writer, node: Node) -> Any:
    return w.add("Sub", _one(w, node), w.add("Erf", w.operand(node.inputs[0])))


@rule("ndtr")
def _ndtr(w: Writer, node: Node) -> Any:
    scaled = w.add("Mul", w.operand(node.inputs[0]), _one(w, node, 0.5**0.5))
    return w.add("Mul", w.add("Add", w.add("Erf", scaled), _one(w, node)), _one(w, node, 0.5))


@rule("logaddexp")
def _logaddexp(w: Writer, node: Node) -> Any:
    a, b = (w.operand(x, _dtype(node)) for x in node.inputs)
    gap = w.add("Exp", w.add("Neg", w.add("Abs", w.add("Sub", a, b))))
    return w.add("Add", w.add("Max", a, b), w.add("Log", w.add("Add", gap, _one(w, node))))


def _quotient(w: Writer, node: Node) -> tuple[str, str, str]:
    a, b = (w.operand(x, _dtype(node)) for x in node.inputs)
    return a, b, w.add("Floor", w.add("Div", a, b))


@rule("floor_divide", "remainder")
def _floored(w: Writer, node: Node) -> Any:
    if _dtype(node).kind != "f":
        return None
    a, b, quotient = _quotient(w, node)
    return (
        quotient
        if node.op is not None and node.op.name == "floor_divide"
        else w.add("Sub", a, w.add("Mul", quotient, b))
    )


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
    approximate = "tanh" if node.op is not None and node.op.name == "gelu_tanh" else "none"
    return w.add("Gelu", w.operand(node.inputs[0]), approximate=approximate)


@rule("cast")
def _cast(w: Writer, node: Node) -> Any:
    x = w.operand(node.inputs[0])
    return w.add("Identity", x) if _dtype(node.inputs[0]) == _dtype(node) else w.cast(x, _dtype(node))


# Reductions


def _reduced(operator: str) -> Rule:
    def write(w: Writer, node: Node) -> Any:
        x = node.inputs[0]
        if 0 in _shape(x):
            return None
        if not _ndim(x):
            return w.add("Identity", w.operand(x, _dtype(node)))
        axes = w.whole(*_axes(x, node.attrs["dim"]))
        return w.add(operator, w.operand(x, _dtype(node)), axes, keepdims=int(node.attrs.get("keepdim", False)))

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
    if order in (1.0, 2.0) or not _ndim(x):
        return _reduced("ReduceL1" if order == 1.0 else "ReduceL2")(w, node)
    size, axes = w.add("Abs", w.operand(x)), w.whole(*_axes(x, node.attrs["dim"]))
    if np.isinf(order):
        return w.add("ReduceMax" if order > 0 else "ReduceMin", size, axes, keepdims=keep)
    if not order:
        return w.add("ReduceSum", w.add("Sign", size), axes, keepdims=keep)
    total = w.add("ReduceSum", w.add("Pow", size, _one(w, node, order)), axes, keepdims=keep)
    return w.add("Pow", total, _one(w, node, 1 / order))


@rule("all", "any", "count_nonzero")
def _counted(w: Writer, node: Node) -> Any:
    x, name = node.inputs[0], node.op.name if node.op is not None else ""
    held = w.cast(w.operand(x, np.dtype(np.bool_)), np.dtype(np.int64))
    operator = {"all": "ReduceMin", "any": "ReduceMax"}.get(name, "ReduceSum")
    if _ndim(x):
        axes = w.whole(*_axes(x, node.attrs["dim"]))
        held = w.add(operator, held, axes, keepdims=int(node.attrs.get("keepdim", False)))
    return held if name == "count_nonzero" else w.cast(held, np.dtype(np.bool_))


@rule("deviation")
def _deviation(w: Writer, node: Node) -> Any:
    x, keep = node.inputs[0], int(node.attrs["keepdim"])
    dims = _axes(x, node.attrs["dim"])
    apart = w.add("Sub", w.operand(x), w.add("ReduceMean", w.operand(x), w.whole(*dims), keepdims=1))
    total = w.add("ReduceSumSquare", apart, w.whole(*dims), keepdims=keep)
    count = prod(_shape(x)[d] for d in dims) - node.attrs["correction"]
    return w.add("Sqrt", w.add("Div", total, _one(w, node, max(count, 0))))


@rule("argmax", "argmin")
def _argument(w: Writer, node: Node) -> Any:
    x, dim = w.operand(node.inputs[0]), node.attrs["dim"]
    operator = "ArgMax" if node.op is not None and node.op.name == "argmax" else "ArgMin"
    if dim is not None and _ndim(node.inputs[0]):
        return w.add(operator, x, axis=dim, keepdims=int(node.attrs["keepdim"]))
    flat = w.add(operator, w.add("Reshape", x, w.whole(-1)), axis=0)
    return w.add("Reshape", flat, w.whole(*_shape(node)))


@rule("max_along", "min_along")
def _along(w: Writer, node: Node) -> Any:
    x, dim, keep = node.inputs[0], node.attrs["dim"], int(node.attrs["keepdim"])
    if not _ndim(x):
        return None
    which = "Max" if node.op is not None and node.op.name == "max_along" else "Min"
    values = w.add(f"Reduce{which}", w.operand(x), w.whole(*_axes(x, dim)), keepdims=keep)
    return values, w.add(f"Arg{which}", w.operand(x), axis=dim, keepdims=keep)


@rule("topk", "sort")
def _topk(w: Writer, node: Node) -> Any:
    x, attrs = node.inputs[0], node.attrs
    if not _ndim(x):
        return None
    k = attrs["k"] if "k" in attrs else _shape(x)[attrs["dim"]]
    largest = attrs["largest"] if "largest" in attrs else attrs["descending"]
    return w.add("TopK", w.operand(x), w.whole(k), outputs=2, axis=attrs["dim"], largest=int(largest), sorted=1)


@rule("cumsum")
def _cumsum(w: Writer, node: Node) -> Any:
    if not _ndim(node.inputs[0]):
        return None
    axis = w.constant(np.asarray(node.attrs["dim"], np.int64))
    return w.add("CumSum", w.operand(node.inputs[0], _dtype(node)), axis)


@rule("softmax", "log_softmax")
def _softmax(w: Writer, node: Node) -> Any:
    if not _ndim(node.inputs[0]):
        return None
    operator = "Softmax" if node.op is not None and node.op.name == "softmax" else "LogSoftmax"
    return w.add(operator, w.operand(node.inputs[0]), axis=node.attrs["dim"])


# Shapes


def _reshaped(w: Writer, x: str, shape: tuple[int, ...]) -> Any:
    if 0 in shape:
        return None  # in ONNX a 0 means “as it was”
    return w.add("Reshape", x, w.whole(*shape))


@rule("reshape_to")
def _reshape(w: Writer, node: Node) -> Any:
    return _reshaped(w, w.operand(node.inputs[0]), _shape(node))


@rule("to_scalar")
def _to_scalar(w: Writer, node: Node) -> Any:
    return w.add("Reshape", w.operand(node.inputs[0], _dtype(node)), w.whole())


@rule("permute_to")
def _permute(w: Writer, node: Node) -> Any:
    return w.add("Transpose", w.operand(node.inputs[0]), perm=_axes(node.inputs[0], tuple(node.attrs["dims"])))


@rule("mT")
def _transpose(w: Writer, node: Node) -> Any:
    n = _ndim(node.inputs[0])
    return w.add("Transpose", w.operand(node.inputs[0]), perm=[*range(n - 2), n - 1, n - 2])


def _expanded(w: Writer, x: str, own: tuple[int, ...], shape: tuple[int, ...]) -> str:
    """x repeated; a side that stays is given as 1, which leaves it, however long it is in another run."""
    own = (1,) * (len(shape) - len(own)) + own
    sides = [1 if a == b else b for a, b in zip(own, shape, strict=True)]
    result: str = w.add("Expand", x, w.whole(*sides)) if any(side != 1 for side in sides) else w.add("Identity", x)
    return result


@rule("expand_to")
def _expand(w: Writer, node: Node) -> Any:
    return _expanded(w, w.operand(node.inputs[0]), _shape(node.inputs[0]), _shape(node))


@rule("sum_to")
def _sum_to(w: Writer, node: Node) -> Any:
    x, shape = node.inputs[0], tuple(node.attrs["shape"])
    lead = _ndim(x) - len(shape)
    axes = [*range(lead), *(lead + i for i, side in enumerate(shape) if side == 1)]
    total = w.add("ReduceSum", w.operand(x), w.whole(*axes), keepdims=0) if axes else w.operand(x)
    return _reshaped(w, total, shape)


@rule("cat")
def _cat(w: Writer, node: Node) -> Any:
    parts = [x for x in node.inputs if _shape(x) != (0,)]
    return w.add("Concat", *(w.operand(x, _dtype(node)) for x in parts), axis=node.attrs["dim"])


@rule("stack")
def _stack(w: Writer, node: Node) -> Any:
    dim = node.attrs["dim"] % (_ndim(node))
    parts = [w.add("Unsqueeze", w.operand(x, _dtype(node)), w.whole(dim)) for x in node.inputs]
    return w.add("Concat", *parts, axis=dim)


@rule("pad_constant")
def _pad(w: Writer, node: Node) -> Any:
    widths = node.attrs["widths"]
    sides = w.whole(*(before for before, _after in widths), *(after for _before, after in widths))
    return w.add("Pad", w.operand(node.inputs[0]), sides, w.constant(np.asarray(node.attrs["value"], _dtype(node))))


@rule("flip_along")
def _flip(w: Writer, node: Node) -> Any:
    axes = _axes(node.inputs[0], tuple(node.attrs["dims"]))
    return _slices(w, w.operand(node.inputs[0]), [(axis, slice(None, None, -1)) for axis in axes])


@rule("roll_along")
def _roll(w: Writer, node: Node) -> Any:
    name, sides = w.operand(node.inputs[0]), _shape(node)
    for shift, axis in zip(node.attrs["shifts"], _axes(node, tuple(node.attrs["dims"])), strict=True):
        cut = (sides[axis] - shift) % max(sides[axis], 1)
        ends = (_slices(w, name, [(axis, part)]) for part in (slice(cut, None), slice(0, cut)))
        name = w.add("Concat", *ends, axis=axis)
    return name


@rule("tril", "triu")
def _triangle(w: Writer, node: Node) -> Any:
    diagonal = w.constant(np.asarray(node.attrs["diagonal"], np.int64))
    upper = int(node.op is not None and node.op.name == "triu")
    return w.add("Trilu", w.operand(node.inputs[0]), diagonal, upper=upper)


@rule("contract")
def _einsum(w: Writer, node: Node) -> Any:
    return w.add("Einsum", *(w.operand(x, _dtype(node)) for x in node.inputs), equation=node.attrs["subscripts"])


# Indexing


def _slices(w: Writer, x: str, cuts: list[tuple[int, slice]]) -> str:
    """Slices along some axes."""
    cuts = [(axis, cut) for axis, cut in cuts if cut != slice(None) and cut != slice(None, None, 1)]
    if not cuts:
        return x
    steps = [1 if cut.step is None else cut.step for _axis, cut in cuts]
    starts = [
        (0 if step > 0 else END) if cut.start is None else cut.start
        for (_axis, cut), step in zip(cuts, steps, strict=True)
    ]
    ends = [
        (END if step > 0 else -END - 1) if cut.stop is None else cut.stop
        for (_axis, cut), step in zip(cuts, steps, strict=True)
    ]
    axes = [axis for axis, _cut in cuts]
    result: str = w.add("Slice", x, w.whole(*starts), w.whole(*ends), w.whole(*axes), w.whole(*steps))
    return result


def _whole_index(index: Any, ndim: int) -> list[Any]:
    """An index as one entry a dimension, besides its Nones."""
    parts: list[Any] = []
    for part in index if isinstance(index, tuple) else (index,):
        array = np.asarray(part) if isinstance(part, np.ndarray | list) else None
        if array is not None and array.dtype == np.bool_:
            parts.extend(np.nonzero(array))
        else:
            parts.append(part if array is None else array)
    used = sum(part is not None and part is not Ellipsis for part in parts)
    rest = [slice(None)] * (ndim - used)
    at = next((i for i, part in enumerate(parts) if part is Ellipsis), None)
    return [*parts, *rest] if at is None else [*parts[:at], *rest, *parts[at + 1 :]]


@rule("getitem")
def _getitem(w: Writer, node: Node) -> Any:
    x = node.inputs[0]
    parts = _whole_index(node.attrs["index"], _ndim(x))
    used = [part for part in parts if part is not None]
    tables = [i for i, part in enumerate(used) if isinstance(part, np.ndarray) and part.ndim]
    name = _slices(w, w.operand(x), [(i, part) for i, part in enumerate(used) if isinstance(part, slice)])
    if tables:
        return _gathered(w, name, parts, used)
    for i in reversed(range(len(used))):  # the last axis first, so that the others keep their places
        if not isinstance(used[i], slice):
            name = w.add("Gather", name, w.constant(np.asarray(int(used[i]), np.int64)), axis=i)
    kept = [part for part in parts if part is None or isinstance(part, slice)]
    new = [i for i, part in enumerate(kept) if part is None]
    if new:
        name = w.add("Unsqueeze", name, w.whole(*new))
    return name if name != w.operand(x) else w.add("Identity", name)


def _gathered(w: Writer, x: str, parts: list[Any], used: list[Any]) -> Any:
    """Elements chosen by tables of indices, as numpy places what they choose."""
    if any(part is None for part in parts):
        return None
    chosen = [i for i, part in enumerate(used) if not isinstance(part, slice)]
    if len(chosen) == 1:
        return w.add("Gather", x, w.constant(np.asarray(used[chosen[0]], np.int64)), axis=chosen[0])
    rest = [i for i in range(len(used)) if i not in chosen]
    tables = np.stack(np.broadcast_arrays(*(np.asarray(used[i], np.int64) for i in chosen)), -1)
    found = w.add("GatherND", w.add("Transpose", x, perm=[*chosen, *rest]), w.constant(tables))
    n = tables.ndim - 1
    if chosen != list(range(chosen[0], chosen[0] + len(chosen))) or not chosen[0]:
        return found  # apart from one another, they go first
    before = list(range(n, n + chosen[0]))
    return w.add("Transpose", found, perm=[*before, *range(n), *range(n + chosen[0], n + len(rest))])


@rule("embedding")
def _embedding(w: Writer, node: Node) -> Any:
    indices, table = node.inputs
    return w.add("Gather", w.operand(table), w.operand(indices, np.dtype(np.int64)), axis=0)


@rule("gather_along")
def _gather(w: Writer, node: Node) -> Any:
    index = w.constant(np.asarray(value_of(node.attrs["index"]), np.int64))
    return w.add("GatherElements", w.operand(node.inputs[0]), index, axis=node.attrs["dim"])


def _scattered(w: Writer, x: str, value: str, index: Any, shape: tuple[int, ...], reduction: str) -> Any:
    """x with values at an index, in the flattened tensor."""
    places = np.arange(prod(shape)).reshape(shape)[index]
    flat = w.add("Reshape", x, w.whole(-1))
    given = w.add("Reshape", w.add("Expand", value, w.whole(*places.shape)), w.whole(-1))
    found = w.add("ScatterElements", flat, w.constant(places.reshape(-1)), given, axis=0, reduction=reduction)
    return _reshaped(w, found, shape)


@rule("setitem")
def _setitem(w: Writer, node: Node) -> Any:
    x, value = node.inputs
    given = w.operand(value, _dtype(node))
    return _scattered(w, w.operand(x), given, node.attrs["index"], _shape(x), "none")


@rule("place")
def _place(w: Writer, node: Node) -> Any:
    shape = tuple(node.attrs["shape"])
    zeros = w.constant(np.zeros(shape, _dtype(node)))
    return _scattered(w, zeros, w.operand(node.inputs[0]), node.attrs["index"], shape, "add")


# Layers


@rule("linear")
def _linear(w: Writer, node: Node) -> Any:
    x, weight, bias = node.inputs
    if _ndim(x) == 2:
        return w.add("Gemm", w.operand(x), w.operand(weight), w.operand(bias), transB=1)
    product = w.add("MatMul", w.operand(x), w.add("Transpose", w.operand(weight), perm=[1, 0]))
    return product if bias is None else w.add("Add", product, w.operand(bias))


def _each(value: Any, n: int) -> list[int]:
    sides = [int(v) for v in np.atleast_1d(value)]
    return sides * n if len(sides) == 1 else sides


@rule("conv1d", "conv2d", "conv3d")
def _conv(w: Writer, node: Node) -> Any:
    x, weight, bias = node.inputs
    n, attrs = _ndim(weight) - 2, node.attrs
    if _ndim(x) != n + 2 or attrs["padding"] == "same":
        return None
    padding = [0] * n if attrs["padding"] == "valid" else _each(attrs["padding"], n)
    return w.add(
        "Conv", w.operand(x), w.operand(weight), w.operand(bias), strides=_each(attrs["stride"], n),
        pads=padding * 2, dilations=_each(attrs["dilation"], n), group=attrs["groups"], kernel_shape=_shape(weight)[2:],
    )  # fmt: skip


@rule("conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
def _conv_transpose(w: Writer, node: Node) -> Any:
    x, weight, bias = node.inputs
    n, attrs = _ndim(weight) - 2, node.attrs
    if _ndim(x) != n + 2:
        return None
    return w.add(
        "ConvTranspose", w.operand(x), w.operand(weight), w.operand(bias), strides=_each(attrs["stride"], n),
        pads=_each(attrs["padding"], n) * 2, output_padding=_each(attrs["output_padding"], n),
        dilations=_each(attrs["dilation"], n), group=attrs["groups"], kernel_shape=_shape(weight)[2:],
    )  # fmt: skip


@rule("convolution")
def _bare_conv(w: Writer, node: Node) -> Any:
    x, weight = node.inputs
    attrs = node.attrs
    return w.add(
        "Conv", w.operand(x), w.operand(weight), strides=attrs["stride"], pads=tuple(attrs["padding"]) * 2,
        dilations=attrs["dilation"], group=attrs["groups"], kernel_shape=_shape(weight)[2:],
    )  # fmt: skip


def _window(node: Node, n: int) -> dict[str, Any] | None:
    """Kernel, steps and border of a pooling, where ONNX counts its windows as we do."""
    attrs = node.attrs
    if attrs["ceil_mode"] or _ndim(node.inputs[0]) != n + 2:
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
        if _ndim(x) != n + 2:
            return None
        sides, sizes = _shape(x)[2:], _shape(node)[2:]
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
    channels = _shape(x)[1:2]
    scale = w.operand(weight) if weight is not None else w.constant(np.ones(channels, _dtype(x)))
    shift = w.operand(bias) if bias is not None else w.constant(np.zeros(channels, _dtype(x)))
    epsilon = node.attrs["eps"]
    return w.add(
        "BatchNormalization", w.operand(x), scale, shift, w.operand(mean), w.operand(variance), epsilon=epsilon
    )


@rule("layer_norm_of")
def _layer_norm(w: Writer, node: Node) -> Any:
    x, weight, bias = node.inputs
    shape = tuple(node.attrs["normalized_shape"])
    scale = w.operand(weight) if weight is not None else w.constant(np.ones(shape, _dtype(x)))
    return w.add(
        "LayerNormalization", w.operand(x), scale, w.operand(bias), axis=-len(shape), epsilon=node.attrs["eps"]
    )


@rule("rms_norm_of")
def _rms_norm(w: Writer, node: Node) -> Any:
    x, weight = node.inputs
    shape = tuple(node.attrs["normalized_shape"])
    scale = w.operand(weight) if weight is not None else w.constant(np.ones(shape, _dtype(x)))
    epsilon = float(np.finfo(_dtype(x)).eps) if node.attrs["eps"] is None else node.attrs["eps"]
    return w.add("RMSNormalization", w.operand(x), scale, axis=-len(shape), epsilon=epsilon)


@rule("group_norm_of")
def _group_norm(w: Writer, node: Node) -> Any:
    x, weight, bias = node.inputs
    if _ndim(x) < 3:
        return None
    channels = _shape(x)[1:2]
    scale = w.operand(weight) if weight is not None else w.constant(np.ones(channels, _dtype(x)))
    shift = w.operand(bias) if bias is not None else w.constant(np.zeros(channels, _dtype(x)))
    groups, epsilon = node.attrs["num_groups"], node.attrs["eps"]
    return w.add("GroupNormalization", w.operand(x), scale, shift, num_groups=groups, epsilon=epsilon)


@rule("local_response_norm")
def _response_norm(w: Writer, node: Node) -> Any:
    attrs = node.attrs
    if _ndim(node.inputs[0]) != 4 or not attrs["size"] % 2:  # of an even number the odd one stands on the other side
        return None
    given: dict[str, Any] = {key: float(attrs[key]) for key in ("alpha", "beta")}
    return w.add("LRN", w.operand(node.inputs[0]), size=attrs["size"], bias=float(attrs["k"]), **given)


@rule("attention")
def _attention(w: Writer, node: Node) -> Any:
    query, key, value, mask, dropped = node.inputs
    if dropped is not None or any(_ndim(x) != 4 for x in (query, key, value)):
        return None
    allowed = w.fixed(mask)
    if mask is not None and _dtype(mask) == np.bool_ and (allowed is None or not np.all(np.any(allowed, -1))):
        return None  # who may look at nothing gets zeros here, and no number there
    scale, masked = node.attrs["scale"], w.operand(mask)
    if mask is not None and _shape(mask)[-2:] != (_shape(query)[-2], _shape(key)[-2]):
        sides = (*_shape(mask)[:-2], _shape(query)[-2], _shape(key)[-2])
        masked = _expanded(w, masked, _shape(mask), sides)
    return w.add(
        "Attention", w.operand(query), w.operand(key), w.operand(value), masked,
        is_causal=int(node.attrs["is_causal"]), scale=1 / _shape(query)[-1] ** 0.5 if scale is None else scale,
    )  # fmt: skip


@rule("cross_entropy")
def _cross_entropy(w: Writer, node: Node) -> Any:
    x, labels = node.inputs
    given = w.operand(x), w.operand(labels, np.dtype(np.int64))
    return w.add("SoftmaxCrossEntropyLoss", *given, reduction=node.attrs["reduction"])


@rule("nll_loss_of")
def _nll(w: Writer, node: Node) -> Any:
    x, labels, weight = node.inputs
    given = w.operand(x), w.operand(labels, np.dtype(np.int64)), w.operand(weight)
    ignored, reduction = node.attrs["ignore_index"], node.attrs["reduction"]
    return w.add("NegativeLogLikelihoodLoss", *given, ignore_index=ignored, reduction=reduction)


# Recurrent sequences: the rows of the gates in ONNX's order, one direction a node


def _sequence(
    w: Writer, node: Node, operator: str, order: tuple[int, ...], signs: tuple[float, ...], **how: Any
) -> Any:
    """The operator on a sequence; ``order`` and ``signs`` make ONNX's gates of ours."""
    states = 2 if operator == "LSTM" else 1
    x, held, (w_ih, w_hh, b_ih, b_hh) = node.inputs[0], node.inputs[1 : 1 + states], node.inputs[1 + states :]
    arrays = [None if part is None else w.fixed(part) for part in (w_ih, w_hh, b_ih, b_hh)]
    if arrays[0] is None or arrays[1] is None or (b_ih is None) != (arrays[2] is None) or 0 in _shape(x):
        return None
    biases: Any = None if b_ih is None else np.concatenate([_rows(a, order, signs) for a in arrays[2:]])[None]
    initial = []
    for state in held:
        start = w.fixed(state)
        given = start is None or bool(np.any(start))
        initial.append(w.add("Unsqueeze", w.operand(state), w.whole(0)) if given else "")
    path = w.operand(w_ih).removesuffix("weight_ih")
    found = w.add(
        operator,
        w.operand(x),
        w.constant(_rows(arrays[0], order, signs)[None], f"{path}.W"),
        w.constant(_rows(arrays[1], order, signs)[None], f"{path}.R"),
        "" if biases is None else w.constant(biases, f"{path}.B"),
        "",
        *initial,
        outputs=1 + states,
        hidden_size=_shape(w_hh)[1],
        **how,
    )
    return w.add("Squeeze", found[0], w.whole(1)), *(w.add("Squeeze", last, w.whole(0)) for last in found[1:])


def _rows(array: Any, order: tuple[int, ...], signs: tuple[float, ...]) -> Any:
    blocks = np.split(array, len(order))
    return np.concatenate([blocks[place] * array.dtype.type(sign) for place, sign in zip(order, signs, strict=True)])


@rule("rnn_sequence")
def _rnn(w: Writer, node: Node) -> Any:
    return _sequence(w, node, "RNN", (0,), (1,), activations=[node.attrs["nonlinearity"].capitalize()])


@rule("lstm_sequence")
def _lstm(w: Writer, node: Node) -> Any:
    return _sequence(w, node, "LSTM", (0, 3, 1, 2), (1, 1, 1, 1))  # i, f, C̃, o → i, o, f, C̃


@rule("gru_sequence")
def _gru(w: Writer, node: Node) -> Any:
    """r, z, h̃ → z, r, h̃. The course's z is 1 − ONNX's, and 1 − σ(x) = σ(−x): its rows change sign."""
    course = node.attrs["convention"] == "course"
    return _sequence(
        w, node, "GRU", (1, 0, 2), (-1 if course else 1, 1, 1), linear_before_reset=int(not course)
    )  # fmt: skip


@rule("select")
def _select(w: Writer, node: Node) -> Any:
    bundle: Any = node.inputs[0]
    name, place = w.names[bundle.id][node.attrs["index"]], node.attrs["index"] + 1
    if not name:
        raise OnnxError(
            _("ONNX has no counterpart of output {place} of {operation}").format(
                place=place, operation=bundle.describe()
            )
        )
    return name
