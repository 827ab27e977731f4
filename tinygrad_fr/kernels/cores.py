"""Work shared among the processor's cores, where it is enough to pay for it.

Waking a thread takes as long as many a kernel. So a worker that is done waits for more in a loop, for about a millisecond,
before it sleeps; and who waits for a worker does the same. Kernels that follow each other then start within a few µs.
"""

from __future__ import annotations

import contextlib
import os
import threading
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ENOUGH = 1_000_000  # multiplications and additions a core, about 50 µs
TURNS = 30_000  # of the loop in which a thread waits, about a millisecond


@cache
def count() -> int:
    """How many cores to use: NUMBA_NUM_THREADS or OMP_NUM_THREADS where set, else those of this process."""
    for name in ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS"):
        said = os.environ.get(name, "")
        if said.isdigit() and int(said):
            return int(said)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_alone = _busy = False


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Use one core: the others have work of their own."""
    global _alone
    before, _alone = _alone, True
    try:
        yield
    finally:
        _alone = before


def _forked() -> None:
    """A forked process has none of its parent's threads, and those of OpenMP cannot be started anew in it."""
    global _alone
    _alone = True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


def parts_of(items: int, cost: float) -> int:
    """Into how many parts work is cut: the same for the same work on the same machine.

    Args:
        items: how many there are to share.
        cost: multiplications and additions in all.
    """
    if cost < 2 * ENOUGH or not _several():
        return 1
    return max(1, min(count(), items, int(cost / ENOUGH)))


def _several() -> bool:
    """Whether there is more than one core for this thread: workers serve the main one, one call at a time."""
    return not (_alone or _busy) and threading.current_thread() is threading.main_thread()


def one_thread_for_blas() -> None:
    """Keep BLAS, as far as it is loaded, to one thread in this process: its own threads would want the cores that ours share.

    Said once and for all when products are first imported, since another number of threads gives other last digits.
    """
    from threadpoolctl import threadpool_limits

    threadpool_limits(1, user_api="blas")


class _Count:
    """A count that one thread raises and another waits for: in a loop for a while, then asleep."""

    def __init__(self) -> None:
        from tinygrad_fr.kernels.spinning import spin  # with numba, when first needed

        self._spin = spin
        self._count = np.zeros(8, np.int64)  # a cache line of its own
        self._lock = threading.Lock()
        self._asleep = False
        self._bell = threading.Semaphore(0)

    def add(self) -> None:
        with self._lock:
            self._count[0] += 1
            asleep, self._asleep = self._asleep, False
        if asleep:
            self._bell.release()

    def wait(self, until: int) -> None:
        if self._spin(self._count, until, TURNS):
            return
        with self._lock:
            if self._count[0] >= until:
                return
            self._asleep = True
        self._bell.acquire()


class _Worker(threading.Thread):
    """A thread that does one piece of work after the other."""

    def __init__(self) -> None:
        super().__init__(name="tinygrad_fr", daemon=True)
        self._asked, self._done = _Count(), _Count()
        self._turn = 0
        self._work: Callable[[], object] = int
        self._error: BaseException | None = None
        self.start()

    def run(self) -> None:
        turn = 0
        while True:
            turn += 1
            self._asked.wait(turn)
            try:
                self._work()
            except BaseException as error:  # is raised where the work was asked for
                self._error = error
            self._done.add()

    def ask(self, work: Callable[[], object]) -> None:
        self._work = work
        self._turn += 1
        self._asked.add()

    def finish(self) -> None:
        """Wait for the end of the work."""
        self._done.wait(self._turn)

    def told(self) -> None:
        """Raise what went wrong in it."""
        error, self._error = self._error, None
        if error is not None:
            raise error


@cache
def _workers(count: int) -> tuple[_Worker, ...]:
    return tuple(_Worker() for _each in range(count))


def spread(work: Callable[[int, int, int], object], items: int, cost: float) -> int:
    """Call ``work(start, stop, part)`` on equal parts of so many items, one part a core.

    Args:
        work: releases Python's lock while it works; parts write to places of their own.
        items: how many there are to share.
        cost: multiplications and additions in all.

    Returns:
        How many parts there were.

    Example:
        >>> x = np.arange(4.0)
        >>> spread(lambda start, stop, part: np.multiply(x[start:stop], 2, out=x[start:stop]), 4, cost=4)
        1
        >>> x
        array([0., 2., 4., 6.])
    """
    parts = parts_of(items, cost)
    ends = [items * i // parts for i in range(parts + 1)]
    together([lambda i=i: work(ends[i], ends[i + 1], i) for i in range(parts)])  # type: ignore[misc]
    return parts


def together(works: Sequence[Callable[[], object]]) -> None:
    """Do pieces of work, each on a core where there are as many."""
    global _busy
    first, *others = works
    workers: tuple[_Worker, ...] = ()
    if others and _several():
        workers = _workers(count() - 1)[: len(others)]
    _busy = _busy or bool(workers)
    try:
        for worker, work in zip(workers, others, strict=False):
            worker.ask(work)
        first()
        for work in others[len(workers) :]:
            work()
    finally:
        if workers:
            for worker in workers:
                worker.finish()
            _busy = False
    for worker in workers:
        worker.told()
