"""Random products of matrices."""

from random_call import alike, call
from random_values import g_pair


def product(g, x):
    """Products of matrices."""
    r, t = g.r, x.t
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
        return call(n, x, alike(g, x), alike(g, x), **({"value": r.choice([2, 0.5, -1])} if r.random() < 0.5 else {}))
    if n == "lerp":
        return call(n, x, alike(g, x, dt), r.choice([0.5, 0, 1, 2, alike(g, x, dt)]))
    if n == "multi_dot":
        return call("linalg.multi_dot", [of(a, b), of(b, c2), of(c2, 2)])
    return call(n, x)
