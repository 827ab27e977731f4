"""Distributions of numbers that are positive or bounded."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from tinygrad_fr.distributions import constraints
from tinygrad_fr.distributions.distribution import (
    Distribution,
    as_tensor,
    digamma,
    draws,
    log_gamma,
    tensors,
    xlogy,
)
from tinygrad_fr.distributions.implicit import Following, followed, gamma_slope, gammas
from tinygrad_fr.distributions.multivariate import Dirichlet
from tinygrad_fr.ops import comparison, registry


class Uniform(Distribution):
    """Any number from ``low`` to ``high`` as likely as another.

    Example:
        >>> Uniform(0.0, 4.0).log_prob(3.0), Uniform(0.0, 4.0).mean
        (tensor(-1.3863), tensor(2.))
    """

    arg_constraints: ClassVar[dict[str, Any]] = {
        "low": constraints.dependent(is_discrete=False, event_dim=0),
        "high": constraints.dependent(is_discrete=False, event_dim=0),
    }
    support = constraints.dependent_property(lambda self: constraints.interval(self.low, self.high))
    told = ("low", "high")

    has_rsample = True

    def __init__(self, low: Any, high: Any, validate_args: bool | None = None) -> None:
        self.low, self.high = tensors(low, high)
        super().__init__(tuple(self.low.shape), validate_args=validate_args)
        if self._validate_args:
            self._held_to("high − low", self.high - self.low, constraints.positive)

    @property
    def mean(self) -> Any:
        """The middle."""
        return (self.high + self.low) / 2

    @property
    def variance(self) -> Any:
        """(b − a)²/12."""
        return (self.high - self.low) ** 2 / 12

    @property
    def mode(self) -> Any:
        """NaN: every place is as probable."""
        return self.high * np.nan

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Draws that carry gradients."""
        sides = self._extended(sample_shape)
        return self.low + draws(sides, self.low, lambda source, kind: source.uniform(sides, dtype=kind)) * (
            self.high - self.low
        )

    def log_prob(self, value: Any) -> Any:
        """−ln(b − a) inside, −∞ outside."""
        value = as_tensor(value)
        inside = (value >= self.low) & (value < self.high)
        return comparison.where(inside, -(self.high - self.low).log(), -math.inf)

    def entropy(self) -> Any:
        """ln(b − a)."""
        return (self.high - self.low).log()

    def cdf(self, value: Any) -> Any:
        """The share of the interval below the value."""
        return ((as_tensor(value) - self.low) / (self.high - self.low)).clamp(0, 1)

    def icdf(self, value: Any) -> Any:
        """low + p (high − low)."""
        return self.low + as_tensor(value) * (self.high - self.low)


class Exponential(Distribution):
    """The time between events that come at a rate.

    Example:
        >>> Exponential(2.0).mean, Exponential(2.0).log_prob(0.0)
        (tensor(0.5000), tensor(0.6931))
    """

    arg_constraints: ClassVar[dict[str, Any]] = {"rate": constraints.positive}
    support = constraints.nonnegative
    told = ("rate",)

    has_rsample = True

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        (self.rate,) = tensors(rate)
        super().__init__(tuple(self.rate.shape), validate_args=validate_args)

    @property
    def mean(self) -> Any:
        """1/λ."""
        return 1 / self.rate

    @property
    def variance(self) -> Any:
        """1/λ²."""
        return self.rate**-2

    @property
    def mode(self) -> Any:
        """0."""
        return self.rate * 0

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Draws that carry gradients."""
        sides = self._extended(sample_shape)
        return draws(sides, self.rate, lambda source, kind: source.exponential(sides, dtype=kind)) / self.rate

    def log_prob(self, value: Any) -> Any:
        """ln λ − λ x."""
        return self.rate.log() - self.rate * as_tensor(value)

    def entropy(self) -> Any:
        """1 − ln λ."""
        return 1 - self.rate.log()

    def cdf(self, value: Any) -> Any:
        """1 − e^(−λx)."""
        return 1 - (-self.rate * as_tensor(value)).exp()

    def icdf(self, value: Any) -> Any:
        """−ln(1 − p)/λ."""
        return -registry["log1p"](-as_tensor(value)) / self.rate


class Gamma(Distribution):
    """The gamma distribution, of shape ``concentration`` and of a rate.

    Example:
        >>> Gamma(2.0, 4.0).mean, Gamma(1.0, 1.0).log_prob(1.0)
        (tensor(0.5000), tensor(-1.))
    """

    arg_constraints: ClassVar[dict[str, Any]] = {"concentration": constraints.positive, "rate": constraints.positive}
    support = constraints.nonnegative
    told: ClassVar[tuple[str, ...]] = ("concentration", "rate")
    has_rsample = True

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        self.concentration, self.rate = tensors(concentration, rate)
        super().__init__(tuple(self.rate.shape), validate_args=validate_args)

    @property
    def mean(self) -> Any:
        """α/β."""
        return self.concentration / self.rate

    @property
    def variance(self) -> Any:
        """α/β²."""
        return self.concentration / self.rate**2

    @property
    def mode(self) -> Any:
        """(α − 1)/β, at least 0."""
        return ((self.concentration - 1) / self.rate).clamp(min=0)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Draws that carry gradients."""
        sides = self._extended(sample_shape)
        standard = followed(Following, self.concentration, sides, gammas(self.concentration, sides), gamma_slope)
        return (standard / self.rate).clamp(min=float(np.finfo(self.rate.current.value.dtype).tiny))

    def log_prob(self, value: Any) -> Any:
        """α ln β + (α − 1) ln x − β x − ln Γ(α)."""
        value, alpha = as_tensor(value), self.concentration
        return xlogy(alpha, self.rate) + xlogy(alpha - 1, value) - self.rate * value - log_gamma(alpha)

    def entropy(self) -> Any:
        """α − ln β + ln Γ(α) + (1 − α) ψ(α)."""
        alpha = self.concentration
        return alpha - self.rate.log() + log_gamma(alpha) + (1 - alpha) * digamma(alpha)


class Beta(Distribution):
    """A share between 0 and 1.

    Example:
        >>> Beta(2.0, 2.0).mean, Beta(1.0, 1.0).log_prob(0.3)
        (tensor(0.5000), tensor(0.))
    """

    arg_constraints: ClassVar[dict[str, Any]] = {
        "concentration1": constraints.positive,
        "concentration0": constraints.positive,
    }
    support = constraints.unit_interval
    has_rsample = True

    def __init__(self, concentration1: Any, concentration0: Any, validate_args: bool | None = None) -> None:
        self.concentration1, self.concentration0 = tensors(concentration1, concentration0)
        pair = registry["stack"]([self.concentration1, self.concentration0], -1)
        self._dirichlet = Dirichlet(pair, validate_args)
        super().__init__(tuple(self.concentration1.shape), validate_args=validate_args)

    @property
    def mean(self) -> Any:
        """α/(α + β)."""
        return self.concentration1 / (self.concentration1 + self.concentration0)

    @property
    def variance(self) -> Any:
        """αβ / (α + β)² (α + β + 1)."""
        total = self.concentration1 + self.concentration0
        return self.concentration1 * self.concentration0 / (total**2 * (total + 1))

    @property
    def mode(self) -> Any:
        """(α − 1)/(α + β − 2), or the end that weighs more."""
        return self._dirichlet.mode[..., 0]

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Draws that carry gradients."""
        return self._dirichlet.rsample(sample_shape)[..., 0]

    def log_prob(self, value: Any) -> Any:
        """That of the two shares x and 1 − x."""
        value = as_tensor(value)
        return self._dirichlet.log_prob(registry["stack"]([value, 1 - value], -1))

    def entropy(self) -> Any:
        """That of the two shares."""
        return self._dirichlet.entropy()
