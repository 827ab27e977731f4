"""Hints come one after the other, and what was answered is kept in one readable file beside the notebooks."""

import json

import pytest

from tinygrad_fr.tutorials import check, hints, progress
from tinygrad_fr.tutorials.exercises import registry
from tinygrad_fr.tutorials.reading import load_exercises

load_exercises()


@pytest.fixture(autouse=True)
def _beside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.long
def test_a_hint_then_another_then_the_solution(tmp_path, capsys):
    for _try in range(3):
        check.exercise("5.1", lambda w, a, eta: w)
    lines = capsys.readouterr().out.splitlines()
    assert [line.strip() for line in lines[1::2]] == [hints.hint("5.1", tries) for tries in (1, 2, 3)]
    check.solution("5.1")
    assert "eta" in capsys.readouterr().out
    check.exercise("5.1", lambda w, a, eta: w - eta * 2 * a * w)
    assert json.loads((tmp_path / "exercises.json").read_text()) == {"5.1": {"tries": 4, "right": True, "shown": True}}


@pytest.mark.parametrize("number", sorted(registry))
def test_every_exercise_has_hints_that_do_not_tell_the_answer(number):
    said = hints.solution(number)
    assert said
    first, second = (hints.hint(number, tries) for tries in (1, 2))
    assert first.startswith("hint")
    assert second.startswith("hint")
    assert said not in first + second
    assert eval(said) if said.startswith("lambda") else said.startswith("def ")


@pytest.mark.long
def test_a_table_of_what_is_answered(run, tmp_path):
    check.exercise("5.2", lambda k: 2 / k)
    check.exercise("5.3", lambda g, eta, mu: 0.0)
    done = run("--lang", "en", "tutorial", "progress", str(tmp_path))
    row = next(line for line in done.stdout.splitlines() if line.startswith("5. Gradient descent"))
    assert row.split()[-7:] == ["1/3", "5.1", "·", "5.2", "✓", "5.3", "✗"]
    assert max(map(len, done.stdout.splitlines())) <= 80


@pytest.mark.parametrize(
    "text", ["[", "[1]", '{"5.1": 3}', '{"5.1": {"tries": "x", "right": true, "shown": false}}', '{"5.1": {}}']
)
def test_a_damaged_file_is_named_and_left_alone(run, tmp_path, capsys, text):
    (tmp_path / progress.FILE).write_text(text)
    done = run("--lang", "en", "tutorial", "progress", str(tmp_path))
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert progress.FILE in done.stderr
    check.exercise("5.2", lambda k: 2 / k)  # the lesson goes on
    assert "right" in capsys.readouterr().out
    assert (tmp_path / progress.FILE).read_text() == text
