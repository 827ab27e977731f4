"""Unique names for the vertices of a graph."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from tinygrad_fr.explain.formula import Formula, name
from tinygrad_fr.explain.formula.tree import Row

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tinygrad_fr.explain.formula.tree import Node
    from tinygrad_fr.graph import Graph, Vertex

LOSS = "L"


class Name(NamedTuple):
    """A name, with what tells it from others of the same word."""

    word: str
    step: int | None = None
    copy: int | None = None

    @property
    def node(self) -> Node:
        """As a part of a formula."""
        return name(self.word, step=self.step, copy=self.copy)

    @property
    def plain(self) -> str:
        """As text."""
        return Formula(Row((self.node,))).plain


def names(graph: Graph) -> Mapping[int, Name]:
    """Name every vertex: by the user's own names, made distinct, and by a letter and a number where there is none.

    If several vertices have a name, each gets its time step (h₃), else its module (hidden.weight), else a prime (x′). A
    single output is called L, the loss, whatever its own name.
    """
    found: dict[int, Name] = {}
    used: set[Name] = set()
    counts: Counter[str] = Counter()
    if len(graph.outputs) == 1:
        found[graph.outputs[0]] = Name(LOSS)
        used.add(Name(LOSS))
    bearers = Counter(vertex.name for vertex in graph.nodes if vertex.name and vertex.id not in found)
    for vertex in graph.nodes:
        if vertex.id in found:
            continue
        if vertex.name:
            alone = bearers[vertex.name] == 1
            tries = [Name(vertex.name)] if alone else [*_marked(graph, vertex), Name(vertex.name)]
        else:
            letter = vertex.op.explained.result or "v" if vertex.op is not None else "x"
            counts[letter] += 1
            tries = [Name(letter, counts[letter])]
        chosen = next((each for each in tries if each not in used), None)
        copy = 2
        while chosen is None or chosen in used:
            chosen = tries[-1]._replace(copy=copy)
            copy += 1
        found[vertex.id] = chosen
        used.add(chosen)
    return found


def _marked(graph: Graph, vertex: Vertex) -> list[Name]:
    """The name with its time step; a parameter's with the module that uses it first, and those around it."""
    word = vertex.name or ""
    if vertex.scope.time is not None:
        return [Name(word, vertex.scope.time)]
    users = graph.users[vertex.id]
    if vertex.kind != "parameter" or not users:
        return []
    modules = [scope.name for scope in graph.by_id[users[0].target].scope.ancestors() if scope.step is None]
    return [Name(".".join([*reversed(modules[:depth]), word])) for depth in range(1, len(modules) + 1)]
