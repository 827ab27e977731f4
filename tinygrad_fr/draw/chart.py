"""Charts, as diagrams: the same engine, formats, type and colours as every other picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby, pairwise

from tinygrad_fr.draw import theme
from tinygrad_fr.draw.diagram import Card, Diagram, Heading, Link, Mark
from tinygrad_fr.locale import number

WIDTH, HEIGHT = 620.0, 250.0
_PIECE = 200  # segments of a line that Graphviz reads at once: its strings end at 16 384 characters
_SUPER = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Series:
    """One line of a chart.

    Attributes:
        name: written at its end.
        x: abscissas.
        y: ordinates, positive on a log scale.
        colour: of line and name.

    Example:
        >>> line = Series("x²", (0.0, 1.0, 2.0), (0.0, 1.0, 4.0), "#0072b2")
        >>> Axes([line], log=False, width=100.0).x(1.0)  # half of the way across
        50.0
    """

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    colour: str


class Axes:
    """The map from numbers to the paper; the lower left corner of the frame is (left, bottom)."""

    def __init__(
        self,
        series: list[Series],
        *,
        log: bool,
        left: float = 0.0,
        bottom: float = 0.0,
        width: float = WIDTH,
        height: float = HEIGHT,
        floor: float = 0.0,
    ) -> None:
        self.log, self.left, self.bottom, self.width, self.height = log, left, bottom, width, height
        xs = [v for s in series for v in s.x]
        finite = [v for s in series for v in s.y if math.isfinite(v)]
        ys = [max(v, floor) for v in finite if max(v, floor) > 0] if log else finite
        self.x0, self.x1 = min(xs, default=0.0), max(xs, default=1.0)
        low, high = min(ys, default=0.1), max(ys, default=1.0)
        self.zero = (
            log and floor == 0 and 0.0 in finite
        )  # 0 is not on a log scale: it gets a line of its own, the lowest
        if log:
            self.y0 = float(math.floor(math.log10(low))) - self.zero
            self.y1 = max(float(math.ceil(math.log10(high) + 1e-9)), self.y0 + 1)
        else:
            pad = 0.05 * (high - low or 1.0)
            self.y0, self.y1 = low - pad, high + pad

    def x(self, value: float) -> float:
        """Abscissa on the paper."""
        return self.left + self.width * (value - self.x0) / ((self.x1 - self.x0) or 1.0)

    def y(self, value: float) -> float:
        """Ordinate on the paper; what a log scale cannot show stands on its floor."""
        shown = math.log10(value) if self.log and value > 0 else self.y0 if self.log else value
        return self.bottom + self.height * (max(shown, self.y0) - self.y0) / (self.y1 - self.y0)

    def edge(self, start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
        """The point where the straight line from a place in the frame to another leaves the frame; the other place if it does not."""
        lows = self.left, self.bottom
        highs = self.left + self.width, self.bottom + self.height
        shares = [
            ((high if z > a else low) - a) / (z - a)
            for a, z, low, high in zip(start, end, lows, highs, strict=True)
            if z != a
        ]
        share = min(1.0, *shares) if shares else 1.0
        return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])

    def x_ticks(self) -> list[float]:
        """Round abscissas."""
        return _round(self.x0, self.x1, max(2, int(self.width / 62)))

    def y_ticks(self) -> list[tuple[float, str]]:
        """Ordinates with their text: powers of ten on a log scale."""
        if not self.log:
            return [(v, _figure(v)) for v in _round(self.y0, self.y1, max(2, int(self.height / 40)))]
        span = self.y1 - self.y0
        step = max(1, math.ceil(span * 36 / self.height))
        exponents = range(int(self.y1) // step * step, int(self.y0) - 1, -step)
        ticks = [(10.0**e, f"10{str(e).translate(_SUPER)}") for e in exponents if not self.zero or e > self.y0]
        return [*ticks, (0.0, "0")] if self.zero else ticks


def _figure(value: float) -> str:
    """A tick's text: whole numbers without a point."""
    return number(int(value) if value == int(value) else value, 2)


def _round(low: float, high: float, at_most: int) -> list[float]:
    if high <= low:
        return [low]
    raw = (high - low) / at_most
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(size * m for m in (1, 2, 5, 10) if size * m >= raw)
    whole = all(float(v).is_integer() for v in (low, high))
    step = max(step, 1.0) if whole else step
    first = math.ceil(low / step - 1e-9)
    return [first * step + i * step for i in range(int((high - first * step) / step + 1e-9) + 1)]


class Paper:
    """Collects the parts of a chart."""

    def __init__(self) -> None:
        self.cards: list[Card] = []
        self.links: list[Link] = []
        self.marks: list[Mark] = []

    def point(self, x: float, y: float) -> str:
        """An invisible point that lines can start from."""
        name = f"p{len(self.cards)}"
        self.cards.append(Card(name, "op", "", shape="point", at=(x, y)))
        return name

    def line(self, points: list[tuple[float, float]], colour: str, width: float) -> None:
        """A line through points."""
        if len(points) < 2:
            return
        for first in range(0, len(points) - 1, _PIECE):
            self._piece(points[first : first + _PIECE + 1], colour, width)

    def _piece(self, points: list[tuple[float, float]], colour: str, width: float) -> None:
        path = [points[0]]
        for (ax, ay), (bx, by) in pairwise(points):
            path += [(ax + (bx - ax) / 3, ay + (by - ay) / 3), (bx - (bx - ax) / 3, by - (by - ay) / 3), (bx, by)]
        course = " ".join(f"{x:.1f},{y:.1f}" for x, y in path)
        ends = self.point(*points[0]), self.point(*points[-1])
        self.links.append(Link(*ends, colour=colour, width=width, arrow=False, path=course))

    def text(
        self, x: float, y: float, text: str, *, size: int = theme.SMALL, colour: str | None = None, bold: bool = False
    ) -> None:
        """Text that starts at x."""
        self.marks.append(Mark((x, y), text, size, colour, bold=bold, anchor="start"))

    def middle(
        self, x: float, y: float, text: str, *, size: int = theme.SMALL, colour: str | None = None, bold: bool = False
    ) -> None:
        """Text around x."""
        self.marks.append(Mark((x, y), text, size, colour, bold=bold))

    def end(
        self, x: float, y: float, text: str, *, size: int = theme.SMALL, colour: str | None = None, bold: bool = False
    ) -> None:
        """Text that ends at x."""
        self.marks.append(Mark((x, y), text, size, colour, bold=bold, anchor="end"))

    def bar(self, left: float, bottom: float, right: float, top: float, fill: str, tooltip: str = "") -> None:
        """A filled rectangle."""
        centre = ((left + right) / 2, (bottom + top) / 2)
        self.marks.append(Mark(centre, fill=fill, extent=(right - left, top - bottom), tooltip=tooltip))

    def arrow(self, start: tuple[float, float], end: tuple[float, float], colour: str, width: float = 2.2) -> None:
        """A straight arrow."""
        (ax, ay), (bx, by) = start, end
        far = max(math.hypot(bx - ax, by - ay), 1e-9)
        share = max(1 - 7 / far, 0.0)  # the head takes the rest
        neck = ax + (bx - ax) * share, ay + (by - ay) * share
        course = " ".join(
            f"{ax + (neck[0] - ax) * part:.1f},{ay + (neck[1] - ay) * part:.1f}" for part in (0, 1 / 3, 2 / 3, 1)
        )
        ends = self.point(*start), self.point(*end)
        self.links.append(Link(*ends, colour=colour, width=width, path=f"e,{bx:.1f},{by:.1f} {course}"))

    def cells(self, colours: list[list[str]], left: float, bottom: float, width: float, height: float) -> None:
        """A grid of coloured cells, the first row at the bottom; neighbours of one colour are one bar."""
        tall = height / len(colours)
        for i, row in enumerate(colours):
            wide, j = width / len(row), 0
            for fill, run in groupby(row):
                n = len(list(run))
                self.bar(left + j * wide, bottom + i * tall, left + (j + n) * wide, bottom + (i + 1) * tall, fill)
                j += n

    def frame(self, axes: Axes, *, x_name: str, y_name: str, grid: bool = True) -> None:
        """Grid and ticks, with their units."""
        for value, text in axes.y_ticks():
            y = axes.y(value)
            if grid:
                self.line([(axes.left, y), (axes.left + axes.width, y)], theme.HAIRLINE, 0.7)
            self.end(axes.left - 8, y, text, size=theme.MEDIUM)
        for value in axes.x_ticks():
            self.marks.append(
                Mark(
                    (axes.x(value), axes.bottom - 14),
                    _figure(value),
                    theme.MEDIUM,
                )
            )
        self.text(axes.left - 44, axes.bottom + axes.height + 20, y_name, size=theme.MEDIUM, colour=theme.INK)
        self.end(axes.left + axes.width + 4, axes.bottom - 32, x_name, size=theme.MEDIUM)

    def lines(self, series: list[Series], axes: Axes, *, x_name: str, y_name: str) -> None:
        """Frame, grid, ticks and the series with their names at their ends."""
        self.frame(axes, x_name=x_name, y_name=y_name)
        taken: list[float] = []
        for s in series:
            points = self.curve(s, axes)
            y = points[-1][1] if points else axes.bottom
            while any(abs(y - other) < 16 for other in taken):
                y -= 4
            taken.append(y)
            self.text(axes.left + axes.width + 12, y, s.name, size=theme.MEDIUM, colour=s.colour, bold=True)

    def curve(self, series: Series, axes: Axes, width: float = 2.2) -> list[tuple[float, float]]:
        """One line, with dots where they can be told apart; gives where it passes."""
        points = [(axes.x(x), axes.y(y)) for x, y in zip(series.x, series.y, strict=True) if math.isfinite(y)]
        self.line(points, series.colour, width)
        if len(points) <= 40:
            for x, y in points:
                self.bar(x - width, y - width, x + width, y + width, series.colour)
        return points

    def diagram(self, title: str, guide: str, *, left: float, top: float) -> Diagram:
        """The chart under its title."""
        return Diagram(
            title,
            guide,
            cards=tuple(self.cards),
            links=tuple(self.links),
            marks=tuple(self.marks),
            heading=Heading(left, top),
        )


def curves(series: list[Series], *, title: str, guide: str, x_name: str, y_name: str, log: bool = False) -> Diagram:
    """A line chart.

    Example:
        >>> line = Series("x²", (0.0, 1.0, 2.0), (0.0, 1.0, 4.0), "#0072b2")
        >>> curves([line], title="A parabola", guide="x² against x.", x_name="x", y_name="x²").title
        'A parabola'
    """
    paper = Paper()
    paper.lines(series, Axes(series, log=log), x_name=x_name, y_name=y_name)
    return paper.diagram(title, guide, left=-44, top=HEIGHT + 40)
