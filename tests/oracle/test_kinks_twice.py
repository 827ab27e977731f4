"""Second and third derivatives at kinks, zeros and thresholds are PyTorch's."""

import numpy as np
import pytest
import torch

import tinygrad_fr as tg

POINTS = [-6.0, -3.0, -2.0, -1.0, -0.5, -0.25, 0.0, 0.25, 0.5, 1.0, 2.0, 3.0, 6.0, 20.0, 21.0]
FUNCTIONS = {
    "elu": lambda f, x: f.elu(x),
    "elu of 0.5": lambda f, x: f.elu(x, 0.5),
    "celu": lambda f, x: f.celu(x),
    "celu of 2": lambda f, x: f.celu(x, 2.0),
    "selu": lambda f, x: f.selu(x),
    "huber": lambda f, x: f.huber_loss(x, x.detach() * 0, reduction="none"),
    "huber of 0.5": lambda f, x: f.huber_loss(x.detach() * 0, x, reduction="none", delta=0.5),
    "smooth l1": lambda f, x: f.smooth_l1_loss(x, x.detach() * 0, reduction="none"),
    "smooth l1 of 2": lambda f, x: f.smooth_l1_loss(x * 0 + 1, x, reduction="none", beta=2.0),
    "relu6": lambda f, x: f.relu6(x) ** 2,
    "hardtanh": lambda f, x: f.hardtanh(x) ** 2,
    "hardswish": lambda f, x: f.hardswish(x),
    "softshrink": lambda f, x: f.softshrink(x) ** 2,
    "hardshrink": lambda f, x: f.hardshrink(x) ** 2,
    "leaky relu": lambda f, x: f.leaky_relu(x) ** 2,
    "softplus": lambda f, x: f.softplus(x),
    "logsigmoid": lambda f, x: f.logsigmoid(x),
    "softsign": lambda f, x: f.softsign(x),
    "threshold": lambda f, x: f.threshold(x, 0.5, 2.0) ** 2,
    "soft margin": lambda f, x: f.soft_margin_loss(x, x.detach() * 0 + 1, reduction="none"),
    "margin ranking": lambda f, x: (
        f.margin_ranking_loss(x, x * 0 + 0.5, x.detach() * 0 + 1, 0.5, reduction="none") ** 2
    ),
    "clamp": lambda _f, x: x.clamp(-1, 2) ** 2,
    "maximum": lambda _f, x: x.maximum(x * 0 + 1) ** 2,
    "minimum": lambda _f, x: x.minimum(x * 2) ** 2,
    "length": lambda _f, x: x[:, None].norm(dim=1) ** 2,
    "root of a square": lambda _f, x: (x**2).sqrt(),
    "power of a size": lambda _f, x: x.abs() ** 1.5,
    "sinc": lambda _f, x: x.sinc(),
    "relu": lambda f, x: f.relu(x) ** 3,
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivatives_at_kinks(name):
    found = []
    for package in (torch, tg):
        x = package.tensor(POINTS, dtype=package.float64, requires_grad=True)
        y, orders = FUNCTIONS[name](package.nn.functional, x), []
        for _order in range(4):
            orders.append(y.detach().numpy())
            if not y.requires_grad:
                break
            (y,) = package.autograd.grad(y.sum(), x, create_graph=True, materialize_grads=True)
        found.append(orders + [np.zeros(len(POINTS))] * (4 - len(orders)))
    for order, (theirs, ours) in enumerate(zip(*found, strict=True)):
        assert np.allclose(theirs, ours, 1e-6, 1e-8, equal_nan=True), (order, theirs, ours)
