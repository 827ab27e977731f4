"""Exercises of tutorial 6: backward rules of one's own, for functions that the engine differentiates by itself."""

import math

from tinygrad_fr import Value
from tinygrad_fr.tutorials import exercise, prove

_SIZE = prove.reals(-3, 3)


@exercise(
    "6.1",
    solution=lambda g, x: g * (1 - 2 * x * x) * math.exp(-x * x),
    wrong=(
        lambda g, x: g * -2 * x * x * math.exp(-x * x),
        lambda g, x: (1 - 2 * x * x) * math.exp(-x * x),
        lambda g, x: g * (1 - x * x) * math.exp(-x * x),
    ),
)
def wavelet(answer):
    """Prove that the answer is the backward rule of x · exp(−x²)."""

    def recorded(g, x):
        leaf = Value(x)
        (g * (leaf * (-(leaf * leaf)).exp())).backward()
        return leaf.grad

    prove.same(answer, recorded, g=_SIZE, x=_SIZE)


@exercise(
    "6.2",
    solution=lambda g, a, b, y: g * a / y,
    wrong=(lambda g, a, b, y: g / (2 * y), lambda g, a, b, y: a / y, lambda g, a, b, y: g * b / y),
)
def length(answer):
    """Prove that the answer is what √(a² + b²) sends to a."""

    def recorded(g, a, b):
        leaf = Value(a)
        (g * (leaf * leaf + b * b).sqrt()).backward()
        return leaf.grad

    side = prove.reals(0.1, 3)
    prove.same(lambda g, a, b: answer(g, a, b, math.hypot(a, b)), recorded, g=_SIZE, a=side, b=side)
