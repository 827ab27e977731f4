"""How tensors, graphs, modules and readings show themselves in a notebook: pictures, without an extension or a widget.

The engine knows nothing of this. Importing the package inside IPython registers what is here under the names of the
types, and nothing is loaded before something is shown.

A notebook that somebody else ran is not trusted, and Jupyter removes ``<svg>`` and ``<math>`` from its outputs. So a
picture is an ``<img>`` whose source is the SVG itself, which stays; and formulas are text.
"""

from __future__ import annotations

import base64
import math
import re
from dataclasses import replace
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

from tinygrad_fr.draw import (
    Diagram,
    cell_diagram,
    cliff_diagram,
    diagram_of,
    fitted,
    flow_diagram,
    frames,
    heat_diagram,
    history_diagram,
    place,
    render,
    size_of,
)
from tinygrad_fr.draw.diagram import Less
from tinygrad_fr.draw.engine import engine_name
from tinygrad_fr.draw.fit import FEWER, NOTEBOOK, in_a_window
from tinygrad_fr.explain.levels.view import Distance, View, view
from tinygrad_fr.explain.steps.html import html as told
from tinygrad_fr.graph import Graph
from tinygrad_fr.locale import _, number
from tinygrad_fr.naming import home

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tinygrad_fr.explain import Gates, Walk
    from tinygrad_fr.nn import Module
    from tinygrad_fr.record.node import Node

_CELLS = 4  # steps that gates are drawn as cells for
_WALKED = 24  # nodes of a graph that is drawn under every step of its walk: the notebook holds each picture


def html(shown: Any) -> str:
    """What a notebook shows of a tensor, a scalar, a graph, a module, a reading of a run, or a picture."""
    name = _kind(shown)
    if name in _PAGES:
        return _PAGES[name](shown)
    return "".join(_picture(diagram) for diagram in diagrams(shown))


def diagrams(shown: Any) -> tuple[Diagram, ...]:
    """The pictures of what a notebook shows, before any format; none of a module, which is a tree of words.

    Example:
        >>> from tinygrad_fr import Value
        >>> diagrams(Value(1.0).tanh())
        (<Diagram “”: 1 cards, 0 links>,)
    """
    made = _PICTURES.get(_kind(shown), lambda _shown: ())(shown)
    return made if isinstance(made, tuple) else (made,)


def _kind(shown: Any) -> str:
    own = (kind.__name__ for kind in type(shown).__mro__ if home(kind).startswith("tinygrad_fr."))
    return next(name for name in own if name in _PICTURES or name in _PAGES)


# An image answers no pointer, so what Graphviz writes for one (titles, links that carry tooltips, names) only weighs.
_UNSEEN = re.compile(
    r"<title>.*?</title>|</?a\b[^>]*>|<!--.*?-->|(?<=<g) id=\"[^\"]*\"| class=\"[^\"]*\"|\n(?=<)", re.DOTALL
)


_HEAVY = 200_000  # bytes of an SVG from which on the same picture in points weighs less: heat maps of many cells
_SHARP = 144  # points an inch of such a picture; it is shown at 96


def _picture(diagram: Diagram) -> str:
    placed = _largest(fitted(way, window=NOTEBOOK) for way in (place(diagram), diagram))
    svg = _UNSEEN.sub("", render(placed, "svg").decode()).encode()
    if len(svg) > _HEAVY and engine_name() != "wasm":
        png = render(placed, "png", dpi=_SHARP)
        if len(png) < len(svg):
            wide = int.from_bytes(png[16:20], "big") * 96 // _SHARP
            return image(png, diagram.title, "png", f' width="{wide}"')
    return image(svg, diagram.title)


def _largest(ways: Iterator[Diagram]) -> Diagram:
    """The layout whose type is largest in a notebook; the first of equals."""
    return max(ways, key=lambda way: in_a_window(*size_of(way), NOTEBOOK))


def image(data: bytes, title: str, form: str = "svg+xml", more: str = "") -> str:
    """A picture as an image that also shows in a notebook that is not trusted.

    Example:
        >>> image(b"<svg/>", "a < b")
        '<img alt="a &lt; b" style="max-width:100%;height:auto" src="data:image/svg+xml;base64,PHN2Zy8+" />'
    """
    alt = escape("".join(c if c.isprintable() else " " for c in title))
    source = f"data:image/{form};base64,{base64.b64encode(data).decode()}"
    return f'<img alt="{alt}"{more} style="max-width:100%;height:auto" src="{source}" />'


def _node(node: Node) -> Diagram:
    """A card: value, shape, gradient, and where it was made."""
    vertex = replace(Graph.of(node).by_id[node.current.id], inputs=())
    passes = "both" if vertex.requires_grad else "forward"
    return diagram_of(Graph((vertex,), (vertex.id,), {}), passes=passes)


def recorded(graph: Graph, distance: Distance) -> str:
    """A graph from a distance, with its gradients where they are known."""
    return _picture(_seen(view(graph, distance)))


def _seen(seen: View) -> Diagram:
    """A graph at a distance, which may be seen from farther away."""

    def drawn(seen: View, *, brief: bool = False) -> Diagram:
        return diagram_of(seen, passes="both" if seen.graph.contributions else "forward", brief=brief)

    def farther(cards: int) -> Diagram:
        return drawn(view(seen.graph, Distance(), limit=cards))

    bare = Less((partial(drawn, seen, brief=True),), _("the lines of code and the small words are left out"))
    folded = [Less((partial(farther, cards),), _("parts are closed")) for cards in FEWER]
    return drawn(seen).replaced(less=(bare, *folded))


def _module(module: Module) -> str:
    """A tree that opens: modules, their parameters with shapes, and how many numbers are learned."""
    return f"<div>{''.join(_branch(module, type(module).__name__, ''))}</div>"


def _branch(module: Module, title: str, name: str) -> Iterator[str]:
    count = sum(math.prod(parameter.shape) for parameter in module.parameters())
    words = _("{n} parameters").format(n=number(count))
    label = f"<b>{escape(name)}</b> {escape(title)}" if name else f"<b>{escape(title)}</b>"
    start = "<details>" if name else '<details open="">'
    yield f"{start}<summary>{label} · {escape(words)}</summary>"
    yield '<div style="margin-left:1.5em">'
    for key, parameter in module._parameters.items():
        if parameter is not None:
            yield f"<div><code>{escape(key)}</code> {' × '.join(map(str, parameter.shape))}</div>"
    for key, inner in module._modules.items():
        yield from _branch(inner, f"{type(inner).__name__}({inner.extra_repr()})", key)
    yield "</div></details>"


def _gates(gates: Gates) -> Diagram:
    few = len(gates.steps) <= _CELLS
    return cell_diagram(gates, gates.steps) if few else heat_diagram([gates], [""])


def _walk(walk: Walk) -> str:
    """A step opens on its words, its equations and, in a small graph, its picture."""
    return told(walk, [_picture(frame) for frame in _frames(walk)])


def _frames(walk: Walk) -> tuple[Diagram, ...]:
    return tuple(frames(walk, window=NOTEBOOK)) if len(walk.graph.nodes) <= _WALKED else ()


# Of each type: its pictures, or what a notebook shows in place of them.
_PICTURES: dict[str, Callable[[Any], Diagram | tuple[Diagram, ...]]] = {
    "Tensor": _node,
    "Scalar": _node,
    "Graph": lambda graph: _seen(view(graph, Distance())),
    "View": lambda seen: _seen(seen),
    "Diagram": lambda diagram: diagram,
    "Flow": lambda flow: flow_diagram([flow]),
    "Gates": _gates,
    "History": lambda history: history_diagram([history]),
    "Cliff": cliff_diagram,
    "Walk": _frames,
}
_PAGES: dict[str, Callable[[Any], str]] = {"Module": _module, "Walk": _walk}
