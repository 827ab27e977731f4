"""How far one distribution is from another: Kullback and Leibler's divergence, in closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinygrad_fr.distributions.continuous import (
    Beta,
    Dirichlet,
    Exponential,
    Gamma,
    Laplace,
    MultivariateNormal,
    Normal,
)
from tinygrad_fr.distributions.discrete import Bernoulli, Categorical, Poisson
from tinygrad_fr.distributions.distribution import Distribution, Independent, digamma, log_gamma, xlogy
from tinygrad_fr.errors import AbsentError
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Callable

_FORMS: dict[tuple[type, type], Callable[[Any, Any], Any]] = {}


def _form(p: type, q: type) -> Callable[[Callable[[Any, Any], Any]], Callable[[Any, Any], Any]]:
    def enter(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        _FORMS[p, q] = function
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
    if isinstance(p, Independent) and isinstance(q, Independent) and p.count == q.count:
        return p._summed(kl_divergence(p.base_dist, q.base_dist))
    form = _FORMS.get((type(p), type(q)))
    if form is None:
        raise AbsentError(
            _("kl_divergence: no closed form for {p} and {q} is here").format(p=type(p).__name__, q=type(q).__name__)
        )
    return form(p, q)


@_form(Normal, Normal)
def _normal(p: Any, q: Any) -> Any:
    ratio = (p.scale / q.scale) ** 2
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale) ** 2 - 1 - ratio.log())


@_form(Laplace, Laplace)
def _laplace(p: Any, q: Any) -> Any:
    ratio, apart = p.scale / q.scale, (p.loc - q.loc).abs()
    return -ratio.log() + apart / q.scale + ratio * (-apart / p.scale).exp() - 1


@_form(Exponential, Exponential)
def _exponential(p: Any, q: Any) -> Any:
    ratio = q.rate / p.rate
    return ratio - 1 - ratio.log()


@_form(Gamma, Gamma)
def _gamma(p: Any, q: Any) -> Any:
    a, b = p.concentration, q.concentration
    return (
        b * (p.rate / q.rate).log()
        + log_gamma(b)
        - log_gamma(a)
        + (a - b) * digamma(a)
        + (q.rate - p.rate) * (a / p.rate)
    )


@_form(Dirichlet, Dirichlet)
def _dirichlet(p: Any, q: Any) -> Any:
    a, b = p.concentration, q.concentration
    total = a.sum(-1)
    return (
        log_gamma(total)
        - log_gamma(b.sum(-1))
        - (log_gamma(a) - log_gamma(b)).sum(-1)
        + ((a - b) * (digamma(a) - digamma(total).unsqueeze(-1))).sum(-1)
    )


@_form(Beta, Beta)
def _beta(p: Any, q: Any) -> Any:
    return kl_divergence(p._dirichlet, q._dirichlet)


@_form(MultivariateNormal, MultivariateNormal)
def _multivariatenormal(p: Any, q: Any) -> Any:
    from tinygrad_fr import linalg

    spread = linalg.solve_triangular(q.scale_tril, p.scale_tril, upper=False)
    apart = linalg.solve_triangular(q.scale_tril, (q.loc - p.loc).unsqueeze(-1), upper=False)
    traces = (spread**2).sum((-2, -1)) + (apart**2).sum((-2, -1))
    return q._half_logdet() - p._half_logdet() + 0.5 * (traces - p.event_shape[0])


@_form(Bernoulli, Bernoulli)
def _bernoulli(p: Any, q: Any) -> Any:
    a, b = p.probs, q.probs
    return xlogy(a, a / b) + xlogy(1 - a, (1 - a) / (1 - b))


@_form(Categorical, Categorical)
def _categorical(p: Any, q: Any) -> Any:
    return (p.probs * (p.logits - q.logits)).sum(-1)


@_form(Poisson, Poisson)
def _poisson(p: Any, q: Any) -> Any:
    return xlogy(p.rate, p.rate / q.rate) - (p.rate - q.rate)
