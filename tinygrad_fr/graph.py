"""A reading of the record: the nodes that lead to some outputs, as they were, in recording order."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.record.node import Bundle, Node, Value
from tinygrad_fr.record.scope import ROOT, Scope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tinygrad_fr.observers import Observation
    from tinygrad_fr.record.operation import Operation
    from tinygrad_fr.source.site import Site


@dataclass(frozen=True, slots=True)
class Constant:
    """A plain number (or None) among the inputs of an operation."""

    value: Any


@dataclass(frozen=True, slots=True)
class Vertex:
    """One node as it was when the graph was read.

    Attributes:
        id: time of recording.
        kind: ``"input"``, ``"parameter"``, or ``"op"``.
        op: the operation, None for a leaf.
        inputs: ids of the operands in order and with multiplicity, or constants.
        attrs: the operation's other arguments.
        value: array, float, or tuple of arrays.
        grad: gradient as an array or a float; None while it is not computed.
        scope: module path and time step.
        site: the user's line.
        name: what the user, a module or an equation calls it, None if nobody does.
        requires_grad: whether backward reaches it.
    """

    id: int
    kind: str
    op: Operation | None
    inputs: tuple[int | Constant, ...]
    attrs: Mapping[str, Any]
    value: Value
    grad: Value | None
    scope: Scope
    site: Site
    name: str | None
    requires_grad: bool

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the value; () for a scalar, that of the first output for a bundle."""
        return np.shape(self.value[0] if isinstance(self.value, tuple) else self.value)

    @property
    def symbol(self) -> str:
        """The operation's symbol; the name for a leaf."""
        return self.op.symbol if self.op is not None else (self.name or "·")


@dataclass(frozen=True, slots=True)
class Edge:
    """One use of a node by another.

    Attributes:
        source: id of the operand.
        target: id of the operation that used it.
        position: which operand it was.
        contribution: what the operation sent back along this edge, None while nothing was observed.
    """

    source: int
    target: int
    position: int
    contribution: Value | None


@dataclass(frozen=True)
class Graph:
    """What led to some outputs. Nothing in it changes when computing goes on.

    Example:
        >>> from tinygrad_fr import tensor
        >>> x = tensor([1.0, 2.0], requires_grad=True)
        >>> graph = Graph.of((x * x).sum())
        >>> [vertex.symbol for vertex in graph.nodes], len(graph.edges)
        (['x', '×', 'Σ'], 3)
    """

    nodes: tuple[Vertex, ...]
    outputs: tuple[int, ...]
    contributions: Mapping[tuple[int, int], Value]

    @classmethod
    def of(cls, *outputs: Node | Sequence[Node], observation: Observation | None = None) -> Graph:
        """Read everything that led to the outputs.

        Args:
            outputs: one node or several, or lists of them.
            observation: gradients and contributions kept by :func:`tinygrad_fr.observe`.
        """
        found: dict[int, Node] = {}
        ends = [node for given in outputs for node in (given if isinstance(given, list | tuple) else (given,))]
        stack = [node.current for node in ends]
        while stack:
            node = stack.pop()
            if node.id in found:
                continue
            found[node.id] = node
            stack.extend(x for x in node.inputs if isinstance(x, Node) and x.id not in found)
        gradients = observation.gradients if observation is not None else {}
        sent = observation.contributions if observation is not None else {}
        lines: dict[tuple[int, int], tuple[Site, str | None]] = {}  # a loop runs one line a million times
        vertices = tuple([_vertex(found[i], gradients, lines) for i in sorted(found)])
        return cls(
            vertices,
            tuple(node.current.id for node in ends),
            {key: _raw(value) for key, value in sent.items() if key[0] in found},
        )

    def __repr__(self) -> str:
        kinds = Counter(vertex.kind for vertex in self.nodes)
        return f"Graph({kinds['op']} operations, {kinds['input']} inputs, {kinds['parameter']} parameters)"

    def __str__(self) -> str:
        """The scopes as a tree, each with what lies directly in it."""
        lines = [repr(self)]
        for scope, vertices in self.scopes.items():
            depth = len(tuple(scope.ancestors()))
            symbols = " ".join(vertex.symbol for vertex in vertices if vertex.op is not None)
            kind = f" ({scope.kind})" if scope.kind else ""
            lines.append(f"{'  ' * depth}{scope.name or '.'}{kind}{': ' if symbols else ''}{symbols}")
        return "\n".join(lines)

    @cached_property
    def by_id(self) -> Mapping[int, Vertex]:
        """Vertices by id."""
        return {vertex.id: vertex for vertex in self.nodes}

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """Every use of a node by another, in recording order; a node used twice has two edges."""
        return tuple(
            Edge(source, vertex.id, position, self.contributions.get((vertex.id, position)))
            for vertex in self.nodes
            for position, source in enumerate(vertex.inputs)
            if isinstance(source, int)
        )

    @cached_property
    def users(self) -> Mapping[int, tuple[Edge, ...]]:
        """Id → edges that leave it."""
        table: dict[int, list[Edge]] = {vertex.id: [] for vertex in self.nodes}
        for edge in self.edges:
            table[edge.source].append(edge)
        return {key: tuple(edges) for key, edges in table.items()}

    @cached_property
    def scopes(self) -> Mapping[Scope, tuple[Vertex, ...]]:
        """Every scope, outermost first, with the vertices that lie directly in it."""
        table: dict[Scope, list[Vertex]] = {ROOT: []}
        for vertex in self.nodes:
            for scope in reversed(tuple(vertex.scope.ancestors())):
                table.setdefault(scope, [])
            table[vertex.scope].append(vertex)
        return {scope: tuple(vertices) for scope, vertices in table.items()}

    def named(self, name: str) -> Iterator[Vertex]:
        """Vertices that bear a name, such as ``"h"``, in recording order."""
        return (vertex for vertex in self.nodes if vertex.name == name)

    def statistics(self) -> dict[str, Any]:
        """Counts of nodes by operation, edges, parameters, bytes of values, and the longest path."""
        depth: dict[int, int] = {}
        operations: dict[str, int] = {}
        for vertex in self.nodes:
            ids = [source for source in vertex.inputs if isinstance(source, int)]
            depth[vertex.id] = 1 + max((depth[i] for i in ids), default=-1)
            if vertex.op is not None:
                operations[vertex.op.shown_as] = operations.get(vertex.op.shown_as, 0) + 1
        parameters = [vertex for vertex in self.nodes if vertex.kind == "parameter"]
        return {
            "nodes": len(self.nodes),
            "edges": len(self.edges),
            "depth": max(depth.values(), default=0),
            "operations": dict(sorted(operations.items())),
            "parameters": sum(math.prod(vertex.shape) for vertex in parameters),
            "bytes": sum(_bytes(vertex.value) for vertex in self.nodes),
            "time_steps": len({vertex.scope.time for vertex in self.nodes} - {None}),
        }

    def to_json(self, *, values: bool = True) -> dict[str, Any]:
        """The graph as plain data for ``json.dumps``; numbers that JSON lacks become strings.

        Args:
            values: whether to include values, gradients and contributions.
        """
        nodes = []
        for vertex in self.nodes:
            entry: dict[str, Any] = {
                "id": vertex.id,
                "kind": vertex.kind,
                "op": vertex.op.name if vertex.op is not None else None,
                "symbol": vertex.symbol,
                "name": vertex.name,
                "inputs": [x if isinstance(x, int) else {"constant": _plain(x.value)} for x in vertex.inputs],
                "attrs": {key: _plain(value) for key, value in vertex.attrs.items()},
                "shape": list(vertex.shape),
                "dtype": _dtype(vertex.value),
                "scope": vertex.scope.path,
                "step": vertex.scope.time,
                "source": vertex.site.to_json(),
                "requires_grad": vertex.requires_grad,
            }
            if values:
                entry["value"] = _plain(vertex.value)
                entry["gradient"] = _plain(vertex.grad)
            nodes.append(entry)
        edges = []
        for edge in self.edges:
            item: dict[str, Any] = {"source": edge.source, "target": edge.target, "position": edge.position}
            if values:
                item["contribution"] = _plain(edge.contribution)
            edges.append(item)
        return {"outputs": list(self.outputs), "nodes": nodes, "edges": edges, "statistics": self.statistics()}


def _vertex(node: Node, gradients: Mapping[int, Any], lines: dict[tuple[int, int], tuple[Site, str | None]]) -> Vertex:
    """A node as it is now; ``lines`` keeps each line that was read, by its code and instruction."""
    gradient = gradients.get(node.id, node.gradient)
    latest = node.latest
    line = lines.get((id(latest.code), latest.instruction))
    if line is None:
        site = latest.site
        line = lines[id(latest.code), latest.instruction] = site, site.variable
    site, variable = line
    return Vertex(
        id=node.id,
        kind="op" if node.op is not None else "parameter" if node.needs else "input",
        op=node.op,
        inputs=tuple([x.id if isinstance(x, Node) else Constant(x) for x in node.inputs]),
        attrs=node.attrs,
        value=node.value,
        grad=_raw(gradient),
        scope=node.scope,
        site=site,
        name=None if isinstance(node, Bundle) else node.label if node.label is not None else variable,
        requires_grad=node.needs != 0,
    )


def _raw(gradient: Any) -> Any:
    if isinstance(gradient, tuple):
        return tuple(_raw(part) for part in gradient)
    return gradient.current.value if isinstance(gradient, Node) else gradient


def _bytes(value: Value) -> int:
    if isinstance(value, tuple):
        return sum(_bytes(part) for part in value)
    return int(getattr(value, "nbytes", 8))


def _dtype(value: Value) -> str:
    if isinstance(value, tuple):
        return ", ".join(_dtype(part) for part in value)
    return str(value.dtype) if isinstance(value, np.ndarray) else type(value).__name__


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
