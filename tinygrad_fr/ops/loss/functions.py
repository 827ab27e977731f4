"""Losses of regression with all arguments of PyTorch's functions: weights, the old flags, and shapes that broadcast with a warning."""

from __future__ import annotations

import warnings
from typing import Any

from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import div, mul
from tinygrad_fr.ops.loss import regression
from tinygrad_fr.ops.loss.shared import reduced, reduction_of, same_shape
from tinygrad_fr.ops.reductions.sums import sum
from tinygrad_fr.ops.shapes import broadcasting
from tinygrad_fr.ops.shared.overloads import function


@function
def mse_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean", weight: Any = None
) -> Any:
    """Mean squared error.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.mse_loss(tg.tensor([1.0, 3.0]), tg.tensor([1.0, 1.0])).item()
        2.0
    """
    reduction = reduction_of(size_average, reduce, reduction)
    input, target = _broadcast("mse_loss", input, target)
    if weight is None:
        return regression.mse_loss(input, target, reduction)
    return _weighted(regression.mse_loss(input, target, "none"), weight, reduction)


@function
def l1_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean", weight: Any = None
) -> Any:
    """Mean absolute error.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.l1_loss(tg.tensor([1.0, 5.0]), tg.tensor([2.0, 2.0]))
        tensor(2.)
    """
    reduction = reduction_of(size_average, reduce, reduction)
    input, target = _broadcast("l1_loss", input, target)
    if weight is None:
        return regression.l1_loss(input, target, reduction)
    return _weighted(regression.l1_loss(input, target, "none"), weight, reduction)


@function
def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None) -> Any:
    """Squared error near 0, absolute error further than ``delta``.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.huber_loss(tg.tensor([0.5, 3.0]), tg.tensor([0.0, 0.0]), reduction="none")  # 0.5²/2, 3 − 0.5
        tensor([0.1250, 2.5000])
    """
    input, target = _broadcast("huber_loss", input, target)
    if weight is None:
        return regression.huber_loss_of(input, target, reduction, delta)
    return _weighted(regression.huber_loss_of(input, target, "none", delta), weight, reduction)


@function
def smooth_l1_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean", beta: float = 1.0
) -> Any:
    """Squared error near 0 (over 2β), absolute error further than β.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.smooth_l1_loss(tg.tensor([1.0, 7.0]), tg.tensor([0.0, 0.0]), beta=2.0, reduction="none")  # 1²/4, 7 − 1
        tensor([0.2500, 6.0000])
    """
    reduction = reduction_of(size_average, reduce, reduction)
    input, target = _broadcast("smooth_l1_loss", input, target)
    return regression.smooth_l1_loss_of(input, target, reduction, beta)


def _broadcast(name: str, input: Any, target: Any) -> tuple[Any, Any]:
    """Both in one shape; PyTorch warns where they are not, since each output then meets targets that are not its own."""
    one, other = tuple(getattr(input, "shape", ())), tuple(getattr(target, "shape", ()))
    if one == other:
        return input, target
    try:
        sides = broadcasting.broadcast_shapes(one, other)
    except (ValueError, RuntimeError):
        same_shape(name, input, target)
        raise
    warnings.warn(
        tr(
            "{name}: the target has shape {target} and the input {input}; both are broadcast to {both}, which is rarely meant"
        ).format(name=name, target=other, input=one, both=sides),
        UserWarning,
        stacklevel=4,
    )
    return broadcasting.broadcast_to(input, sides), broadcasting.broadcast_to(target, sides)


def _weighted(losses: Any, weight: Any, reduction: str) -> Any:
    losses = mul(losses, weight)
    return div(sum(losses), sum(weight)) if reduction == "mean" else reduced(losses, reduction)
