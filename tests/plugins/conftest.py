"""Models that learn while other tests run."""

import contextlib
import os

import pytest

from tinygrad_fr.kernels.runtime import cores


@pytest.fixture(autouse=True)
def _one_core():
    """One core where pytest has several workers: threads that wait for one another would take time from the other tests."""
    with cores.alone() if "PYTEST_XDIST_WORKER" in os.environ else contextlib.nullcontext():
        yield


@pytest.fixture
def run(run):
    """The program in English, forked from a process that has imported it."""
    return lambda *arguments: run("--lang", "en", *map(str, arguments))
