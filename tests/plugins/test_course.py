"""The map of the course points at things that exist: commands that parse, models, settings, operations, tests."""

import ast
import json
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from tinygrad_fr.cli.main import group
from tinygrad_fr.cli.options import settings_of
from tinygrad_fr.cli.variants import REMEDIES, variants
from tinygrad_fr.errors import PluginError, TinygradError
from tinygrad_fr.ops import registry
from tinygrad_fr.plugins import Catalogue, Text
from tinygrad_fr.plugins.course import Course, Row, courses
from tinygrad_fr.tutorials.reading import tutorials

ROOT = Path(__file__).parents[2]
COURSE = courses()["deep-learning"]
ROWS = [*COURSE.rows, *COURSE.slips]
COMMANDS = sorted({command for row in ROWS for command in row.commands})
TESTS = sorted({test for row in ROWS for test in row.tests})


def points_at_something(line):
    """Parse a command as the program does, and look up what it names; raises where there is nothing."""
    name, *arguments = shlex.split(line)
    program = group()
    command = program.get_command(click.Context(program), name)
    if command is None:
        raise click.UsageError(f"no command {name}")
    given = command.make_context(name, arguments).params
    found = Catalogue()
    if name == "flow":
        remedies = {key: given[key] for key in REMEDIES}
        variants(found, given["names"], given["changes"], given["steps"], remedies, given["compare"])
    elif name == "check":
        for each in given["names"]:
            if each not in {op.shown_as for op in registry.values()}:
                found.load(each)
    elif "name" in given:
        settings_of(found.load(given["name"]), given["changes"])


def exists(test):
    path, _colons, function = test.partition("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return any(isinstance(node, ast.FunctionDef) and node.name == function for node in tree.body)


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_map_points_at_something(line):
    points_at_something(line)


@pytest.mark.parametrize("test", TESTS)
def test_a_test_of_the_map_exists(test):
    assert exists(test)


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_map_runs(line, request, tmp_path):
    if not request.config.getoption("--nightly"):
        pytest.skip("each command of the map, run: pytest --nightly")
    done = subprocess.run(
        [sys.executable, "-m", "tinygrad_fr.cli", *shlex.split(line)],
        cwd=tmp_path, capture_output=True, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_what_is_not_answered_promises_nothing():
    for row in ROWS:
        assert not row.tests or row.answered, row.named.en


def test_the_map_says_everything_in_both_languages_and_once():
    for row in ROWS:
        for text in (row.named, row.owed):
            assert text.fr.strip()
            assert text.en.strip()
    for rows in (COURSE.rows, COURSE.slips):
        assert len({row.named.fr for row in rows}) == len(rows)
    sections = [row.section for row in COURSE.rows]
    assert sections == sorted(sections, key=sections.index)  # each section stands together


@pytest.mark.parametrize(
    "line",
    [
        "renderr mlp",
        "render mlpp",
        "render mlp --pas both",
        "render mlp --set hiden=3",
        "check tanhh",
        "flow rnn --norm",
    ],
)
def test_a_command_that_points_at_nothing_is_noticed(line):
    with pytest.raises((click.ClickException, TinygradError)):
        points_at_something(line)


def test_a_test_that_is_not_there_is_noticed():
    assert not exists("tests/plugins/test_course.py::test_nothing")
    with pytest.raises(OSError, match="test_nowhere"):
        exists("tests/test_nowhere.py::test_nothing")


def test_the_command_prints_every_row(capsys):
    from tinygrad_fr.cli.commands.course import command

    command.main(["--tests"], standalone_mode=False)
    shown = capsys.readouterr()
    for row in ROWS:
        assert row.named.en in shown.out
        assert all(f"tinygrad-fr {line}\n" in shown.out for line in row.commands)
        assert all(f"{test}\n" in shown.out for test in row.tests)
    answered = sum(row.answered for row in COURSE.rows)
    assert f"{answered} of {len(COURSE.rows)} rows are answered by a command" in shown.err
    command.main(["--missing"], standalone_mode=False)
    assert capsys.readouterr().out.count("nothing runs yet") == sum(not row.answered for row in ROWS)
    command.main(["--json"], standalone_mode=False)
    data = json.loads(capsys.readouterr().out)["deep-learning"]
    assert [row["commands"] for row in data["rows"]] == [
        [f"tinygrad-fr {line}" for line in row.commands] for row in COURSE.rows
    ]


def test_a_course_that_cannot_be_read_is_named(monkeypatch):
    class Point:
        def __init__(self, load):
            self.name, self.load = "other", load

    good = Course(Text(fr="a", en="a"), (Row("s", Text(fr="b", en="b"), Text(fr="c", en="c")),))
    for load, message in ((lambda: 1 / 0, "division by zero"), (lambda: 3, "expected a Course, got int")):
        monkeypatch.setattr("tinygrad_fr.plugins.course.entry_points", lambda group, load=load: [Point(load)])
        with pytest.raises(PluginError, match=f"course “other”: {message}"):
            courses()
    monkeypatch.setattr("tinygrad_fr.plugins.course.entry_points", lambda group: [Point(lambda: good)])
    assert courses() == {"other": good}


def test_tutorials_of_the_map_exist_and_each_answers_something():
    """The last four are about the engine itself and scripts of PyTorch, which no slide names."""
    named = {number for row in ROWS for number in row.tutorials}
    at_hand = {each.number for each in tutorials()}
    assert named <= at_hand
    assert at_hand - named == {18, 19, 20, 21}
