"""Options that say how a picture looks, and writing one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tinygrad_fr.cli.options import together
from tinygrad_fr.cli.output import say, write
from tinygrad_fr.draw import DPI, PAGES, PALETTES, Diagram, format_of, render, theme, wrapped
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any] | click.Command")


def picture_options() -> Callable[[F], F]:
    """``--theme``, ``--size`` and ``--dpi``, which :func:`look_of` reads."""
    return together(
        click.option("--theme", "palette", type=click.Choice(tuple(PALETTES)), default="light", show_default=True, help=_("Colours: for the screen, a dark room, a printer without colours, or weak eyes.")),
        click.option("--size", type=click.Choice((*PAGES, "poster")), help=_("Make the picture fill a slide or a page; a poster is as large as it needs to be.")),
        click.option("--dpi", type=click.IntRange(10, 1200), metavar="N", default=DPI, show_default=True, help=_("Dots per inch of a PNG.")),
    )  # fmt: skip


@dataclass(frozen=True)
class Look:
    """How a picture looks.

    Attributes:
        palette: name of its colours.
        size: what it should fill, or nothing.
        dpi: of a PNG.
    """

    palette: str
    size: str | None
    dpi: int

    def draw(self, form: str, make: Callable[[], Diagram]) -> bytes:
        """The picture in a format; it is made while its colours are in force."""
        with theme.using(self.palette):
            return self.rendered(form, make())

    def rendered(self, form: str, diagram: Diagram) -> bytes:
        """A picture that is made already, in a format."""
        with theme.using(self.palette):
            if self.size != "poster":
                diagram = wrapped(diagram, PAGES[self.size or "slide"])
            return render(diagram, form, dpi=self.dpi, page=PAGES.get(self.size or ""))

    def write(self, path: str, make: Callable[[], Diagram], *, quietly: bool = False) -> None:
        """Write the picture into a file whose suffix is its format, and say so."""
        write(path, self.draw(format_of(path), make))
        if path != "-" and not quietly:
            say(_("{path}: written").format(path=path))


def look_of(options: dict[str, Any]) -> Look:
    """Take the look out of a command's options."""
    return Look(options.pop("palette"), options.pop("size"), options.pop("dpi"))
