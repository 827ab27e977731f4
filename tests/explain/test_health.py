"""Five sick trainings and a sound one: the verdict names what is wrong with each."""

from __future__ import annotations

import pytest

import tinygrad_fr as tg
from tinygrad_fr import nn, optim
from tinygrad_fr.explain.lenses.health import Checkup
from tinygrad_fr.observers import told_roots


def rows():
    tg.manual_seed(0)
    x = tg.randn(64, 4)
    return x, (x[:, :1] * x[:, 1:2] > 0).float()


def deep(activation, depth, width=16):
    layers, size = [], 4
    for _each in range(depth):
        layers += [nn.Linear(size, width), activation()]
        size = width
    return nn.Sequential(*layers, nn.Linear(size, 1))


def checked(model, x, y, lr, steps=30, optimizer=optim.SGD):
    checkup, step = Checkup(), optimizer(model.parameters(), lr=lr)
    with told_roots(checkup):
        for _each in range(steps):
            step.zero_grad()
            out = model(x)
            ((out[0] if isinstance(out, tuple) else out) - y).square().mean().backward()
            step.step()
    checkup.end()
    return checkup


def sound():
    x, y = rows()
    return checked(deep(nn.Tanh, 2), x, y, 0.01, 100, optim.Adam)


def rate_high():
    x, y = rows()
    return checked(deep(nn.Tanh, 2), x, y, 30.0)


def deep_sigmoid():
    x, y = rows()
    return checked(deep(nn.Sigmoid, 8), x, y, 0.1)


def dead():
    x, y = rows()
    model = deep(nn.ReLU, 2)
    with tg.no_grad():
        model[0].bias.fill_(-20.0)
    return checked(model, x, y, 0.01)


def not_normalised():
    x, y = rows()
    return checked(deep(nn.Tanh, 2), 300 * x + 500, y, 0.01)


def exploding():
    tg.manual_seed(0)
    x = tg.randn(30, 8, 4)
    model = nn.RNN(4, 16, nonlinearity="relu")
    with tg.no_grad():
        model.weight_hh_l0.mul_(6.0)
    return checked(model, x, tg.zeros(30, 8, 16), 0.001, 5)


def one_by_one(model, x, y, lr, epochs=4):
    """A learner's loop: an example at a time."""
    checkup, step = Checkup(), optim.SGD(model.parameters(), lr=lr)
    with told_roots(checkup):
        for _epoch in range(epochs):
            for row, answer in zip(x, y, strict=True):
                step.zero_grad()
                (model(row[None]) - answer).square().mean().backward()
                step.step()
    checkup.end()
    return checkup


def rectified_one_by_one():
    """On one example half of the units are 0, and none of them is dead."""
    x, y = rows()
    return one_by_one(deep(nn.ReLU, 2), x, y, 0.02)


def line_one_by_one():
    """The first steps are large, and the last example may be the worst: it learns all the same."""
    x, _y = rows()
    return one_by_one(nn.Linear(4, 1), x, x @ tg.tensor([[1.0], [-2.0], [0.5], [3.0]]), 0.02)


def summed():
    """A loss that is a sum has a gradient as large as its batch."""
    x, y = rows()
    model = deep(nn.Tanh, 2)
    checkup, step = Checkup(), optim.Adam(model.parameters(), lr=0.01)
    with told_roots(checkup):
        for _each in range(100):
            step.zero_grad()
            (1000 * (model(x) - y).square()).sum().backward()
            step.step()
    checkup.end()
    return checkup


def normalised_inside():
    x, y = rows()
    return checked(nn.Sequential(nn.BatchNorm1d(4), *deep(nn.Tanh, 2)), 300 * x + 500, y, 0.01, 100, optim.Adam)


def killed_by_the_rate():
    """Units that die of the first step are the rate's victims."""
    x, y = rows()
    return checked(deep(nn.ReLU, 3), x, y, 1.0, 60, optim.Adam)


def saturated():
    x, y = rows()
    model = deep(nn.Tanh, 3)
    with tg.no_grad():
        for each in model.parameters():
            each.mul_(60.0)
    return checked(model, x, y, 1e-7, 40)


@pytest.mark.parametrize(
    ("training", "verdict"),
    [
        (sound, "healthy"),
        (rectified_one_by_one, "healthy"),
        (line_one_by_one, "healthy"),
        (summed, "healthy"),
        (normalised_inside, "healthy"),
        (killed_by_the_rate, "rate-high"),
        (saturated, "saturated"),
        (rate_high, "rate-high"),
        (deep_sigmoid, "vanishing"),
        (dead, "dead"),
        (not_normalised, "inputs"),
        (exploding, "exploding"),
    ],
)
def test_the_verdict_is_right(training, verdict):
    checkup = training()
    assert checkup.verdict().name == verdict, checkup.verdict()


def test_reading_changes_nothing():
    x, y = rows()
    tg.manual_seed(1)
    watched = deep(nn.Tanh, 2)
    tg.manual_seed(1)
    alone = deep(nn.Tanh, 2)
    losses = checked(watched, x, y, 0.1).losses
    step, own = optim.SGD(alone.parameters(), lr=0.1), []
    for _each in range(30):
        step.zero_grad()
        loss = (alone(x) - y).square().mean()
        own.append(loss.item())
        loss.backward()
        step.step()
    assert losses == own


def test_parameters_are_named_by_their_modules():
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    checkup = Checkup()
    with told_roots(checkup):
        model(tg.tensor([[1.0, 2.0, 3.0]])).sum().backward()
    assert list(checkup.readings[0].norms) == ["0.weight", "0.bias", "2.weight", "2.bias"]
