"""What distinguishes two runs."""

import json
import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

import tinygrad_fr as tg
from tinygrad_fr.draw import difference_diagram, place, render
from tinygrad_fr.explain import observed
from tinygrad_fr.explain.lenses.difference import APPEARED, CHANGED, GONE, SAME, difference
from tinygrad_fr.graph import Graph
from tinygrad_fr.plugins import Catalogue


def run(name, **changes):
    model = Catalogue().load(name)
    return observed(model, model.settings.replaced(changes)).graph


def test_a_run_does_not_differ_from_itself():
    counts = difference(run("mlp"), run("mlp")).counts()
    assert counts[SAME] == sum(counts.values()) > 5


def test_another_activation():
    found = difference(run("mlp"), run("mlp", activation="relu"))
    kinds = {change.kind: change for change in found.changes}
    assert kinds[APPEARED].vertex.symbol == "ReLU"
    assert kinds[GONE].vertex.symbol == "tanh"
    hidden = next(c for c in found.changes if c.vertex.scope.name == "hidden" and c.vertex.op is not None)
    assert hidden.value == 0.0  # the same weights read the same image
    assert hidden.gradient > 0.1  # but the activation sends back another gradient
    picture = render(place(difference_diagram(found, "x")), "svg").decode()
    assert "gone" in picture
    assert "value =" in picture


def test_sizes_that_differ_are_a_change():
    found = difference(run("mlp"), run("mlp", hidden="8"))
    weight = next(c for c in found.changes if c.vertex.name == "weight")
    assert (weight.kind, weight.value) == (CHANGED, None)


OPS = {"neg": lambda x: -x, "tanh": lambda x: x.tanh(), "exp": lambda x: x.exp(), "double": lambda x: x + x}
PROGRAMS = st.lists(st.sampled_from(list(OPS)), min_size=1, max_size=12)


def recorded(program):
    x = tg.Scalar(0.1, name="x")
    for name in program:
        x = OPS[name](x)
    return Graph.of(x)


@given(PROGRAMS, PROGRAMS)
def test_both_runs_are_in_it_whole_and_in_order(one, other):
    before, after = recorded(one), recorded(other)
    found = difference(before, after)
    assert [c.before.id for c in found.changes if c.before is not None] == [v.id for v in before.nodes]
    assert [c.after.id for c in found.changes if c.after is not None] == [v.id for v in after.nodes]
    for vertex in found.graph.nodes:  # inputs come first, as in any graph
        assert all(i < vertex.id for i in vertex.inputs if isinstance(i, int))
    assert [found.graph.by_id[i].value for i in found.graph.outputs] == [after.by_id[i].value for i in after.outputs]
    ET.fromstring(render(place(difference_diagram(found, "x")), "svg"))


def test_the_command(tmp_path):
    from click.testing import CliRunner

    from tinygrad_fr.cli.commands.diff import command

    file = tmp_path / "d.json"
    done = CliRunner().invoke(command, ["rnn", "gru", "--steps", "3", "-o", str(file)], standalone_mode=False)
    assert done.exception is None
    assert json.loads(file.read_text())["counts"][APPEARED] > 10
    done = CliRunner().invoke(command, ["rnn"], standalone_mode=False)
    assert "expected two models" in str(done.exception)
