"""Which values a derivative reads, found in its own text.

A derivative that takes ``x.shape`` alone gives the right gradient whatever became of x's elements since; one that multiplies by x does
not. So that nobody has to say it, and says it wrongly, the text of the function is followed, through the functions of ours that it hands a
value to. What cannot be followed counts as read.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from functools import cache
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

# What is asked of a value without looking at its elements.
_FORM = frozenset(("dtype", "device", "itemsize", "nbytes", "ndim", "shape", "size"))
_LIKE = frozenset(("empty_like", "full_like", "isinstance", "len", "ones_like", "shape", "type", "zeros_like"))
_SAME = frozenset(("asarray", "value_of"))  # give the value that they are given

_underway: list[FunctionType] = []


@cache
def values_read(function: Callable[..., Any], needs: int = -1) -> frozenset[int] | None:
    """Places of the parameters whose elements a function reads; None where its text cannot be followed.

    Args:
        function: a derivative, or a function that one calls.
        needs: which gradients are asked for, where the function has a parameter of that name and tests its bits.

    Example:
        >>> from tinygrad_fr.ops import registry
        >>> back = registry["matmul"].derivatives["a"]  # back(g, y, a, b) multiplies g by b
        >>> 3 in values_read(back), 2 in values_read(back)
        (True, False)
    """
    if not isinstance(function, FunctionType) or function in _underway:  # what calls itself is not followed
        return None
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    except (OSError, SyntaxError, TypeError):
        return None
    if not isinstance(tree, ast.FunctionDef):
        return None
    arguments = tree.args
    names = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
    finder = _Finder(function, names, needs)
    _underway.append(function)
    try:
        for statement in tree.body:
            finder.visit(statement)
    finally:
        _underway.remove(function)
    if arguments.vararg is not None:
        finder.read.update(_from(len(names)))
    return frozenset(names.index(name) for name in finder.read if name in names) | frozenset(
        place for place in finder.read if isinstance(place, int)
    )


def _from(place: int) -> range:
    """Every place from one on, as far as an operation has operands."""
    return range(place, place + 64)


class _Finder(ast.NodeVisitor):
    """Finds the names among a function's parameters whose elements are read."""

    def __init__(self, function: FunctionType, names: list[str], needs: int) -> None:
        self.function, self.names, self.needs = function, names, needs
        self.read: set[Any] = set()

    def visit_Name(self, node: ast.Name) -> None:
        if node.id in self.names:
            self.read.add(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if node.attr not in _FORM or not _plain(node.value):
            self.visit(node.value)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        if self._asked_for(node.test):
            self.generic_visit(node)
        else:
            self.visit(node.orelse)

    def visit_If(self, node: ast.If) -> None:
        for each in (node.test, *node.body, *node.orelse) if self._asked_for(node.test) else node.orelse:
            self.visit(each)

    def _asked_for(self, test: ast.expr) -> bool:
        """Whether a branch runs, as far as ``needs & 2`` tells."""
        match test:
            case ast.BinOp(ast.Name("needs"), ast.BitAnd(), ast.Constant(int(bits))) if "needs" in self.names:
                return bool(self.needs & bits)
        return True

    def visit_Compare(self, node: ast.Compare) -> None:
        if not all(isinstance(op, ast.Is | ast.IsNot) for op in node.ops):
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        called = self._called(node.func)
        name = getattr(called, "__name__", "")
        if name in _LIKE and not isinstance(called, FunctionType | None):  # numpy's and Python's
            rest: list[ast.expr] = node.args[1:]
        elif name in _LIKE and isinstance(called, FunctionType) and not called.__module__.startswith("tinygrad_fr"):
            rest = node.args[1:]
        elif isinstance(called, FunctionType) and called.__module__.startswith("tinygrad_fr"):
            given = [i for i, x in enumerate(node.args) if isinstance(x, ast.Name) and x.id in self.names]
            inside = values_read(called) if given else None
            rest = [x for i, x in enumerate(node.args) if i not in given or inside is None or i in inside]
        else:
            self.visit(node.func)
            rest = node.args
        for each in (*rest, *(keyword.value for keyword in node.keywords)):
            self.visit(each)

    def _called(self, func: ast.expr) -> Any:
        """The function that a call names, where that can be told."""
        if isinstance(func, ast.Name) and func.id not in self.names:
            found = self.function.__globals__.get(func.id)
            return __builtins__.get(func.id) if found is None and isinstance(__builtins__, dict) else found
        if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name):
            module = self.function.__globals__.get(func.value.id)
            return getattr(module, func.attr, None) if isinstance(module, ModuleType) else None
        return None


def _plain(node: ast.expr) -> bool:
    """Whether an expression is a name's own value: ``x``, ``x.current.value``, ``value_of(x)``."""
    if isinstance(node, ast.Attribute):
        return node.attr in ("current", "value") and _plain(node.value)
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        return name in _SAME and len(node.args) == 1 and _plain(node.args[0])
    return isinstance(node, ast.Name)
