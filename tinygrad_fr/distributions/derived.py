"""Distributions made of others: by a transform, by a mixture, by rounding off, by counting."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tinygrad_fr.distributions import constraints
from tinygrad_fr.distributions.continuous import Exponential, Gamma
from tinygrad_fr.distributions.discrete import (
    CHANCES,
    CLASSES,
    Binomial,
    Categorical,
    OneHotCategorical,
    _Chances,
    inside,
)
from tinygrad_fr.distributions.distribution import (
    Distribution,
    Independent,
    as_tensor,
    digamma,
    draws,
    log_gamma,
    tensors,
)
from tinygrad_fr.distributions.location_scale import EULER, Cauchy
from tinygrad_fr.distributions.transforms import (
    AffineTransform,
    ComposeTransform,
    ExpTransform,
    PowerTransform,
    SigmoidTransform,
    Transform,
    summed,
)
from tinygrad_fr.errors import DataError
from tinygrad_fr.handles.tensor import Tensor, tensor
from tinygrad_fr.locale import _
from tinygrad_fr.modes import no_grad
from tinygrad_fr.nn.functional import log_softmax, logsigmoid, one_hot
from tinygrad_fr.ops import comparison, registry
from tinygrad_fr.ops.shapes.broadcasting import broadcast_shapes
from tinygrad_fr.random import poisson

if TYPE_CHECKING:
    from collections.abc import Sequence


class TransformedDistribution(Distribution):
    """What a draw of another distribution becomes.

    Args:
        base_distribution: which one.
        transforms: a transform, or several, the first one first.

    Example:
        >>> from tinygrad_fr.distributions import ExpTransform, Normal, TransformedDistribution
        >>> TransformedDistribution(Normal(0.0, 1.0), ExpTransform()).log_prob(1.0)
        tensor(-0.9189)
    """

    def __init__(
        self,
        base_distribution: Distribution,
        transforms: Transform | Sequence[Transform],
        validate_args: bool | None = None,
    ) -> None:
        self.base_dist = base_distribution
        self.transforms = [transforms] if isinstance(transforms, Transform) else list(transforms)
        chain = ComposeTransform(self.transforms)
        taken, gained = chain.domain.event_dim, chain.codomain.event_dim - chain.domain.event_dim
        base = tuple(base_distribution.batch_shape + base_distribution.event_shape)
        if len(base) < taken:
            raise DataError(
                _("TransformedDistribution: expected at least {n} dimensions of the base, got {found}").format(
                    n=taken, found=len(base)
                )
            )
        whole = tuple(chain.forward_shape(base))
        cut = len(whole) - max(chain.codomain.event_dim, len(base_distribution.event_shape) + gained)
        self._repeat_base(tuple(chain.inverse_shape(whole)), taken)
        super().__init__(whole[:cut], whole[cut:], validate_args=validate_args)

    def _repeat_base(self, sides: tuple[int, ...], taken: int) -> None:
        """Give the base as many distributions as the transforms make of it, and make one of those that they take together."""
        base = self.base_dist
        own = len(base.batch_shape)
        batch = sides[: len(sides) - len(base.event_shape)]
        if batch != tuple(base.batch_shape):
            base = base.expand(batch)
            own = len(batch)
        together = taken - len(base.event_shape)
        self.base_dist = Independent(base, min(together, own)) if together > 0 else base

    @constraints.dependent_property
    def support(self) -> Any:
        """What the last transform gives."""
        if not self.transforms:
            return self.base_dist.support
        held, dims = self.transforms[-1].codomain, len(self.event_shape)
        return constraints.independent(held, dims - held.event_dim) if dims > held.event_dim else held

    @property
    def has_rsample(self) -> bool:  # type: ignore[override]
        """That of the base."""
        return self.base_dist.has_rsample

    def _forth(self, x: Any) -> Any:
        for each in self.transforms:
            x = each(x)
        return x

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Draws that carry gradients."""
        return self._forth(self.base_dist.rsample(sample_shape))

    def sample(self, sample_shape: Any = ()) -> Any:
        """Draws."""
        with no_grad():
            return self._forth(self.base_dist.sample(sample_shape)).detach()

    def log_prob(self, value: Any) -> Any:
        """That of where it came from, less how the way stretches."""
        y, event = as_tensor(value), len(self.event_shape)
        total: Any = 0.0
        for each in reversed(self.transforms):
            x = each.inv(y)
            event += each.domain.event_dim - each.codomain.event_dim
            total = total - summed(each.log_abs_det_jacobian(x, y), event - each.domain.event_dim)
            y = x
        return total + summed(self.base_dist.log_prob(y), event - len(self.base_dist.event_shape))

    def cdf(self, value: Any) -> Any:
        """That of where it came from, or the rest where the transform falls."""
        y, sign = as_tensor(value), 1
        for each in reversed(self.transforms):
            y, sign = each.inv(y), sign * each.sign
        found = self.base_dist.cdf(y)
        return found if isinstance(sign, int) and sign == 1 else sign * (found - 0.5) + 0.5

    def icdf(self, value: Any) -> Any:
        """What becomes of the base's value; of the rest's where the transform falls."""
        p, sign = as_tensor(value), math.prod(each.sign for each in self.transforms)
        return self._forth(self.base_dist.icdf(p if isinstance(sign, int) and sign == 1 else sign * (p - 0.5) + 0.5))


class Chi2(Gamma):
    """The sum of the squares of ``df`` standard normal draws.

    Example:
        >>> Chi2(2.0).mean
        tensor(2.)
    """

    arg_constraints: ClassVar[dict[str, Any]] = {"df": constraints.positive}
    told = ()

    def __init__(self, df: Any, validate_args: bool | None = None) -> None:
        super().__init__(0.5 * as_tensor(df), 0.5, validate_args)

    @property
    def df(self) -> Any:
        """Degrees of freedom."""
        return self.concentration * 2


class HalfCauchy(Distribution):
    """The magnitude of a Cauchy draw.

    Example:
        >>> HalfCauchy(1.0).log_prob(0.0)
        tensor(-0.4516)
    """

    arg_constraints: ClassVar[dict[str, Any]] = {"scale": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        self._cauchy = Cauchy(0.0, scale, validate_args)
        self.scale = self._cauchy.scale
        super().__init__(self._cauchy.batch_shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        """Infinite."""
        return self.scale * math.inf

    @property
    def variance(self) -> Any:
        """Infinite."""
        return self.scale * math.inf

    @property
    def mode(self) -> Any:
        """0."""
        return self.scale * 0

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Draws that carry gradients."""
        return self._cauchy.rsample(sample_shape).abs()

    def log_prob(self, value: Any) -> Any:
        """ln 2 more than the Cauchy distribution's; −∞ below 0."""
        value = as_tensor(value)
        return comparison.where(value >= 0, self._cauchy.log_prob(value) + math.log(2), -math.inf)

    def entropy(self) -> Any:
        """ln 2 less than the Cauchy distribution's."""
        return self._cauchy.entropy() - math.log(2)

    def cdf(self, value: Any) -> Any:
        """Twice what the Cauchy distribution has from 0 to the value."""
        return 2 * self._cauchy.cdf(value) - 1

    def icdf(self, value: Any) -> Any:
        """That of the Cauchy distribution at (p + 1)/2."""
        return self._cauchy.icdf((as_tensor(value) + 1) / 2)


class Pareto(TransformedDistribution):
    """Many small numbers and few large ones, from ``scale`` on.

    Example:
        >>> Pareto(1.0, 2.0).mean
        tensor(2.)
    """

    arg_constraints: ClassVar[dict[str, Any]] = {"alpha": constraints.positive, "scale": constraints.positive}
    support = constraints.dependent_property(lambda self: constraints.greater_than_eq(self.scale))
    told = ("alpha", "scale")

    def __init__(self, scale: Any, alpha: Any, validate_args: bool | None = None) -> None:
        self.scale, self.alpha = tensors(scale, alpha)
        super().__init__(
            Exponential(self.alpha, validate_args),
            [ExpTransform(), AffineTransform(0.0, self.scale)],
            validate_args=validate_args,
        )

    @property
    def mode(self) -> Any:
        """The smallest value."""
        return self.scale

    @property
    def mean(self) -> Any:
        """α s/(α − 1), infinite to α = 1."""
        a = self.alpha.clamp(min=1)
        return a * self.scale / (a - 1)

    @property
    def variance(self) -> Any:
        """α s²/((α − 1)² (α − 2)), infinite to α = 2."""
        a = self.alpha.clamp(min=2)
        return self.scale**2 * a / ((a - 1) ** 2 * (a - 2))

    def entropy(self) -> Any:
        """ln(s/α) + 1 + 1/α."""
        return (self.scale / self.alpha).log() + (1 + 1 / self.alpha)


class Weibull(TransformedDistribution):
    """How long something lasts that ages.

    Example:
        >>> Weibull(2.0, 1.0).mean
        tensor(2.)
    """

    arg_constraints: ClassVar[dict[str, Any]] = {"scale": constraints.positive, "concentration": constraints.positive}
    support = constraints.positive
    told = ("scale", "concentration")

    def __init__(self, scale: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.scale, self.concentration = tensors(scale, concentration)
        base = Exponential(self.scale.detach() * 0 + 1, validate_args)
        super().__init__(
            base,
            [PowerTransform(1 / self.concentration), AffineTransform(0.0, self.scale)],
            validate_args=validate_args,
        )

    @property
    def mode(self) -> Any:
        """λ ((k − 1)/k)^(1/k)."""
        return self.scale * ((self.concentration - 1) / self.concentration) ** (1 / self.concentration)

    @property
    def mean(self) -> Any:
        """s Γ(1 + 1/k)."""
        return self.scale * log_gamma(1 + 1 / self.concentration).exp()

    @property
    def variance(self) -> Any:
        """s² (Γ(1 + 2/k) − Γ(1 + 1/k)²)."""
        inverse = 1 / self.concentration
        return self.scale**2 * (log_gamma(1 + 2 * inverse).exp() - (2 * log_gamma(1 + inverse)).exp())

    def entropy(self) -> Any:
        """γ (1 − 1/k) + ln(s/k) + 1."""
        inverse = 1 / self.concentration
        return EULER * (1 - inverse) + (self.scale * inverse).log() + 1


class InverseGamma(TransformedDistribution):
    """One over a gamma draw.

    Example:
        >>> InverseGamma(3.0, 4.0).mean
        tensor(2.)
    """

    arg_constraints: ClassVar[dict[str, Any]] = {"concentration": constraints.positive, "rate": constraints.positive}
    support = constraints.positive

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        base = Gamma(concentration, rate, validate_args)
        self.concentration, self.rate = base.concentration, base.rate
        super().__init__(base, PowerTransform(-1.0), validate_args=validate_args)

    @property
    def mode(self) -> Any:
        """β/(α + 1)."""
        return self.rate / (1 + self.concentration)

    @property
    def mean(self) -> Any:
        """β/(α − 1), infinite to α = 1."""
        return comparison.where(self.concentration > 1, self.rate / (self.concentration - 1), math.inf)

    @property
    def variance(self) -> Any:
        """β²/((α − 1)² (α − 2)), infinite to α = 2."""
        a = self.concentration
        return comparison.where(a > 2, self.rate**2 / ((a - 1) ** 2 * (a - 2)), math.inf)

    def entropy(self) -> Any:
        """α + ln β + ln Γ(α) − (1 + α) ψ(α)."""
        a = self.concentration
        return a + self.rate.log() + log_gamma(a) - (1 + a) * digamma(a)


class NegativeBinomial(_Chances):
    """How many successes come before ``total_count`` failures.

    Example:
        >>> NegativeBinomial(4.0, probs=0.5).mean
        tensor(4.)
    """

    arg_constraints: ClassVar[dict[str, Any]] = {
        "total_count": constraints.greater_than_eq(0),
        "probs": constraints.half_open_interval(0.0, 1.0),
        "logits": constraints.real,
    }
    support = constraints.nonnegative_integer

    def __init__(
        self, total_count: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        given, self.total_count = tensors(logits if probs is None else probs, total_count)
        super().__init__(None if probs is None else given, given if probs is None else None, validate_args)

    @property
    def mean(self) -> Any:
        """R p/(1 − p)."""
        return self.total_count * self.logits.exp()

    @property
    def variance(self) -> Any:
        """The mean over 1 − p."""
        return self.mean / (-self.logits).sigmoid()

    @property
    def mode(self) -> Any:
        """⌊(r − 1) p/(1 − p)⌋, at least 0."""
        return ((self.total_count - 1) * self.logits.exp()).floor().clamp(min=0)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Draws: counts at a rate that is drawn first."""
        with no_grad():
            return poisson(Gamma(self.total_count, (-self.logits).exp(), False).sample(sample_shape))

    def log_prob(self, value: Any) -> Any:
        """R ln(1 − p) + x ln p + ln Γ(r + x) − ln Γ(1 + x) − ln Γ(r)."""
        value, r = as_tensor(value), self.total_count
        chosen = r * logsigmoid(-self.logits) + value * logsigmoid(self.logits)
        ways = log_gamma(r + value) - log_gamma(1 + value) - log_gamma(r)
        return chosen + comparison.where(r + value == 0, 0.0, ways)


class Multinomial(Distribution):
    """How often each class came in ``total_count`` draws.

    Example:
        >>> import tinygrad_fr as tg
        >>> dice = Multinomial(12, tg.ones(6))
        >>> dice.mean, dice.sample().sum()
        (tensor([2., 2., 2., 2., 2., 2.]), tensor(12.))
    """

    arg_constraints: ClassVar[dict[str, Any]] = CLASSES
    support = constraints.dependent_property(lambda self: constraints.multinomial(self.total_count))

    def __init__(
        self, total_count: int = 1, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        if not isinstance(total_count, int):
            raise DataError(_("Multinomial: expected one whole number of draws, got {found}").format(found=total_count))
        self.total_count = total_count
        self._categorical = Categorical(probs, logits, validate_args)
        super().__init__(
            self._categorical.batch_shape, tuple(self._categorical.probs.shape[-1:]), validate_args=validate_args
        )

    @property
    def probs(self) -> Any:
        """Probabilities of the classes."""
        return self._categorical.probs

    @property
    def logits(self) -> Any:
        """Their logarithms."""
        return self._categorical.logits

    @property
    def mean(self) -> Any:
        """N p."""
        return self.probs * self.total_count

    def entropy(self) -> Any:
        """N times that of one draw, less ln N!, and the mean of ln k! of each class."""
        n, probs = self.total_count, self.probs
        counts = registry["expand_to"](
            tensor(np.arange(1, n + 1)).to(probs.dtype).reshape(n, *[1] * probs.ndim), (n, *probs.shape)
        )
        chances = Binomial(n, probs=probs).log_prob(counts).exp()
        return n * self._categorical.entropy() - math.lgamma(n + 1) + (chances * log_gamma(counts + 1)).sum((0, -1))

    @property
    def variance(self) -> Any:
        """N p (1 − p)."""
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Draws."""
        found = self._categorical.sample((self.total_count, *tuple(sample_shape)))
        return one_hot(found, self.event_shape[0]).sum(0).to(self.probs.dtype)

    def log_prob(self, value: Any) -> Any:
        """ln n! − Σ ln x! + Σ x ln p."""
        value = as_tensor(value)
        logits = registry["expand_to"](self.logits, broadcast_shapes(tuple(self.logits.shape), tuple(value.shape)))
        logits = comparison.where((value == 0) & (logits == -math.inf), 0.0, logits)
        return log_gamma(value.sum(-1) + 1) - log_gamma(value + 1).sum(-1) + (logits * value).sum(-1)


class OneHotCategoricalStraightThrough(OneHotCategorical):
    """One of several classes, as a row with a 1 at its place; gradients reach the probabilities as if it were they.

    Example:
        >>> import tinygrad_fr as tg
        >>> p = tg.tensor([0.0, 1.0], requires_grad=True)
        >>> OneHotCategoricalStraightThrough(p).rsample().detach()
        tensor([0., 1.])
    """

    has_rsample = True

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Draws that carry gradients."""
        return self.sample(sample_shape) + (self.probs - self.probs.detach())


def _units(sides: tuple[int, ...], parameter: Tensor) -> Any:
    return inside(draws(sides, parameter, lambda source, kind: source.uniform(sides, dtype=kind)))


class _LogitRelaxedBernoulli(_Chances):
    arg_constraints: ClassVar[dict[str, Any]] = CHANCES
    support = constraints.real
    has_rsample = True
    shared = ("temperature",)

    def __init__(self, temperature: Any, probs: Any = None, logits: Any = None) -> None:
        self.temperature = as_tensor(temperature)
        super().__init__(probs, logits)

    def rsample(self, sample_shape: Any = ()) -> Any:
        sides = self._extended(sample_shape)
        p, u = inside(registry["expand_to"](self.probs, sides)), _units(sides, self.probs)
        log1p = registry["log1p"]
        return (u.log() - log1p(-u) + p.log() - log1p(-p)) / self.temperature

    def log_prob(self, value: Any) -> Any:
        apart = self.logits - as_tensor(value) * self.temperature
        return self.temperature.log() + apart - 2 * registry["log1p"](apart.exp())


class RelaxedBernoulli(TransformedDistribution):
    """A number from 0 to 1 in the place of a draw of 0 or 1, through which gradients come (Maddison et al., 2017).

    Example:
        >>> RelaxedBernoulli(0.5, probs=0.5).log_prob(0.5)
        tensor(-0.6931)
    """

    arg_constraints: ClassVar[dict[str, Any]] = CHANCES
    support = constraints.unit_interval
    shared = ("temperature",)

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        base = _LogitRelaxedBernoulli(temperature, probs, logits)
        self.temperature, self._base = base.temperature, base
        super().__init__(base, SigmoidTransform(), validate_args=validate_args)

    @property
    def probs(self) -> Any:
        """Probabilities of 1."""
        return self._base.probs

    @property
    def logits(self) -> Any:
        """Their log-odds."""
        return self._base.logits


class _ExpRelaxedCategorical(Categorical):
    arg_constraints: ClassVar[dict[str, Any]] = CLASSES
    support = constraints.real_vector
    has_rsample = True
    shared = ("temperature",)

    def __init__(self, temperature: Any, probs: Any = None, logits: Any = None) -> None:
        self.temperature = as_tensor(temperature)
        super().__init__(probs, logits)
        self._event_shape = self.probs.shape[-1:]

    def rsample(self, sample_shape: Any = ()) -> Any:
        gumbels = -(-_units(self._extended(sample_shape), self.logits).log()).log()
        scores = (self.logits + gumbels) / self.temperature
        return scores - registry["logsumexp"](scores, -1, keepdim=True)

    def sample(self, sample_shape: Any = ()) -> Any:
        return Distribution.sample(self, sample_shape)

    def log_prob(self, value: Any) -> Any:
        count = self.event_shape[0]
        scores = self.logits - as_tensor(value) * self.temperature
        scores = (scores - registry["logsumexp"](scores, -1, keepdim=True)).sum(-1)
        return scores + math.lgamma(count) + self.temperature.log() * (count - 1)


class RelaxedOneHotCategorical(TransformedDistribution):
    """Shares that add up to 1 in the place of a class, through which gradients come (Jang et al., 2017).

    Example:
        >>> import tinygrad_fr as tg
        >>> round(RelaxedOneHotCategorical(0.5, tg.ones(3)).sample().sum().item(), 4)
        1.0
    """

    arg_constraints: ClassVar[dict[str, Any]] = CLASSES
    support = constraints.simplex
    shared = ("temperature",)

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        base = _ExpRelaxedCategorical(temperature, probs, logits)
        self.temperature, self.probs, self.logits = base.temperature, base.probs, base.logits
        super().__init__(base, ExpTransform(), validate_args=validate_args)


class MixtureSameFamily(Distribution):
    """Of several distributions of one kind, one that is drawn first.

    Args:
        mixture_distribution: a Categorical, which draws one.
        component_distribution: all of them, as the last dimension of a batch.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.distributions import Categorical, Normal
        >>> two = MixtureSameFamily(Categorical(tg.ones(2)), Normal(tg.tensor([-1.0, 1.0]), 1.0))
        >>> two.mean, two.variance
        (tensor(0.), tensor(2.))
    """

    support = constraints.dependent_property(
        lambda self: constraints.MixtureSameFamilyConstraint(self.component_distribution.support)
    )

    def __init__(
        self,
        mixture_distribution: Categorical,
        component_distribution: Distribution,
        validate_args: bool | None = None,
    ) -> None:
        if not isinstance(mixture_distribution, Categorical):
            raise DataError(
                _("MixtureSameFamily: expected a Categorical that chooses, got {found}").format(
                    found=type(mixture_distribution).__name__
                )
            )
        self.mixture_distribution, self.component_distribution = mixture_distribution, component_distribution
        assert mixture_distribution.logits is not None  # PyTorch's constructor reads them, and so they are printed
        super().__init__(
            component_distribution.batch_shape[:-1], component_distribution.event_shape, validate_args=validate_args
        )

    def cdf(self, value: Any) -> Any:
        """The weighted mean of the parts'."""
        found = self.component_distribution.cdf(as_tensor(value).unsqueeze(-1 - len(self.event_shape)))
        return (self._weights() * found).sum(-1 - len(self.event_shape))

    def _weights(self) -> Any:
        p = self.mixture_distribution.probs
        return p.reshape(*p.shape, *(1,) * len(self.event_shape))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(\n  {self.mixture_distribution},\n  {self.component_distribution})"

    @property
    def mean(self) -> Any:
        """The weighted mean of the means."""
        return (self._weights() * self.component_distribution.mean).sum(-1 - len(self.event_shape))

    @property
    def variance(self) -> Any:
        """The mean of the variances, and the variance of the means."""
        dim, part = -1 - len(self.event_shape), self.component_distribution
        own = (self._weights() * part.variance).sum(dim)
        return own + (self._weights() * (part.mean - self.mean.unsqueeze(dim)) ** 2).sum(dim)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Draws of the distribution that is drawn."""
        with no_grad():
            event = len(self.event_shape)
            which = self.mixture_distribution.sample(sample_shape)
            found = self.component_distribution.sample(sample_shape)
            place = which.reshape(*which.shape, *(1,) * (event + 1))
            sides = list(found.shape)
            sides[-1 - event] = 1
            return found.gather(-1 - event, registry["expand_to"](place, tuple(sides))).squeeze(-1 - event)

    def log_prob(self, value: Any) -> Any:
        """ln Σ π p."""
        value = as_tensor(value).unsqueeze(-1 - len(self.event_shape))
        weights = log_softmax(self.mixture_distribution.logits, -1)
        return registry["logsumexp"](self.component_distribution.log_prob(value) + weights, -1)
