"""Random casts, and tensors made from scratch."""

from random_call import alike, call, meth
from random_values import DT, D


def cast(g, x):
    """Casts and creation."""
    r = g.r
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
        return call("result_type", x, r.choice([alike(g, x), g.number()]))
    return call("neg", x)
