"""Losses of operands of different shapes: what PyTorch broadcasts, and what it refuses; values and gradients of all."""

import itertools
import warnings

import numpy as np
import pytest
import torch

import tinygrad_fr as tg

SHAPES = [(), (1,), (2,), (1, 2), (2, 1), (2, 2), (3, 1, 2), (1, 2, 1), (3, 2)]
REDUCTIONS = ("mean", "sum", "none")

# Losses of the functions, two operands and a reduction; a target or weight that PyTorch has no gradient for is detached.
TWO = {
    "kl_div": lambda f, x, t, r: f.kl_div(x.log(), t, reduction=r),
    "kl_div of logarithms": lambda f, x, t, r: f.kl_div(x.log(), t.log(), reduction=r, log_target=True),
    "poisson_nll_loss": lambda f, x, t, r: f.poisson_nll_loss(x, t, reduction=r),
    "mse_loss": lambda f, x, t, r: f.mse_loss(x, t, reduction=r),
    "l1_loss": lambda f, x, t, r: f.l1_loss(x, t, reduction=r),
    "huber_loss": lambda f, x, t, r: f.huber_loss(x, t, reduction=r, delta=0.3),
    "smooth_l1_loss": lambda f, x, t, r: f.smooth_l1_loss(x, t, reduction=r, beta=0.3),
    "binary_cross_entropy": lambda f, x, t, r: f.binary_cross_entropy(x, t, reduction=r),
    "binary_cross_entropy_with_logits": lambda f, x, t, r: f.binary_cross_entropy_with_logits(x, t, reduction=r),
}
ONE = {
    "soft_margin_loss": lambda f, x, t, r: f.soft_margin_loss(x, t.detach(), reduction=r),
    "hinge_embedding_loss": lambda f, x, t, r: f.hinge_embedding_loss(x, t.detach(), reduction=r),
    "weight": lambda f, x, t, r: f.binary_cross_entropy(x, x.detach(), weight=t.detach(), reduction=r),
    "weight of scores": lambda f, x, t, r: f.binary_cross_entropy_with_logits(
        x, x.detach(), weight=t.detach(), reduction=r
    ),
    "pos_weight": lambda f, x, t, r: f.binary_cross_entropy_with_logits(
        x, x.detach(), pos_weight=t.detach(), reduction=r
    ),
    "both weights": lambda f, x, t, r: f.binary_cross_entropy_with_logits(
        x, x.detach(), weight=t.detach(), pos_weight=t.detach(), reduction=r
    ),
    "variances": lambda f, x, t, r: f.gaussian_nll_loss(x, x.detach() / 2, t, reduction=r),
    "targets and variances": lambda f, x, t, r: f.gaussian_nll_loss(x, t, x * 2, reduction=r),
}

MORE = {"soft_margin_loss"}  # goes back, too, where the input is broadcast, which PyTorch's does not


def outcome(m, loss, first, second, reduction):
    """The loss and the gradients of both operands, or that they are refused."""
    draw = np.random.default_rng(0)
    x, t = (m.tensor(draw.uniform(0.1, 0.9, shape), dtype=m.float64, requires_grad=True) for shape in (first, second))
    try:
        found = loss(m.nn.functional, x, t, reduction)
        found.sum().backward()
    except (RuntimeError, ValueError):
        return "refused"
    return [np.asarray(v.detach().numpy()) for v in (found, x.grad, t.grad) if v is not None]


@pytest.mark.parametrize("name", [*TWO, *ONE])
def test_shapes_are_broadcast_or_refused(name):
    loss = TWO.get(name) or ONE[name]
    computed = refused = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # both warn of shapes that differ
        for first, second, reduction in itertools.product(SHAPES, SHAPES, REDUCTIONS):
            case = f"{name} {first} {second} {reduction}"
            ours, theirs = (outcome(m, loss, first, second, reduction) for m in (tg, torch))
            if isinstance(theirs, str):
                assert ours == theirs or name in MORE, case
                refused += 1
                continue
            assert not isinstance(ours, str), case
            assert [a.shape for a in ours] == [a.shape for a in theirs], case
            assert all(np.allclose(a, b, 1e-9, 1e-12) for a, b in zip(ours, theirs, strict=True)), case
            computed += 1
    assert computed >= 3 * len(SHAPES)
    assert refused > 0
