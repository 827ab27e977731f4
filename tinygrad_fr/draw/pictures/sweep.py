"""The picture of a sweep: one line per combination of settings, one dot per seed."""

from __future__ import annotations

import math
from statistics import fmean
from typing import TYPE_CHECKING

from tinygrad_fr.draw import theme
from tinygrad_fr.draw.chart import Axes, Paper, Series
from tinygrad_fr.locale import _, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tinygrad_fr.draw.diagram import Diagram

MOST = 40  # combinations that one picture can show
_WIDE, _TALL = 520.0, 24.0
_LETTER = 7.4  # width of one, in points


def sweep_diagram(title: str, found: Sequence[tuple[str, Sequence[float], str]]) -> Diagram:
    """The scores of a sweep.

    Args:
        title: the model's.
        found: a combination's name, the score of each seed that came to its end, between 0 and 1, and what there is to
            say of the others.

    Example:
        >>> drawn = sweep_diagram("MLP", [("lr=0.1", (0.9, 0.92), ""), ("lr=10", (), "diverged")])
        >>> [(mark.text, mark.bold) for mark in drawn.marks if mark.text.startswith("lr")]
        [('lr=0.1', True), ('lr=10', False)]
    """
    ranked = sorted(found, key=lambda each: -fmean(each[1]) if each[1] else math.inf)
    shown = [each for each in found if each in ranked[:MOST]]
    best = ranked[0] if ranked and ranked[0][1] else None
    paper = Paper()
    scores = [100 * score for _name, each, _note in shown for score in each] or [0.0, 100.0]
    low, high = min(scores), max(scores)
    pad = max(0.05 * (high - low), 0.5)
    ends = Series("", (max(low - pad, 0.0), min(high + pad, 100.0)), (0.0, 1.0), "")
    height = _TALL * len(shown)
    axes = Axes([ends], log=False, bottom=-height, width=_WIDE, height=height)
    for tick in axes.x_ticks():
        paper.line([(axes.x(tick), 0.0), (axes.x(tick), -height)], theme.HAIRLINE, 0.7)
        paper.middle(axes.x(tick), -height - 14, number(int(tick) if tick == int(tick) else tick, 2), size=theme.MEDIUM)
    paper.middle(_WIDE / 2, -height - 34, _("score (%), on rows never seen"), size=theme.MEDIUM)
    for rank, (name, each, note) in enumerate(shown):
        y = -(rank + 0.5) * _TALL
        chosen = best is not None and name == best[0]
        colour = theme.SERIES[0] if chosen else theme.INK
        paper.end(-12, y, name, size=theme.MEDIUM, colour=colour, bold=chosen)
        places = [axes.x(100 * score) for score in each]
        if places:
            mean = axes.x(100 * fmean(each))
            paper.bar(min(places) - 1, y - 1.5, max(places) + 1, y + 1.5, theme.HAIRLINE)
            for x, score in zip(places, each, strict=True):
                paper.bar(x - 2.5, y - 2.5, x + 2.5, y + 2.5, theme.SERIES[2], f"{number(100 * score, 1)} %")
            paper.bar(mean - 1.5, y - 8, mean + 1.5, y + 8, colour, f"{number(100 * fmean(each), 1)} %")
            note = " ".join(filter(None, (f"{number(100 * fmean(each), 1)} %", note)))
        paper.text(_WIDE + 12, y, note, size=theme.MEDIUM, colour=colour, bold=chosen)
    guide = [_("Dots: one a seed, from the lowest to the highest; upright stroke: their mean, also at the right.")]
    if len(shown) < len(found):
        guide.append(_("The best {n} of {total} combinations.").format(n=len(shown), total=len(found)))
    widest = max((len(name) for name, _each, _note in shown), default=0)
    heading = _("{model}: {n} combinations of settings").format(model=title, n=number(len(found)))
    return paper.diagram(heading, "\n".join(guide), left=-12 - _LETTER * widest, top=30)
