"""What a cell shows, as pictures that fill a slide: run inside the kernel that runs a tutorial for its slides."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tinygrad_fr.draw import Diagram

MIME = "application/vnd.tinygrad-fr.slides+json"
DPI = 144  # of a picture in PowerPoint: 1920 pixels on a slide of 13.33 inches
BUILDS = 6  # pictures of one walk, one after the other: more would be a film


def register() -> None:
    """Let this kernel show our types as pictures for slides, beside what a notebook shows."""
    import IPython

    from tinygrad_fr import _SHOWN
    from tinygrad_fr.draw import theme
    from tinygrad_fr.draw.fit import LEGIBLE

    theme.for_slides(LEGIBLE)

    shell: Any = IPython.get_ipython()
    formatter = shell.display_formatter.mimebundle_formatter
    for module, name in _SHOWN.items():
        formatter.for_type_by_name(f"tinygrad_fr.{module}", name, _bundle)


def _bundle(shown: Any, include: Any = None, exclude: Any = None) -> dict[str, Any]:
    from tinygrad_fr.notebook import diagrams

    pages = [page for diagram in chosen(diagrams(shown)) for page in legible(diagram)]
    return {MIME: [_picture(diagram, said) for diagram, said in pages]}


def legible(diagram: Diagram) -> list[tuple[Diagram, str]]:
    """The picture on one page where a room reads its type there, else on several or with less, as it knows how.

    Returns:
        The pictures, as they fill their pages, each with what the speaker is told: how to read it, and what is left out.
    """
    from tinygrad_fr.draw.diagram import Less
    from tinygrad_fr.draw.fit import LEGIBLE

    best: list[tuple[Diagram, str]] = []
    largest = 0.0
    for way in (Less((lambda: diagram,)), *diagram.less):
        pieces = chosen(tuple(make() for make in way.pieces))
        for guided in (True, False):
            placed = [_placed(piece if guided else piece.replaced(guide="")) for piece in pieces]
            smallest = min(size for _drawn, size in placed)
            if smallest > largest:
                largest = smallest
                told = [(piece.guide if not guided else "", way.said) for piece in pieces]
                best = [
                    (drawn, "\n".join(filter(None, (drawn.title, *said))))
                    for (drawn, _size), said in zip(placed, told, strict=True)
                ]
            if largest >= LEGIBLE:
                return best
    return best


def _placed(diagram: Diagram) -> tuple[Diagram, float]:
    """The picture as it fills a slide, and the points of its smallest type there: steps side by side, or whatever fills it."""
    from tinygrad_fr.draw import PAGES, fitted, place, smallest_type

    page = PAGES["slide"]
    ways = [fitted(way, page) for way in (place(diagram), diagram)]
    sizes = [smallest_type(way, page) for way in ways]
    return ways[sizes.index(max(sizes))], max(sizes)


def chosen(pictures: tuple[Diagram, ...]) -> tuple[Diagram, ...]:
    """At most :data:`BUILDS` of them, evenly: the first and the last are always there."""
    if len(pictures) <= BUILDS:
        return pictures
    return tuple(pictures[round(i * (len(pictures) - 1) / (BUILDS - 1))] for i in range(BUILDS))


def _picture(placed: Diagram, said: str) -> dict[str, str]:
    from tinygrad_fr.draw import PAGES, render

    page = PAGES["slide"]
    return {
        "title": said,
        "png": base64.b64encode(render(placed, "png", dpi=DPI, page=page)).decode(),
        "pdf": base64.b64encode(render(placed, "pdf", page=page)).decode(),
    }
