"""Exercises of tutorial 2: gradients that arrive by several ways."""

from tinygrad_fr import Value
from tinygrad_fr.tutorials import exercise, prove

_SIZE = prove.reals(-3, 3)


@exercise(
    "2.1",
    solution=lambda w, c: w * (1 + c),
    wrong=(lambda w, c: w, lambda w, c: w * c, lambda w, c: w * (2 + c)),
)
def both_ways(answer):
    """Prove that the answer is the gradient of u + c·u, where u = w·x."""

    def recorded(w, c):
        x = Value(1.0)
        u = w * x
        (u + c * u).backward()
        return x.grad

    prove.same(answer, recorded, w=_SIZE, c=_SIZE)


@exercise(
    "2.2",
    solution=lambda n: 2**n,
    wrong=(lambda n: 2 * n, lambda n: n, lambda n: n + 1),
)
def ways(answer):
    """Prove that the answer counts the ways through n doublings: each way sends 1 to the start."""

    def recorded(n):
        start = end = Value(1.0)
        for _k in range(n):
            end = end + end
        end.backward()
        return start.grad

    prove.same(answer, recorded, n=prove.integers(0, 20))
