"""Parallel loops over the processor's cores, for work that is large enough.

Waking a thread takes as long as a small kernel. So a worker that has finished waits for more work in a loop, for about
four milliseconds, before it sleeps. Kernels that follow each other then start within two µs
(:mod:`tinygrad_fr.kernels.runtime.work_queue`); work that is written in Python waits for Python's lock first, some 100
µs.
"""

from __future__ import annotations

import contextlib
import os
import threading
from functools import cache
from typing import TYPE_CHECKING, Any

from tinygrad_fr.errors import UsageError
from tinygrad_fr.kernels.runtime.placement import anywhere, elsewhere
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tinygrad_fr.kernels.runtime.work_queue import ParallelKernel

ENOUGH = 300_000  # multiplications and additions per core, about 15 µs
MOST = 1024  # cores
PARTS = 32  # of one work: the queue has a bit for each
TURNS = 30_000  # turns of the loop in which a thread waits, about half a millisecond
# After those, a worker yields the processor to other programs for so many turns, another 4 ms, and then sleeps. The threads of
# OpenMP wait as long.
YIELDS = 20_000


@cache
def count() -> int:
    """How many cores to use: NUMBA_NUM_THREADS or OMP_NUM_THREADS where set, else those of this process.

    Raises:
        UsageError: NUMBA_NUM_THREADS is set to something else than a number of cores, which numba would not load with.
    """
    said = os.environ.get("NUMBA_NUM_THREADS", "").strip()
    if said and not (said.isascii() and said.isdigit() and 1 <= int(said[:9]) <= MOST):
        raise UsageError(
            _("NUMBA_NUM_THREADS: expected a whole number from 1 to {most}, got “{found}”").format(
                most=MOST, found=said[:20]
            )
        )
    if said:
        return int(said)
    said = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    if said.isascii() and said.isdigit() and 1 <= int(said[:9]) <= MOST:
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
    """The number of parts that work is cut into: always the same for the same work on the same machine.

    Args:
        items: how many there are to share.
        cost: multiplications and additions in all.
    """
    if cost < 2 * ENOUGH or not _several():
        return 1
    return max(1, min(count(), items, int(cost / ENOUGH), PARTS))


def _several() -> bool:
    """Whether there is more than one core for this thread: workers serve the main one, one call at a time."""
    return not (_alone or _busy) and threading.current_thread() is threading.main_thread()


def one_thread_for_blas() -> None:
    """Limit every loaded BLAS to one thread in this process: its own threads would compete with ours for the cores.

    This is set once, when products are first imported, since another number of threads gives other last digits.
    """
    from threadpoolctl import threadpool_limits

    threadpool_limits(1, user_api="blas")


class _Worker(threading.Thread):
    """A thread that watches the queue, and sleeps when nothing comes."""

    def __init__(self, team: _Team, own: int) -> None:
        super().__init__(name="tinygrad_fr", daemon=True)
        self.team, self.own, self.asleep, self.bell = team, own, False, threading.Semaphore(0)
        self.cores: set[int] | None = None
        self.start()

    def run(self) -> None:
        seen = 0
        while True:
            seen = self.team.queue.serve(self.team.address, self.own, seen, TURNS, YIELDS)
            if seen < 0:
                seen = -seen
                self.team.parts(seen, self.own)
                continue
            self.asleep = True  # the other threads do work that comes just now; the next work wakes this one
            self.bell.acquire()
            anywhere(self.cores)

    def wake(self) -> None:
        if self.asleep:
            self.asleep = False
            self.cores = elsewhere(self.native_id)
            self.bell.release()


class _Team:
    """The main thread and its workers, around a work queue."""

    def __init__(self, workers: int) -> None:
        from tinygrad_fr.kernels.runtime import work_queue  # with numba, when first needed

        self.queue: Any = work_queue
        self._numbers, self.address = work_queue.new()
        self._python: tuple[Callable[[int, int, int], object], int, int] | None = None
        self._error: BaseException | None = None
        self._workers = [_Worker(self, own) for own in range(1, workers + 1)]

    def run(self, work: Callable[..., object], items: int, parts: int, arguments: tuple[Any, ...]) -> None:
        for worker in self._workers:
            worker.wake()
        if isinstance(work, self.queue.ParallelKernel):
            work.together(self.address, items, parts, TURNS, *arguments)
            if self._numbers[self.queue.FAILED]:
                raise RuntimeError(f"{work.__name__} failed on one of its parts")
            return
        number = self.queue.close(self.address)
        self._python, self._error = ((lambda *part: work(*arguments, *part)), items, parts), None
        self.queue.publish(self.address, number, 0, items, parts)
        self.parts(number, 0)
        self.queue.wait(self.address, TURNS)
        error, self._error, self._python = self._error, None, None
        if error is not None:
            raise error

    def parts(self, number: int, own: int) -> None:
        """Do parts of work that is written in Python, the own one first, until none is left; after an error none is done."""
        while (part := self.queue.claim(self.address, number, own)) >= 0:
            try:
                if self._error is None and self._python is not None:
                    work, items, parts = self._python
                    work(items * part // parts, items * (part + 1) // parts, part)
            except BaseException as error:  # it is raised again in the thread that asked for the work
                self._error = error
            self.queue.finish(self.address)


@cache
def _team(workers: int) -> _Team:
    return _Team(workers)


def parallel_for(work: Callable[..., object] | ParallelKernel, items: int, cost: float, *arguments: Any) -> int:
    """Call ``work(*arguments, start, stop, part)`` on equal parts of so many items, one part per core.

    Args:
        work: a kernel made by :func:`tinygrad_fr.kernels.runtime.work_queue.parallel`, or any function that releases Python's lock while it
            works; parts write to places of their own.
        items: how many there are to share.
        cost: multiplications and additions in all.

    Returns:
        How many parts there were.

    Example:
        >>> import numpy as np
        >>> x = np.arange(4.0)
        >>> parallel_for(lambda start, stop, part: np.multiply(x[start:stop], 2, out=x[start:stop]), 4, cost=4)
        1
        >>> x
        array([0., 2., 4., 6.])
    """
    parts = 1 if cost < 2 * ENOUGH else parts_of(items, cost)
    if parts == 1:
        getattr(work, "alone", work)(*arguments, 0, items, 0)
        return 1
    return parallel_for_parts(parts, work, items, *arguments)


def parallel_for_parts(parts: int, work: Callable[..., object] | ParallelKernel, items: int, *arguments: Any) -> int:
    """The same in a given number of parts (see :func:`parts_of`), for a caller that has allocated memory for each of them."""
    global _busy
    if parts == 1:
        work(*arguments, 0, items, 0)
        return 1
    _busy = True
    try:
        _team(count() - 1).run(work, items, parts, arguments)
    except KeyboardInterrupt:
        _team.cache_clear()  # one of the parts may not have been counted
        raise
    finally:
        _busy = False
    return parts
