"""Exercises of tutorial 21: what a lesson does when it runs."""

import math

import tinygrad_fr as tg
from tinygrad_fr import nn
from tinygrad_fr.data import DataLoader, TensorDataset
from tinygrad_fr.tutorials import exercise, prove


@exercise(
    "21.1",
    solution=lambda n, b, e: e * math.ceil(n / b),
    wrong=(lambda n, b, e: e * (n // b), lambda n, b, e: e * n, lambda n, b, e: math.ceil(n / b)),
)
def passes(answer):
    """Prove that the answer is how often the loop of a lesson goes backward."""

    def counted(n, b, e):
        rows = TensorDataset(tg.zeros(n, 1))
        return sum(1 for _epoch in range(e) for _batch in DataLoader(rows, batch_size=b))

    prove.same(answer, counted, n=prove.integers(1, 9), b=prove.integers(1, 4), e=prove.integers(1, 3))


@exercise("21.2", solution=lambda g, k: k * g, wrong=(lambda g, k: g, lambda g, k: g / k, lambda g, k: (k + 1) * g))
def forgotten(answer):
    """Prove that the answer is what a gradient has become after passes between which nobody cleared it."""

    def kept(g, k):
        weight = nn.Parameter(tg.zeros(1, dtype=tg.float64))
        for _pass in range(k):
            (weight * g).sum().backward()
        return float(weight.grad)

    prove.same(answer, kept, g=prove.reals(-3, 3), k=prove.integers(1, 5))
