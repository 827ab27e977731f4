"""Interleaved timing: every contender runs in turn, so that a noisy machine is noisy for all."""

from __future__ import annotations

import gc
import math
import time
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.contender import Contender

_TURN = 0.02  # seconds at least, so that the clock's own cost is nothing
# Seconds after which the threads of the last turn sleep: OpenMP's, of which torch's are, watch for more work in a loop for
# 4 to 5 ms (measured as processor time of a sleeping process), on a core that whoever comes next would use.
_SETTLED = 0.01


def turns(
    contenders: dict[str, Contender], *, rounds: int, budget: float, turn: float = _TURN
) -> dict[str, list[float]]:
    """Seconds of a step in every round, by contender; rounds end when the budget is spent, after three at least."""
    gc.collect()
    gc.freeze()  # what other libraries and earlier rows keep alive is not each contender's to visit
    calls = {name: _calls(each, turn) for name, each in contenders.items()}
    found: dict[str, list[float]] = {name: [] for name in contenders}
    end = time.perf_counter() + budget
    for round_ in range(rounds):
        if round_ >= 3 and time.perf_counter() > end:
            break
        for name, each in contenders.items():
            found[name].append(_timed(each, calls[name]))
    gc.unfreeze()
    return found


def timed_turn(contender: Contender, clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds of a step, over one turn, by a clock."""
    return _timed(contender, _calls(contender, _TURN), clock)


def _calls(contender: Contender, turn: float) -> int:
    """How many steps fill a turn, with warm caches: the first steps after a pause take many times as long as the others."""
    contender.prepare()
    calls = 1
    while (seconds := _looped(contender, calls)) < turn / 2:
        calls *= 2
    return max(1, math.ceil(calls * turn / seconds))


def _timed(contender: Contender, calls: int, clock: Callable[[], float] = time.perf_counter) -> float:
    contender.prepare()
    gc.collect()  # the graphs of a library that makes cycles are not for the next one to take away
    time.sleep(_SETTLED)
    _looped(contender, max(2, calls // 4))  # a pause leaves the processor's caches to others: a loop finds them warm
    return _looped(contender, calls, clock) / calls


def _looped(contender: Contender, calls: int, clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds of so many steps, one after the other."""
    step = contender.step
    start = clock()
    for _call in range(calls):
        step()
    return clock() - start


def spread(values: list[float]) -> dict[str, float]:
    """Median and quartiles."""
    low, median, high = np.percentile(values, (25, 50, 75))
    return {"median": float(median), "low": float(low), "high": float(high)}


def ratios(ours: list[float], theirs: list[float]) -> dict[str, float]:
    """Ours / theirs, round by round: what disturbs a round disturbs both."""
    return spread([a / b for a, b in zip(ours, theirs, strict=True)])
