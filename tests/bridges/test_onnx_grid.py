"""Operators over a grid of their attributes, shapes and types: what onnxruntime gives, or one sentence."""

import itertools
import zlib

import numpy as np
import onnxruntime
import pytest
from onnx import ValueInfoProto, helper, numpy_helper, shape_inference

import tinygrad_fr as tg
from tests.bridges.onnx_chains import chain
from tinygrad_fr.bridges.onnx import OnnxError, load
from tinygrad_fr.errors import TinygradError

onnxruntime.set_default_logger_severity(4)
SAMPLE = 60  # of an operator's grid, where the whole is larger and not asked for
f32, i64 = np.float32, np.int64
SMOOTH = [
    "Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Ceil", "Cos", "Cosh", "Erf", "Exp", "Floor", "HardSwish", "Log",
    "Mish", "Neg", "Reciprocal", "Relu", "Round", "Sigmoid", "Sign", "Sin", "Sinh", "Softplus", "Softsign", "Sqrt", "Tan", "Tanh",
]  # fmt: skip


def draw(*shape, seed=0, low=-2.0, high=2.0, dtype=f32):
    made = np.random.default_rng([seed, *shape]).uniform(low, high, shape)
    return np.asarray(made.round() if np.dtype(dtype).kind in "iu" else made).astype(dtype)


def grid(**axes):
    """Every choice of one value an attribute; None leaves it out."""
    for values in itertools.product(*axes.values()):
        yield {key: value for key, value in zip(axes, values, strict=True) if value is not None}


def case(operator, operands, opset=21, outputs=1, **attributes):
    return operator, operands, opset, outputs, attributes


def images(*ranks):
    return [draw(*((2, 3, 7), (1, 4, 6, 5), (1, 2, 4, 5, 3))[rank - 1]) for rank in ranks]


def convolutions():
    for rank, by in itertools.product((1, 2), grid(
        auto_pad=[None, "SAME_UPPER", "SAME_LOWER", "VALID"], strides=[None, 2, 3], dilations=[None, 2], group=[None, 2],
        pads=[None, 1, "uneven"],
    )):  # fmt: skip
        x = draw(2, 4, *(9, 8)[:rank])
        if "auto_pad" in by and "pads" in by:
            continue
        named = {k: v for k, v in by.items() if k in ("auto_pad", "group")}
        named |= {k: [v] * rank for k, v in by.items() if k in ("strides", "dilations")}
        if "pads" in by:
            named["pads"] = [1] * 2 * rank if by["pads"] == 1 else [0, 1][:rank] + [2, 0][:rank]
        yield case("Conv", [x, draw(6, 4 // by.get("group", 1), *(3, 2)[:rank]), draw(6)], **named)


def transposed():
    for rank, by in itertools.product((1, 2), grid(
        strides=[None, 2, 3], pads=[None, 1, "uneven"], output_padding=[None, 1], dilations=[None, 2], group=[None, 2],
        output_shape=[None, 11], auto_pad=[None, "SAME_UPPER", "SAME_LOWER", "VALID"],
    )):  # fmt: skip
        if ("pads" in by) + ("output_shape" in by) + ("auto_pad" in by) > 1:
            continue
        if by.get("output_padding", 0) >= by.get("strides", 1):
            continue
        x = draw(1, 4, *(5, 4)[:rank])
        named = {k: v for k, v in by.items() if k in ("auto_pad", "group")}
        named |= {k: [v] * rank for k, v in by.items() if k in ("strides", "dilations", "output_padding")}
        if "output_shape" in by:
            named["output_shape"] = [by["output_shape"]] * rank
        if "pads" in by:
            named["pads"] = [1] * 2 * rank if by["pads"] == 1 else [0, 1][:rank] + [2, 0][:rank]
        yield case("ConvTranspose", [x, draw(4, 3, *(3, 3)[:rank]), draw(3 * by.get("group", 1))], **named)


def pools():
    for operator, rank, by in itertools.product(("MaxPool", "AveragePool", "LpPool"), (1, 2, 3), grid(
        auto_pad=[None, "SAME_UPPER", "SAME_LOWER", "VALID"], strides=[None, 2], dilations=[None, 2], pads=[None, 1, "uneven"],
        ceil_mode=[None, 1], count_include_pad=[None, 1],
    )):  # fmt: skip
        if ("auto_pad" in by and "pads" in by) or (operator != "AveragePool" and "count_include_pad" in by):
            continue
        x = draw(1, 2, *(9, 8, 7)[:rank])
        named = {k: v for k, v in by.items() if k in ("auto_pad", "ceil_mode", "count_include_pad")}
        named |= {k: [v] * rank for k, v in by.items() if k in ("strides", "dilations")}
        if "pads" in by:
            named["pads"] = [1] * 2 * rank if by["pads"] == 1 else [0, 1, 0][:rank] + [1, 0, 1][:rank]
        yield case(
            operator, [x], 22, outputs=2 if operator == "MaxPool" and rank == 2 else 1, kernel_shape=[3] * rank, **named
        )
    for dtype in (np.int8, np.uint8):
        yield case("MaxPool", [draw(1, 2, 6, 5, low=0, high=9, dtype=dtype)], kernel_shape=[3, 2], pads=[1, 0, 1, 1])
    for operator in ("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"):
        for x in images(1, 2, 3):
            yield case(operator, [x])


def resizes():
    how = ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric", "half_pixel_symmetric"]
    targets = [
        {"scales": (1, 1, 2.0, 3.0)}, {"scales": (1, 1, 0.6, 0.5)}, {"scales": (1, 1, 1.7, 0.8)}, {"sizes": (1, 2, 3, 9)},
        {"sizes": (1, 2, 1, 1)}, {"sizes": (1, 2, 8, 10)},
    ]  # fmt: skip
    modes = [
        *grid(mode=["nearest"], nearest_mode=["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"]),
        {"mode": "linear"}, {"mode": "linear", "antialias": 1}, {"mode": "cubic"}, {"mode": "cubic", "cubic_coeff_a": -0.5},
        {"mode": "cubic", "exclude_outside": 1}, {"mode": "cubic", "antialias": 1},
    ]  # fmt: skip
    x = draw(1, 2, 4, 5)
    for place, target, mode in itertools.product(how, targets, modes):
        scales = np.asarray(target.get("scales", ()), f32)
        sizes = np.asarray(target["sizes"], i64) if "sizes" in target else None
        operands = [x, None, None if sizes is not None else scales, sizes]
        yield case(
            "Resize", operands[: 4 if sizes is not None else 3], 19, coordinate_transformation_mode=place, **mode
        )
    for mode, scales in itertools.product(("nearest", "linear"), ((1, 1, 2, 3), (1, 1, 0.6, 1.5))):
        yield case("Resize", [x, np.asarray(scales, f32)], 10, mode=mode)
        yield case("Upsample", [x, np.asarray(scales, f32)], 9, mode=mode)
        yield case("Upsample", [x], 7, mode=mode, scales=[float(s) for s in scales])


def norms():
    for x, axis in itertools.product((draw(3, 4), draw(2, 3, 4)), (-1, 1, -2)):
        shape = x.shape[axis:]
        for outputs in (1, 3):
            yield case(
                "LayerNormalization", [x, draw(*shape), draw(*shape, seed=1)], 17, outputs, axis=axis, epsilon=1e-3
            )
        yield case("RMSNormalization", [x, draw(*shape)], 23, axis=axis)
    for x, groups in itertools.product((draw(2, 6, 4), draw(1, 6, 3, 2)), (1, 2, 3, 6)):
        yield case("GroupNormalization", [x, draw(6), draw(6, seed=1)], 21, num_groups=groups)
    for x in images(1, 2, 3):
        c = x.shape[1]
        yield case("InstanceNormalization", [x, draw(c), draw(c, seed=1)], epsilon=1e-3)
        yield case("BatchNormalization", [x, draw(c), draw(c, seed=1), draw(c, seed=2), draw(c, low=0.1)], epsilon=1e-2)
        yield case("MeanVarianceNormalization", [x], axes=[0, 2])
    for size, alpha, beta, bias in itertools.product((1, 2, 3, 4, 5), (1e-4, 0.5), (0.75, 0.5), (1.0, 2.0)):
        yield case("LRN", [draw(1, 5, 3, 3)], size=size, alpha=alpha, beta=beta, bias=bias)
    nothing = draw(3, 4, 2) * np.asarray([[[1]], [[0]], [[2]]], f32)
    for axis, p in itertools.product((-1, 0, 1), (1, 2)):
        yield case("LpNormalization", [nothing], axis=axis, p=p)


def reductions():
    names = ["Sum", "Mean", "Max", "Min", "Prod", "L1", "L2", "SumSquare", "LogSum", "LogSumExp"]
    for name, axes, keep, noop in itertools.product(names, (None, (0,), (-1,), (0, 2), ()), (None, 0), (None, 1)):
        x = draw(2, 3, 4, low=0.1)
        operands = [x] if axes is None else [x, np.asarray(axes, i64)]
        yield case(f"Reduce{name}", operands, 18, **next(grid(keepdims=[keep], noop_with_empty_axes=[noop])))
    whole = draw(2, 3, 4, low=-9, high=9, dtype=np.int32)
    for name in ("Sum", "Max", "Min", "Prod", "Mean", "L1", "SumSquare"):
        yield case(f"Reduce{name}", [whole, np.asarray([1], i64)], 18)
    yield case("ReduceProd", [np.asarray([[300, 300, 0.001, 0.5]], np.float16), np.asarray([1], i64)], 18)
    ties = draw(3, 4, low=0, high=3, dtype=f32).round()
    for name, axis, keep, last in itertools.product(("ArgMax", "ArgMin"), (0, 1, -1), (0, 1), (0, 1)):
        yield case(name, [ties], axis=axis, keepdims=keep, select_last_index=last)
    for axis, largest, k in itertools.product((0, 1, -1), (0, 1), (0, 1, 3)):
        yield case("TopK", [ties, np.asarray([k], i64)], outputs=2, axis=axis, largest=largest)
    for axis, exclusive, reverse, dtype in itertools.product((0, 1, -1), (0, 1), (0, 1), (f32, np.int32, i64)):
        operands = [draw(3, 4, low=-5, high=5, dtype=dtype), np.asarray(axis, i64)]
        yield case("CumSum", operands, exclusive=exclusive, reverse=reverse)
    for name, axis, opset in itertools.product(("Softmax", "LogSoftmax", "Hardmax"), (0, 1, -1), (11, 21)):
        yield case(name, [ties.reshape(3, 2, 2)], opset, axis=axis)


def elementwise():
    x, y = draw(3, 4), draw(4, seed=1, low=0.5)
    for name in SMOOTH:
        domain = {
            "Acos": (-1, 1),
            "Asin": (-1, 1),
            "Atanh": (-0.9, 0.9),
            "Acosh": (1, 3),
            "Log": (0.1, 3),
            "Sqrt": (0, 3),
        }
        low, high = domain.get(name, (-2, 2))
        yield case(name, [draw(3, 4, low=low, high=high)])
    for name in ("Add", "Sub", "Mul", "Div", "Max", "Min", "Greater", "Less", "GreaterOrEqual", "LessOrEqual", "Equal"):
        for a, b in ((x, y), (draw(3, 1), y), (x, draw(2, 3, 4, seed=3)), (np.asarray(2.0, f32), x)):
            yield case(name, [a, b])
    for dtype in (np.int32, i64, np.uint8, np.int8):
        a, b = draw(5, 4, low=0, high=9, dtype=dtype), draw(4, low=1, high=4, dtype=dtype)
        signed = a - np.asarray(4, dtype) if np.dtype(dtype).kind == "i" else a
        for name in ("Add", "Sub", "Mul", "Div", "Mod", "Max", "Min", "Pow", "Equal", "Less"):
            yield case(name, [signed if name != "Pow" else a, b])
    for a, b in itertools.product((f32, np.int32, i64, np.float64), repeat=2):
        yield case("Pow", [draw(4, low=1, high=5, dtype=a), draw(4, low=0, high=3, dtype=b, seed=2)])
    yield case("Pow", [draw(4, low=1, high=5, dtype=np.int32), np.asarray([0.5, 1.5, 2.5, -1.0], f32)])
    for fmod in (0, 1):
        yield case("Mod", [draw(9, low=-9, high=9, dtype=np.int32), np.full(9, 4, np.int32)], fmod=fmod)
        yield case("Mod", [draw(9, low=-9, high=9, dtype=np.int32), np.full(9, -4, np.int32)], fmod=fmod)
    yield case("Mod", [x, draw(4, low=0.5, high=2)], fmod=1)
    for name, by in {
        "LeakyRelu": [{}, {"alpha": 0.3}], "Elu": [{}, {"alpha": 0.3}], "Celu": [{}, {"alpha": 0.3}], "Selu": [{}, {"alpha": 1.2}],
        "HardSigmoid": [{}, {"alpha": 0.3, "beta": 0.2}], "ThresholdedRelu": [{}, {"alpha": 0.3}],
        "Gelu": [{}, {"approximate": "tanh"}], "Shrink": [{}, {"lambd": 1.0, "bias": 0.3}], "IsInf": [{}, {"detect_negative": 0}],
    }.items():  # fmt: skip
        for each in by:
            yield case(name, [x], 20, **each)
    for low, high in ((None, None), (-1.0, None), (None, 0.5), (-1.0, 0.5), (1.0, -1.0)):
        bounds = [None if value is None else np.asarray(value, f32) for value in (low, high)]
        yield case("Clip", [x, *bounds])
    for shape in ((1,), (4,), (3, 1), (3, 4)):
        yield case("PRelu", [x, draw(*shape)])
    for direction, dtype in itertools.product(("LEFT", "RIGHT"), (np.uint8, np.uint16, np.uint32, np.uint64)):
        yield case(
            "BitShift",
            [draw(9, low=0, high=99, dtype=dtype), draw(9, low=0, high=7, dtype=dtype, seed=1)],
            direction=direction,
        )
    for one, other in itertools.product((f32, np.float64, np.float16, np.int32, i64, np.uint8, np.bool_), repeat=2):
        yield case("Cast", [draw(3, 4, low=0, high=5, dtype=one)], to=helper.np_dtype_to_tensor_dtype(np.dtype(other)))


def gemms():
    for ta, tb, alpha, beta, c in itertools.product(
        (0, 1), (0, 1), (1.0, 0.5), (1.0, 2.0), (None, (), (1,), (5,), (3, 1), (3, 5))
    ):
        a, b = draw(*((4, 3) if ta else (3, 4))), draw(*((5, 4) if tb else (4, 5)), seed=1)
        operands = [a, b] if c is None else [a, b, draw(*c)]
        yield case("Gemm", operands, transA=ta, transB=tb, alpha=alpha, beta=beta)
    for a, b in (((4,), (4,)), ((3, 4), (4,)), ((4,), (4, 5)), ((2, 3, 4), (4, 5)), ((2, 1, 3, 4), (3, 4, 5))):
        yield case("MatMul", [draw(*a), draw(*b, seed=1)])
    for equation in ("ij,jk", "ij,ij->i", "ii", "bij,bjk->bik", "...i,...i->..."):
        shapes = {"ii": [(3, 3)], "bij,bjk->bik": [(2, 3, 4), (2, 4, 5)], "ij,jk": [(3, 4), (4, 5)]}
        yield case("Einsum", [draw(*s) for s in shapes.get(equation, [(3, 4), (3, 4)])], equation=equation)


def indexing():
    x = draw(4, 5, 3)
    for axis, index in itertools.product(
        (0, 1, 2, -1), (np.asarray(-1), np.asarray([0, -1]), np.asarray([[0, 1], [2, -2]]))
    ):
        yield case("Gather", [x, index], axis=axis)
    yield case("Gather", [draw(4, 5), np.asarray(-1)])
    for axis in (0, 1, -1):
        index = np.asarray([[[0, -1, 1], [2, 0, 0]]], i64)
        yield case("GatherElements", [x, index], axis=axis)
        for how in ("none", "add", "mul", "max", "min"):
            yield case(
                "ScatterElements",
                [x, np.asarray([[[0, -1, 1]]], i64), draw(1, 1, 3, seed=4)],
                18,
                axis=axis,
                reduction=how,
            )
    for how in ("none", "add", "mul", "max", "min"):
        yield case("ScatterND", [x, np.asarray([[1], [-1]], i64), draw(2, 5, 3, seed=4)], 18, reduction=how)
        yield case("ScatterND", [x, np.asarray([[1, 2], [-1, 0]], i64), draw(2, 3, seed=4)], 18, reduction=how)
    yield case("GatherND", [x, np.asarray([[0, 1], [-1, 2]], i64)])
    yield case("GatherND", [x, np.asarray([[0], [1], [2], [-1]], i64)], batch_dims=1)
    yield case("GatherND", [draw(2, 5, 3), np.asarray([[[0], [1]], [[2], [-1]]], i64)], batch_dims=1)
    for start, end, step in itertools.product((0, 1, -3, -9, 9), (2, 9, -1, -9), (1, 2, -1, -2)):
        yield case("Slice", [x, *(np.asarray([v], i64) for v in (start, end, 1, step))])
    for mode, pads in itertools.product(
        ("constant", "reflect", "edge", "wrap"), ((0, 0, 1, 2, 0, 2), (1, 0, 2, 0, 3, 1), (0, -1, 1, 0, -2, 0))
    ):
        yield case("Pad", [x, np.asarray(pads, i64)], 19, mode=mode)
        yield case("Pad", [x, np.asarray(pads, i64), np.asarray(1.5, f32)], 19, mode=mode)
    yield case("Pad", [x, np.asarray([1, 2], i64), None, np.asarray([1], i64)], 19)
    for axis, depth in itertools.product((-1, 0, 1), (3, 4)):
        yield case(
            "OneHot",
            [np.asarray([[0, -1, 5], [2, -9, 1]], i64), np.asarray(depth, i64), np.asarray([1, 3], f32)],
            axis=axis,
        )
    for upper, k in itertools.product((0, 1), (None, 0, 1, -2, 7)):
        yield case("Trilu", [x] if k is None else [x, np.asarray(k, i64)], upper=upper)
    for axis in (None, 0, 1, -1):
        yield case("Compress", [x, np.asarray([True, False, True])], **next(grid(axis=[axis])))
        for ordered in (0, 1):
            given = draw(4, 3, low=0, high=2, dtype=f32).round()
            yield case("Unique", [given], outputs=4, **next(grid(axis=[axis], sorted=[ordered])))
    yield case("NonZero", [draw(3, 4).round()])
    for batch, time in ((0, 1), (1, 0)):
        lengths = np.asarray([1, 4, 2, 3, 1][: 4 if batch == 0 else 5], i64)
        yield case("ReverseSequence", [x if batch == 0 else x[:4], lengths], batch_axis=batch, time_axis=time)


def shapes():
    x = draw(1, 4, 6, 2)
    for mode in ("DCR", "CRD"):
        yield case("DepthToSpace", [draw(1, 8, 2, 3)], blocksize=2, mode=mode)
    yield case("SpaceToDepth", [x], blocksize=2)
    for target, zero in itertools.product(((4, 0, 2), (0, -1, 2), (2, 3, 8)), (0,)):
        yield case("Reshape", [x, np.asarray(target, i64)], allowzero=zero)
    for axis in (0, 1, 3, -1, 4):
        yield case("Flatten", [x], axis=axis)
    for axes in ((0,), (-1,), (0, 2), (-2, 1)):
        yield case("Unsqueeze", [x, np.asarray(axes, i64)])
    yield case("Squeeze", [x])
    yield case("Squeeze", [x, np.asarray([0], i64)])
    for perm in ([0, 2, 1, 3], [3, 2, 1, 0], None):
        yield case("Transpose", [x], **next(grid(perm=[perm])))
    for sizes, axis in itertools.product((None, (1, 3), (2, 2)), (1, -3)):
        operands = [x] if sizes is None else [x, np.asarray(sizes, i64)]
        yield case("Split", operands, outputs=2, axis=axis, **({"num_outputs": 2} if sizes is None else {}))
    yield case("Expand", [draw(3, 1), np.asarray([2, 1, 4], i64)])
    yield case("Tile", [draw(3, 2), np.asarray([2, 3], i64)])
    for start, limit, delta in ((0, 7, 2), (5, -3, -2), (0.5, 2.4, 0.3), (3, 3, 1)):
        dtype = i64 if isinstance(start, int) else f32
        yield case("Range", [np.asarray(v, dtype) for v in (start, limit, delta)])
    for start, end in ((None, None), (1, None), (-2, None), (0, -1)):
        yield case("Shape", [x], **next(grid(start=[start], end=[end])))
    yield case("EyeLike", [draw(3, 4)], k=1)


def losses():
    scores, labels, weight = draw(4, 3, 2), np.asarray([[0, 1], [2, 1], [0, 0], [1, 2]], i64), draw(3, low=0.5)
    for reduction, ignored, weighted, outputs in itertools.product(
        ("mean", "sum", "none"), (None, 1, -1), (0, 1), (1, 2)
    ):
        operands = [scores, labels, *([weight] if weighted else [])]
        by = next(grid(reduction=[reduction], ignore_index=[ignored]))
        yield case("SoftmaxCrossEntropyLoss", operands, 13, outputs, **by)
        if outputs == 1:
            yield case("NegativeLogLikelihoodLoss", operands, 13, **by)


def recurrent():
    gates = {"RNN": 1, "LSTM": 4, "GRU": 3}
    for operator, way, bias, start, reset, lengths in itertools.product(
        gates, ("forward", "reverse", "bidirectional"), (0, 1), (0, 1), (0, 1), (None, (5, 5), (2, 5), (3, 1))
    ):
        d, n = 1 + (way == "bidirectional"), gates[operator]
        if reset and operator != "GRU":
            continue
        operands = [draw(5, 2, 3), draw(d, n * 4, 3), draw(d, n * 4, 4), draw(d, 2 * n * 4) if bias else None]
        operands.append(np.asarray(lengths, np.int32) if lengths else None)
        operands += [draw(d, 2, 4)] * (1 + (operator == "LSTM")) if start else []
        more = {"linear_before_reset": reset} if operator == "GRU" else {}
        yield case(operator, operands, 14, 3 if operator == "LSTM" else 2, hidden_size=4, direction=way, **more)
    for names in (["Relu"], ["Tanh"]):
        yield case("RNN", [draw(5, 2, 3), draw(1, 4, 3), draw(1, 4, 4)], 14, 2, hidden_size=4, activations=names)


def attentions():
    for causal, masked, groups, flat, cap, past in itertools.product(
        (0, 1), (None, "bool", "float"), (1, 2), (0, 1), (None, 2.0), (0, 1)
    ):
        q, k, v = draw(2, 4, 3, 8), draw(2, 4 // groups, 5, 8, seed=1), draw(2, 4 // groups, 5, 8, seed=2)
        by = {"q_num_heads": 4, "kv_num_heads": 4 // groups} if flat else {}
        if flat:
            q, k, v = (x.transpose(0, 2, 1, 3).reshape(2, x.shape[2], -1) for x in (q, k, v))
        keys = 5 + 2 * past
        mask = None if masked is None else draw(3, keys, seed=5)
        mask = mask > 0 if masked == "bool" else mask
        cache = [draw(2, 4 // groups, 2, 8, seed=6), draw(2, 4 // groups, 2, 8, seed=7)] if past else []
        yield case(
            "Attention",
            [q, k, v, mask, *cache],
            23,
            3 if past else 1,
            is_causal=causal,
            **by,
            **next(grid(softcap=[cap])),
        )


def samples():
    for corners, border, mode in itertools.product(
        (0, 1), ("zeros", "border", "reflection"), ("linear", "nearest", "cubic")
    ):
        by = {"align_corners": corners, "padding_mode": border, "mode": mode}
        yield case("GridSample", [draw(2, 3, 4, 5), draw(2, 3, 2, 2, low=-1.4, high=1.4)], 20, **by)
        if mode != "cubic":
            yield case("GridSample", [draw(1, 2, 3, 4, 5), draw(1, 2, 3, 2, 3, low=-1.4, high=1.4)], 20, **by)
        by["mode"] = {"linear": "bilinear", "cubic": "bicubic"}.get(mode, mode)
        yield case("GridSample", [draw(1, 1, 6, 3), draw(1, 4, 4, 2, low=-3, high=3)], 16, **by)


def detections():
    corners = np.sort(draw(2, 12, 2, 2, low=0, high=1), 2).reshape(2, 12, 4)
    for center, most, overlap, least in itertools.product((0, 1), (0, 2, 9), (0.0, 0.3, 0.7), (None, 0.2)):
        bounds = [
            np.asarray([most], i64),
            np.asarray([overlap], f32),
            *([] if least is None else [np.asarray([least], f32)]),
        ]
        yield case(
            "NonMaxSuppression", [corners, draw(2, 3, 12, seed=1, low=0, high=1), *bounds], center_point_box=center
        )


def quantized():
    x = draw(3, 4, low=-20, high=20)
    for dtype, axis in itertools.product((np.uint8, np.int8), (None, 0, 1, -1)):
        n = 1 if axis is None else x.shape[axis]
        shape = () if axis is None else (n,)
        scale, zero = draw(*shape, low=0.05, high=0.3), draw(*shape, low=0, high=20, dtype=dtype)
        by = {} if axis is None else {"axis": axis}
        yield case("QuantizeLinear", [x, scale, zero], 19, **by)
        yield case("DequantizeLinear", [draw(3, 4, low=0, high=99, dtype=dtype), scale, zero], 19, **by)
    yield case("DequantizeLinear", [draw(3, 4, low=0, high=99, dtype=np.int8), np.asarray(0.1, f32)], 19)
    yield case("DynamicQuantizeLinear", [x], outputs=3)
    a, b = draw(3, 4, low=0, high=99, dtype=np.uint8), draw(4, 5, low=0, high=99, dtype=np.uint8, seed=1)
    small, zero = np.asarray(0.02, f32), np.asarray(7, np.uint8)
    yield case("MatMulInteger", [a, b])
    yield case("MatMulInteger", [a, b, zero, zero])
    yield case("QLinearMatMul", [a, small, zero, b, small, zero, np.asarray(0.5, f32), zero])
    image, kernel = (
        draw(1, 4, 5, 5, low=0, high=99, dtype=np.uint8),
        draw(6, 4, 3, 3, low=0, high=99, dtype=np.uint8, seed=1),
    )
    for pads, strides in itertools.product(([0, 0, 0, 0], [1, 1, 1, 1], [0, 1, 1, 0]), ([1, 1], [2, 2])):
        yield case("ConvInteger", [image, kernel, zero], pads=pads, strides=strides)
        operands = [
            image,
            small,
            zero,
            kernel,
            small,
            zero,
            np.asarray(0.5, f32),
            zero,
            draw(6, low=-99, high=99, dtype=np.int32),
        ]
        yield case("QLinearConv", operands, pads=pads, strides=strides)
        yield case("ConvInteger", [image, kernel[:, :2], zero], pads=pads, strides=strides, group=2)


GRIDS = [
    convolutions, transposed, pools, resizes, norms, reductions, elementwise, gemms, indexing, shapes, losses, recurrent,
    attentions, samples, detections, quantized,
]  # fmt: skip


def model(operator, operands, opset, outputs, attributes, fixed):
    names = ["" if x is None else f"x{i}" for i, x in enumerate(operands)]
    entry = helper.make_node(operator, names, [f"y{i}" for i in range(outputs)], **attributes)
    given = [(name, x) for name, x in zip(names, operands, strict=True) if x is not None]
    kind = {name: helper.np_dtype_to_tensor_dtype(np.asarray(x).dtype) for name, x in given}
    free = [pair for i, pair in enumerate(given) if i == 0 or not fixed]
    made = helper.make_model(
        helper.make_graph(
            [entry],
            "g",
            [helper.make_tensor_value_info(name, kind[name], np.shape(x)) for name, x in free],
            [ValueInfoProto(name=f"y{i}") for i in range(outputs)],
            [numpy_helper.from_array(np.asarray(x), name) for name, x in given[1:]] if fixed else [],
        ),
        opset_imports=[helper.make_opsetid("", opset)],
        ir_version=8,
    )
    for value in shape_inference.infer_shapes(made).graph.output:  # types, which the format asks for
        value.type.tensor_type.ClearField("shape")
        next(own for own in made.graph.output if own.name == value.name).CopyFrom(value)
    return made, dict(free)


def compared(path, operator, operands, opset, outputs, attributes, fixed):
    """Whether both give the same values; why not, or who refuses."""
    made, feeds = model(operator, operands, opset, outputs, attributes, fixed)
    path.write_bytes(made.SerializeToString())
    try:
        session = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
        theirs = session.run(None, feeds)
    except Exception:
        return "onnxruntime refuses"
    try:
        module = load(path, outputs=[f"y{i}" for i in range(outputs)])
        ours = module(*(tg.tensor(x) for x in feeds.values()))
    except OnnxError as error:
        accident = error.__cause__
        return "refused" if accident is None or isinstance(accident, TinygradError) else f"breaks: {error}"
    except TinygradError:
        return "refused"
    for one, other in zip(ours if isinstance(ours, tuple) else (ours,), theirs, strict=True):
        value = np.asarray(one.detach().numpy() if isinstance(one, tg.Tensor) else one)
        if value.dtype != other.dtype or value.shape != other.shape:
            return f"{value.dtype}{value.shape} for {other.dtype}{other.shape}"
        if not np.allclose(value.astype(np.float64), other.astype(np.float64), 1e-4, 1e-5, equal_nan=True):
            return f"differs: {value.ravel()[:6]} for {other.ravel()[:6]}"
    return "agrees"


@pytest.mark.long
@pytest.mark.parametrize("cases", GRIDS, ids=[cases.__name__ for cases in GRIDS])
def test_every_attribute_means_what_onnxruntime_does(cases, tmp_path, request):
    every = list(cases())
    if not request.config.getoption("--nightly"):  # the same sample every time
        every = sorted(every, key=lambda one: zlib.crc32(repr((one[0], one[2:])).encode()))[:SAMPLE]
    found = {}
    for place, one in enumerate(every):
        said = compared(tmp_path / "m.onnx", *one, fixed=bool(place % 2))
        found.setdefault(
            said.partition(":")[0] if said in ("agrees", "refused", "onnxruntime refuses") else said, []
        ).append((one[0], one[2], one[4], [np.shape(x) for x in one[1]]))
    counts = {said: len(group) for said, group in found.items()}
    wrong = {said: group for said, group in found.items() if said not in ("agrees", "refused", "onnxruntime refuses")}
    assert not wrong, (counts, wrong)
    assert counts["agrees"] > 0.5 * len(every), counts


@pytest.mark.long
def test_random_chains_give_every_value_that_onnxruntime_gives(tmp_path, request):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL  # as the file says it
    agreed, wrong = 0, []
    for number in range(2_000 if request.config.getoption("--nightly") else 100):
        made, feeds = chain(number)
        path = tmp_path / "chain.onnx"
        path.write_bytes(made.SerializeToString())
        try:
            session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
            theirs = session.run(None, feeds)
        except Exception:
            continue  # a type that onnxruntime has no kernel for
        names = [value.name for value in made.graph.output]
        try:
            ours = load(path, outputs=names)(tg.tensor(feeds["x"]))
        except TinygradError as error:
            if error.__cause__ is not None and not isinstance(error.__cause__, TinygradError):
                wrong.append(f"{number} breaks: {error}")
            continue
        ours = ours if isinstance(ours, tuple) else (ours,)
        said = unequal(made, feeds["x"].dtype == np.float16, ours, theirs)
        wrong += [f"{number}: {said}"] if said else []
        agreed += not said
    assert not wrong, wrong
    assert agreed > 60, agreed


def unequal(made, half, ours, theirs):
    """The first node of a chain whose value differs, up to the first that is no number: what follows that is not defined."""
    for one, other, node in zip(ours, theirs, made.graph.node, strict=True):
        value = np.asarray(one.detach().numpy() if isinstance(one, tg.Tensor) else one)
        half = half or other.dtype == np.float16
        if value.dtype != other.dtype or value.shape != other.shape:
            return f"{node.op_type} gives {value.dtype}{value.shape} for {other.dtype}{other.shape}"
        near = (2e-2, 2e-2) if half else (1e-4, 1e-5)
        if not np.allclose(value.astype(np.float64), other.astype(np.float64), *near, equal_nan=True):
            return f"{node.op_type} gives {value.ravel()[:6]} for {other.ravel()[:6]}"
        if not np.isfinite(other.astype(np.float64)).all():
            break
    return ""


def test_what_is_no_number_is_not_above_a_threshold_and_nothing_has_no_largest(tmp_path):
    path = tmp_path / "m.onnx"
    numbers = np.asarray([np.nan, 2.0, -np.inf, 0.5], f32)
    assert compared(path, "ThresholdedRelu", [numbers], 22, 1, {"alpha": 1.0}, True) == "agrees"
    assert compared(path, "ReduceMean", [np.zeros((2, 0), np.int64)], 13, 1, {"axes": [1]}, True) == "agrees"
    assert compared(path, "Hardmax", [np.zeros((2, 0, 3), f32)], 13, 1, {"axis": 1}, True) == "agrees"
