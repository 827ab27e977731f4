"""Adding a command is its reading, its diagram and its table: options, languages, formats and errors are those of all commands."""

import json
import sys
import types

import pytest

from tinygrad_fr.cli import main as program

SHELL = sys.modules["tinygrad_fr.cli.main"]
assert program is SHELL.main

MODULE = '''"""``sizes``: how many numbers each kind of operation computes."""

import math

import click

from tinygrad_fr.cli.options import model_argument, output_option
from tinygrad_fr.cli.output import table
from tinygrad_fr.cli.picture import picture_options
from tinygrad_fr.cli.reading import Request, asks
from tinygrad_fr.cli.trained import lens_options
from tinygrad_fr.draw import theme
from tinygrad_fr.draw.chart import Paper


def sizes(run):
    found = {}
    for vertex in run.graph.nodes:
        if vertex.op is not None:
            found[vertex.op.name] = found.get(vertex.op.name, 0) + math.prod(vertex.shape)
    return found


def sizes_diagram(title, found):
    paper = Paper()
    for row, (name, count) in enumerate(found.items()):
        paper.bar(0, -24 * row, 240 * count / max(found.values()), 16 - 24 * row, theme.BACKWARD)
        paper.text(256, 8 - 24 * row, f"{name} {count}", size=theme.MEDIUM)
    return paper.diagram(title, "", left=-14, top=34)


@click.command("sizes")
@model_argument()
@output_option("Also draw it, in a file; the suffix chooses the format.")
@picture_options()
@lens_options()
@asks()
def command(request: Request) -> None:
    _run, found = request.read(sizes)
    title = str(request.model.title)
    if not request.shown(found, lambda: sizes_diagram(title, found)):
        table(title, ["operation", "numbers"], [[name, str(count)] for name, count in found.items()])
'''


@pytest.fixture
def sizes(monkeypatch, capsys):
    """The program with the command in it: its module, its line of help and its examples."""
    module = types.ModuleType("tinygrad_fr.cli.commands.sizes")
    exec(compile(MODULE, "sizes.py", "exec"), vars(module))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    commands, examples = SHELL.commands, SHELL.examples
    monkeypatch.setattr(SHELL, "commands", lambda: {**commands(), "sizes": "Show how many numbers are computed."})
    monkeypatch.setattr(SHELL, "examples", lambda: {**examples(), "sizes": [("sizes mlp", "of a perceptron")]})

    def run(*arguments):
        code = 0
        try:
            program(["--lang", "en", *arguments])
        except SystemExit as end:
            code = end.code or 0
        return code, *capsys.readouterr()

    return run


def test_it_explains_itself_and_is_listed(sizes):
    _code, told, _said = sizes("sizes", "--help")
    assert "Usage: " in told
    for word in ("Show how many numbers are computed.", "--json", "--trained", "tinygrad-fr sizes mlp"):
        assert word in told
    assert "\n  sizes " in sizes("--help")[1]


def test_it_prints_draws_and_gives_data(sizes, tmp_path):
    found = json.loads(sizes("sizes", "mlp", "--json")[1])
    assert found
    assert all(count > 0 for count in found.values())
    printed = sizes("sizes", "mlp")[1]
    assert all(name in printed and str(count) in printed for name, count in found.items())
    for name, start in (("a.svg", b"<svg"), ("a.png", b"\x89PNG")):
        code, _out, said = sizes("sizes", "mlp", "-o", str(tmp_path / name))
        assert code == 0, said
        assert (tmp_path / name).read_bytes().startswith(start)
    assert next(iter(found)) in (tmp_path / "a.svg").read_text()


@pytest.mark.parametrize("arguments", [("nope",), ("mlp", "-o", "x.docx"), ("mlp", "--set", "depth=deep")])
def test_bad_input_is_one_sentence(sizes, arguments):
    code, _out, said = sizes("sizes", *arguments)
    assert code == 2
    assert said.count("\n") == 1
