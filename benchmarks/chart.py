"""The ratios as a picture: one line a row, on a scale where twice as fast is always as far to the left."""

from __future__ import annotations

import math
from typing import Any

from benchmarks.contender import COMPILED, EAGER
from benchmarks.report import written
from tinygrad_fr.draw import render, theme
from tinygrad_fr.draw.chart import Paper
from tinygrad_fr.locale import set_language

_WIDTH, _ROW, _HALF = 560.0, 34.0, 5.0
_BESIDE = 34.0  # how far a number reaches
_FIRST, _LAST = -3.9, 1.6  # powers of ten
_TICKS = {-3: "1000 × faster", -2: "100 ×", -1: "10 ×", 0: "equal", 1: "10 × slower"}


def svg(results: dict[str, Any]) -> bytes:
    """The chart of a measurement."""
    set_language("en")
    rows = [row for row in results["rows"] if any("best" in ratios for ratios in row["ratios"].values())]
    paper, top = Paper(), _ROW * len(rows)
    for power, text in _TICKS.items():
        x = _place(10.0**power)
        paper.line([(x, 0), (x, top)], theme.INK if power == 0 else theme.HAIRLINE, 1.4 if power == 0 else 0.7)
        paper.middle(x, -14, text, size=theme.MEDIUM)
    for i, row in enumerate(rows):
        _row(paper, row, top - _ROW * (i + 0.5))
    guide = (
        "Each line is a step of training. The middle line is the fastest other library; left of it, ours is faster.\n"
        "Pale bar: eager, everything recorded at every step, against those that compile nothing. Dark bar: compiled,\n"
        "recorded once, against all. Small mark: its target.\n"
        f"{results['machine']['processor']}, {results['machine']['cores']} cores"
    )
    diagram = paper.diagram("Time of a training step against the fastest peer", guide, left=-330, top=top + 30)
    return render(diagram, "svg")


def _row(paper: Paper, row: dict[str, Any], y: float) -> None:
    paper.end(-12, y + 6, row["workload"], size=theme.MEDIUM, colour=theme.INK)
    peers = [peer for peer in dict.fromkeys(row["best"].values()) if peer is not None]
    times = ", ".join(f"{peer} {_time(row['seconds'][peer]['median'])}" for peer in peers)
    paper.end(-12, y - 9, f"against {times}", size=theme.SMALL)
    for name, at, fill in ((EAGER, y + 6, theme.openness(0.35)), (COMPILED, y - 7, theme.openness(0.9))):
        ratio = row["ratios"].get(name, {}).get("best")
        if ratio is not None:
            _bar(paper, row, name, ratio["median"], at, fill)


def _bar(paper: Paper, row: dict[str, Any], name: str, ratio: float, y: float, fill: str) -> None:
    left, right = sorted((_place(ratio), _place(1.0)))
    paper.bar(left, y - _HALF, right, y + _HALF, fill, tooltip=f"{row['workload']}, {name}: {ratio:.3g}")
    if name in row["targets"]:
        x = _place(row["targets"][name])
        paper.bar(x - 1, y - _HALF - 1, x + 1, y + _HALF + 1, theme.BACKWARD)
        if left - _BESIDE < x < right + _BESIDE:  # the number stands beside the mark, not under it
            left, right = min(left, x), max(right, x)
    write = paper.end if ratio < 1 else paper.text
    write(left - 5 if ratio < 1 else right + 5, y, written(ratio), size=theme.SMALL, colour=theme.INK)


def _place(ratio: float) -> float:
    power = min(max(math.log10(ratio), _FIRST), _LAST)
    return _WIDTH * (power - _FIRST) / (_LAST - _FIRST)


def _time(seconds: float) -> str:
    return f"{seconds * 1e3:.2g} ms" if seconds < 0.1 else f"{seconds * 1e3:.0f} ms"
