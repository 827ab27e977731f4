"""Files written whole or not at all, and what the system refuses said in the reader's language."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from pathlib import Path

from tinygrad_fr.errors import TinygradError
from tinygrad_fr.locale import _


def write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: whoever reads it, after a crash too, finds the old one or the new one.

    Raises:
        TinygradError: the file cannot be written; the old one is still there.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")  # known before it is there, so never left behind
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # on the disk before it takes the name
        temporary.replace(path)
    except OSError as error:
        cause = reason(error, _("the folder does not exist"))
        raise TinygradError(_("cannot write {path}: {cause}").format(path=path, cause=cause)) from None
    finally:  # an interruption leaves nothing behind either
        with contextlib.suppress(OSError):
            temporary.unlink()


def sweep(path: Path) -> None:
    """Remove what a kill in the middle of writing a file left beside it."""
    for left in path.parent.glob(f".{path.name}.*"):
        with contextlib.suppress(OSError):
            left.unlink()


def read(path: Path) -> bytes:
    """What a file holds.

    Raises:
        TinygradError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise TinygradError(_("cannot read {path}: {cause}").format(path=path, cause=reason(error))) from None


def folder(path: Path) -> None:
    """Make a folder, with those around it.

    Raises:
        TinygradError: it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TinygradError(_("cannot write {path}: {cause}").format(path=path, cause=reason(error))) from None


def reason(error: OSError, absent: str | None = None) -> str:
    """Why the system refused, in the reader's language: the system itself answers in its own.

    Args:
        error: what it raised.
        absent: what to say of a thing that is not there.
    """
    said = {
        errno.EEXIST: _("it is a file"),
        errno.EACCES: _("permission denied"),
        errno.EISDIR: _("it is a folder"),
        errno.ENOENT: absent or _("it does not exist"),
        errno.ENOSPC: _("the disk is full"),
        errno.ENOTDIR: _("part of the path is a file"),
        errno.EPERM: _("permission denied"),
        errno.EROFS: _("the disk is read-only"),
    }
    return said.get(error.errno or 0) or error.strerror or str(error)
