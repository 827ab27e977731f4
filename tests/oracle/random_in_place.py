"""Random changes in place."""

import numpy as np
from random_call import alike
from random_values import P, mk, pick, show


def in_place(g, x):
    """A change in place, on a clone."""
    r, t = g.r, x.t
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
        a = [alike(g, x), alike(g, x)]
    elif n == "lerp_":
        a = [alike(g, x, str(t.dtype)[6:]), 0.5]
    else:
        a = [alike(g, x) if r.random() < 0.6 else g.number()]

    def run(m, side):
        z = pick(x, side, m).clone()
        y = getattr(z, n)(*[pick(q, side, m) for q in a])
        return z if y is not NotImplemented else NotImplemented

    return run, f"{show(x)}.clone().{n}({', '.join(map(show, a))})"
