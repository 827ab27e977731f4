"""How a training went: both losses against the epochs, and the score under them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tinygrad_fr.draw import theme
from tinygrad_fr.draw.chart import Axes, Paper, Series
from tinygrad_fr.draw.diagram import apart
from tinygrad_fr.locale import _, number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tinygrad_fr.draw.diagram import Diagram

_TALL = 170.0
_PANEL, _ACROSS = 240.0, 3  # width of a panel, panels side by side
_SPAN = 50  # a loss that falls further is drawn on a log scale


def learning_diagram(
    title: str,
    loss: Sequence[float],
    validation: Sequence[float],
    score: Sequence[float],
    *,
    expected: float,
    kept: int,
) -> Diagram:
    """The learning curve of a run.

    Args:
        title: the model's.
        loss: of each epoch, on the training rows.
        validation: the same on rows that were never learned from.
        score: of each epoch on those, between 0 and 1.
        expected: the score to reach.
        kept: number of the epoch whose weights were kept.

    Example:
        >>> drawn = learning_diagram("MLP", [0.9, 0.2], [0.9, 0.4], [0.5, 0.9], expected=0.85, kept=2)
        >>> [mark.text for mark in drawn.marks if mark.text in ("1", "2")]  # epochs, under the losses and under the score
        ['1', '2', '1', '2']
    """
    paper = Paper()
    epochs = tuple(range(1, len(loss) + 1))
    x = tuple(map(float, epochs))
    losses = [
        Series(_("training"), x, tuple(loss), theme.SERIES[0]),
        Series(_("validation"), x, tuple(validation), theme.SERIES[1]),
    ]
    losses.sort(key=lambda each: -each.y[-1])  # the upper name first, so that they keep their order
    low, high = theme.span([*loss, *validation])
    positive = min((*loss, *validation), default=0.0) > 0
    above = Axes(losses, log=positive and high > _SPAN * low, height=_TALL)
    paper.lines(losses, above, x_name="", y_name=_("loss L"))
    scores = Series(_("score"), x, tuple(100 * value for value in score), theme.SERIES[2])
    asked = Series(_("expected"), (x[0], x[-1]), (100 * expected,) * 2, theme.ABSENT)
    floor = 10.0 * math.floor(min(*scores.y, *asked.y) / 10)
    whole = Series("", (x[0], x[-1]), (floor, 100.0), "")
    below = Axes([whole], log=False, bottom=-_TALL - 76, height=_TALL)
    paper.frame(below, x_name=_("epoch"), y_name=_("score (%), on rows never seen"))
    paper.curve(asked, below, 1.2)
    paper.curve(scores, below)
    _names(paper, [scores, asked], below)
    for axes, values in ((above, validation), (below, scores.y)):
        place = axes.x(float(kept)), axes.y(values[kept - 1])
        paper.bar(place[0] - 5, place[1] - 5, place[0] + 5, place[1] + 5, theme.INK, _("kept"))
    guide = "\n".join(
        [
            _("Training: rows learned from; validation: rows never seen. Where the first falls and the second rises, rows are learned by heart."),
            _("Black square: the weights that were kept, epoch {epoch}, {score} %.").format(
                epoch=kept, score=number(scores.y[kept - 1], 1)
            ),
        ]
    )  # fmt: skip
    heading = _("{model}: learning curve").format(model=title)
    return paper.diagram(heading, guide, left=-44, top=_TALL + 40)


def learning_panels(
    title: str,
    curves: Mapping[str, tuple[Sequence[float], Sequence[float], float]],
    *,
    scale: tuple[float, float] | None = None,
) -> Diagram:
    """Learning curves of several runs of one model on one scale, a panel each.

    Args:
        title: the model's.
        curves: name of a run → its losses on training rows, those on validation rows, its score between 0 and 1.
        scale: the least and the most of the losses on the scale; of these runs by default.

    Example:
        >>> learned = {"plain": ([0.9, 0.1], [0.9, 1.2], 0.6), "dropout": ([0.9, 0.4], [0.9, 0.5], 0.8)}
        >>> [mark.text.partition(":")[0].strip() for mark in learning_panels("MLP", learned).marks if "%" in mark.text]
        ['plain', 'dropout']
    """
    paper = Paper()
    every = [value for losses, validation, _score in curves.values() for value in (*losses, *validation)]
    low, high = scale or theme.span(every)
    log = min(every) > 0 and high > _SPAN * low
    across = 2 if theme.on_slides() else _ACROSS
    for rank, (name, (losses, validation, score)) in enumerate(curves.items()):
        x = tuple(map(float, range(1, len(losses) + 1)))
        left, bottom = rank % across * (_PANEL + 150), -(rank // across) * (_TALL + 100)
        ends = Series("", (1.0, float(max(len(each) for each, _v, _s in curves.values()))), (low, high), "")
        axes = Axes([ends], log=log, left=left, bottom=bottom, width=_PANEL, height=_TALL)
        paper.frame(axes, x_name=_("epoch"), y_name="")
        heading = _("{name}: {score} %").format(name=name, score=number(100 * score, 1))
        paper.text(left, bottom + _TALL + 18, heading, size=theme.MEDIUM, colour=theme.INK, bold=True)
        both = [
            Series(_("training"), x, tuple(losses), theme.SERIES[0]),
            Series(_("validation"), x, tuple(validation), theme.SERIES[1]),
        ]
        for series in both:
            paper.curve(series, axes)
        _names(paper, sorted(both, key=lambda each: -each.y[-1]), axes)
    guide = _("Loss L on rows learned from and on rows never seen, all on one scale; then the score on the latter.")
    drawn = paper.diagram(_("{model}: learning curves").format(model=title), guide, left=-44, top=_TALL + 56)
    return apart(drawn, lambda some: learning_panels(title, dict(some), scale=(low, high)), [*curves.items()], (4, 2))


def _names(paper: Paper, series: list[Series], axes: Axes) -> None:
    """Each line's name at its end, one above the other where they meet."""
    places = [axes.y(each.y[-1]) for each in series]
    if abs(places[0] - places[1]) < 16:
        places[1] = places[0] - 16
    for each, y in zip(series, places, strict=True):
        paper.text(axes.left + axes.width + 12, y, each.name, size=theme.MEDIUM, colour=each.colour, bold=True)
