"""Gradients of the first and second order far from zero: finite, and PyTorch's, wherever PyTorch's are."""

import numpy as np
import pytest
import torch

import tinygrad_fr as tg
from tinygrad_fr.lessons.alias import aliased

POINTS = [-200.0, -110.0, -95.0, -89.0, -60.0, -20.0, -0.5, 0.25, 0.5, 19.0, 60.0, 89.0, 95.0, 110.0, 200.0]

LOSSES = {
    "binary_cross_entropy_with_logits": lambda t, x: (
        t.nn.functional.binary_cross_entropy_with_logits(x, t.zeros_like(x), reduction="none")
        + t.nn.functional.binary_cross_entropy_with_logits(x, t.ones_like(x), reduction="none")
    ),
    "with pos_weight": lambda t, x: t.nn.functional.binary_cross_entropy_with_logits(
        x, t.full_like(x, 0.25), pos_weight=t.tensor(2.0, dtype=x.dtype), reduction="none"
    ),
    "multilabel_soft_margin_loss": lambda t, x: t.nn.functional.multilabel_soft_margin_loss(
        x[:, None], t.ones_like(x)[:, None] * 0.5, reduction="none"
    ),
    "cross_entropy": lambda t, x: t.nn.functional.cross_entropy(x[None], t.tensor([2])),
    "cross_entropy of ignored": lambda t, x: t.nn.functional.cross_entropy(
        t.stack([x, -x]), t.tensor([2, -100]), t.linspace(0.5, 1.5, len(POINTS), dtype=x.dtype)
    ),
    "logsumexp": lambda t, x: t.logsumexp(x, 0),
    "logcumsumexp": lambda t, x: t.logcumsumexp(x, 0),
    "log_softmax": lambda t, x: t.log_softmax(x, 0) * t.linspace(0.0, 1.0, len(POINTS), dtype=x.dtype),
    "softmax": lambda t, x: t.softmax(x, 0) * t.linspace(0.0, 1.0, len(POINTS), dtype=x.dtype),
    "logaddexp": lambda t, x: t.logaddexp(x, t.zeros_like(x)),
    "huber_loss": lambda t, x: t.nn.functional.huber_loss(x, t.zeros_like(x), reduction="none"),
    "sigmoid by hand": lambda t, x: t.log1p(t.exp(-x.abs())),
}  # fmt: skip
CURVES = [
    "celu", "elu", "gelu", "hardswish", "hardtanh", "leaky_relu", "logsigmoid", "mish", "relu", "relu6",
    "selu", "sigmoid", "silu", "softplus", "softsign", "tanh", "tanhshrink",
]  # fmt: skip


def _curve(name):
    return lambda t, x: getattr(t.nn.functional, name)(x)


FUNCTIONS = {**LOSSES, **{name: _curve(name) for name in CURVES}}


def _gradients(t, function, dtype):
    """Of the weighed sum: the gradient, and the gradient of that one's weighed sum."""
    x = t.tensor(POINTS, dtype=getattr(t, dtype), requires_grad=True)
    y = function(t, x)
    (first,) = t.autograd.grad(
        (y * t.linspace(0.5, 1.5, y.numel(), dtype=x.dtype).reshape(y.shape)).sum(), x, create_graph=True
    )
    found = [first.detach().numpy()]
    if first.requires_grad:
        (second,) = t.autograd.grad(
            (first * t.linspace(0.5, 1.5, len(POINTS), dtype=x.dtype)).sum(), x, allow_unused=True
        )
        found.append(np.zeros(len(POINTS)) if second is None else second.numpy())
    return found


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients_far_from_zero(name, dtype):
    with aliased():
        ours = _gradients(tg, FUNCTIONS[name], dtype)
    theirs = _gradients(torch, FUNCTIONS[name], dtype)
    for a, b in zip(ours, theirs, strict=False):
        finite = np.isfinite(b)
        assert np.isfinite(a[finite]).all()
        close = {"rtol": 1e-4, "atol": 5e-5} if dtype == "float32" else {"rtol": 1e-9, "atol": 1e-12}
        np.testing.assert_allclose(a[finite], b[finite], **close)  # 200 in float32 is exact to 2e-5


@pytest.mark.parametrize("name", ["gelu", "logsigmoid", "mish", "sigmoid", "silu", "softplus", "tanh", "tanhshrink"])
def test_third_derivatives_of_smooth_curves_near_zero(name):
    """A formula with abs(x) in it has the value of a smooth curve at 0, and not its derivatives."""

    def third(t):
        x = t.tensor([-1.0, -1e-3, 0.0, 1e-3, 1.0], dtype=t.float64, requires_grad=True)
        y = FUNCTIONS[name](t, x)
        for _order in range(3):
            (y,) = t.autograd.grad(y.sum(), x, create_graph=True)
        return y.detach().numpy()

    with aliased():
        ours = third(tg)
    np.testing.assert_allclose(ours, third(torch), rtol=1e-9, atol=1e-12)
