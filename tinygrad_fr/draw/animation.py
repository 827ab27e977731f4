"""Several pictures of one size → one SVG that shows them in turn.

An element that is the same in several pictures is written once and shown in each of them. So the size of the file
depends on the changes, not on the number of pictures. Readers who ask for reduced motion, paper, and programs without
animation get the last one.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, NamedTuple

from tinygrad_fr.draw.engine import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tinygrad_fr.draw.diagram import Diagram

SECONDS = 3.0  # each picture's share of time

_SVG = "{http://www.w3.org/2000/svg}"
ET.register_namespace("", "http://www.w3.org/2000/svg")
ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")


def animated(pictures: Sequence[Diagram], title: str, *, seconds: float = SECONDS) -> bytes:
    """One SVG that shows pictures in turn, and holds while the pointer rests on it.

    Args:
        pictures: all of one size.
        title: the text for screen readers.
        seconds: how long each picture is shown.

    Example:
        >>> from tinygrad_fr.draw import Diagram
        >>> from tinygrad_fr.draw.diagram import Card
        >>> pictures = [Diagram("", cards=(Card("w", "parameter", "w"), Card("x", "op", op))) for op in "+*"]
        >>> svg = animated(pictures, "A sum, then a product").decode()
        >>> svg.count(">w<"), svg.count(">+<"), svg.count(">*<"), svg.count("@keyframes")  # one w, that stays
        (1, 1, 1, 2)
    """
    roots = [ET.fromstring(render(picture, "svg")) for picture in pictures]
    cards: dict[str, _Part] = {}
    lines: dict[str, _Part] = {}
    for i, root in enumerate(roots):
        for element in root[0].findall(f"{_SVG}g"):
            drawn = lines if element.get("class") == "edge" else cards
            drawn.setdefault(_bare(element), _Part(element, [])).shown.append(i)
    svg = roots[0]
    svg.set("aria-label", title)
    graph = svg[0]
    for element in list(graph):
        graph.remove(element)
    classes: dict[tuple[int, ...], str] = {}
    for part in (*cards.values(), *lines.values()):  # lines over cards, as in each picture
        name = classes.setdefault(tuple(part.shown), f"s{len(classes)}")
        ET.SubElement(graph, f"{_SVG}g", {"class": name}).append(part.element)
    ET.SubElement(svg, f"{_SVG}style").text = _style(classes, len(pictures), seconds)
    return ET.tostring(svg)


class _Part(NamedTuple):
    """An element, and the pictures in which it looks like that."""

    element: ET.Element
    shown: list[int]


def _bare(element: ET.Element) -> str:
    """The markup of one part, once it is rid of the names that Graphviz numbers anew in each picture."""
    for inside in element.iter():
        inside.attrib.pop("id", None)
        inside.tail = None
    for name in element.findall(f"{_SVG}title"):
        element.remove(name)
    return ET.tostring(element, encoding="unicode")


def _style(classes: dict[tuple[int, ...], str], count: int, seconds: float) -> str:
    """The style that says when each class is visible."""
    rules, moves = [], []
    for shown, name in classes.items():
        if len(shown) == count:
            continue
        if count - 1 not in shown:
            rules.append(f".{name}{{visibility:hidden}}")
        inside = set(shown)
        keys = [
            f"{100 * i / count:.3f}%{{visibility:{'visible' if i in inside else 'hidden'}}}"
            for i in range(count)
            if i == 0 or (i in inside) != (i - 1 in inside)
        ]
        rules.append(f"@keyframes {name}{{{''.join(keys)}}}")
        moves.append(f".{name}{{animation:{name} {count * seconds:g}s step-end infinite}}")
    moving = "".join(moves)
    return f"{''.join(rules)}@media (prefers-reduced-motion:no-preference){{{moving}svg:hover g{{animation-play-state:paused}}}}"
