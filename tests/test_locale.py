"""Words and figures: which language, what French lacks, how a number reads."""

import gettext
import subprocess
import sys

import numpy as np
import pytest

from tinygrad_fr import locale
from tinygrad_fr.locale import catalogue, click_words, language, number, set_language

VARIABLES = ("TINYGRAD_FR_LANG", "LC_ALL", "LC_MESSAGES", "LANG")


@pytest.fixture
def _environment_decides(monkeypatch):
    set_language(None)
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)


@pytest.mark.usefixtures("_environment_decides")
@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "fr"),
        ({"LANG": "fr_CA.UTF-8"}, "fr"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "fr"),
        ({"LANG": "C"}, "fr"),
        ({"LC_ALL": "POSIX"}, "fr"),
        ({"LC_ALL": "", "LANG": "en_US"}, "en"),
        ({"LC_ALL": "fr_FR", "LANG": "en_US"}, "fr"),
        ({"LC_ALL": "C.UTF-8", "LANG": "en_US"}, "fr"),
        ({"LC_MESSAGES": "en_US", "LANG": "fr_FR"}, "en"),
        ({"TINYGRAD_FR_LANG": "en", "LC_ALL": "fr_FR"}, "en"),
        ({"TINYGRAD_FR_LANG": "fr", "LANG": "en_US"}, "fr"),
        ({"TINYGRAD_FR_LANG": "tlh", "LANG": "en_US"}, "en"),
    ],
)
def test_the_environment_decides_in_order(monkeypatch, environment, expected):
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    assert language() == expected


@pytest.mark.usefixtures("_environment_decides")
def test_a_chosen_language_comes_first(monkeypatch):
    monkeypatch.setenv("TINYGRAD_FR_LANG", "fr")
    set_language("en")
    assert language() == "en"
    set_language(None)
    assert language() == "fr"


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match=r"'de'.*fr, en"):
        set_language("de")
    assert language() == "en"


@pytest.mark.parametrize(
    ("value", "french", "english"),
    [
        (0.0, "0,000", "0.000"),
        (-0.0, "0,000", "0.000"),
        (0.3546, "0,355", "0.355"),
        (-0.7861, "−0,786", "−0.786"),
        (2.9507e-5, "2,95·10⁻⁵", "2.95×10⁻⁵"),
        (-7.9e-31, "−7,90·10⁻³¹", "−7.90×10⁻³¹"),
        (12_500_000.0, "1,25·10⁷", "1.25×10⁷"),
        (1234.5, "1\u202f234,500", "1,234.500"),
        (12, "12", "12"),
        (-1797, "−1\u202f797", "−1,797"),
        (10**16, "1,00·10¹⁶", "1.00×10¹⁶"),
        (np.int64(3), "3", "3"),
        (np.float32(0.5), "0,500", "0.500"),
        (float("nan"), "NaN", "NaN"),
        (float("inf"), "∞", "∞"),
        (float("-inf"), "−∞", "−∞"),
    ],
)
def test_figures_for_people(value, french, english):
    set_language("fr")
    assert number(value) == french
    set_language("en")
    assert number(value) == english


@pytest.mark.parametrize(
    ("value", "digits", "expected"), [(0.4, 0, "0.4"), (0.04, 1, "0.04"), (0, 1, "0"), (99.6, 0, "100")]
)
def test_what_is_not_zero_never_reads_as_zero(value, digits, expected):
    assert number(value, digits) == expected


def test_every_message_has_its_french():
    assert catalogue.problems() == []


def test_messages_are_found_where_they_are_said():
    found = {message.id for message in catalogue.extracted()}
    assert "expected {expected}, got {found}" not in found  # an example in CONTRIBUTING, not a message
    assert "Train a model by its recipe." in found
    assert "the value of {changed} was changed after {node} used it; its gradient would be wrong" in found
    assert set(click_words.CLICK) <= found


@pytest.mark.parametrize(
    ("english", "french", "cause"),
    [
        ("got {found}", "", "missing"),
        ("got {found}", "reçu {trouve}", "other placeholders"),
        ("got {found}", "reçu", "other placeholders"),
        ("what is it?", "qu’est-ce ?", "a no-break space is missing"),
        ("error: {cause}", "erreur: {cause}", "a no-break space is missing"),
        ("« a »", "« a »", "a no-break space is missing"),
        ("the number", "l'entier", "' stands for ’"),
        ("reading…", "lecture...", "... stands for …"),
    ],
)
def test_the_check_has_teeth(monkeypatch, english, french, cause):
    said, held = catalogue.Catalog(), catalogue.Catalog()
    said.add(english)
    held.add(english, french)
    monkeypatch.setattr(catalogue, "extracted", lambda: said)
    monkeypatch.setattr(catalogue, "written", lambda: held)
    assert catalogue.problems() == [f"{cause}: {english!r}"]


def test_the_check_finds_what_is_no_longer_said(monkeypatch):
    held = catalogue.Catalog()
    held.add("long gone", "disparu")
    monkeypatch.setattr(catalogue, "extracted", catalogue.Catalog)
    monkeypatch.setattr(catalogue, "written", lambda: held)
    assert catalogue.problems() == ["no longer said: 'long gone'"]


def test_update_keeps_translations_and_drops_what_is_gone(monkeypatch, tmp_path):
    source = tmp_path / "fr.po"
    source.write_text('msgid "kept"\nmsgstr "gardé"\n\nmsgid "long gone"\nmsgstr "disparu"\n', encoding="utf-8")
    said = catalogue.Catalog(locale="fr")
    said.add("kept")
    said.add("new")
    monkeypatch.setattr(catalogue, "SOURCE", source)
    monkeypatch.setattr(catalogue, "extracted", lambda: said)
    catalogue.update()
    assert {entry.id: entry.string for entry in catalogue.written() if entry.id} == {"kept": "gardé", "new": ""}
    once = source.read_bytes()
    catalogue.update()
    assert source.read_bytes() == once


def test_the_compiled_catalogue_speaks_french(monkeypatch, tmp_path):
    folder = tmp_path / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / catalogue.SOURCE.name).write_bytes(catalogue.SOURCE.read_bytes())
    monkeypatch.setattr(catalogue, "SOURCE", folder / catalogue.SOURCE.name)
    catalogue.compile_()
    french = gettext.translation(locale.DOMAIN, tmp_path, ["fr"])
    assert french.gettext("forget gate") == "porte d’oubli"
    assert french.ngettext("Option {name!r} requires an argument.", "", 2).endswith("demande {nargs} valeurs.")


def test_without_a_compiled_catalogue_the_program_speaks_english(monkeypatch, tmp_path):
    monkeypatch.setattr(locale, "DIRECTORY", tmp_path)
    locale._catalogue.cache_clear()
    set_language("fr")
    try:
        assert locale._("forget gate") == "forget gate"
    finally:
        locale._catalogue.cache_clear()


def test_words_cost_no_library():
    code = "import sys, tinygrad_fr.locale; print([m for m in ('babel', 'numpy', 'click') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
