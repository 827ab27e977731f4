"""Files written whole or not at all, and what the system refuses said in the reader's language."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import stat
from pathlib import Path

from tinygrad_fr.errors import DataError, TinygradError
from tinygrad_fr.locale import _

_LONGEST, _WHOLE = 255, 4096  # bytes of a name, and of a path


def write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: whoever reads it, after a crash too, finds the old one or the new one.

    Raises:
        TinygradError: the file cannot be written; the old one is still there.
    """
    temporary = path.parent / f"{_hidden(path)}{secrets.token_hex(4)}"  # known before it is there, so never left behind
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "")
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # on the disk before it takes the name
        temporary.replace(path)
    except (OSError, ValueError) as error:
        cause = reason(error, _("the folder does not exist"))
        raise TinygradError(_("cannot write {path}: {cause}").format(path=path, cause=cause)) from None
    finally:  # an interruption leaves nothing behind either
        with contextlib.suppress(OSError, ValueError):
            temporary.unlink()


def _hidden(path: Path) -> str:
    """How the names of unfinished files begin, short enough for the longest name."""
    name = path.name
    if len(os.fsencode(name)) > _LONGEST - 10:
        name = hashlib.sha256(os.fsencode(name)).hexdigest()[:20]
    return f".{name}."


def possible(name: str) -> bool:
    """Whether a file can have a name: the system allows no character 0 and no part of more than 255 bytes.

    Example:
        >>> possible("runs/lstm"), possible("a" * 300), possible("no\\0")
        (True, False, False)
    """
    try:
        parts = os.fsencode(name).replace(b"\\", b"/").split(b"/")
    except UnicodeEncodeError:  # half a character
        return False
    return b"\0" not in os.fsencode(name) and max(map(len, parts)) <= _LONGEST and sum(map(len, parts)) < _WHOLE


def sweep(path: Path) -> None:
    """Remove what a kill in the middle of writing a file left beside it."""
    for left in path.parent.iterdir():
        if left.name.startswith(_hidden(path)):
            with contextlib.suppress(OSError):
                left.unlink()


def read(path: Path, most: int | None = None) -> bytes:
    """What a file holds.

    Args:
        path: the file.
        most: bytes that it may hold.

    Raises:
        TinygradError: it cannot be read, is larger, or is a pipe or a device, which might have no end.
    """
    size(path, most)
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None


def exists(path: Path) -> bool:
    """Whether there is something of that name; nothing is, of a name that nothing can have.

    Raises:
        TinygradError: the system does not say.
    """
    try:
        path.stat()
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM, errno.EIO):
            raise _unreadable(path, error) from None
        return False
    except ValueError:
        return False
    return True


def size(path: Path, most: int | None = None) -> int:
    """How many bytes a file holds.

    Raises:
        TinygradError: there is none, it is a pipe or a device, or holds more than it may.
    """
    try:
        found = path.stat()
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    if not stat.S_ISREG(found.st_mode):
        cause = _("it is a folder") if stat.S_ISDIR(found.st_mode) else _("it is a pipe or a device, not a file")
        raise TinygradError(_("cannot read {path}: {cause}").format(path=path, cause=cause))
    if most is not None and found.st_size > most:
        raise DataError(
            _("cannot read {path}: it holds {size} bytes, and at most {most} are read").format(
                path=path, size=found.st_size, most=most
            )
        )
    return found.st_size


def _unreadable(path: Path, error: OSError | ValueError) -> TinygradError:
    return TinygradError(_("cannot read {path}: {cause}").format(path=path, cause=reason(error)))


def folder(path: Path) -> None:
    """Make a folder, with those around it.

    Raises:
        TinygradError: it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TinygradError(_("cannot write {path}: {cause}").format(path=path, cause=reason(error))) from None


def reason(error: OSError | ValueError, absent: str | None = None) -> str:
    """Why the system refused, in the reader's language: the system itself answers in its own.

    Args:
        error: what it raised.
        absent: what to say of a thing that is not there.
    """
    if not isinstance(error, OSError):  # a character that no name can hold
        return _("no file can have this name")
    said = {
        errno.EBADF: _("it is closed"),
        errno.ELOOP: _("its links go in a circle"),
        errno.EIO: _("the disk does not answer"),
        errno.ENAMETOOLONG: _("its name is too long"),
        errno.EDQUOT: _("the disk is full"),
        errno.EFBIG: _("the file would be too large"),
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
