"""Positions of elements in a flattened contiguous array: numpy takes elements fastest by one such number each."""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tinygrad_fr.ops.definition import Array


def chosen(x: Array, dim: int, numbers: Array) -> Array:
    """The elements that numbers choose along a dimension, for each place in the others. They must be known to be right.

    Example:
        >>> chosen(np.array([[1, 2, 3], [4, 5, 6]]), 1, np.array([[2], [0]]))
        array([[3],
               [4]])
    """
    if x.flags.c_contiguous:
        starts, step = (_starts if x.size <= _SMALL else _starts.__wrapped__)(x.shape, dim)
        return x.take(starts + (numbers if step == 1 else numbers * step))
    return np.take_along_axis(x, numbers, dim)


_SMALL = 4096  # elements: more places are not worth the memory that keeping them takes


def given_back(g: Array, shape: tuple[int, ...], dim: int, numbers: Array) -> Array:
    """Zeros of a shape with g at the elements that numbers choose along a dimension, none of them twice.

    Example:
        >>> given_back(np.array([[5.0], [7.0]]), (2, 3), 1, np.array([[2], [0]]))
        array([[0., 0., 5.],
               [7., 0., 0.]])
    """
    starts, step = (_starts if g.size <= _SMALL else _starts.__wrapped__)(shape, dim)
    result = np.zeros(shape, g.dtype)
    result.put(starts + (numbers if step == 1 else numbers * step), g)
    return result


@lru_cache(maxsize=256)
def _starts(shape: tuple[int, ...], dim: int) -> tuple[Any, int]:
    """Where each row along a dimension starts, in an array that has length 1 there, and how far its next element is."""
    starts = np.zeros((1,) * len(shape), np.int64)
    for i, side in enumerate(shape):
        if i != dim:
            step = prod(shape[i + 1 :])
            starts = starts + (np.arange(side) * step).reshape((side,) + (1,) * (len(shape) - i - 1))
    starts.flags.writeable = False
    return starts, prod(shape[dim + 1 :])
