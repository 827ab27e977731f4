"""Formula → LaTeX, plain text, MathML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from tinygrad_fr.explain.formula.tree import Accent, Atom, Fence, Fraction, Node, Root, Row, Script, Table
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Sequence


def latex(node: Node) -> str:
    """A formula as LaTeX."""
    match node:
        case Atom(text):
            return text
        case Row(items):
            return " ".join(map(latex, items))
        case Fraction(top, bottom):
            return rf"\frac{{{latex(top)}}}{{{latex(bottom)}}}"
        case Script(base, low, high):
            parts = (f"{sign}{{{latex(part)}}}" for sign, part in (("_", low), ("^", high)) if part is not None)
            own = latex(base) if isinstance(base, Atom | Fence | Accent) else f"{{{latex(base)}}}"
            return own + "".join(parts)
        case Root(inside):
            return rf"\sqrt{{{latex(inside)}}}"
        case Accent(command, _sign, inside):
            return rf"\{command}{{{latex(inside)}}}"
        case Fence(left, inside, right):
            return rf"\left{left.latex} {latex(inside)} \right{right.latex}"
        case Table(kind, rows):
            cells = r" \\ ".join(" & ".join(map(latex, row)) for row in rows)
            return rf"\begin{{{kind}}} {cells} \end{{{kind}}}"


# Plain text

_HIGH = {**dict(zip("0123456789+−()nix", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿⁱˣ", strict=True)), **{sign: sign for sign in "ᵀ′″‴"}}
_LOW = dict(zip("0123456789+−()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))


def plain(node: Node) -> str:
    """A formula as a line of text."""
    match node:
        case Atom(_latex, text):
            return text
        case Row(items):
            return _spaced(items)
        case Fraction(top, bottom):
            return f"{_factor(top)}/{_factor(bottom)}"
        case Script(base, low, high):
            return plain(base) + _script(low, _LOW, "_") + _script(high, _HIGH, "^")
        case Root(inside):
            return f"√{_factor(inside)}"
        case Accent(_command, sign, inside):
            return plain(inside) + sign
        case Fence(left, inside, right):
            return f"{left.plain}{plain(inside)}{right.plain}"
        case Table("cases", rows):
            return _cases(rows)
        case Table("pmatrix", rows):
            return "[" + " ; ".join("  ".join(map(plain, row)) for row in rows) + "]"
        case Table(_kind, rows):
            return "\n".join(" ".join(map(plain, row)).strip() for row in rows)


def _cases(rows: Sequence[Sequence[Row]]) -> str:
    said = []
    for value, condition in rows:
        sentence = _("{value} if {condition}") if condition.items else _("{value} otherwise")
        said.append(sentence.format(value=plain(value), condition=plain(condition)))
    return f"({', '.join(said)})"


def _spaced(items: Sequence[Node]) -> str:
    """Signs with the spaces that a reader expects: around operators, not behind a minus that is a sign."""
    text = ""
    before: Node | None = None
    for item in items:
        kind, last = _kind(item), _kind(before)
        binary = last not in ("", "operator", "open", "comma", "space")
        if kind == "operator":
            text += f" {plain(item)} " if binary else plain(item)
        elif kind == "comma":
            text += ", "
        else:
            touching = kind in ("close", "prime") or last in ("operator", "open", "comma", "", "space")
            glued = _called(before) if kind in ("open", "fence") else isinstance(before, Atom) and before.plain in "∂∇"
            text += plain(item) if touching or glued else f" {plain(item)}"
        before = item
    return text


def _kind(node: Node | None) -> str:
    """The kind of a sign; what stands behind it, low or high, changes nothing."""
    if node is None:
        return ""
    if isinstance(node, Script):
        return _kind(node.base)
    return node.kind if isinstance(node, Atom) else "fence" if isinstance(node, Fence) else "other"


def _called(node: Node | None) -> bool:
    """Whether parentheses behind this sign are those of a function: σ(x), but 2 (x + 1)."""
    return _kind(node) in ("letter", "function", "word", "prime")


def _factor(row: Row) -> str:
    """One side of a fraction bar on a line: in parentheses unless it is one thing."""
    text = plain(row)
    single = len(row.items) == 1 and not isinstance(row.items[0], Fraction)
    derivative = len(row.items) == 2 and _partial(row.items[0])
    compound = single and isinstance(row.items[0], Atom) and row.items[0].compound
    return text if (single and not compound) or derivative else f"({text})"


def _partial(node: Node) -> bool:
    return isinstance(node, Atom) and node.plain == "∂"


def _script(row: Row | None, table: dict[str, str], sign: str) -> str:
    if row is None:
        return ""
    text = plain(row).replace(" ", "")
    if all(c in table for c in text):
        return "".join(table[c] for c in text)
    return f"{sign}{text}" if len(row.items) == 1 and isinstance(row.items[0], Atom) else f"{sign}({text})"


# MathML

_TAGS = {"number": "mn", "letter": "mi", "function": "mi", "word": "mtext"}


def mathml(row: Row) -> str:
    """A formula as a MathML element."""
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">{_element(row)}</math>'


def _sign(atom: Atom) -> str:
    if atom.kind == "space":
        return '<mspace width="0.5em"/>'
    tag = _TAGS.get(atom.kind, "mo")
    text = "".join(c if c.isprintable() else " " for c in atom.plain)
    return f"<{tag}>{escape(text)}</{tag}>"


def _element(node: Node) -> str:
    match node:
        case Atom():
            return _sign(node)
        case Row(items):
            return f"<mrow>{''.join(map(_element, items))}</mrow>"
        case Fraction(top, bottom):
            return f"<mfrac>{_element(top)}{_element(bottom)}</mfrac>"
        case Script(base, None, high) if high is not None:
            return f"<msup>{_element(base)}{_element(high)}</msup>"
        case Script(base, low, None) if low is not None:
            return f"<msub>{_element(base)}{_element(low)}</msub>"
        case Script(base, low, high):
            return f"<msubsup>{_element(base)}{''.join(_element(part) for part in (low, high) if part)}</msubsup>"
        case Root(inside):
            return f"<msqrt>{_element(inside)}</msqrt>"
        case Accent(_command, sign, inside):
            shown = {"\u0303": "~", "\u0304": "¯", "\u0305": "¯", "\u0302": "^"}[sign]
            return f'<mover accent="true">{_element(inside)}<mo>{shown}</mo></mover>'
        case Fence(left, inside, right):
            return f"<mrow>{_sign(left)}{_element(inside)}{_sign(right)}</mrow>"
        case Table(kind, rows):
            return _table(kind, rows)


def _table(kind: str, rows: Sequence[Sequence[Row]]) -> str:
    cells = "".join(f"<mtr>{''.join(f'<mtd>{_element(cell)}</mtd>' for cell in row)}</mtr>" for row in rows)
    left, right = {"cases": ("{", ""), "pmatrix": ("(", ")")}.get(kind, ("", ""))
    fences = [f'<mo stretchy="true">{sign}</mo>' if sign else "" for sign in (left, right)]
    align = (
        ""
        if kind == "pmatrix"
        else ' columnalign="right left left left"'
        if kind == "aligned"
        else ' columnalign="left"'
    )
    return f"<mrow>{fences[0]}<mtable{align}>{cells}</mtable>{fences[1]}</mrow>"
