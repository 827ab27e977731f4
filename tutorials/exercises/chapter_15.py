"""Exercises of tutorial 15: gradients of residual layers."""

import math

from tinygrad_fr import Value
from tinygrad_fr.tutorials import exercise, prove


@exercise(
    "15.1",
    solution=lambda g, w, a: g * (1 + w * (1 - a * a)),
    wrong=(
        lambda g, w, a: g * w * (1 - a * a),
        lambda g, w, a: g + w * (1 - a * a),
        lambda g, w, a: g * (1 + (1 - a * a)),
    ),
)
def residual(answer):
    """Prove that the answer is what comes back through a residual layer."""

    def answered(g, w, x):
        return answer(g, w, math.tanh(w * x))

    def recorded(g, w, x):
        start = Value(x)
        (g * (start + (w * start).tanh())).backward()
        return start.grad

    prove.same(answered, recorded, g=prove.reals(-3, 3), w=prove.reals(-2, 2), x=prove.reals(-2, 2))


@exercise(
    "15.2",
    solution=lambda a0, w1, w2, w3: a0 * (1 + w1) * (1 + w3),
    wrong=(
        lambda a0, w1, w2, w3: a0 * w1 * w3,
        lambda a0, w1, w2, w3: a0 * (1 + w1) * (1 + w2) * (1 + w3),
        lambda a0, w1, w2, w3: a0 * (1 + w1),
    ),
)
def middle(answer):
    """Prove that the answer is what a weight in the middle of three residual layers receives."""

    def recorded(a0, w1, w2, w3):
        weight, a = Value(w2), Value(a0)
        for w in (w1, weight, w3):
            a = a + w * a
        a.backward()
        return weight.grad

    prove.same(answer, recorded, **dict.fromkeys(("a0", "w1", "w2", "w3"), prove.reals(-2, 2)))
