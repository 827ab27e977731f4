"""Random chains of ONNX operators, each the same for its number: attributes, shapes, types and opset are drawn together."""

from dataclasses import dataclass, field

import numpy as np
from onnx import helper, numpy_helper

KINDS = (np.float32, np.float64, np.float16, np.int32, np.int64)
UNARY = [
    "Abs", "Acos", "Asinh", "Atan", "Ceil", "Cos", "Elu", "Erf", "Exp", "Floor", "HardSigmoid", "Identity", "LeakyRelu", "Neg",
    "Relu", "Round", "Selu", "Sigmoid", "Sign", "Sin", "Softplus", "Softsign", "Sqrt", "Tanh", "ThresholdedRelu", "Celu",
]  # fmt: skip
SLOPED = {"Elu", "HardSigmoid", "LeakyRelu", "Selu", "ThresholdedRelu", "Celu"}
BINARY = ["Add", "Sub", "Mul", "Div", "Max", "Min", "Pow", "Mod"]
COMPARED = ["Greater", "Less", "Equal", "GreaterOrEqual", "LessOrEqual"]
REDUCED = ["Sum", "Mean", "Max", "Min", "Prod", "L1", "L2", "SumSquare", "LogSumExp"]


@dataclass
class Chain:
    """A graph as it grows: numpy stands for the value, so that the next operator is drawn for its shape and its type.

    Attributes:
        draw: where its choices come from.
        opset: the version of its operators.
        shape: of the last value.
        kind: the type of the last value.
    """

    draw: np.random.Generator
    opset: int
    shape: tuple[int, ...]
    kind: type
    nodes: list = field(default_factory=list)
    arrays: list = field(default_factory=list)
    last: str = "x"
    kinds: dict = field(default_factory=dict)

    def one(self, choices):
        return choices[int(self.draw.integers(len(choices)))]

    def values(self, shape, kind, low=-3.0, high=3.0):
        made = self.draw.uniform(low, high, shape)
        return np.asarray(made.round() if np.dtype(kind).kind in "iu" else made).astype(kind)

    def array(self, value):
        name = f"w{len(self.arrays)}"
        self.arrays.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def axes(self):
        count = int(self.draw.integers(1, len(self.shape) + 1))
        chosen = self.draw.permutation(len(self.shape))[:count]
        return [int(axis - len(self.shape) * self.draw.integers(2)) for axis in sorted(chosen)]

    def add(self, operator, *operands, shape=None, kind=None, **attributes):
        name = f"v{len(self.nodes)}"
        self.nodes.append(
            helper.make_node(operator, [self.last, *operands], [name], f"n{len(self.nodes)}", **attributes)
        )
        self.last = name
        self.shape, self.kind = self.shape if shape is None else tuple(shape), kind or self.kind
        self.kinds[name] = np.bool_ if operator in COMPARED else self.kind

    @property
    def floats(self):
        return np.dtype(self.kind).kind == "f"


def unary(c):
    operator = c.one(UNARY if c.floats else ["Abs", "Neg", "Sign", "Identity", "Relu"])
    by = {"alpha": float(np.float32(c.draw.uniform(0.1, 1.5)))} if operator in SLOPED and c.draw.integers(2) else {}
    c.add(operator, **by)


def binary(c):
    kept = [side if c.draw.integers(2) else 1 for side in c.shape][int(c.draw.integers(len(c.shape) + 1)) :]
    operator = c.one(BINARY)
    low = 1.0 if operator in ("Div", "Pow", "Mod") else -3.0
    by = (
        {"fmod": 1}
        if operator == "Mod" and c.floats
        else {"fmod": int(c.draw.integers(2))}
        if operator == "Mod"
        else {}
    )
    c.add(operator, c.array(c.values(kept, c.kind, low, 3.0)), **by)


def compare(c):
    name = c.array(c.values(c.shape, c.kind))
    before = c.last
    c.add(c.one(COMPARED), name)
    c.nodes.append(helper.make_node("Where", [c.last, before, name], [f"v{len(c.nodes)}"], f"n{len(c.nodes)}"))
    c.last = f"v{len(c.nodes) - 1}"
    c.kinds[c.last] = c.kind


def clip(c):
    bounds = [float(np.round(c.draw.uniform(-2, 0))), float(np.round(c.draw.uniform(0, 2)))]
    if c.opset < 11:
        c.add("Clip", min=bounds[0], max=bounds[1])
    else:
        c.add("Clip", *(c.array(np.asarray(b, c.kind)) if c.draw.integers(3) else "" for b in bounds))


def cast(c):
    kind = c.one(KINDS)
    c.add("Cast", kind=kind, to=helper.np_dtype_to_tensor_dtype(np.dtype(kind)))


def reduce(c):
    axes, keep = c.axes(), int(c.draw.integers(2))
    gone = {axis % len(c.shape) for axis in axes}
    shape = [1 if i in gone else s for i, s in enumerate(c.shape) if keep or i not in gone]
    name = c.one(REDUCED)
    name = (
        "L1" if name == "LogSumExp" and not c.floats else name
    )  # onnxruntime rounds each exponential of whole numbers
    operand = c.opset >= (13 if name == "Sum" else 18)
    if c.opset < 11:
        axes = [axis % len(c.shape) for axis in axes]
    by = {} if operand else {"axes": axes}
    c.add(
        f"Reduce{name}", *([c.array(np.asarray(axes, np.int64))] if operand else []), shape=shape, keepdims=keep, **by
    )


def chosen(c):
    axis, keep = int(c.draw.integers(len(c.shape))), int(c.draw.integers(2))
    shape = [1 if i == axis else s for i, s in enumerate(c.shape) if keep or i != axis]
    by = {"select_last_index": int(c.draw.integers(2))} if c.opset >= 12 else {}
    c.add(c.one(["ArgMax", "ArgMin"]), shape=shape, kind=np.int64, axis=axis, keepdims=keep, **by)


def softened(c):
    low = 0 if c.opset < 11 else -len(c.shape)
    by = {"axis": int(c.draw.integers(low, len(c.shape)))} if c.draw.integers(3) else {}
    c.add(c.one(["Softmax", "LogSoftmax", "Hardmax"]), **by)


def cumulated(c):
    axis = int(c.draw.integers(-len(c.shape), len(c.shape)))
    by = {"exclusive": int(c.draw.integers(2)), "reverse": int(c.draw.integers(2))}
    c.add("CumSum", c.array(np.asarray(axis, np.int64)), **by)


def turned(c):
    order = [int(i) for i in c.draw.permutation(len(c.shape))]
    by = {"perm": order} if c.draw.integers(3) else {}
    order = order if by else order[::-1] and list(range(len(c.shape)))[::-1]
    c.add("Transpose", shape=[c.shape[i] for i in order], **by)


def reshaped(c):
    size = int(np.prod(c.shape))
    sides = [d for d in (1, 2, 3, 4, 5, 6) if size and size % d == 0] or [1]
    first = c.one(sides)
    if size and c.draw.integers(2):
        said, shape = [first, -1], [first, size // first]
    elif c.draw.integers(2):
        said, shape = [0, *c.shape[1:], 1], [*c.shape, 1]
    else:
        said = shape = [*c.shape[:1], *c.shape[1:][::-1]]
    c.add("Reshape", c.array(np.asarray(said, np.int64)), shape=shape)


def flattened(c):
    axis = int(c.draw.integers(0 if c.opset < 11 else -len(c.shape), len(c.shape) + 1))
    cut = axis % len(c.shape) if axis < 0 else axis
    c.add("Flatten", shape=[int(np.prod(c.shape[:cut])), int(np.prod(c.shape[cut:]))], axis=axis)


def unsqueezed(c):
    if len(c.shape) > 3:
        return
    axis = int(c.draw.integers(0 if c.opset < 11 else -len(c.shape) - 1, len(c.shape) + 1))
    at = axis % (len(c.shape) + 1)
    shape = [*c.shape[:at], 1, *c.shape[at:]]
    if c.opset < 13:
        c.add("Unsqueeze", shape=shape, axes=[axis])
    else:
        c.add("Unsqueeze", c.array(np.asarray([axis], np.int64)), shape=shape)


def sliced(c):
    axis = int(c.draw.integers(len(c.shape)))
    start, stop = (int(v) for v in c.draw.integers(-6, 7, 2))
    step = 1 if c.opset < 10 else int(c.one([1, 2, -1, -2]))
    if c.opset < 10:
        shape = np.empty(c.shape)[
            tuple(slice(start, stop) if i == axis else slice(None) for i in range(len(c.shape)))
        ].shape
        c.add("Slice", starts=[start], ends=[stop], axes=[axis], shape=shape)
        return
    shape = np.empty(c.shape)[
        tuple(slice(start, stop, step) if i == axis else slice(None) for i in range(len(c.shape)))
    ].shape
    c.add("Slice", *(c.array(np.asarray([v], np.int64)) for v in (start, stop, axis, step)), shape=shape)


def padded(c):
    mode = c.one(["constant", "reflect", "edge"])
    # onnxruntime cuts before it reflects, which ONNX does not define.
    low = -1 if mode == "constant" and min(c.shape, default=0) > 2 else 0
    high = min(min(c.shape, default=1), 3) if mode == "reflect" else 3
    if not high or 0 in c.shape or (mode != "constant" and not c.floats):
        return
    pads = [int(v) for v in c.draw.integers(low, high, 2 * len(c.shape))]
    n = len(c.shape)
    shape = [s + pads[i] + pads[n + i] for i, s in enumerate(c.shape)]
    if c.opset < 11:
        c.add("Pad", pads=pads, mode=mode, shape=shape)
        return
    fill = [c.array(np.asarray(2, c.kind))] if c.draw.integers(2) else []
    c.add("Pad", c.array(np.asarray(pads, np.int64)), *fill, mode=mode, shape=shape)


def gathered(c):
    axis = int(c.draw.integers(len(c.shape)))
    if not c.shape[axis]:
        return
    low = 0 if c.opset < 11 else -c.shape[axis]
    index = c.draw.integers(low, c.shape[axis], [(), (2,), (2, 2)][int(c.draw.integers(3))])
    if len(c.shape) + index.ndim - 1 > 4:
        return
    shape = [*c.shape[:axis], *index.shape, *c.shape[axis + 1 :]]
    c.add("Gather", c.array(index.astype(c.one([np.int32, np.int64]))), axis=axis, shape=shape)


def tiled(c):
    times = [int(v) for v in c.draw.integers(1, 3, len(c.shape))]
    c.add("Tile", c.array(np.asarray(times, np.int64)), shape=[s * t for s, t in zip(c.shape, times, strict=True)])


def joined(c):
    axis = int(c.draw.integers(0 if c.opset < 11 else -len(c.shape), len(c.shape)))
    shape = list(c.shape)
    shape[axis] += 2
    other = [2 if i == axis % len(c.shape) else s for i, s in enumerate(c.shape)]
    c.add("Concat", c.array(c.values(other, c.kind)), axis=axis, shape=shape)


def multiplied(c):
    n = int(c.draw.integers(1, 4))
    if c.draw.integers(2) or len(c.shape) != 2:
        c.add("MatMul", c.array(c.values((c.shape[-1], n), c.kind)), shape=(*c.shape[:-1], n))
        return
    first, second = (int(v) for v in c.draw.integers(2, size=2))
    rows, inner = (c.shape[1], c.shape[0]) if first else c.shape
    b = c.values((n, inner) if second else (inner, n), c.kind)
    bias = [c.array(c.values([(n,), (rows, 1), (1,), ()][int(c.draw.integers(4))], c.kind))]
    bias = bias if c.opset < 11 or c.draw.integers(2) else []
    scales = {key: float(np.float32(c.draw.uniform(0.5, 1.5))) for key in ("alpha", "beta")} if c.floats else {}
    c.add("Gemm", c.array(b), *bias, transA=first, transB=second, shape=(rows, n), **scales)


def best(c):
    axis = int(c.draw.integers(len(c.shape)))
    if not c.shape[axis]:
        return
    k = int(c.draw.integers(1, c.shape[axis] + 1))
    shape = [k if i == axis else s for i, s in enumerate(c.shape)]
    by = {"axis": axis} if c.opset < 11 else {"axis": axis, "largest": int(c.draw.integers(2))}
    if c.opset < 10:
        c.add("TopK", shape=shape, k=k, **by)
    else:
        c.add("TopK", c.array(np.asarray([k], np.int64)), shape=shape, **by)
    c.nodes[-1].output.append(f"{c.last}_places")


def pooled(c):
    if len(c.shape) != 4 or not c.floats or min(c.shape) < 3:
        return
    kernel, strides = [int(v) for v in c.draw.integers(1, 4, 2)], [int(v) for v in c.draw.integers(1, 3, 2)]
    name = c.one(["MaxPool", "AveragePool"])
    pads = [int(c.draw.integers(k)) for k in kernel] * 2
    sides = [(s + pads[i] + pads[i + 2] - kernel[i]) // strides[i] + 1 for i, s in enumerate(c.shape[2:])]
    by = {"count_include_pad": int(c.draw.integers(2))} if name == "AveragePool" and c.opset >= 7 else {}
    c.add(name, shape=(*c.shape[:2], *sides), kernel_shape=kernel, strides=strides, pads=pads, **by)


def convolved(c):
    if len(c.shape) < 3 or not c.floats or min(c.shape) < 2:
        return
    rank, n = len(c.shape) - 2, int(c.draw.integers(1, 4))
    strides, dilations = ([int(v) for v in c.draw.integers(1, 3, rank)] for _ in range(2))
    weights = c.values((n, c.shape[1], *[2] * rank), c.kind)
    sides = [(s + 2 - d - 1) // t + 1 for s, t, d in zip(c.shape[2:], strides, dilations, strict=True)]
    bias = [c.array(c.values((n,), c.kind))] if c.draw.integers(2) else []
    by = {"strides": strides, "dilations": dilations, "pads": [1] * 2 * rank}
    c.add("Conv", c.array(weights), *bias, shape=(c.shape[0], n, *sides), **by)


def normalized(c):
    if len(c.shape) < 3 or not c.floats or 0 in c.shape:
        return
    n = c.shape[1]
    scale, shift, mean = (c.array(c.values((n,), c.kind)) for _ in range(3))
    if c.draw.integers(2) and np.prod(c.shape[2:]) > 2:
        c.add("InstanceNormalization", scale, shift, epsilon=0.5)
    else:
        variance = c.array(c.values((n,), c.kind, 0.5, 2.0))
        c.add("BatchNormalization", scale, shift, mean, variance, epsilon=0.25)


EVERYWHERE = [
    unary, unary, unary, binary, binary, compare, clip, cast, reduce, chosen, turned, reshaped, flattened, unsqueezed, sliced,
    padded, gathered, tiled, joined, best, multiplied,
]  # fmt: skip
OF_FLOATS = [softened, pooled, convolved, normalized]


def chain(number):
    """The chain of a number: a model, and what its input is."""
    draw = np.random.default_rng(number)
    shape = [(6,), (3, 4), (2, 3, 5), (1, 2, 5, 4), (2, 4, 4, 6)][int(draw.integers(5))]
    kind = [np.float32, np.float32, np.float32, np.float64, np.float16, np.int32, np.int64][int(draw.integers(7))]
    c = Chain(draw, int(draw.integers(6, 24)), shape, kind)
    given = c.values(shape, kind)
    links = int(draw.integers(3, 9))
    while len(c.nodes) < links:
        if not c.shape or np.prod(c.shape) > 20_000:
            break
        known = [*EVERYWHERE, *(OF_FLOATS * 2 if c.floats else []), *([cumulated] if c.opset >= 11 else [])]
        c.one(known)(c)
    made = helper.make_model(
        helper.make_graph(
            c.nodes,
            "chain",
            [helper.make_tensor_value_info("x", helper.np_dtype_to_tensor_dtype(np.dtype(kind)), given.shape)],
            [
                helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.dtype(kind)), None)
                for name, kind in c.kinds.items()
            ],
            c.arrays,
        ),
        opset_imports=[helper.make_opsetid("", c.opset)],
        ir_version=8,
    )
    return made, {"x": given}


__all__ = ["chain"]
