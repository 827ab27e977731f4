"""Adam."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.optim.optimizer import Optimizer, at_least

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tinygrad_fr.record.node import Node


class Adam(Optimizer):
    """Adaptive moments (Kingma and Ba, 2015): w ← w − η m̂ / (√v̂ + ε).

    Args:
        params: what to move.
        lr: learning rate η.
        betas: decay of the mean m of the gradients and of the mean v of their squares.
        eps: ε.
        weight_decay: λ of an L2 penalty, added to the gradient.
    """

    def __init__(
        self,
        params: Iterable[Node],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, lr)
        self.betas = betas
        self.eps = at_least("eps", eps, 0.0)
        self.weight_decay = at_least("weight_decay", weight_decay, 0.0)

    def update(self, value: Any, gradient: Any, state: dict[str, Any]) -> Any:
        """One step for one parameter."""
        if self.weight_decay:
            gradient = gradient + self.weight_decay * value
        first, second = self.betas
        if not state:
            state.update(step=0, mean=np.zeros_like(value), square=np.zeros_like(value))
        state["step"] += 1
        state["mean"] = first * state["mean"] + (1 - first) * gradient
        state["square"] = second * state["square"] + (1 - second) * gradient * gradient
        size = self.lr / (1 - first ** state["step"])
        root = np.sqrt(state["square"]) / math.sqrt(1 - second ** state["step"]) + self.eps
        return value - size * state["mean"] / root
