"""Compared programs compute the same numbers: losses of a few steps, and the gradient of the last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from benchmarks.contender import Contender

Figures = tuple[Any, Any]
STEPS = 3  # the first of a compiled step records, the later ones replay
LOSS = 1e-4  # relative, of float32
# Relative, in norm. A ReLU at a rounding error from its kink goes either way: torch's own gradient of the tower is 1.3e-3
# away from the one in float64 at the first step (ours 6e-7).
GRADIENT = 5e-3


def figures(contender: Contender) -> Figures:
    """Losses of the first steps, and the gradient of the last."""
    return np.array([contender.number(contender.step()) for _step in range(STEPS)]), np.asarray(contender.gradient())


def disagreeing(computed: dict[str, Figures]) -> list[str]:
    """Who computes other numbers than the first."""
    losses, gradient = next(iter(computed.values()))
    return [
        name
        for name, (loss, slope) in computed.items()
        if not (_close(loss, losses, LOSS) and _close(slope, gradient, GRADIENT))
    ]


def _close(a: Any, b: Any, tolerance: float) -> bool:
    return a.shape == b.shape and bool(np.linalg.norm(a - b) <= tolerance * np.linalg.norm(b))
