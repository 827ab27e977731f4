"""Exercises of tutorial 16: attention over two keys."""

import math

from tinygrad_fr import Value, tensor
from tinygrad_fr.nn import functional as F
from tinygrad_fr.tutorials import exercise, prove


def sigmoid(s):
    """1 / (1 + e⁻ˢ)."""
    return 1 / (1 + math.exp(-s))


@exercise(
    "16.1",
    solution=lambda q1, q2, a1, a2, b1, b2: sigmoid((q1 * (a1 - b1) + q2 * (a2 - b2)) / math.sqrt(2)),
    wrong=(
        lambda q1, q2, a1, a2, b1, b2: sigmoid(q1 * (a1 - b1) + q2 * (a2 - b2)),
        lambda q1, q2, a1, a2, b1, b2: sigmoid((q1 * a1 + q2 * a2) / math.sqrt(2)),
        lambda q1, q2, a1, a2, b1, b2: (q1 * a1 + q2 * a2) / math.sqrt(2),
    ),
)
def first_key(answer):
    """Prove that the answer is the share of the first of two values."""

    def attended(q1, q2, a1, a2, b1, b2):
        query, keys, values = ([[q1, q2]], [[a1, a2], [b1, b2]], [[1.0], [0.0]])
        double = (tensor(each, dtype="float64") for each in (query, keys, values))
        return float(F.scaled_dot_product_attention(*double)[0, 0])

    prove.same(answer, attended, **dict.fromkeys(("q1", "q2", "a1", "a2", "b1", "b2"), prove.reals(-3, 3)))


@exercise(
    "16.2",
    solution=lambda s, a, b: sigmoid(s) * (1 - sigmoid(s)) * (a - b),
    wrong=(
        lambda s, a, b: sigmoid(s) * (a - b),
        lambda s, a, b: sigmoid(s) * (1 - sigmoid(s)) * (a + b),
        lambda s, a, b: s * (1 - s) * (a - b),
    ),
)
def score(answer):
    """Prove that the answer is what a score receives."""

    def recorded(s, a, b):
        own = Value(s)
        p = own.sigmoid()
        (p * a + (1 - p) * b).backward()
        return own.grad

    prove.same(answer, recorded, s=prove.reals(-5, 5), a=prove.reals(-3, 3), b=prove.reals(-3, 3))
