"""Steps' Jacobians are read off the record, and the numbers of theory come out of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_fr import functional, nn, optim, tensor, time_step
from tinygrad_fr.data import TensorDataset
from tinygrad_fr.explain import flow, jacobians, observed
from tinygrad_fr.explain.lenses import jacobian
from tinygrad_fr.explain.lenses.sequence import way
from tinygrad_fr.plugins import Batch, Catalogue, Model, Recipe, Text

MODELS = Catalogue()


def run(name, **changes):
    model = MODELS.load(name)
    return observed(model, model.settings.replaced({key: str(value) for key, value in changes.items()}))


def steps_of(seen):
    return jacobians(seen, way(seen.graph, seen.model.name))


class Recurrence(Model):
    """h_t = step(h_{t−1}), unrolled by hand; the loss is a fixed direction of the last state."""

    name, title, section, explanation = "hand", Text("À la main", "By hand"), "", Text("", "")

    def __init__(self, step, weight, steps=100):
        self.step, self.weight, self.steps = step, np.asarray(weight), steps

    def build(self, settings):
        module = nn.Module()
        module.weight = nn.Parameter(self.weight)
        return module

    def example(self, settings):
        return Batch(tensor(np.random.default_rng(1).normal(size=(2, 1, len(self.weight)))), None)

    def loss(self, module, batch):
        h = batch.inputs[0]
        for t in range(self.steps):
            with time_step(t + 1):
                h = self.step(module.weight, h)
                h.name = "h"
        return (h * batch.inputs[1]).sum()

    def recipe(self, settings):
        rows = TensorDataset(np.ones((1, 1)))
        return Recipe(rows, rows, lambda p: optim.SGD(p, 0.1), 1, 1, 0.0)

    def score(self, module, batch):
        return 0.0


def orthogonal(n, seed=0):
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(n, n)))[0]


@pytest.mark.parametrize(("rho", "lag99"), [(0.9, 2.95e-5), (1.0, 1.0), (1.1, 1.25e4)])
def test_a_linear_recurrence_keeps_rho_to_the_lag(rho, lag99):
    """W = ρQ, Q orthogonal: every singular value is ρ, the gradient and the bound are ρ^lag, exactly."""
    found = flow(observed(Recurrence(lambda w, h: h @ w.mT, rho * orthogonal(6))))
    assert found.ratio == pytest.approx(rho**99, rel=1e-9)
    assert found.ratio == pytest.approx(lag99, rel=0.01)
    steps = found.jacobians
    assert steps.largest == pytest.approx([rho] * 99)
    assert steps.smallest == pytest.approx([rho] * 99)
    assert steps.product == pytest.approx([rho ** (99 - k) for k in range(100)], rel=1e-9)
    assert steps.bound == pytest.approx(steps.product, rel=1e-9)
    assert found.factor == pytest.approx(rho)
    assert found.verdict == {0.9: "vanishes", 1.0: "lasts", 1.1: "explodes"}[rho]
    said = {0.9: "γ‖W‖ = 0.900 < 1", 1.0: "some pass unchanged", 1.1: "stretches every direction"}[rho]
    assert said in found.reason()


def test_half_life_of_nine_tenths():
    found = flow(observed(Recurrence(lambda w, h: h @ w.mT, 0.9 * orthogonal(3))), steps=False)
    assert found.half_life == pytest.approx(np.log(0.5) / np.log(0.9))
    assert found.jacobians is None
    assert found.reason() == ""


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_a_step_is_the_derivative_of_its_cell(name):
    """Against the Jacobian of the cell as a function, at the recorded states."""
    seen = run(name, steps=4, hidden=3)
    cell, x = seen.module.cell, seen.batch.inputs.reshape(4, 1, -1)
    states = way(seen.graph, name).states
    for before, after, t in zip(states[:-1], states[1:], range(1, 4), strict=True):
        values = [tensor(v.value) for v in before]

        def step(*given, t=t):
            out = cell(x[t : t + 1], tuple(s.unsqueeze(0) for s in given) if len(given) > 1 else given[0].unsqueeze(0))[
                1
            ]
            return (out[0][0], out[1][0]) if isinstance(out, tuple) else (out[0],)

        rows = []
        for i in range(len(after)):
            found = functional.jacobian(lambda *given, i=i: step(*given)[i], tuple(values))
            rows.append(np.concatenate([part.detach().numpy().reshape(3, 3) for part in found], axis=1))
        assert steps_of(seen).steps[t - 1] == pytest.approx(np.concatenate(rows), abs=1e-5)


@given(seed=st.integers(0, 1000), hidden=st.integers(1, 6), steps=st.integers(2, 6))
def test_the_chain_rule_joins_the_steps(seed, hidden, steps):
    """∂L/∂h_{t−1} = Jᵀ ∂L/∂h_t where the loss reads the last state alone, and ∂h_T/∂h_1 is the product."""
    model = MODELS.load("rnn")
    seen = observed(model, model.settings.replaced({"steps": str(steps), "hidden": str(hidden)}), seed=seed)
    found, states = steps_of(seen), way(seen.graph, "rnn").states
    for jacobian_, (before,), (after,) in zip(found.steps, states[:-1], states[1:], strict=True):
        assert jacobian_.T @ after.grad[0] == pytest.approx(before.grad[0], rel=1e-3, abs=1e-7)
    whole = jacobian.carried([seen.nodes[vertex.id] for (vertex,) in states])
    for product, measured in zip(found.products(), whole, strict=True):
        assert product == pytest.approx(measured, rel=1e-3, abs=1e-6)


@pytest.mark.long
@given(seed=st.integers(0, 1000), gain=st.floats(0.05, 0.95), activation=st.sampled_from(["tanh", "relu"]))
def test_no_input_passes_pascanus_bound(seed, gain, activation):
    """γ‖W‖ < 1 makes vanishing certain: γ = 1 for tanh and ReLU, ‖gQ‖ = g."""
    changes = {"init": "orthogonal", "gain": str(gain), "activation": activation, "hidden": "5", "reading": "order"}
    model = MODELS.load("rnn")
    found = flow(observed(model, model.settings.replaced(changes), seed=seed))
    bound = found.jacobians.bound
    assert bound == pytest.approx([gain**k for k in range(29, -1, -1)], rel=1e-4)
    assert all(product <= most * (1 + 1e-4) for product, most in zip(found.jacobians.product, bound, strict=True))
    assert all(h <= found.h[-1] * most * (1 + 1e-4) for h, most in zip(found.h, bound, strict=True))
    assert "certain for any input" in found.reason()


def test_a_sigmoid_layer_is_bounded_by_a_quarter_of_its_matrix():
    seen = run("deep", activation="sigmoid", residual="no", layers=4, hidden=8)
    slopes = steps_of(seen).slopes
    weights = [getattr(seen.module, f"layer{n}").affine.weight.detach().numpy() for n in (2, 3, 4)]
    assert slopes[:-1] == pytest.approx([np.linalg.norm(w, 2) / 4 for w in weights], rel=1e-5)
    assert slopes[-1] == pytest.approx(np.linalg.norm(np.asarray(seen.module.output.weight.detach()), 2), rel=1e-5)


@pytest.mark.parametrize(
    "step",
    [
        lambda w, h: ((h @ w.mT) * h).tanh(),
        lambda w, h: (h.sum(1, keepdim=True) @ h @ w.mT).tanh(),
        lambda w, h: (h[:, :1] @ h @ w.mT).tanh(),
        lambda w, h: ((h * h) @ w.mT).tanh(),
        lambda w, h: h + (h @ w.mT).tanh(),
        lambda w, h: h.sigmoid() @ w.mT,
        lambda w, h: ((h @ w.mT) @ (h.mT @ h)).tanh(),
    ],
)
def test_a_step_of_another_form_has_no_bound(step):
    seen = observed(Recurrence(step, 0.3 * orthogonal(3), steps=3))
    assert steps_of(seen).slopes is None
    assert steps_of(seen).bound is None


def test_a_product_of_the_state_with_itself_has_no_bound():
    seen = observed(Recurrence(lambda w, h: (h @ h @ w.mT).tanh(), [[0.3]], steps=3))
    assert steps_of(seen).slopes is None


@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_gated_cells_have_no_bound(name):
    assert steps_of(run(name, steps=3, hidden=3)).slopes is None


def test_too_long_a_reading_is_left_out(monkeypatch):
    monkeypatch.setattr(jacobian, "MOST", 8)
    assert flow(run("rnn", steps=3, hidden=4)).jacobians is not None
    assert flow(run("rnn", steps=4, hidden=4)).jacobians is None


def test_depth_sigmoid_against_relu_and_plain_against_residual():
    flows = [
        flow(run("deep", activation=activation, residual=residual))
        for activation, residual in (("sigmoid", "no"), ("relu", "no"), ("relu", "yes"))
    ]
    assert {each.axis for each in flows} == {"depth"}
    assert all(len(each.steps) == 13 for each in flows)
    sigmoid, relu, residual = (each.ratio for each in flows)
    assert sigmoid < 1e-8 < relu < 1e-2 < 0.1 < residual
    assert "γ‖W‖" in flows[0].reason()
    assert min(flows[2].jacobians.largest[:-1]) > 1


def test_the_flow_of_depth_is_the_gradient_of_each_layers_output():
    """Against the gradient at a leaf put in the place of one layer's output."""
    seen = run("deep", layers=3, hidden=5)
    found, module = flow(seen), seen.module
    a = seen.batch.inputs.flatten(1)
    for number in (1, 2, 3):
        a = tensor(getattr(module, f"layer{number}")(a).detach(), requires_grad=True)
        rest = a
        for later in range(number + 1, 4):
            rest = getattr(module, f"layer{later}")(rest)
        nn.functional.cross_entropy(module.output(rest), seen.batch.target).backward()
        assert found.h[number - 1] == pytest.approx(float(np.linalg.norm(a.grad.detach().numpy())), rel=1e-4)


def test_nothing_comes_back_through_dead_units():
    found = flow(observed(Recurrence(lambda w, h: (h @ w.mT - 9).relu(), 0.1 * orthogonal(3), steps=4)))
    assert found.ratio == 0
    assert found.verdict == "vanishes"
    assert "nothing at all comes back" in found.sentence()


def test_numbers_that_overflow_are_said_to():
    found = flow(observed(Recurrence(lambda w, h: h @ w.mT, 1e200 * orthogonal(3), steps=6)))
    assert found.verdict == "overflows"
    assert "places" in found.sentence()
    assert found.reason() == ""


def test_every_verdict_has_its_words():
    for gain, verdict in ((0.5, "vanishes"), (0.97, "weakens"), (1.0, "lasts"), (1.2, "explodes")):
        found = flow(observed(Recurrence(lambda w, h: h @ w.mT, gain * orthogonal(3))))
        assert (found.verdict, found.verdict in found.word()) == (verdict, True)
        assert found.word() in found.headline()
        assert found.to_json()["reason"] == found.reason() != ""
