"""Stochastic gradient descent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _
from tinygrad_fr.optim.formula import Formula
from tinygrad_fr.optim.optimizer import Optimizer, at_least, decayed

if TYPE_CHECKING:
    from collections.abc import Iterable

_MIXED = Formula("keep * v + take * g", "v", "g", "keep", "take")
_AHEAD = Formula("g + momentum * v", "g", "v", "momentum")
_MOVED = Formula("w - lr * g", "w", "g", "lr")


class SGD(Optimizer, written="lr momentum dampening weight_decay nesterov maximize foreach differentiable fused"):
    """w ← w − η ∇J (course, equation 7), with momentum v ← μ v + (1 − dampening) ∇J if asked.

    Args:
        params: what to move.
        lr: learning rate η.
        momentum: μ.
        dampening: how much of a new gradient momentum leaves out.
        weight_decay: λ of an L2 penalty λ/2 ‖w‖².
        nesterov: look ahead along the momentum.
        maximize: climb instead of descending.

    Example:
        >>> from tinygrad_fr import optim, tensor
        >>> w = tensor([1.0], requires_grad=True)
        >>> optimizer = optim.SGD([w], lr=0.1)
        >>> (w * w).sum().backward()
        >>> optimizer.step()
        >>> w
        tensor([0.8000], requires_grad=True)
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        at_least("momentum", momentum, 0.0)
        at_least("weight_decay", weight_decay, 0.0)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise UsageError(_("Nesterov's momentum needs momentum > 0 and dampening = 0"))
        super().__init__(
            params,
            lr=lr,
            momentum=momentum,
            dampening=dampening,
            weight_decay=weight_decay,
            nesterov=nesterov,
            maximize=maximize,
        )

    def remembers(self, group: dict[str, Any]) -> bool:
        """With momentum alone."""
        return bool(group["momentum"])

    def update(self, value: Any, gradient: Any, state: dict[str, Any], group: dict[str, Any]) -> Any:
        """One step for one parameter."""
        gradient = decayed(value, gradient, group)
        momentum = group["momentum"]
        if momentum:
            before = state.get("momentum_buffer")
            velocity = gradient if before is None else _MIXED(before, gradient, momentum, 1 - group["dampening"])
            state["momentum_buffer"] = velocity
            gradient = _AHEAD(gradient, velocity, momentum) if group["nesterov"] else velocity
        return _MOVED(value, gradient, group["lr"])
