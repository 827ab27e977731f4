"""Random calls of functions of layers, and losses."""

from random_call import call
from random_values import P, mk


def layer(g, x):
    """Functions of layers, and losses."""
    r, t = g.r, x.t
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
