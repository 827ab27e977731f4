"""The table of scores: one line per model, kept until it is measured anew, read by the tests of the models."""

import pytest

from tinygrad_fr.plugins import Catalogue
from tinygrad_fr.testing.tables import scores


def test_a_line_says_what_was_measured():
    line = scores.measure(Catalogue().load("neuron"), 7)
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[0] == "neuron"
    assert cells[1] == "100.0 · 100.0 · 100.0"
    assert cells[2] == "100"
    assert float(cells[3]) >= 0
    assert cells[4:] == ["3", "7"]


def test_the_page_says_which_models_are_slow(tmp_path):
    page = tmp_path / "scores.md"
    assert scores.slow(page) == set()
    page.write_text(scores.HEAD + "| mlp | 98.0 | 95 | 4.9 | 1 | 1 |\n| vgg | 98.0 | 95 | 5.0 | 1 | 1 |\n")
    assert scores.slow(page) == {"vgg"}
    assert list(scores.lines(page)) == ["mlp", "vgg"]


def test_measuring_one_model_leaves_the_others_lines(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    scores.PAGE.write_text(scores.HEAD + "| vgg | 98.0 | 95 | 5.0 | 1 | 1 |\n| gone | 1.0 | 1 | 1 | 1 | 1 |\n")
    monkeypatch.setattr(scores, "tests_of", lambda names: dict.fromkeys(names, 5))
    scores.main(["neuron"])
    assert list(scores.lines()) == ["neuron", "vgg"]
    assert scores.lines()["vgg"] == "| vgg | 98.0 | 95 | 5.0 | 1 | 1 |"
    assert capsys.readouterr().err.startswith("| neuron | 100.0")


@pytest.mark.parametrize("name", scores.lines())
def test_the_page_holds_models_that_exist(name):
    assert name in Catalogue().sources
