"""Gates of a long sequence: units as rows, time as columns, and the gradient's strip under them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.draw import theme
from tinygrad_fr.draw.chart import Paper
from tinygrad_fr.draw.record import roles
from tinygrad_fr.locale import _, number

if TYPE_CHECKING:
    from tinygrad_fr.draw.diagram import Diagram
    from tinygrad_fr.explain.gates import Gates

_UNITS = 16  # rows a symbol
_COLUMNS = 128


def heat_diagram(gates: Gates) -> Diagram:
    """Every gate and state of a sequence as a map of heat."""
    columns = np.linspace(0, len(gates.steps) - 1, min(len(gates.steps), _COLUMNS)).round().astype(int)
    width = max(5.0, min(18.0, 900 / len(columns)))
    paper, words, openness = Paper(), roles(), gates.openness()
    y = 0.0
    for symbol in gates.symbols:
        values = _rows(gates.values[symbol])
        tall = max(4.0, min(9.0, 90 / values.shape[1]))
        colour = theme.scale_of(symbol)
        scale = theme.largest(values)
        for column, index in enumerate(columns):
            for unit in range(values.shape[1]):
                top = y - unit * tall
                value = float(values[index, unit])
                paper.bar(
                    column * width, top - tall + 0.3, (column + 1) * width - 0.3, top, colour(value, scale),
                    f"{symbol} · t = {gates.steps[index]} · {number(value, 2)}",
                )  # fmt: skip
        middle = y - tall * values.shape[1] / 2
        paper.end(-70, middle, symbol, size=theme.LARGE, colour=theme.ROLES[symbol])
        paper.text(-64, middle, words[symbol], size=theme.SMALL)
        right = len(columns) * width + 10
        if symbol in openness:
            opened, closed = openness[symbol]
            paper.text(right, middle + 7, _("open (> 0.9) {share} %").format(share=number(100 * opened, 0)))
            paper.text(right, middle - 7, _("closed (< 0.1) {share} %").format(share=number(100 * closed, 0)))
        y -= tall * values.shape[1] + 12
    norms = gates.gradients["h"]
    positive = norms[norms > 0]
    low, high = (float(positive.min()), float(positive.max())) if positive.size else (0.0, 0.0)
    for column, index in enumerate(columns):
        value = float(norms[index])
        tip = f"t = {gates.steps[index]} · ‖∂L/∂h‖ = {number(value)}"
        paper.bar(column * width, y - 16, (column + 1) * width - 0.3, y, theme.magnitude(value, low, high), tip)
    paper.end(-8, y - 8, "‖∂L/∂h‖", size=theme.MEDIUM, colour="#7f1d1d")
    ends = _("from {first} to {last}").format(first=number(float(norms[0])), last=number(float(norms[-1])))
    paper.text(len(columns) * width + 10, y - 8, ends, colour="#7f1d1d")
    every = max(1, len(columns) // 16)
    for column in range(0, len(columns), every):
        paper.text((column + 0.5) * width - 3, y - 28, str(gates.steps[columns[column]]))
    title = _("{kind}: what each gate lets through, {steps} steps").format(
        kind=gates.name.upper(), steps=len(gates.steps)
    )
    guide = _(
        "Columns: time. Rows: units. Gates: light = closed (0), dark = open (1). Candidate and states: blue = negative, orange = positive."
    )
    return paper.diagram(title, guide, left=-150, top=26)


def _rows(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """At most sixteen units, spread over all of them."""
    if values.shape[1] <= _UNITS:
        return values
    return values[:, np.linspace(0, values.shape[1] - 1, _UNITS).round().astype(int)]
