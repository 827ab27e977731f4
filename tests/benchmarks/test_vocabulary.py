"""The vocabulary that is measured: every entry computes, and the report says what is slow. Clocks are made up."""

import html

import numpy as np
import pytest

from benchmarks.contender import EAGER, eager
from benchmarks.vocabulary import chart, measure, report
from benchmarks.vocabulary.entries import ENTRIES


@pytest.mark.parametrize("entry", ENTRIES, ids=[each.name for each in ENTRIES])
def test_an_entry_computes_numbers_and_gradients(entry):
    call, leaves, _module = measure._made(entry, "small", eager(), None)
    value = call()
    if entry.family != "without gradient" and entry.name != "detach":
        value.sum().backward()
        assert all(leaf.grad is not None and np.isfinite(leaf.grad.detach().numpy()).all() for leaf in leaves)
    assert value.detach().numpy().size


def test_an_entry_is_measured_once():
    assert len({(each.name, each.family) for each in ENTRIES}) == len(ENTRIES) >= 150


def row(name, ratio, view=False):
    seconds = {EAGER: {"least": ratio * 1e-5, "low": 0, "high": 0}, "torch, 1": {"least": 1e-5, "low": 0, "high": 0}}
    turns = {"median": ratio, "low": ratio, "high": ratio}
    both = {"seconds": seconds, "best": "torch, 1", "ratio": ratio, "turns": turns}
    return {"name": name, "family": "", "size": "small", "view": view, "passes": {"forward": both, "both": both}}


ROWS = [row("add", 0.5), row("sort", 2.0), row("reshape", 1.5, view=True)]


def test_the_summary_names_what_is_slow_and_late():
    said = report.summary(ROWS)
    assert "geometric mean 1.000" in said
    assert "above 1.2: 1: sort 2.00" in said
    assert "views above 2 µs: 1 of 1: reshape 15.0 µs" in said


def test_the_chart_has_a_dot_for_each_row():
    machine = {"processor": "a made-up one", "cores": 2}
    drawn = html.unescape(chart.svg({"rows": ROWS, "machine": machine}).decode())
    for name in ("add, small: 0.50", "sort, small: 2.00", "reshape, small: 1.50"):
        assert name in drawn
