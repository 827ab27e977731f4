"""Shortcuts of losses beyond what every composite is asked: operands of two dtypes, large arrays, and what may change after the call."""

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr.errors import GradientError
from tinygrad_fr.nn import functional as F

LOSSES = {
    "l1": lambda x, t, r: F.l1_loss(x, t, reduction=r),
    "huber": lambda x, t, r: F.huber_loss(x, t, r, 0.3),
    "smooth": lambda x, t, r: F.smooth_l1_loss(x, t, reduction=r, beta=0.3),
    "smooth, 0": lambda x, t, r: F.smooth_l1_loss(x, t, reduction=r, beta=0.0),
    "bce": lambda x, t, r: F.binary_cross_entropy(x, t, reduction=r),
    "bce, weight": lambda x, t, r: F.binary_cross_entropy(x, t, tg.tensor([0.5, 2.0]).to(x.dtype), reduction=r),
    "scores": lambda x, t, r: F.binary_cross_entropy_with_logits(x, t, reduction=r),
    "scores, positive": lambda x, t, r: F.binary_cross_entropy_with_logits(
        x, t, tg.tensor([0.5, 2.0]).to(x.dtype), reduction=r, pos_weight=tg.tensor([3.0, 0.2]).to(x.dtype)
    ),
    "kl": lambda x, t, r: F.kl_div(x, t, reduction=r),
    "kl, logarithms": lambda x, t, r: F.kl_div(x, t, reduction=r, log_target=True),
}


def computed(loss, shape, dtypes, reduction, *distances):
    draws = np.random.default_rng(3)
    x, t = (tg.tensor(draws.uniform(0.1, 0.9, shape).astype(dtype), requires_grad=True) for dtype in dtypes)
    with tg.opened(*distances):
        y = LOSSES[loss](x, t, reduction)
    y.backward(tg.ones_like(y) * 1.5)
    return [y.detach().numpy(), x.grad.numpy(), t.grad.numpy()]


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("shape", [(3, 2), (2500, 2), (0, 2)], ids=str)
@pytest.mark.parametrize("dtypes", ["ff", "fd", "df"])
@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_is_its_equations(loss, shape, dtypes, reduction):
    found, expected = (
        computed(loss, shape, dtypes, reduction),
        computed(loss, shape, dtypes, reduction, "op", "equation"),
    )
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one, other, rtol=3e-5, atol=3e-7)


@pytest.mark.parametrize("beta", [0.3, 1.0])
@pytest.mark.parametrize("error", [np.inf, -np.inf, np.nan, 0.0, -0.0, 1e30])
def test_a_single_error_at_its_edges(error, beta):
    for function, option in ((F.huber_loss, "delta"), (F.smooth_l1_loss, "beta")):
        found = function(tg.tensor([error]), tg.tensor([0.0]), reduction="none", **{option: beta})
        with tg.opened("op", "equation"):
            x = tg.tensor([error], requires_grad=True)
            expected = function(x, tg.tensor([0.0]), reduction="none", **{option: beta})
        np.testing.assert_array_equal(found.numpy(), expected.detach().numpy())


def test_what_no_derivative_reads_may_change():
    x, t = tg.tensor([0.5, 0.25], requires_grad=True), tg.tensor([0.5, 0.5])
    y, z = x * 1, t * 1
    loss = F.kl_div(y, z, reduction="sum")
    y.add_(1)
    loss.backward()
    assert x.grad.tolist() == [-0.5, -0.5]
    loss = F.kl_div(x * 1, z, reduction="sum")
    z.add_(1)
    with pytest.raises(GradientError):
        loss.backward()
