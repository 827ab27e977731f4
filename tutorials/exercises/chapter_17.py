"""Exercises of tutorial 17: a product of matrices, number by number."""

import tinygrad_fr as tg
from tinygrad_fr import Graph, Value
from tinygrad_fr.explain.levels.scalars import in_scalars
from tinygrad_fr.tutorials import exercise, prove

_SIZE, _SIDE = prove.reals(-3, 3), prove.integers(1, 4)


@exercise(
    "17.1",
    solution=lambda n, k, m: n * k * m,
    wrong=(lambda n, k, m: n * m, lambda n, k, m: n * (2 * k - 1) * m, lambda n, k, m: n * k + k * m),
)
def products(answer):
    """Prove that the answer is what the engine counts, when it does the product on numbers."""

    def recorded(n, k, m):
        a, b = tg.ones(n, k, requires_grad=True), tg.ones(k, m, requires_grad=True)
        return in_scalars(Graph.of((a @ b).sum())).statistics()["operations"]["mul"]

    prove.same(answer, recorded, n=_SIDE, k=_SIDE, m=_SIDE)


@exercise(
    "17.2",
    solution=lambda b1, b2, g1, g2: b1 * g1 + b2 * g2,
    wrong=(
        lambda b1, b2, g1, g2: (b1 + b2) * (g1 + g2),
        lambda b1, b2, g1, g2: g1 + g2,
        lambda b1, b2, g1, g2: b1 * g1,
    ),
)
def summed(answer):
    """Prove that the answer is the gradient of a number with two uses."""

    def recorded(b1, b2, g1, g2):
        a = Value(1.0)
        (a * b1 * g1 + a * b2 * g2).backward()
        return a.grad

    prove.same(answer, recorded, b1=_SIZE, b2=_SIZE, g1=_SIZE, g2=_SIZE)
