"""The picture of gradients through time: the strip under the time axis, and the curve, models on one scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinygrad_fr.draw import theme
from tinygrad_fr.draw.chart import HEIGHT, WIDTH, Axes, Paper, Series
from tinygrad_fr.locale import _, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tinygrad_fr.draw.diagram import Diagram
    from tinygrad_fr.explain.flow import Flow

_ROW = 46.0


def flow_diagram(flows: Sequence[Flow]) -> Diagram:
    """‖∂L/∂h_t‖ for every step, of one model or several side by side."""
    series = [
        Series(flow.name.upper(), tuple(map(float, flow.steps)), flow.h, theme.SERIES[i % len(theme.SERIES)])
        for i, flow in enumerate(flows)
    ]
    axes = Axes(series, log=True)
    paper = Paper()
    paper.lines(series, axes, x_name=_("time step t"), y_name="‖∂L/∂h‖")
    every = [value for flow in flows for value in flow.h if value > 0]
    low, high = (min(every), max(every)) if every else (0.0, 0.0)
    for row, (flow, one) in enumerate(zip(flows, series, strict=True)):
        top = axes.bottom - 52 - row * _ROW
        half = WIDTH / max(len(flow.steps) - 1, 1) / 2
        for t, value in zip(flow.steps, flow.h, strict=True):
            x = axes.x(t)
            tip = f"t = {t} · ‖∂L/∂h‖ = {number(value)}"
            left, right = max(x - half, axes.left), min(x + half, axes.left + WIDTH)
            paper.bar(left + 0.4, top - 18, right - 0.4, top, theme.magnitude(value, low, high), tip)
        paper.end(axes.left - 8, top - 9, one.name, size=theme.MEDIUM, colour=one.colour)
        paper.text(axes.left, top - 28, _sentence(flow), size=theme.SMALL, colour=theme.INK)
    guide = _(
        "The loss is read at the last step; the gradient comes back from right to left. The darker, the larger; log scale."
    )
    return paper.diagram(_title(flows), guide, left=-44, top=HEIGHT + 38)


def _title(flows: Sequence[Flow]) -> str:
    if len(flows) == 1:
        return _("{model}: how the gradient comes back through time").format(model=flows[0].title)
    names = ", ".join(flow.name.upper() for flow in flows)
    return _("Gradients through time: {models}").format(models=names)


def _sentence(flow: Flow) -> str:
    text = flow.sentence()
    return text[0].upper() + text[1:] + "."
