"""Pictures of every distance, in every palette, on every page."""

import re
import xml.etree.ElementTree as ET
from dataclasses import fields
from itertools import combinations, pairwise

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_fr.cli.main import group
from tinygrad_fr.draw import PAGES, PALETTES, diagram_of, fitted, place, render, size_of, theme, wrapped
from tinygrad_fr.draw.diagram import Card, Diagram, Link, Panel
from tinygrad_fr.draw.layout import measured
from tinygrad_fr.explain import observed
from tinygrad_fr.explain.levels.view import Distance, view
from tinygrad_fr.plugins import Catalogue


def run(name, **changes):
    model = Catalogue().load(name)
    return observed(model, model.settings.replaced(changes))


@pytest.mark.parametrize("name", PALETTES)
def test_a_palette_leaves_no_colour_of_another(name):
    allowed = {
        colour.lower()
        for field in fields(PALETTES[name])
        for colour in re.findall("#[0-9a-fA-F]{6}", str(getattr(PALETTES[name], field.name)))
    }
    others = {
        colour
        for other in PALETTES.values()
        for colour in (other.page, other.ink, other.panel, *other.input, *other.output)
    } - allowed  # fmt: skip
    with theme.using(name):
        picture = render(place(diagram_of(run("neuron").graph, passes="both", title="x")), "dot").decode()
    assert {colour for colour in others if colour in picture} == set()
    assert PALETTES["light"].ink == theme.INK  # the choice ends with the block


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", PALETTES)
def test_text_is_readable_on_every_ground(name):
    palette = PALETTES[name]
    grounds = [palette.page, palette.panel, *(fill for fill, _border in palette.cards.values())]
    for text in (palette.ink, palette.words, palette.backward_text):
        assert min(contrast(text, ground) for ground in grounds) >= 4.0, text


@given(st.from_regex("#[0-9a-f]{6}", fullmatch=True))
def test_the_ink_on_a_band_is_readable(colour):
    assert contrast(theme.ink_on(colour), colour) >= 4.5


def test_a_long_chain_is_wrapped_and_nothing_overlaps():
    seen = view(run("resnet").graph, Distance(zoom="op"))
    diagram = diagram_of(seen, passes="both", title="x")
    rows = wrapped(diagram, PAGES["slide"])
    assert rows.pinned
    assert [card.id for card in rows.cards] == [card.id for card in diagram.cards]
    assert [(link.source, link.target) for link in rows.links] == [(link.source, link.target) for link in diagram.links]
    heights = {round(card.at[1]) for card in rows.cards}
    assert len(heights) >= 3
    root = ET.fromstring(render(rows, "svg"))
    width, height = (float(root.get(side)[:-2]) for side in ("width", "height"))
    plain = ET.fromstring(render(diagram, "svg"))
    long, tall = (float(plain.get(side)[:-2]) for side in ("width", "height"))
    assert min(1280 / width, 720 / height) > 1.25 * min(1280 / long, 720 / tall)


@given(st.integers(2, 30), st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29)), max_size=6))
def test_any_chain_keeps_its_cards_and_lines(n, more):
    pairs = {(i, i + 1) for i in range(n - 1)} | {(min(a, b) % n, max(a, b) % n) for a, b in more if a % n < b % n}
    cards = tuple(Card(str(i), "op", f"operation {i}", panel="p" if i % 7 < 4 else None) for i in range(n))
    links = tuple(Link(str(a), str(b)) for a, b in sorted(pairs) if a != b)
    diagram = Diagram("x", cards=cards, links=links, panels=(Panel("p", "part"),))
    rows = wrapped(diagram, PAGES["slide"])
    assert len(rows.cards) == n
    assert len(rows.links) == len(links)
    ET.fromstring(render(rows, "svg"))
    if rows.pinned:
        boxes = [(card.at[0], card.at[1]) for card in rows.cards]
        assert len(set(boxes)) == n
        sizes = measured(diagram.replaced(title="")).sizes
        for y, left, right in lanes(rows):  # a line that comes back to the next row passes between the rows
            for card in rows.cards:
                (x, middle), (wide, tall) = card.at, sizes[card.id]
                assert abs(y - middle) > tall / 2 or right < x - wide / 2 or left > x + wide / 2
        for one, other in combinations([panel.box for panel in rows.panels], 2):
            assert one[1] >= other[3] or other[1] >= one[3]


def lanes(rows):
    """Height, left and right end of the long level lines of a picture in rows."""
    for link in rows.links:
        points = [tuple(map(float, pair.split(",")[-2:])) for pair in link.path.split() if not pair.startswith("e,")]
        for (ax, ay), (bx, by) in pairwise(point for point in points[::3]):
            if abs(ay - by) < 0.2 and abs(ax - bx) > 60:
                yield ay, min(ax, bx), max(ax, bx)


def test_short_pictures_stay_as_they_are():
    diagram = diagram_of(run("neuron").graph, title="x")
    assert wrapped(diagram, (100_000.0, 100.0)) is diagram


def test_a_picture_fills_the_page_it_is_made_for():
    diagram = diagram_of(run("neuron").graph, title="x")
    root = ET.fromstring(render(diagram, "svg", page=PAGES["slide"]))
    width, height = (float(root.get(side)[:-2]) for side in ("width", "height"))
    assert (width, height) == (960, 540)


def test_a_rolled_run_says_so():
    seen = view(run("lstm", steps="12").graph, Distance(zoom="op", roll=True))
    text = render(diagram_of(seen, passes="both", title="x"), "svg").decode()
    assert "×12" in text
    assert "t → t+1" in text
    assert "stroke-dasharray" in text


def test_a_long_recurrence_fits_a_window_and_a_readme():
    """100 steps rolled into one cell: no wider than what a README of 830 pixels shows with type of 6 pixels."""
    recorded = run("lstm", steps="100")
    for distance in (Distance(), Distance(zoom="op"), Distance(zoom="equation")):
        drawn = fitted(place(diagram_of(view(recorded.graph, distance), passes="both", title="LSTM")))
        assert size_of(drawn)[0] <= 1280


def test_a_picture_in_a_tab_is_no_wider_than_its_window():
    root = ET.fromstring(render(diagram_of(run("neuron").graph), "svg"))
    assert root.get("style") == "max-width:100%;height:auto"
    assert root.get("viewBox")


@pytest.mark.parametrize("form", ["svg", "png"])
@pytest.mark.parametrize("dpi", [72, 110, 150])
def test_a_slide_is_exactly_16_by_9(form, dpi):
    drawn = render(diagram_of(run("neuron").graph, title="x"), form, dpi=dpi, page=PAGES["slide"])
    if form == "png":
        width, height = (int.from_bytes(drawn[i : i + 4], "big") for i in (16, 20))
    else:
        width, height = (float(ET.fromstring(drawn).get(side)[:-2]) for side in ("width", "height"))
    assert width * 9 == height * 16


@pytest.mark.parametrize(
    "name",
    [
        "mlp",
        "lstm",
        *(pytest.param(name, marks=pytest.mark.long) for name in ("lenet", "gpt", "transformer", "bert", "svm", "dqn")),
    ],
)
def test_a_slide_folds_until_its_type_is_legible(name, tmp_path):
    """Modules first, then the operations of the loss."""
    path = tmp_path / "slide.svg"
    said = CliRunner().invoke(group(), ["render", name, "--size", "slide", "-o", str(path)])
    assert said.exit_code == 0, said.output
    text = path.read_text()
    sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)"', text)]
    zoom = float(re.search(r'transform="scale\(([\d.]+)', text)[1])
    assert min(sizes) * zoom >= 14
    assert "the smallest type is" not in said.output
