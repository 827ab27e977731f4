"""The backward pass as a graph: derivatives are recorded operations too, so they can be drawn as any other run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tinygrad_fr.graph import Graph, Vertex
from tinygrad_fr.modes import recording
from tinygrad_fr.observers import observe
from tinygrad_fr.record.node import Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def backward_graph(loss: Any, *, alone: bool = False) -> Graph:
    """Record the backward pass of a loss, and read it.

    Each gradient is named after its variable: ∂L/∂w. It lies in the scope of the forward operation.

    Args:
        loss: a number of the record.
        alone: leave the forward operations out; the values that the derivatives read are then inputs.

    Returns:
        A graph whose outputs are the gradients of the leaves that require one.
    """
    with recording(), observe() as seen:
        loss.backward(create_graph=True)
    forward = Graph.of(loss)
    leaves = [
        seen.gradients[v.id] for v in forward.nodes if v.op is None and v.requires_grad and v.id in seen.gradients
    ]
    whole = Graph.of(*dict.fromkeys(node for node in leaves if isinstance(node, Node)))
    named = {g.current.id: v for v in forward.nodes if isinstance(g := seen.gradients.get(v.id), Node)}
    vertices = _placed(whole, named, loss.current.id)
    return Graph(tuple(_cut(vertices, loss.current.id) if alone else vertices), whole.outputs, {})


def _placed(whole: Graph, named: Mapping[int, Vertex], last: int) -> list[Vertex]:
    """Gradients with the name, scope and line of their variables; the operations that lead to a gradient get its scope."""
    place: dict[int, Vertex] = {}  # vertex → what it lies with
    found = []
    for vertex in reversed(whole.nodes):
        beside = named.get(vertex.id)
        name = f"∂L/∂{beside.name or beside.symbol}" if beside is not None else None
        if beside is None and whole.users[vertex.id]:
            beside = place.get(whole.users[vertex.id][0].target)
        if vertex.id > last and beside is not None:
            place[vertex.id] = beside
            vertex = replace(vertex, name=name, scope=beside.scope, site=beside.site)
        found.append(vertex)
    return found[::-1]


def _cut(vertices: Iterable[Vertex], last: int) -> Iterable[Vertex]:
    """The vertices after the loss, and of those before it only the ones that are read, as inputs."""
    after = [vertex for vertex in vertices if vertex.id > last]
    read = {i for vertex in after for i in vertex.inputs if isinstance(i, int)}
    for vertex in vertices:
        if vertex.id > last:
            yield vertex
        elif vertex.id in read:
            kind = vertex.kind if vertex.op is None else "input"
            yield replace(vertex, op=None, inputs=(), attrs={}, kind=kind, name=vertex.name or vertex.symbol)
