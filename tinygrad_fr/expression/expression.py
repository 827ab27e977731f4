"""A scalar expression, said once as text, run anywhere.

``Expression("g * (1 - y * y)")`` becomes a function of floats, of arrays, of nodes (which records it), a numba kernel,
and LaTeX. It also knows which names it reads, so an operation keeps no value that its derivative does not need.
"""

from __future__ import annotations

import ast
from difflib import get_close_matches
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from tinygrad_fr.errors import UsageError
from tinygrad_fr.expression.latex import written
from tinygrad_fr.expression.vocabulary import ARRAY_OPERATORS, FLOAT_OPERATORS, OPERATORS, WORDS
from tinygrad_fr.locale import _
from tinygrad_fr.source.site import INTERNAL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_FILENAME = f"<{__name__}>"
INTERNAL.add(_FILENAME)  # what an expression records was asked for by the user's line, not by this text


class Expression:
    """An expression of named scalars in the vocabulary of :mod:`tinygrad_fr.expression.vocabulary`.

    Args:
        text: the expression, in Python's syntax.

    Raises:
        UsageError: it is no expression, or calls a function that the vocabulary lacks.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self.tree = ast.parse(text, mode="eval").body
        except SyntaxError as error:
            raise UsageError(_("“{text}” is no formula: {cause}").format(text=text, cause=error.msg)) from None
        nodes = list(ast.walk(self.tree))
        called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
        names = [node for node in nodes if isinstance(node, ast.Name)]
        self.reads = frozenset(node.id for node in names if id(node) not in called)
        self.calls = frozenset(node.id for node in names if id(node) in called)
        for name in sorted(self.calls - WORDS.keys()):
            near = get_close_matches(name, WORDS, 1)
            hint = _(" (did you mean “{near}”?)").format(near=near[0]) if near else ""
            raise UsageError(
                _("formula “{text}”: the function “{name}” is not known{hint}").format(text=text, name=name, hint=hint)
            )
        operators = sum(isinstance(node, ast.BinOp | ast.UnaryOp | ast.Compare | ast.Call) for node in nodes)
        self.passes = operators  # passes over memory that numpy would make
        # Whether its value is a truth, of a comparison or of several put together.
        self.of_truths = isinstance(self.tree, ast.Compare) or isinstance(
            getattr(self.tree, "op", None), ast.BitAnd | ast.BitOr
        )

    def check_letters(self, letters: Sequence[str]) -> None:
        """Refuse a letter that nothing gives a value to, where the operation is defined and not where it is first used.

        Raises:
            UsageError: there is one.
        """
        for letter in sorted(self.reads - set(letters)):
            raise UsageError(
                _("formula “{text}”: the letter “{letter}” is not known; its letters are {letters}").format(
                    text=self.text, letter=letter, letters=", ".join(letters)
                )
            )

    def places(self, of: Mapping[str, int]) -> frozenset[int]:
        """The places of the letters that it reads."""
        return frozenset(of[name] for name in self.reads if name in of)

    def of_floats(self, args: Sequence[str]) -> Callable[..., Any]:
        """A function of Python floats that follows IEEE arithmetic where Python would raise."""
        return _function(args, *self.spelled("float"))

    def of_arrays(self, args: Sequence[str]) -> Callable[..., Any]:
        """A function of arrays, one numpy pass per operator."""
        return _function(args, *self.spelled("array"))

    def spelled(self, kind: str) -> tuple[ast.expr, dict[str, Any]]:
        """The expression on ``"array"`` or ``"float"``, and what its words mean there."""
        tree = ast.parse(self.text, mode="eval")
        if kind == "array":
            words = {name: WORDS[name].of_array for name in self.calls}
            return _Called(ARRAY_OPERATORS).visit(tree).body, words | ARRAY_OPERATORS
        words = {name: WORDS[name].of_float for name in self.calls}
        return _Called(FLOAT_OPERATORS).visit(tree).body, words | FLOAT_OPERATORS

    def of_nodes(self, args: Sequence[str], operations: Mapping[str, Callable[..., Any]]) -> Callable[..., Any]:
        """A function of nodes that records one operation per operator."""
        tree = _NodeComparisons().visit(ast.parse(self.text, mode="eval")).body
        words = {name: operations[name] for name in {*self.calls, *_RECORDED.values()}}
        return _function(args, tree, {**words, "where": _chosen(operations["where"])})

    @cached_property
    def latex(self) -> str:
        """The expression in LaTeX."""
        return written(self.tree)

    def without_upstream(self, upstream: str = "g") -> Expression:
        """The local derivative: this expression, linear in the upstream gradient, with that gradient taken as 1."""
        tree = _Unit(upstream).visit(ast.parse(self.text, mode="eval"))
        return Expression(ast.unparse(ast.fix_missing_locations(tree)))

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


@cache
def said(text: str) -> Expression:
    """The expression of a text, read once: many partials are the same few.

    Example:
        >>> said("g * y") is said("g * y")
        True
    """
    return Expression(text)


def _function(args: Sequence[str], body: ast.expr, words: Mapping[str, Any]) -> Callable[..., Any]:
    signature = ast.arguments(
        posonlyargs=[], args=[ast.arg(name) for name in args], kwonlyargs=[], kw_defaults=[], defaults=[]
    )
    tree = ast.fix_missing_locations(ast.Expression(ast.Lambda(signature, body)))
    function: Callable[..., Any] = eval(compile(tree, _FILENAME, "eval"), {"__name__": __name__, **words})
    return function


class _Called(ast.NodeTransformer):
    """Spell operators such as ``a / b`` and ``a ** b`` as calls of what they mean here."""

    def __init__(self, meanings: Mapping[str, Any]) -> None:
        self.meanings = meanings

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        name = type(node.op).__name__
        if name not in self.meanings:
            return node
        return ast.copy_location(ast.Call(ast.Name(name, ast.Load()), [node.left, node.right], []), node)


_RECORDED = {kind: operator.recorded for kind, operator in OPERATORS.items() if operator.recorded}


class _NodeComparisons(ast.NodeTransformer):
    """Spell comparisons as calls: a node's own ``==`` may mean identity."""

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        return ast.Call(ast.Name(_RECORDED[type(node.ops[0])], ast.Load()), [node.left, node.comparators[0]], [])

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if type(node.op) not in _RECORDED:
            return node
        return ast.Call(ast.Name(_RECORDED[type(node.op)], ast.Load()), [node.left, node.right], [])


def _chosen(where: Callable[..., Any]) -> Callable[..., Any]:
    """``where`` that records nothing when its condition is known already."""

    def choose(condition: Any, a: Any, b: Any) -> Any:
        if isinstance(condition, bool):
            return a if condition else b
        return where(condition, a, b)

    return choose


class _Unit(ast.NodeTransformer):
    """Take one name as 1 and drop the multiplications that this makes idle."""

    def __init__(self, name: str) -> None:
        self.name = name

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Constant(1) if node.id == self.name else node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Mult):
            if _is_one(node.left):
                return node.right
            if _is_one(node.right):
                return node.left
        if isinstance(node.op, ast.Div) and _is_one(node.right):
            return node.left
        return node


def _is_one(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 1
