"""Random calls over the whole vocabulary: a name, and arguments for both engines."""

import operator as op_

import numpy as np
import torch
from random_values import DT, D, P, g_pair, index, mk, pick, show

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
R = [
    "sum",
    "mean",
    "prod",
    "amax",
    "amin",
    "any",
    "all",
    "std",
    "var",
    "logsumexp",
    "norm",
    "nansum",
    "nanmean",
    "count_nonzero",
]
R1 = [
    "max",
    "min",
    "argmax",
    "argmin",
    "median",
    "nanmedian",
    "mode",
    "cumsum",
    "cumprod",
    "cummax",
    "cummin",
    "logcumsumexp",
    "softmax",
    "log_softmax",
    "sort",
    "argsort",
    "prod",
    "sum",
    "unbind",
    "flip",
    "squeeze",
    "unsqueeze",
    "diff",
    "kthvalue",
    "topk",
    "msort",
    "quantile",
    "nanquantile",
]

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


def call(name, *a, **k):
    """a function named in torch's namespace, applied to both (arguments are pairs or plain)"""

    def run(m, side):
        f = m
        for part in name.split("."):
            f = getattr(f, part)
        return f(*[pick(x, side, m) for x in a], **{n: pick(v, side, m) for n, v in k.items()})

    return (
        run,
        f"{name}({', '.join(map(show, a))}{', ' if k else ''}{', '.join(f'{n}={show(v)}' for n, v in k.items())})",
    )


def meth(name, x, *a, **k):
    def run(m, side):
        return getattr(pick(x, side, m), name)(
            *[pick(y, side, m) for y in a], **{n: pick(v, side, m) for n, v in k.items()}
        )

    return (
        run,
        f"{show(x)}.{name}({', '.join(map(show, a))}{', ' if k else ''}{', '.join(f'{n}={show(v)}' for n, v in k.items())})",
    )


def template(g, x):
    """a random call on x (a P)"""
    r = g.r
    t = x.t
    c = r.choices(range(16), [8, 3, 10, 6, 6, 8, 8, 6, 4, 6, 3, 4, 3, 3, 2, 2])[0]

    def other(dt=None):
        return P(*g.tensor(g.like(t), dt)[:2])

    if c == 0:
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
    if c == 1:
        n = r.choice(FU)
        return call("nn.functional." + n, x)
    if c == 2:
        n = r.choice(B)
        if n == "isclose":
            return call(n, x, other(str(t.dtype)[6:]), equal_nan=r.random() < 0.5)
        y = other() if r.random() < 0.6 else g.number()
        k = {}
        if n in ("add", "sub", "rsub") and r.random() < 0.3:
            k["alpha"] = r.choice([2, -1, 0.5, 2.0, True])
        if n == "div" and r.random() < 0.6:
            k["rounding_mode"] = r.choice(["floor", "trunc", None])
        if r.random() < 0.1 and not isinstance(y, P):
            return call(n, y, x, **k)
        return call(n, x, y, **k) if r.random() < 0.7 or not hasattr(torch.Tensor, n) else meth(n, x, y, **k)
    if c == 3:
        o = r.choice(OPS)
        y = other() if r.random() < 0.5 else g.number()
        sw = r.random() < 0.3

        def run(m, side):
            a, b = pick(x, side, m), pick(y, side, m)
            return OPF[o](b, a) if sw else OPF[o](a, b)

        return run, f"{show(y)} {o} {show(x)}" if sw else f"{show(x)} {o} {show(y)}"
    if c == 4:
        n = r.choice(R)
        k = {}
        if r.random() < 0.4:
            k["keepdim"] = r.random() < 0.7
        d = g.dims(t)
        if n in ("std", "var"):
            if r.random() < 0.5:
                k["correction"] = r.choice([0, 1, 2, 0.5])
            elif r.random() < 0.5:
                return call(n, x, d, r.random() < 0.5, **k)
        if n == "norm":
            return call("linalg.vector_norm", x, r.choice([2, 1, 0, 3, 0.5, float("inf"), float("-inf"), 2.5]), d, **k)
        if n == "count_nonzero":
            k = {}
        if n in ("sum", "mean", "nansum") and r.random() < 0.2:
            k["dtype"] = D(r.choice(DT[:8]))
        if n in ("prod",) and isinstance(d, tuple):
            d = g.dim(t)
        if n == "logsumexp" and d is None:
            d = g.dim(t)
        if d is None and r.random() < 0.6:
            k.pop("keepdim", None)
            return call(n, x, **k)
        return (
            (call if r.random() < 0.6 else meth)(n, x, d, **k)
            if r.random() < 0.6
            else (call if r.random() < 0.5 else meth)(n, x, dim=d, **k)
        )
    if c == 5:
        n = r.choice(R1)
        if n == "msort":
            return call(n, x)
        if n == "kthvalue":
            return call(n, x, r.choice([1, 1, 2, 3, 0]), g.dim(t), r.random() < 0.3)
        if n == "topk":
            return call(n, x, r.choice([0, 1, 1, 2, 3]), g.dim(t), r.random() < 0.5, r.random() < 0.8)
        if n == "sort":
            return call(n, x, stable=True, dim=g.dim(t), descending=r.random() < 0.5)
        if n == "argsort":
            return call(n, x, stable=True, dim=g.dim(t), descending=r.random() < 0.5)
        if n in ("quantile", "nanquantile"):
            return call(
                n,
                x,
                r.choice([0.0, 0.3, 0.5, 1.0]),
                g.dim(t),
                r.random() < 0.3,
                interpolation=r.choice(["linear", "lower", "higher", "midpoint", "nearest"]),
            )
        if n == "diff":
            return call(n, x, r.choice([0, 1, 1, 2]), g.dim(t))
        if n in ("max", "min", "median", "nanmedian") and r.random() < 0.3:
            return call(n, x)
        if n in ("max", "min", "argmax", "argmin", "median", "mode") and r.random() < 0.4:
            return call(n, x, g.dim(t), r.random() < 0.5)
        if n in ("cumsum", "cumprod") and r.random() < 0.3:
            return call(n, x, g.dim(t), dtype=D(r.choice(DT[:8])))
        if n in ("softmax", "log_softmax") and r.random() < 0.3:
            return call(n, x, g.dim(t), dtype=D(r.choice(["float32", "float64"])))
        if n == "flip":
            return meth(n, x, *([g.dim(t)] if r.random() < 0.5 else [tuple(g.dim(t) for _ in range(r.randint(0, 2)))]))
        return (call if r.random() < 0.5 else meth)(n, x, g.dim(t))
    if c == 6:  # shapes
        n = r.choice(
            [
                "reshape",
                "view",
                "permute",
                "transpose",
                "expand",
                "repeat",
                "tile",
                "flatten",
                "unflatten",
                "movedim",
                "swapaxes",
                "split",
                "chunk",
                "tensor_split",
                "narrow",
                "select",
                "diagonal",
                "diag",
                "diag_embed",
                "tril",
                "triu",
                "rot90",
                "roll",
                "squeeze",
                "broadcast_to",
                "unfold",
                "atleast_2d",
                "hsplit",
                "repeat_interleave",
                "fliplr",
                "select_scatter",
                "trace",
                "vander",
                "cartesian",
                "combinations",
                "block_diag",
            ]
        )
        num = t.numel()
        if n in ("reshape", "view"):
            c2 = [(-1,), (num,), (1, num), (num, 1), (2, -1), (-1, 2), (), (0, -1), (-1, 1, 1)]
            s = r.choice(c2)
            return meth(n, x, *s) if r.random() < 0.5 else meth(n, x, s)
        if n == "permute":
            p = list(range(t.dim()))
            r.shuffle(p)
            p = [q - t.dim() if r.random() < 0.3 else q for q in p]
            return meth(n, x, *p) if r.random() < 0.5 else meth(n, x, tuple(p))
        if n in ("transpose", "swapaxes"):
            return call(n, x, g.dim(t), g.dim(t))
        if n in ("expand", "broadcast_to"):
            s = [3 if d == 1 and r.random() < 0.6 else (-1 if r.random() < 0.3 else d) for d in t.shape]
            if r.random() < 0.3:
                s = [2, *s]
            return meth(n, x, tuple(s))
        if n in ("repeat", "tile"):
            return meth(
                n,
                x,
                *[
                    r.choice([0, 1, 2, 2])
                    for _ in range(r.choice([t.dim(), t.dim(), t.dim() + 1, max(t.dim() - 1, 0)]))
                ],
            )
        if n == "flatten":
            return call(n, x, g.dim(t), g.dim(t))
        if n == "unflatten":
            return meth(n, x, g.dim(t), r.choice([(1, -1), (-1, 1), (2, -1), (-1,)]))
        if n == "movedim":
            return call(n, x, g.dim(t), g.dim(t))
        if n == "split":
            return call(n, x, r.choice([1, 2, 3, 0, [1, 1], [1, 2]]), g.dim(t))
        if n == "chunk":
            return call(n, x, r.choice([1, 2, 3, 5]), g.dim(t))
        if n == "tensor_split":
            return call(n, x, r.choice([1, 2, 3, (1,), (0, 2), (-1,), (5,)]), g.dim(t))
        if n == "hsplit":
            return call(n, x, r.choice([1, 2, (1,)]))
        if n == "narrow":
            return call(n, x, g.dim(t), r.choice([0, 1, -1]), r.choice([0, 1, 2]))
        if n == "select":
            return call(n, x, g.dim(t), r.choice([0, 1, -1, 2]))
        if n == "diagonal":
            return call(n, x, r.choice([0, 1, -1, 5]), g.dim(t), g.dim(t))
        if n in ("diag", "tril", "triu", "diag_embed"):
            return call(n, x, r.choice([0, 1, -1, 3, -4]))
        if n == "rot90":
            return call(n, x, r.choice([0, 1, 2, 3, -1, 5]), (g.dim(t), g.dim(t)))
        if n == "roll":
            return (
                call(n, x, r.choice([1, -1, 5, (1,), (1, 2)]), r.choice([None, g.dim(t), (g.dim(t), g.dim(t))]))
                if r.random() < 0.7
                else call(n, x, 1)
            )
        if n == "squeeze":
            return call(n, x, r.choice([g.dim(t), (g.dim(t),), ()]))
        if n == "unfold":
            return meth(n, x, g.dim(t), r.choice([1, 2, 0]), r.choice([1, 2]))
        if n == "repeat_interleave":
            return call(n, x, r.choice([0, 1, 2, 3]), r.choice([None, g.dim(t)]))
        if n == "select_scatter":
            return call(n, x, P(*g.tensor(tuple(t.shape[1:]), str(t.dtype)[6:])[:2]), 0, r.choice([0, -1, 1]))
        if n == "cartesian":
            n = "neg"
        if n in ("combinations", "vander"):
            return call(n, x)
        if n == "block_diag":
            return call(n, x, x)
        return call(n, x)
    if c == 7:  # index get
        idx = index(g, t)

        def run(m, side):
            return pick(x, side, m)[pick(idx, side, m)]

        return run, f"{show(x)}[{show(idx)}]"
    if c == 8:  # index set on a clone
        idx = index(g, t)
        val = (
            g.number()
            if r.random() < 0.4
            else P(
                *g.tensor(
                    g.like(t) if r.random() < 0.4 else r.choice([(), (1,), (2,), (3,)]),
                    str(t.dtype)[6:] if r.random() < 0.7 else None,
                )[:2]
            )
        )

        def run(m, side):
            z = pick(x, side, m).clone()
            z[pick(idx, side, m)] = pick(val, side, m)
            return z

        return run, f"{show(x)}[{show(idx)}] = {show(val)}"
    if c == 9:  # gather/scatter family
        n = r.choice(
            [
                "gather",
                "scatter",
                "scatter_add",
                "scatter_reduce",
                "index_select",
                "index_add",
                "index_copy",
                "index_fill",
                "index_put",
                "take",
                "take_along_dim",
                "masked_fill",
                "masked_select",
                "where",
                "where_n",
                "where_nn",
                "masked_scatter",
                "searchsorted",
                "bucketize",
                "isin",
                "bincount",
                "one_hot",
                "unique",
                "histc",
            ]
        )
        dt = str(t.dtype)[6:]
        d = g.dim(t, 0.02)
        s = t.shape[d] if t.dim() and -t.dim() <= d < t.dim() else max(t.numel(), 1)
        ish = tuple(min(q, r.choice([1, 2, 3])) for q in t.shape)
        if r.random() < 0.1:
            ish = tuple(q + 1 for q in ish)
        index_ = P(*mk(g.n.integers(0 if r.random() < 0.9 else -1, max(s, 1) if r.random() < 0.93 else s + 1, ish)))
        k1 = r.choice([0, 1, 2, 3])
        line = P(*mk(g.n.integers(0, max(s, 1), (k1,))))
        src = P(*g.tensor(ish if r.random() < 0.8 else tuple(q + 1 for q in ish), dt)[:2])
        if n == "gather":
            return call(n, x, d, index_)
        if n == "scatter":
            k = {}
            if r.random() < 0.3:
                k["reduce"] = r.choice(["add", "multiply"])
            return meth(n, x, d, index_, src if r.random() < 0.7 else g.number(), **k)
        if n == "scatter_add":
            return meth(n, x, d, index_, src)
        if n == "scatter_reduce":
            return meth(
                n, x, d, index_, src, r.choice(["sum", "prod", "mean", "amax", "amin"]), include_self=r.random() < 0.6
            )
        if n == "index_select":
            return call(n, x, d, line)
        sh = list(t.shape) or []
        if sh and -len(sh) <= d < len(sh):
            sh[d] = k1
        slices = P(*g.tensor(tuple(sh), dt)[:2])
        if n == "index_add":
            return meth(n, x, d, line, slices, **({"alpha": r.choice([2, -1, 0.5])} if r.random() < 0.3 else {}))
        if n == "index_copy":
            return meth(n, x, d, line, slices)
        if n == "index_fill":
            return meth(n, x, d, line, g.number())
        if n == "index_put":
            return meth(n, x, (line,), g_pair(g, (), dt) if r.random() < 0.5 else slices, accumulate=r.random() < 0.6)
        if n == "take":
            return call(n, x, P(*mk(g.n.integers(-2, max(t.numel(), 1), (2, 2)))))
        if n == "take_along_dim":
            return call(n, x, index_, d)
        mask = P(*mk(g.n.random(g.like(t)) < 0.5))
        if n == "masked_fill":
            return meth(n, x, mask, g.number() if r.random() < 0.7 else g_pair(g, (), None))
        if n == "masked_select":
            return call(n, x, mask)
        if n == "where":
            return call(n, mask, x, P(*g.tensor(g.like(t))[:2]))
        if n == "where_n":
            return call("where", mask, x, g.number()) if r.random() < 0.5 else call("where", mask, g.number(), x)
        if n == "where_nn":
            return call("where", mask, g.number(), g.number())
        if n == "masked_scatter":
            return meth(n, x, mask, P(*g.tensor((max(t.numel(), 1),), dt)[:2]))
        if n in ("searchsorted", "bucketize"):
            srt = P(*mk(np.sort(g.array((4,), r.choice(["float64", "float32", "int64"])))))
            return (
                call("searchsorted", srt, x, right=r.random() < 0.5)
                if n == "searchsorted"
                else call("bucketize", x, srt, right=r.random() < 0.5)
            )
        if n == "isin":
            return call(n, x, P(*g.tensor((3,))[:2]))
        if n == "bincount":
            return call(n, P(*mk(g.n.integers(0, 4, (r.choice([0, 3, 5]),)))), minlength=r.choice([0, 2, 6]))
        if n == "one_hot":
            return call("nn.functional.one_hot", P(*mk(g.n.integers(0, 3, t.shape))), r.choice([-1, 3, 4]))
        if n == "unique":
            return call(n, x, return_inverse=r.random() < 0.5, return_counts=r.random() < 0.5)
        if n == "histc":
            return call(n, x, r.choice([1, 3, 5]), r.choice([(0, 0), (-1, 2), (0, 3)])[0], 0)
    if c == 10:  # products
        n = r.choice(
            [
                "matmul",
                "mm",
                "mv",
                "dot",
                "bmm",
                "outer",
                "inner",
                "tensordot",
                "einsum",
                "kron",
                "cross",
                "addmm",
                "addmv",
                "baddbmm",
                "addr",
                "vdot",
                "linear",
                "cdist",
                "multi_dot",
                "addcmul",
                "addcdiv",
                "lerp",
                "cov",
                "corrcoef",
            ]
        )
        dt = str(t.dtype)[6:]

        def of(*s):
            return g_pair(g, s, dt if r.random() < 0.9 else None)

        a, b, c2 = r.choice([0, 1, 2, 3]), r.choice([1, 2, 3]), r.choice([1, 2])
        if n == "matmul":
            return call(
                n,
                of(*r.choice([(b,), (a, b), (2, a, b), (1, 2, a, b)])),
                of(*r.choice([(b,), (b, c2), (2, b, c2), (1, b, c2), (b + 1, c2)])),
            )
        if n == "mm":
            return call(n, of(a, b), of(b, c2))
        if n == "mv":
            return call(n, of(a, b), of(b))
        if n in ("dot", "vdot", "inner"):
            return call(n, of(a), of(a))
        if n == "bmm":
            return call(n, of(2, a, b), of(2, b, c2))
        if n == "outer":
            return call(n, of(a), of(b))
        if n == "kron":
            return call(n, x, of(2, 1))
        if n == "cross":
            return call("linalg.cross", of(2, 3), of(r.choice([1, 2]), 3))
        if n == "tensordot":
            return call(n, of(2, a, b), of(a, b, c2), r.choice([2, 1, 0, ([1, 2], [0, 1])]))
        if n == "einsum":
            return call(
                n,
                r.choice(["ij,jk->ik", "ij,jk", "ij,kj->ijk", "ii->i", "ij->j"]) if False else "ij,jk->ik",
                of(a, b),
                of(b, c2),
            )
        k = {}
        if r.random() < 0.5:
            k = {"beta": r.choice([0, 1, 2, 0.5]), "alpha": r.choice([0, 1, -1, 0.5])}
        if n == "addmm":
            return call(n, of(*r.choice([(a, c2), (c2,), (1, c2), ()])), of(a, b), of(b, c2), **k)
        if n == "addmv":
            return call(n, of(a), of(a, b), of(b), **k)
        if n == "baddbmm":
            return call(n, of(*r.choice([(2, a, c2), (c2,)])), of(2, a, b), of(2, b, c2), **k)
        if n == "addr":
            return call(n, of(a, b), of(a), of(b), **k)
        if n == "linear":
            return call(
                "nn.functional.linear", of(*r.choice([(a, b), (b,), (2, a, b)])), of(c2, b), r.choice([None, of(c2)])
            )
        if n == "cdist":
            return call(n, of(a, b), of(c2, b), r.choice([2.0, 1.0, 0.0, float("inf"), 3.0]))
        if n in ("addcmul", "addcdiv"):
            return call(n, x, other(), other(), **({"value": r.choice([2, 0.5, -1])} if r.random() < 0.5 else {}))
        if n == "lerp":
            return call(n, x, other(dt), r.choice([0.5, 0, 1, 2, other(dt)]))
        if n == "multi_dot":
            return call("linalg.multi_dot", [of(a, b), of(b, c2), of(c2, 2)])
        return call(n, x)
    if c == 11:  # in place on a clone
        n = r.choice(
            [
                "add_",
                "sub_",
                "mul_",
                "div_",
                "pow_",
                "remainder_",
                "floor_divide_",
                "fmod_",
                "copy_",
                "fill_",
                "clamp_",
                "masked_fill_",
                "index_fill_",
                "zero_",
                "eq_",
                "lt_",
                "logical_and_",
                "bitwise_and_",
                "__iadd__",
                "__isub__",
                "__imul__",
                "__itruediv__",
                "__ipow__",
                "__ifloordiv__",
                "__imod__",
                "__iand__",
                "__ior__",
                "exp_",
                "sqrt_",
                "neg_",
                "abs_",
                "sigmoid_",
                "floor_",
                "round_",
                "tril_",
                "fill_diagonal_",
                "index_add_",
                "addcmul_",
                "lerp_",
                "clamp_min_",
                "nan_to_num_",
            ]
        )
        a = []
        if n in ("clamp_",):
            a = [g.number(), g.number()]
        elif n in ("zero_", "exp_", "sqrt_", "neg_", "abs_", "sigmoid_", "floor_", "round_", "tril_", "nan_to_num_"):
            a = []
        elif n in ("unsqueeze_",):
            a = [g.dim(t)]
        elif n in ("transpose_", "swapaxes_"):
            a = [g.dim(t), g.dim(t)]
        elif n == "fill_" or n == "fill_diagonal_" or n == "clamp_min_":
            a = [g.number()]
        elif n == "masked_fill_":
            a = [P(*mk(g.n.random(g.like(t)) < 0.5)), g.number()]
        elif n == "index_fill_":
            a = [g.dim(t), P(*mk(np.array([0]))), g.number()]
        elif n == "index_add_":
            a = [0, P(*mk(np.array([0]))), P(*g.tensor((1, *t.shape[1:]), str(t.dtype)[6:])[:2])]
        elif n == "addcmul_":
            a = [other(), other()]
        elif n == "lerp_":
            a = [other(str(t.dtype)[6:]), 0.5]
        else:
            a = [other() if r.random() < 0.6 else g.number()]

        def run(m, side):
            z = pick(x, side, m).clone()
            y = getattr(z, n)(*[pick(q, side, m) for q in a])
            return z if y is not NotImplemented else NotImplemented

        return run, f"{show(x)}.clone().{n}({', '.join(map(show, a))})"
    if c == 12:  # clamp
        lo = r.choice([None, g.number(), other(), other(str(t.dtype)[6:])])
        hi = r.choice([None, g.number(), other(), other(str(t.dtype)[6:])])
        return call(r.choice(["clamp", "clip"]), x, lo, hi) if r.random() < 0.5 else call("clamp", x, min=lo, max=hi)
    if c == 13:  # casts and creation
        n = r.choice(
            [
                "to",
                "type",
                "like",
                "full",
                "arange",
                "linspace",
                "tensor",
                "full_like",
                "new",
                "result_type",
                "eye",
                "can_cast",
            ]
        )
        if n == "to":
            return meth("to", x, D(r.choice(DT)))
        if n == "type":
            return meth(r.choice(["float", "double", "half", "int", "long", "short", "char", "byte", "bool"]), x)
        if n == "like":
            return call(
                r.choice(["zeros_like", "ones_like"]), x, **({"dtype": D(r.choice(DT))} if r.random() < 0.5 else {})
            )
        if n == "full":
            return call(
                "full",
                r.choice([(2,), (), (0, 3)]),
                g.number(),
                **({"dtype": D(r.choice(DT))} if r.random() < 0.6 else {}),
            )
        if n == "full_like":
            return call("full_like", x, g.number(), **({"dtype": D(r.choice(DT))} if r.random() < 0.4 else {}))
        if n == "arange":
            return call(
                "arange",
                *[r.choice([0, 1, 5, -3, 0.5, 2.5]) for _ in range(r.choice([1, 2, 3]))],
                **({"dtype": D(r.choice(DT))} if r.random() < 0.4 else {}),
            )
        if n == "linspace":
            return call(
                "linspace",
                r.choice([0, 1, -2.5]),
                r.choice([3, 1, -2]),
                r.choice([0, 1, 2, 5]),
                **({"dtype": D(r.choice(DT))} if r.random() < 0.4 else {}),
            )
        if n == "tensor":
            return call(
                "tensor",
                r.choice([g.number(), [g.number(), g.number()], [[g.number()]], [], [[], []]]),
                **({"dtype": D(r.choice(DT))} if r.random() < 0.5 else {}),
            )
        if n == "eye":
            return call("eye", r.choice([0, 2, 3]), **({"dtype": D(r.choice(DT))} if r.random() < 0.5 else {}))
        if n == "new":
            return meth("new_full", x, (2,), g.number())
        if n == "result_type":
            return call("result_type", x, r.choice([other(), g.number()]))
        return call("neg", x)
    if c == 14:  # joins
        n = r.choice(["cat", "stack", "hstack", "vstack", "dstack", "column_stack", "meshgrid"])
        ys = [x] + [
            P(*g.tensor(tuple(t.shape) if r.random() < 0.8 else g.shape())[:2]) for _ in range(r.choice([0, 1, 2]))
        ]
        if n in ("cat", "stack"):
            return call(n, ys, g.dim(t))
        if n == "meshgrid":
            return call(n, *[P(*g.tensor((r.choice([0, 1, 2]),), "float64")[:2]) for _ in range(2)], indexing="xy")
        return call(n, ys)
    n = r.choice(
        [
            "mse_loss",
            "l1_loss",
            "smooth_l1_loss",
            "huber_loss",
            "binary_cross_entropy_with_logits",
            "kl_div",
            "normalize",
            "layer_norm",
            "softmax",
            "log_softmax",
            "pad",
            "avg_pool1d",
            "max_pool1d",
            "interpolate",
            "cosine_similarity",
            "glu",
            "one_hot",
            "cross_entropy",
            "nll_loss",
            "dropout0",
            "group_norm",
            "hinge",
        ]
    )
    room = "nn.functional."
    dt = str(t.dtype)[6:]
    y = P(*g.tensor(tuple(t.shape), dt)[:2])
    if n in ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy_with_logits", "kl_div"):
        return call(room + n, x, y, reduction=r.choice(["mean", "sum", "none"]))
    if n == "normalize":
        return call(room + n, x, r.choice([2.0, 1.0, 3.0]), g.dim(t))
    if n == "layer_norm":
        return call(room + n, x, tuple(t.shape[-1:]))
    if n in ("softmax", "log_softmax"):
        return call(room + n, x, g.dim(t))
    if n == "pad":
        return call(
            room + n,
            x,
            r.choice([(1, 1), (0, 2), (-1, 1), (1, 0, 2, 1), (-5, 1)]),
            r.choice(["constant", "constant", "reflect", "replicate", "circular"]),
        )
    if n in ("avg_pool1d", "max_pool1d"):
        return call(
            room + n,
            x,
            r.choice([1, 2]),
            **({"stride": r.choice([1, 2])} if r.random() < 0.5 else {}),
            **({"ceil_mode": True} if r.random() < 0.3 else {}),
        )
    if n == "interpolate":
        return call(room + n, x, scale_factor=r.choice([2, 0.5, 1.7]), mode=r.choice(["nearest", "linear"]))
    if n == "cosine_similarity":
        return call(room + n, x, y, dim=g.dim(t))
    if n == "glu":
        return call(room + n, x, g.dim(t))
    if n == "cross_entropy":
        return call(
            room + n,
            x,
            P(*mk(g.n.integers(0, max(t.shape[1], 1) if t.dim() > 1 else 2, t.shape[:1] + t.shape[2:]))),
            reduction=r.choice(["mean", "sum", "none"]),
        )
    return call("nn.functional.relu", x)
