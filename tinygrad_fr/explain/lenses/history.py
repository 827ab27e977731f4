"""The flow of gradients while a model learns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tinygrad_fr.explain.lenses.flow import flow
from tinygrad_fr.explain.observed import observed
from tinygrad_fr.locale import _, number
from tinygrad_fr.modes import no_grad
from tinygrad_fr.plugins.contract import Batch

if TYPE_CHECKING:
    from collections.abc import Callable

    from tinygrad_fr.explain.lenses.flow import Flow
    from tinygrad_fr.nn.module import Module
    from tinygrad_fr.plugins.contract import Model

READINGS = 60
ROWS = 256  # rows that the loss is read on


@dataclass
class History:
    """Readings of one model's flow on its example, along its training.

    Attributes:
        name: of the model.
        label: its short name in a picture.
        iterations: after how many steps of training each reading was made.
        flows: the readings.
        losses: the loss on rows that were never seen, at each.

    Example:
        >>> from tinygrad_fr.explain import Flow
        >>> readings = [Flow("rnn", "RNN", "RNN", "time", (1, 2), (share, 1.0), None, None) for share in (0.01, 0.5)]
        >>> History("rnn", "RNN", [0, 100], readings, [0.7, 0.1]).ratios  # what reaches the first step, before and after
        (0.01, 0.5)
    """

    name: str
    label: str
    iterations: list[int] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)

    def watch(self, model: Model, settings: Any) -> Callable[[int, int, Module], None]:
        """What :func:`~tinygrad_fr.training.train` shows each step to: it reads the flow about sixty times in all."""
        rows = Batch(*model.recipe(settings).test[:ROWS])

        def read(step: int, steps: int, module: Module) -> None:
            if step < steps and step % max(1, steps // READINGS):
                return
            self.iterations.append(step)
            self.flows.append(flow(observed(model, settings, module=module), self.label, steps=False))
            with no_grad():
                loss: Any = model.loss(module, rows)
            self.losses.append(float(loss))

        return read

    @property
    def ratios(self) -> tuple[float, ...]:
        """‖∂L/∂h₁‖ / ‖∂L/∂h_T‖ at each reading."""
        return tuple(flow.ratio for flow in self.flows)

    @property
    def axis(self) -> str:
        """``time`` or ``depth``."""
        return self.flows[0].axis

    def headline(self) -> str:
        """What training did to the share of the gradient that reaches the first place."""
        return _(
            "{model}: before training {before} of the last gradient reaches the first place, after it {after}"
        ).format(model=self.label, before=number(self.ratios[0]), after=number(self.ratios[-1]))

    def to_json(self) -> dict[str, Any]:
        """The history as plain data."""
        return {
            "name": self.name,
            "label": self.label,
            "iterations": self.iterations,
            "steps": list(self.flows[0].steps) if self.flows else [],
            "gradients": [list(flow.h) for flow in self.flows],
            "ratios": list(self.ratios),
            "losses": self.losses,
        }
