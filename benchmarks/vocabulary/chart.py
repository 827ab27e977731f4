"""The vocabulary as a picture: one dot an operation, our time against torch's."""

from __future__ import annotations

import math
from typing import Any

from benchmarks.contender import EAGER
from benchmarks.vocabulary.entries import SIDES
from benchmarks.vocabulary.measure import PASSES, mean
from tinygrad_fr.draw import render, theme
from tinygrad_fr.draw.chart import Paper
from tinygrad_fr.locale import set_language

_SIDE, _GAP, _DOT = 300.0, 90.0, 2.2
_FIRST, _LAST = -6.5, -0.5  # powers of ten of a second
_TICKS = {-6: "1 µs", -5: "10 µs", -4: "100 µs", -3: "1 ms", -2: "10 ms", -1: "0.1 s"}


def svg(results: dict[str, Any]) -> bytes:
    """The chart of a measurement: a square for each pass, a dot for each operation and size."""
    set_language("en")
    paper = Paper()
    for column, each in enumerate(PASSES):
        _square(paper, results["rows"], each, column * (_SIDE + _GAP))
    guide = (
        "Each dot is one operation at one size. Across: torch's time, the quicker of one and two threads. Up: ours.\n"
        "On the line both take as long; under it ours is faster. "
        f"The darker, the larger: arrays of {', '.join(f'{side}×{side}' for side in SIDES.values())}.\n"
        f"{results['machine']['processor']}, {results['machine']['cores']} cores"
    )
    diagram = paper.diagram("Operations of a lesson, ours against torch", guide, left=-70, top=_SIDE + 50)
    return render(diagram, "svg")


def _square(paper: Paper, rows: list[dict[str, Any]], each: str, left: float) -> None:
    for power, text in _TICKS.items():
        at = _place(10.0**power)
        paper.line([(left + at, 0), (left + at, _SIDE)], theme.HAIRLINE, 0.7)
        paper.line([(left, at), (left + _SIDE, at)], theme.HAIRLINE, 0.7)
        paper.middle(left + at, -14, text, size=theme.SMALL)
        paper.end(left - 6, at, text, size=theme.SMALL)
    paper.line([(left, 0), (left + _SIDE, _SIDE)], theme.INK, 1.2)
    found = [row for row in rows if each in row["passes"]]
    for row in found:
        this = row["passes"][each]
        x, y = (_place(this["seconds"][name]["least"]) for name in (this["best"], EAGER))
        fill = theme.openness((0.35, 0.6, 0.9)[list(SIDES).index(row["size"])])
        told = f"{row['name']}, {row['size']}: {this['ratio']:.2f}"
        paper.bar(left + x - _DOT, y - _DOT, left + x + _DOT, y + _DOT, fill, tooltip=told)
    ratio = mean(row["passes"][each]["ratio"] for row in found)
    name = "forward" if each == "forward" else "forward and backward"
    paper.middle(left + _SIDE / 2, _SIDE + 16, f"{name}: geometric mean {ratio:.2f}", size=theme.MEDIUM)


def _place(seconds: float) -> float:
    power = min(max(math.log10(seconds), _FIRST), _LAST)
    return _SIDE * (power - _FIRST) / (_LAST - _FIRST)
