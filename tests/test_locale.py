"""Words and figures: which language, what French lacks, how a number reads."""

import ast
import gettext
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_fr as tg
from tinygrad_fr import errors, locale
from tinygrad_fr.locale import catalogue, click_words, language, number, set_language
from tinygrad_fr.locale.glossary import TERMS, rivals
from tinygrad_fr.locale.typography import NO_BREAK, french, prose
from tinygrad_fr.tutorials.reading import tutorials

ROOT = Path(__file__).parents[1]

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


@pytest.fixture(scope="module")
def said():
    """What is in the source, which takes seconds to read."""
    return catalogue.extracted()


@pytest.mark.long
def test_every_message_has_its_french(said, monkeypatch):
    monkeypatch.setattr(catalogue, "extracted", lambda: said)
    assert catalogue.problems() == []


@pytest.mark.long
def test_messages_are_found_where_they_are_said(said):
    found = {message.id for message in said}
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
        ("overfitting", "le surajustement", "surajustement: surapprentissage"),
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


@cache
def shown_in_french():
    """Every French text that is not in the catalogue, as a reader sees it, with where it stands."""
    return list(_shown_in_french())


def _shown_in_french():
    for path in sorted((ROOT / "plugins").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("Text", "say"):
                for each in node.keywords:
                    if each.arg == "fr":
                        parts = [n.value for n in ast.walk(each.value) if isinstance(n, ast.Constant)]
                        yield f"{path.name}:{node.lineno}", french("".join(map(str, parts)))
    for each in tutorials():
        for cell in each.read("fr"):
            if cell.lang == "fr":
                yield f"{each.name}, {cell.id}", cell.source
    for path in [ROOT / "README.fr.md", *(ROOT / "docs" / "site" / "fr").rglob("*.md")]:
        text = re.sub(r"\A---\n.*?\n---\n", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        yield path.name, text if path.name == "README.fr.md" else french(text)


def test_all_that_is_said_in_french_is_looked_at():
    assert len(shown_in_french()) > 500


def test_french_is_typed_as_french_is():
    wrong = [f"{where}: {cause}" for where, text in shown_in_french() for cause in catalogue.mistyped(prose(text))]
    assert wrong == []


def test_one_name_a_term():
    wrong = [f"{where}: {each}" for where, text in shown_in_french() for each in rivals(prose(text))]
    assert wrong == []


@pytest.mark.parametrize(("term", "other"), TERMS.values())
def test_a_term_is_not_its_own_rival(term, other):
    assert rivals(f"le {term} et les {term}s") == []
    assert re.compile(other).groups >= 0


def test_commas_in_prose():
    """A decimal comma in French sentences; numbers of exercises, sections and versions keep their point."""
    numbered = r"(?:Exercices?|exercices?|Python|PyTorch|version|§|n°)[\s\u00a0]+(?:\d+\.\d+(?:[\s\u00a0]+(?:et|à)[\s\u00a0]+)?)+"
    wrong = [
        f"{where}: {found[0]}"
        for where, text in shown_in_french()
        for found in re.finditer(r"(?<![\w.,-])\d+\.\d+(?![\w.])", re.sub(numbered, "", prose(text)))
    ]
    assert wrong == []


@given(st.text(alphabet="a« »;:!?%`$ <>[](),.\n\u00a0é1"))
def test_typography_touches_spaces_alone(text):
    once = french(text)
    assert french(once) == once
    assert once.replace(NO_BREAK, " ") == text.replace(NO_BREAK, " ")
    assert len(prose(text)) <= len(text)


# What people are shown passes through these: click's and rich's, our own parts of pictures, errors.
SHOWS = {
    "echo", "secho", "say", "table", "add_column", "add_task", "option", "Finding",
    "text", "middle", "end", "frame", "diagram", "Diagram", "Series", "Mark", "Card",
    *(name for name, item in vars(errors).items() if isinstance(item, type) and issubclass(item, Exception)), "DivergedError",
}  # fmt: skip
NAMED = {"help", "title", "guide", "label", "x_name", "y_name", "tooltip"}
COMMANDS = ("pip install ", "apt install ", "tinygrad-fr ")  # to be typed, the same in every language


def called(node):
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def unmarked(source):
    """Sentences shown to a person that no translation is looked up for, with their lines."""
    tree = ast.parse(source)
    marked = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and called(node) in ("_", "ngettext", "tr")
        for part in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called(node) in SHOWS:
            shown = [*node.args, *(each.value for each in node.keywords if each.arg in NAMED)]
            for part in (part for each in shown for part in ast.walk(each)):
                words = part.value.strip() if isinstance(part, ast.Constant) and isinstance(part.value, str) else ""
                if " " in words and len(re.findall(r"[^\W\d_]{2,}", words)) > 1 and id(part) not in marked:
                    yield part.lineno, words


@pytest.mark.long
def test_every_sentence_that_is_shown_is_marked():
    found = [
        f"{path.relative_to(ROOT)}:{line}: {words}"
        for path in sorted((ROOT / "tinygrad_fr").rglob("*.py"))
        if path.name not in ("catalogue.py", "generate.py")  # for developers, in English
        for line, words in unmarked(path.read_text(encoding="utf-8"))
        if not f"{words} ".startswith(COMMANDS)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('click.echo("the work is done")', 1),
        ('click.echo(_("the work is done"))', 0),
        ('raise UsageError(f"expected {n} rows")', 0),  # one word alone may be a name
        ('raise UsageError(f"expected more rows, got {n}")', 1),
        ('paper.text(0, 0, "gradient of the loss")', 1),
        ('paper.text(0, 0, _("{a} of {b}").format(a="one two", b=2))', 1),
        ('click.option("--x", help="a number of things")', 1),
    ],
)
def test_an_unmarked_sentence_is_found(line, found):
    assert len(list(unmarked(line))) == found


@pytest.mark.parametrize("kind", ["RNNCell", "LSTMCell", "GRUCell", "RNN", "LSTM", "GRU"])
def test_a_call_that_goes_well_puts_nothing_in_words(kind, monkeypatch):
    def refuse():
        raise AssertionError("a sentence was translated")

    module, x, state = getattr(tg.nn, kind)(2, 3), tg.zeros(1, 2), tg.zeros(1, 3)
    given_state = (state, state) if kind.startswith("LSTM") else state
    module(x, given_state)  # which may read what is read once
    monkeypatch.setattr(locale, "language", refuse)
    module(x)
    module(x, given_state)
