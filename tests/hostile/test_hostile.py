"""Every hostile file, name and option ends in one sentence and a documented code: quickly, in little memory, with nothing left."""

import pytest

import tinygrad_fr
from tests.fuzz import bounds
from tests.hostile import cases as made
from tinygrad_fr.cli import main

SECONDS, BYTES = 10, 900_000_000
made.VERSION = tinygrad_fr.__version__
CASES = dict(made.cases())
NEVER = ("Traceback", "Error: unexpected ", "TINYGRAD_FR_DEBUG")


def bounded():
    """Processor time and memory that end in an error."""
    return bounds.bounded(SECONDS, BYTES)


def held(folder):
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def test_there_are_enough():
    assert len(CASES) >= 400


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CASES)
def test_it_ends_in_one_sentence(tmp_path, monkeypatch, capfd, name):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TINYGRAD_FR_DEBUG", raising=False)
    arguments = CASES[name](tmp_path)
    before = held(tmp_path)
    with bounded(), pytest.raises(SystemExit) as stop:
        main(["--lang", "en", *arguments])
    out, err = capfd.readouterr()
    assert stop.value.code in (1, 2), (arguments, out, err)
    assert err.startswith("Error: "), err
    assert err.count("\n") == 1, err
    assert len(err) < 2000
    assert out == ""
    assert not any(word in err for word in NEVER), err
    assert held(tmp_path) == before
