"""Exercises of tutorial 1: the chain rule of one neuron."""

import math

from tinygrad_fr import Value
from tinygrad_fr.tutorials import exercise, prove

_SIZE = prove.reals(-3, 3)


@exercise(
    "1.1",
    solution=lambda x, w, b, y: 2 * (math.tanh(w * x + b) - y) * (1 - math.tanh(w * x + b) ** 2) * x,
    wrong=(
        lambda x, w, b, y: 2 * (math.tanh(w * x + b) - y) * x,
        lambda x, w, b, y: 2 * (math.tanh(w * x + b) - y) * (1 - math.tanh(w * x + b) ** 2) * w,
        lambda x, w, b, y: (math.tanh(w * x + b) - y) * (1 - math.tanh(w * x + b) ** 2) * x,
    ),
)
def weight(answer):
    """Prove that the answer is the gradient of the weight of a neuron with one input."""

    def recorded(x, w, b, y):
        parameter = Value(w)
        (((parameter * x + b).tanh() - y) ** 2).backward()
        return parameter.grad

    prove.same(answer, recorded, x=_SIZE, w=_SIZE, b=_SIZE, y=_SIZE)


@exercise(
    "1.2",
    solution=lambda x, y: 2 * x * y + 1,
    wrong=(lambda x, y: 2 * x * y, lambda x, y: x * y + 1, lambda x, y: x * x + 1),
)
def twice(answer):
    """Prove that the answer adds up every way from x to x · x · y + x."""

    def recorded(x, y):
        used = Value(x)
        (used * used * y + used).backward()
        return used.grad

    prove.same(answer, recorded, x=_SIZE, y=_SIZE)
