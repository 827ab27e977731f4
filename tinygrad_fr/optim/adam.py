"""Adam, and AdamW, whose decay is apart from the gradient."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _
from tinygrad_fr.optim.formula import RUNNING_MEAN, RUNNING_SQUARE, Formula
from tinygrad_fr.optim.optimizer import Optimizer, at_least, decayed

if TYPE_CHECKING:
    from collections.abc import Iterable

_STEP = "size * mean / (sqrt(square) / root + eps)"
_MOVED = Formula(f"w - {_STEP}", "w", "mean", "square", "size", "root", "eps")
_DECAYED = Formula(f"kept * w - {_STEP}", "w", "mean", "square", "size", "root", "eps", "kept")


class Adam(
    Optimizer,
    written="lr betas eps weight_decay amsgrad maximize foreach capturable differentiable fused decoupled_weight_decay",
):
    """Adaptive moments (Kingma and Ba, 2015): w ← w − η m̂ / (√v̂ + ε).

    Args:
        params: what to move.
        lr: learning rate η.
        betas: decay of the mean m of the gradients and of the mean v of their squares.
        eps: ε.
        weight_decay: λ of an L2 penalty, added to the gradient.
        amsgrad: divide by the largest v̂ so far.
        maximize: climb instead of descending.
        decoupled_weight_decay: shrink the weights apart from the gradient, as :class:`AdamW`.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> w = nn.Parameter(tg.tensor([1.0]))
        >>> optimizer = Adam([w], lr=0.1)
        >>> (w * w).sum().backward()
        >>> optimizer.step()
        >>> round(w.item(), 3)  # the first step is ±lr, whatever the gradient’s size
        0.9
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        decoupled_weight_decay: bool = False,
    ) -> None:
        at_least("eps", eps, 0.0)
        at_least("weight_decay", weight_decay, 0.0)
        for name, beta in zip(("betas[0]", "betas[1]"), betas, strict=True):
            if not 0.0 <= beta < 1.0:
                raise UsageError(_("{name}: expected a number in [0, 1[, got {found}").format(name=name, found=beta))
        super().__init__(
            params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, amsgrad=amsgrad, maximize=maximize,
            decoupled_weight_decay=decoupled_weight_decay,
        )  # fmt: skip

    def update(self, value: Any, gradient: Any, state: dict[str, Any], group: dict[str, Any]) -> Any:
        """One step for one parameter."""
        if group["decoupled_weight_decay"]:
            gradient = -gradient if group["maximize"] else gradient
            return self.moved(value, gradient, state, group, 1 - group["lr"] * group["weight_decay"])
        return self.moved(value, decayed(value, gradient, group), state, group)

    def moved(self, value: Any, gradient: Any, state: dict[str, Any], group: dict[str, Any], kept: float = 1.0) -> Any:
        """The step along the moments, from a part of the value."""
        first, second = group["betas"]
        if not state:
            state.update(step=0, exp_avg=np.zeros_like(value), exp_avg_sq=np.zeros_like(value))
        state["step"] += 1
        state["exp_avg"] = RUNNING_MEAN(state["exp_avg"], gradient, first, 1 - first)
        state["exp_avg_sq"] = RUNNING_SQUARE(state["exp_avg_sq"], gradient, second, 1 - second)
        square = state["exp_avg_sq"]
        if group["amsgrad"]:
            square = state["max_exp_avg_sq"] = np.maximum(state.get("max_exp_avg_sq", square), square)
        size = group["lr"] / (1 - first ** state["step"])
        root = math.sqrt(1 - second ** state["step"])
        read = (value, state["exp_avg"], square, size, root, group["eps"])
        return _MOVED(*read) if kept == 1.0 else _DECAYED(*read, kept)


class AdamW(
    Adam,
    written="lr betas eps weight_decay amsgrad maximize foreach capturable differentiable fused decoupled_weight_decay",
):
    """Adam with weight decay apart from the gradient (Loshchilov and Hutter, 2019): w ← (1 − ηλ) w, then Adam's step.

    Example:
        >>> from tinygrad_fr import optim, tensor
        >>> w = tensor([1.0], requires_grad=True)
        >>> optimizer = optim.AdamW([w], lr=0.1, weight_decay=0.5)
        >>> (w * w).sum().backward()
        >>> optimizer.step()
        >>> round(w.item(), 3)  # (1 − 0.1 · 0.5) · 1 − 0.1
        0.85
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize, decoupled_weight_decay=True)
