"""Sums of floats that keep their digits.

Along the numbers that lie together numpy adds in pairs, so that what is rounded away grows with the logarithm of their count. Along any
other dimension it adds one row after the other: the mean of a column of 100 000 numbers of float32 was wrong in its fourth digit.
Here long runs of rows are added in blocks, and then the blocks.
"""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

FEW = 512  # numbers: among so few no run is long
_BLOCK = 64  # rows that are added one after the other
_MANY, _RUN = 16_384, 4096  # numbers: of so many, squares are added run by run

_reduce: Any = np.add.reduce


def added(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The sum of an array of floats along dimensions, of all unless told; float16 is for those who call to widen.

    Example:
        >>> tenths = np.full((100_000, 2), 0.1, np.float32)
        >>> f"{added(tenths, 0)[0]:.1f}", f"{np.add.reduce(tenths, 0)[0]:.1f}"  # the last digits are the processor's
        ('10000.0', '9998.6')
    """
    if x.size < FEW or x.dtype.kind != "f":
        return _reduce(x, axis, None, None, keepdims)
    plan = _plan(x.shape, axis, keepdims)
    if plan is None or (axis is None and x.flags.forc):
        return _reduce(x, axis, None, None, keepdims)
    sides, shape = plan
    for each in sides:
        x = _rows(x.reshape(each))
    return x.reshape(shape)


def squares_added(x: Any) -> Any:
    """The sum of the squares of all numbers of an array of floats; those of many are not written out.

    Example:
        >>> float(squares_added(np.full(100_000, 0.5)))
        25000.0
    """
    if x.size < _MANY or not x.flags.c_contiguous or x.dtype.char not in "fd":
        return added(x * x)
    flat, whole = x.reshape(-1), x.size // _RUN * _RUN
    runs, rest = flat[:whole].reshape(-1, _RUN), flat[whole:]
    return _reduce(np.vecdot(runs, runs)) + np.vecdot(rest, rest)


@lru_cache(maxsize=1024)
def _plan(shape: tuple[int, ...], axis: Any, keepdims: bool) -> Any:
    """The sides (A, R, B) that an array is seen with for each run of dimensions, the last run first, and the shape of the sum.

    None where no run of rows is long.
    """
    ndim = len(shape)
    dims = (
        list(range(ndim)) if axis is None else sorted({d % ndim for d in ((axis,) if isinstance(axis, int) else axis)})
    )
    starts = [d for d in dims if d - 1 not in dims]
    ends = [d + 1 for d in dims if d + 1 not in dims]
    sides, kept, after = [], 1, ndim
    for first, last in zip(reversed(starts), reversed(ends), strict=True):
        kept *= prod(shape[last:after])
        sides.append((prod(shape[:first]), prod(shape[first:last]), kept))
        after = first
    if all(rows <= _BLOCK for _before, rows, _apart in sides):
        return None
    return sides, tuple(1 if i in dims else side for i, side in enumerate(shape) if keepdims or i not in dims)


def _rows(x: Any) -> Any:
    """The sum (A, B) of (A, R, B) along R, in blocks."""
    a, r, b = x.shape
    if b == 1:
        return _reduce(x.reshape(a, r), 1)
    if _BLOCK < r <= 2 * _BLOCK:
        return _reduce(x[:, :_BLOCK], 1) + _reduce(x[:, _BLOCK:], 1)
    while r > _BLOCK:
        whole = r // _BLOCK * _BLOCK
        blocks = _reduce(x[:, :whole].reshape(a, -1, _BLOCK, b), 2)
        x = blocks if whole == r else np.concatenate((blocks, _reduce(x[:, whole:], 1, keepdims=True)), 1)
        r = x.shape[1]
    return _reduce(x, 1)
