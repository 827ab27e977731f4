"""Random calls that sum, norm, sort or accumulate along dimensions."""

from random_call import call, meth
from random_values import DT, D

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


def reduction(g, x):
    """A sum, a mean, a norm over dimensions."""
    r, t = g.r, x.t
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


def order(g, x):
    """Sorted, accumulated or chosen elements."""
    r, t = g.r, x.t
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
