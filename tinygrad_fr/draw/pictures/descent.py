"""The picture of descents: one map of the loss for each optimizer, with its way down."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from tinygrad_fr.draw import theme
from tinygrad_fr.draw.chart import Axes, Paper, Series
from tinygrad_fr.draw.diagram import apart
from tinygrad_fr.locale import _, ngettext, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tinygrad_fr.draw.diagram import Diagram
    from tinygrad_fr.explain.lenses.descent import Descent, Point, Surface

_WIDE, _TALL = 270.0, 180.0  # of a map
_COLUMN, _ROW = 330.0, 268.0  # from a map to the next
_ACROSS = 3  # maps side by side: more would be small letters in a page of 830 points
_CELLS = (60, 40)  # of a map
_BANDS = 12
_DARKEST = 0.5  # of the scale of colours, so that the way is seen everywhere
_DOTS = 200  # on a way, at most


def descent_diagram(descents: Sequence[Descent]) -> Diagram:
    """Each optimizer's way over the same map, from the same start.

    Example:
        >>> from tinygrad_fr.explain import descents
        >>> drawn = descent_diagram(descents("bowl", ["sgd", "adam"], steps=5))
        >>> [mark.text.partition(",")[0] for mark in drawn.marks if "η =" in mark.text]
        ['SGD', 'Adam']
    """
    paper, surface = Paper(), descents[0].surface
    every = max(1, max(len(each.path) for each in descents) // _DOTS)
    shades = _shades(surface)
    for place, descent in enumerate(descents):
        row, column = divmod(place, _ACROSS)
        _panel(paper, descent, shades, every, _axes(surface, _COLUMN * column, -_ROW * row))
    guide = "\n".join(
        [
            _("{equation}: each shade is twice as high above the minimum as the one inside it. Empty square: a minimum.").format(
                equation=surface.equation
            ),
            _("Full square: where all begin, x = {x}, y = {y}.").format(
                x=number(surface.start[0], 1), y=number(surface.start[1], 2)
            ),
            ngettext("A dot a step.", "A dot every {n} steps.", every).format(n=every)
            + " "
            + _("The farther apart they are, the faster it goes."),
        ]
    )  # fmt: skip
    title = _("The same slope, one way down for each optimizer")
    drawn = paper.diagram(title, guide, left=-34, top=_TALL + 66)
    return apart(drawn, descent_diagram, descents, (3, 2, 1))


def _axes(surface: Surface, left: float, bottom: float) -> Axes:
    (x0, x1), (y0, y1) = surface.window
    axes = Axes([Series("", (x0, x1), (y0, y1), "")], log=False, left=left, bottom=bottom, width=_WIDE, height=_TALL)
    axes.y0, axes.y1 = y0, y1
    return axes


def _shades(surface: Surface) -> list[list[str]]:
    """The map in bands, each reaching half as high above the minimum as the next one."""
    heights = surface.map() - surface.lowest
    rows, columns = (
        np.linspace(0, size - 1, n).astype(int) for size, n in zip(heights.shape, _CELLS[::-1], strict=True)
    )
    seen = np.maximum(heights[np.ix_(rows, columns)], 1e-300)
    bands = np.clip(_BANDS - np.floor(np.log2(heights.max() / seen)), 0, _BANDS) / _BANDS
    return [[theme.openness(_DARKEST * float(band)) for band in row] for row in bands]


def _panel(paper: Paper, descent: Descent, shades: list[list[str]], every: int, axes: Axes) -> None:
    paper.cells(shades, axes.left, axes.bottom, _WIDE, _TALL)
    paper.frame(axes, x_name="", y_name="", grid=False)
    above = axes.bottom + _TALL
    paper.text(axes.left, above + 30, descent.title, size=theme.MEDIUM, colour=theme.INK, bold=True)
    colour = theme.WORDS if descent.arrived is not None else theme.BACKWARD_TEXT
    paper.text(axes.left, above + 13, descent.sentence(), size=theme.MEDIUM, colour=colour)
    _way(paper, descent, every, axes)
    for point in descent.surface.minima:
        _square(paper, axes, point, 4.0, theme.INK)
        _square(paper, axes, point, 2.8, theme.PAGE)
    _square(paper, axes, descent.path[0], 3.4, theme.INK)


def _way(paper: Paper, descent: Descent, every: int, axes: Axes) -> None:
    """The path, as far as it stays on the map, with an arrow where it leaves it."""
    (x0, x1), (y0, y1) = descent.surface.window
    outside = [i for i, (x, y) in enumerate(descent.path) if not (x0 <= x <= x1 and y0 <= y <= y1)]
    inside = descent.path[: outside[0]] if outside else descent.path
    places = [(axes.x(x), axes.bottom + (y - y0) / (y1 - y0) * _TALL) for x, y in inside]
    paper.line(places, theme.BACKWARD, 1.4)
    for x, y in places[::every]:
        paper.bar(x - 1.5, y - 1.5, x + 1.5, y + 1.5, theme.BACKWARD)
    if outside and all(map(math.isfinite, descent.path[outside[0]])):
        x, y = descent.path[outside[0]]
        beyond = axes.x(x), axes.bottom + (y - y0) / (y1 - y0) * _TALL  # Axes.y would stop it at its floor
        paper.arrow(places[-1], axes.edge(places[-1], beyond), theme.BACKWARD, 1.8)


def _square(paper: Paper, axes: Axes, point: Point, half: float, colour: str) -> None:
    x, y = axes.x(point[0]), axes.y(point[1])
    paper.bar(x - half, y - half, x + half, y + half, colour)
