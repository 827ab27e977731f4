"""Exercises of tutorial 20: passes over memory, and when a program pays."""

from tinygrad_fr.tutorials import exercise, prove


@exercise(
    "20.1",
    solution=lambda n, k: 2 * n * (k - 1),
    wrong=(lambda n, k: 2 * n * k, lambda n, k: n * (k - 1), lambda n, k: 2 * n),
)
def too_many(answer):
    """Prove that the answer is the difference of two counts."""

    def counted(n, k):
        apart = sum(1 + 1 for _operation in range(k) for _number in range(n))  # a read and a write each
        together = sum(1 + 1 for _number in range(n))
        return apart - together

    prove.same(answer, counted, n=prove.integers(1, 30), k=prove.integers(1, 8))


@exercise(
    "20.2",
    solution=lambda r, e, c: r / (e - c),
    wrong=(lambda r, e, c: r / e, lambda r, e, c: r / c, lambda r, e, c: (e - c) / r),
)
def won_back(answer):
    """Prove that after so many steps both ways have taken the same time."""
    own, less = prove.reals(0.1, 10), prove.reals(0.1, 0.9)

    def answered(r, e, share):
        steps = answer(r, e, e * share)
        return r + steps * e * share - steps * e

    prove.same(answered, lambda r, e, share: 0.0, r=own, e=own, share=less)
