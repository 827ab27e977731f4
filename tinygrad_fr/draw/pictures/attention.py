"""The picture of attention: lines from queries to keys, or maps if there are many."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tinygrad_fr.draw import theme
from tinygrad_fr.draw.chart import Paper
from tinygrad_fr.draw.diagram import apart
from tinygrad_fr.locale import _, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tinygrad_fr.draw.diagram import Diagram
    from tinygrad_fr.explain.lenses.attention import Attention

_NAMED = 24  # places that a head shows by name
_LINE, _LETTER = 17.0, 7.4  # height of a line of text, width of a letter
_APART, _SIDE, _GAP = 92.0, 150.0, 34.0  # between two columns of names; a map; between two heads
_LEAST = 0.04  # share that is drawn


def attention_diagram(title: str, found: Sequence[Attention]) -> Diagram:
    """A band for each attention, a drawing for each head.

    Example:
        >>> from tinygrad_fr.explain import Attention
        >>> looks = Attention("self_attn", np.array([[[0.9, 0.1], [0.5, 0.5]]]), ("le", "chat"), ("le", "chat"))
        >>> drawn = attention_diagram("A head", [looks])
        >>> [mark.text for mark in drawn.marks if mark.text in ("le", "chat")]  # who looks, who is looked at
        ['le', 'chat', 'le', 'chat']
    """
    paper = Paper()
    y = 0.0
    for each in found:
        paper.text(0, y, each.path, size=theme.LARGE, colour=theme.INK, bold=True)
        rows, columns = each.weights.shape[1:]
        x, named = 0.0, max(rows, columns) <= _NAMED
        for head in range(each.heads):
            words = _("head {n} · spread {spread}").format(n=each.first + head, spread=number(each.spread(head), 1))
            paper.text(x, y - 24, words, size=theme.MEDIUM)
            x += (_lines if named else _map)(paper, each, head, x, y - 46) + _GAP
        y -= 46 + (max(rows, columns) * _LINE if named else _SIDE) + 34
    guide = [
        _(
            "Left: a place that looks. Right: what it looks at; the wider the line, the more. The lines of a place sum to 1."
        )
        if any(max(each.weights.shape[1:]) <= _NAMED for each in found)
        else _("A row is a place that looks, a column one that is looked at; each row sums to 1."),
        _("Spread: how many places a head looks at, in the mean; 1 is one place alone."),
    ]
    drawn = paper.diagram(title, "\n".join(guide), left=-14, top=34)
    if len(found) > 1:
        return apart(drawn, attention_diagram, found, (1,), title)
    return apart(drawn, attention_diagram, _heads(found[0]), (2, 1), title) if found else drawn


def _heads(each: Attention) -> list[Attention]:
    """Each head of an attention alone."""
    return [replace(each, weights=each.weights[head : head + 1], first=each.first + head) for head in range(each.heads)]


def _lines(paper: Paper, each: Attention, head: int, left: float, top: float) -> float:
    """Two columns of names and the lines between them; gives the width."""
    start = left + _LETTER * max(map(len, each.queries)) + 6
    end = start + _APART
    for names, x, write in ((each.queries, start - 5, paper.end), (each.keys, end + 5, paper.text)):
        for place, name in enumerate(names):
            write(x, top - (place + 0.5) * _LINE, name, size=theme.MEDIUM, colour=theme.INK)
    for i, row in enumerate(each.weights[head].tolist()):
        for j, share in sorted(enumerate(row), key=lambda pair: pair[1]):
            if share >= _LEAST:
                ends = [(start, top - (i + 0.5) * _LINE), (end, top - (j + 0.5) * _LINE)]
                paper.line(ends, theme.openness(0.15 + 0.85 * share), 0.5 + 4 * share)
    return end + 5 + _LETTER * max(map(len, each.keys)) - left


def _map(paper: Paper, each: Attention, head: int, left: float, top: float) -> float:
    """A square for each pair of places; gives the width."""
    weights = np.asarray(each.weights[head])
    side = _SIDE / max(weights.shape)
    high, wide = float(weights.shape[0] * side), float(weights.shape[1] * side)
    colours = [[theme.openness(theme.step(share / weights.max())) for share in row] for row in weights[::-1].tolist()]
    paper.cells(colours, left, top - high, wide, high)
    return wide
