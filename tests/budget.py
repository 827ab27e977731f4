"""What tests cost: those marked ``long`` run with ``--all``; whoever else takes long is reported, and far too long fails.

A test's cost is processor time, of this process, of those that it waited for and of the browser, so that it does not depend
on what else the machine does. Kernels that are compiled on the way do not count: whichever test is first to call one compiles it.

Tests marked ``fast("what it looks at")`` look at the package that exists for speed, or at what a compiled step keeps: at
kernels that are chosen, rows of
a gradient, steps that are replayed. They are skipped where ``TINYGRAD_FR_PLAIN=1`` leaves the core alone, and counted at the end.
"""

import gc
import os

import pytest
from numba.core import event

from tinygrad_fr.record.accelerator import plain

REPORTED, FAILED = 5.0, 10.0  # seconds of processor time
SHOWN = 20
_COST = "cpu seconds"
_ALONE = "TINYGRAD_FR_PLAIN=1: the core runs alone"


METERS = [lambda: sum(os.times()[:4])]  # each gives the seconds of processor time that were spent up to now


def _cost():
    return sum(meter() for meter in METERS)


class _Compiling(event.Listener):
    """The processor time in which numba compiles."""

    def __init__(self):
        self.spent, self.depth, self.began = 0.0, 0, 0.0

    def on_start(self, event):
        if not self.depth:
            self.began = _cost()
        self.depth += 1

    def on_end(self, event):
        self.depth -= 1
        if not self.depth:
            self.spent += _cost() - self.began


def pytest_addoption(parser):
    parser.addoption(
        "--all",
        action="store_true",
        dest="everything",
        help="also what trains models to their scores or starts many processes",
    )
    parser.addoption("--nightly", action="store_true", help="run what takes minutes: ten thousand random programs")


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "fast(what): looks at what exists for speed alone; skipped with TINYGRAD_FR_PLAIN=1"
    )
    config.addinivalue_line("markers", "long: takes seconds to minutes; runs with --all, or when it is named")


def pytest_collection_modifyitems(config, items):
    for item in items:
        if (fast := item.get_closest_marker("fast")) is not None:
            (why,) = fast.args  # none is left out without a reason
            if plain():
                item.add_marker(pytest.mark.skip(reason=f"{_ALONE}; this looks at {why}"))
    if config.getoption("everything") or config.getoption("--nightly") or any("::" in given for given in config.args):
        return
    kept = [item for item in items if item.get_closest_marker("long") is None]
    left = [item for item in items if item.get_closest_marker("long") is not None]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = kept


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """What is collected stays: to look for garbage among hundreds of thousands of objects would find none, again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    compiling = _Compiling()
    long, before = item.get_closest_marker("long") is not None, _cost()
    try:
        with event.install_listener("numba:compile", compiling):
            result = yield
    finally:
        cost = _cost() - before - compiling.spent
        item.user_properties += [(_COST, cost), ("long", long)]
    if item.config.getoption("everything") and not long:
        assert cost < FAILED, f"{cost:.1f} seconds of processor time: mark the test long, or make it shorter"
    return result


def pytest_terminal_summary(terminalreporter, config):
    costs = sorted(
        (
            (dict(report.user_properties)[_COST], dict(report.user_properties)["long"], report.nodeid)
            for kind in ("passed", "failed")
            for report in terminalreporter.stats.get(kind, ())
            if report.when == "call" and _COST in dict(report.user_properties)
        ),
        reverse=True,
    )
    alone = sum(_ALONE in str(report.longrepr) for report in terminalreporter.stats.get("skipped", ()))
    if alone:
        terminalreporter.section(f"{alone} tests of what exists for speed were skipped: TINYGRAD_FR_PLAIN=1")
    if config.getoption("everything"):
        terminalreporter.section(f"the {SHOWN} slowest, in seconds of processor time")
        for cost, long, node in costs[:SHOWN]:
            terminalreporter.line(f"{cost:7.1f}  {'long  ' if long else ''}{node}")
    over = [(cost, node) for cost, long, node in costs if cost > REPORTED and not long]
    if over:
        terminalreporter.section(f"above {REPORTED:g} seconds of processor time, and not marked long")
        for cost, node in over:
            terminalreporter.line(f"{cost:7.1f}  {node}")
