"""Random calls that read and write by an index."""

import numpy as np
from random_call import call, meth
from random_values import P, g_pair, index, mk, pick, show


def item(g, x):
    """Elements by an index."""
    t = x.t
    idx = index(g, t)

    def run(m, side):
        return pick(x, side, m)[pick(idx, side, m)]

    return run, f"{show(x)}[{show(idx)}]"


def item_set(g, x):
    """Elements set by an index, on a clone."""
    r, t = g.r, x.t
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


def gathering(g, x):
    """Gather, scatter and their kin."""
    r, t = g.r, x.t
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
