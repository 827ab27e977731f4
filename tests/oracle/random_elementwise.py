"""Random calls of element-wise functions and operators."""

import operator as op_

import torch
from random_call import alike, call, meth
from random_values import DT, D, P, pick, show

U = [
    "abs",
    "neg",
    "sign",
    "floor",
    "ceil",
    "trunc",
    "round",
    "frac",
    "exp",
    "expm1",
    "exp2",
    "log",
    "log1p",
    "log2",
    "log10",
    "sqrt",
    "rsqrt",
    "square",
    "reciprocal",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "acosh",
    "atanh",
    "sigmoid",
    "erf",
    "erfc",
    "relu",
    "isnan",
    "isinf",
    "isfinite",
    "isposinf",
    "isneginf",
    "signbit",
    "logical_not",
    "bitwise_not",
    "positive",
    "nan_to_num",
    "sgn",
    "deg2rad",
    "rad2deg",
    "sinc",
    "lgamma",
    "digamma",
    "logit",
    "erfinv",
    "clone",
    "nonzero",
    "argwhere",
    "flatten",
    "ravel",
    "numel",
    "isreal",
    "count_nonzero",
    "t",
    "softmax0",
    "i0",
    "numpy_T",
    "cumsum0",
]
FU = [
    "relu",
    "relu6",
    "elu",
    "selu",
    "celu",
    "gelu",
    "silu",
    "mish",
    "softplus",
    "leaky_relu",
    "logsigmoid",
    "hardtanh",
    "hardsigmoid",
    "hardswish",
    "tanhshrink",
    "softsign",
    "softshrink",
    "hardshrink",
]
B = [
    "add",
    "sub",
    "mul",
    "div",
    "true_divide",
    "floor_divide",
    "remainder",
    "fmod",
    "pow",
    "maximum",
    "minimum",
    "fmax",
    "fmin",
    "atan2",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "logical_and",
    "logical_or",
    "logical_xor",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "bitwise_left_shift",
    "bitwise_right_shift",
    "hypot",
    "copysign",
    "logaddexp",
    "xlogy",
    "float_power",
    "gcd",
    "lcm",
    "ldexp",
    "heaviside",
    "nextafter",
    "isclose",
    "rsub",
    "dist",
]
OPS = ["+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", "<=", ">", ">=", "&", "|", "^", "<<", ">>", "@"]
OPF = {
    "+": op_.add,
    "-": op_.sub,
    "*": op_.mul,
    "/": op_.truediv,
    "//": op_.floordiv,
    "%": op_.mod,
    "**": op_.pow,
    "==": op_.eq,
    "!=": op_.ne,
    "<": op_.lt,
    "<=": op_.le,
    ">": op_.gt,
    ">=": op_.ge,
    "&": op_.and_,
    "|": op_.or_,
    "^": op_.xor,
    "<<": op_.lshift,
    ">>": op_.rshift,
    "@": op_.matmul,
}


def unary(g, x):
    """A function of each element."""
    r, t = g.r, x.t
    n = r.choice(U)
    if n == "softmax0":
        return call("softmax", x, g.dim(t))
    if n == "cumsum0":
        return call("cumsum", x, g.dim(t), dtype=D(r.choice(DT[:8])))
    if n == "numpy_T":
        return meth("movedim", x, g.dim(t), g.dim(t))
    if n == "round" and r.random() < 0.4:
        return call("round", x, decimals=r.choice([0, 1, 2, -1]))
    if n == "logit":
        return call("logit", x, r.choice([None, 1e-3, 0.1]))
    if n in ("numel", "isreal"):
        n = "neg"
    return call(n, x) if r.random() < 0.5 or not hasattr(torch.Tensor, n) else meth(n, x)


def activation(g, x):
    """An activation function."""
    r = g.r
    n = r.choice(FU)
    return call("nn.functional." + n, x)


def binary(g, x):
    """A function of two tensors, or of a tensor and a number."""
    r, t = g.r, x.t
    n = r.choice(B)
    if n == "isclose":
        return call(n, x, alike(g, x, str(t.dtype)[6:]), equal_nan=r.random() < 0.5)
    y = alike(g, x) if r.random() < 0.6 else g.number()
    k = {}
    if n in ("add", "sub", "rsub") and r.random() < 0.3:
        k["alpha"] = r.choice([2, -1, 0.5, 2.0, True])
    if n == "div" and r.random() < 0.6:
        k["rounding_mode"] = r.choice(["floor", "trunc", None])
    if r.random() < 0.1 and not isinstance(y, P):
        return call(n, y, x, **k)
    return call(n, x, y, **k) if r.random() < 0.7 or not hasattr(torch.Tensor, n) else meth(n, x, y, **k)


def operator(g, x):
    """An operator of python."""
    r = g.r
    o = r.choice(OPS)
    y = alike(g, x) if r.random() < 0.5 else g.number()
    sw = r.random() < 0.3

    def run(m, side):
        a, b = pick(x, side, m), pick(y, side, m)
        return OPF[o](b, a) if sw else OPF[o](a, b)

    return run, f"{show(y)} {o} {show(x)}" if sw else f"{show(x)} {o} {show(y)}"


def clamp(g, x):
    """Elements kept between bounds."""
    r, t = g.r, x.t
    lo = r.choice([None, g.number(), alike(g, x), alike(g, x, str(t.dtype)[6:])])
    hi = r.choice([None, g.number(), alike(g, x), alike(g, x, str(t.dtype)[6:])])
    return call(r.choice(["clamp", "clip"]), x, lo, hi) if r.random() < 0.5 else call("clamp", x, min=lo, max=hi)
