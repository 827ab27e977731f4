"""Distributions of whole numbers and of classes."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tinygrad_fr.distributions import constraints
from tinygrad_fr.distributions.distribution import (
    Distribution,
    as_tensor,
    draws,
    log_gamma,
    tensors,
    xlogy,
)
from tinygrad_fr.errors import DataError
from tinygrad_fr.handles.size import Size
from tinygrad_fr.handles.tensor import Tensor, tensor
from tinygrad_fr.locale import _
from tinygrad_fr.nn.functional import binary_cross_entropy_with_logits
from tinygrad_fr.ops import registry
from tinygrad_fr.ops.shapes.broadcasting import broadcast_shapes, broadcast_tensors
from tinygrad_fr.random import bernoulli, drawn

if TYPE_CHECKING:
    from tinygrad_fr.generators import Generator


# Probabilities of success, and of classes, or what they are said by.
CHANCES = {"probs": constraints.unit_interval, "logits": constraints.real}
CLASSES = {"probs": constraints.simplex, "logits": constraints.real_vector}


def _one_of(name: str, probs: Any, logits: Any) -> None:
    if (probs is None) == (logits is None):
        raise DataError(_("{name}: expected probs or logits, and not both").format(name=name))


def inside(probs: Any) -> Any:
    """Probabilities that are kept from 0 and 1 by their dtype's precision before their logarithms, as PyTorch does."""
    near = float(np.finfo(probs.current.value.dtype).eps)
    return probs.clamp(near, 1 - near)


def _counted(count: int, batch_shape: tuple[int, ...], dtype: Any, expand: bool) -> Any:
    """0, 1, 2, … along a new first dimension; for each distribution of a batch, or once."""
    numbers = tensor(np.arange(count, dtype=dtype)).reshape(count, *[1] * len(batch_shape))
    return registry["expand_to"](numbers, (count, *batch_shape)) if expand else numbers


class _Chances(Distribution):
    """Parameters said as probabilities of success or as their logits."""

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        _one_of(type(self).__name__, probs, logits)
        self._probs = None if probs is None else as_tensor(probs)
        self._logits = None if logits is None else as_tensor(logits)
        given = self._probs if self._probs is not None else self._logits
        super().__init__(tuple(given.shape), validate_args=validate_args)  # type: ignore[union-attr]

    def _shown(self) -> tuple[str, ...]:
        given = "logits" if self._probs is None else "probs"
        return ("total_count", given) if hasattr(self, "total_count") else (given,)

    @property
    def probs(self) -> Any:
        """Probabilities of success."""
        return self._probs if self._probs is not None else self._logits.sigmoid()  # type: ignore[union-attr]

    @property
    def logits(self) -> Any:
        """Their log-odds."""
        if self._logits is not None:
            return self._logits
        kept = inside(self._probs)
        return kept.log() - registry["log1p"](-kept)


class Bernoulli(_Chances):
    """1 with a probability, else 0.

    Example:
        >>> Bernoulli(0.25).log_prob(1.0), Bernoulli(probs=0.5).entropy()
        (tensor(-1.3863), tensor(0.6931))
    """

    arg_constraints: ClassVar[dict[str, Any]] = CHANCES
    support = constraints.boolean
    has_enumerate_support = True

    @property
    def mean(self) -> Any:
        """The probability."""
        return self.probs

    @property
    def variance(self) -> Any:
        """p (1 − p)."""
        return self.probs * (1 - self.probs)

    @property
    def mode(self) -> Any:
        """The more probable of 0 and 1; NaN where neither is."""
        return registry["where"](self.probs == 0.5, np.nan, (self.probs > 0.5).to(self.probs.dtype))

    def sample(self, sample_shape: Any = ()) -> Any:
        """Draws."""
        return bernoulli(registry["expand_to"](self.probs.detach(), self._extended(sample_shape)))

    def log_prob(self, value: Any) -> Any:
        """x ln p + (1 − x) ln(1 − p), by the logits."""
        logits, value = broadcast_tensors(self.logits, as_tensor(value))
        return -binary_cross_entropy_with_logits(logits, value, reduction="none")

    def entropy(self) -> Any:
        """−p ln p − (1 − p) ln(1 − p), by the logits."""
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")

    def enumerate_support(self, expand: bool = True) -> Any:
        """0 and 1, along a new first dimension; for each distribution of the batch, or once."""
        return _counted(2, self.batch_shape, self.probs.current.value.dtype, expand)


class Geometric(_Chances):
    """How many failures come before the first success.

    Example:
        >>> Geometric(0.25).mean, Geometric(0.5).log_prob(0.0)
        (tensor(3.), tensor(-0.6931))
    """

    arg_constraints: ClassVar[dict[str, Any]] = CHANCES
    support = constraints.nonnegative_integer

    @property
    def mean(self) -> Any:
        """1/p − 1."""
        return 1 / self.probs - 1

    @property
    def variance(self) -> Any:
        """(1/p − 1)/p."""
        return (1 / self.probs - 1) / self.probs

    @property
    def mode(self) -> Any:
        """0."""
        return self.probs * 0

    def sample(self, sample_shape: Any = ()) -> Any:
        """Draws."""
        sides, chances = self._extended(sample_shape), self.probs.detach().numpy()

        def draw(source: Generator, kind: Any) -> Any:
            with np.errstate(divide="ignore"):
                unit = source.uniform(sides, float(np.finfo(kind).tiny), 1.0, kind)
                return np.floor(np.log(unit) / np.log1p(-chances))

        return draws(sides, self.probs, draw)

    def entropy(self) -> Any:
        """That of one attempt, over p."""
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none") / self.probs

    def log_prob(self, value: Any) -> Any:
        """k ln(1 − p) + ln p."""
        return registry["xlog1py"](as_tensor(value), -self.probs) + self.probs.log()


class Binomial(_Chances):
    """How many of ``total_count`` trials succeed.

    Example:
        >>> Binomial(4, 0.5).mean, Binomial(2, 0.5).log_prob(1.0)
        (tensor(2.), tensor(-0.6931))
    """

    arg_constraints: ClassVar[dict[str, Any]] = {"total_count": constraints.nonnegative_integer, **CHANCES}
    support = constraints.dependent_property(lambda self: constraints.integer_interval(0, self.total_count))
    has_enumerate_support = True

    def __init__(
        self, total_count: Any = 1, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        _one_of("Binomial", probs, logits)
        given, self.total_count = tensors(logits if probs is None else probs, total_count)
        super().__init__(None if probs is None else given, given if probs is None else None, validate_args)

    @property
    def mean(self) -> Any:
        """n p."""
        return self.total_count * self.probs

    @property
    def variance(self) -> Any:
        """n p (1 − p)."""
        return self.total_count * self.probs * (1 - self.probs)

    @property
    def mode(self) -> Any:
        """⌊(n + 1) p⌋, at most n."""
        return registry["minimum"](((self.total_count + 1) * self.probs).floor(), self.total_count)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Draws."""
        sides = self._extended(sample_shape)
        n, p = self.total_count.detach().numpy().astype(np.int64), self.probs.detach().numpy()

        def draw(source: Generator, _kind: Any) -> Any:
            return source.binomial(np.broadcast_to(n, sides), np.broadcast_to(p, sides))

        return draws(sides, self.probs, draw)

    def log_prob(self, value: Any) -> Any:
        """ln C(n, k) + k ln p + (n − k) ln(1 − p), by the logits."""
        value, n, logits = as_tensor(value), self.total_count, self.logits
        chosen = log_gamma(n + 1) - log_gamma(value + 1) - log_gamma(n - value + 1)
        above = (logits.clamp(min=0) + logits - logits.clamp(max=0)) / 2  # of a slope of 1/2 at 0, as PyTorch's
        return chosen + value * logits - n * above - n * (-logits.abs()).exp().log1p()

    def entropy(self) -> Any:
        """−Σ p ln p over every count."""
        if bool((self.total_count != self.total_count.max()).any()):
            raise NotImplementedError(_("Binomial: entropy() of several numbers of trials is not here, nor in PyTorch"))
        told = self.log_prob(self.enumerate_support(False))
        return -(told.exp() * told).sum(0)

    def enumerate_support(self, expand: bool = True) -> Any:
        """Every count, along a new first dimension; for each distribution of the batch, or once."""
        return _counted(1 + int(self.total_count.max()), self.batch_shape, self.probs.current.value.dtype, expand)


class Poisson(Distribution):
    """How many events come in a unit of time, at a rate.

    Example:
        >>> Poisson(3.0).mean, Poisson(1.0).log_prob(0.0)
        (tensor(3.), tensor(-1.))
    """

    arg_constraints: ClassVar[dict[str, Any]] = {"rate": constraints.nonnegative}
    support = constraints.nonnegative_integer
    told = ("rate",)

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        (self.rate,) = tensors(rate)
        super().__init__(tuple(self.rate.shape), validate_args=validate_args)

    @property
    def mean(self) -> Any:
        """The rate."""
        return self.rate

    @property
    def variance(self) -> Any:
        """The rate."""
        return self.rate

    @property
    def mode(self) -> Any:
        """⌊λ⌋."""
        return self.rate.floor()

    def sample(self, sample_shape: Any = ()) -> Any:
        """Draws."""
        sides, rate = self._extended(sample_shape), self.rate.detach().numpy()
        return draws(sides, self.rate, lambda source, _kind: source.poisson(np.broadcast_to(rate, sides)))

    def log_prob(self, value: Any) -> Any:
        """k ln λ − λ − ln k!."""
        value = as_tensor(value)
        return xlogy(value, self.rate) - self.rate - log_gamma(value + 1)


class Categorical(Distribution):
    """One of several classes.

    Args:
        probs: a row of weights per distribution, which are made to add up to 1.
        logits: their logarithms, up to a constant.

    Example:
        >>> import tinygrad_fr as tg
        >>> policy = Categorical(tg.tensor([1.0, 3.0]))
        >>> policy.probs, policy.log_prob(tg.tensor(1)), policy.sample((5,)).shape
        (tensor([0.2500, 0.7500]), tensor(-0.2877), torch.Size([5]))
    """

    arg_constraints: ClassVar[dict[str, Any]] = CLASSES
    support = constraints.dependent_property(
        lambda self: constraints.integer_interval(0, getattr(self, self._given).shape[-1] - 1)
    )
    has_enumerate_support = True

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        _one_of("Categorical", probs, logits)
        given = as_tensor(probs if probs is not None else logits)
        if not given.ndim:
            raise DataError(_("Categorical: expected at least one dimension of classes"))
        if probs is not None:
            self.probs = given / given.sum(-1, keepdim=True)
        else:
            self.logits = given - registry["logsumexp"](given, -1, keepdim=True)
        self._given = "logits" if probs is None else "probs"
        super().__init__(tuple(given.shape[:-1]), validate_args=validate_args)

    @cached_property
    def probs(self) -> Any:
        """The probability of each class."""
        return registry["softmax"](self.logits, -1)

    @cached_property
    def logits(self) -> Any:
        """The logarithms of the probabilities."""
        return inside(self.probs).log()

    def _shown(self) -> tuple[str, ...]:
        """What was given, and the other one once it was asked for, as PyTorch has it."""
        return tuple(name for name in ("probs", "logits") if name in vars(self))

    @property
    def mean(self) -> Any:
        """NaN: classes are no numbers."""
        return getattr(self, self._given)[..., 0].detach() * np.nan

    @property
    def variance(self) -> Any:
        """NaN: classes are no numbers."""
        return getattr(self, self._given)[..., 0].detach() * np.nan

    @property
    def mode(self) -> Any:
        """The most probable class."""
        return self.probs.argmax(-1)

    @property
    def param_shape(self) -> Any:
        """The shape of the weights."""
        return self.probs.shape

    def enumerate_support(self, expand: bool = True) -> Any:
        """Every class, along a new first dimension; for each distribution of the batch, or once."""
        return _counted(self.probs.shape[-1], self.batch_shape, np.int64, expand)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Draws: places of classes, int64."""
        sides, chances = self._extended(sample_shape), self.probs.detach().numpy()

        count = math.prod(tuple(sample_shape))

        def draw(source: Generator) -> Any:
            rows = chances.reshape(-1, chances.shape[-1])
            return source.multinomial(rows, count, replacement=True).T.reshape(sides)

        return drawn(draw)

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the probability of each class."""
        value = value if isinstance(value, Tensor) else tensor(np.asarray(value, np.int64))
        sides = broadcast_shapes(tuple(value.shape), self.batch_shape)
        places = registry["expand_to"](value.long(), sides).unsqueeze(-1)
        rows = registry["expand_to"](self.logits, (*sides, self.logits.shape[-1]))
        return rows.gather(-1, places).squeeze(-1)

    def entropy(self) -> Any:
        """−Σ p ln p."""
        lowest = float(np.finfo(self.logits.current.value.dtype).min)
        return -(self.probs * self.logits.clamp(min=lowest)).sum(-1)


class OneHotCategorical(Categorical):
    """One of several classes, as a row with a 1 at its place.

    Example:
        >>> import tinygrad_fr as tg
        >>> OneHotCategorical(tg.tensor([0.0, 1.0])).sample()
        tensor([0., 1.])
    """

    support = constraints.one_hot

    def _shown(self) -> tuple[str, ...]:
        return ()

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        super().__init__(probs, logits, validate_args)
        self._event_shape = self.probs.shape[-1:]

    @property
    def mean(self) -> Any:
        """The probabilities."""
        return self.probs

    @property
    def variance(self) -> Any:
        """p (1 − p) of each class."""
        return self.probs * (1 - self.probs)

    @property
    def mode(self) -> Any:
        """The row of the most probable class."""
        return self._row(super().mode)

    def enumerate_support(self, expand: bool = True) -> Any:
        """The row of every class, along a new first dimension."""
        return self._row(super().enumerate_support(expand))

    def _row(self, places: Any) -> Any:
        found = registry["eq"](places.unsqueeze(-1), tensor(np.arange(self.probs.shape[-1])))
        return found.to(self.probs.dtype)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Draws."""
        event, self._event_shape = self.event_shape, Size()
        try:
            places = super().sample(sample_shape)
        finally:
            self._event_shape = event
        return self._row(places)

    def log_prob(self, value: Any) -> Any:
        """That of the class whose place holds the 1."""
        return super().log_prob(as_tensor(value).argmax(-1))
