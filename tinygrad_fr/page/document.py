"""A recorded run as plain data for the page: its tree of parts, its operations, and every step of its walk."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.draw.words import norm, roles, shape_text, word_of
from tinygrad_fr.explain.formula import chain
from tinygrad_fr.explain.levels.parts import Absorbed, Part, parts
from tinygrad_fr.explain.remarks import remarks
from tinygrad_fr.explain.steps.known_values import brief
from tinygrad_fr.explain.steps.walk import walk
from tinygrad_fr.graph import Constant
from tinygrad_fr.locale import LANGUAGES, _, language, number, set_language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tinygrad_fr.explain.steps.walk import Share, Step, Walk
    from tinygrad_fr.graph import Graph, Vertex

_FEW = 4  # numbers written out; more are a strip
_CELLS = 12  # cells of a strip
TOLD = 700  # steps whose equations are written out; longer walks say names and norms

Words = dict[str, str]  # language → text


def in_every_language(say: Callable[[], str]) -> Words:
    """The same sentence in each language; one text where they agree."""
    chosen = language()
    try:
        found = {}
        for code in LANGUAGES:
            set_language(code)
            found[code] = say()
        return found
    finally:
        set_language(chosen)


def run_document(graph: Graph) -> dict[str, Any]:
    """What the page shows of a run.

    Keys are short because they stand in the file once for each operation: see ``page.js`` for what reads them.
    """
    return _Document(graph).data()


class _Document:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.absorbed = Absorbed.of(graph)
        self.tree = parts(graph, self.absorbed)
        self.place = {part.path: i for i, part in enumerate(self.tree.walk())}
        self.walks = self._walks()

    def _walks(self) -> dict[str, Walk]:
        """A walk a language: its figures are written with that language's signs."""
        return {code: walk(self.graph) for code in LANGUAGES}

    def data(self) -> dict[str, Any]:
        shown = [vertex for vertex in self.graph.nodes if vertex.id not in self.absorbed]
        inside = {vertex.id: part for part in self.tree.walk() for vertex in part.vertices}
        return {
            "parts": list(self._parts(self.tree, None)),
            "nodes": [self._node(vertex, self.place[inside[vertex.id].path]) for vertex in shown],
            "ties": list(self._ties()),
            "steps": list(self._steps()),
            "outputs": list(self.graph.outputs),
        }

    def _parts(self, part: Part, parent: int | None) -> Iterator[dict[str, Any]]:
        scope = part.scope
        yield {
            "path": part.path,
            "name": part.name,
            "kind": part.kind,
            "class": scope.kind if scope is not None and part.kind == "module" else "",
            "step": part.step,
            "in": parent,
        }
        for inner in part.parts:
            yield from self._parts(inner, self.place[part.path])

    # Operations

    def _node(self, vertex: Vertex, part: int) -> dict[str, Any]:
        timed = vertex.scope.time is not None
        role = vertex.name if timed and vertex.name in roles() else None
        kind = "output" if vertex.id in self.graph.outputs else vertex.kind
        values = self._values(vertex)
        return {
            "id": vertex.id,
            "in": part,
            "kind": kind,
            "symbol": role or (vertex.symbol if vertex.op is not None else vertex.name or "·"),
            "name": "" if role or vertex.op is None else vertex.name or "",
            "role": role or "",
            "time": vertex.scope.time if role else None,
            "word": in_every_language(lambda: self._word(vertex, role)),
            "shape": shape_text(vertex.shape),
            "value": in_every_language(lambda: brief(vertex.value)),
            "strip": values,
            "gradient": self._gradient(vertex),
            "source": vertex.site.where,
            "text": vertex.site.text,
            "remarks": in_every_language(lambda: "\n".join(remarks(vertex))),
            "chips": [self._chip(i) for i in self._parameters(vertex)],
        }

    @staticmethod
    def _word(vertex: Vertex, role: str | None) -> str:
        if vertex.op is None:
            return _("parameter") if vertex.kind == "parameter" else _("input")
        said = word_of(vertex.op) or vertex.op.shown_as
        constants = [x.value for x in vertex.inputs if isinstance(x, Constant) and isinstance(x.value, float | int)]
        said += "".join(f" · {number(value)}" for value in constants)
        return f"{roles()[role]} · {vertex.symbol}" if role else said

    @staticmethod
    def _values(vertex: Vertex) -> list[int] | None:
        """At most a few cells from −100 to 100, the means of equal runs of the values; None for few numbers."""
        value = vertex.value[0] if isinstance(vertex.value, tuple) else vertex.value
        flat = np.asarray(value, float).ravel()
        if flat.size <= _FEW:
            return None
        cells = np.array([part.mean() for part in np.array_split(flat, min(flat.size, _CELLS))])
        finite = np.abs(cells[np.isfinite(cells)])
        scale = float(finite.max()) if finite.size else 0.0
        return [round(100 * cell / scale) if scale and math.isfinite(cell) else 0 for cell in cells]

    def _gradient(self, vertex: Vertex) -> Words | None:
        if not vertex.requires_grad or vertex.grad is None:
            return None
        return in_every_language(lambda: brief(vertex.grad))

    def _parameters(self, vertex: Vertex) -> list[int]:
        return [i for i in dict.fromkeys(vertex.inputs) if isinstance(i, int) and i in self.absorbed.parameters]

    def _chip(self, i: int) -> list[Any]:
        vertex = self.graph.by_id[i]
        gradient = in_every_language(lambda: number(norm(vertex.grad))) if vertex.grad is not None else None
        return [self.absorbed.name(self.graph, i), shape_text(vertex.shape), gradient, i]

    def _ties(self) -> Iterator[list[Any]]:
        """Source, target, norm of what came back, and the number itself where it is one: edges between operations shown."""
        for edge in self.graph.edges:
            source = self.absorbed.outputs.get(edge.source, edge.source)
            if edge.target in self.absorbed or source in self.absorbed:
                continue
            size = norm(edge.contribution) if edge.contribution is not None else None
            tie = [source, edge.target, float(f"{size:.4g}") if size is not None and math.isfinite(size) else None]
            sent: Any = edge.contribution
            if tie[2] is not None and np.size(sent) == 1:
                tie.append(float(f"{float(np.asarray(sent).ravel()[0]):.4g}"))
            yield tie

    # Steps

    def _steps(self) -> Iterator[dict[str, Any]]:
        told = len(self.walks[LANGUAGES[0]]) <= TOLD
        for place, step in enumerate(self.walks[LANGUAGES[0]]):
            if step.vertex.id in self.absorbed:
                continue
            versions = {code: each[place] for code, each in self.walks.items()}
            yield {
                "phase": step.phase,
                "node": step.vertex.id,
                "sentence": self._said(versions, lambda step: step.sentence),
                "lines": self._said(versions, _lines) if told else None,
                "shares": [self._share(share, versions, i) for i, share in enumerate(step.shares)],
            }

    def _said(self, versions: dict[str, Step], say: Callable[[Step], str]) -> Words:
        chosen = language()
        try:
            found = {}
            for code, step in versions.items():
                set_language(code)
                found[code] = say(step)
            return found
        finally:
            set_language(chosen)

    def _share(self, share: Share, versions: dict[str, Step], i: int) -> dict[str, Any]:
        """What is sent, and what the receiver holds after it."""

        def total(step: Step) -> str:
            held = brief(step.shares[i].total)
            return held if share.complete else f"{held}  ({share.place}/{share.count})"

        return {
            "to": self.absorbed.outputs.get(share.source, share.source),
            "hidden": share.source in self.absorbed.parameters,
            "sent": self._said(versions, lambda step: brief(step.shares[i].contribution)),
            "total": self._said(versions, total),
            "course": share.course,
        }


def _lines(step: Step) -> str:
    """The equations of a step as MathML, a line each."""
    if step.phase == "forward":
        return _line(step.formula.mathml) + _line(step.numbers.mathml)
    found = [_line(step.upstream.mathml)]
    for share in step.shares:
        course = f' class="course" data-course="{share.course}"' if share.course is not None else ""
        found.append(_line(chain(*step.formulas(share)).mathml, course))
        found.append(_line(chain(*step.figures(share)).mathml))
    return "".join(found)


def _line(mathml: str, more: str = "") -> str:
    return f"<p{more}>{mathml}</p>"
