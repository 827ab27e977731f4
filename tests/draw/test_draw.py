"""Pictures: safe against any name, still from step to step, whole or not at all."""

import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tinygrad_fr import Graph, Value, nn, observe, tensor
from tinygrad_fr.draw import cell_diagram, curves, diagram_of, engine, flow_diagram, heat_diagram, place, render, theme
from tinygrad_fr.draw.chart import Axes, Series
from tinygrad_fr.draw.diagram import Diagram, Mark
from tinygrad_fr.errors import DrawError, UsageError
from tinygrad_fr.explain import Distance, flow, gates, observed, view
from tinygrad_fr.locale import number, set_language
from tinygrad_fr.plugins import Catalogue

MODELS = Catalogue()


def run(name, backward=True, **changes):
    model = MODELS.load(name)
    settings = model.settings.replaced({key: str(value) for key, value in changes.items()})
    return observed(model, settings, backward=backward)


def texts(svg):
    root = ET.fromstring(svg)
    return " ".join(element.text or "" for element in root.iter() if element.tag.endswith("text"))


@given(name=st.text(max_size=40))
@example("<script>alert(1)</script>")
@example('"]; evil [label="')
@example("\\N \\l &amp; % \x00 \x1b[31m \u202e ]]> <b>")
def test_any_name_stays_text(name):
    x = tensor([1.0, 2.0], requires_grad=True, name=name)
    diagram = diagram_of(Graph.of((x * 2).sum()), title=name)
    svg = render(diagram, "svg")
    root = ET.fromstring(svg)
    assert not [element for element in root.iter() if element.tag.endswith("script")]
    printable = "".join(c if c.isprintable() else " " for c in name).split()
    assert all(word in " ".join(texts(svg).split()) for word in printable if len(word) < 10)


@pytest.mark.parametrize("name", ["neuron", "mlp", "rnn", "lstm", "gru"])
@pytest.mark.parametrize("passes", ["forward", "backward", "both"])
def test_every_model_is_drawn(name, passes):
    seen = run(name, backward=passes != "forward", **({"steps": 4} if name in ("rnn", "lstm", "gru") else {}))
    diagram = place(diagram_of(seen.graph, passes=passes, title="T"))
    assert len({card.id for card in diagram.cards}) == len(diagram.cards)
    svg = render(diagram, "svg")
    root = ET.fromstring(svg)
    assert root.get("role") == "img"
    assert root.get("aria-label") == "T"
    assert len([e for e in root.iter() if e.get("class") == "edge"]) == len(diagram.links)


def test_a_parameter_is_never_a_hub():
    diagram = diagram_of(run("lstm", steps=20).graph)
    uses = {}
    for link in diagram.links:
        uses[link.source] = uses.get(link.source, 0) + 1
    named = {card.id: card for card in diagram.cards}
    assert not [card for card in diagram.cards if card.kind == "parameter"]
    assert {named[i].symbol for i, n in uses.items() if n > 6} <= {"⇄"}  # the sequence, which feeds every step


def test_before_backward_a_gradient_is_not_computed_yet():
    diagram = diagram_of(run("neuron", backward=False).graph, passes="both")
    rows = [row.text for card in diagram.cards for row in card.rows]
    assert "not computed yet" in rows
    assert not any(link.kind != "forward" for link in diagram.links)


def test_steps_look_alike_and_nothing_moves():
    diagram = place(diagram_of(run("lstm", steps=6).graph))
    by_step = {}
    for card in diagram.cards:
        if card.step is not None:
            by_step.setdefault(card.step, []).append(card)
    places = {
        step: np.array([(c.at[0], c.at[1]) for c in sorted(cards, key=lambda c: (c.symbol, int(c.id)))])
        for step, cards in by_step.items()
    }
    shift = places[3] - places[2]
    assert np.allclose(shift, shift[0])
    assert shift[0][0] > 0
    assert shift[0][1] == pytest.approx(0)
    for step in range(3, 6):
        assert np.allclose(places[step + 1] - places[step], shift)


def test_cards_of_a_placed_picture_do_not_overlap():
    diagram = place(diagram_of(run("lstm", steps=4).graph))
    svg = ET.fromstring(render(diagram, "svg"))
    boxes = []
    for group in svg.iter():
        title = group.find("{http://www.w3.org/2000/svg}title") if group.get("class") == "node" else None
        if title is None or not (title.text or "").isdigit():
            continue
        points = [
            tuple(map(float, pair.split(",")))
            for polygon in group.iter("{http://www.w3.org/2000/svg}path")
            for pair in polygon.get("d").replace("M", " ").replace("C", " ").split()
        ]
        xs, ys = zip(*points, strict=True)
        boxes.append((min(xs), min(ys), max(xs), max(ys)))
    assert len(boxes) == len(diagram.cards)
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


@pytest.mark.long
def test_a_hundred_steps_are_drawn_whole():
    diagram = place(diagram_of(run("lstm", steps=100, backward=False).graph))
    assert sum(card.symbol == "C" for card in diagram.cards) == 100
    assert sum(panel.step is not None for panel in diagram.panels) == 100
    ET.fromstring(render(diagram, "svg"))


@pytest.mark.long
def test_a_picture_too_large_for_a_bitmap_is_refused_with_its_size():
    diagram = place(diagram_of(run("lstm", steps=100, backward=False).graph))
    with pytest.raises(DrawError, match=r"too large for a PNG \(\d+ × \d+ pixels\)"):
        render(diagram, "png")


@pytest.mark.parametrize(
    ("form", "magic"), [("svg", b"<svg"), ("png", b"\x89PNG"), ("pdf", b"%PDF"), ("dot", b"digraph")]
)
def test_formats(form, magic):
    diagram = diagram_of(run("neuron").graph, passes="both", title="T")
    assert render(diagram, form).lstrip().startswith(magic)


def test_an_unknown_suffix_is_a_usage_error():
    with pytest.raises(UsageError, match=r"x\.gif: expected a suffix among \.svg"):
        engine.format_of("x.gif")


def test_without_graphviz_dot_text_still_works(monkeypatch):
    monkeypatch.setattr(engine, "_embedded", lambda: None)
    monkeypatch.setattr(engine.shutil, "which", lambda _name: None)
    monkeypatch.setattr(engine.wasm, "available", lambda: False)
    diagram = diagram_of(run("neuron").graph)
    assert render(diagram, "dot").startswith(b"digraph")
    with pytest.raises(DrawError, match="install the Python package pygraphviz, or the program dot"):
        render(diagram, "svg")


def test_the_program_dot_serves_where_the_embedded_engine_cannot(monkeypatch, tmp_path):
    """A stand-in for Graphviz's own program: same options, same standard input and output."""
    program = tmp_path / "dot"
    program.write_text(
        f"#!{sys.executable}\n"
        "import sys, pygraphviz\n"
        "form = next(a[2:] for a in sys.argv if a.startswith('-T'))\n"
        "layout = {'-n': 'nop', '-n2': 'nop2'}.get(sys.argv[2], 'dot')\n"
        "text = sys.stdin.read()\n"
        "if 'explode' in text: sys.exit('Error: no')\n"
        "sys.stdout.buffer.write(pygraphviz.AGraph(string=text).draw(format=form, prog=layout))\n"
    )
    program.chmod(0o755)
    embedded = render(diagram_of(run("neuron").graph), "svg")
    gates_picture = cell_diagram(gates(run("lstm", steps=2)))
    embedded_gates = render(gates_picture, "svg")
    monkeypatch.setattr(engine, "_embedded", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert engine.engine_name() == "dot"
    assert texts(render(diagram_of(run("neuron").graph), "svg")) == texts(embedded)
    assert render(gates_picture, "svg") == embedded_gates
    with pytest.raises(DrawError, match="Error: no"):
        render(Diagram("T", marks=(Mark((0, 0), "explode"),)), "svg")


def test_a_linear_chart_goes_below_zero_and_a_log_one_stands_on_its_floor():
    wave = Series("sin", (0.0, 1.0, 2.0), (1.0, -1.0, 0.0), "#000000")
    linear = Axes([wave], log=False)
    assert linear.bottom < linear.y(-1.0) < linear.y(0.0) < linear.y(1.0)
    assert Axes([wave], log=True).y(-1.0) == 0.0


@pytest.mark.long
def test_gates_flow_and_curves_are_drawn():
    lstm, gru, rnn = (run(name, steps=5) for name in ("lstm", "gru", "rnn"))
    long = run("lstm", reading="pixels")
    pictures = [
        cell_diagram(gates(lstm)),
        cell_diagram(gates(gru)),
        heat_diagram([gates(long)]),
        flow_diagram([flow(rnn), flow(lstm)]),
        curves([Series("a", (1.0, 2.0), (0.5, float("nan")), "#000000")], title="T", guide="", x_name="x", y_name="y"),
    ]
    for diagram in pictures:
        assert diagram.pinned
        ET.fromstring(render(diagram, "svg"))


def test_the_road_is_as_wide_as_what_is_kept():
    found = gates(run("lstm", steps=4))
    diagram = cell_diagram(found)
    widths = {link.source: link.width for link in diagram.links if link.source.startswith("keep")}
    assert [widths[f"keep {t}"] for t in found.steps] == pytest.approx(
        [0.8 + 8 * found.values["f"][i].mean() for i in range(4)]
    )


def test_words_are_in_the_readers_language():
    seen = run("neuron")
    set_language("fr")
    french = texts(render(diagram_of(seen.graph, passes="both"), "svg"))
    assert "valeur" in french
    assert "value" not in french
    set_language("en")
    assert "value" in texts(render(diagram_of(seen.graph, passes="both"), "svg"))


@given(value=st.floats(allow_nan=True), scale=st.floats(0, 1e300))
def test_every_number_has_a_colour(value, scale):
    for colour in (theme.openness(value), theme.signed(value, scale), theme.magnitude(abs(value), 1e-5, 1.0)):
        assert len(colour) == 7
        int(colour[1:], 16)


def test_marks_alone_are_a_picture():
    ET.fromstring(render(Diagram("T", marks=(Mark((0, 0), "a"), Mark((9, 9), fill="#000000", extent=(4, 4)))), "svg"))


def test_the_backward_pass_is_a_record_that_can_be_drawn():
    w, x = tensor([[2.0]], requires_grad=True, name="w"), tensor([[3.0]], name="x")
    (w @ x).tanh().sum().backward(create_graph=True)
    graph = Graph.of(w.grad)
    assert {"tanh", "matmul", "sub", "mul"} <= set(graph.statistics()["operations"])
    ET.fromstring(render(diagram_of(graph, title="∂L/∂w"), "svg"))


def test_uses_of_a_number_add_up_on_their_line():
    v = Value(3.0, label="v")
    c = v * v + v
    with observe() as seen:
        c.backward()
    drawn = diagram_of(Graph.of(c, observation=seen), passes="both")
    set_language("en")
    assert sorted(link.label for link in drawn.links) == ["1.000", "1.000", "2 × 3.000"]
    set_language(None)


def test_numbers_stand_where_room_was_made_for_them():
    run = observed(Catalogue().load("rnn"))
    drawn = place(diagram_of(view(run.graph, Distance(time=(2, 3))), passes="both"))
    assert all(link.label_at is not None for link in drawn.links if link.label and link.source != link.target)


def test_gradients_stand_wherever_values_do():
    """Numbers when they are few, signed; parameters' chips too; the number that they are of is L."""
    w = nn.Parameter(tensor([1.0, -2.0, 3.0], name="w"))
    with observe() as seen:
        loss = ((w * tensor([2.0, 1.0, -1.0])) - 1.0).square().sum()
        loss.backward()
    drawn = diagram_of(Graph.of(loss, observation=seen), passes="both")
    rows = [row for card in drawn.cards for row in card.rows if "∂L" in row.label]
    assert "  ".join(number(float(value)) for value in w.grad.tolist()) in [
        *(row.text for row in rows), *(chip.gradient.partition(" ")[2] for card in drawn.cards for chip in card.chips)
    ]  # fmt: skip
    assert not [row for row in rows if row.label.startswith("‖")]
    (last,) = [card for card in drawn.cards if card.kind == "output"]
    assert last.word.startswith("L · ")
    assert "(− 1)" in [
        card.word.rpartition(" (")[2] and f"({card.word.rpartition('(')[2]}"
        for card in drawn.cards
        if card.symbol == "−"
    ]
    layer = nn.Linear(30, 20)
    with observe() as seen:
        loss = layer(tensor(np.ones((1, 30), np.float32))).sum()
        loss.backward()
    chips = [chip for card in diagram_of(Graph.of(loss, observation=seen), passes="both").cards for chip in card.chips]
    assert [chip.gradient.split()[0] for chip in chips] == ["‖∂L/∂·‖"] * 2


def test_equal_shares_are_a_multiple_and_no_subtraction():
    x = Value(-1.5, label="x")
    with observe() as seen:
        loss = x * x
        loss.backward()
    labels = [link.label for link in diagram_of(Graph.of(loss, observation=seen), passes="both").links]
    assert "2 × −1.500" in labels


def test_what_stands_on_the_floor_of_a_chart_is_said():
    found = [flow(run(name, steps=steps)) for name, steps in (("rnn", 4), ("lstm", 8))]
    floors = [min(each.jacobians.smallest) < 1e-4 for each in found]
    assert floors == [False, True]
    assert ["floor" in flow_diagram([each]).guide for each in found] == floors
