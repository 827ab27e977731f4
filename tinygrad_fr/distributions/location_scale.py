"""Distributions of a location and a scale: the normal, and others of the whole line or of a half of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tinygrad_fr.distributions import constraints
from tinygrad_fr.distributions.distribution import (
    Distribution,
    as_tensor,
    digamma,
    draws,
    log_gamma,
    tensors,
)
from tinygrad_fr.distributions.implicit import Following, followed, gamma_slope, gammas
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.ops import comparison, registry

if TYPE_CHECKING:
    from tinygrad_fr.generators import Generator

LOG_2PI = math.log(2 * math.pi)
EULER = 0.5772156649015329


class _Located(Distribution):
    """loc + scale · a draw of one fixed distribution: gradients reach both."""

    arg_constraints: ClassVar[dict[str, Any]] = {"loc": constraints.real, "scale": constraints.positive}
    support: Any = constraints.real
    told: ClassVar[tuple[str, ...]] = ("loc", "scale")

    has_rsample = True

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = tensors(loc, scale)
        super().__init__(tuple(self.loc.shape), validate_args=validate_args)

    def _standard(self, sides: tuple[int, ...]) -> Tensor:
        raise NotImplementedError

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Draws that carry gradients."""
        return self.loc + self.scale * self._standard(self._extended(sample_shape))

    @property
    def mean(self) -> Any:
        """The expected value."""
        return self.loc

    @property
    def mode(self) -> Any:
        """Where the density is greatest."""
        return self.loc


class Normal(_Located):
    """The normal distribution, of mean ``loc`` and deviation ``scale``.

    Example:
        >>> import tinygrad_fr as tg
        >>> at = Normal(tg.tensor([0.0, 1.0]), 2.0)
        >>> at.log_prob(tg.tensor([0.0, 1.0])), at.rsample((5,)).shape
        (tensor([-1.6121, -1.6121]), torch.Size([5, 2]))
    """

    def _standard(self, sides: tuple[int, ...]) -> Tensor:
        return draws(sides, self.loc, lambda source, kind: source.normal(sides, dtype=kind))

    @property
    def variance(self) -> Any:
        """The square of the deviation."""
        return self.scale**2

    @property
    def stddev(self) -> Any:
        """The deviation."""
        return self.scale

    def log_prob(self, value: Any) -> Any:
        """−(x − μ)²/2σ² − ln σ − ½ ln 2π."""
        value = as_tensor(value)
        return -((value - self.loc) ** 2) / (2 * self.scale**2) - self.scale.log() - 0.5 * LOG_2PI

    def entropy(self) -> Any:
        """½ + ½ ln 2π + ln σ."""
        return 0.5 + 0.5 * LOG_2PI + self.scale.log()

    def cdf(self, value: Any) -> Any:
        """½ (1 + erf((x − μ)/σ√2))."""
        return 0.5 * (1 + registry["erf"]((as_tensor(value) - self.loc) / (self.scale * math.sqrt(2))))

    def icdf(self, value: Any) -> Any:
        """μ + σ √2 erf⁻¹(2p − 1)."""
        return self.loc + self.scale * registry["erfinv"](2 * as_tensor(value) - 1) * math.sqrt(2)


class LogNormal(Normal):
    """The exponential of a normal draw.

    Example:
        >>> LogNormal(0.0, 1.0).mean
        tensor(1.6487)
    """

    support = constraints.positive
    told = ()

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Draws that carry gradients."""
        return super().rsample(sample_shape).exp()

    @property
    def mean(self) -> Any:
        """exp(μ + σ²/2)."""
        return (self.loc + self.scale**2 / 2).exp()

    @property
    def variance(self) -> Any:
        """(exp σ² − 1) exp(2μ + σ²)."""
        return ((self.scale**2).exp() - 1) * (2 * self.loc + self.scale**2).exp()

    @property
    def stddev(self) -> Any:
        """The root of the variance."""
        return self.variance.sqrt()

    def log_prob(self, value: Any) -> Any:
        """That of the normal distribution at ln x, less ln x."""
        logarithm = as_tensor(value).log()
        return super().log_prob(logarithm) - logarithm

    def entropy(self) -> Any:
        """That of the normal distribution, plus μ."""
        return super().entropy() + self.loc

    @property
    def mode(self) -> Any:
        """exp(μ − σ²)."""
        return (self.loc - self.scale**2).exp()

    def cdf(self, value: Any) -> Any:
        """That of the normal distribution at ln x."""
        return super().cdf(as_tensor(value).log())

    def icdf(self, value: Any) -> Any:
        """exp of that of the normal distribution."""
        return super().icdf(value).exp()


class HalfNormal(Distribution):
    """The magnitude of a normal draw of mean 0.

    Example:
        >>> HalfNormal(1.0).mean
        tensor(0.7979)
    """

    arg_constraints: ClassVar[dict[str, Any]] = {"scale": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        self.normal = Normal(0.0, scale, validate_args)
        self.scale = self.normal.scale
        super().__init__(self.normal.batch_shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        """σ √(2/π)."""
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def variance(self) -> Any:
        """σ² (1 − 2/π)."""
        return self.scale**2 * (1 - 2 / math.pi)

    @property
    def mode(self) -> Any:
        """0."""
        return self.scale * 0

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Draws that carry gradients."""
        return self.normal.rsample(sample_shape).abs()

    def log_prob(self, value: Any) -> Any:
        """ln 2 more than the normal distribution's; −∞ below 0."""
        value = as_tensor(value)
        return comparison.where(value >= 0, self.normal.log_prob(value) + math.log(2), -math.inf)

    def entropy(self) -> Any:
        """ln 2 less than the normal distribution's."""
        return self.normal.entropy() - math.log(2)

    def cdf(self, value: Any) -> Any:
        """2 Φ(x/σ) − 1."""
        return 2 * self.normal.cdf(value) - 1

    def icdf(self, value: Any) -> Any:
        """σ Φ⁻¹((p + 1)/2)."""
        return self.normal.icdf((as_tensor(value) + 1) / 2)


class Laplace(_Located):
    """The double exponential distribution.

    Example:
        >>> Laplace(0.0, 1.0).log_prob(0.0)
        tensor(-0.6931)
    """

    def _standard(self, sides: tuple[int, ...]) -> Tensor:
        def draw(source: Generator, kind: Any) -> Any:
            u = source.uniform(sides, float(np.finfo(kind).eps) - 1, 1, kind)
            return -np.sign(u) * np.log1p(-np.abs(u))

        return draws(sides, self.loc, draw)

    @property
    def variance(self) -> Any:
        """2 b²."""
        return 2 * self.scale**2

    def log_prob(self, value: Any) -> Any:
        """−|x − μ|/b − ln 2b."""
        return -(as_tensor(value) - self.loc).abs() / self.scale - (2 * self.scale).log()

    def entropy(self) -> Any:
        """1 + ln 2b."""
        return 1 + (2 * self.scale).log()

    def icdf(self, value: Any) -> Any:
        """μ − b sign(p − ½) ln(1 − 2|p − ½|)."""
        apart = as_tensor(value) - 0.5
        return self.loc - self.scale * apart.sign() * registry["log1p"](-2 * apart.abs())

    def cdf(self, value: Any) -> Any:
        """½ − ½ sign(x − μ)(e^(−|x − μ|/b) − 1)."""
        apart = as_tensor(value) - self.loc
        return 0.5 - 0.5 * apart.sign() * ((-apart.abs() / self.scale).exp() - 1)


class Gumbel(_Located):
    """The distribution of the largest of many draws.

    Example:
        >>> Gumbel(0.0, 1.0).mean
        tensor(0.5772)
    """

    def _standard(self, sides: tuple[int, ...]) -> Tensor:
        def draw(source: Generator, kind: Any) -> Any:
            limits = np.finfo(kind)
            return -np.log(-np.log(source.uniform(sides, float(limits.tiny), float(1 - limits.eps), kind)))

        return draws(sides, self.loc, draw)

    @property
    def mean(self) -> Any:
        """μ + γ β."""
        return self.loc + self.scale * EULER

    @property
    def variance(self) -> Any:
        """π² β² / 6."""
        return (math.pi**2 / 6) * self.scale**2

    def log_prob(self, value: Any) -> Any:
        """−(z + e^(−z)) − ln β, z = (x − μ)/β."""
        z = (as_tensor(value) - self.loc) / self.scale
        return -(z + (-z).exp()) - self.scale.log()

    def entropy(self) -> Any:
        """ln β + 1 + γ."""
        return self.scale.log() + 1 + EULER

    def cdf(self, value: Any) -> Any:
        """exp(−e^(−z)), z = (x − μ)/β."""
        return (-(-(as_tensor(value) - self.loc) / self.scale).exp()).exp()

    def icdf(self, value: Any) -> Any:
        """μ − β ln(−ln p)."""
        return self.loc - self.scale * (-as_tensor(value).log()).log()


class Cauchy(_Located):
    """The Cauchy distribution, which has no mean.

    Example:
        >>> Cauchy(0.0, 1.0).log_prob(0.0)
        tensor(-1.1447)
    """

    def _standard(self, sides: tuple[int, ...]) -> Tensor:
        return draws(sides, self.loc, lambda source, kind: source.cauchy(sides, dtype=kind))

    @property
    def mean(self) -> Any:
        """NaN: there is none."""
        return self.loc * math.nan

    @property
    def variance(self) -> Any:
        """Infinite."""
        return self.scale * math.inf

    def log_prob(self, value: Any) -> Any:
        """−ln π − ln γ − ln(1 + z²), z = (x − x₀)/γ."""
        z = (as_tensor(value) - self.loc) / self.scale
        return -math.log(math.pi) - self.scale.log() - registry["log1p"](z**2)

    def entropy(self) -> Any:
        """ln 4πγ."""
        return math.log(4 * math.pi) + self.scale.log()

    def cdf(self, value: Any) -> Any:
        """½ + arctan(z)/π, z = (x − x₀)/γ."""
        return registry["atan"]((as_tensor(value) - self.loc) / self.scale) / math.pi + 0.5

    def icdf(self, value: Any) -> Any:
        """x₀ + γ tan(π (p − ½))."""
        return (math.pi * (as_tensor(value) - 0.5)).tan() * self.scale + self.loc


class StudentT(Distribution):
    """Student's distribution, of ``df`` degrees of freedom.

    Example:
        >>> StudentT(3.0).log_prob(0.0)
        tensor(-1.0009)
    """

    arg_constraints: ClassVar[dict[str, Any]] = {
        "df": constraints.positive,
        "loc": constraints.real,
        "scale": constraints.positive,
    }
    support = constraints.real
    told = ("df", "loc", "scale")

    has_rsample = True

    def __init__(self, df: Any, loc: Any = 0.0, scale: Any = 1.0, validate_args: bool | None = None) -> None:
        self.df, self.loc, self.scale = tensors(df, loc, scale)
        super().__init__(tuple(self.df.shape), validate_args=validate_args)

    @property
    def mean(self) -> Any:
        """The location, NaN with one degree of freedom or less."""
        return comparison.where(self.df > 1, self.loc, math.nan)

    @property
    def variance(self) -> Any:
        """σ² ν/(ν − 2), infinite to ν = 2, NaN to ν = 1."""
        df, known = self.df, self.df > 2
        found = comparison.where(known, self.scale**2 * df / (comparison.where(known, df, 3.0) - 2), math.inf)
        return comparison.where(df > 1, found, math.nan)

    @property
    def mode(self) -> Any:
        """Where it lies."""
        return self.loc

    def entropy(self) -> Any:
        """ln σ + ½ (ν + 1)(ψ(½ (ν + 1)) − ψ(½ ν)) + ½ ln ν + ln B(½ ν, ½)."""
        half, more = 0.5 * self.df, 0.5 * (self.df + 1)
        beta = log_gamma(half) + 0.5 * math.log(math.pi) - log_gamma(more)
        return self.scale.log() + more * (digamma(more) - digamma(half)) + 0.5 * self.df.log() + beta

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Draws that carry gradients: a normal one over the root of a mean of squares."""
        sides = self._extended(sample_shape)
        half = 0.5 * self.df
        normal = draws(sides, self.df, lambda source, kind: source.normal(sides, dtype=kind))
        squares = followed(Following, half, sides, gammas(half, sides), gamma_slope)
        return self.loc + self.scale * normal * (2 * squares / self.df).rsqrt()

    def log_prob(self, value: Any) -> Any:
        """−½ (ν + 1) ln(1 + z²/ν) − ln Z, z = (x − μ)/σ."""
        z = (as_tensor(value) - self.loc) / self.scale
        norm = (
            self.scale.log()
            + 0.5 * self.df.log()
            + 0.5 * math.log(math.pi)
            + log_gamma(0.5 * self.df)
            - log_gamma(0.5 * (self.df + 1))
        )
        return -0.5 * (self.df + 1) * registry["log1p"](z**2 / self.df) - norm
