"""Who may look at nothing gets zeros, by a mask of booleans or of floats, and sends back zeros."""

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr.nn import functional as F

INF = float("inf")


@pytest.mark.parametrize("side", [2, 80])  # the larger is computed in blocks
@pytest.mark.parametrize("kind", ["bool", "float"])
def test_a_row_that_sees_nothing(side, kind):
    seen = np.ones((side, side), np.bool_)
    seen[1] = False
    mask = seen if kind == "bool" else np.where(seen, 0.0, -INF)
    q, k, v = (tg.tensor(np.full((side, 3), 0.5), requires_grad=True) for _ in range(3))
    y = F.scaled_dot_product_attention(q, k, v, tg.tensor(mask))
    y.sum().backward()
    assert y[1].tolist() == [0, 0, 0]
    assert np.allclose(y[0].detach().numpy(), 0.5)
    assert all(np.isfinite(x.grad.detach().numpy()).all() for x in (q, k, v))
    assert q.grad[1].tolist() == [0, 0, 0]


def test_its_second_derivative_is_finite():
    x = tg.tensor(np.ones((2, 2)), requires_grad=True)
    mask = tg.tensor([[0.0, 0.0], [-INF, -INF]], dtype=tg.float64)
    (g,) = tg.autograd.grad(F.scaled_dot_product_attention(x, x * 2, x, mask).sum(), [x], create_graph=True)
    (g * g).sum().backward()
    assert np.isfinite(x.grad.detach().numpy()).all()


def test_a_causal_mask_beside_another():
    v = tg.tensor([[1.0], [3.0], [11.0]])
    q = tg.zeros(3, 1)
    mask = tg.tensor([[True, True, True], [False, True, True], [True, True, False]])
    assert F.scaled_dot_product_attention(q, q, v, mask, is_causal=True).tolist() == [[1], [3], [2]]
    added = tg.tensor([[0.0, 0, 0], [-INF, 0, 0], [0, 0, -INF]])
    assert F.scaled_dot_product_attention(q, q, v, added, is_causal=True).tolist() == [[1], [3], [2]]
    with pytest.raises(RuntimeError):
        F.scaled_dot_product_attention(q, q, v, mask, 0.5, is_causal=True)
    with pytest.raises(RuntimeError):
        F.scaled_dot_product_attention(q, q, v, added.requires_grad_(), is_causal=True)


def test_all_weights_dropped_is_zero():
    x = tg.ones(2, 2)
    assert F.scaled_dot_product_attention(x, x, x, dropout_p=1.0).tolist() == [[0, 0], [0, 0]]
