"""Colours and type, in one place; every colour has one meaning."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FONT = "DejaVu Sans"  # on every machine that renders, and it has ∂, σ, ⊙, combining tildes and subscripts
LARGE, MEDIUM, SMALL = 16, 12, 10
TITLE = 19

INK = "#1f2937"
WORDS = "#6b7280"
ABSENT = "#9ca3af"
PAGE = "#ffffff"
PANEL, HAIRLINE = "#f8fafc", "#e2e8f0"
EDGE, FAINT = "#94a3b8", "#cbd5e1"
RESIDUAL = "#009E73"
BACKWARD, BACKWARD_TEXT, BACKWARD_SOFT = "#c2410c", "#9a3412", "#fb923c"

WRONG, RIGHT = "#b91c1c", "#15803d"  # what a proof found and what it expected

# Fill and border of a card, by what it is.
INPUT = ("#eef2ff", "#c7d2fe")
PARAMETER = ("#f0fdf4", "#86efac")
OPERATION = ("#ffffff", "#64748b")
OUTPUT = ("#fff7ed", "#c2410c")
PART = ("#eef2f6", "#475569")
COMPUTING, SENDING = ("#f1f5f9", "#1f2937"), OUTPUT  # the operation of this step, forward or backward
CARDS = {
    "input": INPUT,
    "parameter": PARAMETER,
    "op": OPERATION,
    "output": OUTPUT,
    "part": PART,
    "computing": COMPUTING,
    "sending": SENDING,
}

# Okabe-Ito, legible to colour-blind readers: the gates and states of recurrent cells.
ROLES = {
    "f": "#0072B2",
    "i": "#009E73",
    "C̃": "#CC79A7",
    "o": "#B97A00",
    "z": "#0072B2",
    "r": "#009E73",
    "h̃": "#CC79A7",
    "C": "#111827",
    "h": "#111827",
}
_STEPS = 24
SERIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#B97A00", "#56B4E9")


def _mix(a: str, b: str, share: float) -> str:
    """The colour at ``share`` of the way from a to b."""
    parts = [(int(a[i : i + 2], 16), int(b[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(x + (y - x) * share):02x}" for x, y in parts)


def openness(value: float, _scale: float = 1.0) -> str:
    """A gate between 0, closed and light, and 1, open and dark."""
    return ABSENT if value != value else _mix("#f1f5f5", "#0b4a5f", min(max(value, 0.0), 1.0))


def signed(value: float, scale: float = 1.0) -> str:
    """Blue for negative, white for 0, orange for positive."""
    if value != value:
        return "#000000"
    share = min(abs(value) / scale, 1.0) if scale > 0 else 0.0
    return _mix("#f8fafc", "#c2600b" if value > 0 else "#1d62a8", share)


def magnitude(value: float, low: float, high: float) -> str:
    """Cream for the smallest gradient of a picture to dark red for the largest, on a log scale; black for NaN and ∞."""
    if not math.isfinite(value):
        return "#000000"
    if value <= 0:
        return "#fdf6e3"
    if not low > 0 or high <= low:
        return "#991b1b"
    share = (math.log(max(value, low)) - math.log(low)) / (math.log(high) - math.log(low))
    return _mix("#fbe3c0", "#8f1616", min(max(share, 0.0), 1.0))


def span(values: Iterable[float]) -> tuple[float, float]:
    """The smallest and the largest finite magnitude over 0, the ends of a log scale; zeros for none."""
    shown = [float(value) for value in values if 0 < value < math.inf]
    return (min(shown), max(shown)) if shown else (0.0, 0.0)


def step(share: float) -> float:
    """One of a few shares, so that neighbours on a map have one colour and can be one bar."""
    return round(share * _STEPS) / _STEPS


def shade(value: float, low: float, high: float) -> str:
    """The colour of a magnitude, among a few."""
    if not 0 < low < high or not 0 < value < math.inf:
        return magnitude(value, low, high)
    share = step(math.log(max(value, low) / low) / math.log(high / low))
    return magnitude(low * (high / low) ** share, low, high)


def scale_of(name: str | None) -> Callable[[float, float], str]:
    """The colour scale of a strip: openness for gates, sign for everything else."""
    return openness if name in ("f", "i", "o", "z", "r") else signed


def largest(values: Any) -> float:
    """The largest finite magnitude of an array, 0 for none."""
    finite = np.abs(np.asarray(values, dtype=float))
    finite = finite[np.isfinite(finite)]
    return float(finite.max()) if finite.size else 0.0
