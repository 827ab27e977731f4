"""The choice of a layout: the one with the largest type on the page or in the window."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tinygrad_fr.draw.engine import size_of
from tinygrad_fr.draw.wrap import PAGES, wrapped

if TYPE_CHECKING:
    from tinygrad_fr.draw.diagram import Diagram

Window = tuple[float, float]
WIDE, TALL = 1280.0, 2160.0  # points of a window or a README that still show legible type; a reader scrolls down
SCREEN = (WIDE, TALL)
NOTEBOOK = (
    640.0,
    560.0,
)  # points that the outputs of a notebook show on a laptop, of which one step should be seen whole
LEGIBLE = 14  # points: the smallest type that the last row of a room reads on a slide of 13.3 inches
FEWER = (12, 9, 6, 3)  # cards that are tried on a page whose type would be too small
_LETTERS = (60, 90, 130)  # that a line of the heading may hold on a page: neither too many lines nor too wide
_CLEARLY = 1.25  # another layout must make the type so much larger


def fitted(diagram: Diagram, page: tuple[float, float] | None = None, *, window: Window = SCREEN) -> Diagram:
    """The picture in rows, or downwards, where its type is clearly larger then; unchanged where it is not.

    Args:
        diagram: cards without a place; one whose cards have theirs is unchanged.
        page: width and height of what it fills, in points; by default it is read in a window.
        window: points that it shows, from left to right and from top to bottom.

    Example:
        >>> from tinygrad_fr.draw.diagram import Card, Diagram, Link
        >>> cards = tuple(Card(str(i), "op", str(i)) for i in range(8))
        >>> chain = Diagram("A chain", cards=cards, links=tuple(Link(str(i), str(i + 1)) for i in range(7)))
        >>> fitted(chain) is chain, len({card.at[1] for card in fitted(chain, (500.0, 540.0)).cards}) > 1  # rows
        (True, True)
    """
    if page is not None and len(diagram.guide) > _LETTERS[0]:
        guided = (_arranged(diagram.replaced(letters=n), page, window) for n in _LETTERS)
        return max(guided, key=lambda each: _type(each, page, window))
    return _arranged(diagram, page, window)


def _arranged(diagram: Diagram, page: tuple[float, float] | None, window: Window) -> Diagram:
    if diagram.pinned or len(diagram.cards) < 2:
        return diagram
    rows = (
        wrapped(diagram, page, gain=1)
        if page is not None
        else wrapped(diagram, (min(window[0], PAGES["slide"][0]), PAGES["slide"][1]))
    )
    enough = _type(rows, page, window)
    if page is None and enough >= 1:
        return rows
    down = diagram.replaced(direction="TB")
    if page is not None:
        return max(diagram, rows, down, key=lambda each: _type(each, page, window))
    return down if _type(down, page, window) >= _CLEARLY * enough else rows


def _type(diagram: Diagram, page: tuple[float, float] | None, window: Window) -> float:
    """The size of the type when the picture is shown, 1 for its own size."""
    width, height = size_of(diagram)
    return min(page[0] / width, page[1] / height) if page is not None else in_a_window(width, height, window)


def in_a_window(width: float, height: float, window: Window = SCREEN) -> float:
    """The size of a picture's type in a window, where one scrolls down and not to the side.

    Example:
        >>> in_a_window(640, 480), in_a_window(2560, 480)
        (1.0, 0.5)
    """
    return min(1.0, window[0] / width) * math.sqrt(min(1.0, window[1] / height))
