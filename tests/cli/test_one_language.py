"""One language at a time: sections of the course, and the names of operations in a sentence."""

from __future__ import annotations

import pytest

from tinygrad_fr.explain import observed, walk
from tinygrad_fr.locale import language, set_language
from tinygrad_fr.plugins import Catalogue
from tinygrad_fr.plugins.course import section_of


@pytest.fixture
def english():
    before = language()
    set_language("en")
    yield
    set_language(before)


def test_sections_are_told_in_the_readers_language(english):
    catalogue = Catalogue()
    models = {name: catalogue.load(name) for name in catalogue.sources}
    spoken = {name: section_of(model) for name, model in models.items()}
    assert not any(sign in section for section in spoken.values() for sign in "éèêàùç")
    set_language("fr")
    assert {name: section_of(model) for name, model in models.items()} == {n: m.section for n, m in models.items()}


def test_a_function_has_a_name_that_is_of_no_language(english):
    told = walk(observed(Catalogue().load("mlp")).graph)
    said = "\n".join(told.text(step) for step in told.steps)
    assert "reshape([" in said
    assert "reshape to" not in said
