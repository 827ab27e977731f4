"""Which line of the user's code ran an operation.

Keeping a site costs a tuple per node; the line, its text and the variable it assigns are looked up only when asked.
"""

from __future__ import annotations

import ast
import itertools
import linecache
import os
import sys
import warnings
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

PACKAGE = Path(__file__).resolve().parent.parent


def _sources() -> Iterator[str]:
    """The package's files, in a third of the time that ``Path.rglob`` takes."""
    for folder, inner, names in os.walk(PACKAGE):
        inner[:] = [each for each in inner if each != "__pycache__"]
        yield from (f"{folder}{os.sep}{name}" for name in names if name.endswith(".py"))


# Frames of these files are the engine's own, or those of a decorator that it uses; the first frame outside is the user's.
INTERNAL = {*_sources(), np.errstate.__call__.__code__.co_filename}


class Site(NamedTuple):
    """An instruction of the user's code."""

    code: CodeType
    instruction: int

    @property
    def filename(self) -> str:
        """Path of the source file, as Python knows it."""
        return self.code.co_filename

    @property
    def span(self) -> tuple[int, int, int, int]:
        """First line, last line (from 1), first and last column (from 0) of the expression."""
        found = next(itertools.islice(self.code.co_positions(), self.instruction // 2, None), None)
        first, last, start, end = found or (None, None, None, None)
        line = first or self.code.co_firstlineno
        return line, last or line, start or 0, end or 0

    @property
    def line(self) -> int:
        """Line number, from 1."""
        return self.span[0]

    @property
    def text(self) -> str:
        """The source line without its indentation; empty when the source is not at hand, or nobody's."""
        return "" if _starts(self.filename) else linecache.getline(self.filename, self.line).strip()

    @property
    def variable(self) -> str | None:
        """Name of the variable that this very expression is assigned to, or None."""
        return _assignments(self.filename, "".join(linecache.getlines(self.filename))).get(self.span)

    @property
    def where(self) -> str:
        """``file:line``, short enough for a message; ``In[5]:line`` in a notebook; empty when nobody's line ran it."""
        return "" if _starts(self.filename) else f"{_cell(self.filename) or Path(self.filename).name}:{self.line}"

    def to_json(self) -> dict[str, str | int | None]:
        """The place as plain data; nulls when nobody's line ran it."""
        if _starts(self.filename):
            return {"file": None, "line": None, "text": None}
        return {"file": self.filename, "line": self.line, "text": self.text}

    @property
    def quoted(self) -> str:
        """``file:line`` and the line's text; empty when nobody's line ran it."""
        return f"{self.where}  {self.text}".strip()


def _starts(filename: str) -> bool:
    """Whether a file is of the library that starts commands: they run a model no line of which is outside the package."""
    click = sys.modules.get("click")
    return click is not None and filename.startswith(str(Path(click.__file__ or "").parent))


def _cell(filename: str) -> str | None:
    """What a notebook calls the cell that IPython keeps under this name; None for a file."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    named = shell.compile.format_code_name(filename) if shell is not None else None
    return named[1] if named is not None else None


@lru_cache(maxsize=64)
def _assignments(filename: str, source: str) -> dict[tuple[int, int, int, int], str]:
    """Map the span of each assigned expression of a file to the name it is assigned to."""
    try:
        tree = ast.parse(source, filename)
    except SyntaxError:
        return {}
    names: dict[tuple[int, int, int, int], str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target: ast.expr = node.targets[0]
        elif isinstance(node, ast.AnnAssign | ast.AugAssign):
            target = node.target
        else:
            continue
        value = node.value
        if value is None or not isinstance(target, ast.Name | ast.Attribute):
            continue
        place = node if isinstance(node, ast.AugAssign) else value
        name = target.id if isinstance(target, ast.Name) else target.attr
        names[place.lineno, place.end_lineno or place.lineno, place.col_offset, place.end_col_offset or 0] = name
    return names


def caller() -> Site:
    """The innermost frame outside this package (the outermost one, when all are inside)."""
    return Site(*place())


def place() -> tuple[CodeType, int]:
    """The same as its code, and the offset of its instruction."""
    frame = sys._getframe(1)
    code = frame.f_code
    while code.co_filename in INTERNAL and (back := frame.f_back) is not None:
        frame = back
        code = frame.f_code
    return code, frame.f_lasti


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn of something at the user's line."""
    level, frame = 2, sys._getframe(1)
    while frame.f_code.co_filename in INTERNAL and frame.f_back is not None:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level - 1)
