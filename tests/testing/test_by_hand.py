"""A gradient worked out by hand is held against the record's, by the variable's name."""

import pytest

import tinygrad_fr as tg
from tinygrad_fr.errors import UsageError
from tinygrad_fr.testing import compare


def run():
    w = tg.tensor([[0.5, -1.0], [2.0, 0.3]], requires_grad=True)
    h = tg.tensor([[1.0, 2.0]]) @ w
    squared = h * h
    loss = squared.sum() + 3 * h.sum()
    return w, h, squared, loss


def test_right_gradients_by_name():
    w, h, squared, loss = run()  # noqa: RUF059 - compare reads them by name
    dsquared = tg.ones(1, 2)
    dh = 2 * h * dsquared + 3
    assert compare("squared", dsquared).exact
    assert compare("h", dh)
    assert compare("w", tg.tensor([[1.0], [2.0]]) @ dh.detach())
    assert "largest difference: 0" in str(compare("squared", dsquared))
    assert w.grad is None


def test_a_forgotten_branch_is_named():
    _w, h, _squared, loss = run()
    found = compare("h", 2 * h)
    assert not found
    assert found.largest == pytest.approx(3)
    assert len(found.forgotten) == 1
    assert "3 * h.sum()" in found.forgotten[0]
    half = compare("h", h + 3)  # one of the two factors
    assert len(half.forgotten) == 1
    assert "h * h" in half.forgotten[0]
    assert compare("h", h * 17, loss).forgotten == ()


def test_shapes_names_and_losses():
    _w, h, _squared, loss = run()
    assert "shape" in str(compare("h", tg.ones(2)))
    with pytest.raises(UsageError, match="no variable called logits"):
        compare("logits", h)
    other = tg.tensor([1.0], requires_grad=True)
    with pytest.raises(UsageError, match="does not depend on other"):
        compare("other", other)
    with pytest.raises(UsageError, match="expected a loss"):
        compare("h", h, variables={"h": h})
    assert loss.item() == loss.item()


def test_grad_takes_torch_s_words():
    x, unused = tg.tensor([2.0], requires_grad=True), tg.tensor([1.0, 1.0], requires_grad=True)
    (g,) = tg.autograd.grad((x**3).sum(), x, retain_graph=True, create_graph=True, only_inputs=True)
    assert g.tolist() == [12.0]
    assert [each.tolist() for each in tg.autograd.grad(x.sum(), [x, unused], materialize_grads=True)] == [
        [1.0],
        [0.0, 0.0],
    ]
