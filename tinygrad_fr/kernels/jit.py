"""numba's ``njit``, with its files on the disk read and written by one process at a time.

numba writes a function's index and then its machine code, under the first number that the index leaves free. Two processes
that compile the same function for different types at once may so exchange their codes, and the next one to read them crashes
(https://github.com/numba/numba/issues/4807): a sweep or a test run on an empty cache does just that.
"""

from __future__ import annotations

import contextlib
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numba import njit
from numba.core.caching import IndexDataCacheFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["njit"]


@contextlib.contextmanager
def _locked(folder: str) -> Iterator[None]:
    """Alone in a folder of the cache, where the system has locks and the folder can be written."""
    try:
        import fcntl

        file = (Path(folder) / ".lock").open("w")
    except (ImportError, OSError):
        yield
        return
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _one_at_a_time(work: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(work)
    def alone(self: Any, *arguments: Any) -> Any:
        with _locked(self._cache_path):
            return work(self, *arguments)

    return alone


if not hasattr(IndexDataCacheFile.save, "__wrapped__"):
    IndexDataCacheFile.save = _one_at_a_time(IndexDataCacheFile.save)  # type: ignore[method-assign]
    IndexDataCacheFile.load = _one_at_a_time(IndexDataCacheFile.load)  # type: ignore[method-assign]
