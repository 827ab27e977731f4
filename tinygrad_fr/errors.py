"""Errors that a person reads: one sentence that says what was expected, what came, and where.

Exit codes of the command line: 0 success, 1 the work failed (:attr:`TinygradError.exit_code`), 2 it was asked for
wrongly (:class:`UsageError`), 130 interrupted.
"""

from __future__ import annotations

from typing import ClassVar


class TinygradError(Exception):
    """Base of the errors that this package raises on purpose."""

    exit_code: ClassVar[int] = 1


class ShapeError(TinygradError, ValueError, RuntimeError):
    """Shapes do not fit. (PyTorch's programs expect a RuntimeError, numpy's a ValueError.)

    Example:
        >>> import tinygrad_fr as tg
        >>> try:
        ...     tg.ones(2, 3) @ tg.ones(2, 3)  # 3 columns, 2 rows
        ... except ValueError as error:
        ...     print(type(error).__name__)
        ShapeError
    """


class RangeError(ShapeError, IndexError):
    """A dimension or an index outside the tensor."""


class DtypeError(TinygradError, TypeError, RuntimeError):
    """A value of the wrong type."""


class GradientError(TinygradError, RuntimeError):
    """A gradient cannot be computed, or would be wrong."""


class DataError(TinygradError, ValueError, RuntimeError):
    """Data that cannot be used."""


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
    """Something was asked for wrongly.

    Example:
        >>> from tinygrad_fr import optim
        >>> try:
        ...     optim.SGD([], lr=0.1)  # nothing to learn
        ... except ValueError as error:
        ...     print(type(error).__name__, error.exit_code)
        UsageError 2
    """

    exit_code = 2
