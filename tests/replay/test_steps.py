"""Random training steps give the same numbers compiled: a hundred, 300 with --all, ten thousand at night."""

import os

import pytest

from tests.replay.steps import differences, played

BLOCK = 25
# The first seed and how many, for a run in pieces: STEPS=5000:1000 pytest --nightly tests/replay/test_steps.py
FIRST, COUNT = map(int, os.environ.get("STEPS", "1000:10000").split(":"))


@pytest.mark.parametrize(
    "first",
    [pytest.param(first, marks=[pytest.mark.long] if first else []) for first in range(0, 300, BLOCK)],
)
def test_random_training_steps(first):
    assert [(seed, found) for seed in range(first, first + BLOCK) if (found := differences(seed)[0]) is not None] == []


def test_random_training_steps_at_night(request):
    if not request.config.getoption("--nightly"):
        pytest.skip("minutes; run with --nightly")
    assert [(seed, found) for seed in range(FIRST, FIRST + COUNT) if (found := differences(seed)[0]) is not None] == []


@pytest.mark.long
def test_steps_are_replayed():
    """Most of the scripts are recorded and replayed: the comparison is not of eager with eager."""
    plays = [played(seed, compiled=True)[1].run for seed in range(40)]
    assert sum(run.recordings > 0 for run in plays) > 20
    assert sum(run.replays > 0 for run in plays) > 15
