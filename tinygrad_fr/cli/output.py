"""Writing results: data to standard output or to a whole file, messages to standard error."""

from __future__ import annotations

import json
import re
import shutil
import sys
import textwrap
from pathlib import Path
from typing import Any

import click

from tinygrad_fr import files
from tinygrad_fr.cli.streams import plain

WIDE = 120  # letters in a line of a table that goes into a file


def write(path: str, data: bytes) -> None:
    """Write a file whole or not at all; ``-`` is standard output.

    Raises:
        TinygradError: the file cannot be written.
    """
    if path == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    files.write(Path(path), data)


def say(message: str) -> None:
    """A message, on standard error."""
    tell(message, err=True)


def tell(text: str, *, err: bool = False) -> None:
    """Sentences on standard output: in a terminal no word is cut at its edge; into a file a line stays a line."""
    stream = sys.stderr if err else sys.stdout
    click.echo(in_width(text, shutil.get_terminal_size().columns) if stream.isatty() else text, err=err)


def in_width(text: str, width: int) -> str:
    """The same lines, those that are too long broken between words, with what goes on set in a little.

    Example:
        >>> print(in_width("  one two three four five", 20))
          one two three four
            five
    """
    lines = text.split("\n")
    return "\n".join(line if len(click.unstyle(line)) <= width else _broken(line, width) for line in lines)


def _broken(line: str, width: int) -> str:
    indent = line[: len(line) - len(line.lstrip())]
    parts = textwrap.wrap(
        line, max(width, 20), subsequent_indent=f"{indent}  ", break_long_words=False, break_on_hyphens=False
    )
    return "\n".join(parts)


def as_json(data: Any) -> str:
    """Data as JSON text. Half a sign, as in a name that is no UTF-8, is spelt out: no file could hold it."""
    text = json.dumps(_finite(data), ensure_ascii=plain(), indent=2, allow_nan=False)
    return re.sub("[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):04x}", text)


def _finite(data: Any) -> Any:
    """JSON has no NaN and no infinity: they become null."""
    if isinstance(data, dict):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(value) for value in data]
    if isinstance(data, float) and (data != data or data in (float("inf"), float("-inf"))):
        return None
    return data


def table(title: str, columns: list[str], rows: list[list[str]], *, numbers_from: int = 1) -> None:
    """A table on standard output; columns from ``numbers_from`` hold figures."""
    from rich.console import Console
    from rich.table import Table

    built = Table()
    for i, column in enumerate(columns):
        built.add_column(column, justify="right" if i >= numbers_from else "left", overflow="fold")
    for row in rows:
        built.add_row(*row)
    console = Console(width=None if sys.stdout.isatty() else WIDE, markup=False)  # a name is not ours to read
    if title:  # above, and not the table's own, which would be broken to its width
        console.print(title, style="bold", highlight=False)
    console.print(built)
