"""Expressions as LaTeX, with the parentheses that precedence asks for."""

from __future__ import annotations

import ast

from tinygrad_fr.expression.vocabulary import OPERATORS, WORDS

_GREEK = {"alpha", "beta", "gamma", "delta", "epsilon", "eta", "theta", "lambda", "mu", "sigma", "rho"}
_LETTERS = {"negative_slope": "alpha", "lambd": "lambda"}  # what books write for PyTorch's names

# Operator → how it is written, the precedence that its left and its right operand need, and its own.
_BINARY: dict[type[ast.operator], tuple[str, int, int, int]] = {
    ast.Add: ("%s + %s", 2, 2, 2),
    ast.Sub: ("%s - %s", 2, 3, 2),
    ast.Mult: (r"%s \, %s", 3, 3, 3),
    ast.Div: (r"\frac{%s}{%s}", 0, 0, 4),
    ast.Pow: ("%s^{%s}", 5, 0, 4),
    ast.BitAnd: (r"%s \wedge %s", 1, 1, 1),
    ast.BitOr: (r"%s \vee %s", 1, 1, 1),
}


def _signed(node: ast.expr) -> bool:
    """Whether a product starts with a sign."""
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        node = node.left
    return isinstance(node, ast.UnaryOp)


def letter(name: str) -> str:
    """A name of an expression, as LaTeX writes it."""
    name = _LETTERS.get(name, name)
    if name in _GREEK:
        return f"\\{name}"
    return name if len(name) == 1 else rf"\text{{{name.replace('_', ' ')}}}"


class _Latex:
    """Write an expression as LaTeX, with the parentheses that precedence asks for."""

    def write(self, node: ast.expr, outer: int) -> str:
        text, own = self.parts(node)
        return rf"\left({text}\right)" if own < outer else text

    def parts(self, node: ast.expr) -> tuple[str, int]:
        """Text and precedence: 1 comparison, 2 sum, 3 product, 4 power, 5 atom."""
        match node:
            case ast.Constant(value):
                return f"{value:g}" if isinstance(value, float) else str(value), 5
            case ast.Name(name):
                return letter(name), 5
            case ast.UnaryOp(ast.USub(), operand):
                return f"-{self.write(operand, 3)}", 2
            case ast.BinOp(left, ast.Mult(), right) if _signed(left):  # a sign in front needs no parentheses
                return rf"{self.write(left, 0)} \, {self.write(right, 3)}", 2
            case ast.BinOp(left, operator, right) if type(operator) in _BINARY:
                pattern, before, after, own = _BINARY[type(operator)]
                return pattern % (self.write(left, before), self.write(right, after)), own
            case ast.Compare(left, [operator], [right]):
                return f"{self.write(left, 2)} {OPERATORS[type(operator)].latex} {self.write(right, 2)}", 1
            case ast.Call(ast.Name(name), args):
                return WORDS[name].latex.format(*(self.write(arg, 0) for arg in args)), 5
        raise ValueError(f"no LaTeX for {ast.unparse(node)}")


def written(node: ast.expr) -> str:
    """An expression's tree in LaTeX."""
    return _Latex().write(node, 0)
