"""Exercises of tutorial 3: the course's equations (3) and (4), on one neuron."""

import math

from tinygrad_fr import Value
from tinygrad_fr.tutorials import exercise, prove

_SIZE = prove.reals(-3, 3)


@exercise(
    "3.1",
    solution=lambda z, y: (math.tanh(z) - y) * (1 - math.tanh(z) ** 2),
    wrong=(
        lambda z, y: math.tanh(z) - y,
        lambda z, y: (math.tanh(z) - y) * (1 - z * z),
        lambda z, y: (math.tanh(z) - y) * (1 - math.tanh(z)),
    ),
)
def last_error(answer):
    """Prove that the answer is equation (3) for half a square after tanh."""

    def recorded(z, y):
        inside = Value(z)
        (0.5 * (inside.tanh() - y) ** 2).backward()
        return inside.grad

    prove.same(answer, recorded, z=_SIZE, y=_SIZE)


@exercise(
    "3.2",
    solution=lambda w, delta, z: w * delta * (1 - math.tanh(z) ** 2),
    wrong=(
        lambda w, delta, z: w * delta,
        lambda w, delta, z: delta * (1 - math.tanh(z) ** 2),
        lambda w, delta, z: w * delta * math.tanh(z),
    ),
)
def earlier_error(answer):
    """Prove that the answer is equation (4) for layers of one neuron."""

    def recorded(w, delta, z):
        inside = Value(z)
        (delta * (w * inside.tanh())).backward()
        return inside.grad

    prove.same(answer, recorded, w=_SIZE, delta=_SIZE, z=_SIZE)
