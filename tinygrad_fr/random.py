"""Random tensors: the same seed gives the same numbers, bit for bit, on one machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.ops.definition import as_dtype, get_default_dtype

if TYPE_CHECKING:
    from collections.abc import Sequence


class Generator:
    """A source of random numbers of its own.

    Args:
        seed: where its sequence starts.
    """

    def __init__(self, seed: int = 0) -> None:
        self.manual_seed(seed)

    def manual_seed(self, seed: int) -> Generator:
        """Start the sequence over from a seed."""
        self.numpy = np.random.default_rng(seed)
        return self


default = Generator()


def manual_seed(seed: int) -> Generator:
    """Seed the generator that is used where none is given, and return it."""
    return default.manual_seed(seed)


def _sides(size: tuple[Any, ...]) -> tuple[int, ...]:
    return tuple(size[0]) if len(size) == 1 and not isinstance(size[0], int) else size


def uniform(
    size: Sequence[int], low: float, high: float, *, generator: Generator | None = None, dtype: Any = None
) -> Tensor:
    """Numbers drawn uniformly between two bounds."""
    drawn = (generator or default).numpy.uniform(low, high, tuple(size))
    return Tensor(drawn.astype(as_dtype(dtype or get_default_dtype())))


def rand(*size: Any, generator: Generator | None = None, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Numbers drawn uniformly between 0 and 1."""
    return uniform(_sides(size), 0.0, 1.0, generator=generator, dtype=dtype).requires_grad_(requires_grad)


def randn(*size: Any, generator: Generator | None = None, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Numbers drawn from the standard normal distribution."""
    drawn = (generator or default).numpy.standard_normal(_sides(size))
    return Tensor(drawn.astype(as_dtype(dtype or get_default_dtype())), requires_grad=requires_grad)


def randint(low: int, high: int, size: Sequence[int], *, generator: Generator | None = None) -> Tensor:
    """Integers from ``low`` to ``high``, which is excluded."""
    return Tensor((generator or default).numpy.integers(low, high, tuple(size)))


def randperm(n: int, *, generator: Generator | None = None) -> Tensor:
    """The integers under ``n`` in random order."""
    return Tensor((generator or default).numpy.permutation(n))
