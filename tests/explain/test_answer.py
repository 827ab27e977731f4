"""What was predicted and what is true, read from the loss of any run."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import tinygrad_fr as tg
import tinygrad_fr.nn.functional as F
from tinygrad_fr import Graph
from tinygrad_fr.explain import answer, observed
from tinygrad_fr.plugins import Batch, Catalogue


def run(loss: Any, rows: int = 1, *, names: tuple[str, ...] = (), target: Any = 0) -> Any:
    """As much of an observed run as an answer is read from."""
    model = SimpleNamespace(classes=lambda _settings: names)
    return SimpleNamespace(graph=Graph.of(loss), model=model, settings=None, batch=Batch(tg.zeros(rows, 2), target))


SCORES = np.array([[0.0, 2.0, 1.0], [3.0, 0.0, 1.0]])
SHARES = np.exp(SCORES) / np.exp(SCORES).sum(axis=1, keepdims=True)


@pytest.mark.parametrize("weights", [None, [1.0, 2.0, 0.5]])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("how", ["scores", "log shares", "targets that are shares"])
def test_the_likeliest_class_of_the_first_row(how: str, reduction: str, weights: Any) -> None:
    scores, target = tg.tensor(SCORES, requires_grad=True), tg.tensor([2, 0])
    weight = None if weights is None else tg.tensor(np.array(weights))
    if how == "scores":
        loss = F.cross_entropy(scores, target, weight=weight, reduction=reduction)
    elif how == "log shares":
        loss = F.nll_loss(scores.log_softmax(1), target, weight=weight, reduction=reduction)
    else:
        shares = tg.tensor(np.eye(3)[[2, 0]])
        loss = F.cross_entropy(scores, shares, weight=weight, reduction=reduction)
    found = answer(run(loss, rows=2))
    assert found is not None
    assert (found.predicted, found.true) == (("1",), ("2",))
    np.testing.assert_allclose(found.shares, [SHARES[0, 1]])


def test_each_place_of_a_sequence_that_is_not_ignored() -> None:
    scores = tg.tensor(SCORES.T[None], requires_grad=True)  # one row, three classes, two places
    found = answer(run(F.cross_entropy(scores, tg.tensor([[1, 2]])), names=("a", " ", "c")))
    assert found is not None
    assert found.predicted == ("“␣”", "“a”")
    assert found.true == ("“␣”", "“c”")
    assert found.right == 1
    ignored = answer(run(F.cross_entropy(scores, tg.tensor([[1, -100]]))))
    assert ignored is not None
    assert ignored.true == ("1",)


@pytest.mark.parametrize("logits", [True, False])
def test_yes_or_no(logits: bool) -> None:
    scores, target = tg.tensor([-1.0, 2.0], requires_grad=True), tg.tensor([1.0, 0.0])
    loss = (
        F.binary_cross_entropy_with_logits(scores, target)
        if logits
        else F.binary_cross_entropy(scores.sigmoid(), target)
    )
    found = answer(run(loss, rows=2, names=("no", "yes")))
    assert found is not None
    assert (found.predicted, found.true) == (("“no”",), ("“yes”",))
    np.testing.assert_allclose(found.shares, [1 / (1 + np.exp(-1.0))], rtol=1e-6)


def test_numbers_and_runs_whose_right_answer_nobody_said() -> None:
    guess = tg.tensor([[1.5], [2.0]], requires_grad=True)
    found = answer(run(F.mse_loss(guess, tg.tensor([[1.0], [0.0]])), rows=2))
    assert found is not None
    assert found.sentence() == "predicted 1.500, true 1.000"
    unknown = answer(run(F.mse_loss(guess, guess.detach() + 1), rows=2, target=None))
    assert unknown is not None
    assert unknown.sentence() == "predicted 1.500"


def test_nothing_is_said_where_no_loss_says_it() -> None:
    x = tg.tensor(SCORES, requires_grad=True)
    assert answer(run(x.sum())) is None
    assert answer(run(F.mse_loss(x, tg.zeros(2, 3, dtype=tg.float64)))) is None  # three numbers a row
    several = F.cross_entropy(tg.tensor(np.tile(SCORES, (2, 1)), requires_grad=True), tg.tensor([0, 1, 2, 0]))
    assert answer(run(several, rows=2)) is None  # which places are the first row’s?


@pytest.mark.parametrize("name", ["lenet", "lstm", "gpt", "transformer", "vit"])
def test_models_agree_with_their_own_loss(name: str) -> None:
    model = Catalogue().load(name)
    found = answer(observed(model))
    assert found is not None
    assert len(found.predicted) == len(found.true) == len(found.shares)
    assert all(0 < share <= 1 for share in found.shares)
