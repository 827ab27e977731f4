"""Where pieces of work run: loky's processes on this machine, or a Dask cluster.

Both are executors of Python's own kind (PEP 3148). Each piece runs on one core:
there are as many pieces as cores or more, and its numbers are then the same wherever it runs.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import threading
from concurrent.futures import FIRST_COMPLETED, as_completed, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from tinygrad_fr.errors import TinygradError, UsageError
from tinygrad_fr.kernels.runtime import cores
from tinygrad_fr.locale import _, language, set_language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

T = TypeVar("T")
R = TypeVar("R")

LOST = 3  # workers that one piece may lose before it is given up: it may be what kills them
_PATIENCE = "5s"  # for a cluster's answer
_GLANCE = 0.5  # seconds between two looks at whether a piece is still wanted


@dataclass(frozen=True)
class Done(Generic[T, R]):
    """What came of one piece.

    Attributes:
        task: the piece.
        result: what it gave; None where its workers were lost.

    Example:
        >>> done = [Done(task=4, result=2.0), Done(task=-1, result=None)]
        >>> [each.task for each in done if each.result is None]
        [-1]
    """

    task: T
    result: R | None


@dataclass(frozen=True)
class Workers:
    """Whom work is shared among.

    Args:
        count: processes on this machine; None for one per core.
        cluster: address of a Dask scheduler, whose workers serve instead.

    Example:
        >>> sorted(done.result for done in Workers(2).each(abs, [-1, 2, -3]))
        [1, 2, 3]
    """

    count: int | None = None
    cluster: str | None = None

    def each(self, work: Callable[[T], R], tasks: Sequence[T]) -> Iterator[Done[T, R]]:
        """Do every piece; what they give, as they come.

        A worker that dies is replaced, and its piece is begun again on another.

        Args:
            work: a function of a module, so that workers find it.
            tasks: plain data.

        Raises:
            TinygradError: the cluster does not answer.
            Exception: what a piece raised.
        """
        piece = partial(_alone, language(), work)
        if self.cluster is not None:
            return _there(self.cluster, piece, tasks)
        return _here(min(self.count or cores.count(), len(tasks)), piece, tasks)


def _here(count: int, work: Callable[[T], R], tasks: Sequence[T]) -> Iterator[Done[T, R]]:
    """On processes of this machine, each a pool of its own: a pool that loses a process gives up all that it holds."""
    from loky import ProcessPoolExecutor

    waiting = [(task, LOST) for task in reversed(tasks)]
    free: list[Any] = [ProcessPoolExecutor(1) for _ in range(count)]
    busy: dict[Future[R], tuple[Any, T, int]] = {}
    try:
        while waiting or busy:
            while waiting and free:
                pool, (task, tries) = free.pop(), waiting.pop()
                try:
                    busy[pool.submit(work, task)] = pool, task, tries - 1
                except BrokenProcessPool:  # its process died at rest
                    free.append(ProcessPoolExecutor(1))
                    waiting.append((task, tries))
            for future in wait(busy, return_when=FIRST_COMPLETED).done:
                pool, task, tries = busy.pop(future)
                free.append(pool)
                try:
                    yield Done(task, future.result())
                except BrokenProcessPool:
                    free[-1] = ProcessPoolExecutor(1)
                    if tries:
                        waiting.append((task, tries))
                    else:
                        yield Done(task, None)
    except BaseException:  # an interruption does not wait for what is under way: each piece keeps its own state
        for pool in (*free, *(pool for pool, _task, _tries in busy.values())):
            pool.shutdown(kill_workers=True)
        raise
    for pool in free:
        pool.shutdown()


def _there(address: str, work: Callable[[T], R], tasks: Sequence[T]) -> Iterator[Done[T, R]]:
    """On a cluster, whose scheduler tries several workers by itself."""
    with _dask(address) as (client, killed), client.get_executor(retries=0, pure=False) as executor:
        futures = {executor.submit(_wanted, work, task): task for task in tasks}
        try:
            for future in as_completed(futures):
                try:
                    yield Done(futures[future], future.result())
                except killed:
                    yield Done(futures[future], None)
        except BaseException:  # as on this machine: what waits is forgotten, what is under way is interrupted
            executor.shutdown(wait=False)
            raise


@contextlib.contextmanager
def _dask(address: str) -> Iterator[tuple[Any, type[Exception]]]:
    """A client of the cluster at an address."""
    try:
        from distributed import Client
        from distributed.scheduler import KilledWorker
    except ImportError:
        raise UsageError(
            _("--cluster: expected Dask; to install it: {command}").format(command="pip install 'tinygrad_fr[cluster]'")
        ) from None
    try:
        client: Any = Client(address, timeout=_PATIENCE, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise TinygradError(
            _("--cluster: no Dask scheduler answers at {address}: {cause}").format(
                address=address, cause=str(error).splitlines()[0]
            )
        ) from None
    with client:
        yield client, KilledWorker


def _wanted(work: Callable[[T], R], task: T) -> R | None:
    """One piece on a worker of a cluster, interrupted as by Ctrl-C once nobody waits for it: Dask itself lets it end."""
    from distributed import get_worker

    worker = get_worker()
    key, here = worker.get_current_task(), threading.get_ident()
    over, turn = threading.Event(), threading.Lock()

    def interrupt(error: type[BaseException] | None) -> None:
        thrown = ctypes.py_object(error) if error is not None else None
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(here), thrown)

    def watch() -> None:
        while not over.wait(_GLANCE):
            state = worker.state.tasks.get(key)
            if state is None or state.state == "cancelled":
                with turn:
                    if not over.is_set():
                        interrupt(KeyboardInterrupt)
                return

    threading.Thread(target=watch, daemon=True).start()
    try:
        try:
            return work(task)
        finally:
            with turn:
                over.set()
                interrupt(None)  # one that comes too late would end the worker's thread
    except KeyboardInterrupt:
        return None  # nobody hears it


def _alone(said: str, work: Callable[[T], R], task: T) -> R:
    """One piece, on one core, in the language of whoever asked for it."""
    from threadpoolctl import threadpool_limits

    set_language(said)
    with cores.alone(), threadpool_limits(1):
        return work(task)


def name() -> str:
    """This process, as its machine's administrator knows it.

    Example:
        >>> name().endswith(str(os.getpid()))
        True
    """
    import socket

    return f"{socket.gethostname()}:{os.getpid()}"
