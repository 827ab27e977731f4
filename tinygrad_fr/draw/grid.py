"""Matrices as coloured cells, side by side: the numbers in the cells where there is room to read them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.draw import theme
from tinygrad_fr.draw.chart import Paper
from tinygrad_fr.draw.diagram import Less, apart
from tinygrad_fr.locale import _, number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tinygrad_fr.draw.diagram import Diagram

_NARROW, _WHOLE, _WIDE, _WIDER = (
    20.0,
    26.0,
    40.0,
    46.0,
)  # a cell without its number, with a whole one, another, a large one
_READ = 600.0  # a grid that would be wider has no numbers
_PAGE, _GAP = 900.0, 36.0


def grid_diagram(
    title: str, guide: str, grids: Mapping[str, Any], *, rows: Sequence[str] = (), figures: bool = True
) -> Diagram:
    """Matrices side by side, each on a scale of its own: blue for negative, orange for positive, pale for 0.

    Args:
        title: says what they show.
        guide: says how to read them.
        grids: name → matrix (height, width).
        rows: names of the rows.
        figures: whether the numbers stand in their cells, where there is room.

    Example:
        >>> grid_diagram("A filter", "", {"filter": [[1, 0, -1], [2, 0, -2], [1, 0, -1]]}).title
        'A filter'
    """
    paper = Paper()
    arrays = {name: np.asarray(values, dtype=float) for name, values in grids.items()}
    whole = all(float(value).is_integer() for values in arrays.values() for value in values.flat)
    side = _WHOLE if whole else _WIDE if theme.type_size(theme.SMALL) == theme.SMALL else _WIDER
    read = figures and all(values.shape[1] * side <= _READ for values in arrays.values())
    if not read:
        side = _NARROW
    left = top = lowest = 0.0
    for name, values in arrays.items():
        width = max(values.shape[1] * side, 8.0 * len(name))
        if left > 0 and left + width > _PAGE:
            left, top = 0.0, lowest - 2 * _GAP
        paper.text(left, top + 14, name, size=theme.MEDIUM, colour=theme.INK, bold=True)
        _cells(paper, values, left, top, side, digits=0 if whole else 2, read=read)
        if left == 0:
            for i, row in enumerate(rows):
                paper.end(-8, top - (i + 0.5) * side, row, size=theme.MEDIUM, colour=theme.INK)
        lowest = min(lowest, top - len(values) * side)
        left += width + _GAP
    drawn = paper.diagram(title, guide, left=-9.0 * max(map(len, rows), default=0), top=44)
    if not figures:
        return drawn
    named = [*grids.items()]
    split = apart(
        drawn, lambda some: grid_diagram(title, guide, dict(some), rows=rows), named, (-(-len(named) // 2), 1)
    )
    bare = partial(grid_diagram, title, guide, grids, rows=rows, figures=False)
    said = _("the numbers in the cells are left out: the colours say them")
    return drawn.replaced(less=(*split.less, *[Less((bare,), said)][: int(read)]))


def _cells(paper: Paper, values: Any, left: float, top: float, side: float, *, digits: int, read: bool) -> None:
    scale = theme.largest(values) or 1.0
    for i, row in enumerate(values.tolist()):
        for j, value in enumerate(row):
            fill, text = theme.signed(value, scale), number(value, digits)
            x, y = left + j * side, top - i * side
            paper.bar(x, y - side + 1, x + side - 1, y, fill, text)
            if read:
                paper.middle(x + side / 2, y - side / 2, text, size=theme.SMALL, colour=theme.ink_on(fill))
