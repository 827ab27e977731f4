"""How much memory a file may ask for: what it says of its sizes is read first, and held against a bound before anything is unpacked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tinygrad_fr.errors import DataError
from tinygrad_fr.locale import _, number

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LIMIT = 2**28  # bytes: 60 000 images of 28×28 as float32 fit, and a process that reads as much stays under 1 GB


def check(path: Path, size: int, limit: int) -> None:
    """Refuse what would take more memory than the bound.

    Args:
        path: the file, for the message.
        size: bytes that it would take.
        limit: bytes that it may.

    Raises:
        DataError: it is larger.
    """
    if size > limit:
        raise DataError(
            _(
                "{path} would take {size} MB of memory, and at most {most} MB are read; --limit, or limit= in Python, raises the bound"
            ).format(path=path, size=_megabytes(size), most=_megabytes(limit))
        )


def numbers(path: Path, shape: Sequence[int], width: int, limit: int) -> None:
    """Refuse an array that would take more than the bound, as it is in the file or as the float32 that it becomes.

    Raises:
        DataError: it is larger.
    """
    check(path, math.prod(shape) * max(width, 4), limit)


def _megabytes(size: int) -> str:
    """Rounded up, and short however large."""
    return number(min(-(-size // 10**6), 10**15), 0)
