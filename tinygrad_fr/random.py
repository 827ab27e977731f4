"""Random tensors, PyTorch's on the processor: the same seed gives the same numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.arguments.in_words import in_words
from tinygrad_fr.devices.device import checked as checked_device
from tinygrad_fr.errors import DataError, DtypeError
from tinygrad_fr.generators import Generator, Layout, check_held, default, drawn, fork_rng
from tinygrad_fr.handles.creation import arranged_like, sized_by_name
from tinygrad_fr.handles.random_draws import bernoulli, binomial, flat, multinomial, of_floats
from tinygrad_fr.handles.reading import size_of
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.ops.shared.kinds import FLOATS, takes
from tinygrad_fr.ops.shared.untracked import value_of
from tinygrad_fr.outputs import into_out
from tinygrad_fr.promotion.dtype import as_dtype, get_default_dtype

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "Generator",
    "bernoulli",
    "binomial",
    "default",
    "default_generator",
    "drawn",
    "fork_rng",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "multinomial",
    "normal",
    "poisson",
    "rand",
    "rand_like",
    "randint",
    "randint_like",
    "randn",
    "randn_like",
    "randperm",
    "seed",
    "set_rng_state",
    "uniform",
]

default_generator = default  # PyTorch's name


@in_words
def manual_seed(seed: int) -> Generator:
    """Seed the generator that is used where none is given, and return it.

    Example:
        >>> manual_seed(0)  # doctest: +ELLIPSIS
        <...Generator object at ...>
        >>> rand(3)  # what PyTorch draws
        tensor([0.4963, 0.7682, 0.0885])
    """
    return default.manual_seed(seed)


def seed() -> int:
    """Start over from a seed that nobody foresees, and return it.

    Example:
        >>> seed() == initial_seed()
        True
    """
    return default.seed()


def initial_seed() -> int:
    """The seed that numbers are drawn from where no generator is given.

    Example:
        >>> manual_seed(3) and initial_seed()
        3
    """
    return default.initial_seed()


def get_rng_state() -> Tensor:
    """Where the generator stands that is used where none is given: bytes, in PyTorch's order.

    Example:
        >>> state = get_rng_state()
        >>> first = rand(2)
        >>> set_rng_state(state)
        >>> bool((first == rand(2)).all())
        True
    """
    return default.get_state()


def set_rng_state(new_state: Any) -> None:
    """Go on from where the generator stood, see :func:`get_rng_state`.

    Example:
        >>> set_rng_state(Generator(0).get_state())
        >>> rand(2)
        tensor([0.4963, 0.7682])
    """
    default.set_state(new_state)


def _kind(dtype: Any, name: str) -> Any:
    kind = as_dtype(dtype or get_default_dtype())
    if kind.kind != "f":
        raise DtypeError(_("{name}: expected a dtype of floats, got {found}").format(name=name, found=kind))
    return kind


def uniform(
    size: Sequence[int], low: float, high: float, *, generator: Generator | None = None, dtype: Any = None
) -> Tensor:
    """Numbers drawn uniformly between two bounds.

    Example:
        >>> x = uniform((1000,), 5.0, 7.0, generator=Generator(0))
        >>> round(x.mean().item(), 1), bool((x >= 5).all() and (x < 7).all())
        (6.0, True)
    """
    kind, shape = _kind(dtype, "uniform"), tuple(size)
    return drawn(lambda source: source.uniform(shape, low, high, kind), generator)


@sized_by_name
def rand(
    *size: Any, generator: Generator | None = None, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """Numbers drawn uniformly between 0 and 1.

    Example:
        >>> rand(2, 3).shape, bool((rand(100) < 1).all())
        (torch.Size([2, 3]), True)
    """
    checked_device(device)
    kind, shape = _kind(dtype, "rand"), size_of(size)
    return drawn(lambda source: source.uniform(shape, dtype=kind), generator).requires_grad_(requires_grad)


@sized_by_name
def randn(
    *size: Any, generator: Generator | None = None, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """Numbers drawn from the standard normal distribution.

    Example:
        >>> randn(2, 3).shape
        torch.Size([2, 3])
        >>> manual_seed(0) and randn(3)  # what PyTorch draws
        tensor([ 1.5410, -0.2934, -2.1788])
    """
    checked_device(device)
    kind, shape = _kind(dtype, "randn"), size_of(size)
    return drawn(lambda source: source.normal(shape, dtype=kind), generator).requires_grad_(requires_grad)


def _bounds(name: str, low: Any, high: Any) -> tuple[int, int]:
    if low >= high:
        raise DataError(
            _("{name}: expected a low bound under the high one, got {low} and {high}").format(
                name=name, low=low, high=high
            )
        )
    return int(low), int(high)


@into_out
def randint(
    low: Any = 0,
    high: Any = None,
    size: Any = None,
    *,
    generator: Generator | None = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Integers from ``low`` (0 when one bound is given) to ``high``, which is excluded.

    Example:
        >>> bool((randint(0, 6, (100,)) < 6).all())
        True
        >>> manual_seed(0) and randint(10, (5,))  # what PyTorch draws
        tensor([4, 9, 3, 0, 3])
    """
    checked_device(device)
    if size is None:
        low, high, size = 0, low, high
    elif high is None:
        low, high = 0, low
    first, last = _bounds("randint", low, high)
    kind, shape = as_dtype(dtype or np.int64), size_of((size,))
    check_held("randint", kind, first, last)
    return drawn(lambda source: source.integers(shape, first, last, kind), generator).requires_grad_(requires_grad)


@into_out
def randperm(
    n: int,
    *,
    generator: Generator | None = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """The integers under ``n`` in random order.

    Example:
        >>> sorted(randperm(4).tolist())
        [0, 1, 2, 3]
        >>> manual_seed(0) and randperm(4)  # what PyTorch draws
        tensor([0, 1, 3, 2])
    """
    checked_device(device)
    if n < 0:
        raise DataError(_("randperm: expected a number of at least 0, got {n}").format(n=n))
    kind = as_dtype(dtype or np.int64)
    return drawn(lambda source: source.permutation(n, kind), generator).requires_grad_(requires_grad)


@arranged_like
def rand_like(
    input: Any,
    *,
    generator: Generator | None = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Numbers drawn uniformly between 0 and 1, in the shape and dtype of a tensor.

    Example:
        >>> x = rand_like(Tensor([[1.0, 2.0, 3.0]]))
        >>> x.shape, bool((x < 1).all())
        (torch.Size([1, 3]), True)
    """
    checked_device(device)
    kind, layout = _kind(dtype or input.dtype, "rand_like"), Layout(input)
    found = drawn(lambda source: layout.drawn(lambda shape: source.uniform(shape, dtype=kind)), generator)
    return found.requires_grad_(requires_grad)


@arranged_like
def randn_like(
    input: Any,
    *,
    generator: Generator | None = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Numbers drawn from the standard normal distribution, in the shape and dtype of a tensor.

    Example:
        >>> from tinygrad_fr import tensor
        >>> randn_like(tensor(np.zeros((2, 3)))).dtype  # a float64 tensor's
        torch.float64
    """
    checked_device(device)
    kind, layout = _kind(dtype or input.dtype, "randn_like"), Layout(input)
    found = drawn(
        lambda source: layout.drawn(lambda shape: source.normal(shape, dtype=kind, dense=layout.dense)), generator
    )
    return found.requires_grad_(requires_grad)


@arranged_like
def randint_like(
    input: Any,
    low: Any = 0,
    high: Any = None,
    *,
    generator: Generator | None = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Integers from ``low`` (0 when one bound is given) to ``high``, excluded, in the shape and dtype of a tensor.

    Example:
        >>> from tinygrad_fr import tensor
        >>> sorted(set(randint_like(tensor(np.zeros(100)), 2, 4).tolist()))
        [2.0, 3.0]
    """
    checked_device(device)
    first, last = _bounds("randint_like", *((0, low) if high is None else (low, high)))
    kind, layout = as_dtype(dtype or input.dtype), Layout(input)
    check_held("randint_like", kind, first, last)
    found = drawn(lambda source: layout.drawn(lambda shape: source.integers(shape, first, last, kind)), generator)
    return found.requires_grad_(requires_grad)


@into_out
def normal(
    mean: Any = 0.0,
    std: Any = 1.0,
    size: Any = None,
    *,
    generator: Generator | None = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Numbers drawn from normal distributions, whose means and deviations may be tensors.

    Example:
        >>> normal(Tensor([1.0, 100.0]), 0.0)
        tensor([  1., 100.])
        >>> round(normal(5.0, 2.0, (10000,), generator=Generator(0)).std().item(), 1)
        2.0
    """
    checked_device(device)
    center, spread = value_of(mean), value_of(std)
    if np.any(np.asarray(spread) < 0):
        raise DataError(_("normal: expected a deviation of at least 0"))
    if size is not None:
        kind, shape = _kind(dtype, "normal"), size_of((size,))
        found = drawn(lambda source: source.normal(shape, center, spread, kind), generator)
        return found.requires_grad_(requires_grad)
    first = next((x for x in (mean, std) if hasattr(x, "dtype")), None)
    if first is not None:
        takes("normal", first, *FLOATS)
    kind = get_default_dtype() if first is None else first.dtype
    shape = np.broadcast_shapes(np.shape(center), np.shape(spread))

    def draw(source: Generator) -> Any:
        return np.asarray(source.normal(shape, dtype=kind) * spread + center).astype(kind)

    return flat(drawn(draw, generator).requires_grad_(requires_grad), mean, std)


@in_words
def poisson(input: Any, generator: Generator | None = None) -> Tensor:
    """Counts of what happens at the mean rate that each element says.

    Example:
        >>> poisson(Tensor([0.0, 0.0]))
        tensor([0., 0.])
    """
    of_floats("poisson", input)
    rates = value_of(input)
    if np.any(rates < 0):
        raise DataError(_("poisson: expected rates of at least 0"))
    return flat(drawn(lambda source: source.poisson(rates), generator), input)
