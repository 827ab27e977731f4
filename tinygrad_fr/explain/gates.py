"""What every gate does at every step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain.sequence import first_layer
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from tinygrad_fr.explain.observed import Observed

Array = npt.NDArray[Any]

LSTM = ("f", "i", "o", "C̃", "C", "h")
GRU = ("z", "r", "h̃", "h")
OPEN, CLOSED = 0.9, 0.1


@dataclass(frozen=True)
class Gates:
    """Gates and states of one sequence.

    Attributes:
        name: of the model.
        kind: ``lstm`` or ``gru``.
        convention: of the GRU: ``course`` or ``torch``.
        steps: time steps, in order.
        values: symbol → (T, units).
        gradients: symbol → ‖∂L/∂symbol‖ at each step.
    """

    name: str
    kind: str
    convention: str
    steps: tuple[int, ...]
    values: dict[str, Array]
    gradients: dict[str, Array]

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols in the order of the course's equations."""
        return LSTM if self.kind == "lstm" else GRU

    @property
    def sigmoids(self) -> tuple[str, ...]:
        """Those that are gates, between 0 and 1."""
        return ("f", "i", "o") if self.kind == "lstm" else ("z", "r")

    def openness(self) -> dict[str, tuple[float, float]]:
        """Gate → share of the time it is open (over 0.9) and closed (under 0.1), over units and steps."""
        return {
            symbol: (float(np.mean(self.values[symbol] > OPEN)), float(np.mean(self.values[symbol] < CLOSED)))
            for symbol in self.sigmoids
        }

    def to_json(self) -> dict[str, Any]:
        """The gates as plain data."""
        return {
            "name": self.name,
            "kind": self.kind,
            "steps": list(self.steps),
            "values": {symbol: self.values[symbol].tolist() for symbol in self.symbols},
            "gradient_norms": {symbol: self.gradients[symbol].tolist() for symbol in self.symbols},
            "openness": {symbol: {"open": a, "closed": b} for symbol, (a, b) in self.openness().items()},
        }


def gates(run: Observed) -> Gates:
    """Read the gates off an observed run, of the first row of the batch.

    Raises:
        UsageError: the model has no gates.
    """
    steps = first_layer(run.graph, run.model.name)
    one = next(iter(steps.values()))
    kind = "lstm" if "f" in one else "gru" if "r" in one else ""
    if not kind:
        raise UsageError(_("model “{name}” has no gates; try lstm or gru").format(name=run.model.name))
    symbols = LSTM if kind == "lstm" else GRU
    first = {s: [np.atleast_2d(at[s].value)[0].astype(float) for at in steps.values()] for s in symbols}
    norms = {
        s: [
            0.0 if at[s].grad is None else float(np.linalg.norm(np.asarray(at[s].grad).ravel()))
            for at in steps.values()
        ]
        for s in symbols
    }
    return Gates(
        run.model.name,
        kind,
        str(getattr(run.settings, "convention", "course")),
        tuple(steps),
        {s: np.stack(rows) for s, rows in first.items()},
        {s: np.asarray(values) for s, values in norms.items()},
    )
