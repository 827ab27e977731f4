"""Exercises of tutorial 18: what a network and a recipe amount to."""

import numpy as np

from tinygrad_fr import nn
from tinygrad_fr.data import DataLoader, TensorDataset
from tinygrad_fr.tutorials import exercise, prove


@exercise(
    "18.1",
    solution=lambda hidden: 5 * hidden + 2,
    wrong=(lambda hidden: 4 * hidden, lambda hidden: 4 * hidden + 2, lambda hidden: 5 * hidden),
)
def parameters(answer):
    """Prove that the answer is how many the network has."""

    def counted(hidden):
        network = nn.Sequential(nn.Linear(2, hidden), nn.Tanh(), nn.Linear(hidden, 2))
        return sum(p.numel() for p in network.parameters())

    prove.same(answer, counted, hidden=prove.integers(1, 64))


@exercise(
    "18.2",
    solution=lambda n, b, epochs: epochs * -(-n // b),
    wrong=(lambda n, b, epochs: epochs * (n // b), lambda n, b, epochs: n * epochs, lambda n, b, epochs: -(-n // b)),
)
def steps(answer):
    """Prove that the answer is how many batches are read."""

    def counted(n, b, epochs):
        return epochs * len(DataLoader(TensorDataset(np.zeros(n)), b))

    prove.same(answer, counted, n=prove.integers(1, 200), b=prove.integers(1, 64), epochs=prove.integers(1, 20))
