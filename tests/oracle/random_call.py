"""A call on both engines: what runs it, and how it is written."""

from random_values import P, pick, show


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


def alike(g, x, dt=None):
    """Another tensor, of a shape that goes with that of x."""
    return P(*g.tensor(g.like(x.t), dt)[:2])
