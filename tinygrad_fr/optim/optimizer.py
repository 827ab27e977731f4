"""What optimizers share: groups of parameters, their state, and the step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import DataError, UsageError
from tinygrad_fr.locale import _
from tinygrad_fr.optim.formula import Formula
from tinygrad_fr.record.deferred import Deferred
from tinygrad_fr.record.mode import now
from tinygrad_fr.record.node import Node
from tinygrad_fr.record.sole import sole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def at_least(name: str, value: float, low: float) -> float:
    """Check an optimizer's number."""
    if not value >= low:
        raise UsageError(_("{name}: expected a number ≥ {low}, got {found}").format(name=name, low=low, found=value))
    return value


class Optimizer:
    """Moves parameters along their gradients.

    Args:
        params: tensors or scalars that require a gradient; or dicts with ``"params"`` and settings of their own.
        settings: of every group that does not say otherwise; ``lr`` is the learning rate η.

    Attributes:
        param_groups: one dict a group, with its ``"params"`` and its settings, which may be changed between steps.
        spare: during :meth:`update`, the parameter's own array if it may be written into; else None.

    One's own has :meth:`update`; a memory of its own lies in ``state``, which is saved with it.

    Example:
        >>> import numpy as np
        >>> from tinygrad_fr import optim, tensor
        >>> class Sign(optim.Optimizer):
        ...     def update(self, value, gradient, state, group):
        ...         return value - group["lr"] * np.sign(gradient)
        >>> w = tensor([1.0, -1.0], requires_grad=True)
        >>> (w * w).sum().backward()
        >>> Sign([w], lr=0.25).step()
        >>> w.tolist()
        [0.75, -0.75]
    """

    def __init__(self, params: Iterable[Any], **settings: Any) -> None:
        given = list(params)
        groups = given if given and isinstance(given[0], dict) else [{"params": given}]
        self.param_groups: list[dict[str, Any]] = []
        for group in groups:
            own = {**settings, **group, "params": list(group["params"])}
            at_least("lr", own["lr"], 0.0)
            self.param_groups.append(own)
        if not any(group["params"] for group in self.param_groups):
            raise UsageError(_("an optimizer needs at least one parameter, got none"))
        self.state: dict[int, dict[str, Any]] = {}
        self.spare: Any = None

    @property
    def params(self) -> list[Any]:
        """Every parameter, group by group."""
        return [parameter for group in self.param_groups for parameter in group["params"]]

    @property
    def lr(self) -> float:
        """The learning rate of the first group. Assigning gives it to all."""
        rate: float = self.param_groups[0]["lr"]
        return rate

    @lr.setter
    def lr(self, value: float) -> None:
        for group in self.param_groups:
            group["lr"] = at_least("lr", value, 0.0)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients."""
        for parameter in self.params:
            parameter.grad = None

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every parameter that has a gradient. The record keeps its arrays: a parameter gets a new one.

        A table of which some rows were read is written in place where nobody else holds it (:attr:`spare`).

        Args:
            closure: computes the loss and its gradients first; its loss is returned.
        """
        loss = closure() if closure is not None else None
        place = 0
        tape = now().tape
        for number, group in enumerate(self.param_groups):
            for parameter in group["params"]:
                state = self.state.setdefault(place, {})
                place += 1
                node = parameter.current
                if tape is not None:
                    tape.looked(node)
                gradient = node._grad
                if gradient is None or (tape is not None and tape.updated(self, number, place - 1, node)):
                    continue
                own = isinstance(gradient, Deferred) and tape is None and sole(node)
                value = node.value
                if isinstance(gradient, Node):
                    gradient = gradient.current.value
                elif isinstance(gradient, Deferred) and self.remembers(group):
                    gradient = node.gradient.value
                if gradient.__class__ is float:
                    gradient = np.asarray(gradient)
                self.spare = value if own else None
                new = self.update(np.asarray(value), gradient, state, group)
                self.spare = None
                node.rebind(float(new) if value.__class__ is float else np.asarray(new, value.dtype))
        return loss

    def remembers(self, group: dict[str, Any]) -> bool:
        """Whether a step of a group depends on the steps before it."""
        return True

    def update(self, value: Any, gradient: Any, state: dict[str, Any], group: dict[str, Any]) -> Any:
        """The new value of one parameter.

        The gradient is an array; without a memory (:meth:`remembers`) it may be deferred, which only knows sums,
        differences and multiples.
        """
        raise NotImplementedError

    def state_dict(self) -> dict[str, Any]:
        """What the next steps depend on: states and settings, without the parameters."""
        groups, place = [], 0
        for group in self.param_groups:
            count = len(group["params"])
            settings = {key: value for key, value in group.items() if key != "params"}
            groups.append({**settings, "params": list(range(place, place + count))})
            place += count
        return {"state": {i: dict(state) for i, state in self.state.items() if state}, "param_groups": groups}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over states and settings.

        Raises:
            DataError: they belong to other groups of parameters; nothing is then changed.
        """
        sizes = [len(group["params"]) for group in state["param_groups"]]
        own = [len(group["params"]) for group in self.param_groups]
        if sizes != own:
            raise DataError(
                _("the optimizer’s state does not fit: expected groups of {expected} parameters, got {found}").format(
                    expected=own, found=sizes
                )
            )
        for group, other in zip(self.param_groups, state["param_groups"], strict=True):
            group.update({key: value for key, value in other.items() if key != "params"})
        self.state = {int(i): dict(each) for i, each in state["state"].items()}


_DECAYED = Formula("g + decay * w", "g", "w", "decay")


def decayed(value: Any, gradient: Any, group: dict[str, Any]) -> Any:
    """The gradient with that of the penalty λ/2 ‖w‖², and of the other sign to climb."""
    if group.get("maximize"):
        gradient = -gradient
    return _DECAYED(gradient, value, group["weight_decay"]) if group["weight_decay"] else gradient
