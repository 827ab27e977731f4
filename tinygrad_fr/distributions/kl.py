"""How far one distribution is from another: Kullback and Leibler's divergence, in closed form."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tinygrad_fr.distributions.continuous import Beta, Exponential, Gamma, Uniform
from tinygrad_fr.distributions.discrete import Bernoulli, Binomial, Categorical, Geometric, Poisson
from tinygrad_fr.distributions.distribution import Distribution, Independent, digamma, log_gamma, xlogy
from tinygrad_fr.distributions.location_scale import EULER, Cauchy, Gumbel, HalfNormal, Laplace, LogNormal, Normal
from tinygrad_fr.distributions.multivariate import Dirichlet, MultivariateNormal
from tinygrad_fr.errors import AbsentError
from tinygrad_fr.locale import _
from tinygrad_fr.ops import comparison, registry

if TYPE_CHECKING:
    from collections.abc import Callable

_FORMS: dict[tuple[type, type], Callable[[Any, Any], Any]] = {}


def register_kl(type_p: type, type_q: type) -> Callable[[Callable[[Any, Any], Any]], Callable[[Any, Any], Any]]:
    """Enter a closed form for a pair of distributions, and for what is made from them.

    Example:
        >>> from tinygrad_fr.distributions import Normal
        >>> class Mine(Normal):
        ...     pass
        >>> @register_kl(Mine, Mine)
        ... def _mine(p, q):
        ...     return p.loc - q.loc
        >>> kl_divergence(Mine(3.0, 1.0), Mine(1.0, 1.0))
        tensor(2.)
    """

    def enter(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        _FORMS[type_p, type_q] = function
        return function

    return enter


def kl_divergence(p: Distribution, q: Distribution) -> Any:
    """KL(p ‖ q) of each distribution of a batch.

    Raises:
        AbsentError: no closed form of this pair is here.

    Example:
        >>> from tinygrad_fr.distributions import Normal
        >>> kl_divergence(Normal(1.0, 1.0), Normal(0.0, 1.0))
        tensor(0.5000)
    """
    if (
        isinstance(p, Independent)
        and isinstance(q, Independent)
        and p.reinterpreted_batch_ndims == q.reinterpreted_batch_ndims
    ):
        return p._summed(kl_divergence(p.base_dist, q.base_dist))
    form = next((f for a in type(p).__mro__ for b in type(q).__mro__ if (f := _FORMS.get((a, b)))), None)
    if form is None:
        raise AbsentError(
            _("kl_divergence: no closed form for {p} and {q} is here").format(p=type(p).__name__, q=type(q).__name__)
        )
    return form(p, q)


@register_kl(Normal, Normal)
def _normal(p: Any, q: Any) -> Any:
    ratio = (p.scale / q.scale) ** 2
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale) ** 2 - 1 - ratio.log())


@register_kl(Laplace, Laplace)
def _laplace(p: Any, q: Any) -> Any:
    ratio, apart = p.scale / q.scale, (p.loc - q.loc).abs()
    return -ratio.log() + apart / q.scale + ratio * (-apart / p.scale).exp() - 1


@register_kl(Exponential, Exponential)
def _exponential(p: Any, q: Any) -> Any:
    ratio = q.rate / p.rate
    return ratio - 1 - ratio.log()


@register_kl(Gamma, Gamma)
def _gamma(p: Any, q: Any) -> Any:
    a, b = p.concentration, q.concentration
    return (
        b * (p.rate / q.rate).log()
        + log_gamma(b)
        - log_gamma(a)
        + (a - b) * digamma(a)
        + (q.rate - p.rate) * (a / p.rate)
    )


@register_kl(Dirichlet, Dirichlet)
def _dirichlet(p: Any, q: Any) -> Any:
    a, b = p.concentration, q.concentration
    total = a.sum(-1)
    return (
        log_gamma(total)
        - log_gamma(b.sum(-1))
        - (log_gamma(a) - log_gamma(b)).sum(-1)
        + ((a - b) * (digamma(a) - digamma(total).unsqueeze(-1))).sum(-1)
    )


@register_kl(Beta, Beta)
def _beta(p: Any, q: Any) -> Any:
    return kl_divergence(p._dirichlet, q._dirichlet)


@register_kl(MultivariateNormal, MultivariateNormal)
def _multivariatenormal(p: Any, q: Any) -> Any:
    from tinygrad_fr import linalg

    spread = linalg.solve_triangular(q.scale_tril, p.scale_tril, upper=False)
    apart = linalg.solve_triangular(q.scale_tril, (q.loc - p.loc).unsqueeze(-1), upper=False)
    traces = (spread**2).sum((-2, -1)) + (apart**2).sum((-2, -1))
    return q._half_logdet() - p._half_logdet() + 0.5 * (traces - p.event_shape[0])


@register_kl(Bernoulli, Bernoulli)
def _bernoulli(p: Any, q: Any) -> Any:
    a, b = p.probs, q.probs
    return xlogy(a, a / b) + xlogy(1 - a, (1 - a) / (1 - b))


@register_kl(Categorical, Categorical)
def _categorical(p: Any, q: Any) -> Any:
    return (p.probs * (p.logits - q.logits)).sum(-1)


@register_kl(Poisson, Poisson)
def _poisson(p: Any, q: Any) -> Any:
    return xlogy(p.rate, p.rate / q.rate) - (p.rate - q.rate)


@register_kl(LogNormal, LogNormal)
def _lognormal(p: Any, q: Any) -> Any:
    return _normal(p, q)


@register_kl(Geometric, Geometric)
def _geometric(p: Any, q: Any) -> Any:
    return -p.entropy() - registry["log1p"](-q.probs) / p.probs - q.logits


@register_kl(HalfNormal, HalfNormal)
def _halfnormal(p: Any, q: Any) -> Any:
    return _normal(p.normal, q.normal)


@register_kl(Uniform, Uniform)
def _uniform(p: Any, q: Any) -> Any:
    found = ((q.high - q.low) / (p.high - p.low)).log()
    return comparison.where((q.low > p.low) | (q.high < p.high), math.inf, found)


@register_kl(Gumbel, Gumbel)
def _gumbel(p: Any, q: Any) -> Any:
    ratio, shift = p.scale / q.scale, q.loc / q.scale
    apart = p.loc / q.scale
    return -ratio.log() - shift + apart + ratio * EULER + (shift + log_gamma(1 + ratio) - apart).exp() - (1 + EULER)


@register_kl(Cauchy, Cauchy)
def _cauchy(p: Any, q: Any) -> Any:
    return ((p.scale + q.scale) ** 2 + (p.loc - q.loc) ** 2).log() - (4 * p.scale * q.scale).log()


@register_kl(Binomial, Binomial)
def _binomial(p: Any, q: Any) -> Any:
    found = p.total_count * (
        p.probs * (p.logits - q.logits) + registry["log1p"](-p.probs) - registry["log1p"](-q.probs)
    )
    return comparison.where(p.total_count > q.total_count, math.inf, found)
