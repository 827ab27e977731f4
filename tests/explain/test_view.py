"""A recorded run at five distances: nothing is lost, nothing is counted twice, and the numbers agree."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_fr as tg
from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain import observed
from tinygrad_fr.explain.levels.parts import Absorbed, parts
from tinygrad_fr.explain.levels.scalars import in_scalars
from tinygrad_fr.explain.levels.view import VISIBLE, ZOOMS, Distance, view
from tinygrad_fr.explain.measure import MEASURES, flops, measure
from tinygrad_fr.explain.remarks import remarks
from tinygrad_fr.graph import Graph
from tinygrad_fr.plugins import Catalogue

SMALL = {"lstm": {"hidden": "3"}, "gru": {"hidden": "3"}, "rnn": {"hidden": "3"}}
NAMES = ["deep", "googlenet", "gru", "lenet", "lstm", "mlp", "neuron", "resnet", "rnn", "vit"]


def run(name, *, distances=("op",), **changes):
    model = Catalogue().load(name)
    return observed(model, model.settings.replaced(SMALL.get(name, {}) | changes), distances=distances)


def partition(seen):
    """Every operation is in one unit, and every edge between two units in one tie."""
    inside = [vertex.id for unit in seen.units for vertex in unit.vertices]
    assert sorted(inside) == [v.id for v in seen.graph.nodes if v.id not in seen.absorbed]
    place = {vertex.id: unit.id for unit in seen.units for vertex in unit.vertices}
    place |= {out: place[whole] for out, whole in seen.absorbed.outputs.items() if whole in place}
    tied = [(edge.source, edge.target, edge.position) for tie in seen.ties for edge in tie.edges]
    assert len(tied) == len(set(tied))
    crossing = {
        (e.source, e.target, e.position)
        for e in seen.graph.edges
        if e.source in place and e.target in place and place[e.source] != place[e.target]
    }
    assert crossing <= set(tied)
    assert len({unit.id for unit in seen.units}) == len(seen.units)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("zoom", [None, *ZOOMS[:4]])
def test_every_distance_shows_everything_once(name, zoom):
    distance = Distance(zoom=zoom)
    partition(view(run(name, distances=distance.recorded).graph, distance))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_chosen_is_few_and_grows_with_the_zoom(name):
    graph = run(name, distances=("op", "equation")).graph
    seen = [len(view(graph, Distance(zoom=zoom)).units) for zoom in ZOOMS[:4]]
    assert seen == sorted(seen)
    assert len(view(run(name).graph, Distance()).units) <= VISIBLE


_GRU = run("gru", distances=("op", "equation"), steps="4").graph
_PATHS = [part.path for part in parts(_GRU, Absorbed.of(_GRU)).walk() if part.path]


@given(
    st.lists(st.sampled_from(_PATHS), max_size=3),
    st.lists(st.sampled_from(_PATHS), max_size=3),
    st.sampled_from([None, *ZOOMS[:4]]),
    st.none() | st.tuples(st.integers(1, 4), st.integers(1, 4)).map(sorted).map(tuple),
    st.none() | st.booleans(),
    st.none() | st.integers(0, 4),
)
def test_any_choice_shows_everything_once(opened, closed, zoom, window, roll, depth):
    seen = view(_GRU, Distance(zoom, tuple(opened), tuple(closed), depth, window, roll))
    partition(seen)
    if window is None and not roll:
        shown = {part.path for unit in seen.units for part in unit.inside}
        assert set(opened) <= shown | {p for p in opened if any(other.startswith(f"{p}/") for other in shown)}


def test_the_numbers_at_a_boundary_agree_at_every_distance():
    # What leaves each module, and the gradient that comes back to it, from three recordings of one run.
    near, nearer = run("lstm", steps="3"), run("lstm", distances=("op", "equation"), steps="3")

    def leaving(graph):
        found = {}
        for unit in view(graph, Distance(zoom="module")).units:
            if unit.bundle:
                used = [
                    v
                    for v in unit.vertices
                    if v.id in graph.outputs
                    or any(e.target not in {w.id for w in unit.vertices} for e in graph.users[v.id])
                ]
                found[unit.id] = (used[-1].value, used[-1].grad)
        return found

    one, other = leaving(near.graph), leaving(nearer.graph)
    assert {"lstm/cell", "lstm/head"} <= one.keys() & other.keys()
    for path in one.keys() & other.keys():
        for a, b in zip(one[path], other[path], strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", ["neuron", "mlp", "rnn", "lstm", "gru"])
def test_single_numbers_give_the_same_loss_and_gradients(name):
    changes = (
        {"data": "moons", "hidden": "3"} if name == "mlp" else {} if name == "neuron" else {"steps": "2", "hidden": "2"}
    )
    run_ = run(name, distances=("op", "equation"), **changes)
    graph = in_scalars(run_.graph)
    assert graph.by_id[graph.outputs[0]].value == pytest.approx(float(run_.loss), rel=1e-6)
    whole = [v for v in run_.graph.nodes if v.kind == "parameter"]
    expected = np.concatenate(
        [np.ravel(np.asarray(v.grad if v.grad is not None else 0.0 * np.asarray(v.value))) for v in whole]
    )
    found = {v.name: v for v in graph.nodes if v.kind == "parameter"}
    single = np.array([v.grad if v.grad is not None else 0.0 for v in graph.nodes if v.kind == "parameter"])
    assert len(single) == len(expected)
    assert found
    np.testing.assert_allclose(single, expected, rtol=2e-4, atol=1e-6)
    partition(view(graph, Distance(zoom="scalar")))


def test_rolled_steps_are_as_many_at_any_length():
    counts = {
        steps: len(view(run("lstm", steps=str(steps)).graph, Distance(zoom="op", roll=True)).units)
        for steps in (3, 12, 40)
    }
    assert set(counts.values()) == {25}
    seen = view(run("lstm", steps="12").graph, Distance(zoom="op", roll=True))
    assert {unit.times for unit in seen.units} == {1, 12}
    assert [tie.kind for tie in seen.ties if tie.kind] == ["recurrent", "recurrent"]  # h and C


def chain(parameters):
    """Three steps h ← tanh(w h), each with its parameter."""
    h = tg.tensor([0.5], name="h")
    for t, w in enumerate(parameters, start=1):
        with tg.time_step(t):
            h = (h * w).tanh()
    return Graph.of(h)


def test_only_steps_with_the_same_parameters_are_one():
    w, other = (tg.tensor([value], requires_grad=True, name="w") for value in (0.9, 0.8))
    rolled = Distance(zoom="op", roll=True)
    assert max(unit.times for unit in view(chain([w, w, w]), rolled).units) == 3
    assert max(unit.times for unit in view(chain([w, other, w]), rolled).units) == 1
    assert max(unit.times for unit in view(chain([w, w, other]), rolled).units) == 2


def test_what_is_computed_from_parameters_is_seen():
    w = tg.tensor([1.0, 2.0], requires_grad=True, name="w")
    assert [unit.vertices[0].symbol for unit in view(Graph.of((w * w).sum())).units] == ["×", "Σ"]


def test_an_input_that_is_joined_to_something_is_no_parameter():
    w, y = tg.tensor([1.0, 2.0], requires_grad=True), tg.tensor([3.0], name="y")
    graph = Graph.of(tg.cat((w * w, y)).sum())
    (found,) = (vertex for vertex in graph.nodes if vertex.name == "y")
    assert found.id not in Absorbed.of(graph)


def test_a_window_folds_what_lies_before_and_after():
    seen = view(run("rnn", steps="9").graph, Distance(zoom="op", time=(4, 5)))
    assert [unit.id for unit in seen.units if unit.bundle] == ["rnn/cell/t=1…t=3", "rnn/cell/t=6…t=9"]
    assert {part.step for unit in seen.units for part in unit.inside} - {None} == {4, 5}


def test_what_is_near_a_node():
    graph = run("lstm", steps="2").graph
    near = view(graph, Distance(zoom="op", around="C̃", radius=0))
    assert {unit.vertices[0].name for unit in near.units} == {"C̃"}
    assert len(near.units) + near.left_out == len(view(graph, Distance(zoom="op")).units)
    wider = view(graph, Distance(zoom="op", around="C̃", radius=1))
    assert len(near.units) < len(wider.units) < len(wider.units) + wider.left_out


@pytest.mark.long
def test_a_hundred_thousand_operations_are_a_few_cards():
    a = tg.Scalar(0.5, name="a")
    b = a
    for _ in range(100_000):
        b = b * 0.999
    graph = Graph.of(b)
    for distance in (Distance(), Distance(zoom="model")):
        seen = view(graph, distance)
        partition(seen)
        assert len(seen.units) <= VISIBLE
    assert VISIBLE < len(view(graph, Distance(zoom="op")).units) <= 4000
    first = view(graph, Distance()).units[0].id
    assert len(view(graph, Distance(open=(first,))).units) > len(view(graph, Distance()).units) - 1


@pytest.mark.parametrize(
    ("distance", "said"),
    [
        (Distance(open=("gru/sell",)), "no part of this run is called “gru/sell”"),
        (Distance(time=(0, 2)), "expected a window between 1 and 4, got 0..2"),
        (Distance(time=(3, 2)), "expected a window between 1 and 4, got 3..2"),
        (Distance(around="nobody"), "nothing in this picture is called “nobody”"),
    ],
)
def test_what_is_not_there_is_said(distance, said):
    with pytest.raises(UsageError, match=said):
        view(_GRU, distance)


def test_a_run_without_time_has_no_window():
    with pytest.raises(UsageError, match="no time steps"):
        view(run("mlp").graph, Distance(time=(1, 2)))


def test_a_shortcut_is_told_from_other_sums():
    kinds = {tie.kind for tie in view(run("resnet").graph, Distance(zoom="op")).ties}
    assert "residual" in kinds
    assert "residual" not in {tie.kind for tie in view(run("resnet", shortcut="no").graph, Distance(zoom="op")).ties}


def test_measures():
    x = tg.tensor(np.ones((3, 4)), requires_grad=True, name="x")
    w = tg.tensor(np.full((4, 5), 100.0), requires_grad=True, name="w")
    z = x @ w
    a = z.sigmoid()
    loss = a.sum()
    with tg.observe() as seen:
        loss.backward()
    graph = Graph.of(loss, observation=seen)
    by_symbol = {vertex.symbol: vertex for vertex in graph.nodes}
    assert flops(graph, by_symbol["@"]) == 2 * 3 * 4 * 5
    assert flops(graph, by_symbol["Σ"]) == 15
    assert measure(graph, [by_symbol["σ"]], "saturation") == 1.0
    assert measure(graph, graph.nodes, "memory") == 15 * 8 * 2 + 8
    assert measure(graph, [by_symbol["@"]], "value") == pytest.approx(400 * 15**0.5)
    assert measure(graph, [by_symbol["Σ"]], "gradient") == 1.0
    assert all(measure(graph, graph.nodes, name) is not None for name in MEASURES)


def test_remarks():
    x = tg.tensor([-1.0, -2.0, 3.0])

    def said(y):
        return list(remarks(Graph.of(y).nodes[-1]))

    with tg.recording():
        assert said(x.relu()) == []
        assert said((x - 10).relu()) == ["⚠ 100 % of the units are dead (0)"]
        assert said((x * 100).tanh()) == ["⚠ 100 % of the units are saturated"]
        assert said(x / 0.0) == ["⚠ ∞ in 3 of 3 values"]
        assert said((x / 0.0) * 0.0) == ["⚠ NaN in 3 of 3 values"]
