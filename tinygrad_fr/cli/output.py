"""Writing results: data to standard output or to a whole file, messages to standard error."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from tinygrad_fr.errors import TinygradError
from tinygrad_fr.locale import _


def write(path: str, data: bytes) -> None:
    """Write a file whole or not at all; ``-`` is standard output.

    Raises:
        TinygradError: the file cannot be written.
    """
    if path == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    target = Path(path)
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o666 & ~_umask())  # noqa: PTH101 - mkstemp's file is private
        Path(temporary).replace(target)
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
        raise TinygradError(_("cannot write {path}: {cause}").format(path=path, cause=reason(error))) from None


def folder(path: Path) -> None:
    """Make a folder, with those around it.

    Raises:
        TinygradError: it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TinygradError(_("cannot write {path}: {cause}").format(path=path, cause=reason(error))) from None


def reason(error: OSError) -> str:
    """Why the system refused, in the reader's language: the system itself answers in its own."""
    said = {
        errno.EEXIST: _("it is a file"),
        errno.EACCES: _("permission denied"),
        errno.EISDIR: _("it is a folder"),
        errno.ENOENT: _("the folder does not exist"),
        errno.ENOSPC: _("the disk is full"),
        errno.ENOTDIR: _("part of the path is a file"),
        errno.EPERM: _("permission denied"),
        errno.EROFS: _("the disk is read-only"),
    }
    return said.get(error.errno or 0) or error.strerror or str(error)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def say(message: str) -> None:
    """A message, on standard error."""
    click.echo(message, err=True)


def as_json(data: Any) -> str:
    """Data as JSON text."""
    return json.dumps(_finite(data), ensure_ascii=False, indent=2, allow_nan=False)


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
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(built)
