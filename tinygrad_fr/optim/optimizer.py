"""What optimizers share: the parameters, their state, and the step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _
from tinygrad_fr.record.node import Node

if TYPE_CHECKING:
    from collections.abc import Iterable


def at_least(name: str, value: float, low: float) -> float:
    """Check an optimizer's number."""
    if not value >= low:
        raise UsageError(_("{name}: expected a number ≥ {low}, got {found}").format(name=name, low=low, found=value))
    return value


class Optimizer:
    """Moves parameters along their gradients.

    Args:
        params: tensors or scalars that require a gradient.
        lr: learning rate η.
    """

    def __init__(self, params: Iterable[Node], lr: float) -> None:
        self.params: list[Any] = list(params)
        if not self.params:
            raise UsageError(_("an optimizer needs at least one parameter, got none"))
        self.lr = at_least("lr", lr, 0.0)
        self.state: list[dict[str, Any]] = [{} for _parameter in self.params]

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for parameter in self.params:
            parameter.grad = None

    def step(self) -> None:
        """Move every parameter that has a gradient. The record keeps its arrays: a parameter gets a new one."""
        for parameter, state in zip(self.params, self.state, strict=True):
            gradient = parameter.current._grad
            if gradient is None:
                continue
            value = parameter.current.value
            raw = gradient.current.value if isinstance(gradient, Node) else gradient
            new = self.update(np.asarray(value), np.asarray(raw), state)
            parameter.current.rebind(float(new) if value.__class__ is float else new)

    def update(self, value: Any, gradient: Any, state: dict[str, Any]) -> Any:
        """The new value of one parameter."""
        raise NotImplementedError
