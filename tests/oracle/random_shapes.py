"""Random calls that change shapes, join and split."""

from random_call import call, meth
from random_values import P


def shape(g, x):
    """Other shapes, views and their kin."""
    r, t = g.r, x.t
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
            *[r.choice([0, 1, 2, 2]) for _ in range(r.choice([t.dim(), t.dim(), t.dim() + 1, max(t.dim() - 1, 0)]))],
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


def join(g, x):
    """Tensors joined and split."""
    r, t = g.r, x.t
    n = r.choice(["cat", "stack", "hstack", "vstack", "dstack", "column_stack", "meshgrid"])
    ys = [x] + [P(*g.tensor(tuple(t.shape) if r.random() < 0.8 else g.shape())[:2]) for _ in range(r.choice([0, 1, 2]))]
    if n in ("cat", "stack"):
        return call(n, ys, g.dim(t))
    if n == "meshgrid":
        return call(n, *[P(*g.tensor((r.choice([0, 1, 2]),), "float64")[:2]) for _ in range(2)], indexing="xy")
    return call(n, ys)
