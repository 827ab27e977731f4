"""After ``backward(create_graph=True)`` each leaf has a gradient of its own: what is written to one is not seen in another."""

import itertools

import numpy as np
import pytest
import torch

import tinygrad_fr as tg

pytestmark = pytest.mark.filterwarnings("ignore:Using backward")

LOSSES = {
    "a sum": lambda a, b: (a + b).pow(2).sum(),
    "the gradient 1": lambda a, b: (a + b).sum(),
    "transposed": lambda a, b: (a.t() @ b).pow(2).sum(),
    "turned against each other": lambda a, b: (a + b.t()).pow(2).sum(),
    "rows": lambda a, b: (a[0] * b[1]).pow(3).sum(),
    "reshaped": lambda a, b: (a.view(9) + b.reshape(9)).pow(2).sum(),
    "broadcast": lambda a, b: (a.sum(0) * b.sum(0)).sum(),
    "turned twice": lambda a, b: ((a + b) ** 2).t().t().sum(),
    "stacked": lambda a, b: (a[None] * b[:, None]).pow(3).mean(),
}


WRITES = {
    "mul_": lambda g, h: g.mul_(2),
    "zero_": lambda g, h: g.zero_(),
    "add_ the other": lambda g, h: g.add_(h),
    "of the data": lambda g, h: g.data.mul_(2),
    "detach_": lambda g, h: g.detach_(),
    "detach_, then mul_": lambda g, h: g.detach_().mul_(3),
    "detach_, then requires none": lambda g, h: g.detach_().requires_grad_(False),
    "an element": lambda g, h: g.__setitem__((0, 1), 7.0),
}


def leaves(m, k):
    numbers = np.random.default_rng(k).standard_normal((2, 3, 3))
    return [m.tensor(each, requires_grad=True) for each in numbers]


def everything(g, h):
    return (
        g.tolist(),
        h.tolist(),
        [x.requires_grad for x in (g, h)],
        [x.is_leaf for x in (g, h)],
        g._base is None,
        g is h,
    )


def same(found, expected):
    assert found[2:] == expected[2:]
    np.testing.assert_allclose(np.array(found[:2]), np.array(expected[:2]), rtol=1e-10)


@pytest.mark.parametrize(("loss", "write"), list(itertools.product(LOSSES, WRITES)))
def test_a_gradient_is_its_leafs_alone(loss, write):
    seen = []
    for m in (tg, torch):
        a, b = leaves(m, 0)
        LOSSES[loss](a, b).backward(create_graph=True)
        WRITES[write](a.grad, b.grad)
        seen.append(everything(a.grad, b.grad))
    same(*seen)


@pytest.mark.parametrize("most", [0.1, 100.0])
def test_clipped_once(most):
    """The norm that is asked for, though both leaves received the same gradient."""
    norms = []
    for m in (tg, torch):
        a, b = leaves(m, 1)
        (a + b).pow(2).sum().backward(create_graph=True)
        m.nn.utils.clip_grad_norm_([a, b], most)
        norms.append([a.grad.norm().item(), b.grad.norm().item()])
    np.testing.assert_allclose(*norms, rtol=1e-10)


@pytest.mark.parametrize("loss", LOSSES)
def test_it_can_be_differentiated_again(loss):
    results = []
    for m in (tg, torch):
        a, b = leaves(m, 2)
        LOSSES[loss](a, b).backward(create_graph=True)
        g, h = a.grad, b.grad
        if not g.requires_grad:
            results.append([])
            continue
        z = (g**2).sum() + (g * h).sum()
        results.append(
            [
                np.zeros((3, 3)) if x is None else x.detach().numpy()
                for x in m.autograd.grad(z, (a, b), allow_unused=True)
            ]
        )
    np.testing.assert_allclose(*results, rtol=1e-10)
