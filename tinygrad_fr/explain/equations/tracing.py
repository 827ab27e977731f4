"""The origin of an operand behind reshapes, joins and cuts: this is how lenses find equations in a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.explain.levels.parts import moves
from tinygrad_fr.ops.definition import select

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tinygrad_fr.graph import Graph, Vertex


class Trace:
    """A graph read backwards through the operations that only move numbers.

    Example:
        >>> from tinygrad_fr import Graph, tensor
        >>> x = tensor([[1.0, 2.0]], requires_grad=True)
        >>> graph = Graph.of(x.sigmoid().reshape(2).exp())
        >>> [vertex.symbol for vertex in Trace(graph).sources(graph.nodes[-1].inputs[0])]
        ['σ']
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._behind: dict[int, tuple[Vertex, ...]] = {}
        self._weights: dict[int, frozenset[int] | None] = {}  # id → the parameters, if it is made of parameters only
        for vertex in graph.nodes:  # oldest first, so no recursion is needed
            ids = self.ids(vertex)
            self._behind[vertex.id] = (
                tuple({v.id: v for i in ids for v in self._behind[i]}.values())
                if ids and (moves(vertex.op) or vertex.op is select)
                else (vertex,)
            )
            self._weights[vertex.id] = self._roots(vertex, ids)

    @staticmethod
    def ids(vertex: Vertex) -> list[int]:
        """The operands that are vertices."""
        return [i for i in vertex.inputs if isinstance(i, int)]

    def _roots(self, vertex: Vertex, ids: list[int]) -> frozenset[int] | None:
        if vertex.op is None:
            return frozenset([vertex.id]) if vertex.kind == "parameter" else None
        below = [self._weights[i] for i in ids]
        known = [roots for roots in below if roots is not None]
        return frozenset().union(*known) if known and len(known) == len(below) else None

    def sources(self, operand: Any) -> tuple[Vertex, ...]:
        """The operations that computed an operand's numbers, behind every view, cut and join."""
        return self._behind[operand] if isinstance(operand, int) else ()

    def source(self, operand: Any) -> Vertex | None:
        """The one vertex behind an operand; None where there are several, or a plain number."""
        found = self.sources(operand)
        return found[0] if len(found) == 1 else None

    def weight(self, operand: Any) -> frozenset[int] | None:
        """The leaves that an operand is made of, if it depends on parameters alone, or is a leaf itself."""
        if not isinstance(operand, int):
            return None
        roots = self._weights[operand]
        if roots is None and all(vertex.op is None for vertex in self.sources(operand)):
            return frozenset(vertex.id for vertex in self.sources(operand))
        return roots

    def weighed(self, product: Vertex) -> tuple[frozenset[int], list[int]]:
        """The weights of a product, and the operands that are none.

        Parameters are weights; if nothing is learned, the second operand is, if it is a leaf.
        """
        operands = [i for i in product.inputs[:2] if isinstance(i, int)]
        learned = {i: roots for i in operands if (roots := self._weights[i]) is not None}
        if not learned and len(operands) == 2 and (frozen := self.weight(operands[1])) is not None:
            learned = {operands[1]: frozen}
        return frozenset().union(*learned.values()), [i for i in operands if i not in learned]

    def one(self, operand: Any) -> bool:
        """Whether an operand is the number 1, everywhere."""
        if isinstance(operand, int):
            vertex = self.graph.by_id[operand]
            return vertex.op is None and not isinstance(vertex.value, tuple) and bool(np.all(vertex.value == 1))
        return bool(np.ndim(operand.value) == 0 and operand.value == 1)

    def users(self, vertex: Vertex) -> Iterator[Vertex]:
        """The operations that read a vertex, seen through operations that only move numbers, in recording order."""
        waiting, seen = [vertex.id], set()
        found: dict[int, Vertex] = {}
        while waiting:
            for edge in self.graph.users[waiting.pop()]:
                if edge.target in seen:
                    continue
                seen.add(edge.target)
                user = self.graph.by_id[edge.target]
                if moves(user.op) or user.op is select:
                    waiting.append(user.id)
                else:
                    found[user.id] = user
        return iter([found[i] for i in sorted(found)])

    def back(self, start: Vertex, stop: Callable[[Vertex], bool], most: int = 200) -> Iterator[Vertex]:
        """Vertices that lead to a vertex, nearest first, stopping at some of them."""
        waiting, seen = [start], {start.id}
        while waiting and most:
            vertex = waiting.pop(0)
            most -= 1
            yield vertex
            if not stop(vertex):
                for i in self.ids(vertex):
                    if i not in seen:
                        seen.add(i)
                        waiting.append(self.graph.by_id[i])


def operation(vertex: Vertex | None) -> str:
    """The name of a vertex's operation; empty for a leaf."""
    return vertex.op.name if vertex is not None and vertex.op is not None else ""
