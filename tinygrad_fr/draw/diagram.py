"""A picture before any format: cards, links, panels. Points are 1/72 inch, y goes up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True)
class Row:
    """One line of a card.

    Attributes:
        label: small grey words.
        text: the figure.
        colour: of the figure.
        bold: whether the figure is what the picture is about.
        gradient: its gradient, in the same line.
    """

    label: str
    text: str
    colour: str | None = None
    bold: bool = False
    gradient: str = ""


@dataclass(frozen=True)
class Chip:
    """A parameter inside the card of the operation that uses it: never a node of its own, so never a hub."""

    name: str
    note: str
    gradient: str = ""


@dataclass(frozen=True)
class Band:
    """A measure on a card: its number on its colour."""

    text: str
    colour: str


@dataclass(frozen=True)
class Card:
    """One box.

    Attributes:
        id: unique in the picture.
        kind: ``input``, ``parameter``, ``op``, ``part`` or ``output``; chooses the colours.
        symbol: large, in the colour of its role.
        word: the word for it, small and grey.
        rows: lines under the title.
        strip: colours of a heat strip, one a cell.
        chips: parameters used here.
        colour: of the symbol and border, instead of the kind's.
        tooltip: the same in words.
        step: time step it belongs to.
        panel: id of the panel it stands in.
        shape: ``card``, or ``dot`` for a small round operator.
        at: pinned centre, in points.
        subscript: small and low behind the symbol.
        size: least width and height, in points, so that a card keeps its size whatever it says.
        border: width of the border, in points.
        band: what is measured, on its colour, over the title.
    """

    id: str
    kind: str
    symbol: str
    word: str = ""
    rows: tuple[Row, ...] = ()
    strip: tuple[str, ...] = ()
    chips: tuple[Chip, ...] = ()
    colour: str | None = None
    tooltip: str = ""
    step: int | None = None
    panel: str | None = None
    shape: str = "card"
    at: tuple[float, float] | None = None
    subscript: str = ""
    size: tuple[float, float] | None = None
    border: int = 1
    band: Band | None = None


@dataclass(frozen=True)
class Link:
    """One use of a card by another.

    Attributes:
        source: id of the card whose value is used.
        target: id of the card that uses it.
        kind: ``forward``, ``backward`` (the arrow points back), or ``both``.
        label: the number it carries.
        label_at: where that stands on a pinned picture, when it has been measured.
        colour: of the line.
        width: of the line, in points.
        tooltip: the same in words.
        path: pinned spline in Graphviz's ``pos`` syntax.
        ports: compass points where it leaves and enters.
        arrow: whether it has a head.
        dashed: whether the line is.
    """

    source: str
    target: str
    kind: str = "forward"
    label: str = ""
    colour: str | None = None
    width: float = 1.1
    tooltip: str = ""
    path: str | None = None
    ports: tuple[str, str] | None = None
    arrow: bool = True
    dashed: bool = False
    label_at: tuple[float, float] | None = None


@dataclass(frozen=True)
class Panel:
    """A quiet background: a module, or a time step.

    Attributes:
        id: unique in the picture.
        title: what it is.
        parent: id of the panel around it.
        step: the time step, when it is one.
        box: pinned rectangle (left, bottom, right, top), in points.
    """

    id: str
    title: str
    parent: str | None = None
    step: int | None = None
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class Mark:
    """A pinned text or coloured bar.

    Attributes:
        at: centre, in points; for a text, the point that ``anchor`` names.
        anchor: ``start``, ``middle`` or ``end`` of the text.
        text: what it says.
        size: of the type.
        colour: of the type, that of words by default.
        fill: colour of a bar, None for text alone.
        extent: width and height of a bar.
        tooltip: the same in words.
        bold: whether the text is.
        code: whether every letter is as wide as any other.
    """

    at: tuple[float, float]
    text: str = ""
    size: int = 10
    colour: str | None = None
    fill: str | None = None
    extent: tuple[float, float] | None = None
    tooltip: str = ""
    bold: bool = False
    anchor: str = "middle"
    code: bool = False


@dataclass(frozen=True)
class Heading:
    """The title and what goes with it, standing above a pinned picture.

    Attributes:
        left: where its lines start, in points.
        bottom: where its last line ends.
    """

    left: float
    bottom: float


@dataclass(frozen=True)
class Key:
    """One entry of the legend.

    Attributes:
        word: what it means.
        sign: the sign itself.
        colour: of the sign.
    """

    word: str
    sign: str
    colour: str | None = None


@dataclass(frozen=True)
class Less:
    """Other pictures in place of a picture, each of which shows less.

    Attributes:
        pieces: make them, in the order in which they are looked at.
        said: a sentence on what none of them shows; empty if together they show everything.
    """

    pieces: tuple[Callable[[], Diagram], ...]
    said: str = ""


@dataclass(frozen=True, repr=False)
class Diagram:
    """A whole picture.

    Attributes:
        title: its message, in one sentence.
        guide: the line that teaches how to read it.
        direction: where the forward pass goes, ``LR`` or ``TB``.
        legend: the meaning of signs and colours.
        note: what was left out, if anything.
        heading: place of the title, in a pinned picture.
        letters: how many a line of the heading holds; 0 is any number.
        frame: width and height of a page that the picture is already, from (0, 0): it fills any page as it is.
        less: other ways to show it, each with larger type than the one before, for a page where its own is too small.

    Example:
        >>> x, y = Card("x", "input", "x"), Card("y", "op", "tanh")
        >>> drawn = Diagram("One operation", cards=(x, y), links=(Link("x", "y"),))
        >>> drawn.pinned, drawn.replaced(cards=(replace(x, at=(0, 0)), replace(y, at=(90, 0)))).pinned
        (False, True)
    """

    title: str
    guide: str = ""
    cards: tuple[Card, ...] = ()
    links: tuple[Link, ...] = ()
    panels: tuple[Panel, ...] = ()
    marks: tuple[Mark, ...] = ()
    legend: tuple[Key, ...] = ()
    direction: str = "LR"
    note: str = ""
    heading: Heading | None = None
    letters: int = 0
    frame: tuple[float, float] | None = None
    less: tuple[Less, ...] = ()

    @property
    def pinned(self) -> bool:
        """Whether every card has its place already."""
        return bool(self.cards or self.marks) and all(card.at is not None for card in self.cards)

    @property
    def routed(self) -> bool:
        """Whether the lines have their course already."""
        return any(link.path is not None for link in self.links)

    def __repr__(self) -> str:
        return f"<Diagram “{self.title}”: {len(self.cards)} cards, {len(self.links)} links>"

    def replaced(self, **changes: Any) -> Diagram:
        """The picture with some parts changed."""
        return replace(self, **changes)


def apart(
    diagram: Diagram, make: Callable[..., Diagram], shown: Sequence[Any], together: tuple[int, ...], *before: Any
) -> Diagram:
    """A picture of several things, which also knows how to show fewer of them at once.

    Args:
        diagram: the picture of all of them.
        make: draws some of them; they come after ``before``.
        shown: the things.
        together: how many stand in a picture, the most first.
        before: what ``make`` takes first.

    Example:
        >>> def named(words):
        ...     return Diagram(" and ".join(words))
        >>> drawn = apart(named(["a", "b", "c"]), named, ["a", "b", "c"], (2,))
        >>> [make().title for make in drawn.less[0].pieces]
        ['a and b', 'c']
    """
    return diagram.replaced(
        less=tuple(
            Less(tuple(partial(make, *before, shown[i : i + size]) for i in range(0, len(shown), size)))
            for size in together
            if size < len(shown)
        )
    )
