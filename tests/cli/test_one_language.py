"""One language at a time: sections of the course, and the names of operations in a sentence."""

from __future__ import annotations

import os
import re
import subprocess
import sys

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


# A spread of what people see: lists, tables, verdicts, files written, steps, and what went wrong.
COMMANDS = [
    "--help", "models", "course", "tutorial list", "tutorial progress", "render neuron -o n.svg", "flow rnn lstm --table",
    "render lstm --size slide -o n.svg", "gates lstm --table", "step neuron --plain", "step mlp --course", "step neuron --derive",
    "maps lenet", "activations -o a.svg", "cliff -o c.svg", "descent -o d.svg", "diff mlp mlp:activation=relu",
    "diagnose mlp --epochs 1", "plugins list", "train mlp --epochs 1", "render nosuch", "gates mlp", "render neuron -o x.foo",
    "flow rnn --during-training -o page.html", "slides 99 -o deck.pdf", "slides 5 -o deck.docx", "render neuron --nosuch",
]  # fmt: skip
EVERY = """
import contextlib, sys
from tinygrad_fr.cli.main import group, main
names = group().list_commands(None)
for line in [*sys.stdin.read().splitlines(), *(f"{name} --help" for name in names)]:
    print("$", line, flush=True)
    with contextlib.suppress(SystemExit):
        main(line.split())
"""
OTHERS = {
    "fr": r"\b(the|of|and|with|are|is|each|written|from|loss|value|expected|got|not|by)\b",
    "en": r"[éèêàùçœ«»]|\b(le|la|les|des|une|est|avec|pour|sur|pas|du)\b",
}
# What is of no language: commands to type with their quoted text, paths, options, choices, names with an underline or a sign.
NAMES = r"tinygrad-fr .*|«[^»]*»|\[[\w|]+\]|'[^']*'|“[^”]*”|--[\w-]+|\S*[/_=<>]\S*|\S+\.\w{2,}\S*"


@pytest.mark.long
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_command_speaks_one_language(lang, tmp_path):
    """A process a language, as people run it: nothing that it prints has words of the other."""
    asked = subprocess.run(
        [sys.executable, "-c", EVERY], input="\n".join(COMMANDS), capture_output=True, text=True, encoding="utf-8",
        cwd=tmp_path, env={**os.environ, "TINYGRAD_FR_LANG": lang, "COLUMNS": "100", "PYTHONIOENCODING": "utf-8"}, check=False,
    )  # fmt: skip
    lines = (asked.stdout + asked.stderr).splitlines()
    assert sum(line.startswith("$") for line in lines) > len(COMMANDS) + 20
    said = [line for line in lines if not line.startswith("$")]
    mixed = [line.strip() for line in said if re.search(OTHERS[lang], re.sub(NAMES, "", line), re.IGNORECASE)]
    assert mixed == []
