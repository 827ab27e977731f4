"""The parts of a formula, and the replacement of letters in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Atom:
    """One sign.

    Attributes:
        latex: as LaTeX.
        plain: as text.
        kind: ``letter``, ``number``, ``word``, ``function``, ``operator``, ``open``, ``close``, ``comma``, ``prime``
            or ``space``.
        compound: a number that needs parentheses beside an operator: −3, 2·10⁻⁵.
    """

    latex: str
    plain: str
    kind: str
    compound: bool = False


@dataclass(frozen=True)
class Row:
    """Signs one after the other."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Fraction:
    """One part over another."""

    top: Row
    bottom: Row


@dataclass(frozen=True)
class Script:
    """Something with what stands low or high behind it."""

    base: Node
    low: Row | None
    high: Row | None


@dataclass(frozen=True)
class Root:
    """A square root."""

    inside: Row


@dataclass(frozen=True)
class Accent:
    """Something under a sign, such as C̃."""

    latex: str
    sign: str
    inside: Row


@dataclass(frozen=True)
class Fence:
    """Something between two signs that grow with it."""

    left: Atom
    inside: Row
    right: Atom


@dataclass(frozen=True)
class Table:
    """Rows of cells: ``cases``, ``pmatrix``, or ``aligned`` lines."""

    kind: str
    rows: tuple[tuple[Row, ...], ...]


Node: TypeAlias = "Atom | Row | Fraction | Script | Root | Accent | Fence | Table"

OPEN, CLOSE = Atom("(", "(", "open"), Atom(")", ")", "close")
EQUALS = Atom("=", "=", "operator")


@dataclass(frozen=True)
class Formula:
    """A formula, whatever it is written as."""

    row: Row

    @property
    def latex(self) -> str:
        """As LaTeX."""
        from tinygrad_fr.explain.formula.write import latex

        return latex(self.row)

    @property
    def plain(self) -> str:
        """As a line of text."""
        from tinygrad_fr.explain.formula.write import plain

        return plain(self.row)

    @property
    def mathml(self) -> str:
        """As MathML, which browsers draw themselves; names and numbers stay text whatever they contain."""
        from tinygrad_fr.explain.formula.write import mathml

        return mathml(self.row)

    def put(self, terms: Mapping[str, Node]) -> Formula:
        """The formula with other terms in the place of letters, given by their LaTeX."""
        return Formula(_row(self.row, terms))

    @property
    def says_what_it_equals(self) -> bool:
        """Whether the formula is an equation already."""
        return EQUALS in self.row.items

    def __str__(self) -> str:
        return self.plain


def chain(*parts: Formula | Node) -> Formula:
    """Parts that are equal, with = between them."""
    items: list[Node] = []
    for part in parts:
        items += [EQUALS] if items else []
        inside = part.row if isinstance(part, Formula) else part
        items += inside.items if isinstance(inside, Row) else [inside]
    return Formula(Row(tuple(items)))


def beside(node: Node) -> Node:
    """A part as it stands behind an operator: −3 needs parentheses there."""
    return Fence(OPEN, Row((node,)), CLOSE) if isinstance(node, Atom) and node.compound else node


def joined(sign: Atom, *terms: Row) -> Formula:
    """Terms with an operator between them."""
    items: list[Node] = []
    for term in terms:
        first, *others = term.items
        items += [sign, beside(first), *others] if items else [first, *others]
    return Formula(Row(tuple(items)))


def _row(row: Row, terms: Mapping[str, Node]) -> Row:
    """Replace letters; what stands first in its row needs no parentheses, minus sign or not."""
    return Row(tuple(_put(item, terms, behind=i > 0) for i, item in enumerate(row.items)))


def _base(node: Node) -> Node:
    """What bears a script: in parentheses unless it is one sign, since (x₁)₂ is not x₁₂."""
    return Fence(OPEN, Row((node,)), CLOSE) if isinstance(node, Fraction | Script | Row) else node


def _put(node: Node, terms: Mapping[str, Node], *, behind: bool) -> Node:
    match node:
        case Atom(latex):
            term = terms.get(latex, node)
            return beside(term) if behind else term
        case Row():
            return _row(node, terms)
        case Fraction(top, bottom):
            return Fraction(_row(top, terms), _row(bottom, terms))
        case Script(base, low, high):
            parts = (None if part is None else _row(part, terms) for part in (low, high))
            return Script(_base(_put(base, terms, behind=True)), *parts)
        case Root(inside) | Accent(_, _, inside) | Fence(_, inside, _):
            return replace(node, inside=_row(inside, terms))
        case Table(kind, rows):
            return Table(kind, tuple(tuple(_row(cell, terms) for cell in row) for row in rows))
