"""Which of PyTorch's names a script uses that are not here, found without running it."""

from __future__ import annotations

import ast
import difflib
from importlib import import_module
from typing import NamedTuple

from tinygrad_fr.errors import AbsentError, DataError
from tinygrad_fr.lessons.alias import ROOTS, home
from tinygrad_fr.locale import _


class Missing(NamedTuple):
    """A name of PyTorch's that is not here.

    Attributes:
        line: where the script first uses it.
        name: the name, with its module.
        near: names here that look like it.

    Example:
        >>> missing("import torch\\ntorch.zeroes(3)")
        [Missing(line=2, name='torch.zeroes', near=('zeros', 'zeros_like'))]
    """

    line: int
    name: str
    near: tuple[str, ...]

    def __str__(self) -> str:
        text = _("line {line}: {name} is not here").format(line=self.line, name=self.name)
        if self.near:
            text += _("; near it: {near}").format(near=", ".join(self.near))
        return text


def missing(source: str, path: str = "<script>") -> list[Missing]:
    """The names that a script uses and that are not here, in the order of its lines.

    Raises:
        DataError: the script is no Python.

    Example:
        >>> missing("from torch import nn\\nnn.Linear(2, 1)")
        []
    """
    try:
        tree = ast.parse(source, path)
    except (SyntaxError, ValueError) as error:
        raise DataError(_("{path}: not a Python script: {cause}").format(path=path, cause=error)) from None
    found: dict[str, Missing] = {}
    known: dict[str, str] = {}  # a name of the script → what of PyTorch's it stands for
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                if each.name.partition(".")[0] in ROOTS:
                    known[each.asname or each.name.partition(".")[0]] = (
                        each.name if each.asname else each.name.partition(".")[0]
                    )
                    _look(each.name, node.lineno, found)
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] in ROOTS:
            for each in node.names:
                if each.name != "*":
                    known[each.asname or each.name] = f"{node.module}.{each.name}"
                    _look(f"{node.module}.{each.name}", node.lineno, found)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            parts: list[str] = []
            inner: ast.expr = node
            while isinstance(inner, ast.Attribute):
                parts.append(inner.attr)
                inner = inner.value
            if isinstance(inner, ast.Name) and inner.id in known:
                _look(".".join([known[inner.id], *reversed(parts)]), node.lineno, found)
    return sorted(found.values())


def _look(name: str, line: int, found: dict[str, Missing]) -> None:
    """Follow a dotted name through our modules; enter the first part that is not there."""
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        module = home(".".join(parts[:count]))
        if module is None:
            continue
        held = import_module(module)
        for place in range(count, len(parts)):
            try:
                held = getattr(held, parts[place])
            except (AttributeError, AbsentError):
                short = ".".join(parts[: place + 1])
                near = difflib.get_close_matches(parts[place], dir(held), 2)
                if short not in found or found[short].line > line:
                    found[short] = Missing(line, short, tuple(near))
                return
            if not hasattr(held, "__path__") and not hasattr(held, "__spec__"):
                return  # a class or a function: what it has is looked at when it runs
        return
    found.setdefault(name, Missing(line, name, ()))
