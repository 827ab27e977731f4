"""Runs of operations follow the order of computation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_fr import Graph, nn, tensor
from tinygrad_fr.draw import diagram_of
from tinygrad_fr.explain.levels.parts import FEW, MORE, Absorbed, parts
from tinygrad_fr.explain.levels.view import view
from tinygrad_fr.modes import recording, scope


@st.composite
def records(draw):
    """A random graph of operations, most in one module, some in modules inside, which may be entered again."""
    size = draw(st.integers(FEW + 1, 150))
    numbers = np.random.default_rng(draw(st.integers(0, 10**6)))
    share = draw(st.sampled_from([0.0, 0.1, 0.5]))
    again = draw(st.booleans())
    made, name = [tensor(1.0, requires_grad=True)], 0
    with recording(), scope("net", kind="Net"):
        for i in range(size):
            one, other = (made[max(0, len(made) - 1 - int(numbers.exponential(3)))] for _side in range(2))
            if numbers.random() < share:
                name = int(numbers.integers(0, 5)) if again else i // 10
                with scope(f"part{name}", kind="Part"):
                    made.append(one + other)
            else:
                made.append(one + other)
        total = made[-1]
        used = set()
        for each in reversed(made):
            if each.id not in used:
                total = total + each
            used.update(x.id for x in each.inputs)
    return Graph.of(total)


@given(records())
def test_runs_hold_several_operations_each_once_and_never_point_back_and_forth(graph):
    tree = parts(graph, Absorbed.of(graph))
    assert len({part.path for part in tree.walk()}) == sum(1 for _part in tree.walk())
    held = [vertex.id for part in tree.walk() for vertex in part.vertices]
    assert sorted(held) == [vertex.id for vertex in graph.nodes if vertex.kind != "parameter" or vertex.id in held]
    assert len(set(held)) == len(held)
    for outer in tree.walk():
        runs = [part for part in outer.parts if part.kind == MORE]
        home = {vertex.id: place for place, part in enumerate(runs) for vertex in part.everything}
        for edge in graph.edges:
            if edge.source in home and edge.target in home:
                assert home[edge.source] <= home[edge.target]
        for run in runs:
            assert len(run.everything) > 1
            first, last = map(int, run.name.split("…"))
            assert last - first + 1 == len(run.everything)


@pytest.mark.parametrize("size", [FEW + 1, 37, 100, 829])
def test_a_long_chain_is_a_few_runs_of_one_size(size):
    x = tensor(np.ones(2), requires_grad=True)
    with recording(), scope("net", kind="Net"):
        y = x
        for _i in range(size):
            y = y.tanh()
    graph = Graph.of(y)
    (net,) = parts(graph, Absorbed.of(graph)).parts
    sizes = [len(part.everything) for part in net.parts]
    assert sum(sizes) == size
    assert 2 <= len(sizes) <= FEW // 2
    assert max(sizes) - min(sizes) <= 1


def test_what_a_normalisation_measured_stands_in_its_card():
    network = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)).eval()
    seen = view(Graph.of(network(tensor([[1.0, 2.0], [3.0, 4.0]]))))
    assert [unit.vertices[0].symbol for unit in seen.units][1:] == ["Wx + b", "BN"]
    names = [chip.name for card in diagram_of(seen).cards for chip in card.chips]
    assert names == ["weight", "bias", "running_mean", "running_var", "weight", "bias"]
