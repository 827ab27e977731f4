"""Layout of an unrolled run: time gives the ranks, so all steps look alike and cards are at the same place in each.

One step is laid out by Graphviz, once; the others take its places at a constant distance. Links between every step and
one single card share a rail below, so no fan of lines crosses the picture.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from tinygrad_fr.draw import theme
from tinygrad_fr.draw.diagram import Card, Diagram, Heading, Link, Mark, Panel
from tinygrad_fr.draw.dot import identifier, name_of, to_dot
from tinygrad_fr.draw.engine import lay_out

if TYPE_CHECKING:
    from collections.abc import Iterable

Point = tuple[float, float]
_GAP = 46.0  # points between two steps
_PAD = 16.0  # points between a panel's border and its cards
_ARROW = 6.0  # points, length of an arrow's head
_ROOM = "−0,000"  # as long as the longest label of a link, so that every step has the same room
_FEW = 3  # a card used in more steps than this sends its value along a rail


@dataclass(frozen=True)
class Block:
    """A laid out set of cards, its lower left corner at (0, 0)."""

    centres: dict[str, Point]
    sizes: dict[str, Point]
    paths: dict[tuple[str, str], str]
    labels: dict[tuple[str, str], Point]
    width: float
    height: float


def place(diagram: Diagram) -> Diagram:
    """The diagram with every card in its place; unchanged where no time step is found.

    Example:
        >>> from tinygrad_fr.draw.diagram import Card, Link
        >>> cards = tuple(Card(f"{name}{step}", "op", name, step=step) for step in (1, 2) for name in "ab")
        >>> links = Link("a1", "b1"), Link("b1", "a2"), Link("a2", "b2")
        >>> placed = place(Diagram("Two steps", cards=cards, links=links))
        >>> [card.symbol for card in sorted(placed.cards, key=lambda card: card.at)]
        ['a', 'b', 'a', 'b']
    """
    steps = sorted({card.step for card in diagram.cards if card.step is not None})
    if len(steps) < 2 or len(steps) == sum(card.step is not None for card in diagram.cards):
        return diagram  # no steps, or a chain of closed ones
    return _Placing(diagram, steps).placed()


class _Placing:
    def __init__(self, diagram: Diagram, steps: list[int]) -> None:
        self.diagram, self.steps = diagram, steps
        self.cards = {card.id: card for card in diagram.cards}
        self.order = {card.id: place for place, card in enumerate(diagram.cards)}
        self.of_step: dict[int, list[Card]] = defaultdict(list)
        for card in diagram.cards:
            if card.step is not None:
                self.of_step[card.step].append(card)
        self.leaving: dict[str, list[Link]] = defaultdict(list)
        for link in diagram.links:
            self.leaving[link.source].append(link)
        earlier = self._leading_to_steps()
        outside = [card for card in diagram.cards if card.step is None]
        self.before = [card for card in outside if card.id in earlier]
        self.after = [card for card in outside if card.id not in earlier]
        uses = Counter(link.source for link in diagram.links if self._step(link.target) is not None)
        feeds = Counter(link.target for link in diagram.links if self._step(link.source) is not None)
        self.rail_sources = {i for i, n in uses.items() if n > _FEW and self._step(i) is None}
        self.rail_targets = {i for i, n in feeds.items() if n > _FEW and self._step(i) is None}

    def _step(self, card: str) -> int | None:
        return self.cards[card].step

    def _leading_to_steps(self) -> set[str]:
        before: dict[str, list[str]] = defaultdict(list)
        for link in self.diagram.links:
            before[link.target].append(link.source)
        stack = [card.id for card in self.diagram.cards if card.step is not None]
        seen: set[str] = set()
        while stack:
            for source in before[stack.pop()]:
                if source not in seen:
                    seen.add(source)
                    stack.append(source)
        return {i for i in seen if self.cards[i].step is None}

    # One step

    def _keys(self, step: int) -> dict[str, str]:
        """Card id → name of its place in the step, the same for the same role in every step."""
        counts: Counter[str] = Counter()
        keys = {}
        for card in self.of_step[step]:
            base = f"{card.symbol.replace(str(step), 't')}|{card.kind}|{len(card.chips)}"
            keys[card.id] = f"{base}|{counts[base]}"
            counts[base] += 1
        return keys

    def _step_block(self, step: int, keys: dict[str, str]) -> Block:
        """Lay one step out, with doors where values come in from the left and go out to the right."""
        cards = [replace(card, id=keys[card.id], panel=None) for card in self.of_step[step]]
        links, doors = [], {}
        for link in self.diagram.links:
            inside_source, inside_target = link.source in keys, link.target in keys
            if inside_source and inside_target:
                links.append(
                    replace(link, source=keys[link.source], target=keys[link.target], label=_ROOM if link.label else "")
                )
            elif inside_target and link.source not in self.rail_sources:
                door = self._door(link.source, keys)
                doors[door] = Card(door, "op", "", shape="point")
                links.append(Link(door, keys[link.target]))
            elif inside_source and link.target not in self.rail_targets:
                door = f"out {keys[link.source]}"
                doors[door] = Card(door, "op", "", shape="point")
                links.append(Link(keys[link.source], door))
        return measured(Diagram("", cards=(*cards, *doors.values()), links=tuple(links)), tuple(doors))

    def _door(self, source: str, keys: dict[str, str]) -> str:
        """The name of the door by which a value enters: its target, which is the same in every step."""
        targets = sorted(keys[link.target] for link in self.leaving[source] if link.target in keys)
        return f"in {' '.join(targets)}"

    def placed(self) -> Diagram:
        blocks: dict[tuple[str, ...], Block] = {}
        keys = {step: self._keys(step) for step in self.steps}
        block_of: dict[int, Block] = {}
        # The second step is like all that follow; the first has its own way in.
        for step in [*self.steps[1:], self.steps[0]]:
            signature = tuple(sorted(keys[step].values()))
            if signature not in blocks:
                blocks[signature] = self._step_block(step, keys[step])
            block_of[step] = blocks[signature]
        height = max(block.height for block in block_of.values())
        centres: dict[str, Point] = {}
        sizes: dict[str, Point] = {}
        paths: dict[tuple[str, str], str] = {}
        labels: dict[tuple[str, str], Point] = {}
        boxes: dict[int, tuple[float, float, float, float]] = {}
        x = 0.0
        if self.before:
            block = measured(self._sub(self.before))
            self._put(block, x, (height - block.height) / 2, None, centres, sizes, paths, labels)
            x += block.width + _GAP
        for step in self.steps:
            block = block_of[step]
            self._put(block, x + _PAD, (height - block.height) / 2, keys[step], centres, sizes, paths, labels)
            boxes[step] = (x, -_PAD, x + block.width + 2 * _PAD, height + _PAD + 16)
            x += block.width + 2 * _PAD + _GAP
        if self.after:
            block = measured(self._sub(self.after))
            self._put(block, x, (height - block.height) / 2, None, centres, sizes, paths, labels)
            x += block.width
        links = self._links(centres, sizes, paths, labels, keys)
        panels = self._panels(boxes, centres, sizes)
        cards = tuple(replace(card, at=centres[card.id]) for card in self.diagram.cards)
        titles = [panel_title(panel) for panel in panels]
        around = [panel.box for panel in panels if panel.box is not None] or list(boxes.values())
        left, top = min(box[0] for box in around), max(box[3] for box in around)
        marks = (*self.diagram.marks, *titles)
        return replace(
            self.diagram, cards=cards, links=tuple(links), panels=panels, marks=marks, heading=Heading(left, top + 14)
        )

    def _sub(self, cards: list[Card]) -> Diagram:
        ids = {card.id for card in cards}
        links = tuple(link for link in self.diagram.links if link.source in ids and link.target in ids)
        panels = tuple(panel for panel in self.diagram.panels if panel.step is None)
        return Diagram("", cards=tuple(cards), links=links, panels=panels)

    def _first(self, cards: Iterable[str]) -> str:
        return min(cards, key=self.order.__getitem__)

    def _put(
        self,
        block: Block,
        x: float,
        y: float,
        keys: dict[str, str] | None,
        centres: dict[str, Point],
        sizes: dict[str, Point],
        paths: dict[tuple[str, str], str],
        labels: dict[tuple[str, str], Point],
    ) -> None:
        ids = {key: card for card, key in keys.items()} if keys is not None else {key: key for key in block.centres}
        for key, (cx, cy) in block.centres.items():
            if key in ids:
                centres[ids[key]] = (cx + x, cy + y)
                sizes[ids[key]] = block.sizes[key]
        step = None if keys is None else self._first(keys)  # any card of the step names its doors
        for (source, target), path in block.paths.items():
            ends = (ids.get(source, f"{step} {source}"), ids.get(target, f"{step} {target}"))
            paths[ends] = shifted(path, x, y)
            if (at := moved(block.labels.get((source, target)), x, y)) is not None:
                labels[ends] = at

    def _links(
        self,
        centres: dict[str, Point],
        sizes: dict[str, Point],
        paths: dict[tuple[str, str], str],
        labels: dict[tuple[str, str], Point],
        keys: dict[int, dict[str, str]],
    ) -> list[Link]:
        low = min(y - sizes[i][1] / 2 for i, (_x, y) in centres.items())
        depth = {
            i: min(low, 0.0) - _PAD - 10.0 - 10.0 * n
            for n, i in enumerate(sorted(self.rail_sources | self.rail_targets, key=self.order.__getitem__))
        }
        links = []
        for link in self.diagram.links:
            ends = (link.source, link.target)
            if ends in paths:
                path = paths[ends]
            elif link.source in self.rail_sources and self._step(link.target) is not None:
                path = _rail(centres, sizes, ends, depth[link.source])
            elif link.target in self.rail_targets and self._step(link.source) is not None:
                path = _rail(centres, sizes, ends, depth[link.target])
            else:
                path = self._through_doors(ends, centres, sizes, paths, keys) or _curve(centres, sizes, ends)
            points = path.split(" ", 1)[1].split()
            label = link.label if len(points) < 9 else ""
            links.append(replace(link, path=with_arrows(path, link), label=label, label_at=labels.get(ends)))
        return links

    def _through_doors(
        self,
        ends: tuple[str, str],
        centres: dict[str, Point],
        sizes: dict[str, Point],
        paths: dict[tuple[str, str], str],
        keys: dict[int, dict[str, str]],
    ) -> str:
        """Out of one step by its door, across the gap, and into the next step by its door."""
        source, target = ends
        out, into = self._step(source), self._step(target)
        if out is not None and into is not None and into != out + 1:
            return ""
        right, left = _sides(centres, sizes, ends)
        first, last = [right], [left]
        if out is not None:
            first = _points(paths.get((source, f"{self._first(keys[out])} out {keys[out][source]}")))
        if into is not None:
            last = _points(paths.get((f"{self._first(keys[into])} {self._door(source, keys[into])}", target)))
        if not first or not last or last[0][0] < first[-1][0]:
            return ""
        middle = (first[-1][0] + last[0][0]) / 2
        points = [*first, (middle, first[-1][1]), (middle, last[0][1]), *last]
        return "s " + " ".join(f"{x:.1f},{y:.1f}" for x, y in points)

    def _panels(
        self,
        boxes: dict[int, tuple[float, float, float, float]],
        centres: dict[str, Point],
        sizes: dict[str, Point],
    ) -> tuple[Panel, ...]:
        by_id = {panel.id: panel for panel in self.diagram.panels}
        inside: dict[str, list[tuple[float, float, float, float]]] = defaultdict(list)
        levels: dict[str, int] = {}
        for card in self.diagram.cards:
            x, y = centres[card.id]
            w, h = sizes[card.id]
            box = (
                boxes[card.step]
                if card.step is not None
                else (x - w / 2 - 10, y - h / 2 - 10, x + w / 2 + 10, y + h / 2 + 22)
            )
            panel = by_id.get(card.panel or "")
            depth = 0
            while panel is not None:
                if panel.step is None:
                    grown = (box[0] - 12 * depth, box[1] - 8 * depth, box[2] + 12 * depth, box[3] + 22 * depth)
                    inside[panel.id].append(grown)
                else:
                    inside[panel.id] = [box]
                levels[panel.id] = max(levels.get(panel.id, 0), depth)
                depth += 1
                panel = by_id.get(panel.parent or "")
        drawn = [
            replace(
                by_id[i],
                box=(
                    min(b[0] for b in found),
                    min(b[1] for b in found),
                    max(b[2] for b in found),
                    max(b[3] for b in found),
                ),
            )
            for i, found in inside.items()
        ]
        return tuple(sorted(drawn, key=lambda panel: -levels[panel.id]))


def _point(text: str) -> Point:
    x, y = text.split(",")
    return float(x), float(y)


def _points(path: str | None) -> list[Point]:
    return [_point(text) for text in path.split()[1:]] if path else []


def panel_title(panel: Panel) -> Mark:
    """A panel's title in its upper left corner."""
    assert panel.box is not None
    at = panel.box[0] + 10, panel.box[3] - 10
    return Mark(at, panel.title, theme.SMALL + 1, theme.WORDS, anchor="start")


_PAIR = re.compile(r"(-?[\d.]+(?:e-?\d+)?),(-?[\d.]+(?:e-?\d+)?)")


def shifted(path: str, x: float, y: float) -> str:
    """A path moved."""
    return _PAIR.sub(lambda found: f"{float(found[1]) + x:.1f},{float(found[2]) + y:.1f}", path)


def moved(point: Point | None, x: float, y: float) -> Point | None:
    """A point moved, where there is one."""
    return None if point is None else (point[0] + x, point[1] + y)


def bordered(block: Block, border: float) -> Block:
    """The same cards with some points around them."""

    def shifted_point(point: Point) -> Point:
        return point[0] + border, point[1] + border

    return Block(
        {card: shifted_point(at) for card, at in block.centres.items()},
        block.sizes,
        {ends: shifted(path, border, border) for ends, path in block.paths.items()},
        {ends: shifted_point(at) for ends, at in block.labels.items()},
        block.width + 2 * border,
        block.height + 2 * border,
    )


def measured(diagram: Diagram, doors: tuple[str, ...] = ()) -> Block:
    """Ask Graphviz for the places of some cards and the curves between them; doors stand at the two ends.

    A curve starts at the border of its card and ends where an arrow’s head begins, whichever way its own arrows point.
    """
    dot = to_dot(diagram.replaced(links=tuple(replace(link, kind="forward") for link in diagram.links)))
    for end, prefix in (("min", "in "), ("max", "out ")):
        row = " ".join(identifier(door) for door in doors if door.startswith(prefix))
        dot = dot.replace("\n}\n", f"\n\t{{rank={end} {row}}}\n}}\n") if row else dot
    plain = lay_out(dot, "plain").decode()
    ids = {name_of(card.id): card.id for card in diagram.cards}
    centres, sizes, paths, labels = {}, {}, {}, {}
    width = height = 0.0
    for line in plain.splitlines():
        fields = _fields(line)
        if fields[0] == "graph":
            width, height = float(fields[2]) * 72, float(fields[3]) * 72
        elif fields[0] == "node":
            centres[ids[fields[1]]] = (float(fields[2]) * 72, float(fields[3]) * 72)
            sizes[ids[fields[1]]] = (float(fields[4]) * 72, float(fields[5]) * 72)
        elif fields[0] == "edge":
            n = int(fields[3])
            numbers = [float(field) * 72 for field in fields[4 : 4 + 2 * n]]
            points = list(zip(numbers[::2], numbers[1::2], strict=True))
            ends = ids[fields[1]], ids[fields[2]]
            paths[ends] = "s " + " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            if len(fields) > 6 + 2 * n:  # a label and its place stand before style and colour
                labels[ends] = (float(fields[5 + 2 * n]) * 72, float(fields[6 + 2 * n]) * 72)
    return Block(centres, sizes, paths, labels, width, height)


def block_of(placed: Diagram, sizes: dict[str, Point]) -> Block:
    """A picture whose cards and lines have their places, as a block: moved to (0, 0), and its lines without arrows."""
    lines = {(link.source, link.target): _bare(link.path or "s") for link in placed.links}
    points = [_point(text) for line in lines.values() for text in line.split()[1:]]
    boxes = [(card.at, sizes[card.id]) for card in placed.cards if card.at is not None]
    left = min([x - w / 2 for (x, _y), (w, _h) in boxes] + [x for x, _y in points])
    low = min([y - h / 2 for (_x, y), (_w, h) in boxes] + [y for _x, y in points])
    right = max([x + w / 2 for (x, _y), (w, _h) in boxes] + [x for x, _y in points])
    top = max([y + h / 2 for (_x, y), (_w, h) in boxes] + [y for _x, y in points])
    return Block(
        centres={card.id: (card.at[0] - left, card.at[1] - low) for card in placed.cards if card.at is not None},
        sizes=sizes,
        paths={ends: shifted(line, -left, -low) for ends, line in lines.items()},
        labels={
            (link.source, link.target): (link.label_at[0] - left, link.label_at[1] - low)
            for link in placed.links
            if link.label_at is not None
        },
        width=right - left,
        height=top - low,
    )


def _bare(path: str) -> str:
    """A curve without the tip of its arrow, which goes forward."""
    return "s " + " ".join(word for word in path.split() if word[:2] != "e," and word != "s")


_FIELD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')


def _fields(line: str) -> list[str]:
    """Words of a line of Graphviz's plain format, where a word may be quoted."""
    return [quoted or word for quoted, word in _FIELD.findall(line)] or [""]


def _sides(centres: dict[str, Point], sizes: dict[str, Point], ends: tuple[str, str]) -> tuple[Point, Point]:
    (sx, sy), (tx, ty) = centres[ends[0]], centres[ends[1]]
    return (sx + sizes[ends[0]][0] / 2, sy), (tx - sizes[ends[1]][0] / 2 - 5, ty)


def _curve(centres: dict[str, Point], sizes: dict[str, Point], ends: tuple[str, str]) -> str:
    """From the right side of one card to the left side of the other."""
    (ax, ay), (bx, by) = _sides(centres, sizes, ends)
    pull = max(24.0, abs(bx - ax) * 0.45)
    return f"s {ax:.1f},{ay:.1f} {ax + pull:.1f},{ay:.1f} {bx - pull:.1f},{by:.1f} {bx:.1f},{by:.1f}"


def _rail(centres: dict[str, Point], sizes: dict[str, Point], ends: tuple[str, str], depth: float) -> str:
    """Down to the rail, along it, and up: many such links share one line."""
    (ax, ay), (bx, by) = _sides(centres, sizes, ends)
    r = 12.0
    return cornered([(ax, ay), (ax + r, ay), (ax + r, depth), (bx - r, depth), (bx - r, by), (bx, by)])


def cornered(corners: list[Point]) -> str:
    """Straight lines from corner to corner, in Graphviz's ``pos`` syntax."""
    text = f"{corners[0][0]:.1f},{corners[0][1]:.1f}"
    for (px, py), (qx, qy) in pairwise(corners):
        text += f" {px + (qx - px) / 3:.1f},{py + (qy - py) / 3:.1f} {px + 2 * (qx - px) / 3:.1f},{py + 2 * (qy - py) / 3:.1f} {qx:.1f},{qy:.1f}"
    return "s " + text


def with_arrows(path: str, link: Link) -> str:
    """Graphviz's ``pos``: the arrows' tips, tail first, then the curve's points between their bases."""
    points = [_point(text) for text in path.split()[1:]]
    start = end = ""
    if link.kind in ("backward", "both"):
        start = "s,{:.1f},{:.1f} ".format(*points[0])
        points[0] = _towards(points[0], points[1], _ARROW)
    if link.kind in ("forward", "both"):
        end = "e,{:.1f},{:.1f} ".format(*_towards(points[-1], points[-2], -_ARROW))
    return start + end + " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _towards(a: Point, b: Point, distance: float) -> Point:
    """The point at a distance from a in the direction of b."""
    length = math.hypot(b[0] - a[0], b[1] - a[1]) or 1.0
    return a[0] + (b[0] - a[0]) / length * distance, a[1] + (b[1] - a[1]) / length * distance
