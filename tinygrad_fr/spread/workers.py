"""Where pieces of work run: loky's processes on this machine, or a Dask cluster.

Both are executors of Python's own kind (PEP 3148), so nothing else knows which of them serves. Each piece runs on one core:
there are as many pieces as cores or more, and its numbers are then the same wherever it runs.
"""

from __future__ import annotations

import contextlib
import os
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from tinygrad_fr.errors import TinygradError, UsageError
from tinygrad_fr.kernels import cores
from tinygrad_fr.locale import _, language, set_language

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from concurrent.futures import Executor

T = TypeVar("T")
R = TypeVar("R")

LOST = 3  # workers that one piece may lose before it is given up: it may be what kills them
_PATIENCE = "5s"  # for a cluster's answer


@dataclass(frozen=True)
class Done(Generic[T, R]):
    """What came of one piece.

    Attributes:
        task: the piece.
        result: what it gave; None where its workers were lost.
    """

    task: T
    result: R | None


@dataclass(frozen=True)
class Workers:
    """Whom work is shared among.

    Args:
        count: processes on this machine; None for one a core.
        cluster: address of a Dask scheduler, whose workers serve instead.

    Example:
        >>> sorted(done.result for done in Workers(2).each(abs, [-1, 2, -3]))
        [1, 2, 3]
    """

    count: int | None = None
    cluster: str | None = None

    def each(self, work: Callable[[T], R], tasks: Sequence[T]) -> Iterator[Done[T, R]]:
        """Do every piece; what they give, as they come.

        A worker that dies is replaced, and its piece is begun again on another, alone.

        Args:
            work: a function of a module, so that workers find it.
            tasks: plain data.

        Raises:
            TinygradError: the cluster does not answer.
            Exception: what a piece raised.
        """
        waiting = list(tasks)
        while waiting:
            count = min(self.count or cores.count(), len(waiting))
            lost = yield from self._round(work, waiting, count)
            if self.cluster is not None:  # Dask has tried several workers by itself
                suspects, waiting = lost, []
            else:  # whatever brought the workers down was at work: the first ones, since pieces are begun in order
                suspects, waiting = lost[:count], lost[count:]
            for task in suspects:
                yield from self._again(work, task)

    def _again(self, work: Callable[[T], R], task: T) -> Iterator[Done[T, R]]:
        """A piece whose worker died, on its own, so that it takes no other one with it."""
        for _attempt in range(0 if self.cluster is not None else LOST - 1):
            if not (yield from self._round(work, [task], 1)):
                return
        yield Done(task, None)

    def _round(self, work: Callable[[T], R], tasks: list[T], count: int) -> Generator[Done[T, R], None, list[T]]:
        """Do every piece once, and give back those whose worker died, in order."""
        left = set(range(len(tasks)))
        with self._executor(count) as (executor, broken):
            futures = {executor.submit(partial(_alone, language()), work, task): i for i, task in enumerate(tasks)}
            for future in as_completed(futures):
                with contextlib.suppress(broken):
                    result = future.result()
                    left.remove(futures[future])
                    yield Done(tasks[futures[future]], result)
        return [tasks[i] for i in sorted(left)]

    @contextlib.contextmanager
    def _executor(self, count: int) -> Iterator[tuple[Executor, type[Exception]]]:
        """An executor, and what its futures raise when the worker was lost."""
        if self.cluster is not None:
            with _dask(self.cluster) as (client, killed), client.get_executor(retries=0) as executor:
                yield executor, killed
            return
        from loky import ProcessPoolExecutor

        executor = ProcessPoolExecutor(max_workers=count)
        try:
            yield executor, BrokenProcessPool
        except BaseException:  # an interruption does not wait for what is under way: each piece keeps its own state
            executor.shutdown(wait=True, kill_workers=True)
            raise
        executor.shutdown(wait=True)


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
