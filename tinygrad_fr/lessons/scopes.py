"""Where a name of a lesson still stands for what an import bound it to, and where the lesson has given it to something else."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_Bound = dict[str, tuple[int, int]]  # a name that something else than an import binds → where first


def imported_uses(trees: Sequence[tuple[int, ast.Module]]) -> Iterator[tuple[int, ast.Attribute, str, list[str]]]:
    """Each ``name.a.b`` whose name is an import's: its cell, the node, the name, and the parts after it.

    A parameter, a loop's variable or an assignment of the same name hides the import: in its whole function, or in the script's
    own lines from there on.

    Args:
        trees: the pieces of the lesson in order, with their cells.

    Example:
        >>> script = ast.parse("from torch.utils import data\\ndata.Dataset\\ndef size(data):\\n    return data.shape")
        >>> [(name, parts) for _cell, _node, name, parts in imported_uses([(0, script)])]
        [('data', ['Dataset'])]
    """
    bound: _Bound = {}
    for cell, tree in trees:
        for line, name in _stores(tree):
            bound.setdefault(name, (cell, line))
        for node in ast.walk(tree):
            if isinstance(node, ast.Global):
                bound |= dict.fromkeys(node.names, (0, 0))
    for cell, tree in trees:
        for node, name, parts in _uses(tree, frozenset(), bound, cell, inside=False):
            yield cell, node, name, parts


def _uses(
    node: ast.AST, hidden: frozenset[str], bound: _Bound, cell: int, *, inside: bool
) -> Iterator[tuple[ast.Attribute, str, list[str]]]:
    if isinstance(node, ast.Attribute):
        parts, inner = [node.attr], node.value
        while isinstance(inner, ast.Attribute):
            parts.append(inner.attr)
            inner = inner.value
        if isinstance(inner, ast.Name):
            first = bound.get(inner.id)
            given_away = first is not None and (inside or (cell, node.lineno) > first)
            if inner.id not in hidden and not given_away:
                yield node, inner.id, parts[::-1]
            return
    if not isinstance(node, _FUNCTIONS):
        for child in ast.iter_child_nodes(node):
            yield from _uses(child, hidden, bound, cell, inside=inside)
        return
    given = node.args
    own = {each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg) if each}
    body = [node.body] if isinstance(node, ast.Lambda) else node.body
    own |= {name for part in body for _line, name in _stores(part)}
    for child in ast.iter_child_nodes(node):
        if child in body:
            yield from _uses(child, hidden | own, bound, cell, inside=True)
        else:  # defaults, hints and decorators are read outside
            yield from _uses(child, hidden, bound, cell, inside=inside)


def _stores(node: ast.AST) -> Iterator[tuple[int, str]]:
    """The names that a piece of program binds itself, by something else than an import."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.lineno, node.name
        return
    if isinstance(node, ast.Lambda):
        return
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.lineno, node.id
    elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
        yield node.lineno, node.name
    for child in ast.iter_child_nodes(node):
        yield from _stores(child)
