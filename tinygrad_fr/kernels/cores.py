"""Work shared among the processor's cores, where it is enough to pay for asking them (some 50 µs)."""

from __future__ import annotations

import contextlib
import os
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import ThreadPoolExecutor

ENOUGH = 1_000_000  # multiplications and additions a core, about 50 µs


@cache
def count() -> int:
    """How many cores to use: NUMBA_NUM_THREADS or OMP_NUM_THREADS where set, else those of this process."""
    for name in ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS"):
        said = os.environ.get(name, "")
        if said.isdigit() and int(said):
            return int(said)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_alone = False


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Use one core: the others have work of their own."""
    global _alone
    before, _alone = _alone, True
    try:
        yield
    finally:
        _alone = before


@cache
def _others() -> ThreadPoolExecutor:
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(count() - 1, thread_name_prefix="tinygrad_fr")


def spread(work: Callable[[int, int, int], None], items: int, cost: float) -> int:
    """Call ``work(start, stop, part)`` on equal parts of so many items, one part a core.

    Args:
        work: releases Python's lock while it works; parts write to places of their own.
        items: how many there are to share.
        cost: multiplications and additions in all.

    Returns:
        How many parts there were: the same for the same work on the same machine.
    """
    parts = parts_of(items, cost)
    if parts == 1:
        work(0, items, 0)
        return 1
    ends = [items * i // parts for i in range(parts + 1)]
    waiting = [_others().submit(work, ends[i], ends[i + 1], i) for i in range(1, parts)]
    work(0, ends[1], 0)
    for each in waiting:
        each.result()
    return parts


def parts_of(items: int, cost: float) -> int:
    """Into how many parts work is cut."""
    return 1 if _alone else max(1, min(count(), items, int(cost / ENOUGH)))
