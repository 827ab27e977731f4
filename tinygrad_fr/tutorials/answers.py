"""The answers of a file of exercises, as their author wrote them."""

from __future__ import annotations

import ast


def solutions(source: str) -> dict[str, str]:
    """Of every exercise of a file, its number and the text of its answer; a function that it names is written out.

    Example:
        >>> solutions('@exercise("1.1", solution=lambda x: x + 1, wrong=())\\ndef proof(answer): ...')
        {'1.1': 'lambda x: x + 1'}
    """
    tree = ast.parse(source)
    named = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    found: dict[str, str] = {}
    for call in ast.walk(tree):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "exercise"):
            continue
        answer = next((keyword.value for keyword in call.keywords if keyword.arg == "solution"), None)
        if answer is None or not call.args or not isinstance(call.args[0], ast.Constant):
            continue
        written: ast.AST = named[answer.id] if isinstance(answer, ast.Name) and answer.id in named else answer
        found[str(call.args[0].value)] = ast.unparse(written)
    return found
