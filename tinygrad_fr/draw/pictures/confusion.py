"""The picture of a confusion matrix: one square per pair of classes, the right answers on the diagonal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.draw import theme
from tinygrad_fr.draw.chart import Paper
from tinygrad_fr.locale import _, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tinygrad_fr.draw.diagram import Diagram

_LARGEST, _WIDE = 44.0, 620.0
_LETTERS = 12  # of a class's name
_NAMED = 24  # classes whose names and counts can be read


def confusion_diagram(title: str, classes: Sequence[str], counts: Any) -> Diagram:
    """The confusion matrix.

    Args:
        title: the model's.
        classes: their names.
        counts: (k, k), a row per true class, a column per answer.

    Example:
        >>> drawn = confusion_diagram("Two animals", ["cat", "dog"], [[3, 1], [0, 4]])
        >>> [mark.text for mark in drawn.marks if mark.text.isdigit()]  # right, wrong, right; a 0 stays empty
        ['3', '1', '4']
    """
    paper = Paper()
    counts = np.asarray(counts)
    side = min(_LARGEST - 6 * theme.on_slides(), _WIDE / len(classes))
    totals = counts.sum(axis=1)
    for i, row in enumerate(counts):
        top = -i * side
        for j, count in enumerate(row):
            share = count / max(totals[i], 1)
            fill = _shade(share, i == j) if count else theme.PANEL
            tip = _("{true} answered as {answer}: {count}").format(true=classes[i], answer=classes[j], count=int(count))
            paper.bar(j * side, top - side + 1, (j + 1) * side - 1, top, fill, tip)
            if count and len(classes) <= _NAMED:
                colour = theme.PAGE if share > 0.45 else theme.INK
                paper.middle((j + 0.5) * side, top - side / 2, number(int(count)), size=theme.MEDIUM, colour=colour)
        if len(classes) <= _NAMED:
            recall = "–" if not totals[i] else f"{number(100 * row[i] / totals[i], 0)} %"
            paper.end(-10, top - side / 2, _short(classes[i]), size=theme.MEDIUM, colour=theme.INK)
            paper.text(len(classes) * side + 10, top - side / 2, recall, size=theme.MEDIUM)
    if len(classes) <= _NAMED:
        for j, name in enumerate(classes):
            low = (j % 2) * 14 * (max(map(len, classes)) * 7 > side)
            paper.middle((j + 0.5) * side, 12 + low, _short(name), size=theme.MEDIUM, colour=theme.INK)
    edge = len(classes) * side
    paper.end(-10, 34, _("right answer ↓"), size=theme.MEDIUM)
    paper.text(0, 44, _("answered →"), size=theme.MEDIUM)
    paper.text(edge + 10, 12, _("recognised"), size=theme.MEDIUM)
    right, total = int(np.trace(counts)), int(counts.sum())
    heading = _("{model}: {right} of {total} right").format(model=title, right=number(right), total=number(total))
    guide = "\n".join(
        [
            _("A row is a class, a column an answer. Blue: right."),
            _("Orange: taken for another one; the darker, the larger the share of its row."),
        ]
    )
    return paper.diagram(heading, guide, left=-110, top=66)


def _shade(share: float, right: bool) -> str:
    """White to blue for right answers; wrong ones are few, and must be seen all the same."""
    return theme.signed(-share if right else 0.25 + 0.75 * share)


def _short(name: str) -> str:
    return name if len(name) <= _LETTERS else name[: _LETTERS - 1] + "…"
