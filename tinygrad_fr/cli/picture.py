"""Options for the look of a picture, and the writing of pictures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tinygrad_fr.cli.options import together
from tinygrad_fr.cli.output import say, write
from tinygrad_fr.draw import DPI, PAGES, PALETTES, Diagram, fitted, format_of, render, smallest_type, theme
from tinygrad_fr.draw.fit import FEWER, LEGIBLE
from tinygrad_fr.explain import answer
from tinygrad_fr.explain.levels.view import Distance, view
from tinygrad_fr.locale import _, number

if TYPE_CHECKING:
    from collections.abc import Callable

    from tinygrad_fr.explain import Observed
    from tinygrad_fr.explain.levels.view import View
    from tinygrad_fr.graph import Graph

F = TypeVar("F", bound="Callable[..., Any] | click.Command")


def picture_options() -> Callable[[F], F]:
    """``--theme``, ``--size`` and ``--dpi``, which :func:`render_options` reads."""
    return together(
        click.option("--theme", "palette", type=click.Choice(tuple(PALETTES)), default="light", show_default=True, help=_("Colours: for the screen, a dark room, a printer without colours, or weak eyes.")),
        click.option("--size", type=click.Choice((*PAGES, "poster")), help=_("Make the picture fill a slide or a page; a poster is as large as it needs to be.")),
        click.option("--dpi", type=click.IntRange(10, 1200), metavar="N", default=DPI, show_default=True, help=_("Dots per inch of a PNG.")),
    )  # fmt: skip


def with_answer(diagram: Diagram, run: Observed | None) -> Diagram:
    """The picture of a run, whose guide also says what was predicted and what is true."""
    found = answer(run) if run is not None else None
    if found is None:
        return diagram
    return diagram.replaced(guide="\n".join(filter(None, [diagram.guide, found.sentence()])))


def remark_on_type(points: float, *, chart: bool) -> None:
    """Say that type is too small on a page, and what makes it larger."""
    if points < LEGIBLE:
        text = (
            _("the smallest type is {points} pt, under the {least} pt that a room reads: show fewer things in one picture")
            if chart
            else _("the smallest type is {points} pt, under the {least} pt that a room reads: show less with --zoom module, --depth 1, --close PATH, --time A..B or fewer steps")
        )  # fmt: skip
        say(text.format(points=number(points, 1), least=LEGIBLE))


def on_page(graph: Graph, distance: Distance, rendering: RenderOptions, picture: Callable[[View], Diagram]) -> View:
    """What is seen; on a page of a given size, parts are folded until its type is legible, where nothing else was asked."""
    seen = view(graph, distance)
    if distance != Distance():
        return seen
    for cards in FEWER:
        if rendering.points(lambda: picture(seen)) >= LEGIBLE:  # noqa: B023
            break
        seen = view(graph, distance, limit=cards)
    return seen


@dataclass(frozen=True)
class RenderOptions:
    """How a picture looks.

    Attributes:
        palette: name of its colours.
        size: what it should fill, or nothing.
        dpi: of a PNG.
    """

    palette: str
    size: str | None
    dpi: int

    def draw(self, form: str, make: Callable[[], Diagram], *less: tuple[Callable[[], Diagram], str]) -> bytes:
        """The picture in a format; it is made while its colours are in force.

        Args:
            form: one of the formats.
            make: makes the picture.
            less: pictures that show less, each with the sentence that says so, for a page where its type is too small.
        """
        with theme.using(self.palette, least=self._least):
            diagram, said = make(), ""
            for smaller, sentence in less:
                if self.page is None or smallest_type(fitted(diagram, self.page), self.page) >= LEGIBLE:
                    break
                diagram, said = smaller(), sentence
            if said:
                say(said)
            return self.rendered(form, diagram)

    def rendered(self, form: str, diagram: Diagram) -> bytes:
        """A picture that is made already, in a format."""
        with theme.using(self.palette, least=self._least):
            chart = not any(card.symbol for card in diagram.cards)
            if self.size != "poster":
                diagram = fitted(diagram, self.page)
            if self.page is not None:
                remark_on_type(smallest_type(diagram, self.page), chart=chart)
            return render(diagram, form, dpi=self.dpi, page=self.page)

    @property
    def _least(self) -> int:
        """The smallest type of a picture before it fills its page, where that is asked for."""
        return LEGIBLE if self.page is not None else 0

    @property
    def page(self) -> tuple[float, float] | None:
        """Width and height of what the picture fills, where that is asked for."""
        return PAGES.get(self.size or "")

    def points(self, make: Callable[[], Diagram]) -> float:
        """How large the smallest type of a picture is on its page; endless where no page is asked for."""
        if self.page is None:
            return math.inf
        with theme.using(self.palette, least=self._least):
            return smallest_type(fitted(make(), self.page), self.page)

    def write(
        self, path: str, make: Callable[[], Diagram], *less: tuple[Callable[[], Diagram], str], quietly: bool = False
    ) -> None:
        """Write the picture, or one that shows less as :meth:`draw` does, into a file whose suffix is its format, and say so."""
        write(path, self.draw(format_of(path), make, *less))
        if path != "-" and not quietly:
            say(_("{path}: written").format(path=path))


def render_options(options: dict[str, Any]) -> RenderOptions:
    """Take the options of rendering out of a command's options."""
    return RenderOptions(options.pop("palette"), options.pop("size"), options.pop("dpi"))
