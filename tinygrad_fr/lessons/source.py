"""The text of a lesson: a script is one piece, a notebook a piece for each cell of code."""

from __future__ import annotations

import ast
import json
import linecache
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from tinygrad_fr.errors import DataError, UsageError
from tinygrad_fr.files import reason
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from pathlib import Path

NOTEBOOK = ".ipynb"
_SHOWN = "__shown__"  # what shows the last value of a cell
_SPECIAL = re.compile(
    r"(?m)^\s*[%!?]|\?\s*$|=\s*[%!]"
)  # may be for IPython; most cells are not, and IPython is slow to import
_KEPT = ("%%time", "%%timeit", "%%capture")  # magics of a whole cell that leave its lines Python


class Piece(NamedTuple):
    """Some lines of a lesson.

    Attributes:
        name: what tracebacks call their file: the script, or the notebook with the number of the cell.
        text: the lines.
        cell: the number of the cell, 0 in a script.

    Example:
        >>> Piece("lesson.py", "import torch", 0).tree().body[0].names[0].name
        'torch'
    """

    name: str
    text: str
    cell: int

    def tree(self) -> ast.Module:
        """The lines as a tree.

        Raises:
            DataError: they are no Python.
        """
        try:
            return ast.parse(self.text, self.name)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:  # the parser's word for too deep
            raise DataError(_("{path}: not a Python script: {cause}").format(path=self.name, cause=error)) from None


def pieces(path: Path) -> list[Piece]:
    """The pieces of a lesson, in their order.

    Raises:
        UsageError: there is no such file.
        DataError: it is no notebook.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     lesson = Path(folder, "lesson.ipynb")
        ...     _n = lesson.write_text('{"cells": [{"cell_type": "code", "source": ["%matplotlib inline\\\\n", "x = 1"]}]}')
        ...     [(piece.cell, piece.text) for piece in pieces(lesson)]
        [(1, "get_ipython().run_line_magic('matplotlib', 'inline')\\nx = 1")]
    """
    if not path.is_file():
        raise UsageError(_("{path}: expected a Python script, and there is no such file").format(path=path))
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UsageError(_("cannot read {path}: {cause}").format(path=path, cause=reason(error))) from None
    if path.suffix != NOTEBOOK:
        return [Piece(str(path), text, 0)]
    try:
        cells = json.loads(text)["cells"]
        codes = [_joined(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise DataError(_("{path}: not a notebook").format(path=path)) from None
    return [Piece(f"{path}[{number}]", _python(code), number) for number, code in enumerate(codes, 1) if code.strip()]


def _joined(source: Any) -> str:
    return source if isinstance(source, str) else "".join(source)


def _python(code: str) -> str:
    """A cell without what only a notebook understands; its lines keep their numbers."""
    from IPython.core.inputtransformer2 import TransformerManager

    first, _end, rest = code.partition("\n")
    if first.startswith("%%"):
        if not first.startswith(_KEPT):
            return re.sub(r"(?m)^", "# ", code)  # another language's
        code = f"\n{rest}"
    manager: Any = TransformerManager
    return manager().transform_cell(code).rstrip("\n") if _SPECIAL.search(code) else code


class _Shell:
    """What stands for IPython while a notebook runs: its commands do nothing here."""

    def __getattr__(self, _name: str) -> Any:
        return lambda *_told, **_options: None


def run_notebook(path: Path, space: dict[str, Any]) -> None:
    """Run the cells of a notebook one after the other, and print the last value of each, as a notebook shows it."""
    shell = _Shell()
    space |= {_SHOWN: _show, "get_ipython": lambda: shell}
    for piece in pieces(path):
        linecache.cache[piece.name] = (len(piece.text), None, piece.text.splitlines(keepends=True), piece.name)
        tree = piece.tree()
        last = tree.body[-1] if tree.body else None
        if isinstance(last, ast.Expr) and not piece.text.rstrip().endswith(";"):
            shown = ast.Call(ast.Name(_SHOWN, ast.Load()), [last.value], [])
            tree.body[-1] = ast.copy_location(ast.Expr(ast.copy_location(shown, last)), last)
            ast.fix_missing_locations(tree)
        exec(compile(tree, piece.name, "exec"), space)


def _show(value: Any) -> None:
    if value is not None:
        print(repr(value))
