"""Learning rates of each weight's own, from the squares of its gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.optim.formula import RUNNING_MEAN, RUNNING_SQUARE, Formula
from tinygrad_fr.optim.optimizer import Optimizer, at_least, decayed

if TYPE_CHECKING:
    from collections.abc import Iterable

_SUM = Formula("sum + g * g", "sum", "g")
_SCALED = Formula("w - lr * g / (sqrt(square) + eps)", "w", "g", "square", "lr", "eps")
_VELOCITY = Formula("momentum * v + g / (sqrt(square) + eps)", "v", "g", "square", "momentum", "eps")
_MOVED = Formula("w - lr * v", "w", "v", "lr")


class Adagrad(
    Optimizer, written="lr lr_decay eps weight_decay initial_accumulator_value foreach maximize differentiable fused"
):
    """w ← w − η ∇J / (√Σ ∇J² + ε) (Duchi, Hazan and Singer, 2011).

    Args:
        params: what to move.
        lr: learning rate η.
        lr_decay: η becomes η / (1 + step · lr_decay).
        weight_decay: λ of an L2 penalty.
        initial_accumulator_value: where the sum of squares starts.
        eps: ε.
        maximize: climb instead of descending.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> w = nn.Parameter(tg.tensor([1.0]))
        >>> optimizer = Adagrad([w], lr=0.1)
        >>> (w * w).sum().backward()
        >>> optimizer.step()
        >>> round(w.item(), 3)
        0.9
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
    ) -> None:
        at_least("lr_decay", lr_decay, 0.0)
        super().__init__(
            params,
            lr=lr,
            lr_decay=lr_decay,
            weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value,
            eps=eps,
            maximize=maximize,
        )
        for parameter in self._every():
            self._memory[parameter] = self._begun(np.asarray(parameter.current.value), self.defaults)

    @staticmethod
    def _begun(value: Any, group: dict[str, Any]) -> dict[str, Any]:
        return {"step": 0, "sum": np.full_like(value, group["initial_accumulator_value"])}

    def update(self, value: Any, gradient: Any, state: dict[str, Any], group: dict[str, Any]) -> Any:
        """One step for one parameter."""
        gradient = decayed(value, gradient, group)
        if not state:
            state.update(self._begun(value, group))
        state["sum"] = _SUM(state["sum"], gradient)
        rate = group["lr"] / (1 + state["step"] * group["lr_decay"])
        state["step"] += 1
        return _SCALED(value, gradient, state["sum"], rate, group["eps"])


class RMSprop(
    Optimizer, written="lr momentum alpha eps centered weight_decay capturable foreach maximize differentiable"
):
    """w ← w − η ∇J / (√v + ε), v being a running mean of ∇J² (Hinton, 2012).

    Args:
        params: what to move.
        lr: learning rate η.
        alpha: decay of the running mean.
        eps: ε.
        weight_decay: λ of an L2 penalty.
        momentum: of the step.
        centered: divide by the deviation instead of the root mean square.
        maximize: climb instead of descending.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> w = nn.Parameter(tg.tensor([1.0]))
        >>> optimizer = RMSprop([w], lr=0.1)
        >>> (w * w).sum().backward()
        >>> optimizer.step()
        >>> round(w.item(), 3)
        0.0
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        at_least("momentum", momentum, 0.0)
        super().__init__(
            params,
            lr=lr,
            alpha=alpha,
            eps=eps,
            weight_decay=weight_decay,
            momentum=momentum,
            centered=centered,
            maximize=maximize,
        )

    def update(self, value: Any, gradient: Any, state: dict[str, Any], group: dict[str, Any]) -> Any:
        """One step for one parameter."""
        gradient = decayed(value, gradient, group)
        alpha = group["alpha"]
        if not state:
            zeros = np.zeros_like(value)
            state.update(step=0, square_avg=zeros)
            state.update({"momentum_buffer": zeros} if group["momentum"] else {})
            state.update({"grad_avg": zeros} if group["centered"] else {})
        state["step"] += 1
        state["square_avg"] = RUNNING_SQUARE(state["square_avg"], gradient, alpha, 1 - alpha)
        spread = state["square_avg"]
        if group["centered"]:
            state["grad_avg"] = RUNNING_MEAN(state["grad_avg"], gradient, alpha, 1 - alpha)
            spread = spread - state["grad_avg"] ** 2
        if not group["momentum"]:
            return _SCALED(value, gradient, spread, group["lr"], group["eps"])
        state["momentum_buffer"] = _VELOCITY(
            state["momentum_buffer"], gradient, spread, group["momentum"], group["eps"]
        )
        return _MOVED(value, state["momentum_buffer"], group["lr"])
