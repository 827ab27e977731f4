"""Flow and gates are read off the record, and their numbers are those of theory."""

import numpy as np
import pytest

from tinygrad_fr import nn, observe, opened, tensor
from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain import flow, gates, observed
from tinygrad_fr.nn import functional as F
from tinygrad_fr.plugins import Catalogue

MODELS = Catalogue()


def run(name, **changes):
    model = MODELS.load(name)
    return observed(model, model.settings.replaced({key: str(value) for key, value in changes.items()}))


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_flow_is_the_gradient_of_each_state(name):
    """Against the gradient that backward gives when the state of one step is a leaf of its own."""
    seen = run(name, steps=5, hidden=4)
    found = flow(seen)
    cell, head = seen.module.cell, seen.module.head
    x = seen.batch.inputs.reshape(1, 5, -1).transpose(0, 1)
    state = None
    for t in range(5):
        _out, state = cell(x[t : t + 1], state)
        h = state[0] if isinstance(state, tuple) else state
        h = tensor(h.detach().numpy(), requires_grad=True)
        c = (tensor(state[1].detach().numpy()),) if isinstance(state, tuple) else ()
        state = (h, *c) if c else h
        rest = cell(x[t + 1 :], state)[0][-1] if t < 4 else h[0]
        F.cross_entropy(head(rest), seen.batch.target).backward()
        assert found.h[t] == pytest.approx(float(np.linalg.norm(h.grad.detach().numpy())), rel=1e-4)


@pytest.mark.parametrize("rho", [0.9, 1.0, 1.1])
def test_a_linear_recurrence_scales_the_gradient_by_rho_at_each_step(rho):
    """h_t = ρ Q h_{t−1} with Q orthogonal: ‖∂L/∂h₁‖ / ‖∂L/∂h_T‖ = ρ^(T−1), exactly."""
    generator = np.random.default_rng(0)
    q, _r = np.linalg.qr(generator.normal(size=(8, 8)))
    weight = tensor(rho * q, requires_grad=True)
    h = tensor(generator.normal(size=(1, 8)), requires_grad=True)
    states = []
    with observe() as seen:
        for _t in range(100):
            h = h @ weight.mT
            states.append(h)
        (h * tensor(generator.normal(size=(1, 8)))).sum().backward()
    norms = [np.linalg.norm(seen.gradients[state.id]) for state in states]
    assert norms[0] / norms[-1] == pytest.approx(rho**99, rel=1e-9)


@pytest.mark.parametrize(("bias", "expected"), [(0, 7.9e-31), (1, 2.5e-14), (3, 7.8e-3), (5, 0.51)])
def test_the_carousel_at_rest_keeps_sigma_of_the_forget_bias(bias, expected):
    """With every other weight 0, ∂C_T/∂C_0 = σ(b)^T."""
    cell = nn.LSTM(1, 1)
    cell.load_state_dict({key: np.zeros(value.shape) for key, value in cell.state_dict().items()})
    biases = np.zeros(4)
    biases[1] = bias
    cell.bias_ih_l0.data = biases
    for parameter in list(cell._parameters):
        cell.register_parameter(
            parameter, nn.Parameter(cell._parameters[parameter].detach().numpy().astype(np.float64))
        )
    c = tensor(np.ones((1, 1, 1)), requires_grad=True)
    h = tensor(np.zeros((1, 1, 1)))
    with opened("op"):
        _out, (_h, last) = cell(tensor(np.zeros((100, 1, 1))), (h, c))
    last.sum().backward()
    exact = (1 / (1 + np.exp(-bias))) ** 100
    assert c.grad.item() == pytest.approx(exact, rel=1e-10)
    assert exact == pytest.approx(expected, rel=0.05)


def test_verdicts():
    assert flow(run("rnn", reading="pixels")).verdict == "vanishes"
    short = flow(run("rnn", steps=2))
    assert short.verdict in ("weakens", "lasts")
    assert str(len(short.steps) - 1) in short.sentence()


def test_gates_obey_the_courses_equations():
    found = gates(run("lstm", steps=6, hidden=5))
    v = found.values
    before = np.vstack([np.zeros(5), v["C"][:-1]])
    assert np.allclose(v["C"], v["f"] * before + v["i"] * v["C̃"], atol=1e-6)
    assert np.allclose(v["h"], v["o"] * np.tanh(v["C"]), atol=1e-6)
    assert np.allclose(found.gradients["h"], flow(run("lstm", steps=6, hidden=5)).h)


@pytest.mark.parametrize("convention", ["course", "torch"])
def test_gates_of_the_gru_obey_its_convention(convention):
    v = gates(run("gru", steps=6, hidden=5, convention=convention)).values
    before = np.vstack([np.zeros(5), v["h"][:-1]])
    keep = v["z"] if convention == "torch" else 1 - v["z"]
    assert np.allclose(v["h"], keep * before + (1 - keep) * v["h̃"], atol=1e-6)


def test_a_model_without_steps_or_gates_says_so():
    with pytest.raises(UsageError, match="“neuron” has neither time steps nor several layers"):
        flow(observed(MODELS.load("neuron")))
    with pytest.raises(UsageError, match="“rnn” has no gates"):
        gates(run("rnn"))
    with pytest.raises(UsageError, match="at least 2 time steps, got 1"):
        flow(run("lstm", steps=1))


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_opening_changes_no_number(name):
    """The loss and the gradients are the same seen as one operation, as cells, or as equations."""
    model = MODELS.load(name)
    runs = [observed(model, distances=distances) for distances in ((), ("op",), ("op", "equation"))]
    sizes = [len(each.graph.nodes) for each in runs]
    assert sizes[0] < sizes[1] < sizes[2]
    for other in runs[1:]:
        for one in (runs[0].graph, other.graph):
            assert one.nodes[-1].grad is not None
        assert np.allclose(runs[0].graph.nodes[-1].value, other.graph.nodes[-1].value, rtol=1e-5)
        gradients = [{v.name: v.grad for v in each.graph.nodes if v.kind == "parameter"} for each in (runs[0], other)]
        assert gradients[0].keys() == gradients[1].keys()
        for key, value in gradients[0].items():
            assert np.allclose(value, gradients[1][key], atol=1e-5)


@pytest.mark.long
def test_other_processes_find_the_same_flow(run):
    asked = ("--lang", "en", "flow", "rnn", "rnn:init=orthogonal", "--steps", "6", "--trained", "--json")
    assert run(*asked).stdout == run(*asked, "--workers", "2").stdout != ""
