"""Derivatives of draws that come from no formula: where F(x; α) stays what it was, dx/dα = −(∂F/∂α)/f (Figurnov et al., 2018)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.distributions.distribution import draws
from tinygrad_fr.handles.custom import Function, once_differentiable
from tinygrad_fr.modes import is_grad_enabled
from tinygrad_fr.ops import registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tinygrad_fr.generators import Generator

STEP = 1e-4  # of the parameter: central differences of functions with 16 digits keep 8 of them


class Following(Function):
    """A draw that follows its parameter by a slope that is known; how the slope changes is not, as in PyTorch."""

    @staticmethod
    def forward(ctx: Any, parameter: Any, draw: Any, slope: Any) -> Any:
        """The draw."""
        ctx.save_for_backward(slope)
        return draw.clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Any) -> Any:
        """The slope, to the parameter."""
        (slope,) = ctx.saved_tensors
        return gradient * slope, None, None


class Shares(Function):
    """Shares that follow their concentrations: one that grows takes from the others what they have in proportion."""

    @staticmethod
    def forward(ctx: Any, concentration: Any, draw: Any, slope: Any) -> Any:
        """The draw."""
        ctx.save_for_backward(draw, slope)
        return draw.clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Any) -> Any:
        """Σⱼ gⱼ dxⱼ/dαᵢ."""
        draw, slope = ctx.saved_tensors
        return slope * (gradient - (draw * gradient).sum(-1, keepdim=True)), None, None


def followed(
    how: type[Function],
    parameter: Any,
    sides: tuple[int, ...],
    draw: Callable[[Generator, Any], Any],
    slope: Callable[[Any, Any], Any],
) -> Any:
    """Draws of a shape that carry a parameter's gradient, where one is recorded.

    Args:
        how: :class:`Following` or :class:`Shares`.
        draw: gives the draws, from a generator and a dtype.
        slope: gives their derivatives by the parameter, from the draws and the parameter's numbers.
    """
    if not (is_grad_enabled() and parameter.requires_grad):
        return draws(sides, parameter, draw)
    numbers = np.broadcast_to(parameter.detach().numpy(), sides)

    def both(source: Generator, kind: Any) -> Any:
        found = draw(source, kind)
        return np.stack([found, slope(found, numbers)])

    found, slopes = draws((2, *sides), parameter, both)
    return how.apply(registry["expand_to"](parameter, sides), found, slopes)


def _slope(lower: Callable[[Any], Any], upper: Callable[[Any], Any], low: Any, parameter: Any, density: Any) -> Any:
    """−(∂F/∂α)/f, by the tail that has digits: F itself where it is ``low``, else 1 − F."""
    step = STEP * parameter
    with np.errstate(all="ignore"):
        change = np.where(
            low,
            lower(parameter - step) - lower(parameter + step),
            upper(parameter + step) - upper(parameter - step),
        )
        found = change / (2 * step * density)
    return np.where(np.isfinite(found), found, 0.0)


def gammas(alpha: Any, sides: tuple[int, ...]) -> Callable[[Generator, Any], Any]:
    """What draws from gamma distributions of rate 1: the smallest number, where one would be 0."""
    numbers = np.broadcast_to(alpha.detach().numpy(), sides)
    return lambda source, kind: np.maximum(source.gamma(numbers).astype(kind), np.finfo(kind).tiny)


def gamma_slope(x: NDArray[Any], alpha: NDArray[Any]) -> Any:
    """dx/dα of draws of a gamma distribution of rate 1."""
    from scipy.special import gammainc, gammaincc, gammaln

    x, alpha = x.astype(np.float64), alpha.astype(np.float64)
    with np.errstate(all="ignore"):
        density = np.exp((alpha - 1) * np.log(x) - x - gammaln(alpha))
    return _slope(lambda a: gammainc(a, x), lambda a: gammaincc(a, x), x < alpha, alpha, density)


def share_slope(x: NDArray[Any], alpha: NDArray[Any]) -> Any:
    """dxᵢ/dαᵢ / (1 − xᵢ) of the shares (…, k) of a Dirichlet distribution, each of which is a beta draw."""
    from scipy.special import betainc, betaln

    x, alpha = x.astype(np.float64), alpha.astype(np.float64)
    beta, rest = alpha.sum(-1, keepdims=True) - alpha, 1 - x
    with np.errstate(all="ignore"):
        density = np.exp((alpha - 1) * np.log(x) + beta * np.log(rest) - betaln(alpha, beta))  # f (1 − x)
    return _slope(lambda a: betainc(a, beta, x), lambda a: betainc(beta, a, rest), x < 0.5, alpha, density)
