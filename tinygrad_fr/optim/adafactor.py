"""Adafactor, which remembers a row and a column in the place of a matrix of squares."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.optim.optimizer import Optimizer, at_least

if TYPE_CHECKING:
    from collections.abc import Iterable


class Adafactor(Optimizer, written="lr beta2_decay eps d weight_decay foreach maximize"):
    """Steps of a bounded size relative to the weights, with factored second moments (Shazeer and Stern, 2018).

    Args:
        params: what to move.
        lr: the largest relative step.
        beta2_decay: the moments forget with step to this power.
        eps: the least size of a gradient (the dtype’s own by default), and of a weight.
        d: the largest root mean square of an update before it is scaled down.
        weight_decay: λ of w ← (1 − ηλ) w.
        maximize: climb instead of descending.

    Example:
        >>> from tinygrad_fr import tensor
        >>> w = tensor([[1.0, 1.0]], requires_grad=True)
        >>> (w * w).sum().backward()
        >>> Adafactor([w], lr=0.1).step()
        >>> w
        tensor([[0.9000, 0.9000]], requires_grad=True)
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        at_least("-beta2_decay", -beta2_decay, 0.0)
        at_least("eps[1]", eps[1], 0.0)
        at_least("d", d, 1.0)
        at_least("weight_decay", weight_decay, 0.0)
        super().__init__(
            params, lr=lr, beta2_decay=beta2_decay, eps=eps, d=d, weight_decay=weight_decay, maximize=maximize
        )

    def update(self, value: Any, gradient: Any, state: dict[str, Any], group: dict[str, Any]) -> Any:
        """One step for one parameter."""
        g = -gradient if group["maximize"] else gradient
        least, smallest = group["eps"]
        least = float(np.finfo(value.dtype).eps) if least is None else least
        if not state:
            rows, columns = (*g.shape[:-1], 1), (*g.shape[:-2], 1, *g.shape[-1:])
            state["step"] = 0
            if g.ndim > 1:
                state.update(row_var=np.zeros(rows, g.dtype), col_var=np.zeros(columns, g.dtype))
            else:
                state["variance"] = np.zeros_like(g)
        state["step"] += 1
        take = state["step"] ** group["beta2_decay"]
        size = max(smallest, _norm(value) / math.sqrt(value.size)) * min(group["lr"], 1 / math.sqrt(state["step"]))
        kept = value * (1 - group["lr"] * group["weight_decay"]) if group["weight_decay"] else value
        if g.ndim > 1:
            state["row_var"] = _towards(state["row_var"], np.mean(g * g, -1, keepdims=True), take)
            state["col_var"] = _towards(state["col_var"], np.mean(g * g, -2, keepdims=True), take)
            square = state["row_var"] @ state["col_var"] / np.maximum(state["row_var"].mean(-2, keepdims=True), least)
        else:
            square = state["variance"] = _towards(state["variance"], g * g, take)
        move = g / np.sqrt(np.maximum(square, least * least))
        return kept - size / max(1.0, _norm(move) / (math.sqrt(move.size) * group["d"])) * move


def _norm(x: Any) -> float:
    return float(np.sqrt(np.sum(np.square(x))))


def _towards(x: Any, y: Any, share: float) -> Any:
    return (x + share * (y - x)).astype(x.dtype)
