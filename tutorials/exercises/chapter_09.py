"""Exercises of tutorial 9: what normalisation does to numbers, to gradients and to its running mean."""

import math

import tinygrad_fr as tg
from tinygrad_fr import nn
from tinygrad_fr.nn import functional as F
from tinygrad_fr.tutorials import exercise, prove


@exercise(
    "9.1",
    solution=lambda g1, g2, g3: g1 - (g1 + g2 + g3) / 3,
    wrong=(lambda g1, g2, g3: g1, lambda g1, g2, g3: 2 / 3 * g1, lambda g1, g2, g3: g1 - (g2 + g3) / 2),
)
def centred(answer):
    """Prove that the answer is what a number receives through a mean that it counts in."""

    def recorded(g1, g2, g3):
        x = tg.zeros(3, dtype=tg.float64, requires_grad=True)
        ((x - x.mean()) * tg.tensor([g1, g2, g3], dtype=tg.float64)).sum().backward()
        return float(x.grad[0])

    prove.same(answer, recorded, g1=prove.reals(-3, 3), g2=prove.reals(-3, 3), g3=prove.reals(-3, 3))


@exercise(
    "9.2",
    solution=lambda n, mean: mean * (1 - 0.9**n),
    wrong=(lambda n, mean: mean, lambda n, mean: mean * 0.1 * n, lambda n, mean: mean * 0.9**n),
)
def running(answer):
    """Prove that the answer is the running mean after some batches."""

    def kept(n, mean):
        norm = nn.BatchNorm1d(1)
        for _batch in range(n):
            norm(tg.tensor([[mean - 1], [mean + 1]]))
        return float(norm.running_mean[0])

    prove.same(answer, kept, n=prove.integers(1, 12), mean=prove.reals(-3, 3))


@exercise(
    "9.3",
    solution=lambda g, gamma, variance, eps: g * gamma / math.sqrt(variance + eps),
    wrong=(
        lambda g, gamma, variance, eps: g / math.sqrt(variance + eps),
        lambda g, gamma, variance, eps: g * gamma / (math.sqrt(variance) + eps),
        lambda g, gamma, variance, eps: g * gamma / (variance + eps),
    ),
)
def constant(answer):
    """Prove that the answer is what comes back through a normalisation whose mean and variance are constants."""

    def recorded(g, gamma, variance, eps):
        x = tg.zeros(1, 1, dtype=tg.float64, requires_grad=True)
        mean, spread, scale, shift = (tg.tensor([v], dtype=tg.float64) for v in (0.5, variance, gamma, 0.0))
        (g * F.batch_norm(x, mean, spread, scale, shift, training=False, eps=eps)).sum().backward()
        return float(x.grad[0, 0])

    size = prove.reals(-3, 3)
    prove.same(answer, recorded, g=size, gamma=size, variance=prove.reals(0.1, 4), eps=prove.reals(0.001, 1))
