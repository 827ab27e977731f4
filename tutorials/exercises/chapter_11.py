"""Exercises of tutorial 11: backpropagation through time."""

import math

from tinygrad_fr import Value
from tinygrad_fr.tutorials import exercise, prove


@exercise(
    "11.1",
    solution=lambda delta, w, h: w * delta * (1 - h * h),
    wrong=(
        lambda delta, w, h: w * delta,
        lambda delta, w, h: delta * (1 - h * h),
        lambda delta, w, h: w * delta * (1 - h),
    ),
)
def step_back(answer):
    """Prove that the answer brings the error of a step to the one before."""

    def recorded(delta, w, h):
        z = Value(math.atanh(h))
        (delta * (w * z.tanh())).backward()
        return z.grad

    prove.same(answer, recorded, delta=prove.reals(), w=prove.reals(-2, 2), h=prove.reals(-0.95, 0.95))


def through_time(w, u, x1, x2, x3):
    """∂J/∂w by a loop forward and a loop backward."""
    states = [0.0]
    for x in (x1, x2, x3):
        states.append(math.tanh(w * states[-1] + u * x))
    total, error = 0.0, 2 * (states[3] - 1)
    for t in (3, 2, 1):
        delta = error * (1 - states[t] ** 2)
        total += delta * states[t - 1]
        error = w * delta
    return total


def last_step_alone(w, u, x1, x2, x3):
    """What step 3 sends, and nothing of those before."""
    before = math.tanh(w * math.tanh(u * x1) + u * x2)
    last = math.tanh(w * before + u * x3)
    return 2 * (last - 1) * (1 - last**2) * before


@exercise("11.2", solution=through_time, wrong=(last_step_alone, lambda w, u, x1, x2, x3: 0.0))
def all_of_it(answer):
    """Prove that the answer is the gradient of a weight that three steps share."""

    def recorded(w, u, x1, x2, x3):
        weight = Value(w)
        h = 0.0
        for x in (x1, x2, x3):
            h = (weight * h + u * x).tanh()
        ((h - 1) ** 2).backward()
        return weight.grad

    sizes = dict.fromkeys(("w", "u", "x1", "x2", "x3"), prove.reals(-2, 2))
    prove.same(answer, recorded, **sizes)
