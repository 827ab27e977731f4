"""Breaks a long chain into rows, like the lines of a text, so that it fills its page."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tinygrad_fr.draw import theme
from tinygrad_fr.draw.diagram import Card, Diagram, Heading, Link, Mark, Panel
from tinygrad_fr.draw.layout import Block, Point, cornered, measured, moved, panel_title, shifted, with_arrows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Box = tuple[float, float, float, float]  # left, low, right, high

# Points: a slide is 13.33 inches wide, as those of every presentation program; a poster is as large as it needs to be.
PAGES = {"slide": (960.0, 540.0), "page": (700.0, 990.0)}
_MOST = 8  # rows
_MARGIN = 12.0  # points between a panel's border and what is in it
_TITLE = 20.0  # points for a panel's title
_HEADING = 110.0  # points that the title and its lines take, about
_LETTER = 0.64  # of its type, what a letter of a panel's title takes at most
_LANE = 15.0  # points between two lines that come back to the next row, with room for a figure
_FIGURE = 26.0  # points from where a line leaves its lane to the middle of its figure
_SLACK = 0.3  # how far from even a row may end, as a share of its length
_LONG = 1.25  # rows must make everything so much larger where a reader can scroll


@dataclass(frozen=True)
class _Rows:
    """The cuts of a layout.

    Attributes:
        cuts: the left end of each row, and the right end of the last.
        of: card → its row.
        low, high: lowest and highest point of the cards of each row.
    """

    cuts: tuple[float, ...]
    of: dict[str, int]
    low: tuple[float, ...]
    high: tuple[float, ...]

    @property
    def width(self) -> float:
        return max(right - left for left, right in zip(self.cuts, self.cuts[1:], strict=False))

    def height(self, between: float) -> float:
        return sum(high - low for low, high in zip(self.low, self.high, strict=True)) + between * len(self.low)


def wrapped(diagram: Diagram, page: tuple[float, float], gain: float = _LONG) -> Diagram:
    """The picture in rows where that makes it clearly larger on the page; unchanged where it does not.

    Args:
        diagram: cards without a place.
        page: width and height of what it is shown on, in points.
        gain: how many times larger it must be to be worth the lines that come back.

    Example:
        >>> from tinygrad_fr.draw.diagram import Card, Link
        >>> cards = tuple(Card(str(i), "op", str(i)) for i in range(12))
        >>> chain = Diagram("A chain", cards=cards, links=tuple(Link(str(i), str(i + 1)) for i in range(11)))
        >>> len({card.at[1] for card in wrapped(chain, (400.0, 300.0)).cards})  # rows
        2
    """
    if diagram.pinned or len(diagram.cards) < 2:
        return diagram
    block = measured(diagram.replaced(title=""))
    levels = _levels(diagram.panels)
    deep = 1 + max(levels.values(), default=-1)
    between = 2 * _MARGIN + (_MARGIN + _TITLE) * deep
    whole = min(page[0] / block.width, page[1] / (block.height + _HEADING))
    choices = [rows for count in range(2, _MOST + 1) if (rows := _cut(diagram, block, count)) is not None]
    sizes = [min(page[0] / rows.width, page[1] / (rows.height(between) + _HEADING)) for rows in choices]
    if not choices or max(sizes) < gain * whole:
        return diagram
    return _Wrapping(diagram, block, choices[sizes.index(max(sizes))], levels).diagram_()


def _cut(diagram: Diagram, block: Block, count: int) -> _Rows | None:
    """Cut at places where no card stands and the fewest links pass; None where there are none."""
    spans = [(block.centres[c.id][0] - block.sizes[c.id][0] / 2, block.centres[c.id][0] + block.sizes[c.id][0] / 2) for c in diagram.cards]  # fmt: skip
    free = _free(spans)
    links = [(block.centres[link.source][0], block.centres[link.target][0]) for link in diagram.links]
    length = block.width / count
    cuts = [0.0]
    for row in range(1, count):
        wanted = row * length
        near = [x for x in free if abs(x - wanted) < _SLACK * length and x > cuts[-1]]
        if not near:
            return None
        cuts.append(min(near, key=lambda x: (sum(min(a, b) < x < max(a, b) for a, b in links), abs(x - wanted))))
    ends = (*cuts, block.width)
    of = {c.id: max(i for i, left in enumerate(cuts) if block.centres[c.id][0] >= left) for c in diagram.cards}
    rows: list[list[Card]] = [[card for card in diagram.cards if of[card.id] == i] for i in range(count)]
    if not all(rows):
        return None
    low = tuple(min(block.centres[c.id][1] - block.sizes[c.id][1] / 2 for c in row) for row in rows)
    high = tuple(max(block.centres[c.id][1] + block.sizes[c.id][1] / 2 for c in row) for row in rows)
    return _Rows(ends, of, low, high)


def _free(spans: Iterable[Point]) -> list[float]:
    """The middle of each gap between cards."""
    found, right = [], 0.0
    for left, end in sorted(spans):
        if left > right:
            found.append((left + right) / 2)
        right = max(right, end)
    return found[1:] if found and found[0] <= 0 else found


def _title_width(title: str) -> float:
    return _LETTER * theme.type_size(theme.SMALL + 1) * len(title)


def _levels(panels: Sequence[Panel]) -> dict[str, int]:
    """Panel → how many panels lie around it."""
    parents = {panel.id: panel.parent for panel in panels}

    def level(panel: str) -> int:
        parent = parents[panel]
        return 0 if parent is None else 1 + level(parent)

    return {panel: level(panel) for panel in parents}


class _Wrapping:
    def __init__(self, diagram: Diagram, block: Block, rows: _Rows, levels: dict[str, int]) -> None:
        self.diagram, self.block, self.rows, self.levels = diagram, block, rows, levels
        self.lane = self._lanes()
        self.shifts: list[Point] = []
        self.upright: list[tuple[float, float, float]] = []  # x, low, high of lines between a card and a lane
        self.gaps: list[float] = []  # height of the first lane above each row
        self.beside = self._beside()
        top = self._room(0)
        below = _MARGIN * (1 + 0.5 * (1 + max(levels.values(), default=-1)))  # borders of panels
        for row, (left, low, high) in enumerate(zip(rows.cuts, rows.low, rows.high, strict=False)):
            self.gaps.append(top)
            top -= self._room(row)
            above = _MARGIN / 2 + (_MARGIN / 2 + _TITLE) * (1 + max(levels.values(), default=-1))  # borders and titles
            self.shifts.append((-left, top - above - high))
            top -= above + high - low + below
        self.right = rows.width

    def _lanes(self) -> dict[tuple[str, str], int]:
        """Link from a row to another → its lane; those that share an end share a line, as long as it can be one."""
        crossing = [k for k in self.diagram.links if self.rows.of[k.source] != self.rows.of[k.target]]
        out, into = (Counter(ends) for ends in zip(*((k.source, k.target) for k in crossing), strict=True)) if crossing else (Counter[str](), Counter[str]())  # fmt: skip
        shared: dict[str, int] = {}
        return {
            (k.source, k.target): shared.setdefault(k.source if out[k.source] >= into[k.target] else k.target, len(shared))
            for k in crossing
        }  # fmt: skip

    def _ends(self, link: Link) -> tuple[int, int]:
        """The gaps in which a link to another row leaves its row and comes to the other; a gap lies above the row of its number."""
        return min(self.rows.of[link.source] + 1, len(self.rows.low) - 1), self.rows.of[link.target]

    def _beside(self) -> dict[int, dict[int, int]]:
        """Gap → each lane that lies in it, and its place there: a gap is no higher than its own lanes need."""
        found: dict[int, dict[int, int]] = defaultdict(dict)
        for link in self.diagram.links:
            lane = self.lane.get((link.source, link.target))
            for gap in self._ends(link) if lane is not None else ():
                found[gap].setdefault(lane or 0, len(found[gap]))
        return found

    def _room(self, gap: int) -> float:
        return _LANE * (len(self.beside.get(gap, ())) + 1)

    def diagram_(self) -> Diagram:
        centres = {card.id: self._moved(card.id) for card in self.diagram.cards}
        cards = tuple(replace(card, at=centres[card.id]) for card in self.diagram.cards)
        panels = tuple(self._panels(centres))
        links = tuple(self._links(centres))
        titles = tuple(self._title(panel, centres) for panel in panels)
        left = min((panel.box[0] for panel in panels if panel.box is not None), default=0.0)
        top = max((panel.box[3] for panel in panels if panel.box is not None), default=-math.inf)
        top = max(top, *(y + self.block.sizes[i][1] / 2 for i, (_x, y) in centres.items()))
        return replace(
            self.diagram,
            cards=cards,
            links=links,
            panels=panels,
            marks=(*self.diagram.marks, *titles),
            heading=Heading(min(left, 0.0), top + 14),
        )

    def _moved(self, card: str) -> Point:
        x, y = self.block.centres[card]
        dx, dy = self.shifts[self.rows.of[card]]
        return x + dx, y + dy

    def _links(self, centres: dict[str, Point]) -> Iterator[Link]:
        for link in self.diagram.links:
            row = self.rows.of[link.source]
            if row == self.rows.of[link.target]:
                path = shifted(self.block.paths[link.source, link.target], *self.shifts[row])
                at = moved(self.block.labels.get((link.source, link.target)), *self.shifts[row])
            else:
                path, at = self._back(link, centres)
            yield replace(link, path=with_arrows(path, link), label_at=at)

    def _back(self, link: Link, centres: dict[str, Point]) -> tuple[str, Point]:
        """Down to the lane under the row, along it, and down to the other card; past whole rows on the right.

        Its figure stands where it leaves the lane, which it may share.
        """
        lane = self.lane[link.source, link.target]
        first, last = (self.gaps[gap] - _LANE * self.beside[gap][lane] for gap in self._ends(link))
        out = self._way(link.source, centres, first, -1)
        into = self._way(link.target, centres, last, 1)
        self.upright += [(x, min(y, lane), max(y, lane)) for (x, y), (_x, lane) in (out[-2:], into[-2:])]
        if first != last:
            side = self.right + _LANE * (lane + 1)
            out += [(side, first), (side, last)]
        return cornered([*out, *reversed(into)]), (into[-1][0] + _FIGURE, last + _LANE / 2)

    def _way(self, card: str, centres: dict[str, Point], lane: float, side: int) -> list[Point]:
        """From a card's lower (side −1) or upper (1) edge to a lane; from its right or left where another card is in the way."""
        (x, y), (w, h) = centres[card], self.block.sizes[card]
        beside = [i for i, row in self.rows.of.items() if row == self.rows.of[card] and i != card]
        blocked = any(
            abs(centres[i][0] - x) < self.block.sizes[i][0] / 2 + 4 and (centres[i][1] - y) * side > 0 for i in beside
        )
        if blocked:
            edge = x - side * w / 2
            return [(edge, y), (edge - side * 11, y), (edge - side * 11, lane)]
        x += w * 0.4 if side > 0 else 0  # a panel’s title stands on the left
        return [(x, y + side * (h / 2 + (5 if side > 0 else 0))), (x, lane)]

    def _title(self, panel: Panel, centres: dict[str, Point]) -> Mark:
        """Its title, to the right of lines and cards that would cross it, as long as it stays inside."""
        mark = panel_title(panel)
        assert panel.box is not None
        (left, y), long = mark.at, _title_width(panel.title)
        taken = [(x, x) for x, low, high in self.upright if low < y < high]
        for card, (x, middle) in centres.items():
            wide, tall = self.block.sizes[card]
            if abs(middle - y) < tall / 2 + 6:
                taken.append((x - wide / 2, x + wide / 2))
        for start, end in sorted(taken):
            if start < left + long and end > left - 4:
                left = end + 6
        return replace(mark, at=(left, y)) if left + long < panel.box[2] else mark

    def _panels(self, centres: dict[str, Point]) -> Iterator[Panel]:
        """The part of each panel that lies in each row, as wide as its title; what is around others comes first."""
        around = {panel.id: panel for panel in self.diagram.panels}
        deepest = max(self.levels.values(), default=0)
        boxes: dict[tuple[str, int], list[Box]] = defaultdict(list)
        for card in self.diagram.cards:
            panel, (x, y), (w, h) = card.panel, centres[card.id], self.block.sizes[card.id]
            while panel is not None:
                depth = 1 + deepest - self.levels[panel]
                side, above = _MARGIN * depth * 0.6, _MARGIN * 0.5 * depth
                boxes[panel, self.rows.of[card.id]].append(
                    (x - w / 2 - side, y - h / 2 - above, x + w / 2 + side, y + h / 2 + above + _TITLE * depth)
                )
                panel = around[panel].parent
        inside_first = sorted(boxes, key=lambda part: -self.levels[part[0]])
        parts: list[Panel] = []
        for panel, row in inside_first:
            first = min(r for p, r in boxes if p == panel)
            title = around[panel].title if row == first else f"… {around[panel].title}"
            lefts, lows, rights, tops = zip(*boxes[panel, row], strict=True)
            left, right = min(lefts), max(rights)
            short = max(0.0, _MARGIN + _title_width(title) - (right - left)) / 2
            box = (left - short, min(lows), right + short, max(tops))
            if (parent := around[panel].parent) is not None:
                boxes[parent, row].append((box[0] - _MARGIN * 0.6, box[1], box[2] + _MARGIN * 0.6, box[3]))
            parts.append(replace(around[panel], id=f"{panel} {row}", title=title, box=box))
        return reversed(parts)
