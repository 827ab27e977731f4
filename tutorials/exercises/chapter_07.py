"""Exercises of tutorial 7: a step with a price on weights, and the scale of dropout."""

from tinygrad_fr import Value
from tinygrad_fr.tutorials import exercise, prove

_SIZE = prove.reals(-3, 3)


@exercise(
    "7.1",
    solution=lambda w, g, eta, lam: w - eta * (g + lam * w),
    wrong=(
        lambda w, g, eta, lam: w - eta * g,
        lambda w, g, eta, lam: w - eta * g + eta * lam * w,
        lambda w, g, eta, lam: w - eta * (g + lam),
        lambda w, g, eta, lam: w - eta * (g + 2 * lam * w),
    ),
)
def paid_step(answer):
    """Prove that the answer is a step down the loss with its price."""

    def recorded(w, g, eta, lam):
        weight = Value(w)
        (g * weight + lam / 2 * weight**2).backward()
        return weight.data - eta * weight.grad

    small = prove.reals(0.001, 1)
    prove.same(answer, recorded, w=_SIZE, g=_SIZE, eta=small, lam=small)


@exercise("7.2", solution=lambda p: 1 / (1 - p), wrong=(lambda p: 1 - p, lambda p: 1 / p, lambda p: 2.0))
def kept_mean(answer):
    """Prove that the mean over both cases, on and off, is the neuron's own value."""

    def answered(a, p):
        return p * 0.0 + (1 - p) * a * answer(p)

    prove.same(answered, lambda a, p: a, a=_SIZE, p=prove.reals(0.05, 0.9))
