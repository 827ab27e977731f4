"""Exercises of tutorial 4: slopes of the sigmoid and of ReLU."""

from tinygrad_fr import Value
from tinygrad_fr.tutorials import exercise, prove


@exercise("4.1", solution=lambda s: s * (1 - s), wrong=(lambda s: 1 - s * s, lambda s: s - 1, lambda s: s * s))
def sigmoid_slope(answer):
    """Prove that the answer, of the output, is the sigmoid's derivative."""

    def answered(z):
        return answer(Value(z).sigmoid().data)

    def recorded(z):
        inside = Value(z)
        inside.sigmoid().backward()
        return inside.grad

    prove.same(answered, recorded, z=prove.reals(-6, 6))


@exercise(
    "4.2",
    solution=lambda w, x: x if w * x > 0 else 0,
    wrong=(lambda w, x: x, lambda w, x: x if w > 0 else 0, lambda w, x: w if w * x > 0 else 0, lambda w, x: max(x, 0)),
)
def relu_slope(answer):
    """Prove that the answer is the weight's gradient, on both sides of the kink."""

    def recorded(w, x):
        weight = Value(w)
        (weight * x).relu().backward()
        return weight.grad

    prove.same(answer, recorded, w=prove.reals(-3, 3), x=prove.reals(-3, 3))
