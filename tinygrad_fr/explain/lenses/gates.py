"""The gates of a recurrent layer at every step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain.lenses.flow import norm
from tinygrad_fr.explain.lenses.jacobian import MOST, carried, largest
from tinygrad_fr.explain.lenses.recurrence import REVERSE, chosen, recurrences
from tinygrad_fr.locale import _, clauses

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
        inputs: what was read at each step (T, features); None where the record does not name it.
        tokens: what to write under each step; empty where the numbers speak for themselves.
        carried: ‖∂C_T/∂C_t‖ (of h for the GRU) at each step, by every path, measured; None where it would take too long.
        which: which of the run's layers and directions it is, and which row of the batch; empty where there is no other.

    Example:
        >>> half = {"f": np.full((3, 1), 0.5)}  # three steps that each forget half
        >>> Gates("lstm", "lstm", "course", (1, 2, 3), half, {}, None, (), None).road
        (0.25, 0.5, 1.0)
    """

    name: str
    kind: str
    convention: str
    steps: tuple[int, ...]
    values: dict[str, Array]
    gradients: dict[str, Array]
    inputs: Array | None
    tokens: tuple[str, ...]
    carried: tuple[float, ...] | None
    which: str = ""

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols in the order of the course's equations."""
        return LSTM if self.kind == "lstm" else GRU

    @property
    def sigmoids(self) -> tuple[str, ...]:
        """Those that are gates, between 0 and 1."""
        return ("f", "i", "o") if self.kind == "lstm" else ("z", "r")

    @property
    def state(self) -> str:
        """The state that the road carries."""
        return "C" if self.kind == "lstm" else "h"

    @property
    def keeper(self) -> str:
        """The gate that says how much of the old state is kept."""
        if self.kind == "lstm":
            return "f"
        return "z" if self.convention == "torch" else "(1−z)"

    @property
    def kept(self) -> Array:
        """Share of each unit's old state that each step keeps (T, units)."""
        if self.kind == "lstm":
            return self.values["f"]
        return self.values["z"] if self.convention == "torch" else 1 - self.values["z"]

    @property
    def road(self) -> tuple[float, ...]:
        """‖∏ f‖ from each step to the end: the gradient that comes back along the road alone."""
        products = np.cumprod(np.vstack([np.ones_like(self.kept[:1]), self.kept[:0:-1]]), axis=0)[::-1]
        return tuple(float(v) for v in products.max(axis=1))

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
            "which": self.which,
            "steps": list(self.steps),
            "values": {symbol: self.values[symbol].tolist() for symbol in self.symbols},
            "gradient_norms": {symbol: self.gradients[symbol].tolist() for symbol in self.symbols},
            "tokens": list(self.tokens),
            "kept": self.kept.tolist(),
            "product_of_kept": list(self.road),
            "carried": list(self.carried) if self.carried is not None else None,
            "openness": {symbol: {"open": a, "closed": b} for symbol, (a, b) in self.openness().items()},
        }


def gates(run: Observed, *, layer: int | None = None, direction: str | None = None) -> Gates:
    """Read the gates from an observed run, of the first row of the batch.

    Args:
        run: the run.
        layer: which recurrent layer, from 1; the first by default.
        direction: of a layer that goes both ways: ``forward`` or ``reverse``.

    Raises:
        UsageError: the model has no gates, or no such layer and direction.

    Example:
        >>> from tinygrad_fr.explain import observed
        >>> from tinygrad_fr.plugins import Catalogue
        >>> model = Catalogue().load("lstm")
        >>> run = observed(model, model.settings)
        >>> found = gates(run)
        >>> sorted(found.values)
        ['C', 'C̃', 'f', 'h', 'i', 'o']
    """
    gated = [each for each in recurrences(run.graph) if each.kind in ("lstm", "gru")]
    if not gated:
        raise UsageError(_("model “{name}” has no gates; try lstm or gru").format(name=run.model.name))
    one = chosen(gated, run.model.name, layer, direction)
    steps, symbols = one.steps, LSTM if one.kind == "lstm" else GRU
    states = [run.nodes[at[one.state].id] for at in steps]
    row = one.first_row
    affordable = len(states) * row(states[-1].value).size <= MOST and not one.columns
    tokens = run.model.tokens(run.settings, run.batch)[: len(steps)]
    rows = int(np.size(states[0].value)) // max(row(states[0].value).size, 1)
    which = [one.words(), _("first of the {n} rows of the batch").format(n=rows) if rows > 1 and not one.alone else ""]
    return Gates(
        run.model.name,
        one.kind,
        one.convention,
        tuple(range(1, len(steps) + 1)),
        {s: np.stack([row(at[s].value) for at in steps]) for s in symbols},
        {s: np.asarray([norm(at[s].grad) for at in steps]) for s in symbols},
        _inputs([row(at["x"].value) for at in steps if "x" in at], len(steps)),
        tokens[::-1] if one.direction == REVERSE else tokens,
        tuple(largest(matrix) for matrix in carried(states)) if affordable else None,
        clauses(*which),
    )


def _inputs(rows: list[Array], steps: int) -> Array | None:
    """The inputs of the steps, if all are known and have one width."""
    return np.stack(rows) if len(rows) == steps and len({row.size for row in rows}) == 1 else None
