"""Work shared among the processor's cores, where it is enough to pay for it.

numba's threads do it: they wait for work in a loop for about a millisecond, so that a kernel which comes soon after another
starts on every core within 5 µs, where waking a thread takes ten times as long.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import os
import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinygrad_fr.kernels.generated import imported, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ENOUGH = 500_000  # multiplications and additions a core, some 25 µs

_SOURCE = '''"""Generated: {module}.{name} on every core (functions {version}, {digest})."""
from numba import njit, prange
from {module} import {name} as kernel


@njit(cache=True, parallel=True, nogil=True)
def run(parts, items, {arguments}):
    for part in prange(parts):
        kernel({arguments}, part, items * part // parts, items * (part + 1) // parts)
'''


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
    if cost < 2 * ENOUGH or _alone or threading.current_thread() is not threading.main_thread():
        return 1  # not every pool of numba's lets two threads ask it at once
    return max(1, min(count(), items, int(cost / ENOUGH)))


class Shared:
    """A kernel ``f(*arguments, part, start, stop)`` that does its work on a range of items, on as many cores as pay.

    Args:
        kernel: compiled; parts write to places of their own.

    Example:
        >>> from numba import njit
        >>> import numpy as np
        >>> @njit
        ... def double(x, part, start, stop):
        ...     for i in range(start, stop):
        ...         x[i] *= 2
        >>> x = np.arange(4.0)
        >>> Shared(double)(4, 4.0, x)  # as much as four multiplications: one core
        >>> x
        array([0., 2., 4., 6.])
    """

    def __init__(self, kernel: Any) -> None:
        self.kernel = kernel
        self._run: Callable[..., None] | None = None

    def __call__(self, items: int, cost: float, *arguments: Any) -> None:
        """Do the work of so many items and multiplications."""
        parts = parts_of(items, cost)
        if parts == 1:
            self.kernel(*arguments, 0, 0, items)
            return
        if self._run is None:
            self._run = self._on_every_core()
        self._run(parts, items, *arguments)

    def _on_every_core(self) -> Any:
        function = self.kernel.py_func
        names = list(inspect.signature(function).parameters)[:-3]
        digest = hashlib.sha256(Path(inspect.getfile(function)).read_bytes()).hexdigest()[:12]
        source = written(
            _SOURCE, module=function.__module__, name=function.__name__, arguments=", ".join(names), digest=digest
        )
        return imported(source, "run")
