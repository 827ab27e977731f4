"""The anatomy of a gated cell, unrolled: the state is a straight road, and the gates stand beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from tinygrad_fr.draw import theme
from tinygrad_fr.draw.diagram import Card, Diagram, Heading, Key, Less, Link, Mark, Panel, Row
from tinygrad_fr.draw.words import colours, roles, subscript
from tinygrad_fr.locale import _, number

if TYPE_CHECKING:
    from collections.abc import Callable

    from tinygrad_fr.explain.lenses.gates import Gates

STEP = 378.0  # points from one step to the next
BUS = 14.0  # points from a step's left side to the bar [h, x]
WINDOW = 8  # steps drawn as an anatomy at most
_UNITS = 8  # cells of a strip
_LOWER = 0.6  # height of an anatomy whose cards have no figures
_FITS = 16  # letters of a card's words on a slide; longer ones stand in the legend
_TOGETHER = 2  # steps as cells that one slide has room for
_READ = 12  # numbers of the input that are shown


@dataclass(frozen=True)
class _Anatomy:
    """The places of cards and operators in one step, in points; the road's height is 0.

    Attributes:
        cards: symbol → place.
        operators: key → sign and place.
        links: source, target, and the symbol whose colour the line bears.
    """

    cards: dict[str, tuple[float, float]]
    operators: dict[str, tuple[str, tuple[float, float]]]
    links: tuple[tuple[str, str, str], ...]
    road: tuple[str, ...]
    bottom: float

    def lower(self, share: float) -> _Anatomy:
        """The same with everything nearer to the road."""
        return replace(
            self,
            cards={symbol: (x, share * y) for symbol, (x, y) in self.cards.items()},
            operators={key: (sign, (x, share * y)) for key, (sign, (x, y)) in self.operators.items()},
            bottom=share * self.bottom,
        )


_LSTM = _Anatomy(
    cards={"f": (95, -80), "i": (95, -172), "C̃": (95, -256), "o": (95, -340), "C": (286, 0), "h": (286, -320)},
    operators={
        "keep": ("⊙", (160, 0)),
        "add": ("+", (200, 0)),
        "write": ("⊙", (200, -214)),
        "squash": ("tanh", (286, -116)),
        "show": ("⊙", (286, -224)),
    },
    links=(
        ("f", "keep", "f"),
        ("i", "write", "i"),
        ("C̃", "write", "C̃"),
        ("write", "add", ""),
        ("C", "squash", ""),
        ("squash", "show", ""),
        ("o", "show", "o"),
        ("show", "h", ""),
    ),
    road=("keep", "add", "C"),
    bottom=-428,
)


def _gru(convention: str) -> _Anatomy:
    """The GRU's anatomy: the course keeps 1 − z of the old state and writes z; PyTorch exchanges the two."""
    course = convention == "course"
    inverted = (("z", "flip", "z"), ("flip", "keep" if course else "write", "z"))
    return _Anatomy(
        cards={"z": (95, -90), "r": (95, -182), "h̃": (226, -278), "h": (286, 0)},
        operators={
            "keep": ("⊙", (158, 0)),
            "add": ("+", (194, 0)),
            "flip": ("1−", (164, -38) if course else (176, -116)),
            "reset": ("⊙", (180, -216)),
            "write": ("⊙", (194, -158)),
        },
        links=(
            *inverted,
            ("z", "write" if course else "keep", "z"),
            ("r", "reset", "r"),
            ("reset", "h̃", ""),
            ("h̃", "write", ""),
            ("write", "add", ""),
        ),
        road=("keep", "add", "h"),
        bottom=-362,
    )


def cell_diagram(gates: Gates, steps: tuple[int, ...] | None = None, *, slide: bool = False) -> Diagram:
    """The unrolled cell with the values of a run.

    Args:
        gates: what was read off the run.
        steps: which steps to draw; the first eight by default.
        slide: whether it stands on a slide, whose words are large: the values without their figures; as in ``theme`` by default.

    Example:
        >>> from tinygrad_fr.explain import observed
        >>> from tinygrad_fr.plugins import Catalogue
        >>> model = Catalogue().load("lstm")
        >>> run = observed(model, model.settings)
        >>> from tinygrad_fr.explain import gates
        >>> len(cell_diagram(gates(run), (1, 2)).cards) > 0
        True
    """
    chosen = [gates.steps.index(t) for t in (steps or gates.steps[:WINDOW])]
    drawn = _Drawing(gates, chosen, slide=slide or theme.on_slides()).diagram()
    if len(chosen) <= _TOGETHER:
        return drawn
    shown = [gates.steps[i] for i in chosen]
    pairs = [tuple(shown[i : i + _TOGETHER]) for i in range(0, len(shown), _TOGETHER)]
    return drawn.replaced(less=(Less(tuple(partial(cell_diagram, gates, pair, slide=slide) for pair in pairs)),))


class _Drawing:
    def __init__(self, gates: Gates, chosen: list[int], *, slide: bool) -> None:
        self.gates, self.chosen, self.slide = gates, chosen, slide
        anatomy = _LSTM if gates.kind == "lstm" else _gru(gates.convention)
        self.anatomy = anatomy.lower(_LOWER) if slide else anatomy
        self.words = roles()
        self.scales = {s: theme.largest(gates.values[s]) for s in gates.symbols}
        self.keep = gates.kept.mean(axis=1)  # the road's width

    def width(self, index: int) -> float:
        return 0.8 + 8.0 * float(self.keep[index])

    def diagram(self) -> Diagram:
        cards, links, panels, marks = [], [], [], []
        for column, index in enumerate(self.chosen):
            x = column * STEP
            t = self.gates.steps[index]
            cards += self._cards(index, x)
            links += self._links(index, column)
            panels.append(Panel(f"t{t}", "", box=(x - 8, self.anatomy.bottom - 22, x + 350, 62)))
            marks.append(Mark((x + 20, 48), f"t = {t}", theme.MEDIUM, theme.WORDS))
            marks += [*self._gradient(index, x), *self._reading(index, x), *self._road(index, x)]
            marks.append(self._bus(x))
            marks.append(Mark((x + BUS, -30), "[h, x]", theme.SMALL, theme.READ))
        title, guide = self._words()
        start = Card("start", "op", "", shape="point", at=(-38, 0))
        return Diagram(
            title,
            guide,
            cards=(start, *cards),
            links=tuple(links),
            panels=tuple(panels),
            marks=tuple(marks),
            legend=self._legend(),
            heading=Heading(-10, 72),
        )

    def _words(self) -> tuple[str, str]:
        last = self.gates.steps[self.chosen[-1]]
        title = (
            _("LSTM unrolled: what each gate lets through")
            if self.gates.kind == "lstm"
            else _("GRU unrolled: what each gate lets through")
        )
        road = (
            _("The thick road: the cell C; its width is the forget gate’s mean, the share that is kept.")
            if self.gates.kind == "lstm"
            else _("The thick road: the state h; its width is the mean share of the old state that is kept.")
        )
        guide = colours()
        first, total = self.gates.steps[self.chosen[0]], len(self.gates.steps)
        more = (
            _("Step {step} of {total}.").format(step=last, total=total)
            if first == last
            else _("Steps {first} to {last} of {total}.").format(first=first, last=last, total=total)
        )
        whole = len(self.chosen) == len(self.gates.steps)
        if self.slide:
            return title, "\n".join(filter(None, [self.gates.which, "" if whole else more]))
        back = _(
            "Under each step: the gradient of the loss, what the road alone lets back from the end (∏), and what comes back by every path."
        )
        which = f"{self.gates.which}\n" if self.gates.which else ""
        return title, f"{which}{guide}\n{road}\n{back}" + ("" if whole else f" {more}")

    def _legend(self) -> tuple[Key, ...]:
        return tuple(Key(self.words[s], s) for s in self.gates.symbols if not (self.slide and self._fits(s)))

    def _fits(self, symbol: str) -> bool:
        return not self.slide or len(self.words[symbol]) <= _FITS

    def _cards(self, index: int, x: float) -> list[Card]:
        cards = []
        t = self.gates.steps[index]
        for symbol, (dx, dy) in self.anatomy.cards.items():
            row = self.gates.values[symbol][index]
            colour: Callable[[float, float], str] = theme.scale_of(symbol)
            cells = row if row.size <= _UNITS else np.array([part.mean() for part in np.array_split(row, _UNITS)])
            strip = tuple(colour(float(v), self.scales[symbol]) for v in cells)
            gate = symbol in self.gates.sigmoids
            mean = (Row(_("mean"), number(float(row.mean()), 2)),) if gate else ()
            norm = number(float(self.gates.gradients[symbol][index]))
            gradient = Row(f"‖∂L/∂{symbol}‖", norm, theme.BACKWARD_TEXT)
            cards.append(
                Card(
                    f"{symbol} {t}",
                    "op",
                    symbol,
                    subscript=subscript(t),
                    word=self.words[symbol] if self._fits(symbol) else "",
                    strip=strip,
                    rows=() if self.slide else (*mean, gradient),
                    colour=theme.ROLES[symbol],
                    at=(x + dx, dy),
                    tooltip=f"{symbol}{subscript(t)} {self.words[symbol]}: {', '.join(number(float(v), 2) for v in row[:32])}",
                )
            )
        for key, (sign, (dx, dy)) in self.anatomy.operators.items():
            shape = "pill" if len(sign) > 2 else "dot"
            cards.append(Card(f"{key} {t}", "op", sign, at=(x + dx, dy), shape=shape))
        cards.append(
            Card(
                f"x {t}",
                "input",
                f"x{subscript(t)}",
                at=(x + BUS, self.anatomy.bottom),
                shape="pill",
                tooltip=_("input"),
            )
        )
        low = self.anatomy.cards.get("h̃", (0.0, 0.0))[1]
        for key, y in (("bus", (self.anatomy.bottom - 10) / 2), ("low", low)):
            cards.append(Card(f"{key} {t}", "op", "", shape="point", at=(x + BUS, y)))
        return cards

    def _reading(self, index: int, x: float) -> list[Mark]:
        """The input of the step: its token, or its numbers as a strip."""
        left, y = x + BUS + 30, self.anatomy.bottom
        if self.gates.tokens:
            return [Mark((left, y), self.gates.tokens[index], theme.TITLE, theme.INK, bold=True, anchor="start")]
        if self.gates.inputs is None:
            return []
        values = self.gates.inputs[index][:_READ]
        scale = theme.largest(self.gates.inputs)
        if values.size == 1:
            return [Mark((left, y), f"= {number(float(values[0]), 2)}", theme.MEDIUM, theme.INK, anchor="start")]
        wide = 14.0 * values.size
        return [
            Mark((left + wide / 2 - 7, y), fill=theme.FAINT, extent=(wide + 1, 15)),
            *(
                Mark(
                    (left + 14 * i, y), fill=theme.signed(float(v), scale), extent=(13, 13), tooltip=number(float(v), 2)
                )
                for i, v in enumerate(values)
            ),
        ]

    def _road(self, index: int, x: float) -> list[Mark]:
        """The share that the step keeps, over the road; and the share that is kept to the end, under the picture."""
        gates, t = self.gates, self.gates.steps[index]
        place = self.anatomy.operators["keep"][1][0]
        kept = Mark(
            (x + place, 22), f"×{number(float(self.keep[index]), 2)}", theme.MEDIUM, theme.ROLES["f"], bold=True
        )
        end = subscript(gates.steps[-1])
        words = [f"∏ {gates.keeper} = {number(gates.road[index])}"]
        if gates.carried is not None:
            words.append(f"‖∂{gates.state}{end}/∂{gates.state}{subscript(t)}‖ = {number(gates.carried[index])}")
        text = " · ".join(words)
        return [kept, Mark((x + 20, self.anatomy.bottom - 88), text, theme.MEDIUM, theme.INK, anchor="start")]

    def _bus(self, x: float) -> Mark:
        top, bottom = -44.0, self.anatomy.bottom + 30
        return Mark((x + BUS, (top + bottom) / 2), fill=theme.READ_FILL, extent=(9, top - bottom), tooltip="[h, x]")

    def _links(self, index: int, column: int) -> list[Link]:
        t = self.gates.steps[index]
        links = []
        road = self.width(index)
        before = f"{self.gates.state} {self.gates.steps[self.chosen[column - 1]]}" if column else "start"
        chain = [before, *(f"{key} {t}" for key in self.anatomy.road)]
        for source, target in pairwise(chain):
            last = target == chain[-1]
            ports = ("e" if source == before and column else "", "w" if last else "")
            links.append(
                Link(
                    source,
                    target,
                    colour=theme.INK,
                    width=road,
                    arrow=last,
                    ports=ports,
                    tooltip=_("kept {share}").format(share=number(float(self.keep[index]), 2)),
                )
            )
        for source, target, symbol in self.anatomy.links:
            colour = theme.ROLES.get(symbol)
            ports = ("e" if symbol and source == symbol else "", "")
            links.append(Link(f"{source} {t}", f"{target} {t}", colour=colour, width=1.3, ports=ports))
        for symbol in self.gates.sigmoids if self.gates.kind == "gru" else ("f", "i", "C̃", "o"):
            links.append(Link(f"bus {t}", f"{symbol} {t}", colour=theme.READ_LINE, ports=("", "w")))
        if self.gates.kind == "gru":
            links.append(Link(f"low {t}", f"h̃ {t}", colour=theme.READ_LINE, ports=("", "w")))
        links.append(Link(f"x {t}", f"bus {t}", colour=theme.READ_LINE, arrow=False))
        if column:
            links.append(
                Link(
                    f"h {self.gates.steps[self.chosen[column - 1]]}",
                    f"bus {t}",
                    colour=theme.WORDS,
                    width=1.6,
                    ports=("e", ""),
                )
            )
        return links

    def _gradient(self, index: int, x: float) -> list[Mark]:
        norms = self.gates.gradients["h"]
        value = float(norms[index])
        low, high = theme.span(norms)
        width = max(1.5, 300 * value / high) if np.isfinite(value) and high else 1.5
        y = self.anatomy.bottom - 46
        text = f"‖∂L/∂h{subscript(self.gates.steps[index])}‖ = {number(value)}"
        return [
            Mark((x + 20, y), text, theme.MEDIUM, theme.PEAK, anchor="start"),
            Mark(
                (x + 20 + width / 2, y - 18), fill=theme.magnitude(value, low, high), extent=(width, 11), tooltip=text
            ),
        ]
