"""Losses where they saturate: numbers that PyTorch gave, written down."""

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr.nn import functional as F

INF = float("inf")


def slope(loss, x, dtype=tg.float32):
    """The value of a loss of one number, and its gradient."""
    x = tg.tensor([x], dtype=dtype, requires_grad=True)
    y = loss(x)
    y.sum().backward()
    return y.sum().item(), x.grad.item()


def test_a_saturated_sigmoid_sends_back_zero():
    w = tg.tensor([20.0], requires_grad=True)  # its sigmoid is 1 in float32
    F.binary_cross_entropy(w.sigmoid(), tg.tensor([1.0])).backward()
    assert w.grad.tolist() == [0.0]


@pytest.mark.parametrize(("p", "target", "value", "gradient"), [
    (1.0, 1.0, 0.0, 0.0), (0.0, 0.0, 0.0, 0.0), (1.0, 0.0, 100.0, 1e12), (0.0, 1.0, 100.0, -1e12), (0.5, 1.0, 0.6931472, -2.0),
])  # fmt: skip
def test_binary_cross_entropy(p, target, value, gradient):
    found = slope(lambda x: F.binary_cross_entropy(x, tg.tensor([target])), p)
    assert np.allclose(found, (value, gradient), rtol=1e-6)


def test_the_second_derivative_is_finite_where_the_first_is():
    x = tg.tensor([1.0], requires_grad=True)
    (g,) = tg.autograd.grad(F.binary_cross_entropy(x, tg.tensor([1.0])), [x], create_graph=True)
    g.backward()
    assert np.isfinite(x.grad.detach().numpy()).all()


@pytest.mark.parametrize("loss", [F.huber_loss, F.smooth_l1_loss])
def test_errors_that_are_infinite_pull_with_one(loss):
    zero = tg.tensor([0.0])
    assert slope(lambda x: loss(x, zero), INF) == (INF, 1.0)
    assert slope(lambda x: loss(x, zero), -INF) == (INF, -1.0)
    assert np.isnan(slope(lambda x: loss(x, zero), float("nan"))).all()


def test_at_the_margin_the_pull_is_torchs():
    assert slope(lambda x: F.hinge_embedding_loss(x, tg.tensor([-1.0])), 1.0) == (0.0, -1.0)
    rows = tg.tensor([[1.0, 0.0]], requires_grad=True)
    F.multi_margin_loss(rows, tg.tensor([0])).backward()
    assert rows.grad.tolist() == [[0.0, 0.0]]


def test_scores_that_are_infinite():
    loss = F.binary_cross_entropy_with_logits
    assert loss(tg.tensor([INF]), tg.tensor([0.0])).item() == INF
    assert loss(tg.tensor([200.0, -200.0]), tg.tensor([0.0, 1.0]), reduction="none").tolist() == [200, 200]


def test_mean_of_a_float_and_an_integer_stays_a_float32():
    assert F.mse_loss(tg.tensor([1.0, 3.0]), tg.tensor([1, 1])).dtype == tg.float32


def test_the_old_flags_choose_the_reduction():
    x, t = tg.tensor([[-1.0, -2.0], [-3.0, -4.0]]), tg.tensor([0, 1])
    assert F.nll_loss(x, t, size_average=False).item() == 5.0
    assert F.nll_loss(x, t, reduce=False).tolist() == [1.0, 4.0]
    assert F.nll_loss(x, t, size_average=True).item() == 2.5


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (lambda: F.cross_entropy(tg.zeros(1, 3), tg.tensor([3])), IndexError),
        (lambda: F.cross_entropy(tg.zeros(1, 3), tg.tensor([0]), label_smoothing=1.5), RuntimeError),
        (lambda: F.nll_loss(tg.zeros(1, 3), tg.tensor([0]), tg.ones(2)), RuntimeError),
        (lambda: F.binary_cross_entropy(tg.tensor([0.5]), tg.tensor([2.0])), RuntimeError),
        (lambda: F.binary_cross_entropy(tg.tensor([0.5]), tg.tensor([1])), RuntimeError),
        (lambda: F.binary_cross_entropy_with_logits(tg.tensor([0.5]), tg.tensor([1])), RuntimeError),
        (lambda: F.multi_margin_loss(tg.zeros(1, 3), tg.tensor([0]), p=3), ValueError),
        (lambda: F.multilabel_margin_loss(tg.zeros(1, 3), tg.tensor([[3, -1, -1]])), RuntimeError),
        (lambda: F.cosine_embedding_loss(tg.ones(2), tg.ones(2), tg.ones(1)), RuntimeError),
        (lambda: F.margin_ranking_loss(tg.ones(3), tg.ones(2, 3), tg.ones(3)), RuntimeError),
        (lambda: F.triplet_margin_loss(tg.ones(2, 2), tg.ones(2), tg.ones(2, 2)), RuntimeError),
    ],
)
def test_what_does_not_fit_is_refused(call, kind):
    with pytest.raises(kind):
        call()
