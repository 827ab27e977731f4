"""Clipping, the cliff, flow while a model learns, and the problems that measure memory: exact numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_fr.data import ADDING_BASELINE, ORDER_LETTERS, adding, temporal_order
from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain import History, cliff, clipping, flow, gates, observed
from tinygrad_fr.explain.lenses.cliff import error_and_gradient
from tinygrad_fr.nn.utils import clip_grad_norm_, clip_grad_value_
from tinygrad_fr.plugins import Catalogue
from tinygrad_fr.training import train

MODELS = Catalogue()


def run(name, **changes):
    model = MODELS.load(name)
    return observed(model, model.settings.replaced({key: str(value) for key, value in changes.items()}))


def after_training_step(seen, clip):
    """The parameters' gradient as the training loop would clip it."""
    seen.model.loss(seen.module, seen.batch).backward()
    clip(list(seen.module.parameters()))
    return np.concatenate([np.asarray(p.grad).ravel() for p in seen.module.parameters() if p.grad is not None])


def test_clipping_by_norm_is_the_training_loops():
    seen = run("rnn", hidden=4)
    arrow = clipping(seen, norm=0.25)
    clipped = after_training_step(seen, lambda parameters: clip_grad_norm_(parameters, 0.25))
    assert arrow.after == pytest.approx(np.linalg.norm(clipped), rel=1e-4) == pytest.approx(0.25, rel=1e-4)
    assert arrow.before > 0.25
    assert arrow.cosine == pytest.approx(1, abs=1e-6)
    assert "same direction" in arrow.sentence()


def test_clipping_by_value_turns_the_arrow():
    seen = run("rnn", hidden=4)
    arrow = clipping(seen, value=0.01)
    clipped = after_training_step(seen, lambda parameters: clip_grad_value_(parameters, 0.01))
    assert arrow.after == pytest.approx(np.linalg.norm(clipped), rel=1e-4)
    assert np.abs(clipped).max() <= 0.01 + 1e-9
    assert arrow.cosine < 0.95
    assert f"turned by {round(arrow.degrees)}°" in arrow.sentence()


def test_a_gradient_within_the_bound_stays():
    seen = run("lstm", hidden=3)
    arrow = clipping(seen, norm=1e6)
    assert arrow.after == arrow.before
    assert "changes nothing" in arrow.sentence()
    assert clipping(seen) is None
    with pytest.raises(UsageError, match="one bound"):
        clipping(seen, norm=1.0, value=1.0)


def test_clipping_does_not_mend_infinity():
    arrow = clipping(run("rnn", activation="relu", gain=100, reading="order", steps=300), norm=1.0)
    assert "cannot mend" in arrow.sentence()


@pytest.fixture(scope="module")
def pascanu():
    return cliff()


def test_the_cliff(pascanu):
    assert pascanu.path[0] == pytest.approx((4.69, -2.42))
    assert pascanu.steepest == pytest.approx(440, abs=0.5)
    assert pascanu.median == pytest.approx(0.05, abs=0.01)
    assert "440 at w = 4.69, b = −2.42" in pascanu.sentence()


def test_the_cliffs_gradient_is_that_of_its_error(pascanu):
    w, b, eps = np.array([4.2, 5.0, 6.5]), np.array([-1.5, -3.0, -2.0]), 1e-6
    _error, dw, db = error_and_gradient(w, b, 50)
    for found, (x, y) in ((dw, (eps, 0.0)), (db, (0.0, eps))):
        ahead, behind = (error_and_gradient(w + s * x, b + s * y, 50)[0] for s in (1, -1))
        assert found == pytest.approx((ahead - behind) / (2 * eps), rel=1e-5)


def test_clipping_keeps_the_descent_on_the_map(pascanu):
    start = np.array(pascanu.path[0])
    assert np.linalg.norm(np.array(pascanu.jump) - start) == pytest.approx(0.05 * pascanu.steepest, rel=1e-6)
    lengths = np.linalg.norm(np.diff(np.array(pascanu.path), axis=0), axis=1)
    assert lengths[0] == pytest.approx(0.05)
    assert lengths.max() <= 0.05 + 1e-12
    first, last = (error_and_gradient([w], [b], 50)[0][0] for w, b in (pascanu.path[0], pascanu.path[-1]))
    assert last < first


def test_without_steps_to_go_through_there_is_no_cliff():
    assert cliff(1).steepest < 1


def test_the_blind_answer_to_the_adding_problem_errs_by_a_sixth():
    """Two uniform numbers sum to 1 on average, with variance 2/12: 0.1667, and not the 0.1767 often quoted."""
    _rows, sums = adding(200_000, 10)
    assert pytest.approx(1 / 6) == ADDING_BASELINE
    assert float(np.mean((sums.astype(float) - 1) ** 2)) == pytest.approx(1 / 6, abs=0.002)


@given(n=st.integers(1, 20), steps=st.integers(2, 60), seed=st.integers(0, 99))
def test_adding_marks_one_number_in_each_half(n, steps, seed):
    rows, sums = adding(n, steps, seed=seed)
    marks = rows[..., 1]
    assert np.all(marks[:, : steps // 2].sum(axis=1) == 1)
    assert np.all(marks.sum(axis=1) == 2)
    assert sums == pytest.approx((rows[..., 0] * marks).sum(axis=1), abs=1e-6)


@given(n=st.integers(1, 20), steps=st.integers(5, 60), seed=st.integers(0, 99))
def test_temporal_order_asks_for_its_two_capitals(n, steps, seed):
    letters, classes = temporal_order(n, steps, seed=seed)
    for row, found in zip(letters, classes, strict=True):
        capitals = [ORDER_LETTERS[i] for i in row if ORDER_LETTERS[i].isupper()]
        assert capitals == list(("XX", "XY", "YX", "YY")[found])


def test_history_reads_the_flow_as_training_goes():
    model = MODELS.load("rnn")
    settings = model.settings.replaced({"hidden": "4"})
    history = History("rnn", "RNN")
    trained = train(model, settings, epochs=2, watch=history.watch(model, settings))
    steps = 2 * 45
    assert history.iterations[0] == 0
    assert history.iterations[-1] == steps
    assert history.iterations == sorted(set(history.iterations))
    assert 60 <= len(history.flows) <= 100
    last = flow(observed(model, settings, module=trained.module), steps=False)
    assert history.flows[-1].h == last.h
    assert history.flows[0].h == flow(observed(model, settings), steps=False).h
    assert history.losses[-1] < history.losses[0]


def test_watching_changes_no_number():
    model = MODELS.load("gru")
    settings = model.settings.replaced({"hidden": "4"})
    watched = train(model, settings, epochs=1, watch=History("gru", "GRU").watch(model, settings))
    assert [e.loss for e in watched.epochs] == [e.loss for e in train(model, settings, epochs=1).epochs]


@pytest.mark.parametrize("bias", [0, 1, 3, 5])
def test_at_rest_the_road_is_all_that_comes_back(bias):
    """With every other weight 0: ∏ f = ∂C_T/∂C_1 = σ(b)^99."""
    model = MODELS.load("lstm")
    settings = model.settings.replaced({"reading": "order", "steps": "100", "hidden": "2"})
    module = model.build(settings)
    module.load_state_dict({key: np.zeros(value.shape, np.float32) for key, value in module.state_dict().items()})
    biases = np.zeros(8, np.float32)
    biases[2:4] = bias
    module.cell.bias_ih_l0.data = biases
    found = gates(observed(model, settings, module=module))
    exact = (1 / (1 + np.exp(-bias))) ** 99
    assert found.road[0] == pytest.approx(exact, rel=1e-3)
    assert found.carried == pytest.approx(found.road, rel=1e-3)


@pytest.mark.parametrize("convention", ["course", "torch"])
def test_the_gru_carries_what_its_steps_multiply_to(convention):
    seen = run("gru", steps=5, hidden=4, convention=convention)
    found = gates(seen)
    assert found.carried == pytest.approx(flow(seen).jacobians.product, rel=1e-4)
    z = found.values["z"]
    kept = z if convention == "torch" else 1 - z
    assert found.road[1] == pytest.approx((kept[2] * kept[3] * kept[4]).max())
    assert found.road[-1] == found.carried[-1] == 1


def test_the_lstm_carries_by_the_road_and_by_its_output():
    """∂C_T/∂C_t = M_CC + M_Ch·diag(o ⊙ (1 − tanh² C)), M being the product of the steps."""
    seen = run("lstm", steps=4, hidden=3)
    found, v = gates(seen), gates(seen).values
    for t, product in enumerate(flow(seen).jacobians.products()[:-1]):
        through_h = product[3:, :3] @ np.diag(v["o"][t] * (1 - np.tanh(v["C"][t]) ** 2))
        assert found.carried[t] == pytest.approx(np.linalg.norm(product[3:, 3:] + through_h, 2), rel=1e-4)


def test_gates_know_what_was_read():
    model = MODELS.load("lstm")
    settings = model.settings.replaced({"reading": "order"})
    found = gates(observed(model, settings, batch=model.read(settings, "abXcY")))
    assert found.tokens == tuple("abXcY")
    assert found.inputs.tolist() == np.eye(6)[[0, 1, 4, 2, 5]].tolist()
    assert len(found.steps) == 5
    rows = gates(run("lstm"))
    assert rows.tokens == ()
    assert rows.inputs == pytest.approx(run("lstm").batch.inputs.detach().numpy()[0])


def test_shares_of_time_open_and_closed():
    found = gates(run("lstm", forget_bias=20, steps=3))
    assert found.openness()["f"] == (1.0, 0.0)
    assert gates(run("lstm", forget_bias=-20, steps=3)).openness()["f"] == (0.0, 1.0)
