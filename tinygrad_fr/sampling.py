"""Arguments on which an operation is proven, and where their numbers come from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

REAL = (-math.inf, math.inf)
POSITIVE = (0.0, math.inf)


class Draw(Protocol):
    """Where an operation's sample inputs come from: hypothesis in a proof, a seeded generator elsewhere."""

    def integer(self, low: int, high: int) -> int:
        """An integer, both bounds included."""

    def choice(self, options: Sequence[Any]) -> Any:
        """One of the options."""

    def shape(self, min_dims: int = 0, max_dims: int = 3, *, min_side: int = 1, max_side: int = 4) -> tuple[int, ...]:
        """A shape."""

    def array(self, shape: tuple[int, ...], low: float = -2.0, high: float = 2.0) -> Any:
        """A float64 array."""

    def indices(self, shape: tuple[int, ...], size: int) -> Any:
        """An int64 array of indices under ``size``."""


@dataclass(frozen=True)
class Sample:
    """Arguments on which an operation is proven.

    Attributes:
        inputs: float64 arrays (differentiated), other arrays and numbers (held).
        attrs: keyword arguments.
    """

    inputs: tuple[Any, ...]
    attrs: Mapping[str, Any]


def inside(inputs: Sequence[str], domain: Mapping[str, tuple[float, float]]) -> Callable[[Draw], Sample]:
    """Draws inputs of broadcastable shapes inside a domain: input name → open interval."""

    def sample(draw: Draw) -> Sample:
        shape = draw.shape(0, 3)
        arrays = []
        for x in inputs:
            low, high = domain.get(x, REAL)
            own = draw.choice([shape, shape, shape[1:], tuple(1 for _side in shape)])
            bounds = max(low, -3.0), min(high, 3.0)
            margin = 0.05 * (bounds[1] - bounds[0])
            arrays.append(draw.array(own, bounds[0] + margin * (low > -3.0), bounds[1] - margin * (high < 3.0)))
        return Sample(tuple(arrays), {})

    return sample
