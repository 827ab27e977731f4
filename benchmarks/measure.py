"""Interleaved timing: every contender runs in turn, so that a noisy machine is noisy for all."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def medians(contenders: dict[str, Callable[[], object]], *, rounds: int = 30, calls: int = 5) -> dict[str, float]:
    """Median seconds of one call, by contender."""
    for run in contenders.values():
        run()
        run()
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _round in range(rounds):
        for name, run in contenders.items():
            start = time.perf_counter()
            for _call in range(calls):
                run()
            times[name].append((time.perf_counter() - start) / calls)
    return {name: statistics.median(found) for name, found in times.items()}
