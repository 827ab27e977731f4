"""Errors that a person reads: one sentence that says what was expected, what came, and where.

Exit codes of the command line: 0 success, 1 the work failed (:attr:`TinygradError.exit_code`), 2 it was asked for
wrongly (:class:`UsageError`), 130 interrupted.
"""

from __future__ import annotations

import unicodedata
from typing import ClassVar


def _line(text: object) -> object:
    """A message on one line: what it quotes of a file or of a person may hold line breaks, or orders to a terminal."""
    if not isinstance(text, str):
        return text
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") else c for c in text)


class TinygradError(Exception):
    """Base of the errors that this package raises on purpose."""

    exit_code: ClassVar[int] = 1


class ShapeError(TinygradError, ValueError, RuntimeError):
    """Shapes do not fit. (PyTorch's programs expect a RuntimeError, numpy's a ValueError.)"""


class RangeError(ShapeError, IndexError):
    """A dimension or an index outside the tensor."""


class DtypeError(TinygradError, TypeError, RuntimeError):
    """A value of the wrong type."""


class GradientError(TinygradError, RuntimeError):
    """A gradient cannot be computed, or would be wrong."""


class DataError(TinygradError, ValueError, RuntimeError):
    """Data that cannot be used."""

    def __init__(self, *said: object) -> None:
        super().__init__(*map(_line, said))


class ReplayError(TinygradError, RuntimeError):
    """A step that cannot be recorded once and replayed."""


class PluginError(TinygradError):
    """A plugin that cannot be used."""


class DrawError(TinygradError):
    """A picture that cannot be drawn."""


class StoppedError(TinygradError):
    """Somebody stopped the work; the message says what was kept."""

    exit_code = 130


class UsageError(TinygradError, ValueError):
    """Something was asked for wrongly."""

    exit_code = 2

    def __init__(self, *said: object) -> None:
        super().__init__(*map(_line, said))
