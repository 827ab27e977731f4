"""An operation's text as JavaScript: the same expression that numpy, the kernels and the formulas read."""

from __future__ import annotations

import ast
import math
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from tinygrad_fr.expression.vocabulary import OPERATORS, WORDS
from tinygrad_fr.living.code import IDENTITY, Code
from tinygrad_fr.ops.definition.op import registry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tinygrad_fr.expression.expression import Expression
    from tinygrad_fr.ops.definition.elementwise import Elementwise

ACTIVATIONS = ("sigmoid", "tanh", "relu", "identity")
_ARRAYS = "ABC"


def spoken(op: Elementwise, attrs: Mapping[str, Any]) -> bool:
    """Whether an operation can be said in JavaScript: its words are known there, and its attributes are numbers."""
    texts = [op.forward, *(text for text in op.partials.values() if text is not None)]
    numbers = all(isinstance(value, float | int) for value in {**op.defaults, **attrs}.values())
    return (
        numbers
        and len(op.inputs) <= len(_ARRAYS)
        and all(WORDS[name].javascript for text in texts for name in text.calls)
    )


def written(text: Expression, names: Mapping[str, str]) -> str:
    """An expression in JavaScript.

    Args:
        text: the expression.
        names: what each of its names is there.

    Example:
        >>> from tinygrad_fr.expression.expression import Expression
        >>> written(Expression("where(x <= 0, 0, g)"), {"x": "x", "g": "g"})
        '((x<=0)?0:g)'
    """
    return _written(text.tree, names)


def _written(node: ast.expr, names: Mapping[str, str]) -> str:
    match node:
        case ast.Constant(float() | int() as value):
            return number(value)
        case ast.Name(name):
            return names[name]
        case ast.UnaryOp(ast.USub(), operand):
            return f"(-{_written(operand, names)})"
        case ast.BinOp(left, ast.Pow(), right):
            return f"power({_written(left, names)},{_written(right, names)})"
        case ast.BinOp(left, operator, right):
            return f"({_written(left, names)}{OPERATORS[type(operator)].javascript}{_written(right, names)})"
        case ast.Compare(left, [comparison], [right]):
            return f"({_written(left, names)}{OPERATORS[type(comparison)].javascript}{_written(right, names)})"
        case ast.Call(ast.Name("where"), [condition, a, b]):
            asked = _written(condition, names)
            if not isinstance(condition, ast.Compare | ast.BinOp):  # a number that says yes when it is not 0
                asked = f"({asked}!=0)"
            return f"({asked}?{_written(a, names)}:{_written(b, names)})"
        case ast.Call(ast.Name(name), args):
            return f"{WORDS[name].javascript}({','.join(_written(arg, names) for arg in args)})"
    raise ValueError(f"no JavaScript for {ast.unparse(node)}")


def number(value: float) -> str:
    """A number in JavaScript."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if value != value else "Infinity" if value > 0 else "(-Infinity)"
    return f"({value!r})" if value < 0 else repr(value)


def operation(code: Code) -> str:
    """One operation as two functions: over a stretch forward, and over it backward."""
    places = {name: f"v[{array}[i]]" for name, array in zip(code.inputs, _ARRAYS, strict=False)}
    names = {"g": "g", "y": "y"} | {name: f"{name}_" for name in code.inputs}
    names |= {name: number(value) for name, value in code.attrs}
    forward = _reading(code.forward.reads, places, names) + f"v[i]={written(code.forward, names)};"
    sent = code.sent()
    read = frozenset().union(*(text.reads for _i, text in sent))
    back = _reading(read, places, names) + "".join(
        f"d[{_ARRAYS[i]}[i]]+={written(text, names)};" for i, text in sent
    )  # fmt: skip
    loops = f"forward(v,A,B,C,s,e){{for(let i=s;i<e;i++){{{forward}}}}}"
    if not sent:
        return f"{{{loops},backward(){{}}}}"
    return f"{{{loops},backward(v,d,A,B,C,s,e){{for(let i=e-1;i>=s;i--){{const g=d[i];{back}}}}}}}"


def _reading(reads: Iterable[str], places: Mapping[str, str], names: Mapping[str, str]) -> str:
    found = [f"{names[name]}={places[name]}" for name in places if name in reads]
    if "y" in reads:
        found.append("y=v[i]")
    return f"const {','.join(found)};" if found else ""


def activation(name: str) -> Code:
    """An operation that the page puts in the place of another."""
    op: Any = registry.get(name)
    return Code.of(op, {}, 1) if op is not None else IDENTITY


def script(codes: Iterable[Code]) -> str:
    """The JavaScript that computes: the arithmetic, the operations that a run uses, and the two sweeps."""
    every = {code.key: code for code in (*codes, *map(activation, ACTIVATIONS))}
    table = ",\n".join(f"{_quoted(key)}: {operation(code)}" for key, code in every.items())
    return f"{_static('arithmetic')}\nconst OPERATIONS = {{\n{table}\n}};\n{_static('runtime')}"


def _quoted(text: str) -> str:
    return "'" + "".join(c if c.isalnum() or c in " =/._-+" else f"\\u{ord(c):04x}" for c in text) + "'"


@lru_cache(maxsize=4)
def _static(name: str) -> str:
    return (files("tinygrad_fr.living") / "static" / f"{name}.js").read_text(encoding="utf-8")
