"""The neurons of the milestones: by hand, by mistakes, by the margin."""

import numpy as np
import pytest
from sklearn.svm import SVC
from tinygrad_fr_plugins.separators import GATES, clouds, threes_and_eights

from tinygrad_fr.data import digits
from tinygrad_fr.explain import observed
from tinygrad_fr.plugins import Catalogue
from tinygrad_fr.training import train


def model(name):
    return Catalogue().load(name)


@pytest.mark.parametrize("gate", GATES)
def test_weights_chosen_by_hand_compute_the_gate_and_no_gradient_passes_the_step(gate):
    neuron = model("mcculloch-pitts")
    settings = neuron.settings.replaced({"gate": gate})
    assert train(neuron, settings).score == 1.0
    graph = observed(neuron, settings).graph
    assert float(graph.by_id[graph.outputs[0]].value) == 1.0  # the answer is wrong, and yet
    assert all(not np.any(v.grad) for v in graph.nodes if v.kind == "parameter")


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in (1, 2))])
def test_mistakes_are_fewer_than_novikoff_says(seed):
    points, sides = clouds(200, 0)
    found = train(model("perceptron"), seed=seed)
    assert found.score >= 0.97
    module = found.module
    # The margin of the line that it found is no larger than that of the best line.
    w = np.append(module.w.detach().numpy(), module.b.detach().numpy())
    rows = np.column_stack([points, np.ones(len(points))])
    margin = float(np.min(sides * (rows @ w)) / np.linalg.norm(w))
    assert margin > 0
    assert float(module.mistakes) <= (np.linalg.norm(rows, axis=1).max() / margin) ** 2


def test_mistakes_and_gradient_take_the_same_steps():
    settings = model("perceptron").settings
    one, other = (
        train(model("perceptron"), settings.replaced({"rule": rule}), epochs=3).module
        for rule in ("mistake", "gradient")
    )
    np.testing.assert_allclose(one.w.detach().numpy(), other.w.detach().numpy(), rtol=1e-5)
    assert float(one.b) == pytest.approx(float(other.b))


@pytest.mark.parametrize(("gate", "learned"), [("and", True), ("or", True), ("xor", False)])
def test_a_line_separates_and_and_or_but_not_xor(gate, learned):
    found = train(model("perceptron"), model("perceptron").settings.replaced({"data": gate}))
    assert found.reached == learned
    if not learned:
        assert max(epoch.score for epoch in found.epochs) <= 0.75


@pytest.mark.long
def test_the_svm_is_scikit_learns():
    svm = model("svm")
    found = train(svm)
    train_rows, test_rows = (threes_and_eights(rows).arrays for rows in digits())
    weight = svm.settings.weight
    theirs = SVC(kernel="linear", C=1 / (weight * len(train_rows[0])))
    theirs.fit(*train_rows)

    def cost(w, b):
        return float(np.mean(np.maximum(0, 1 - train_rows[1] * (train_rows[0] @ w + b))) + weight / 2 * w @ w)

    ours = cost(found.module.w.detach().numpy(), float(found.module.b))
    assert ours <= cost(theirs.coef_[0], theirs.intercept_[0]) * 1.02
    assert abs(found.score - theirs.score(*test_rows)) <= 0.03
