"""What shows itself in a notebook, through a real IPython shell."""

import base64
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest
from IPython.core.interactiveshell import InteractiveShell

import tinygrad_fr as tg
from tinygrad_fr import nn
from tinygrad_fr.draw import Series, curves
from tinygrad_fr.explain import Distance, cliff, flow, gates, observed, view, walk
from tinygrad_fr.plugins import Catalogue

KEPT = {
    "img",
    "details",
    "summary",
    "div",
    "p",
    "b",
    "code",
    "pre",
}  # of what Jupyter keeps in a notebook that is not trusted
IMAGE = re.compile(r'<img alt="([^"]*)" style="[^"]*" src="data:image/svg\+xml;base64,([^"]*)" />')


def read(page):
    """HTML with the pictures of its images in their place; each element of it is one that Jupyter keeps."""
    if page is None:
        return None
    assert {element.tag for element in ET.fromstring(f"<div>{page}</div>").iter()} <= KEPT
    return IMAGE.sub(lambda found: f"<!--{found[1]}-->" + base64.b64decode(found[2]).decode(), page)


@pytest.fixture(scope="module")
def shown():
    """What a notebook would show of a value, as HTML."""
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("VIRTUAL_ENV", raising=False)  # IPython warns when it is not that of the interpreter
        shell = InteractiveShell.instance()
    tg._show_in(shell)
    yield lambda value: read(shell.display_formatter.format(value)[0].get("text/html"))
    shell.cleanup()  # puts back ``__main__``, which the shell's own had replaced: processes are begun from it
    InteractiveShell.clear_instance()


def test_the_shell_leaves_main_as_it_was(request):
    before = sys.modules["__main__"]
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("VIRTUAL_ENV", raising=False)
        shell = InteractiveShell()
    assert sys.modules["__main__"] is not before
    shell.cleanup()
    assert sys.modules["__main__"] is before


def run(name, **changes):
    model = Catalogue().load(name)
    return observed(model, model.settings.replaced({"hidden": "3"} | changes))


def test_a_tensor_shows_value_gradient_and_place(shown):
    x = tg.tensor([1.0, 2.0], requires_grad=True, name="<b>x</b>")
    assert "not computed yet" in shown(x)
    y = (x * x).sum()
    y.backward()
    card = shown(x)
    ET.fromstring(card)
    assert "&lt;b&gt;x" in card
    assert "<b>x" not in card
    assert "∂L/∂" in card
    assert "test_notebook.py" in shown(y)


def test_a_scalar_a_graph_and_readings_show_pictures(shown):
    lstm = run("lstm", steps="3")
    for value in (tg.Scalar(2.0), lstm.graph, flow(lstm), gates(lstm), cliff(10)):
        ET.fromstring(shown(value))


def test_a_view_and_a_picture_show_themselves(shown):
    h, w = tg.tensor(0.5, name="h₀"), nn.Parameter(tg.tensor(0.9))
    with tg.observe() as seen:
        for t in (1, 2, 3):
            with tg.time_step(t):
                h = (w * h).tanh()
        h.backward()
    rolled = view(tg.Graph.of(h, observation=seen), Distance(roll=True))
    assert "×3" in shown(rolled)
    assert "tanh" in shown(rolled)
    line = curves([Series("rnn", (1.0, 2.0), (0.1, 0.2), "#000000")], title="norms", guide="", x_name="t", y_name="‖h‖")
    assert "norms" in shown(line)


def test_a_walk_is_steps_that_open_with_a_picture_each(shown):
    w = tg.Scalar(0.5, name="w")
    told = walk((w * 3).tanh())
    page = shown(told)
    assert page.count("<details") == page.count("<svg ") == len(told) == 5
    assert page.count('<details open=""') == 1
    long = (w * 2).tanh()
    for _ in range(30):
        long = long * w
    assert "<svg " not in shown(walk(long))


def test_a_picture_in_a_notebook_holds_only_what_is_seen(shown):
    picture = shown(run("lstm", steps="3").graph)
    assert not re.search("<title>|<a |xlink:title| class=", picture)


@pytest.mark.long
def test_text_and_heavy_pictures_stay_small(shown):
    lstm = run("lstm", steps="40", hidden="32")
    shell = InteractiveShell.instance()
    for value in (gates(lstm), flow(lstm), view(lstm.graph, Distance())):
        data, _ = shell.display_formatter.format(value)
        assert len(data["text/plain"]) < 2_000
        assert len(data["text/html"]) < 500_000
    assert len(repr(curves([], title="norms", guide="", x_name="t", y_name="‖h‖"))) < 100


def test_a_module_is_a_tree(shown):
    page = shown(nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)))
    ET.fromstring(page)
    assert page.count("<details") == 4
    assert "13 parameters" in page
    assert "<code>weight</code> 3 × 2" in page


def test_the_place_of_an_operation_is_its_cell():
    code = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("import tinygrad_fr as tg", store_history=True)
shell.run_cell("w = tg.Value(2.0)\\ny = w * w", store_history=True)
assert shell.ev("y").site.where == "In[2]:2", shell.ev("y").site.where
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_other_values_are_left_alone(shown):
    assert shown(3.0) is None


def test_importing_registers_itself_and_loads_nothing():
    code = """
import sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("import tinygrad_fr as tg")
assert "tinygrad_fr.notebook" not in sys.modules
data, _ = shell.display_formatter.format(shell.ev("tg.tensor([1.0])"))
assert data["text/html"].startswith("<img "), data
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_in_a_terminal():
    lstm = run("lstm", steps="3")
    operations = sum(vertex.kind == "op" for vertex in lstm.graph.nodes)
    assert repr(lstm.graph) == f"Graph({operations} operations, 4 inputs, 6 parameters)"  # x, t, h₀, C₀
    tree = str(lstm.graph).splitlines()
    assert tree[1].startswith(".")
    assert any(line.startswith("      t=1: ") for line in tree)
    assert str(flow(lstm)).startswith("▁")


@pytest.fixture
def cell(shown):
    """Run a cell under the magic, and give what it displayed as HTML and what it printed."""
    from IPython.utils.capture import capture_output

    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "tinygrad_fr")
    shell.run_cell("import tinygrad_fr as tg\nfrom tinygrad_fr import nn")

    def run_cell(line, text):
        with capture_output() as said:
            shell.run_cell_magic("tinygrad_fr", line, text)
        pictures = [read(each.data["text/html"]) for each in said.outputs if "text/html" in each.data]
        return pictures[-1] if pictures else "", said.stdout

    yield run_cell
    shell.reset(new_session=False)


def test_the_magic_draws_what_a_cell_recorded(cell):
    picture, _said = cell("", "a = tg.tensor([1.0, 2.0])\nb = (a * 3).tanh().sum()")
    ET.fromstring(picture)
    assert "tanh" in picture
    assert "∂L/∂" not in picture


def test_the_magic_shows_gradients_where_backward_ran(cell):
    picture, _said = cell(
        "", "w = tg.tensor([1.0, 2.0], requires_grad=True)\n(w * w).sum().backward()\nloss = (w * 2).sum()"
    )
    assert picture
    picture, _said = cell("", "w = tg.tensor([1.0], requires_grad=True)\nloss = (w * w).sum()\nloss.backward()")
    assert "∂L/∂" in picture


def test_the_magic_goes_as_near_as_it_is_told(cell):
    text = "layer = nn.LSTM(2, 3)\nstates, last = layer(tg.ones(4, 1, 2))"
    far, _said = cell("--zoom model", text)
    near, _said = cell("--zoom op", text)
    assert len(far) < len(near)
    assert "σ" in near


def test_the_magic_says_what_is_wrong(cell):
    assert "recorded no operation" in cell("", "x = 1")[1]
    assert "expected nothing, or --zoom and one of model, module, op, equation" in cell("--zoom far", "x = 1")[1]
    picture, said = cell("", "raise ValueError('no')")
    assert not picture
    assert "ValueError" in said
