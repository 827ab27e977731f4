"""A row: who is compared, who is missing and why, what is said of it. Clocks are made up."""

import html
import json

import numpy as np
import pytest

from benchmarks import chart, report, rows
from benchmarks.contender import COMPILED, COMPILERS, EAGER, AbsentPeerError, Contender, Workload, torch_compiled
from tinygrad_fr.errors import ReplayError

MACHINE = {
    "processor": "a made-up one",
    "cores": 2,
    "load": 0.1,
    "system": "none",
    "python": "3.11",
    "versions": {"numpy": "2.0", "torch": None},
}


def contender(gradient=1.0, loss=0.5):
    return Contender(lambda: loss, lambda: np.full(3, gradient))


def absent():
    raise ModuleNotFoundError("No module named 'nowhere'", name="nowhere")


def refused():
    raise ReplayError("it looks at a value")


@pytest.fixture
def clock(monkeypatch):
    """Seconds of each contender, in the order of the row."""

    def seconds(contenders, *, rounds, budget, turn=0.005):
        return {name: [0.001 * (i + 1)] * rounds for i, name in enumerate(contenders)}

    monkeypatch.setattr(rows, "turns", seconds)


def row(makers, **options):
    workload = Workload("a row", "row", makers, {EAGER: 0.6, COMPILED: 1.0}, **options)
    return rows.measured(workload, rounds=3, budget=0)


@pytest.mark.usefixtures("clock")
def test_an_absent_peer_is_named():
    found = row({EAGER: contender, "torch": contender, "other": absent})
    assert found["missing"] == {"other": "nowhere is absent"}
    assert "missing: nowhere is absent" in report.text(found)
    assert set(found["seconds"]) == {EAGER, "torch"}


@pytest.mark.usefixtures("clock")
def test_a_peer_that_cannot_run_says_why():
    def unable():
        raise AbsentPeerError("no compiler was found")

    found = row({EAGER: contender, "torch": contender, "torch.compile": unable})
    assert found["missing"] == {"torch.compile": "no compiler was found"}
    assert set(found["ratios"][EAGER]) == {"best", "torch"}


@pytest.mark.usefixtures("clock")
def test_a_quick_run_leaves_out_who_compiles_for_minutes():
    makers = {EAGER: contender, "torch": contender, **dict.fromkeys(COMPILERS, absent)}
    workload = Workload("a row", "row", makers, {})
    found = rows.measured(workload, rounds=3, budget=0, compilers=False)
    assert set(found["missing"]) == set(COMPILERS)
    assert "missing: it compiles for minutes, and was left out" in report.text(found)


def test_a_compiler_that_is_not_there_is_said(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CXX", raising=False)
    with pytest.raises(AbsentPeerError, match=r"no C\+\+ compiler was found"):
        torch_compiled(1)


@pytest.mark.usefixtures("clock")
def test_a_step_that_cannot_be_compiled_is_said():
    found = row({EAGER: contender, COMPILED: refused, "torch": contender})
    assert found["missing"] == {COMPILED: "refused: it looks at a value"}
    assert report.met(found, COMPILED) is None


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("other", [lambda: contender(gradient=1.01), lambda: contender(loss=0.501)])
def test_other_numbers_are_not_timed(other):
    found = row({EAGER: contender, "torch": other})
    assert found["missing"] == {"torch": f"computes other numbers than {EAGER}"}
    assert found["best"] == {EAGER: None, COMPILED: None}
    assert set(found["seconds"]) == {EAGER}


@pytest.mark.usefixtures("clock")
def test_what_cannot_be_compared_says_why():
    found = row({EAGER: contender, "other": lambda: contender(gradient=2.0)}, unchecked={"other": "it draws by itself"})
    assert found["missing"] == {}
    assert "numbers of other not compared: it draws by itself" in report.text(found)


@pytest.mark.usefixtures("clock")
def test_ratios_and_targets():
    found = row({EAGER: contender, COMPILED: contender, "jax": contender, "torch": contender})
    assert found["best"] == {EAGER: "torch", COMPILED: "jax"}  # eager steps are compared with eager ones
    assert found["ratios"][EAGER]["best"]["median"] == pytest.approx(1 / 4)
    assert found["ratios"][COMPILED]["best"]["median"] == pytest.approx(2 / 3)
    assert report.met(found, EAGER) is True
    assert report.met(found, COMPILED) is True
    slow = row({"torch": contender, EAGER: contender})
    assert slow["ratios"][EAGER]["best"]["median"] == pytest.approx(2)
    assert report.met(slow, EAGER) is False
    assert report.summary([found, slow]) == f"targets met: 2 of 3; missed: row ({EAGER})"


@pytest.mark.usefixtures("clock")
def test_the_chart_and_the_json():
    found = row({EAGER: contender, COMPILED: contender, "torch": contender})
    results = json.loads(json.dumps({"machine": MACHINE, "rows": [found]}))
    picture = html.unescape(chart.svg(results).decode()).replace("\N{NO-BREAK SPACE}", " ")
    assert "a made-up one" in picture
    assert "against torch 3 ms" in picture
    assert "0.33" in picture
    assert "torch absent" in report.heading(MACHINE)
    assert "| a row | 1 | 2 | 3 | 0.33 (torch) | 0.67 (torch) |" in report.markdown(results)
