"""Losses of distributions: Kullback-Leibler divergence, and the likelihoods of Poisson's and the normal distribution."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import here, refusal
from tinygrad_fr.errors import DataError
from tinygrad_fr.explanation import Explanation
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import add, div, exp, log, mul, sub
from tinygrad_fr.ops.comparison import where
from tinygrad_fr.ops.definition import Array, composite
from tinygrad_fr.ops.loss.shared import reduced, reduction_of
from tinygrad_fr.ops.reductions.sums import sum
from tinygrad_fr.ops.shapes.shape import unsqueeze
from tinygrad_fr.ops.shared.overloads import function
from tinygrad_fr.ops.shared.untracked import constant, dtype_of, value_of
from tinygrad_fr.ops.special import xlogy
from tinygrad_fr.sampling import Draw, Sample


def _divergence_sample(draw: Draw) -> Sample:
    shape = draw.shape(1, 2)
    return Sample(
        (draw.array(shape), draw.array(shape, 0.1, 0.9)),
        {"reduction": draw.choice(["mean", "sum", "none", "batchmean"]), "log_target": draw.choice([False, True])},
    )


@composite(
    symbol="KL",
    latex=r"\sum t (\ln t - x)",
    sample=_divergence_sample,
    method=False,
    explained=Explanation(shown_as="kl_div"),
)
def kl_div_of(input: Array, target: Array, reduction: str = "mean", log_target: bool = False) -> Array:
    """Divergence of Kullback and Leibler: log-probabilities against probabilities (or their logarithms).

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["kl_div_of"](tg.tensor([0.25, 0.75]).log(), tg.tensor([1.0, 0.0]), "sum").exp()  # 1 / 0.25
        tensor(4.)
    """
    losses = mul(exp(target), sub(target, input)) if log_target else sub(xlogy(target, target), mul(target, input))
    if reduction == "batchmean":
        return div(sum(losses), float(input.shape[0] if len(input.shape) else 1))
    return reduced(losses, reduction)


@function
def kl_div(
    input: Any,
    target: Any,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Any:
    """Divergence of Kullback and Leibler; ``batchmean`` is the mathematical one.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.kl_div(tg.tensor([0.5, 0.5]).log(), tg.tensor([1.0, 0.0]), reduction="sum")  # one bit, ln 2
        tensor(0.6931)
    """
    reduction = reduction_of(size_average, reduce, reduction)
    return kl_div_of(input, target, reduction, log_target)


@function
def poisson_nll_loss(
    input: Any,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    size_average: Any = None,
    eps: float = 1e-8,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """Negative log-likelihood of counts: exp(x) − t x, or x − t ln(x + eps); ``full`` adds Stirling's term.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> rate, count = tg.tensor([2.0, 2.0]), tg.tensor([0.0, 1.0])
        >>> F.poisson_nll_loss(rate, count, log_input=False, reduction="none")  # 2, 2 − ln 2
        tensor([2.0000, 1.3069])
    """
    reduction = reduction_of(size_average, reduce, reduction)
    losses = sub(exp(input), mul(target, input)) if log_input else sub(input, mul(target, log(add(input, eps))))
    if full:
        stirling = add(sub(mul(target, log(target)), target), mul(log(mul(target, 2 * np.pi)), 0.5))
        losses = add(losses, where(value_of(target) > 1, stirling, 0))
    return reduced(losses, reduction)


@function
def gaussian_nll_loss(
    input: Any, target: Any, var: Any, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Any:
    """Negative log-likelihood of normal laws: ½ (ln v + (x − t)² / v), v being eps at least (a constant there).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> error, var = tg.tensor([3.0, 3.0]), tg.tensor([1.0, 9.0])
        >>> F.gaussian_nll_loss(error, error * 0, var, reduction="none")  # a doubt that is said costs less
        tensor([4.5000, 1.5986])
    """
    if isinstance(var, float | int):
        var = constant(np.full(tuple(input.shape), var, dtype_of(input)))
    var = _variances(tuple(input.shape), var)
    if np.any(value_of(var) < 0):
        raise DataError(tr("gaussian_nll_loss: expected variances of at least 0 ({where})").format(where=here()))
    var = add(var, np.maximum(eps - value_of(var), 0).astype(dtype_of(var)))
    error = sub(input, target)
    losses = mul(add(log(var), div(mul(error, error), var)), 0.5)
    return reduced(add(losses, 0.5 * float(np.log(2 * np.pi))) if full else losses, reduction)


def _variances(shape: tuple[int, ...], var: Any) -> Any:
    """Variances of each number, of each row, or alike along one dimension of length 1."""
    own = tuple(var.shape)
    if own != shape and own == shape[:-1]:
        return unsqueeze(var, -1)
    alike = [side for side, whole in zip(own, shape, strict=False) if side != whole]
    if own == shape or (len(own) == len(shape) and alike == [1]):
        return var
    raise refusal("gaussian_nll_loss", tr("variances that fit an input of shape {shape}").format(shape=shape), own)
