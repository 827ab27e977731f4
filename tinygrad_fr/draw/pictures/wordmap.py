"""The picture of word vectors: words on a map, with the arrows of an analogy."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.draw import theme
from tinygrad_fr.draw.chart import Axes, Paper, Series
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from tinygrad_fr.data import WordSpace
    from tinygrad_fr.draw.diagram import Diagram

_DOT = 2.4
_LETTER, _LINE = 7.4, 15.0  # width of a letter and height of a line, at the size that is used

Box = tuple[float, float, float, float]


def word_map(
    title: str,
    space: WordSpace,
    *,
    shown: Iterable[str] = (),
    groups: Sequence[Sequence[str]] = (),
    arrows: Sequence[tuple[str, str]] = (),
) -> Diagram:
    """Every word as a dot, with its name where there is room.

    Args:
        title: the model's.
        space: words and vectors.
        shown: words whose names come first, and are set in bold.
        groups: words of one colour.
        arrows: pairs of words to join; both are shown.

    Example:
        >>> from tinygrad_fr.data import Vocabulary
        >>> from tinygrad_fr.data.wordspace import WordSpace
        >>> words = Vocabulary(("man", "king", "sun"), (1, 1, 1))
        >>> space = WordSpace(words, np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]))
        >>> drawn = word_map("Words", space, arrows=[("man", "king")])
        >>> {mark.text: mark.bold for mark in drawn.marks if mark.text in words.words}
        {'man': True, 'king': True, 'sun': False}
    """
    paper, flat = Paper(), space.map(arrows[0] if arrows else None)
    axes = _axes(flat)
    places = {word: (axes.x(a), axes.y(b)) for word, (a, b) in zip(space.vocabulary.words, flat.tolist(), strict=True)}
    words = space.vocabulary.words
    first = list(dict.fromkeys([*(word for pair in arrows for word in pair), *shown]))
    colours = {word: theme.SERIES[number % len(theme.SERIES)] for number, group in enumerate(groups) for word in group}
    if space.vectors.shape[1] == 2:
        paper.frame(axes, x_name=_("first number"), y_name=_("second number"))
    else:
        paper.bar(-14, -14, axes.width + 14, axes.height + 14, theme.PANEL)
    for a, b in arrows:
        paper.arrow(places[a], places[b], theme.BACKWARD)
    # Several words may stand on one place, which bears all their names.
    spots: dict[tuple[int, int], list[str]] = {}
    rest = sorted((word for word in words if word not in first), key=lambda word: -_count(space, word))
    for word in [*first, *rest]:
        x, y = places[word]
        spots.setdefault((round(x / 3), round(y / 3)), []).append(word)
    taken: list[Box] = [
        (x - _DOT, y - _DOT, x + _DOT, y + _DOT) for x, y in (places[names[0]] for names in spots.values())
    ]
    for a, b in arrows:
        for share in np.linspace(0, 1, 30):
            x, y = (1 - share) * np.array(places[a]) + share * np.array(places[b])
            taken.append((x - 3, y - 3, x + 3, y + 3))
    silent = 0
    for names in spots.values():
        x, y = places[names[0]]
        bold = any(name in first for name in names)
        colour = colours.get(names[0], theme.INK if bold or not groups else theme.EDGE)
        paper.bar(x - _DOT, y - _DOT, x + _DOT, y + _DOT, colour, tooltip=", ".join(names))
        text = ", ".join(names)
        spot = _room(text, x, y, taken, axes.width, forced=bold)
        if spot is None:
            silent += len(names)
            continue
        side, height = spot
        write, start = (paper.text, x + 6) if side > 0 else (paper.end, x - 6)
        write(start, height, text, size=theme.MEDIUM, colour=colour, bold=bold)
    guide = [
        _("The two numbers of each word.")
        if space.vectors.shape[1] == 2
        else _(
            "Upwards: from “{a}” to “{b}”. Across: where the words differ most besides. The other directions are not seen."
        ).format(a=arrows[0][0], b=arrows[0][1])
        if arrows
        else _(
            "{size} numbers a word, seen from where the words differ most: what is near here may be far elsewhere."
        ).format(size=space.vectors.shape[1])
    ]
    if groups:
        guide.append(_("A colour is a group of words whose vectors point the same way (k-means)."))
    if silent:
        guide.append(_("{n} words have no room for their names.").format(n=silent))
    return paper.diagram(title, "\n".join(guide), left=-14, top=axes.height + 44)


def _count(space: WordSpace, word: str) -> int:
    return space.vocabulary.counts[space.vocabulary.place[word]]


def _axes(places: npt.NDArray[Any]) -> Axes:
    (x0, y0), (x1, y1) = places.min(axis=0).tolist(), places.max(axis=0).tolist()
    ends = Series("", (x0, x1), (y0, y1), "")
    width, height = (840.0, 380.0) if theme.on_slides() else (900.0, 520.0)
    axes = Axes([ends], log=False, width=width, height=height, floor=-math.inf)
    room = 0.06 * (axes.x1 - axes.x0 or 1.0)  # for the names at the sides
    axes.x0, axes.x1 = axes.x0 - room, axes.x1 + room
    return axes


def _room(text: str, x: float, y: float, taken: list[Box], across: float, *, forced: bool) -> tuple[int, float] | None:
    """On which side of its dot and at which height a name covers nothing; a forced one takes the first place."""
    larger = theme.type_size(theme.MEDIUM) / theme.MEDIUM
    width, line = larger * _LETTER * len(text), larger * _LINE
    places: list[tuple[int, float, Box]] = []
    for height in (y, y + 9, y - 9, *((y + 15, y - 15) if forced else ())):
        for side in (1, -1):
            left = x + 6 if side > 0 else x - 6 - width
            places.append((side, height, (left, height - line / 2, left + width, height + line / 2)))
    inside = [place for place in places if place[2][0] >= -14 and place[2][2] <= across + 14]
    free = [place for place in inside if not any(_cover(place[2], box) for box in taken)]
    chosen = free or (inside or places if forced else [])
    if not chosen:
        return None
    side, height, box = chosen[0]
    taken.append(box)
    return side, height


def _cover(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
