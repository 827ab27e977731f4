"""How long the core is, and how intricate: lines of code and cyclomatic complexity, held under limits that only shrink.

    python -m benchmarks.core

A line of code is one that is neither blank, comment nor docstring. The complexity of a function is one more than the number of
places where its execution branches, as McCabe counts them, with Boolean operators, conditional expressions and comprehensions.
The rooms that the core stands on, each of which knows no node or could be read by itself, are counted apart.
"""

from __future__ import annotations

import ast
import io
import tokenize
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
CORE = ("tinygrad_fr/record", "tinygrad_fr/ops/definition")
BENEATH = (  # what the core imports besides errors and translations
    "tinygrad_fr/arguments",
    "tinygrad_fr/explanation.py",
    "tinygrad_fr/expression",
    "tinygrad_fr/memory.py",
    "tinygrad_fr/outputs.py",
    "tinygrad_fr/promotion",
    "tinygrad_fr/reach.py",
    "tinygrad_fr/sampling.py",
    "tinygrad_fr/sums.py",
    "tinygrad_fr/source",
    "tinygrad_fr/versions.py",
    "tinygrad_fr/views.py",
)

LINES = 1150  # of the whole core
COMPLEXITY = 12  # of a function

# Functions above the limit, which may not become more intricate: there are none.
ABOVE: dict[str, int] = {}

_SILENT = (
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
)
_SCOPES = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


class Measured(NamedTuple):
    """One file of the core.

    Attributes:
        path: from the root of the repository.
        lines: how many lines of code it has.
        functions: name of each function → its complexity.
    """

    path: str
    lines: int
    functions: dict[str, int]


def lines_of_code(source: str) -> int:
    """How many lines of a module are neither blank, comment nor docstring."""
    documented: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, _SCOPES) and ast.get_docstring(node, clean=False) is not None:
            text = node.body[0]
            documented.update(range(text.lineno, (text.end_lineno or text.lineno) + 1))
    written: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _SILENT:
            written.update(range(token.start[0], token.end[0] + 1))
    return len(written - documented)


def complexity(function: ast.AST) -> int:
    """The cyclomatic complexity of a function; functions inside it count for themselves."""
    count, waiting = 1, list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if isinstance(node, ast.If | ast.IfExp | ast.For | ast.While | ast.ExceptHandler | ast.Assert):
            count += 1
        elif isinstance(node, ast.BoolOp):
            count += len(node.values) - 1
        elif isinstance(node, ast.comprehension):
            count += 1 + len(node.ifs)
        elif isinstance(node, ast.match_case):
            count += 1
        waiting.extend(ast.iter_child_nodes(node))
    return count


def functions_of(source: str, prefix: str) -> dict[str, int]:
    """The complexity of every function of a module, by its dotted name."""
    found: dict[str, int] = {}

    def enter(node: ast.AST, name: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                own = f"{name}.{child.name}"
                if not isinstance(child, ast.ClassDef):
                    found[own] = max(found.get(own, 0), complexity(child))
                enter(child, own)
            else:
                enter(child, name)

    enter(ast.parse(source), prefix)
    return found


def measured(places: tuple[str, ...] = CORE) -> list[Measured]:
    """Every file of the core, or of other folders."""
    files = []
    for place in places:
        for path in sorted((ROOT / place).rglob("*.py")) if (ROOT / place).is_dir() else [ROOT / place]:
            source, name = path.read_text("utf-8"), path.relative_to(ROOT).as_posix()
            prefix = name.removesuffix(".py").removeprefix("tinygrad_fr/").replace("/", ".")
            files.append(Measured(name, lines_of_code(source), functions_of(source, prefix)))
    return files


def above(files: list[Measured]) -> dict[str, int]:
    """The functions that are more intricate than the limit."""
    return {
        name: count
        for file in files
        for name, count in sorted(file.functions.items(), key=lambda item: -item[1])
        if count > COMPLEXITY
    }


def main() -> None:
    """Print the table."""
    files = measured()
    for file in files:
        worst = max(file.functions, key=file.functions.__getitem__, default="")
        intricate = f"{file.functions[worst]:4}  {worst.rpartition('.')[2]}" if worst else ""
        print(f"{file.lines:6}  {file.path:44}{intricate}")
    print(f"{sum(file.lines for file in files):6}  lines of code in the core, at most {LINES}")
    print(f"{sum(file.lines for file in measured(BENEATH)):6}  in the rooms that it stands on: {', '.join(BENEATH)}")
    for name, count in above(files).items():
        print(f"{count:6}  {name}: above {COMPLEXITY}, at most {ABOVE.get(name, COMPLEXITY)}")


if __name__ == "__main__":
    main()
