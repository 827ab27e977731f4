"""Random tensors: the same seed gives the same numbers, bit for bit, on one machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.devices.device import checked as checked_device
from tinygrad_fr.errors import DataError, DtypeError
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.ops.definition import as_dtype, get_default_dtype, value_of
from tinygrad_fr.record.mode import now

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "Generator",
    "bernoulli",
    "default",
    "drawn",
    "manual_seed",
    "multinomial",
    "normal",
    "rand",
    "rand_like",
    "randint",
    "randint_like",
    "randn",
    "randn_like",
    "randperm",
    "uniform",
]


class Generator:
    """A source of random numbers of its own.

    Args:
        seed: where its sequence starts.

    Example:
        >>> own = Generator(7)
        >>> first = randn(2, generator=own).tolist()
        >>> second = randn(2, generator=own).tolist()
        >>> first == randn(2, generator=own.manual_seed(7)).tolist() != second
        True
    """

    def __init__(self, seed: int = 0) -> None:
        self.manual_seed(seed)

    def manual_seed(self, seed: int) -> Generator:
        """Start the sequence over from a seed."""
        self.numpy = np.random.default_rng(seed)
        return self


default = Generator()


def manual_seed(seed: int) -> Generator:
    """Seed the generator that is used where none is given, and return it.

    Example:
        >>> first = manual_seed(0) and randn(2).tolist()
        >>> manual_seed(0) and randn(2).tolist() == first
        True
    """
    return default.manual_seed(seed)


def drawn(draw: Callable[[np.random.Generator], Any], generator: Generator | None = None) -> Tensor:
    """What a draw gives, as a tensor; a step that is replayed draws again each time.

    Example:
        >>> drawn(lambda source: source.permutation(3), Generator(0)).sort().values
        tensor([0, 1, 2])
    """
    source = generator or default
    tape = now().tape
    return Tensor.wrap(draw(source.numpy) if tape is None else tape.drawn(draw, source))


def _sides(size: tuple[Any, ...]) -> tuple[int, ...]:
    return tuple(size[0]) if len(size) == 1 and not isinstance(size[0], int) else size


def uniform(
    size: Sequence[int], low: float, high: float, *, generator: Generator | None = None, dtype: Any = None
) -> Tensor:
    """Numbers drawn uniformly between two bounds.

    Example:
        >>> x = uniform((1000,), 5.0, 7.0, generator=Generator(0))
        >>> round(x.mean().item(), 1), bool((x >= 5).all() and (x < 7).all())
        (6.0, True)
    """
    kind = as_dtype(dtype or get_default_dtype())
    return drawn(lambda source: np.asarray(source.uniform(low, high, tuple(size))).astype(kind), generator)


def rand(
    *size: Any, generator: Generator | None = None, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """Numbers drawn uniformly between 0 and 1.

    Example:
        >>> rand(2, 3).shape, bool((rand(100) < 1).all())
        ((2, 3), True)
    """
    checked_device(device)
    return uniform(_sides(size), 0.0, 1.0, generator=generator, dtype=dtype).requires_grad_(requires_grad)


def randn(
    *size: Any, generator: Generator | None = None, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """Numbers drawn from the standard normal distribution.

    Example:
        >>> randn(2, 3).shape
        (2, 3)
    """
    checked_device(device)
    kind, shape = as_dtype(dtype or get_default_dtype()), _sides(size)
    found = drawn(lambda source: np.asarray(source.standard_normal(shape)).astype(kind), generator)
    return found.requires_grad_(requires_grad)


def randint(low: int, high: Any, size: Any = None, *, generator: Generator | None = None) -> Tensor:
    """Integers from ``low`` (0 when one bound is given) to ``high``, which is excluded.

    Example:
        >>> bool((randint(0, 6, (100,)) < 6).all())
        True
    """
    low, high, size = (0, low, high) if size is None else (low, high, size)
    if low >= high:
        raise DataError(
            _("randint: expected a low bound under the high one, got {low} and {high}").format(low=low, high=high)
        )
    return drawn(lambda source: np.asarray(source.integers(low, high, tuple(size))), generator)


def randperm(n: int, *, generator: Generator | None = None) -> Tensor:
    """The integers under ``n`` in random order.

    Example:
        >>> sorted(randperm(4).tolist())
        [0, 1, 2, 3]
    """
    if n < 0:
        raise DataError(_("randperm: expected a number of at least 0, got {n}").format(n=n))
    return drawn(lambda source: source.permutation(n), generator)


def rand_like(input: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Numbers drawn uniformly between 0 and 1, in the shape and dtype of a tensor.

    Example:
        >>> x = rand_like(Tensor([[1.0, 2.0, 3.0]]))
        >>> x.shape, bool((x < 1).all())
        ((1, 3), True)
    """
    return rand(tuple(input.shape), dtype=dtype or input.dtype, requires_grad=requires_grad)


def randn_like(input: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Numbers drawn from the standard normal distribution, in the shape and dtype of a tensor.

    Example:
        >>> randn_like(Tensor(np.zeros((2, 3)))).dtype  # a float64 tensor's
        dtype('float64')
    """
    return randn(tuple(input.shape), dtype=dtype or input.dtype, requires_grad=requires_grad)


def randint_like(input: Any, low: int, high: int | None = None, *, dtype: Any = None) -> Tensor:
    """Integers from ``low`` (0 when one bound is given) to ``high``, excluded, in the shape and dtype of a tensor.

    Example:
        >>> sorted(set(randint_like(Tensor(np.zeros(100)), 2, 4).tolist()))
        [2.0, 3.0]
    """
    low, high = (0, low) if high is None else (low, high)
    return randint(low, high, tuple(input.shape)).to(dtype or input.dtype)


def normal(mean: Any = 0.0, std: Any = 1.0, size: Any = None, *, generator: Generator | None = None) -> Tensor:
    """Numbers drawn from normal distributions, whose means and deviations may be tensors.

    Example:
        >>> normal(Tensor([1.0, 100.0]), 0.0)
        tensor([  1., 100.])
        >>> round(normal(5.0, 2.0, (10000,), generator=Generator(0)).std().item(), 1)
        2.0
    """
    center, spread = value_of(mean), value_of(std)
    shape = np.broadcast_shapes(np.shape(center), np.shape(spread)) if size is None else tuple(size)
    if np.any(np.asarray(spread) < 0):
        raise DataError(_("normal: expected a deviation of at least 0"))
    kind = get_default_dtype()
    return drawn(lambda source: np.asarray(source.standard_normal(shape) * spread + center).astype(kind), generator)


def _of_floats(name: str, x: Any) -> None:
    if x.dtype.kind != "f":
        raise DtypeError(_("{name}: expected probabilities of floats, got {found}").format(name=name, found=x.dtype))


def bernoulli(input: Any, p: float | None = None, *, generator: Generator | None = None) -> Tensor:
    """1 with the probability that each element says (or p everywhere), else 0.

    Example:
        >>> bernoulli(rand(3) * 0 + 1).tolist()
        [1.0, 1.0, 1.0]
    """
    if p is None:
        _of_floats("bernoulli", input)
    chances = value_of(input) if p is None else np.full(input.shape, p)
    if np.any((chances < 0) | (chances > 1)):
        raise DataError(_("bernoulli: expected probabilities from 0 to 1"))
    return drawn(lambda source: (source.random(np.shape(chances)) < chances).astype(input.dtype), generator)


def multinomial(
    input: Any, num_samples: int, replacement: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Indices drawn with the weights of each row.

    Example:
        >>> multinomial(Tensor([0.0, 3.0, 0.0]), 4, replacement=True)
        tensor([1, 1, 1, 1])
        >>> sorted(multinomial(Tensor([1.0, 1.0, 1.0]), 3).tolist())  # without replacement: each once
        [0, 1, 2]
    """
    _of_floats("multinomial", input)
    if num_samples < 1:
        raise DataError(_("multinomial: expected at least 1 sample, got {n}").format(n=num_samples))
    rows = np.atleast_2d(value_of(input)).astype(np.float64)
    if np.any(rows < 0) or np.any(rows.sum(1) <= 0) or (not replacement and np.any((rows > 0).sum(1) < num_samples)):
        raise DataError(_("multinomial: expected weights of at least 0, of which {n} are not").format(n=num_samples))

    def draw(source: np.random.Generator) -> Any:
        found = [source.choice(len(row), num_samples, replace=replacement, p=row / row.sum()) for row in rows]
        return np.stack(found) if len(input.shape) > 1 else found[0]

    return drawn(draw, generator)
