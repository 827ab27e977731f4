"""Compared programs compute the same numbers: losses of a few steps, and the gradient of the last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from benchmarks.contender import Contender

Figures = tuple[Any, Any]
STEPS = 3  # the first of a compiled step records, the later ones replay
TOLERANCE = 1e-3  # of float32, after some hundred operations in other orders


def figures(contender: Contender) -> Figures:
    """Losses of the first steps, and the gradient of the last."""
    return np.array([float(contender.step()) for _step in range(STEPS)]), np.asarray(contender.gradient())


def disagreeing(computed: dict[str, Figures]) -> list[str]:
    """Who computes other numbers than the first."""
    losses, gradient = next(iter(computed.values()))
    return [name for name, (l, g) in computed.items() if not (_close(l, losses) and _close(g, gradient))]


def _close(a: Any, b: Any) -> bool:
    return a.shape == b.shape and bool(np.abs(a - b).max() <= TOLERANCE * np.abs(b).max())
