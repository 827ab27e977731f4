"""The picture of the cliff: the map of the error, the map of its gradient, and a cut through both."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from tinygrad_fr.draw import theme
from tinygrad_fr.draw.chart import Axes, Paper, Series
from tinygrad_fr.explain.lenses.cliff import TARGET
from tinygrad_fr.locale import _, number

if TYPE_CHECKING:
    from collections.abc import Callable

    from tinygrad_fr.draw.diagram import Diagram
    from tinygrad_fr.explain.lenses.cliff import Cliff
    from tinygrad_fr.explain.lenses.jacobian import Matrix

_SIDE, _ASIDE, _CUT = 300.0, 420.0, 110.0
_CELLS = 75  # a side of a map


def cliff_diagram(cliff: Cliff, *, slide: bool = False) -> Diagram:
    """The error and its gradient over (w, b), with the step that leaves the map and the one that clipping makes of it.

    Args:
        cliff: what was found.
        slide: whether it stands on a slide, whose words are large: the maps alone.

    Example:
        >>> from tinygrad_fr.explain import Cliff
        >>> w, b = np.linspace(4, 7, 13), np.linspace(-4, -1, 13)
        >>> slope = np.where(w > 6, 100.0, 0.5) * np.ones((13, 1))
        >>> found = Cliff(50, w, b, slope / 100, slope, 0.05, 1.0, (1.0, -3.0), ((6.25, -2.5), (6.2, -2.5)))
        >>> drawn = cliff_diagram(found)
        >>> sum(mark.text == "w" for mark in drawn.marks)  # two maps, and a cut through each
        4
    """
    paper, slide = Paper(), slide or theme.on_slides()
    low, high, most = cliff.median / 10, cliff.steepest, cliff.error.max()
    left = _map(paper, cliff, cliff.error, 0.0, lambda v: theme.openness(theme.step(v / most)))
    right = _map(paper, cliff, cliff.slope, _ASIDE, lambda v: theme.shade(v, low, high))
    titles = (
        (_("error E"), _("gradient ‖∇E‖ (log scale)"))
        if slide
        else (
            _("error E: the stronger the colour, the larger"),
            _("gradient ‖∇E‖: the stronger the colour, the larger (log scale)"),
        )
    )
    for axes, title in zip((left, right), titles, strict=True):
        paper.text(axes.left, _SIDE + 14, title, size=theme.MEDIUM, colour=theme.INK, bold=True)
    _descent(paper, cliff, left)
    if not slide:
        _cuts(paper, cliff, (left, right))
    w, b = cliff.path[0]
    guide = "\n".join(
        [
            _("xₜ = w·σ(xₜ₋₁) + b over {steps} steps; E = (σ(x) − {target})² at the end.").format(
                steps=cliff.steps, target=number(TARGET, 1)
            ),
            f"{_capital(cliff.sentence())}.",
            _("Without clipping, one step of η = {rate} from there jumps {far} away, off the map; clipped to {limit}, it goes down.").format(
                rate=number(cliff.rate, 2),
                far=number(float(np.hypot(cliff.jump[0] - w, cliff.jump[1] - b)), 1),
                limit=number(cliff.limit, 1),
            ),
        ]
    )  # fmt: skip
    if slide:
        guide = f"{_capital(cliff.sentence())}."
    return paper.diagram(_("The cliff: where an exploding gradient throws a descent"), guide, left=-52, top=_SIDE + 40)


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _map(paper: Paper, cliff: Cliff, values: Matrix, left: float, colour: Callable[[float], str]) -> Axes:
    """Values over (w, b): each cell shows the largest of the points in it, so that no peak is lost."""
    ends = Series("", (float(cliff.w[0]), float(cliff.w[-1])), (float(cliff.b[0]), float(cliff.b[-1])), "")
    axes = Axes([ends], log=False, left=left, width=_SIDE, height=_SIDE)
    axes.y0, axes.y1 = ends.y
    edges = np.linspace(0, len(cliff.w), min(_CELLS, len(cliff.w)) + 1).round().astype(int)
    spans = [slice(a, b) for a, b in pairwise(edges)]
    paper.cells([[colour(float(values[i, j].max())) for j in spans] for i in spans], left, 0.0, _SIDE, _SIDE)
    paper.frame(axes, x_name="w", y_name="", grid=False)
    paper.end(left - 34, _SIDE / 2, "b", size=theme.MEDIUM)
    return axes


def _descent(paper: Paper, cliff: Cliff, axes: Axes) -> None:
    """The jump, as far as the map goes, and the path of the clipped descent."""
    points = [(axes.x(w), axes.y(b)) for w, b in cliff.path]
    start = points[0]
    edge = axes.edge(start, (axes.x(cliff.jump[0]), axes.y(cliff.jump[1])))
    paper.arrow(start, edge, theme.BACKWARD, 2.4)
    paper.line(points, theme.SERIES[4], 1.4)
    for x, y in (start, points[-1]):
        paper.bar(x - 3, y - 3, x + 3, y + 3, theme.SERIES[4])
    paper.text(
        edge[0] + 8, edge[1] - 14, _("without clipping"), size=theme.MEDIUM, colour=theme.BACKWARD_TEXT, bold=True
    )
    paper.end(points[-1][0] - 10, points[-1][1] - 14, _("clipped"), size=theme.MEDIUM, colour=theme.PAGE)


def _cuts(paper: Paper, cliff: Cliff, axes: tuple[Axes, Axes]) -> None:
    """Both maps along w, through the steepest point."""
    row = int(np.abs(cliff.b - cliff.path[0][1]).argmin())
    for above, values, name, log in zip(axes, (cliff.error, cliff.slope), ("E", "‖∇E‖"), (False, True), strict=True):
        colour = theme.SERIES[0] if not log else theme.BACKWARD
        curve = Series("", tuple(map(float, cliff.w)), tuple(map(float, values[row])), colour)
        below = Axes([curve], log=log, left=above.left, bottom=-_CUT - 74, width=_SIDE, height=_CUT, floor=1e-3)
        title = _("{name} along the line b = {b}").format(name=name, b=number(cliff.path[0][1], 2))
        paper.frame(below, x_name="w", y_name="")
        paper.text(below.left, below.bottom + _CUT + 14, title, size=theme.MEDIUM, colour=theme.INK, bold=True)
        paper.curve(curve, below)
