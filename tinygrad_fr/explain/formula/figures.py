"""Numbers, arrays and names as parts of a formula."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.explain.formula.tree import Atom, Formula, Node, Row, Script, Table
from tinygrad_fr.expression.latex import letter
from tinygrad_fr.locale import number

if TYPE_CHECKING:
    from collections.abc import Mapping

SMALL = 9  # elements of an array that is written out

_LATEX_SIGNS = {
    "−": "-", ",": "{,}", "·": r" \cdot ", "×": r" \times ", "\u202f": r"\,", "∞": r"\infty", "NaN": r"\text{NaN}",
}  # fmt: skip
_SUPERSCRIPT = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def text_of(x: float) -> str:
    """A figure for a person; a whole number has no decimals."""
    x = float(x)
    return number(int(x)) if x.is_integer() and abs(x) < 1e6 else number(x)


def figure(x: float) -> Atom:
    """A number."""
    text = text_of(x)
    latex = re.sub(r"[⁻⁰-⁹¹²³]+", lambda power: f"^{{{power[0].translate(_SUPERSCRIPT)}}}", text)
    for sign, meaning in _LATEX_SIGNS.items():
        latex = latex.replace(sign, meaning)
    return Atom(
        latex, text, "number", compound=text.startswith("−") or ("10" in text and latex != text and "^" in latex)
    )


def value(x: Any) -> Node:
    """A number, a small array written out, or the shape of a large one."""
    if x is None:
        return Atom(r"\varnothing", "∅", "letter")
    if isinstance(x, tuple):
        parts = [value(part) for part in x]
        return parts[0] if len(parts) == 1 else Table("pmatrix", (tuple(Row((part,)) for part in parts),))
    array = np.asarray(x)
    if array.dtype.kind not in "fiub":
        return Atom(rf"\text{{{array.dtype}}}", str(array.dtype), "word")
    if array.ndim == 0:
        return figure(array.item())
    if array.size <= SMALL and 0 < array.ndim <= 2 and array.size:
        return Table("pmatrix", tuple(tuple(Row((figure(v),)) for v in row) for row in np.atleast_2d(array).tolist()))
    return shape(array.shape)


def shape(sides: tuple[int, ...]) -> Atom:
    """A shape in brackets, for what is too large to be written out."""
    latex, plain = (sign.join(map(str, sides)) for sign in (r" \times ", " × "))
    return Atom(rf"\left[{latex}\right]", f"[{plain}]", "word")


_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_NAME = re.compile(r"(?P<base>.+?)(?P<low>[₀-₉]+|_[A-Za-z0-9]+)?$", re.DOTALL)
_SPECIAL = re.compile(r"[\\{}$&#^_%~]")


def name(text: str, *, step: int | None = None, copy: int | None = None) -> Node:
    """A name as people write it: w₁ and W_f get their subscript, several letters stand upright.

    Args:
        text: the name.
        step: a time step, low behind it.
        copy: which one of several that bear the name, high behind it.
    """
    found = _NAME.match(text)
    base, low = (found["base"], found["low"] or "") if found is not None else (text, "")
    if low.startswith("_") and len(base) > 1:  # weight_ih is one word
        base, low = text, ""
    node: Node = Atom(_upright(base), base, "letter" if len(base) == 1 else "word")
    lows = [part for part in (low.lstrip("_").translate(_DIGITS), "" if step is None else str(step)) if part]
    high = None if copy is None else Row((_copy(copy),))
    below = Row((Atom(",".join(lows), ",".join(lows), "number" if lows[-1].isdigit() else "letter"),)) if lows else None
    return node if below is None and high is None else Script(node, below, high)


def _copy(copy: int) -> Atom:
    """x′ for the second x, x″ for the third; a number where primes would be counted."""
    if copy <= 4:
        return Atom(r"\prime" * (copy - 1), "′″‴"[copy - 2], "operator")
    return Atom(f"({copy})", f"({copy})", "number")


def _upright(base: str) -> str:
    if len(base) == 1 and base.isalpha():
        return base
    if len(base) == 2 and base[1] == "\u0303":
        return rf"\tilde{{{base[0]}}}"
    printable = "".join(c if c.isprintable() else " " for c in base)
    return rf"\text{{{_SPECIAL.sub(lambda c: _escaped(c[0]), printable)}}}"


def _escaped(sign: str) -> str:
    return {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}.get(sign, "\\" + sign)


def filled(formula: Formula, terms: Mapping[str, Node]) -> Formula:
    """A formula with terms for the parameters of an operation, which its LaTeX may write in three ways."""
    spelled: dict[str, Node] = {}
    for key, term in terms.items():
        spelled |= {key: term, f"\\{key}": term, rf"\text{{{key}}}": term, letter(key): term}
    return formula.put(spelled)
