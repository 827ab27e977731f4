"""Writing results: data to standard output or to a whole file, messages to standard error."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import click

from tinygrad_fr import files
from tinygrad_fr.cli.streams import plain


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
    click.echo(message, err=True)


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

    built = Table(title=title, title_justify="left", title_style="bold")
    for i, column in enumerate(columns):
        built.add_column(column, justify="right" if i >= numbers_from else "left", overflow="fold")
    for row in rows:
        built.add_row(*row)
    console = Console(width=None if sys.stdout.isatty() else 120, markup=False)  # a name is not ours to read
    console.print(built)
