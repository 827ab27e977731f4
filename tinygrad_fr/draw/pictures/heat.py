"""Gates of a long sequence: units as rows, time as columns, the road of the state and what was read under them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.draw import theme
from tinygrad_fr.draw.chart import Axes, Paper, Series
from tinygrad_fr.draw.diagram import Less
from tinygrad_fr.draw.words import colours, roles
from tinygrad_fr.locale import _, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tinygrad_fr.draw.diagram import Diagram
    from tinygrad_fr.explain.lenses.gates import Gates

_UNITS = 16  # rows a symbol
_COLUMNS = 128
_WIDE = 860.0  # all maps together
_BESIDE = 150.0  # for words right of a map
_CURVES = 84.0
_NAMES = 152.0  # for words left of a map
_GAP = 24.0  # between maps that have no words beside them
_HIGH, _LOW = 72.0, 40.0  # a map of several units, in a window and on a slide
_LEAST = 1e-12  # shares under this stand on the floor


def heat_diagram(
    runs: Sequence[Gates], titles: Sequence[str] = ("",), *, slide: bool = False, brief: bool = False
) -> Diagram:
    """Every gate and state as a map of heat; several runs of one model side by side on the same scales.

    Args:
        runs: what was read.
        titles: over each run.
        slide: whether it stands on a slide, whose words are large: the gates and the state that they keep, on low maps.
        brief: whether the maps and the road stand alone, without the curves under them and the figures beside them.

    Example:
        >>> from tinygrad_fr.explain import Gates
        >>> symbols = ("z", "r", "h̃", "h")
        >>> half, ones = {s: np.full((3, 2), 0.5) for s in symbols}, {s: np.ones(3) for s in symbols}
        >>> found = Gates("gru", "gru", "torch", (1, 2, 3), half, ones, None, ("a", "b", "c"), None)
        >>> [mark.text for mark in heat_diagram([found]).marks if mark.text in symbols]  # and the road of h
        ['z', 'r', 'h̃', 'h', 'h']
    """
    paper, slide = Paper(), slide or theme.on_slides()
    scales = _Scales(runs)
    wide = (_WIDE - 260 * slide) / len(runs)
    beside = _GAP if brief else _BESIDE + 40 * slide
    for rank, (gates, title) in enumerate(zip(runs, titles, strict=True)):
        _Map(paper, gates, scales, rank * (wide + beside), wide, named=rank == 0, slide=slide, brief=brief).draw(title)
    first = runs[0]
    heading = _("{kind}: what each gate lets through, {steps} steps").format(
        kind=first.name.upper(), steps=len(first.steps)
    )
    guide = "\n".join(
        [
            *filter(None, [first.which]),
            _("Columns: time. Rows: units. {colours}").format(colours=colours()),
            _("Line under each map: the gradient of the loss there. Road: as thick as the share of {state} that a step keeps.").format(
                state=first.state
            ),
        ]
    )  # fmt: skip
    if slide:
        guide = first.which
    elif scales.shares[0] < _LEAST:
        guide += "\n" + _("Values under {least} stand on the chart’s floor.").format(least=number(_LEAST))
    drawn = paper.diagram(heading, guide, left=-_NAMES - 28 * slide - 48, top=44 if any(titles) else 26)
    if brief:
        return drawn
    maps = Less(
        (partial(heat_diagram, runs, titles, slide=slide, brief=True),),
        _("a slide has room for the maps: the curves and the figures beside them are left out"),
    )
    alone = [partial(heat_diagram, [run], [title], slide=slide) for run, title in zip(runs, titles, strict=True)]
    return drawn.replaced(less=(*[Less(tuple(alone))][: len(runs) - 1], maps))


class _Scales:
    """What the runs of a picture share, so that their colours can be compared."""

    def __init__(self, runs: Sequence[Gates]) -> None:
        self.values = {s: max(theme.largest(run.values[s]) for run in runs) for s in runs[0].symbols}
        self.low, self.high = theme.span(norm for run in runs for s in run.symbols for norm in run.gradients[s])
        self.shares = theme.span(share for run in runs for share in (*run.road, *(run.carried or ())))


class _Map:
    """One run."""

    def __init__(
        self,
        paper: Paper,
        gates: Gates,
        scales: _Scales,
        left: float,
        wide: float,
        *,
        named: bool,
        slide: bool,
        brief: bool,
    ) -> None:
        self.slide, self.brief = slide, brief
        self.paper, self.gates, self.scales, self.left, self.wide, self.named = paper, gates, scales, left, wide, named
        self.columns = np.linspace(0, len(gates.steps) - 1, min(len(gates.steps), _COLUMNS)).round().astype(int)
        self.width = min(wide / len(self.columns), 46.0)
        self.right = left + len(self.columns) * self.width

    def sides(self, column: int) -> tuple[float, float]:
        return self.left + column * self.width, self.left + (column + 1) * self.width - 0.3

    def draw(self, title: str) -> None:
        if title:
            self.paper.text(self.left, 18, title, size=theme.LARGE, colour=theme.INK, bold=True)
        y, openness = 0.0, self.gates.openness()
        kept = (*self.gates.sigmoids, self.gates.state)
        for symbol in kept if self.slide else self.gates.symbols:
            y = self.symbol(symbol, y, openness.get(symbol))
        y = self.road(y)
        y = y if self.brief else self.curves(y)
        self.axis(y)

    def name(self, y: float, symbol: str, word: str, colour: str) -> None:
        if self.named:
            names = self.left - _NAMES - 28 * self.slide
            self.paper.end(names, y, symbol, size=theme.LARGE, colour=colour)
            self.paper.text(names + 6, y, word, size=theme.MEDIUM)

    def symbol(self, symbol: str, y: float, shares: tuple[float, float] | None) -> float:
        """The map of one symbol, its gradient under it, how often it is open or closed beside; gives what is under."""
        values = _rows(self.gates.values[symbol])
        units = int(values.shape[1])
        tall = _LOW / units if self.slide else max(4.0, min(9.0, _HIGH / units))
        colour, high = theme.scale_of(symbol), tall * units
        for column, index in enumerate(self.columns):
            left, right = self.sides(column)
            t = self.gates.steps[index]
            for unit in range(units):
                top, value = y - unit * tall, float(values[index, unit])
                fill = colour(value, self.scales.values[symbol])
                self.paper.bar(left, top - tall + 0.3, right, top, fill, f"{symbol} · t = {t} · {number(value, 2)}")
            norm = float(self.gates.gradients[symbol][index])
            fill = theme.magnitude(norm, self.scales.low, self.scales.high)
            tip = f"t = {t} · ‖∂L/∂{symbol}‖ = {number(norm)}"
            self.paper.bar(left, y - high - 8, right, y - high - 2, fill, tip)
        middle = y - high / 2
        self.name(middle, symbol, roles()[symbol], theme.ROLES[symbol])
        if self.brief:
            return y - high - 22 - 4 * self.slide
        if shares is not None:
            opened, closed = (number(100 * share, 0) for share in shares)
            self.paper.text(
                self.right + 10, middle + 8, _("open > 0.9: {share} %").format(share=opened), size=theme.MEDIUM
            )
            self.paper.text(
                self.right + 10, middle - 8, _("closed < 0.1: {share} %").format(share=closed), size=theme.MEDIUM
            )
        norms = self.gates.gradients[symbol]
        ends = f"{number(float(norms[0]))} → {number(float(norms[-1]))}"
        self.paper.text(self.right + 10, y - high - 6, ends, colour=theme.PEAK)
        return y - high - 22 - 4 * self.slide

    def road(self, y: float) -> float:
        """The road of the state: at each step as thick as the mean share that is kept."""
        middle = y - 14
        kept = self.gates.kept.mean(axis=1)
        for column, index in enumerate(self.columns):
            left, right = self.sides(column)
            half = 0.5 + 11 * float(kept[index])
            tip = f"t = {self.gates.steps[index]} · {number(float(kept[index]), 2)}"
            self.paper.bar(left, middle - half, right + 0.3, middle + half, theme.INK, tip)
        self.name(middle, self.gates.state, _("kept at each step"), theme.INK)
        if not self.brief:
            mean = _("mean {share}").format(share=number(float(kept.mean()), 2))
            self.paper.text(self.right + 10, middle, mean, size=theme.MEDIUM)
        return y - 44

    def curves(self, y: float) -> float:
        """What the road alone lets back from the end, and what was measured."""
        gates, state = self.gates, self.gates.state
        places = tuple(map(float, gates.steps))
        alone = Series(f"∏ {gates.keeper}", places, gates.road, theme.ROLES["f"])
        measured = Series(f"‖∂{state}_T/∂{state}_t‖", places, gates.carried or (), theme.BACKWARD_TEXT)
        lines = [alone] if gates.carried is None else [alone, measured]
        ends = Series("", (places[0], places[-1]), self.scales.shares, "")
        axes = Axes([ends], log=True, left=self.left + self.width / 2, bottom=y - _CURVES, height=_CURVES,
                    width=self.right - self.left - self.width, floor=_LEAST)  # fmt: skip
        for value, text in axes.y_ticks():
            level = axes.y(value)
            self.paper.line([(self.left, level), (self.right, level)], theme.HAIRLINE, 0.7)
            if self.named:
                self.paper.end(self.left - 6, level, text, size=theme.MEDIUM)
        for rank, line in enumerate(lines):
            self.paper.curve(line, axes)
            self.paper.text(
                self.right + 10, y - 10 - 34 * rank, line.name, size=theme.MEDIUM, colour=line.colour, bold=True
            )
            share = _("from 1 to T: {share}").format(share=number(line.y[0]))
            self.paper.text(self.right + 10, y - 25 - 34 * rank, share, size=theme.SMALL, colour=line.colour)
        return y - _CURVES - 16

    def axis(self, y: float) -> None:
        """Time, and what was read."""
        every = max(1, -(-len(self.columns) // max(1, int(len(self.columns) * self.width / 40))))
        for column, index in enumerate(self.columns):
            left, right = self.sides(column)
            centre = (left + right) / 2
            if column % every == 0:
                self.paper.middle(centre, y, str(self.gates.steps[index]), size=theme.MEDIUM)
            if self.gates.tokens:
                size = theme.LARGE if self.width > 12 else theme.SMALL
                self.paper.middle(centre, y - 22, self.gates.tokens[index], size=size, colour=theme.INK, bold=True)
        if self.slide and not self.gates.tokens:
            return
        if not self.gates.tokens and self.gates.inputs is not None:
            values = _rows(self.gates.inputs)
            scale, tall = theme.largest(values), max(5.0, min(9.0, 30 / values.shape[1]))
            for column, index in enumerate(self.columns):
                left, right = self.sides(column)
                for row in range(values.shape[1]):
                    top = y - 12 - row * tall
                    value = float(values[index, row])
                    self.paper.bar(left, top - tall + 0.3, right, top, theme.signed(value, scale), number(value, 2))
        self.name(y - 22, "x", _("what was read"), theme.READ)
        if self.named:
            self.paper.end(self.left - 6, y, "t", size=theme.MEDIUM)


def _rows(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """At most sixteen units, spread over all of them."""
    if values.shape[1] <= _UNITS:
        return values
    return values[:, np.linspace(0, values.shape[1] - 1, _UNITS).round().astype(int)]
