"""Where sample inputs come from: hypothesis, which shrinks them, or a seeded generator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tinygrad_fr.ops.definition import Array

_GRID = 40  # values an element can take; few, so that shrinking is quick


class Draws:
    """Sample inputs out of integers, whoever gives those.

    Arrays keep away from ties, zeros and other kinks: each element stands a small irrational step beside a grid of
    numbers, so no two are equal and central differences stay on one side.

    Args:
        integer: gives an integer between two bounds, both included.
        integers: gives so many integers from 0 to a bound, where that is faster at once.
    """

    def __init__(
        self, integer: Callable[[int, int], int], integers: Callable[[int, int], Sequence[int]] | None = None
    ) -> None:
        self._integer = integer
        self._integers = integers or (lambda count, high: [integer(0, high) for _each in range(count)])
        self._arrays = 0

    def integer(self, low: int, high: int) -> int:
        """An integer, both bounds included."""
        return self._integer(low, high)

    def choice(self, options: Sequence[Any]) -> Any:
        """One of the options; the first is the simplest."""
        return options[self._integer(0, len(options) - 1)]

    def shape(self, min_dims: int = 0, max_dims: int = 3, *, min_side: int = 1, max_side: int = 4) -> tuple[int, ...]:
        """A shape."""
        dims = self._integer(min_dims, max_dims)
        return tuple(self._integer(min_side, max_side) for _dim in range(dims))

    def array(self, shape: tuple[int, ...], low: float = -2.0, high: float = 2.0) -> Array:
        """A float64 array."""
        size = int(np.prod(shape, dtype=np.int64))
        grid = np.array(self._integers(size, _GRID), np.float64)
        self._arrays += 1
        steps = np.modf((np.arange(size) + 1) * 0.6180339887 + self._arrays * 0.7548776662)[0]
        values: Array = low + (high - low) * (0.01 + 0.96 * grid / _GRID + 0.02 * steps)
        return values.reshape(shape)

    def indices(self, shape: tuple[int, ...], size: int) -> Array:
        """An int64 array of indices under ``size``."""
        count = int(np.prod(shape, dtype=np.int64))
        return np.array(self._integers(count, size - 1), np.int64).reshape(shape)


def seeded(seed: int) -> Draws:
    """Draws from a seeded generator."""
    generator = np.random.default_rng(seed)
    return Draws(lambda low, high: int(generator.integers(low, high, endpoint=True)))


def from_hypothesis(draw: Callable[[Any], Any]) -> Draws:
    """Draws inside a hypothesis test; ``draw`` is that of a composite strategy or of ``data()``."""
    from hypothesis import strategies

    def integers(count: int, high: int) -> Sequence[int]:
        """One draw for a whole array: a byte per element, which shrinks to 0."""
        return [byte % (high + 1) for byte in draw(strategies.binary(min_size=count, max_size=count))]

    return Draws(lambda low, high: int(draw(strategies.integers(low, high))), integers)
