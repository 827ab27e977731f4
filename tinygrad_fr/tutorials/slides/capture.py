"""What a cell shows, as pictures that fill a slide: run inside the kernel that runs a tutorial for its slides."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tinygrad_fr.draw import Diagram

MIME = "application/vnd.tinygrad-fr.slides+json"
DPI = 144  # of a picture in PowerPoint: 1920 pixels on a slide of 13.33 inches
LEGIBLE = 14  # points of the smallest type of a picture before it fills its page
BUILDS = 6  # pictures of one walk, one after the other: more would be a film


def register() -> None:
    """Let this kernel show our types as pictures for slides, beside what a notebook shows."""
    import IPython

    from tinygrad_fr import _SHOWN
    from tinygrad_fr.draw import theme

    theme.for_slides(LEGIBLE)

    shell: Any = IPython.get_ipython()
    formatter = shell.display_formatter.mimebundle_formatter
    for module, name in _SHOWN.items():
        formatter.for_type_by_name(f"tinygrad_fr.{module}", name, _bundle)


def _bundle(shown: Any, include: Any = None, exclude: Any = None) -> dict[str, Any]:
    from tinygrad_fr.notebook import diagrams

    return {MIME: [_picture(diagram) for diagram in chosen(diagrams(shown))]}


def chosen(pictures: tuple[Diagram, ...]) -> tuple[Diagram, ...]:
    """At most :data:`BUILDS` of them, evenly: the first and the last are always there."""
    if len(pictures) <= BUILDS:
        return pictures
    return tuple(pictures[round(i * (len(pictures) - 1) / (BUILDS - 1))] for i in range(BUILDS))


def _picture(diagram: Diagram) -> dict[str, str]:
    from tinygrad_fr.draw import PAGES, fitted, place, render, smallest_type

    page = PAGES["slide"]
    ways = (fitted(way, page) for way in (place(diagram), diagram))  # steps side by side, or whatever fills the page
    placed = max(ways, key=lambda way: smallest_type(way, page))
    return {
        "title": diagram.title,
        "png": base64.b64encode(render(placed, "png", dpi=DPI, page=page)).decode(),
        "pdf": base64.b64encode(render(placed, "pdf", page=page)).decode(),
    }
