"""A record recorded again from itself says the same at a nearer distance."""

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr import nn
from tinygrad_fr.explain.levels.again import recorded_again
from tinygrad_fr.nn import functional as F


def perceptron(x):
    return nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Dropout(0.5), nn.Linear(5, 3))(x)


def in_place(x):
    y = tg.zeros(3, 4)
    y[0] = x[0] * 2
    y += x
    return y


CASES = {
    "perceptron": perceptron,
    "gru": lambda x: nn.GRU(4, 3, batch_first=True)(x[None])[0],
    "lstm of two layers": lambda x: nn.LSTM(4, 3, num_layers=2, bidirectional=True)(x[None])[0],
    "attention": lambda x: nn.MultiheadAttention(4, 2, batch_first=True)(x[None], x[None], x[None])[0],
    "convolution": lambda x: nn.BatchNorm2d(2)(nn.Conv2d(1, 2, 2)(x[None, None])),
    "several outputs": lambda x: (
        tg.cat([part * (i + 1) for i, part in enumerate(x.chunk(2, 1))]) + x.max(0).values.sum()
    ),
    "in place": in_place,
    "rows": lambda x: F.embedding(tg.tensor([0, 2, 1]), x),
}


@pytest.mark.parametrize("name", CASES)
def test_same_numbers(name):
    tg.manual_seed(0)
    x = tg.randn(3, 4).requires_grad_()
    with tg.opened("op"):
        loss = (CASES[name](x) ** 2).mean()
    with tg.opened("op", "equation"):
        again, made = recorded_again(loss)
    assert np.allclose(again.item(), loss.item(), rtol=1e-6)
    assert made[x.id] is x
    assert tg.autograd.grad(again, x)[0].allclose(tg.autograd.grad(loss, x)[0], atol=1e-6)
    assert {node.site.line for node in (again, loss)} == {loss.site.line}


def test_equations_are_opened():
    x = tg.tensor([[1.0, 2.0]], requires_grad=True)
    loss = F.cross_entropy(x, tg.tensor([1]))
    with tg.opened("equation"):
        again, _made = recorded_again(loss)
    assert loss.op.name == "cross_entropy" != again.op.name


def test_what_only_its_own_code_can_do_stays_as_it_is():
    class Twice(tg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    x = tg.ones(2, requires_grad=True)
    found = recorded_again(Twice.apply(x).sum())
    assert found is None or found[0].item() == 4.0
