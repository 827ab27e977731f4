"""Constant folding of expressions with some known numbers: x ** 2 becomes a product."""

from __future__ import annotations

import ast
import copy
import operator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Powers that become products and roots; numpy does the same for constant exponents.
_POWERS = {
    exponent: ast.parse(text, mode="eval").body
    for exponent, text in (
        (-2.0, "1 / (x * x)"),
        (-1.0, "1 / x"),
        (-0.5, "1 / sqrt(x)"),
        (0.5, "sqrt(x)"),
        (1.0, "x"),
        (2.0, "x * x"),
        (3.0, "x * x * x"),
    )
}
EXPONENTS = (
    -2.0,
    -1.0,
    -0.5,
    0.5,
    1.0,
    2.0,
    3.0,
    4.0,
)  # exponents for which the power, or the next lower one (for the derivative), is among them

_FOLDED: dict[type[ast.AST], Callable[[float, float], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Gt: operator.gt,
    ast.Lt: operator.lt,
    ast.GtE: operator.ge,
    ast.LtE: operator.le,
}


class _Folding(ast.NodeTransformer):
    def __init__(self, numbers: Mapping[str, float]) -> None:
        self.numbers = numbers

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Constant(self.numbers[node.id]) if node.id in self.numbers else node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Pow) and isinstance(node.right, ast.Constant) and node.right.value in _POWERS:
            power = copy.deepcopy(_POWERS[float(node.right.value)])  # type: ignore[arg-type]
            return _Put(node.left).visit(power)  # type: ignore[no-any-return]
        return _operated(node, node.left, node.op, node.right)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        return _operated(node, node.left, node.ops[0], node.comparators[0])

    def visit_Call(self, node: ast.Call) -> ast.AST:
        node.args = [self.visit(each) for each in node.args]
        if isinstance(node.func, ast.Name) and node.func.id == "where" and isinstance(node.args[0], ast.Constant):
            return node.args[1] if node.args[0].value else node.args[2]
        return node


class _Put(ast.NodeTransformer):
    """Replace ``x`` by an expression."""

    def __init__(self, what: ast.expr) -> None:
        self.what = what

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return copy.deepcopy(self.what) if node.id == "x" else node


def _operated(node: ast.AST, left: ast.expr, how: ast.AST, right: ast.expr) -> ast.AST:
    if isinstance(left, ast.Constant) and isinstance(right, ast.Constant) and type(how) in _FOLDED:
        return ast.Constant(float(_FOLDED[type(how)](left.value, right.value)))  # type: ignore[arg-type]
    return node


def folded(tree: ast.expr, numbers: Mapping[str, float]) -> ast.expr:
    """An expression with numbers in the place of names, after constant folding.

    Example:
        >>> tree = ast.parse("where(b == 0, 0, g * b * a ** (b - 1))", mode="eval").body
        >>> ast.unparse(folded(tree, {"b": 2.0}))
        'g * 2.0 * a'
    """
    found: ast.expr = _Folding(numbers).visit(copy.deepcopy(tree)) if numbers else tree
    return found


def exponents(expression: str) -> frozenset[str]:
    """The names that stand in exponents.

    Example:
        >>> exponents("a ** (b - 1)")
        frozenset({'b'})
    """
    powers = [n for n in ast.walk(ast.parse(expression)) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Pow)]
    return frozenset(x.id for power in powers for x in ast.walk(power.right) if isinstance(x, ast.Name))
