"""Exercises of tutorial 10: the cosine, and what brings word vectors together."""

import math

import tinygrad_fr as tg
from tinygrad_fr import Value
from tinygrad_fr.nn import functional as F
from tinygrad_fr.tutorials import exercise, prove


def sigmoid(s):
    """1 / (1 + e⁻ˢ)."""
    return 1 / (1 + math.exp(-s))


@exercise(
    "10.1",
    solution=lambda a1, a2, b1, b2: (a1 * b1 + a2 * b2) / (math.hypot(a1, a2) * math.hypot(b1, b2)),
    wrong=(
        lambda a1, a2, b1, b2: a1 * b1 + a2 * b2,
        lambda a1, a2, b1, b2: (a1 * b1 + a2 * b2) / (a1 * a1 + a2 * a2),
        lambda a1, a2, b1, b2: math.hypot(a1 - b1, a2 - b2),
    ),
)
def cosine(answer):
    """Prove that the answer is the cosine of an angle."""

    def measured(a1, a2, b1, b2):
        a, b = (tg.tensor([pair], dtype=tg.float64) for pair in ((a1, a2), (b1, b2)))
        return float(F.cosine_similarity(a, b)[0])

    size, away = prove.reals(-3, 3), prove.reals(0.1, 3)  # a vector 0 has no direction
    prove.same(answer, measured, a1=away, a2=size, b1=size, b2=away)


@exercise(
    "10.2",
    solution=lambda s, r, v1, n1: (sigmoid(s) - 1) * v1 + sigmoid(r) * n1,
    wrong=(
        lambda s, r, v1, n1: (1 - sigmoid(s)) * v1 - sigmoid(r) * n1,
        lambda s, r, v1, n1: (sigmoid(s) - 1) * v1 - sigmoid(r) * n1,
        lambda s, r, v1, n1: n1 - v1,
    ),
)
def pulled(answer):
    """Prove that the answer is what a word receives from a true neighbour and from a word drawn."""

    def recorded(s, r, v1, n1):
        h = Value(0.0)
        true, drawn = v1 * h + s, n1 * h + r
        (-true.sigmoid().log() - (-drawn).sigmoid().log()).backward()
        return h.grad

    score, part = prove.reals(-5, 5), prove.reals(-3, 3)
    prove.same(answer, recorded, s=score, r=score, v1=part, n1=part)


def share(s1, s2, s3):
    """The softmax of the second of three scores."""
    return math.exp(s2) / (math.exp(s1) + math.exp(s2) + math.exp(s3))


@exercise(
    "10.3",
    solution=share,
    wrong=(
        lambda s1, s2, s3: share(s1, s2, s3) - 1,
        lambda s1, s2, s3: -share(s1, s2, s3),
        lambda s1, s2, s3: sigmoid(s2),
    ),
)
def pushed(answer):
    """Prove that the answer is what the score of an absent word receives."""

    def recorded(s1, s2, s3):
        scores = tg.tensor([[s1, s2, s3]], dtype=tg.float64, requires_grad=True)
        F.cross_entropy(scores, tg.tensor([0])).backward()
        return float(scores.grad[0, 1])

    score = prove.reals(-5, 5)
    prove.same(answer, recorded, s1=score, s2=score, s3=score)
