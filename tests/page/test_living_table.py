"""The generated table of living pages says what the code does."""

from pathlib import Path

import pytest

from tinygrad_fr.living.table import row
from tinygrad_fr.locale import set_language
from tinygrad_fr.plugins import Catalogue

LINES = (Path(__file__).parents[2] / "docs" / "living.md").read_text(encoding="utf-8").splitlines()
ROWS = {line.split("|")[1].strip(): line for line in LINES if line.startswith("| ") and not line.startswith("| plugin")}


def test_it_has_every_plugin():
    assert sorted(ROWS) == sorted(Catalogue().sources)


@pytest.mark.parametrize("name", ["neuron", "mlp", "rnn", "lstm", "gru", "word2vec", "svm", "vgg"])
def test_its_rows_are_current(name):
    set_language("en")
    assert row(Catalogue().load(name)) == ROWS[name]
