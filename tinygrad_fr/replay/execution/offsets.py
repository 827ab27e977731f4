"""Offsets of buffers in one array: the place of a buffer is reused when its live range ends."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LINE = 16  # numbers: in float32, buffers start at a cache line of 64 bytes


def offsets(lives: Sequence[tuple[int, int, int]]) -> tuple[list[int], int]:
    """Offsets of buffers, and the length of the array that holds them all.

    A buffer takes the smallest hole that it fits in (best fit). At the end of its live range it leaves a hole, which is
    joined with its neighbours.

    Args:
        lives: size, first step and last step of each buffer.

    Example:
        >>> offsets([(16, 0, 1), (16, 1, 2), (16, 2, 3)])
        ([0, 16, 0], 32)
    """
    found = [0] * len(lives)
    holes: list[tuple[int, int]] = []  # offset, end
    total = 0
    births = sorted(range(len(lives)), key=lambda i: (lives[i][1], -lives[i][0]))
    deaths = sorted(range(len(lives)), key=lambda i: lives[i][2])
    dead = 0
    for i in births:
        size, first, _last = lives[i]
        while dead < len(deaths) and lives[deaths[dead]][2] < first:
            j = deaths[dead]
            _give_back(holes, found[j], found[j] + _rounded(lives[j][0]))
            dead += 1
        need = _rounded(size)
        fitting = [(end - start, k) for k, (start, end) in enumerate(holes) if end - start >= need]
        if fitting:
            _room, k = min(fitting)
            start, end = holes[k]
            found[i] = start
            holes[k : k + 1] = [(start + need, end)] if start + need < end else []
        else:
            found[i], total = total, total + need
    return found, total


def _rounded(size: int) -> int:
    return -(-max(size, 1) // LINE) * LINE


def _give_back(holes: list[tuple[int, int]], start: int, end: int) -> None:
    at = bisect_left(holes, (start, end))
    if at < len(holes) and holes[at][0] == end:
        end = holes.pop(at)[1]
    if at and holes[at - 1][1] == start:
        at -= 1
        start = holes.pop(at)[0]
    holes.insert(at, (start, end))
