"""What a node keeps, and how a graph is read."""

import json

import click
import numpy as np
import pytest

from tinygrad_fr import Graph, Scalar, Tensor, nn, no_grad, opened, recording, tensor, time_step
from tinygrad_fr.graph import Constant
from tinygrad_fr.ops import registry


def test_a_node_keeps_operation_inputs_in_order_and_multiplicity():
    a = tensor([2.0], requires_grad=True)
    y = a * a
    assert y.op is registry["mul"]
    assert y.inputs == (a, a)
    assert [edge.position for edge in Graph.of(y).edges] == [0, 1]


def test_a_plain_number_stays_a_number():
    y = tensor([2.0], requires_grad=True) - 1
    assert y.inputs[1] == 1
    assert Graph.of(y).nodes[-1].inputs[1] == Constant(1)


def test_a_node_knows_its_source_line_and_the_variable_it_is_assigned_to():
    a = tensor([2.0], requires_grad=True)
    weighted = a * 3
    assert weighted.name == "weighted"
    assert a.name == "a"
    assert weighted.site.filename == __file__
    assert weighted.site.text == "weighted = a * 3"
    assert (a + 1).name is None


def test_inputs_have_smaller_ids_than_what_uses_them():
    a = tensor([1.0], requires_grad=True)
    graph = Graph.of(((a * 2).tanh() + a).sum())
    assert all(edge.source < edge.target for edge in graph.edges)


def test_a_module_and_a_time_step_are_scopes():
    layer = nn.Linear(2, 1)
    with time_step(3):
        y = layer(tensor([[1.0, 2.0]]))
    assert y.scope.path == "t=3/linear"
    assert y.scope.time == 3
    assert [scope.name for scope in y.scope.ancestors()] == ["linear", "t=3"]


def test_a_graph_is_a_still_reading():
    a = tensor([1.0, 2.0], requires_grad=True)
    y = (a * a).sum()
    graph = Graph.of(y)
    before = graph.nodes[0].value.copy()
    with no_grad():
        a += 5
    assert np.array_equal(graph.nodes[0].value, before)
    with pytest.raises(AttributeError):
        graph.nodes = ()


def test_json_is_plain_and_complete():
    cell = nn.RNN(2, 3)
    with opened("op"):
        states, _last = cell(tensor(np.zeros((4, 1, 2), np.float32)))
    loss = states.sum()
    loss.backward()
    graph = Graph.of(loss)
    data = json.loads(json.dumps(graph.to_json(), allow_nan=False))
    assert len(data["nodes"]) == len(graph.nodes)
    assert data["statistics"]["time_steps"] == 4
    assert data["statistics"]["parameters"] == sum(p.numel() for p in cell.parameters())
    assert {edge["target"] for edge in data["edges"]} <= {node["id"] for node in data["nodes"]}


def test_json_has_no_nan():
    y = tensor([float("nan"), float("inf")], requires_grad=True) * 1
    json.dumps(Graph.of(y).to_json(), allow_nan=False)


def test_scopes_are_read_as_a_tree():
    cell = nn.LSTM(2, 2)
    with opened("op"):
        states, _last = cell(tensor(np.zeros((2, 1, 2), np.float32)))
    paths = [scope.path for scope in Graph.of(states).scopes]
    assert paths == ["", "lstm", "lstm/t=1", "lstm/t=2"]


def test_nothing_is_kept_without_a_gradient_unless_traced():
    x = tensor([1.0])
    assert (x * 2).inputs == ()
    with recording():
        y = x * 2
    assert y.inputs == (x, 2)
    assert not y.requires_grad


def test_scalars_and_tensors_mix_in_one_graph():
    a, b = Scalar(2.0), Scalar(3.0)
    t = Tensor([a, b])
    y = (t * tensor([10.0, 100.0])).sum() * a
    y.backward()
    assert a.grad == pytest.approx(320 + 20)
    assert b.grad == pytest.approx(200)


def test_a_scalar_is_taken_out_of_a_tensor():
    t = tensor([1.0, 2.0], requires_grad=True)
    s = registry["to_scalar"](t[1])
    assert isinstance(s, Scalar)
    (s * s * s).backward()
    assert t.grad.tolist() == [0.0, 12.0]


def test_a_scalar_broadcasts_over_a_tensor():
    s, t = Scalar(2.0), tensor([1.0, 2.0, 3.0], requires_grad=True)
    (s * t).sum().backward()
    assert s.grad == 6.0
    assert t.grad.tolist() == [2.0, 2.0, 2.0]


def test_what_a_command_alone_ran_is_nobodys_line():
    """Every line between the library that starts commands and the operation may be the package's own."""
    x = tensor([1.0], requires_grad=True)
    y = click.Command("run", callback=x.tanh).main([], standalone_mode=False)
    assert (y.site.where, y.site.text, y.site.quoted) == ("", "", "")
    assert y.site.to_json() == {"file": None, "line": None, "text": None}
    z = click.Command("run", callback=lambda: x.tanh()).main([], standalone_mode=False)
    assert "lambda: x.tanh()" in z.site.quoted
