"""Gradients through time: ‖∂L/∂h_t‖ at every step, and what it says."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain.sequence import first_layer
from tinygrad_fr.locale import _, number

if TYPE_CHECKING:
    from tinygrad_fr.explain.observed import Observed

# Over a whole sequence, a gradient that keeps less than this share has vanished; more than its inverse, exploded.
VANISHED, WEAK = 0.01, 0.1


@dataclass(frozen=True)
class Flow:
    """The norm of the loss's gradient with respect to the state, step by step.

    Attributes:
        name: of the model.
        title: of the model, for people.
        steps: time steps, in order.
        h: ‖∂L/∂h_t‖ at each step.
        c: ‖∂L/∂C_t‖ at each step, where the model has a cell.
    """

    name: str
    title: str
    steps: tuple[int, ...]
    h: tuple[float, ...]
    c: tuple[float, ...] | None

    @property
    def ratio(self) -> float:
        """‖∂L/∂h₁‖ / ‖∂L/∂h_T‖."""
        return self.h[0] / self.h[-1] if self.h[-1] else math.nan

    @property
    def factor(self) -> float:
        """What one step back multiplies the norm by, on geometric average."""
        return float(self.ratio ** (1 / (len(self.h) - 1))) if len(self.h) > 1 and self.ratio > 0 else math.nan

    @property
    def half_life(self) -> float:
        """Steps back that halve the norm; infinite where it does not shrink."""
        return math.log(0.5) / math.log(self.factor) if self.factor < 1 else math.inf

    @property
    def verdict(self) -> str:
        """``vanishes``, ``weakens``, ``lasts`` or ``explodes``."""
        if not self.ratio >= VANISHED:
            return "vanishes"
        return "explodes" if self.ratio > 1 / VANISHED else "weakens" if self.ratio < WEAK else "lasts"

    def sentence(self) -> str:
        """The verdict in words, with the numbers that show it."""
        words = {
            "vanishes": _(
                "the gradient vanishes: over {steps} steps it keeps {ratio} of its norm, ×{factor} a step, half in {half} steps"
            ),
            "explodes": _(
                "the gradient explodes: over {steps} steps its norm is multiplied by {ratio}, ×{factor} a step"
            ),
            "weakens": _(
                "the gradient weakens: over {steps} steps it keeps {ratio} of its norm, ×{factor} a step, half in {half} steps"
            ),
            "lasts": _("the gradient lasts: over {steps} steps its norm is multiplied by {ratio}, ×{factor} a step"),
        }
        return words[self.verdict].format(
            steps=len(self.steps) - 1,
            ratio=number(self.ratio),
            factor=number(self.factor),
            half=number(self.half_life, 1),
        )

    def headline(self) -> str:
        """The model's name and the verdict."""
        return _("{model}: {sentence}").format(model=self.name.upper(), sentence=self.sentence())

    def to_json(self) -> dict[str, Any]:
        """The flow as plain data."""
        return {
            "name": self.name,
            "steps": list(self.steps),
            "gradient_h": list(self.h),
            "gradient_C": list(self.c) if self.c is not None else None,
            "ratio": self.ratio,
            "factor": self.factor,
            "half_life": self.half_life if math.isfinite(self.half_life) else None,
            "verdict": self.verdict,
        }


def _norm(gradient: Any) -> float:
    return 0.0 if gradient is None else float(np.linalg.norm(np.asarray(gradient, dtype=float).ravel()))


def flow(run: Observed) -> Flow:
    """Read the flow of gradients off an observed run.

    Raises:
        UsageError: the model has no time steps, or only one.
    """
    steps = first_layer(run.graph, run.model.name)
    if len(steps) < 2:
        raise UsageError(_("flow needs at least 2 time steps, got {found}").format(found=len(steps)))
    cells = all("C" in symbols for symbols in steps.values())
    return Flow(
        run.model.name,
        str(run.model.title),
        tuple(steps),
        tuple(_norm(symbols["h"].grad) for symbols in steps.values()),
        tuple(_norm(symbols["C"].grad) for symbols in steps.values()) if cells else None,
    )
