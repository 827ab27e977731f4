"""Exercises of tutorial 19: where PyTorch's files keep things."""

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr import nn, optim
from tinygrad_fr.tutorials import exercise, prove


@exercise(
    "19.1",
    solution=lambda a, b, c, d, e, f, x1, x2: c * x1 + d * x2 + f,
    wrong=(
        lambda a, b, c, d, e, f, x1, x2: b * x1 + d * x2 + f,
        lambda a, b, c, d, e, f, x1, x2: c * x1 + d * x2,
        lambda a, b, c, d, e, f, x1, x2: a * x1 + b * x2 + e,
    ),
)
def second_output(answer):
    """Prove that the answer is what a layer with these weights gives."""

    def computed(a, b, c, d, e, f, x1, x2):
        weight, bias, x = (tg.tensor(v, dtype=tg.float64) for v in ([[a, b], [c, d]], [e, f], [[x1, x2]]))
        return float(nn.functional.linear(x, weight, bias)[0, 1])

    prove.same(answer, computed, **dict.fromkeys(("a", "b", "c", "d", "e", "f", "x1", "x2"), prove.reals(-3, 3)))


@exercise("19.2", solution=lambda units: units, wrong=(lambda units: 0, lambda units: 2 * units, lambda units: 1))
def forget_row(answer):
    """Prove that the answer is the first row of the forget gate: the bias whose effect grows with the state kept."""

    def measured(units):
        cell = nn.LSTMCell(1, units)
        gradients = []
        for kept in (1.0, 2.0):
            cell.zero_grad()
            _h, state = cell(tg.zeros(1, 1), (tg.zeros(1, units), tg.full((1, units), kept)))
            state.sum().backward()
            gradients.append(cell.bias_ih.grad.detach().numpy())
        return int(np.flatnonzero(gradients[0] != gradients[1])[0])

    prove.same(answer, measured, units=prove.integers(2, 6))


@exercise(
    "19.3",
    solution=lambda g, lr: -2 * lr * g,
    wrong=(lambda g, lr: -lr * g, lambda g, lr: 2 * lr * g, lambda g, lr: -lr * g / 2),
)
def two_biases(answer):
    """Prove that the answer is how far a step moves the sum of two biases."""

    def moved(g, lr):
        biases = [tg.zeros(1, dtype=tg.float64, requires_grad=True) for _ in range(2)]
        (g * (biases[0] + biases[1])).sum().backward()
        optim.SGD(biases, lr=lr).step()
        return float(biases[0] + biases[1])

    prove.same(answer, moved, g=prove.reals(-3, 3), lr=prove.reals(0.01, 1))
