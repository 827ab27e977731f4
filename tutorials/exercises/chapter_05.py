"""Exercises of tutorial 5: one step, the longest step, two steps with momentum."""

from tinygrad_fr import Value, optim
from tinygrad_fr.tutorials import exercise, prove

_SIZE = prove.reals(-3, 3)


@exercise(
    "5.1",
    solution=lambda w, a, eta: w - eta * 2 * a * w,
    wrong=(
        lambda w, a, eta: w + eta * 2 * a * w,
        lambda w, a, eta: w - eta * a * w,
        lambda w, a, eta: -eta * 2 * a * w,
    ),
)
def one_step(answer):
    """Prove that the answer is where the optimizer goes."""

    def recorded(w, a, eta):
        weight = Value(w)
        (a * weight**2).backward()
        return weight.data - eta * weight.grad

    prove.same(answer, recorded, w=_SIZE, a=_SIZE, eta=prove.reals(0.001, 1))


@exercise("5.2", solution=lambda k: 2 / k, wrong=(lambda k: 1 / k, lambda k: 2 * k, lambda k: 2.0))
def longest_step(answer):
    """Prove that a step of this rate ends on the other side, as far."""

    def answered(k, w):
        weight = Value(w)
        (0.5 * k * weight**2).backward()
        return weight.data - answer(k) * weight.grad

    prove.same(answered, lambda k, w: -w, k=prove.reals(0.1, 50), w=_SIZE)


@exercise(
    "5.3",
    solution=lambda g, eta, mu: -eta * g * (2 + mu),
    wrong=(
        lambda g, eta, mu: eta * g * (2 + mu),
        lambda g, eta, mu: -eta * g * 2,
        lambda g, eta, mu: -eta * g * (1 + mu),
        lambda g, eta, mu: -eta * g * (1 + mu + mu**2),
    ),
)
def two_steps(answer):
    """Prove that the answer is the optimizer's way in two steps."""

    def recorded(g, eta, mu):
        weight = Value(0.0)
        optimizer = optim.SGD([weight], lr=eta, momentum=mu)
        for _step in range(2):
            optimizer.zero_grad()
            (g * weight).backward()
            optimizer.step()
        return weight.data

    prove.same(answer, recorded, g=_SIZE, eta=prove.reals(0.001, 1), mu=prove.reals(0, 1))
