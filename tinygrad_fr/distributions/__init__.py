"""``torch.distributions``: what lessons of VAE, policy gradients and Bayes use of it."""

import sys
from typing import Any

from tinygrad_fr.distributions.continuous import (
    Beta,
    Cauchy,
    Dirichlet,
    Exponential,
    Gamma,
    Gumbel,
    HalfNormal,
    Laplace,
    LogNormal,
    MultivariateNormal,
    Normal,
    StudentT,
    Uniform,
)
from tinygrad_fr.distributions.discrete import Bernoulli, Binomial, Categorical, Geometric, OneHotCategorical, Poisson
from tinygrad_fr.distributions.distribution import Distribution, Independent
from tinygrad_fr.distributions.kl import kl_divergence

__all__ = [
    "Bernoulli",
    "Beta",
    "Binomial",
    "Categorical",
    "Cauchy",
    "Dirichlet",
    "Distribution",
    "Exponential",
    "Gamma",
    "Geometric",
    "Gumbel",
    "HalfNormal",
    "Independent",
    "Laplace",
    "LogNormal",
    "MultivariateNormal",
    "Normal",
    "OneHotCategorical",
    "Poisson",
    "StudentT",
    "Uniform",
    "kl_divergence",
]


def __getattr__(name: str) -> Any:
    # PyTorch keeps each in a file of its name: torch.distributions.normal.Normal is Normal here.
    if any(name == each.lower() or name == _with_lines(each) for each in __all__):
        return sys.modules[__name__]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _with_lines(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
