"""Files written whole or not at all, and what the system refuses said in the reader's language."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import socket
import stat
import sys
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

from tinygrad_fr.errors import DataError, FileError, MissingFileError, TinygradError, UsageError
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCK = ".lock"  # in a folder that is being written
_WINDOWS = os.name == "nt"
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
    return b"\0" not in os.fsencode(name) and max(map(len, parts)) <= _LONGEST and len(os.fsencode(name)) < _WHOLE


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


@contextlib.contextmanager
def alone(place: Path, patience: float = 0.0) -> Iterator[None]:
    """Be the only one that writes in a folder, until it is left; a process that died has left it, however it died.

    Args:
        place: the folder.
        patience: seconds to wait for another one.

    Raises:
        UsageError: another process writes there.
        TinygradError: the folder cannot be written.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder, alone(Path(folder)):
        ...     try:
        ...         with alone(Path(folder)):
        ...             pass
        ...     except UsageError as error:
        ...         print(str(os.getpid()) in str(error))
        True
    """
    file = _locked(place / LOCK, time.monotonic() + patience)
    try:
        file.truncate(0)
        file.write(f"{socket.gethostname()} {os.getpid()}\n".encode())
        file.flush()
        yield
    finally:
        with contextlib.suppress(OSError):
            if not _WINDOWS:  # where nothing that is open can be removed
                (place / LOCK).unlink()
        with contextlib.suppress(OSError):
            file.close()
        with contextlib.suppress(OSError):
            if _WINDOWS:
                (place / LOCK).unlink()


def _locked(path: Path, until: float) -> IO[bytes]:
    """A file that this process alone has a lock on, which the system takes back when the process ends."""
    while True:
        try:
            file = path.open("a+b", buffering=0)
        except (OSError, ValueError) as error:
            raise TinygradError(_("cannot write {path}: {cause}").format(path=path, cause=reason(error))) from None
        try:
            _take(file)
            if path.exists() and os.path.samestat(path.stat(), os.fstat(file.fileno())):
                return file
            file.close()  # whoever had it has removed it since
            continue
        except BlockingIOError:
            pass
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EDEADLK):  # a file system without locks
                return file
        file.seek(0)
        machine, _space, number = file.read(200).decode(errors="replace").strip().partition(" ")
        file.close()
        if time.monotonic() >= until:
            raise UsageError(
                _(
                    "process {number} on {machine} is writing in {path}: wait for its end, or choose another folder"
                ).format(path=path.parent, number=number or "?", machine=machine or "?")
            )
        time.sleep(0.1)


def _take(file: IO[bytes]) -> None:
    """Lock a file, or raise what the system does where another has it."""
    if sys.platform == "win32":
        import msvcrt

        file.seek(2**20)  # far from what it says, which others may so read
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


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
        raise FileError(_("cannot read {path}: {cause}").format(path=path, cause=cause))
    if most is not None and found.st_size > most:
        raise DataError(
            _("cannot read {path}: it holds {size} bytes, and at most {most} are read").format(
                path=path, size=found.st_size, most=most
            )
        )
    return found.st_size


def _unreadable(path: Path, error: OSError | ValueError) -> TinygradError:
    kind = MissingFileError if isinstance(error, FileNotFoundError) else FileError
    return kind(_("cannot read {path}: {cause}").format(path=path, cause=reason(error)))


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
