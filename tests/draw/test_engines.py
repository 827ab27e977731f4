"""Where no Graphviz of the machine works, its WebAssembly draws: the same picture, in SVG alone, and says so."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import matplotlib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageFont

from tinygrad_fr import Graph, tensor
from tinygrad_fr.draw import PAGES, cell_diagram, diagram_of, engine, place, render, wasm, wrapped
from tinygrad_fr.draw.diagram import Card, Diagram
from tinygrad_fr.errors import DrawError
from tinygrad_fr.explain import gates, observed
from tinygrad_fr.locale import set_language
from tinygrad_fr.plugins import Catalogue

MODELS = Catalogue()
SVG = "{http://www.w3.org/2000/svg}"
FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"


def recorded(name, **changes):
    model = MODELS.load(name)
    return observed(model, model.settings.replaced({key: str(value) for key, value in changes.items()}))


def texts(svg):
    return sorted(element.text for element in ET.fromstring(svg).iter(f"{SVG}text"))


@pytest.fixture
def alone(monkeypatch):
    """A machine on which neither pygraphviz loads nor ``dot`` is found."""
    monkeypatch.setattr(engine, "_embedded", lambda: None)
    monkeypatch.setattr(engine.shutil, "which", lambda _name: None)
    monkeypatch.setattr(engine, "_drawn", set())


def pictures():
    lstm = recorded("lstm", steps=3)
    yield diagram_of(recorded("mlp").graph, passes="both", title="T")
    yield wrapped(place(diagram_of(lstm.graph, passes="both", title="T")), PAGES["slide"])
    yield cell_diagram(gates(lstm))


@pytest.mark.long
def test_the_same_picture_comes_out(request):
    set_language("fr")
    usual = [texts(render(picture, "svg")) for picture in pictures()]
    assert engine.remark() == ""
    request.getfixturevalue("alone")
    assert engine.engine_name() == "wasm"
    assert [texts(render(picture, "svg")) for picture in pictures()] == usual
    assert "WebAssembly" in engine.remark()


@pytest.mark.long
def test_text_stays_inside_its_card(alone):
    """Every line of a card, measured in the font that pictures are made in, ends before the card does."""
    fonts = {bold: ImageFont.truetype(FONTS / f"DejaVuSans{bold}.ttf", 1000) for bold in ("", "-Bold")}

    def length(text):
        bold = "-Bold" if text.get("font-weight") == "bold" else ""
        return fonts[bold].getlength(text.text or "") * float(text.get("font-size")) / 1000

    set_language("fr")
    words = ("Σ σ ∂ ∇ ⊙ × C̃ ‖∂L/∂h‖", "œuvre, cœur, nœud : été, ça, où", "10⁻⁵ h₀ ℝ ∏ √ ≤ ≠ → ⇄", "wWmM@ — “x” …")
    diagrams = [*pictures(), Diagram("T", cards=tuple(Card(str(i), "op", word) for i, word in enumerate(words)))]
    seen = 0
    for diagram in diagrams:
        for node in ET.fromstring(render(diagram, "svg")).iter(f"{SVG}g"):
            lines = list(node.iter(f"{SVG}text"))
            frame = next(node.iter(f"{SVG}path"), None)
            if node.get("class") != "node" or not lines or frame is None:
                continue
            xs = [float(pair.split(",")[0]) for pair in frame.get("d").replace("M", " ").replace("C", " ").split()]
            for line in lines:
                start = float(line.get("x")) - (length(line) / 2 if line.get("text-anchor") == "middle" else 0)
                assert start >= min(xs) - 1, line.text
                assert start + length(line) <= max(xs) + 1, line.text
                seen += 1
    assert seen > 100


@given(name=st.text(max_size=40))
def test_any_name_stays_text_there_too(name):
    x = tensor([1.0, 2.0], requires_grad=True, name=name)
    dot = render(diagram_of(Graph.of((x * 2).sum()), title=name), "dot").decode()
    root = ET.fromstring(wasm.lay_out(dot, "svg", "dot"))
    assert not [element for element in root.iter() if element.tag.endswith("script")]
    words = "".join(c if c.isprintable() else " " for c in name).split()
    assert all(word in " ".join(element.text or "" for element in root.iter(f"{SVG}text")) for word in words[:1])


@pytest.mark.parametrize("form", ["png", "pdf"])
def test_a_format_that_it_lacks_is_one_sentence(alone, form):
    with pytest.raises(DrawError, match=rf"a \.{form} needs Graphviz’s own libraries") as caught:
        render(diagram_of(recorded("neuron").graph), form)
    assert "\n" not in str(caught.value)


def test_its_errors_are_sentences():
    for text in ("digraph {", "", "\0", "digraph { a [label=<<table><tr>>] ; b [shape=\x07 }"):
        with pytest.raises(DrawError, match="Graphviz could not draw the picture"):
            wasm.lay_out(text, "svg", "dot")
    with pytest.raises(DrawError, match="could not draw"):
        wasm.lay_out("digraph { a }", "svg", "no such layout")


@pytest.mark.long
def test_the_commands_say_what_they_fell_back_to(run, tmp_path):
    (tmp_path / "pygraphviz.py").write_text(
        "raise ImportError('libgobject-2.0.so.0: cannot open shared object file')\n"
    )
    machine = {"PYTHONPATH": str(tmp_path), "PATH": str(tmp_path)}
    path = tmp_path / "n.svg"
    done = run("--lang", "en", "render", "neuron", "-o", str(path), **machine)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("drawn by Graphviz as WebAssembly") == 1
    assert "tanh" in " ".join(texts(path.read_bytes()))
    machine["HOME"] = "/nowhere"  # no place for its machine code
    done = run("--lang", "en", "render", "neuron", "-o", str(tmp_path / "n.png"), **machine)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: a .png needs")
    assert done.stderr.count("\n") == 1
    done = run("--lang", "en", "doctor", "--json", **machine)
    found = next(each for each in json.loads(done.stdout) if each["what"] == "Graphviz")
    assert (found["found"], found["state"]) == ("as WebAssembly, the fallback: SVG only", "extra")
    assert "apt install graphviz" in found["mend"]
