"""``torchviz.make_dot``: the recorded graph of a tensor, as one of our pictures."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinygrad_fr.draw import diagram_of, fitted, format_of, place, render
from tinygrad_fr.draw.dot import to_dot
from tinygrad_fr.explain.levels.view import Distance, view
from tinygrad_fr.graph import Graph
from tinygrad_fr.record.node import Node

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tinygrad_fr.draw import Diagram


class Picture:
    """A picture with the methods that lessons call on a ``graphviz.Digraph``.

    Attributes:
        format: what ``render`` writes: ``svg``, ``png`` or ``pdf``.

    Example:
        >>> from tinygrad_fr import tensor
        >>> picture = make_dot(tensor([2.0], requires_grad=True).sum())
        >>> picture.format = "svg"
        >>> picture.pipe()[:5]
        b'<svg '
    """

    def __init__(self, diagram: Diagram, format: str = "svg") -> None:
        self.diagram, self.format = diagram, format
        self.attr = self.graph_attr = self.node_attr = self.edge_attr = _Ignored()

    @property
    def source(self) -> str:
        """The picture as DOT text."""
        return to_dot(place(self.diagram))

    def pipe(self, format: str | None = None) -> bytes:
        """The picture in a format, its own by default."""
        form = format or self.format
        return self.source.encode() if form in ("dot", "gv") else render(fitted(place(self.diagram)), form)

    def render(
        self,
        filename: Any = None,
        directory: Any = None,
        view: bool = False,
        cleanup: bool = False,
        format: str | None = None,
        outfile: Any = None,
        **_others: Any,
    ) -> str:
        """Write the picture beside its DOT text, as graphviz does, and give its path."""
        form = format or (format_of(str(outfile)) if outfile is not None else self.format)
        path = Path(filename if filename is not None else "Digraph.gv")
        path = Path(directory) / path if directory is not None else path
        path.parent.mkdir(parents=True, exist_ok=True)
        if not cleanup and outfile is None:
            path.write_text(self.source, encoding="utf-8")
        written = Path(outfile) if outfile is not None else path.with_name(f"{path.name}.{form}")
        written.write_bytes(self.pipe(form))
        return str(written)

    def save(self, filename: Any = None, directory: Any = None) -> str:
        """Write the DOT text, and give its path."""
        path = Path(directory or ".") / (filename or "Digraph.gv")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.source, encoding="utf-8")
        return str(path)

    def view(self, filename: Any = None, directory: Any = None, **others: Any) -> str:
        """Write the picture and give its path; no window is opened."""
        return self.render(filename, directory, **others)

    def _repr_svg_(self) -> str:
        return self.pipe("svg").decode()

    def _repr_html_(self) -> str:
        source = base64.b64encode(self.pipe("svg")).decode()  # an image also shows in a notebook that is not trusted
        return f'<img style="max-width:100%;height:auto" src="data:image/svg+xml;base64,{source}" />'

    def _repr_png_(self) -> bytes:
        return self.pipe("png")

    def __str__(self) -> str:
        return self.source


class _Ignored(dict):  # type: ignore[type-arg]
    """Attributes of Graphviz that a lesson sets: our pictures have their own look."""

    def __call__(self, *_told: Any, **_attributes: Any) -> None:
        """Nothing."""


def make_dot(
    var: Any,
    params: Mapping[str, Any] | None = None,
    show_attrs: bool = False,
    show_saved: bool = False,
    max_attr_chars: int = 50,
) -> Picture:
    """The graph that led to a tensor, or to several.

    Args:
        var: a tensor, or a tuple of them.
        params: tensors by the names that the picture gives them.
        show_attrs: accepted; a card always says what its operation is told.
        show_saved: accepted.
        max_attr_chars: accepted.

    Example:
        >>> from tinygrad_fr import tensor
        >>> w = tensor([2.0], requires_grad=True)
        >>> "w" in make_dot((w * w).sum(), params={"w": w}).source
        True
    """
    roots = var if isinstance(var, (tuple, list)) else (var,)
    for name, each in dict(params or {}).items():
        if isinstance(each, Node) and each.current.op is None and not each.current.name:
            each.name = name
    graph = Graph.of(*(each.current for each in roots))
    return Picture(diagram_of(view(graph, Distance()), passes="forward"))
