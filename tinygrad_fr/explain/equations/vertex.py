"""The equation of a vertex, forward and backward, with its names and with its numbers.

Both come from the operation's definition: its LaTeX, and the LaTeX of its derivative.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.explain.equations.names import LOSS, names
from tinygrad_fr.explain.equations.rules import LETTERS, PART, WHOLE
from tinygrad_fr.explain.formula import Formula, chain, figure, filled, read, value
from tinygrad_fr.explain.formula.tree import CLOSE, OPEN, Atom, Fence, Fraction, Row, joined
from tinygrad_fr.explanation import NOTHING, Explanation
from tinygrad_fr.graph import Constant
from tinygrad_fr.ops.definition import Elementwise

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tinygrad_fr.explain.formula.tree import Node
    from tinygrad_fr.graph import Graph, Vertex

_PARTIAL = Atom(r"\partial", "∂", "function")
_NORM = Atom(r"\lVert", "‖", "open"), Atom(r"\rVert", "‖", "open")
_BRACKETS = Atom("[", "[", "open"), Atom("]", "]", "close")
_COMMA = Atom(",", ",", "comma")
_TIMES, _EACH = Atom(r"\times", "×", "operator"), Atom(r"\odot", "⊙", "operator")
_SUM = Atom(r"\sum", "Σ", "function")


def norm(x: Any) -> float:
    """Euclidean norm of a value or a gradient; of a tuple, of all its parts."""
    if isinstance(x, tuple):
        return math.sqrt(sum(norm(part) ** 2 for part in x if part is not None))
    return float(np.linalg.norm(np.asarray(x, dtype=float).ravel()))


def derivative_of(above: Node, below: Node) -> Fraction:
    """∂above/∂below."""
    return Fraction(Row((_PARTIAL, above)), Row((_PARTIAL, below)))


def product(*factors: Node | Formula, each: bool = False) -> Formula:
    """Factors with × between them, ⊙ for arrays; a factor of several terms stands in parentheses."""
    rows = [factor.row if isinstance(factor, Formula) else Row((factor,)) for factor in factors]
    alone = len(rows) == 1
    terms = [row if alone or len(row.items) == 1 else Row((Fence(OPEN, row, CLOSE),)) for row in rows]
    return joined(_EACH if each else _TIMES, *terms)


class Equations:
    """The equations of one graph.

    Args:
        graph: a reading of the record.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.names = names(graph)

    # Parts

    def name(self, source: int | Constant) -> Node:
        """A vertex's name; a constant's figure."""
        return value(source.value) if isinstance(source, Constant) else self.names[source].node

    def value(self, source: int | Constant) -> Node:
        """A vertex's value."""
        return value(source.value if isinstance(source, Constant) else self.graph.by_id[source].value)

    def gradient(self, source: int) -> Fraction:
        """∂L/∂x."""
        return derivative_of(Atom(LOSS, LOSS, "letter"), self.name(source))

    def result(self, found: Any, of: Node) -> Node:
        """A value; a large one as its shape and norm."""
        shown = value(found)
        if not isinstance(shown, Atom) or not np.size(found) > 1:
            return shown
        return Row(
            (shown, _COMMA, Fence(_NORM[0], Row((of,)), _NORM[1]), Atom("=", "=", "operator"), figure(norm(found)))
        )

    # Forward

    def of(self, vertex: Vertex) -> Formula:
        """What the operation computes, with names: z = total + b."""
        formula = filled(read(vertex.op.latex), self._terms(vertex, self.name))  # type: ignore[union-attr]
        if not formula.row.items or _joins(vertex):
            formula = self._called(vertex, self.name)
        alone = formula.says_what_it_equals and not isinstance(vertex.op, Elementwise)
        return formula if alone else chain(self.name(vertex.id), formula)

    def with_numbers(self, vertex: Vertex) -> Formula:
        """The same with numbers: z = −1 + 0.5 = −0.5."""
        if isinstance(vertex.op, Elementwise):
            inside = filled(read(vertex.op.latex), self._terms(vertex, self.value))
        elif figures := _explained(vertex).figures:
            inside = filled(read(figures[0]), self._terms(vertex, self.value))
        else:
            inside = self._called(vertex, self.value)
        return chain(self.name(vertex.id), inside, self.result(vertex.value, self.name(vertex.id)))

    def _terms(self, vertex: Vertex, show: Callable[[int | Constant], Node]) -> Mapping[str, Node]:
        """A term for each letter of the operation's formula."""
        op = vertex.op
        if isinstance(op, Elementwise):
            attrs = {key: value(x) for key, x in {**op.defaults, **vertex.attrs}.items()}
            return {**attrs, **dict(zip(op.inputs, map(show, vertex.inputs), strict=True)), "y": self.name(vertex.id)}
        letters = _explained(vertex).letters or [LETTERS.get(x, x) for x in op.inputs]  # type: ignore[union-attr]
        index = vertex.attrs.get("index")
        at = {"i": value(index)} if isinstance(index, int) else {}
        return {**dict(zip(letters, map(show, vertex.inputs), strict=False)), **at, "y": self.name(vertex.id)}

    def _called(self, vertex: Vertex, show: Callable[[int | Constant], Node]) -> Formula:
        """The operation as a function of its operands; an operation that joins them, as their list."""
        inside: list[Node] = []
        for source in vertex.inputs:
            inside += [_COMMA, show(source)] if inside else [show(source)]
        if _joins(vertex):
            return Formula(Row((Fence(_BRACKETS[0], Row(tuple(inside)), _BRACKETS[1]),)))
        word = vertex.op.shown_as.replace("_", " ") if vertex.op is not None else ""
        function = Atom(rf"\operatorname{{{word}}}", word, "function")
        return Formula(Row((function, Fence(OPEN, Row(tuple(inside)), CLOSE))))

    # Backward

    def local(self, vertex: Vertex, position: int, show: Callable[[int | Constant], Node]) -> Formula:
        """∂y/∂x of an element-wise operation, from its definition."""
        op = vertex.op
        assert isinstance(op, Elementwise)
        return filled(
            read(op.derivative_latex[op.inputs[position]]), {**self._terms(vertex, show), "y": show(vertex.id)}
        )

    def share(self, vertex: Vertex, position: int) -> list[Formula]:
        """The contribution to one input, with names: ∂L/∂y × ∂y/∂x, and the formula of this derivative."""
        source = vertex.inputs[position]
        assert isinstance(source, int)
        above = self.gradient(vertex.id)
        if not isinstance(vertex.op, Elementwise):
            return [filled(read(_sends(vertex, position)), {**self._terms(vertex, self.name), "G": above})]
        factors: list[Node | Formula] = [self.local(vertex, position, self.name)]
        # ∂y/∂x would be the sum over both places of x × x, and ∂L/∂x itself where y is L.
        if vertex.inputs.count(source) == 1 and vertex.id not in self.graph.outputs:
            factors.insert(0, derivative_of(self.name(vertex.id), self.name(source)))
        return [self._summed(vertex, source, product(above, factor, each=_each(vertex))) for factor in factors]

    def share_with_numbers(self, vertex: Vertex, position: int, local: Any, sent: Any) -> list[Formula]:
        """The same with numbers: 0.786 × 2 = 1.572."""
        source = vertex.inputs[position]
        assert isinstance(source, int)
        result = Formula(Row((self.result(sent, self.gradient(source)),)))
        upstream = value(vertex.grad)
        if local is not None:
            said = self.local(vertex, position, self.value)
            plain = len(said.row.items) == 1 or not isinstance(value(local), Atom) or np.size(local) > 1
            factors: list[Node | Formula] = [value(local)] if plain else [said, value(local)]
            return [*(self._summed(vertex, source, product(upstream, x, each=_each(vertex))) for x in factors), result]
        figures = _explained(vertex).figures
        if not figures:
            return [result]
        return [filled(read(figures[1 + position]), {**self._terms(vertex, self.value), "G": upstream}), result]

    def _summed(self, vertex: Vertex, source: int, formula: Formula) -> Formula:
        """With Σ in front where an input was spread over the result: its shares add up."""
        if np.size(self.graph.by_id[source].value) >= np.size(vertex.value):
            return formula
        return Formula(Row((_SUM, Fence(OPEN, formula.row, CLOSE))))


def _explained(vertex: Vertex) -> Explanation:
    return vertex.op.explained if vertex.op is not None else NOTHING


def _joins(vertex: Vertex) -> bool:
    """Whether the operation only puts its operands together."""
    return _explained(vertex).joins


def _sends(vertex: Vertex, position: int) -> str:
    """LaTeX of what an operation on whole arrays sends to an input."""
    sends = _explained(vertex).sends
    return PART if _joins(vertex) else (sends[position] if position < len(sends) else None) or WHOLE


def _each(vertex: Vertex) -> bool:
    """Whether the operation ran on each element of an array."""
    return isinstance(vertex.value, np.ndarray) and vertex.value.size > 1


def local_value(graph: Graph, vertex: Vertex, position: int) -> Any:
    """The number or array ∂y/∂x of an element-wise operation; None for another."""
    op = vertex.op
    if not isinstance(op, Elementwise):
        return None
    values = [x.value if isinstance(x, Constant) else graph.by_id[x].value for x in vertex.inputs]
    attrs = {**op.defaults, **vertex.attrs}
    partial = (op.float_partials if isinstance(vertex.value, float) else op.array_partials)[position]
    if partial is None:
        return None
    upstream = 1.0 if isinstance(vertex.value, float) else np.ones_like(vertex.value)
    with np.errstate(all="ignore"):
        found = partial(upstream, vertex.value, *values, **attrs)
    return found if isinstance(vertex.value, float) else np.broadcast_to(found, np.shape(vertex.value))
