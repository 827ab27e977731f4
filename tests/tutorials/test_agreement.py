"""What a text says of a picture is what the picture shows."""

from __future__ import annotations

import re

import pytest

import tinygrad_fr as tg
from tinygrad_fr.draw import diagram_of
from tinygrad_fr.explain.equations.names import LOSS
from tinygrad_fr.locale import catalogue, set_language
from tinygrad_fr.plugins import Catalogue
from tinygrad_fr.tutorials.reading import tutorial

WORDS = {"deux": 2, "trois": 3, "two": 2, "three": 3}
LETTER = re.compile(r"∂J|\bJ\b")


@pytest.mark.parametrize(
    ("lang", "said"), [("fr", r"(\w+) flèches reviennent à"), ("en", r"(\w+) arrows come back to")]
)
def test_as_many_arrows_come_back_as_the_text_says(lang, said):
    """A number that is used twice by one operation has one arrow, which bears both shares."""
    v = tg.Value(3.0, label="v")
    c = v * v + v
    with tg.observe() as seen:
        c.backward()
    drawn = diagram_of(tg.Graph.of(c, observation=seen), passes="both")
    (card,) = (each.id for each in drawn.cards if each.symbol == "v")
    arrows = [each for each in drawn.links if each.source == card]
    assert sorted(each.label for each in arrows) == ["1.000", "2 × 3.000"]
    (text,) = (cell.source for cell in tutorial("1").read(lang) if cell.id == "twice-answer")
    assert WORDS[re.search(said, text)[1].lower()] == len(arrows)
    assert "2 × 3" in text


@pytest.mark.long
def test_the_loss_has_one_letter():
    """Pictures call it L; J is the letter of the course's equations and of a surface, which say so themselves."""
    assert LOSS == "L"
    models = Catalogue()
    for lang in ("fr", "en"):
        set_language(lang)
        texts = {name: str(models.load(name).explanation) for name in models.sources}
        assert {name: text for name, text in texts.items() if LETTER.search(text)} == {}
    assert [each.id for each in catalogue.extracted() if LETTER.search(str(each.id))] == []


def test_a_power_names_its_exponent():
    drawn = diagram_of(tg.Graph.of(tg.Value(3.0, label="error") ** 2), passes="forward")
    (card,) = (each for each in drawn.cards if each.kind == "output")
    assert card.symbol in ("xⁿ", "x²")
    assert card.word.endswith("(2)"), card.word
