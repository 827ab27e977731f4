"""The backward pass as a graph: its results are the gradients, and it holds nothing of the forward pass but values."""

import numpy as np
import pytest

from tinygrad_fr import Scalar
from tinygrad_fr.explain import observed
from tinygrad_fr.explain.backward_graph import backward_graph
from tinygrad_fr.plugins import Catalogue

CHANGES = {
    "rnn": {"hidden": "3", "steps": "3"},
    "lstm": {"hidden": "3", "steps": "2"},
    "lenet": {},
    "mlp": {},
    "neuron": {},
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("alone", [False, True])
def test_its_results_are_the_gradients(name, alone):
    model = Catalogue().load(name)
    settings = model.settings.replaced(CHANGES[name])
    run = observed(model, settings)
    expected = {v.id: v for v in run.graph.nodes if v.op is None and v.requires_grad and v.grad is not None}
    twin = observed(model, settings, module=run.module, backward=False)
    graph = backward_graph(twin.loss, alone=alone)
    found = [graph.by_id[i].value for i in graph.outputs]
    wanted = [v.grad for v in expected.values()]
    assert len(found) == len(wanted)
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    loss = twin.loss.current.id
    assert any(v.id <= loss and v.op is not None for v in graph.nodes) != alone
    assert all(v.name is None or v.name.startswith("∂L/∂") for v in graph.nodes if v.id > loss)


def test_each_gradient_lies_with_what_it_is_of():
    a = Scalar(2.0, name="a")
    b = a * a
    b.name = "b"
    graph = backward_graph(b * 3)
    named = {v.name: v.value for v in graph.nodes}
    assert named["∂L/∂b"] == 3.0
    assert named["∂L/∂a"] == 12.0
