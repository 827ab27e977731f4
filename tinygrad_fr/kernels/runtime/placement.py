"""The core that a worker wakes on: another one than that of the thread which wakes it.

Linux may wake a thread on the core of its waker, because what the two share is in that core's cache. Both then compute in turns on
one core, and each waits for the other, until the system balances its cores: after some 10 ms, the length of a training step.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_current_core: Callable[[], int] | None
try:
    _current_core = ctypes.PyDLL(None).sched_getcpu
except (AttributeError, OSError, TypeError):  # another system than Linux
    _current_core = None


def elsewhere(thread: int | None) -> set[int] | None:
    """Let a sleeping thread wake on every core but this one.

    Args:
        thread: its number in the system (``Thread.native_id``).

    Returns:
        The cores that it may use once it is awake (:func:`anywhere`); None where nothing was changed.
    """
    if _current_core is None or thread is None or not hasattr(os, "sched_setaffinity"):
        return None
    cores = os.sched_getaffinity(0)
    others = cores - {_current_core()}
    if not others:
        return None
    try:
        os.sched_setaffinity(thread, others)
    except OSError:  # a system that forbids it
        return None
    return cores


def anywhere(cores: set[int] | None) -> None:
    """Let this thread run on any of some cores, so that the system may move it again."""
    if cores is not None:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, cores)
