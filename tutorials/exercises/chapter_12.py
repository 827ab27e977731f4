"""Exercises of tutorial 12: products of derivatives."""

import math

from tinygrad_fr import Value
from tinygrad_fr.tutorials import exercise, prove


@exercise(
    "12.1",
    solution=lambda w, h1, h2, h3: w**3 * (1 - h1**2) * (1 - h2**2) * (1 - h3**2),
    wrong=(
        lambda w, h1, h2, h3: w**3,
        lambda w, h1, h2, h3: w * (1 - h1**2) * (1 - h2**2) * (1 - h3**2),
        lambda w, h1, h2, h3: 3 * w * (1 - h3**2),
    ),
)
def three_steps(answer):
    """Prove that the answer is what comes back through three steps."""

    def states(w, h0):
        found = [Value(h0)]
        for _t in range(3):
            found.append((w * found[-1]).tanh())
        return found

    def answered(w, h0):
        return answer(w, *(h.data for h in states(w, h0)[1:]))

    def recorded(w, h0):
        found = states(w, h0)
        found[-1].backward()
        return found[0].grad

    prove.same(answered, recorded, w=prove.reals(-2, 2), h0=prove.reals(-1, 1))


@exercise("12.2", solution=lambda w: (w / 4) ** 5, wrong=(lambda w: w**5, lambda w: w**5 / 4, lambda w: 5 * w / 4))
def steepest(answer):
    """Prove that the answer is the gradient where every step is as steep as the sigmoid can be."""

    def recorded(w):
        start = h = Value(0.5)
        for _t in range(5):
            h = (w * h - w / 2).sigmoid()  # ½ again, where the slope is the largest
        h.backward()
        assert math.isclose(h.data, 0.5)
        return start.grad

    prove.same(answer, recorded, w=prove.reals(-6, 6))
