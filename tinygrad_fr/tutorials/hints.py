"""Hints, read off the answer that the author of an exercise wrote: first what it depends on, then what it is made of."""

from __future__ import annotations

import ast
from functools import cache
from importlib.resources import files

from tinygrad_fr.locale import _
from tinygrad_fr.tutorials.answers import solutions
from tinygrad_fr.tutorials.reading import packages

_SIGNS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "−", ast.USub: "−", ast.Mult: "×", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.Pow: "**", ast.MatMult: "@", ast.Lt: "<", ast.Gt: ">", ast.LtE: "<=", ast.GtE: ">=",
    ast.Eq: "==", ast.IfExp: "if … else", ast.If: "if", ast.For: "for", ast.While: "while",
}  # fmt: skip


@cache
def solution(number: str) -> str | None:
    """The answer that its author wrote, as text."""
    chapter = number.partition(".")[0]
    for package in packages():
        file = files(package) / "exercises" / f"chapter_{chapter:0>2}.py"
        if file.is_file():
            found = solutions(file.read_text(encoding="utf-8")).get(number)
            if found is not None:
                return found
    return None


def hint(number: str, tries: int) -> str:
    """What helps after so many answers that were not right.

    Example:
        >>> from tinygrad_fr.locale import set_language
        >>> set_language("en")
        >>> hint("5.1", 1)
        'hint: the answer depends on w, a, eta'
        >>> hint("5.1", 2)
        'hint: it is made of −, × and numbers: 2'
        >>> hint("5.1", 3)
        'check.solution("5.1") shows an answer'
    """
    text = solution(number)
    if text is None:
        return ""
    if tries == 1:
        return _("hint: the answer depends on {names}").format(names=", ".join(_depends(text)) or "–")
    if tries == 2:
        signs, numbers = _made_of(text)
        if numbers:
            return _("hint: it is made of {signs} and numbers: {numbers}").format(
                signs=", ".join(signs), numbers=", ".join(numbers)
            )
        return _("hint: it is made of {signs}").format(signs=", ".join(signs) or "–")
    return _('check.solution("{number}") shows an answer').format(number=number)


def _depends(text: str) -> list[str]:
    """The arguments that the answer uses, in their order."""
    tree = ast.parse(text)
    arguments = [each.arg for node in ast.walk(tree) if isinstance(node, ast.arguments) for each in node.args]
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return list(dict.fromkeys(name for name in arguments if name in used))


def _made_of(text: str) -> tuple[list[str], list[str]]:
    """Signs and functions of an answer, and its numbers."""
    signs: dict[str, None] = {}
    numbers: dict[str, None] = {}
    for node in ast.walk(ast.parse(text)):
        if type(node) in _SIGNS:
            signs[_SIGNS[type(node)]] = None
        elif isinstance(node, ast.Call):
            signs[node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)] = None
        elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            numbers[str(node.value)] = None
    return list(signs), list(numbers)
