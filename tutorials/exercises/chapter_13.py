"""Exercises of tutorial 13: what a forget gate lets through."""

import math

from tinygrad_fr import Value
from tinygrad_fr.tutorials import exercise, prove


@exercise(
    "13.1",
    solution=lambda b: math.log(0.5) / -math.log(1 + math.exp(-b)),
    wrong=(lambda b: math.log(0.5) / b, lambda b: 0.5 / (1 / (1 + math.exp(-b)))),
)
def half_life(answer):
    """Prove that the answer is the power of the gate that leaves one half."""

    def measured(b):
        return math.log(0.5) / math.log(Value(b).sigmoid().data)

    prove.same(answer, measured, b=prove.reals(0.1, 6))


@exercise(
    "13.2",
    solution=lambda dh, dC, o, f, C: dh * o * (1 - math.tanh(C) ** 2) + f * dC,
    wrong=(
        lambda dh, dC, o, f, C: f * dC,
        lambda dh, dC, o, f, C: dh * o * (1 - math.tanh(C) ** 2),
        lambda dh, dC, o, f, C: dh * o * (1 - C**2) + f * dC,
    ),
)
def two_ways(answer):
    """Prove that the answer is the gradient of a cell that is shown and kept."""

    def recorded(dh, dC, o, f, C):
        cell = Value(C)
        (dh * (o * cell.tanh()) + dC * (f * cell)).backward()
        return cell.grad

    gate, size = prove.reals(0, 1), prove.reals(-3, 3)
    prove.same(answer, recorded, dh=size, dC=size, o=gate, f=gate, C=size)


@exercise(
    "13.3",
    solution=lambda dC, C_before, f: dC * C_before * f * (1 - f),
    wrong=(
        lambda dC, C_before, f: dC * C_before,
        lambda dC, C_before, f: dC * f * (1 - f),
        lambda dC, C_before, f: dC * C_before * (1 - f * f),
    ),
)
def gate(answer):
    """Prove that the answer is what reaches the inside of a forget gate."""

    def recorded(dC, C_before, f):
        z = Value(math.log(f / (1 - f)))
        (dC * (z.sigmoid() * C_before)).backward()
        return z.grad

    size = prove.reals(-3, 3)
    prove.same(answer, recorded, dC=size, C_before=size, f=prove.reals(0.01, 0.99))
