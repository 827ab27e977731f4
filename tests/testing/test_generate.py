"""One command writes what is derived from the code, or nothing at all."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tinygrad_fr.errors import TinygradError
from tinygrad_fr.generate import DERIVED, Derived, generated, main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout as far as generate reads one."""
    for path in ("docs/interface.py", *(each.path for each in DERIVED)):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    monkeypatch.delenv("TINYGRAD_FR_PLAIN", raising=False)
    return tmp_path


def test_nothing_is_written_of_the_plain_core(checkout, derived, capsys, monkeypatch):
    monkeypatch.setenv("TINYGRAD_FR_PLAIN", "1")
    assert main([], checkout) == 1
    assert capsys.readouterr().err == "TINYGRAD_FR_PLAIN=1 leaves out what is written down: unset it\n"
    assert not (checkout / "a.md").exists()


@pytest.fixture
def derived(monkeypatch):
    """Two small files in place of the package's own."""

    def choose(*files):
        monkeypatch.setattr("tinygrad_fr.generate.DERIVED", files)

    choose(
        Derived("a.md", lambda old: "a"),
        Derived("b.md", lambda old: old + "b"),
        Derived("b.md", lambda old: "slow", True),
    )
    return choose


def test_what_changed_is_written_and_named(checkout, derived, capsys):
    (checkout / "a.md").write_text("a")
    assert main([], checkout) == 0
    assert (checkout / "b.md").read_text() == "b"
    assert capsys.readouterr().out == "written: b.md\n"
    assert main(["--all"], checkout) == 0
    assert (checkout / "b.md").read_text() == "slow"


def test_check_names_in_one_sentence_what_would_change(checkout, derived, capsys):
    (checkout / "a.md").write_text("old")
    assert main(["--check"], checkout) == 1
    said = capsys.readouterr().err
    assert said == "not what the code says: a.md, b.md; run python -m tinygrad_fr.generate and commit it\n"
    assert (checkout / "a.md").read_text() == "old"
    assert not (checkout / "b.md").exists()


def test_where_one_file_cannot_be_made_none_is_written(checkout, derived, capsys):
    def fails(_old):
        raise KeyError("half")

    derived(Derived("a.md", lambda old: "a"), Derived("b.md", fails))
    assert main([], checkout) == 1
    assert capsys.readouterr().err == "b.md cannot be made: KeyError: 'half'; no file was written\n"
    assert not (checkout / "a.md").exists()


def test_outside_a_checkout_one_sentence_says_so(tmp_path):
    with pytest.raises(TinygradError, match=r"generate works in a checkout: .* has no docs/interface.py"):
        generated(tmp_path)


def test_a_changelog_that_holds_no_digest_is_said(checkout, capsys):
    (checkout / "CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n\n## 0.1\n\nInterface `0123456789ab`\n")
    assert main([], checkout) == 1
    assert "the newest section of CHANGELOG.md has no “Interface `…`”" in capsys.readouterr().err


@pytest.mark.long
@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("half = elementwise(", "'(' was never closed (tinygrad_fr/ops/trigonometry.py:"),
        ('half = elementwise("half", "sin(x", {"x": "cos(x)"})', "sin(x"),
        ('half = elementwise("half", "unheard(x)", {"x": "g"})', "unheard"),
        ('half = elementwise("half", "x * k", {"x": "g"})', "the letter “k” is not known"),
        ('half = elementwise("sin", "sin(x)", {"x": "g"})', "two operations are named sin"),
        ("half = elementwise(unsaid)", "name 'unsaid' is not defined (tinygrad_fr/ops/trigonometry.py:"),
    ],
)
def test_a_definition_that_is_half_written_changes_no_file(written, said, tmp_path):
    shutil.copytree(
        ROOT / "tinygrad_fr", tmp_path / "tinygrad_fr", ignore=shutil.ignore_patterns("__pycache__", "vendor", "static")
    )
    (tmp_path / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "interface.py", tmp_path / "docs")
    with (tmp_path / "tinygrad_fr" / "ops" / "trigonometry.py").open("a") as file:
        file.write(f"\n{written}\n")
    done = subprocess.run(
        [sys.executable, "-m", "tinygrad_fr.generate"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "TINYGRAD_FR_PLAIN": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.endswith("; no file was written\n")
    assert said in done.stderr
    assert not (tmp_path / "docs" / "operations.md").exists()
