"""Threads that call one compiled step, or several that reach the same numbers."""

import threading
import warnings

import pytest

import tinygrad_fr as tg
from tinygrad_fr import nn
from tinygrad_fr.errors import CompileWarning
from tinygrad_fr.replay.replay import RECORDING


def together(*works):
    """Run works in threads of their own."""
    threads = [threading.Thread(target=work) for work in works]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


def test_a_call_runs_eagerly_while_another_thread_records():
    run = tg.compile(lambda x: 2 * x)
    with RECORDING:
        together(lambda: run(tg.ones(2)))
        assert (run.recordings, run.eager) == (0, 1)
        run(tg.ones(2))  # in the thread that holds it, as a step inside one that runs eagerly
    together(lambda: run(tg.ones(2)))
    assert (run.recordings, run.replays, run.eager) == (1, 1, 1)


@pytest.mark.parametrize("steps", [1, 3])
def test_threads_that_reach_one_number_give_the_eager_numbers_and_no_reason_to_stop(steps):
    tg.manual_seed(0)
    model, rate = nn.Linear(3, 2), {"value": 1.0}
    runs = [tg.compile(lambda x, k: model(x) * k * rate["value"]) for _each in range(steps)]
    wrong = []

    def work(place):
        for k in range(12):
            x = tg.full((1 + (place + k) % 2, 3), float(k - place))
            found = runs[(place + k) % steps](x, 1.0 + k % 3)
            if not tg.allclose(found, model(x) * (1.0 + k % 3) * rate["value"]):
                wrong.append((place, k))

    with warnings.catch_warnings():
        warnings.simplefilter("error", CompileWarning)
        for rate["value"] in (1.0, 2.0, 3.0):
            together(*(lambda place=place: work(place) for place in range(4)))
            assert type(rate["value"]) is float
    assert wrong == []
    assert sum(run.replays for run in runs) > 0
