"""Derivatives of functions equal torch's, alone and composed."""

import numpy as np
import pytest
import torch

from tinygrad_fr import functional as F
from tinygrad_fr import tensor
from tinygrad_fr.errors import GradientError, ShapeError

X = np.linspace(-0.8, 0.9, 6).reshape(2, 3)
Y = np.linspace(0.3, 1.4, 3)
T = torch.autograd.functional


def f(x, y):
    return ((x * y).tanh() @ y).sin()


def loss(x, y):
    return (f(x, y) * f(x, y)).sum() + (x**3).sum() * y.sum()


def ours():
    return tensor(X), tensor(Y)


def theirs():
    return torch.tensor(X), torch.tensor(Y)


def same(a, b):
    if isinstance(a, tuple):
        assert len(a) == len(b)
        for p, q in zip(a, b, strict=True):
            same(p, q)
    else:
        assert tuple(a.shape) == tuple(b.shape)
        assert np.allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-10, atol=1e-12)
        assert not a.requires_grad


def test_grad_and_value_and_grad():
    same(F.grad(loss, (0, 1))(*ours()), torch.func.grad(loss, (0, 1))(*theirs()))
    value, gradient = F.value_and_grad(loss, 1)(*ours())
    expected_gradient, expected = torch.func.grad_and_value(loss, 1)(*theirs())
    same((value, gradient), (expected, expected_gradient))


def test_products():
    v = np.array([0.5, -2.0])
    same(F.vjp(f, ours(), tensor(v)), T.vjp(f, theirs(), torch.tensor(v)))
    directions = (np.ones_like(X), np.arange(3.0))
    same(F.jvp(f, ours(), tuple(map(tensor, directions))), T.jvp(f, theirs(), tuple(map(torch.tensor, directions))))
    same(
        F.hvp(loss, ours(), tuple(map(tensor, directions))), T.hvp(loss, theirs(), tuple(map(torch.tensor, directions)))
    )


def test_matrices():
    same(F.jacobian(f, ours()), T.jacobian(f, theirs()))
    same(F.hessian(loss, ours()), T.hessian(loss, theirs()))
    same(
        F.hessian(lambda x: loss(x, tensor(Y)), tensor(X)),
        T.hessian(lambda x: loss(x, torch.tensor(Y)), torch.tensor(X)),
    )


def test_they_compose():
    a, b = tensor(Y), torch.tensor(Y)
    third = F.grad(F.grad(F.grad(lambda x: (x**4).sin())))
    expected = torch.func.grad(torch.func.grad(torch.func.grad(lambda x: (x**4).sin())))
    same(third(tensor(0.7, dtype="float64")), expected(torch.tensor(0.7, dtype=torch.float64)))
    penalty = F.grad(lambda x: (F.jacobian(lambda z: (z**3).tanh(), x) ** 2).sum())
    oracle = torch.func.grad(lambda x: (torch.func.jacrev(lambda z: (z**3).tanh())(x) ** 2).sum())
    same(penalty(a), oracle(b))
    # torch's own forward mode warns of its internals; a product of Jacobians says the same.
    same(
        F.grad(lambda x: F.jvp(lambda z: (z**3).sum(), x, tensor(np.ones(3)))[1])(a),
        torch.func.grad(lambda x: torch.func.jacrev(lambda z: (z**3).sum())(x).sum())(b),
    )


def test_gradients_flow_through_them_to_the_outside():
    w = tensor(Y, requires_grad=True)
    F.grad(lambda x: (x * w).tanh().sum())(tensor(Y)).sum().backward()
    v = torch.tensor(Y, requires_grad=True)
    torch.func.grad(lambda x: (x * v).tanh().sum())(torch.tensor(Y)).sum().backward()
    assert np.allclose(w.grad.detach().numpy(), v.grad.detach().numpy(), rtol=1e-10)


def test_what_does_not_depend_has_zero_derivative():
    assert F.grad(lambda x, y: (y * y).sum())(*ours()).detach().numpy().any() == np.False_


def test_errors():
    with pytest.raises(GradientError, match=r"one number, got shape \(2,\)"):
        F.grad(f)(*ours())
    with pytest.raises(ShapeError, match=r"vjp: expected a vector of shape \(2,\), got \(3,\)"):
        F.vjp(f, ours(), tensor(Y))
    with pytest.raises(ShapeError, match=r"jvp needs a vector of shape \(2, 3\)"):
        F.jvp(f, ours(), (None, None))
