"""The chain rule of a small graph, written symbol by symbol."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain.equations.vertex import Equations, derivative_of, local_value, product
from tinygrad_fr.explain.formula import Formula, value
from tinygrad_fr.explain.formula.tree import EQUALS, Atom, Row, Table, joined
from tinygrad_fr.graph import Graph
from tinygrad_fr.locale import _, number
from tinygrad_fr.ops.definition import Elementwise

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tinygrad_fr.explain.formula.tree import Node as Part
    from tinygrad_fr.record.node import Node

LIMIT = 16  # paths from the loss to one leaf that a person can still read

_PLUS = Atom("+", "+", "operator")


@dataclass(frozen=True)
class Derivation:
    """The gradient of one leaf, derived.

    Attributes:
        leaf: id of the leaf.
        name: its name.
        lines: what ∂L/∂leaf equals: partial derivatives, then their formulas, then their numbers.

    Example:
        >>> from tinygrad_fr import Scalar
        >>> w = Scalar(3.0, name="w")
        >>> print(derive(w * w * 2)[0])
        ∂L/∂w = ∂L/∂v₁ × ∂v₁/∂w
              = 2 × (w + w)
              = 2 × 6
              = 12
    """

    leaf: int
    name: str
    lines: tuple[Formula, ...]
    gradient: Formula

    @property
    def whole(self) -> Formula:
        """All the lines, one under the other."""
        rows = []
        for i, line in enumerate(self.lines):
            rows.append((self.gradient.row if i == 0 else Row(()), Row((EQUALS, *line.row.items))))
        return Formula(Row((Table("aligned", tuple(rows)),)))

    @property
    def latex(self) -> str:
        """As LaTeX's ``aligned``."""
        return self.whole.latex.replace("& =", "&=")

    @property
    def mathml(self) -> str:
        """As MathML."""
        return self.whole.mathml

    def to_json(self) -> dict[str, Any]:
        """The derivation as plain data."""
        return {
            "name": self.name,
            "lines": [line.plain for line in self.lines],
            "latex": self.latex,
            "mathml": self.mathml,
        }

    def __str__(self) -> str:
        start = self.gradient.plain
        margins = [start, *[" " * len(start)] * (len(self.lines) - 1)]
        return "\n".join(f"{margin} = {line.plain}" for margin, line in zip(margins, self.lines, strict=True))


def derive(loss: Node | Graph) -> tuple[Derivation, ...]:
    """Derive the gradient of every leaf that requires one, by the chain rule, along every path to it.

    Args:
        loss: where backpropagation starts; or a graph of it.

    Raises:
        UsageError: a leaf is reached by too many paths for a readable formula.

    Example:
        >>> from tinygrad_fr import Scalar
        >>> w, b = Scalar(3.0, name="w"), Scalar(1.0, name="b")
        >>> print(derive((w * 2 + b).tanh())[0].lines[1])
        (1 − L × L) × 1 × 2
    """
    graph = loss if isinstance(loss, Graph) else Graph.of(loss)
    equations = Equations(graph)
    ways = _count(graph)
    leaves = [vertex for vertex in graph.nodes if vertex.op is None and vertex.requires_grad]
    for leaf in leaves:
        if ways[leaf.id] > LIMIT:
            raise UsageError(
                _("{n} ways lead from the loss to {name}, more than the {limit} that a formula can show: derive a smaller graph, or walk this one").format(
                    n=number(ways[leaf.id]), name=equations.names[leaf.id].plain, limit=LIMIT
                )
            )  # fmt: skip
    return tuple(_derivation(equations, leaf.id) for leaf in leaves if ways[leaf.id])


class Hop(NamedTuple):
    """From a vertex up to one that uses it.

    Attributes:
        target: id of the user.
        source: id of what it uses.
        positions: the places where it uses it: the two of x × x.
    """

    target: int
    source: int
    positions: tuple[int, ...]


def _hops(graph: Graph, source: int) -> list[Hop]:
    """The vertices through which a gradient comes back."""
    found: dict[int, tuple[int, ...]] = {}
    for edge in graph.users[source]:
        if graph.by_id[edge.target].requires_grad:
            found[edge.target] = (*found.get(edge.target, ()), edge.position)
    return [Hop(target, source, positions) for target, positions in found.items()]


def _count(graph: Graph) -> dict[int, int]:
    """Id → number of paths to the loss."""
    ways: dict[int, int] = {}
    for vertex in reversed(graph.nodes):
        ways[vertex.id] = (vertex.id in graph.outputs) + sum(ways[hop.target] for hop in _hops(graph, vertex.id))
    return ways


def _ways(graph: Graph, source: int) -> Iterator[tuple[Hop, ...]]:
    """Every path from a vertex up to the loss, the hop at the loss first."""
    if source in graph.outputs:
        yield ()
    for hop in _hops(graph, source):
        for rest in _ways(graph, hop.target):
            yield (*rest, hop)


def _derivation(equations: Equations, leaf: int) -> Derivation:
    graph = equations.graph
    ways = list(_ways(graph, leaf))
    hops = {hop for way in ways for hop in way}
    symbols = {hop: derivative_of(equations.name(hop.target), equations.name(hop.source)) for hop in hops}
    lines = [_sum(ways, symbols)]
    if all(isinstance(graph.by_id[hop.target].op, Elementwise) for hop in hops):
        lines.append(_sum(ways, {hop: _local(equations, hop) for hop in hops}))
        if all(isinstance(graph.by_id[hop.target].value, float) for hop in hops):
            numbers = {hop: sum(_numbers(graph, hop)) for hop in hops}
            lines.append(_sum(ways, {hop: value(x) for hop, x in numbers.items()}))
            total = sum(math.prod(numbers[hop] for hop in way) for way in ways)
            lines.append(Formula(Row((value(total),))))
    gradient = Formula(Row((equations.gradient(leaf),)))
    said = [
        line for before, line in pairwise([gradient, *lines]) if line.plain != before.plain
    ]  # a path of one step has no chain
    return Derivation(leaf, equations.names[leaf].plain, tuple(said or lines), gradient)


def _local(equations: Equations, hop: Hop) -> Formula:
    vertex = equations.graph.by_id[hop.target]
    return joined(_PLUS, *(equations.local(vertex, position, equations.name).row for position in hop.positions))


def _numbers(graph: Graph, hop: Hop) -> list[float]:
    return [local_value(graph, graph.by_id[hop.target], position) for position in hop.positions]


def _sum(ways: list[tuple[Hop, ...]], factors: Mapping[Hop, Part | Formula]) -> Formula:
    """The sum of the products along the paths; 1 for a leaf that is the loss itself."""
    terms = [product(*(factors[hop] for hop in way)).row if way else Row((value(1.0),)) for way in ways]
    return joined(_PLUS, *terms)
