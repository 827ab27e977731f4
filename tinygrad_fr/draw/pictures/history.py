"""The picture of gradient flow during training: when the gradient reaches the first steps, the loss falls."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from tinygrad_fr.draw import theme
from tinygrad_fr.draw.chart import Axes, Paper, Series
from tinygrad_fr.draw.diagram import Less
from tinygrad_fr.draw.pictures.flow import axis_name, colour_of
from tinygrad_fr.explain.lenses.history import READINGS
from tinygrad_fr.locale import _, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tinygrad_fr.draw.diagram import Diagram
    from tinygrad_fr.explain.lenses.history import History

_WIDE, _TALL, _MAP = 620.0, 150.0, 120.0
_ROWS = 40
_SAID = 4  # models whose numbers stand under the title
_LEAST = 1e-12  # shares under this stand on the floor


def history_diagram(histories: Sequence[History], *, charts: bool = True, maps: bool = True) -> Diagram:
    """Share of the gradient that reaches the first place, loss, and every place's gradient, as training goes.

    Args:
        histories: what was watched.
        charts: whether the curves of the share and of the loss are there.
        maps: whether the map of each model is.

    Example:
        >>> from tinygrad_fr.explain import Flow, History
        >>> flows = [Flow("rnn", "RNN", "RNN", "time", (1, 2, 3), (a, 0.5, 1.0), None, None) for a in (0.01, 0.5)]
        >>> drawn = history_diagram([History("rnn", "RNN", [0, 100], flows, [0.7, 0.1])])
        >>> sum(mark.text == "RNN" for mark in drawn.marks)  # its share, its loss, its map
        3
    """
    paper = Paper()
    kept, losses = (
        [
            Series(each.label, tuple(map(float, each.iterations)), tuple(values), colour_of(i))
            for i, each in enumerate(histories)
            for values in [each.ratios if which == "kept" else each.losses]
        ]
        for which in ("kept", "loss")
    )
    iteration = _("iteration")
    top = Axes(kept, log=True, width=_WIDE, height=_TALL, floor=_LEAST)
    below = Axes(losses, log=True, bottom=-_TALL - 76, width=_WIDE, height=_TALL)
    if charts:
        paper.lines(kept, top, x_name="", y_name=_("share of the last gradient that reaches the first place"))
        paper.lines(losses, below, x_name=iteration, y_name=_("loss on rows never seen"))
    y = below.bottom - 62 if charts else _TALL + 30
    low, high = theme.span(value for each in histories for flow in each.flows for value in flow.h)
    low = max(low, _LEAST * high)
    for i, each in enumerate(histories if maps else ()):
        _map(paper, each, top, y, (low, high), colour_of(i))
        y -= _MAP + 34
    title = _("While it learns: {models}").format(models=", ".join(each.label for each in histories))
    guide = (
        ""
        if not maps
        else _(
            "Maps: iterations to the right, {axis} upwards; the darker, the larger the gradient of the loss there, on a log scale."
        ).format(axis=axis_name(histories[0].axis))
    )
    if any(share < _LEAST for each in histories for share in each.ratios):
        guide += "\n" + _("Values under {least} stand on the chart’s floor.").format(least=number(_LEAST))
    guide = "\n".join([*(f"{each.headline()}." for each in histories[:_SAID] if charts), *filter(None, [guide])])
    drawn = paper.diagram(title, guide, left=-52, top=_TALL + 46)
    if not (charts and maps):
        return drawn
    pieces = partial(history_diagram, histories, maps=False), partial(history_diagram, histories, charts=False)
    return drawn.replaced(less=(Less(pieces),))


def _map(paper: Paper, each: History, axes: Axes, top: float, ends: tuple[float, float], colour: str) -> None:
    """One model: a column per reading, a row per place, the last on top."""
    places = each.flows[0].steps
    rows = np.linspace(0, len(places) - 1, min(len(places), _ROWS)).round().astype(int)
    span = max(each.iterations[-1] - each.iterations[0], 1)
    moments = np.linspace(each.iterations[0], each.iterations[0] + span, READINGS, endpoint=False)
    readings = [each.flows[int(np.searchsorted(each.iterations, moment, side="right")) - 1] for moment in moments]
    colours = [[theme.shade(flow.h[row], *ends) for flow in readings] for row in rows]
    paper.cells(colours, axes.left, top - _MAP, axes.width, _MAP)
    paper.end(axes.left - 8, top - 6, f"{places[-1]}", size=theme.MEDIUM)
    paper.end(axes.left - 8, top - _MAP + 6, f"{places[0]}", size=theme.MEDIUM)
    paper.text(axes.left + axes.width + 12, top - _MAP / 2, each.label, size=theme.MEDIUM, colour=colour, bold=True)
