"""Files are written whole or not at all; JSON stays JSON."""

import json
import re
import stat

import pytest
from click.testing import CliRunner

from tinygrad_fr.cli.main import group
from tinygrad_fr.cli.output import as_json, in_width, table, tell, write
from tinygrad_fr.errors import TinygradError


def test_a_file_is_replaced_whole(tmp_path):
    target = tmp_path / "é.svg"
    target.write_bytes(b"old")
    write(str(target), b"new")
    assert target.read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


def test_a_file_has_the_usual_rights(tmp_path):
    usual, ours = tmp_path / "usual", tmp_path / "ours"
    usual.write_bytes(b"")
    write(str(ours), b"")
    assert stat.S_IMODE(ours.stat().st_mode) == stat.S_IMODE(usual.stat().st_mode)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("missing/x.svg", "the folder does not exist"),
        ("folder", "it is a folder"),
        ("file/x.svg", "part of the path is a file"),
    ],
)
def test_what_cannot_be_written_leaves_nothing(tmp_path, path, why):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"kept")
    with pytest.raises(TinygradError) as error:
        write(str(tmp_path / path), b"data")
    assert str(error.value) == f"cannot write {tmp_path / path}: {why}"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder"]
    assert (tmp_path / "file").read_bytes() == b"kept"


def test_a_failure_in_the_middle_leaves_the_old_file(tmp_path, monkeypatch):
    target = tmp_path / "x.svg"
    target.write_bytes(b"old")
    monkeypatch.setattr("tinygrad_fr.files.Path.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(TinygradError, match="the disk is full"):
        write(str(target), b"new")
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["x.svg"]


def test_a_dash_is_standard_output(capfdbinary):
    write("-", b"\x89PNG")
    assert capfdbinary.readouterr().out == b"\x89PNG"


def test_json_has_no_nan():
    text = as_json({"é": [1.5, float("nan"), float("inf")], "t": (1, -float("inf"))})
    assert json.loads(text) == {"é": [1.5, None, None], "t": [1, None]}
    assert "é" in text


def test_brackets_of_a_name_are_no_style(capsys):
    table("[/title]", ["[bold]"], [["pip install 'x[cluster]'"], ["[/]"]])
    said = capsys.readouterr().out
    for text in ("[/title]", "[bold]", "x[cluster]", "[/]"):
        assert text in said


def test_a_terminal_cuts_no_word(monkeypatch, capsys):
    said = "▁▂▃  LSTM: the gradient weakens: over 7 steps it keeps 0.035 of its norm, ×0.620 a step\n  a short line"
    lines = in_width(said, 40).split("\n")
    assert max(map(len, lines)) <= 40
    assert lines[-1] == "  a short line"
    assert " ".join(" ".join(lines).split()) == " ".join(said.split())
    tell(said)
    assert capsys.readouterr().out == said + "\n"  # a file keeps its lines
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    tell(said)
    assert capsys.readouterr().out.split("\n")[:-1] == lines


def test_attention_says_its_conclusions_and_keeps_the_table_for_who_asks():
    said = CliRunner().invoke(group(), ["attention", "transformer"])
    lines = said.stdout.splitlines()
    assert said.exit_code == 0
    assert len(lines) < 12
    assert all(re.search(r"self_attn: |multihead_attn: ", line) and len(line) <= 80 for line in lines[1:])
    asked = CliRunner().invoke(group(), ["attention", "transformer", "--table"])
    assert asked.stdout.startswith(said.stdout)
    assert asked.stdout.count("┏") == len(lines) - 1


def test_a_title_is_not_broken_to_the_width_of_its_table(capsys):
    table("A title that is much longer than its table is wide", ["a"], [["1"]])
    assert "A title that is much longer than its table is wide\n" in capsys.readouterr().out
