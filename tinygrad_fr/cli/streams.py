"""Standard output and standard error in every state: a terminal with few characters, a full disk, a closed stream.

A character that a stream cannot show is replaced by the plain one nearest to it, so that no work is lost over an accent.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
import unicodedata
from typing import TextIO

NEAREST = "tinygrad_fr.nearest"  # how a stream treats what it cannot show
_PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "–": "-", "—": "-", "−": "-", "×": "x", "·": ".", "•": "*"}
    | {"→": "->", "←": "<-", "↦": "->", "≤": "<=", "≥": ">=", "œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "✓": "v", "✗": "x"}
)  # fmt: skip


def ready() -> None:
    """Make both streams ones that can be written to, or that say why not.

    Example:
        >>> import io
        >>> file = io.BytesIO()
        >>> _ = codecs.register_error(NEAREST, _nearest)
        >>> stream = io.TextIOWrapper(file, "ascii", errors=NEAREST)
        >>> _ = stream.write("déjà : 2×10⁻³ → σ"); stream.flush(); file.getvalue()
        b'deja : 2x10-3 -> ?'
    """
    codecs.register_error(NEAREST, _nearest)
    while (
        number := os.open(os.devnull, os.O_RDONLY)
    ) <= 2:  # else the next file that is opened would be taken for a stream
        pass
    os.close(number)
    if sys.stdout is None:  # closed before the program began
        sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), "utf-8", write_through=True)
    if sys.stderr is None:
        sys.stderr = io.TextIOWrapper(io.FileIO(os.devnull, "w"), "utf-8")
    sys.stdout, sys.stderr = _patient(sys.stdout), _patient(sys.stderr)


class _Plain(io.TextIOWrapper):
    """A stream of ASCII under a name of its own: click takes one of that name for a mistake, and writes UTF-8 to it."""

    encoding = f"ascii, {NEAREST}"


def _patient(stream: TextIO) -> TextIO:
    """A stream that takes every character."""
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    if codecs.lookup(stream.encoding).name == "ascii":
        lines = stream.line_buffering
        return _Plain(stream.detach(), "ascii", errors=NEAREST, line_buffering=lines)
    stream.reconfigure(errors=NEAREST)
    return stream


def plain() -> bool:
    """Whether standard output shows less than Unicode."""
    return not (getattr(sys.stdout, "encoding", None) or "utf-8").lower().startswith("utf")


def silence(*names: str) -> None:
    """Throw away what streams still hold, which the interpreter would try to write when it ends."""
    for name in names or ("stdout", "stderr"):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1 if name == "stdout" else 2)
        os.close(nowhere)
        setattr(sys, name, io.TextIOWrapper(io.FileIO(os.devnull, "w"), "utf-8"))


def _nearest(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_alike(sign) for sign in error.object[error.start : error.end]), error.end


def _alike(sign: str) -> str:
    """In ASCII."""
    parts = unicodedata.normalize("NFKD", sign.translate(_PLAIN)).translate(_PLAIN)
    return "".join(part for part in parts if part.isascii()) or ("" if unicodedata.combining(sign) else "?")
