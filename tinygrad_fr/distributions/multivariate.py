"""Distributions of vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tinygrad_fr import linalg
from tinygrad_fr.distributions import constraints
from tinygrad_fr.distributions.distribution import (
    Distribution,
    as_tensor,
    digamma,
    draws,
    log_gamma,
    xlogy,
)
from tinygrad_fr.distributions.implicit import Shares, followed, share_slope
from tinygrad_fr.distributions.location_scale import LOG_2PI
from tinygrad_fr.errors import DataError
from tinygrad_fr.handles.creation import eye
from tinygrad_fr.handles.tensor import Tensor, tensor
from tinygrad_fr.locale import _
from tinygrad_fr.ops.definition import registry
from tinygrad_fr.ops.shapes.broadcasting import broadcast_shapes

if TYPE_CHECKING:
    from tinygrad_fr.generators import Generator


class Dirichlet(Distribution):
    """Shares that add up to 1.

    Example:
        >>> import tinygrad_fr as tg
        >>> even = Dirichlet(tg.tensor([1.0, 1.0, 1.0]))
        >>> even.log_prob(tg.tensor([0.2, 0.3, 0.5])), even.sample().shape
        (tensor(0.6931), torch.Size([3]))
    """

    arg_constraints: ClassVar[dict[str, Any]] = {"concentration": constraints.independent(constraints.positive, 1)}
    support = constraints.simplex
    told = ("concentration",)
    has_rsample = True

    def __init__(self, concentration: Any, validate_args: bool | None = None) -> None:
        self.concentration = as_tensor(concentration)
        if not self.concentration.ndim:
            raise DataError(_("Dirichlet: expected at least one dimension of concentrations"))
        sides = tuple(self.concentration.shape)
        super().__init__(sides[:-1], sides[-1:], validate_args=validate_args)

    @property
    def mean(self) -> Any:
        """Each concentration over their sum."""
        return self.concentration / self.concentration.sum(-1, keepdim=True)

    @property
    def variance(self) -> Any:
        """m (1 − m) / (α₀ + 1), m the mean."""
        total = self.concentration.sum(-1, keepdim=True)
        return self.mean * (1 - self.mean) / (total + 1)

    @property
    def mode(self) -> Any:
        """Each concentration less 1 over their sum; where none reaches 1, all at the first, as in PyTorch."""
        less = (self.concentration - 1).clamp(min=0.0)
        first = tensor(np.eye(1, self.concentration.shape[-1], dtype=np.float32)[0]).to(self.concentration.dtype)
        flat = (self.concentration < 1).all(-1, keepdim=True)
        return registry["where"](flat, first, less / less.sum(-1, keepdim=True))

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Draws that carry gradients."""
        sides = self._extended(sample_shape)
        alpha = np.broadcast_to(self.concentration.detach().numpy(), sides)

        def draw(source: Generator, kind: Any) -> Any:
            parts = np.maximum(source.gamma(alpha), np.finfo(np.float64).tiny)
            shares = (parts / parts.sum(-1, keepdims=True)).astype(kind)
            return np.clip(shares, np.finfo(kind).tiny, 1 - np.finfo(kind).epsneg)  # as PyTorch: never 0, never 1

        return followed(Shares, self.concentration, sides, draw, share_slope)

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


class MultivariateNormal(Distribution):
    """Normal vectors, by their covariance or its Cholesky factor.

    Example:
        >>> import tinygrad_fr as tg
        >>> round3 = MultivariateNormal(tg.zeros(3), tg.eye(3))
        >>> round3.log_prob(tg.zeros(3)), round3.rsample((4,)).shape
        (tensor(-2.7568), torch.Size([4, 3]))
    """

    arg_constraints: ClassVar[dict[str, Any]] = {
        "loc": constraints.real_vector,
        "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite,
        "scale_tril": constraints.lower_cholesky,
    }
    support = constraints.real_vector
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
        names = ("covariance_matrix", "precision_matrix", "scale_tril")
        self._given = next(
            name
            for name, x in zip(names, (covariance_matrix, precision_matrix, scale_tril), strict=True)
            if x is not None
        )
        if self._validate_args if validate_args is None else validate_args:
            self._held_to(self._given, as_tensor(given[0]), self.arg_constraints[self._given])
        self.loc = as_tensor(loc)
        if scale_tril is not None:
            self.scale_tril = as_tensor(scale_tril)
        elif covariance_matrix is not None:
            self.scale_tril = linalg.cholesky(as_tensor(covariance_matrix))
        else:
            self.scale_tril = _root_of_inverse(as_tensor(precision_matrix))
        sides = broadcast_shapes(tuple(self.loc.shape[:-1]), tuple(self.scale_tril.shape[:-2]))
        self.loc = self.loc.expand(*sides, -1)
        super().__init__(sides, tuple(self.loc.shape[-1:]), validate_args=validate_args)

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
    def mode(self) -> Any:
        """The mean."""
        return self.loc

    @property
    def variance(self) -> Any:
        """The diagonal of the covariance."""
        return (self.scale_tril**2).sum(-1)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Draws that carry gradients."""
        sides = self._extended(sample_shape)
        standard = draws(sides, self.loc, lambda source, kind: source.normal(sides, dtype=kind))
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


def _root_of_inverse(precision: Tensor) -> Any:
    """The lower triangle L for which L Lᵀ is the inverse of a matrix, without that inverse, whose digits may be lost."""
    upper = linalg.cholesky(precision.flip(-2, -1)).flip(-2, -1).mT
    return linalg.solve_triangular(upper, eye(precision.shape[-1], dtype=precision.dtype), upper=False).tril()
