"""Pictures of a walk: nothing moves, nothing is told before it is known, and one file shows them all."""

import re
import xml.etree.ElementTree as ET

import pytest

from tests.sources import line_of
from tinygrad_fr import Scalar
from tinygrad_fr.draw import animated, frames, render
from tinygrad_fr.errors import DrawError
from tinygrad_fr.explain import observed, walk
from tinygrad_fr.plugins import Catalogue

LINE = line_of("neuron", "weighted1 = self.w1 * x1")

MODELS = Catalogue()
SVG = "{http://www.w3.org/2000/svg}"


def told(name="neuron"):
    return walk(observed(MODELS.load(name)).graph)


def rows(picture, name):
    card = next(card for card in picture.cards if name in (card.symbol, card.word.split(" = ")[0]))
    return [row.text for row in card.rows]


@pytest.mark.parametrize("name", ["neuron", "mlp"])
def test_every_step_is_a_picture_of_one_size_in_which_nothing_moves(name):
    run = told(name)
    pictures = frames(run)
    assert len(pictures) == len(run)
    places = {tuple((card.id, card.at, card.size) for card in picture.cards) for picture in pictures}
    assert len(places) == 1
    drawn = [ET.fromstring(render(picture, "svg")) for picture in pictures]
    assert len({svg.get("viewBox") for svg in drawn}) == 1
    outlines = set()
    for svg in drawn:
        for group in svg.iter(f"{SVG}g"):
            title = group.find(f"{SVG}title")
            if group.get("class") == "edge" and title is not None:
                path = group.find(f".//{SVG}path").get("d")
                outlines.add((title.text, re.split(r"[C ]", path)[-1].split(",")[1][:4]))
    assert len(outlines) <= 2 * len(pictures[0].links)  # a line that comes back too is shorter by an arrow


def test_nothing_is_told_before_it_is_known():
    pictures = frames(told())
    assert rows(pictures[0], "z") == ["not computed yet", "not computed yet"]
    assert rows(pictures[3], "z") == ["−0.570", "not computed yet"]
    assert rows(pictures[10], "z") == ["−0.570", "−2.226"]
    assert rows(pictures[0], "w₁") == ["−0.007", "not computed yet"]
    assert rows(pictures[-1], "w₁") == ["−0.007", "−4.452"]
    assert rows(pictures[-1], "x₁") == ["2"]
    labels = [[mark.text for mark in picture.marks if mark.text and mark.size == 10] for picture in pictures]
    assert labels[7] == []
    assert labels[8] == ["2 × −1.515"]
    assert len(labels[-1]) == 9


def test_the_active_card_and_its_lines_stand_out():
    run = told()
    for step, picture in zip(run, frames(run), strict=True):
        active = [card for card in picture.cards if card.border > 1]
        assert [card.id for card in active] == [str(step.vertex.id)]
        assert active[0].kind == ("computing" if step.phase == "forward" else "sending")
        thick = {(link.source, link.target) for link in picture.links if link.width > 2}
        used = {str(i) for i in step.vertex.inputs if isinstance(i, int)}
        sent = {str(share.source) for share in step.shares}
        assert {source for source, _target in thick} == (used if step.phase == "forward" else sent)
        assert {target for _source, target in thick} <= {str(step.vertex.id)}


def test_the_heading_says_the_equation_and_its_numbers():
    last = frames(told())[-1]
    assert [mark.text for mark in last.marks if mark.size > 10] == [
        "Backward, step 8 of 8",
        "A product sends to each factor the gradient times the other",
        "factor.",  # no wider than the picture
        "∂L/∂w₁ = ∂L/∂weighted1 × ∂weighted1/∂w₁ = ∂L/∂weighted1 × x₁",
        "= −2.226 × 2 = −4.452",
        f"neuron.py:{LINE}  weighted1 = self.w1 * x1",
    ]


def visible(style, name, moment):
    """Whether a class is seen at a moment (0 to 100), as the style sheet has it."""
    keys = re.search(rf"@keyframes {name}\{{((?:[\d.]+%\{{visibility:\w+\}})+)\}}", style)
    if keys is None:
        return True
    passed = [state for at, state in re.findall(r"([\d.]+)%\{visibility:(\w+)\}", keys[1]) if float(at) <= moment]
    return passed[-1] == "visible"


def test_one_svg_shows_each_picture_in_its_turn():
    """At each moment, the texts that are seen are those of that picture; at rest, those of the last."""
    pictures = frames(told())
    svg = ET.fromstring(animated(pictures, "title"))
    style = svg.find(f"{SVG}style").text
    assert svg.get("aria-label") == "title"
    groups = svg.findall(f"{SVG}g/{SVG}g")

    def texts(element):
        return sorted(text.text for text in element.iter(f"{SVG}text"))

    for i, picture in enumerate(pictures):
        seen = [
            text for g in groups if visible(style, g.get("class"), 100 * (i + 0.5) / len(pictures)) for text in texts(g)
        ]
        assert sorted(seen) == texts(ET.fromstring(render(picture, "svg")))
    hidden = set(re.findall(r"\.(s\d+)\{visibility:hidden\}", style))
    at_rest = sorted(text for g in groups if g.get("class") not in hidden for text in texts(g))
    assert at_rest == texts(ET.fromstring(render(pictures[-1], "svg")))
    moving, still = style.split("@media (prefers-reduced-motion:no-preference)")[::-1]
    assert "animation:" in moving
    assert "animation:" not in still


def test_what_does_not_change_is_written_once():
    pictures = frames(told())
    whole = animated(pictures, "title")
    assert len(whole) < 0.5 * sum(len(render(picture, "svg")) for picture in pictures)
    assert "<script" not in whole.decode()


def test_hostile_names_stay_text():
    x = Scalar(1.0, name='"]; <script>alert(1)</script>')
    whole = ET.fromstring(animated(frames(walk(x * x)), '<script>"&'))
    assert not [element for element in whole.iter() if element.tag.endswith("script")]
    assert whole.get("aria-label") == '<script>"&'


def test_a_walk_too_large_for_pictures_says_so():
    with pytest.raises(DrawError, match="has 216 nodes, and its pictures can show 80"):
        frames(told("lstm"))
