"""Exercises of tutorial 14: the update gate."""

import math

from tinygrad_fr import Value
from tinygrad_fr.tutorials import exercise, prove


@exercise(
    "14.1",
    solution=lambda dh, h, new, z: dh * (new - h) * z * (1 - z),
    wrong=(
        lambda dh, h, new, z: dh * (h - new) * z * (1 - z),
        lambda dh, h, new, z: dh * new * z * (1 - z),
        lambda dh, h, new, z: dh * (new - h),
    ),
)
def update(answer):
    """Prove that the answer is what reaches the inside of an update gate."""

    def recorded(dh, h, new, z):
        a = Value(math.log(z / (1 - z)))
        gate = a.sigmoid()
        (dh * ((1 - gate) * h + gate * new)).backward()
        return a.grad

    state = prove.reals(-1, 1)
    prove.same(answer, recorded, dh=prove.reals(-3, 3), h=state, new=state, z=prove.reals(0.01, 0.99))


@exercise("14.2", solution=lambda a: -a, wrong=(lambda a: a, lambda a: 1 - a, lambda a: 1 / (1 + math.exp(a))))
def exchanged(answer):
    """Prove that PyTorch's mixture with the answer is the course's."""

    def mixed(gate, kept, other):
        return ((1 - gate) * kept + gate * other).data

    def course(a, h, new):
        return mixed(Value(a).sigmoid(), h, new)

    def torch(a, h, new):
        return mixed(Value(answer(a)).sigmoid(), new, h)

    state = prove.reals(-1, 1)
    prove.same(torch, course, a=prove.reals(-5, 5), h=state, new=state)
