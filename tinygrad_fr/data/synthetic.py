"""Sequences made to measure memory: what must be remembered stands far from where it is asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

ADDING_BASELINE = 1 / 6  # mean squared error of the answer 1, the variance of the sum of two uniform numbers
ORDER_LETTERS = "abcdXY"


def adding(n: int, steps: int, *, seed: int = 0) -> tuple[Array, Array]:
    """The adding problem: sequences (n, steps, 2) of a number in [0, 1] and a mark, and the sum (n,) of the two marked.

    One mark stands in each half of the sequence.
    """
    generator = np.random.default_rng(seed)
    numbers = generator.uniform(size=(n, steps))
    marks = np.zeros((n, steps))
    half = max(steps // 2, 1)
    rows = np.arange(n)
    marks[rows, generator.integers(0, half, n)] = 1
    marks[rows, generator.integers(min(half, steps - 1), steps, n)] = 1
    return np.stack([numbers, marks], axis=-1).astype(np.float32), (numbers * marks).sum(axis=1).astype(np.float32)


def temporal_order(n: int, steps: int, *, seed: int = 0) -> tuple[Array, Array]:
    """The temporal-order problem: letters (n, steps) as indices into ``ORDER_LETTERS``, and which of XX, XY, YX, YY (n,).

    The two capitals stand in the first fifth and around the middle, among letters that mean nothing.
    """
    generator = np.random.default_rng(seed)
    letters = generator.integers(0, 4, (n, steps))
    first, second = generator.integers(0, 2, (2, n))
    rows = np.arange(n)
    letters[rows, generator.integers(steps // 10, max(steps // 5, steps // 10 + 1), n)] = 4 + first
    letters[rows, generator.integers(2 * steps // 5, max(steps // 2, 2 * steps // 5 + 1), n)] = 4 + second
    return letters, 2 * first + second
