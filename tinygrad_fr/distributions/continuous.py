"""Distributions of real numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tinygrad_fr import linalg
from tinygrad_fr.distributions.distribution import (
    NOT_NEGATIVE,
    POSITIVE,
    REAL,
    SIMPLEX,
    UNIT,
    Distribution,
    as_tensor,
    checked,
    digamma,
    draws,
    log_gamma,
    positive,
    tensors,
    xlogy,
)
from tinygrad_fr.errors import DataError
from tinygrad_fr.handles.creation import eye
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.ops import comparison, registry

if TYPE_CHECKING:
    from tinygrad_fr.generators import Generator

LOG_2PI = math.log(2 * math.pi)
SMALLEST = float(np.finfo(np.float32).tiny)
EULER = 0.5772156649015329


class _Located(Distribution):
    """loc + scale · a draw of one fixed distribution: gradients reach both."""

    told: ClassVar[tuple[str, ...]] = ("loc", "scale")

    has_rsample = True

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = tensors(loc, scale)
        if validate_args is not False:
            checked(type(self).__name__, "loc", self.loc, lambda x: x == x, _("of numbers"))
            checked(type(self).__name__, "scale", self.scale, positive, "> 0")
        super().__init__(tuple(self.loc.shape))

    def _standard(self, sides: tuple[int, ...]) -> Tensor:
        raise NotImplementedError

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Draws that carry gradients."""
        return self.loc + self.scale * self._standard(self._extended(sample_shape))

    @property
    def mean(self) -> Any:
        """The expected value."""
        return self.loc

    def expand(self, batch_shape: Any) -> Any:
        """The same distribution for each place of a shape."""
        sides = tuple(batch_shape)
        made = type(self)(self.loc.expand(sides), self.scale.expand(sides), validate_args=False)
        made._validates = self._validates
        return made

    @property
    def mode(self) -> Any:
        """Where the density is greatest."""
        return self.loc


class Normal(_Located, within=REAL):
    """The normal distribution, of mean ``loc`` and deviation ``scale``.

    Example:
        >>> import tinygrad_fr as tg
        >>> at = Normal(tg.tensor([0.0, 1.0]), 2.0)
        >>> at.log_prob(tg.tensor([0.0, 1.0])), at.rsample((5,)).shape
        (tensor([-1.6121, -1.6121]), torch.Size([5, 2]))
    """

    def _standard(self, sides: tuple[int, ...]) -> Tensor:
        return draws(sides, lambda source: source.normal(sides))

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


class LogNormal(Normal, within=POSITIVE):
    """The exponential of a normal draw.

    Example:
        >>> LogNormal(0.0, 1.0).mean
        tensor(1.6487)
    """

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


class HalfNormal(Distribution, within=NOT_NEGATIVE):
    """The magnitude of a normal draw of mean 0.

    Example:
        >>> HalfNormal(1.0).mean
        tensor(0.7979)
    """

    has_rsample = True

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        self.normal = Normal(0.0, scale, validate_args)
        self.scale = self.normal.scale
        super().__init__(self.normal.batch_shape)

    @property
    def mean(self) -> Any:
        """σ √(2/π)."""
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def variance(self) -> Any:
        """σ² (1 − 2/π)."""
        return self.scale**2 * (1 - 2 / math.pi)

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


class Laplace(_Located, within=REAL):
    """The double exponential distribution.

    Example:
        >>> Laplace(0.0, 1.0).log_prob(0.0)
        tensor(-0.6931)
    """

    def _standard(self, sides: tuple[int, ...]) -> Tensor:
        eps = float(np.finfo(np.float32).eps)

        def draw(source: Generator) -> Any:
            u = source.uniform(sides, eps - 1, 1)
            return -np.sign(u) * np.log1p(-np.abs(u))

        return draws(sides, draw)

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

    def cdf(self, value: Any) -> Any:
        """½ − ½ sign(x − μ)(e^(−|x − μ|/b) − 1)."""
        apart = as_tensor(value) - self.loc
        return 0.5 - 0.5 * apart.sign() * ((-apart.abs() / self.scale).exp() - 1)


class Gumbel(_Located, within=REAL):
    """The distribution of the largest of many draws.

    Example:
        >>> Gumbel(0.0, 1.0).mean
        tensor(0.5772)
    """

    def _standard(self, sides: tuple[int, ...]) -> Tensor:
        limits = np.finfo(np.float32)
        low, high = float(limits.tiny), float(1 - limits.eps)
        return draws(sides, lambda source: -np.log(-np.log(source.uniform(sides, low, high))))

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


class Cauchy(_Located, within=REAL):
    """The Cauchy distribution, which has no mean.

    Example:
        >>> Cauchy(0.0, 1.0).log_prob(0.0)
        tensor(-1.1447)
    """

    def _standard(self, sides: tuple[int, ...]) -> Tensor:
        return draws(sides, lambda source: source.cauchy(sides))

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


class StudentT(Distribution, within=REAL):
    """Student's distribution, of ``df`` degrees of freedom.

    Example:
        >>> StudentT(3.0).log_prob(0.0)
        tensor(-1.0009)
    """

    told = ("df", "loc", "scale")

    has_rsample = False

    def __init__(self, df: Any, loc: Any = 0.0, scale: Any = 1.0, validate_args: bool | None = None) -> None:
        self.df, self.loc, self.scale = tensors(df, loc, scale)
        if validate_args is not False:
            checked("StudentT", "df", self.df, positive, "> 0")
            checked("StudentT", "scale", self.scale, positive, "> 0")
        super().__init__(tuple(self.df.shape))

    @property
    def mean(self) -> Any:
        """The location, NaN with one degree of freedom or less."""
        return comparison.where(self.df > 1, self.loc, math.nan)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Draws."""
        sides = self._extended(sample_shape)
        df = self.df.detach().numpy()

        def draw(source: Generator) -> Any:
            normal = source.normal(sides)
            half = np.broadcast_to(0.5 * df, sides)
            chi2 = np.maximum(source.gamma(half).astype(np.float32), np.finfo(np.float32).tiny) / np.float32(0.5)
            return normal / np.sqrt(chi2 / df)

        standard = draws(sides, draw)
        return self.loc.detach() + self.scale.detach() * standard

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


class Uniform(Distribution):
    """Any number from ``low`` to ``high`` as likely as another.

    Example:
        >>> Uniform(0.0, 4.0).log_prob(3.0), Uniform(0.0, 4.0).mean
        (tensor(-1.3863), tensor(2.))
    """

    told = ("low", "high")

    has_rsample = True

    def __init__(self, low: Any, high: Any, validate_args: bool | None = None) -> None:
        self.low, self.high = tensors(low, high)
        if validate_args is not False:
            checked("Uniform", "high − low", self.high - self.low, positive, "> 0")
        super().__init__(tuple(self.low.shape))

    @property
    def mean(self) -> Any:
        """The middle."""
        return (self.high + self.low) / 2

    @property
    def variance(self) -> Any:
        """(b − a)²/12."""
        return (self.high - self.low) ** 2 / 12

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Draws that carry gradients."""
        sides = self._extended(sample_shape)
        return self.low + draws(sides, lambda source: source.uniform(sides)) * (self.high - self.low)

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


class Exponential(Distribution, within=NOT_NEGATIVE):
    """The time between events that come at a rate.

    Example:
        >>> Exponential(2.0).mean, Exponential(2.0).log_prob(0.0)
        (tensor(0.5000), tensor(0.6931))
    """

    told = ("rate",)

    has_rsample = True

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        (self.rate,) = tensors(rate)
        if validate_args is not False:
            checked("Exponential", "rate", self.rate, positive, "> 0")
        super().__init__(tuple(self.rate.shape))

    @property
    def mean(self) -> Any:
        """1/λ."""
        return 1 / self.rate

    @property
    def variance(self) -> Any:
        """1/λ²."""
        return self.rate**-2

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Draws that carry gradients."""
        sides = self._extended(sample_shape)
        return draws(sides, lambda source: source.exponential(sides)) / self.rate

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


class Gamma(Distribution, within=NOT_NEGATIVE):
    """The gamma distribution, of shape ``concentration`` and of a rate.

    Example:
        >>> Gamma(2.0, 4.0).mean, Gamma(1.0, 1.0).log_prob(1.0)
        (tensor(0.5000), tensor(-1.))
    """

    told: ClassVar[tuple[str, ...]] = ("concentration", "rate")

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        self.concentration, self.rate = tensors(concentration, rate)
        if validate_args is not False:
            checked("Gamma", "concentration", self.concentration, positive, "> 0")
            checked("Gamma", "rate", self.rate, positive, "> 0")
        super().__init__(tuple(self.rate.shape))

    @property
    def mean(self) -> Any:
        """α/β."""
        return self.concentration / self.rate

    @property
    def variance(self) -> Any:
        """α/β²."""
        return self.concentration / self.rate**2

    def sample(self, sample_shape: Any = ()) -> Any:
        """Draws."""
        sides, alpha = self._extended(sample_shape), self.concentration.detach().numpy()
        standard = draws(sides, lambda source: source.gamma(np.broadcast_to(alpha, sides)))
        return (standard.clamp(min=SMALLEST) / self.rate.detach()).clamp(min=SMALLEST)

    def log_prob(self, value: Any) -> Any:
        """α ln β + (α − 1) ln x − β x − ln Γ(α)."""
        value, alpha = as_tensor(value), self.concentration
        return xlogy(alpha, self.rate) + xlogy(alpha - 1, value) - self.rate * value - log_gamma(alpha)

    def entropy(self) -> Any:
        """α − ln β + ln Γ(α) + (1 − α) ψ(α)."""
        alpha = self.concentration
        return alpha - self.rate.log() + log_gamma(alpha) + (1 - alpha) * digamma(alpha)


class Dirichlet(Distribution, within=SIMPLEX):
    """Shares that add up to 1.

    Example:
        >>> import tinygrad_fr as tg
        >>> even = Dirichlet(tg.tensor([1.0, 1.0, 1.0]))
        >>> even.log_prob(tg.tensor([0.2, 0.3, 0.5])), even.sample().shape
        (tensor(0.6931), torch.Size([3]))
    """

    told = ("concentration",)

    def __init__(self, concentration: Any, validate_args: bool | None = None) -> None:
        self.concentration = as_tensor(concentration)
        if not self.concentration.ndim:
            raise DataError(_("Dirichlet: expected at least one dimension of concentrations"))
        if validate_args is not False:
            checked("Dirichlet", "concentration", self.concentration, positive, "> 0")
        sides = tuple(self.concentration.shape)
        super().__init__(sides[:-1], sides[-1:])

    @property
    def mean(self) -> Any:
        """Each concentration over their sum."""
        return self.concentration / self.concentration.sum(-1, keepdim=True)

    @property
    def variance(self) -> Any:
        """m (1 − m) / (α₀ + 1), m the mean."""
        total = self.concentration.sum(-1, keepdim=True)
        return self.mean * (1 - self.mean) / (total + 1)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Draws."""
        sides, alpha = self._extended(sample_shape), self.concentration.detach().numpy()

        def draw(source: Generator) -> Any:
            parts = source.gamma(np.broadcast_to(alpha, sides))
            return parts / parts.sum(-1, keepdims=True)

        return draws(sides, draw)

    def log_prob(self, value: Any) -> Any:
        """Σ (αᵢ − 1) ln xᵢ + ln Γ(Σ αᵢ) − Σ ln Γ(αᵢ)."""
        alpha = self.concentration
        return xlogy(alpha - 1, as_tensor(value)).sum(-1) + log_gamma(alpha.sum(-1)) - log_gamma(alpha).sum(-1)

    def entropy(self) -> Any:
        """Σ ln Γ(αᵢ) − ln Γ(α₀) − (k − α₀) ψ(α₀) − Σ (αᵢ − 1) ψ(αᵢ)."""
        alpha = self.concentration
        total, k = alpha.sum(-1), alpha.shape[-1]
        return (
            log_gamma(alpha).sum(-1)
            - log_gamma(total)
            - (k - total) * digamma(total)
            - ((alpha - 1) * digamma(alpha)).sum(-1)
        )


class Beta(Distribution, within=UNIT):
    """A share between 0 and 1.

    Example:
        >>> Beta(2.0, 2.0).mean, Beta(1.0, 1.0).log_prob(0.3)
        (tensor(0.5000), tensor(0.))
    """

    def __init__(self, concentration1: Any, concentration0: Any, validate_args: bool | None = None) -> None:
        self.concentration1, self.concentration0 = tensors(concentration1, concentration0)
        pair = registry["stack"]([self.concentration1, self.concentration0], -1)
        self._dirichlet = Dirichlet(pair, validate_args)
        super().__init__(tuple(self.concentration1.shape))

    @property
    def mean(self) -> Any:
        """α/(α + β)."""
        return self.concentration1 / (self.concentration1 + self.concentration0)

    @property
    def variance(self) -> Any:
        """αβ / (α + β)² (α + β + 1)."""
        total = self.concentration1 + self.concentration0
        return self.concentration1 * self.concentration0 / (total**2 * (total + 1))

    def sample(self, sample_shape: Any = ()) -> Any:
        """Draws."""
        return self._dirichlet.sample(sample_shape)[..., 0]

    def log_prob(self, value: Any) -> Any:
        """That of the two shares x and 1 − x."""
        value = as_tensor(value)
        return self._dirichlet.log_prob(registry["stack"]([value, 1 - value], -1))

    def entropy(self) -> Any:
        """That of the two shares."""
        return self._dirichlet.entropy()


class MultivariateNormal(Distribution):
    """Normal vectors, by their covariance or its Cholesky factor.

    Example:
        >>> import tinygrad_fr as tg
        >>> round3 = MultivariateNormal(tg.zeros(3), tg.eye(3))
        >>> round3.log_prob(tg.zeros(3)), round3.rsample((4,)).shape
        (tensor(-2.7568), torch.Size([4, 3]))
    """

    has_rsample = True

    def __init__(
        self,
        loc: Any,
        covariance_matrix: Any = None,
        precision_matrix: Any = None,
        scale_tril: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        given = [x for x in (covariance_matrix, precision_matrix, scale_tril) if x is not None]
        if len(given) != 1:
            raise DataError(
                _(
                    "MultivariateNormal: expected one of covariance_matrix, precision_matrix, scale_tril, got {n}"
                ).format(n=len(given))
            )
        self.loc = as_tensor(loc)
        if scale_tril is not None:
            self.scale_tril = as_tensor(scale_tril)
        elif covariance_matrix is not None:
            self.scale_tril = linalg.cholesky(as_tensor(covariance_matrix))
        else:
            self.scale_tril = linalg.cholesky(linalg.inv(as_tensor(precision_matrix)))
        names = ("covariance_matrix", "precision_matrix", "scale_tril")
        self._given = next(
            name
            for name, x in zip(names, (covariance_matrix, precision_matrix, scale_tril), strict=True)
            if x is not None
        )
        sides = np.broadcast_shapes(tuple(self.loc.shape[:-1]), tuple(self.scale_tril.shape[:-2]))
        super().__init__(sides, tuple(self.loc.shape[-1:]))

    def _shown(self) -> tuple[str, ...]:
        return "loc", self._given

    @property
    def precision_matrix(self) -> Any:
        """The inverse of the covariance."""
        return linalg.inv(self.covariance_matrix)

    @property
    def covariance_matrix(self) -> Any:
        """L Lᵀ."""
        return self.scale_tril @ self.scale_tril.mT

    @property
    def mean(self) -> Any:
        """The expected vector."""
        return self.loc

    @property
    def variance(self) -> Any:
        """The diagonal of the covariance."""
        return (self.scale_tril**2).sum(-1)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Draws that carry gradients."""
        sides = self._extended(sample_shape)
        standard = draws(sides, lambda source: source.normal(sides))
        return self.loc + (self.scale_tril @ standard.unsqueeze(-1)).squeeze(-1)

    def log_prob(self, value: Any) -> Any:
        """−½ zᵀz − ½ k ln 2π − Σ ln Lᵢᵢ, z = L⁻¹(x − μ)."""
        apart = (as_tensor(value) - self.loc).unsqueeze(-1)
        z = linalg.solve_triangular(self.scale_tril, apart, upper=False).squeeze(-1)
        k = self.event_shape[0]
        return -0.5 * (z**2).sum(-1) - 0.5 * k * LOG_2PI - self._half_logdet()

    def entropy(self) -> Any:
        """½ k (1 + ln 2π) + Σ ln Lᵢᵢ."""
        return 0.5 * self.event_shape[0] * (1 + LOG_2PI) + self._half_logdet()

    def _half_logdet(self) -> Any:
        return (self.scale_tril * eye(self.event_shape[0])).sum(-1).log().sum(-1)
