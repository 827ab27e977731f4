"""Odd places, odd signs and files that lie end in one sentence too, with nothing left behind."""

import signal
import unicodedata

import pytest

from tests.hostile import odd
from tests.hostile.test_hostile import NEVER, bounded, held
from tinygrad_fr.cli import main


def stuck(_signal, _frame):
    raise AssertionError("it waits for ever")


CASES = dict(odd.cases())


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.long] if name.startswith("bomb") else []) for name in CASES]
)
def test_it_ends_in_one_sentence(tmp_path, monkeypatch, capfd, name):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TINYGRAD_FR_DEBUG", raising=False)
    arguments = CASES[name](tmp_path)
    before = held(tmp_path)
    signal.signal(signal.SIGALRM, stuck)
    signal.alarm(30)  # what waits for ever uses no processor time
    try:
        with bounded(), pytest.raises(SystemExit) as stop:
            main(["--lang", "en", *arguments])
    finally:
        signal.alarm(0)
    out, err = capfd.readouterr()
    assert stop.value.code in (1, 2), (arguments, out, err)
    assert err.startswith("Error: "), err
    assert err.count("\n") == 1, err
    assert len(err) < 2000, err
    assert all(sign == "\n" or unicodedata.category(sign) != "Cc" for sign in err), err
    assert out == ""
    assert not any(word in err for word in NEVER), err
    assert held(tmp_path) == before


def test_there_are_enough():
    assert len(CASES) >= 80
