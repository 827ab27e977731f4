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
    """Base of the errors that this package raises on purpose.

    Example:
        >>> import tinygrad_fr as tg
        >>> try:
        ...     tg.ones(2) + tg.ones(3)
        ... except TinygradError as error:
        ...     print(type(error).__name__, error.exit_code)
        ShapeError 1
    """

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
    """A dimension or an index outside the tensor.

    Example:
        >>> import tinygrad_fr as tg
        >>> try:
        ...     tg.ones(2, 3).sum(7)
        ... except IndexError as error:
        ...     print(type(error).__name__)
        RangeError
    """


class DtypeError(TinygradError, TypeError, NotImplementedError):
    """A value of the wrong type. (PyTorch raises a TypeError, a RuntimeError, or its NotImplementedError.)

    Example:
        >>> import tinygrad_fr as tg
        >>> try:
        ...     tg.ones(2) + "a word"
        ... except TypeError as error:
        ...     print(type(error).__name__)
        DtypeError
    """


class GradientError(TinygradError, RuntimeError):
    """A gradient cannot be computed, or would be wrong.

    Example:
        >>> import tinygrad_fr as tg
        >>> try:
        ...     tg.ones(1).backward()  # nothing requires a gradient
        ... except RuntimeError as error:
        ...     print(type(error).__name__)
        GradientError
    """


class DataError(TinygradError, ValueError, RuntimeError):
    """Data that cannot be used.

    Example:
        >>> import tinygrad_fr as tg
        >>> try:
        ...     tg.tensor([[1.0], [1.0, 2.0]])
        ... except ValueError as error:
        ...     print(type(error).__name__)
        DataError
    """

    def __init__(self, *said: object) -> None:
        super().__init__(*map(_line, said))


class FileError(TinygradError, OSError):
    """A file that the system does not let this program read.

    Example:
        >>> import tinygrad_fr as tg
        >>> try:
        ...     tg.load("/")
        ... except OSError as error:
        ...     print(type(error).__name__)
        FileError
    """


class MissingFileError(FileError, FileNotFoundError):
    """A file that is not there.

    Example:
        >>> import tinygrad_fr as tg
        >>> try:
        ...     tg.load("/nowhere.pt")
        ... except FileNotFoundError as error:
        ...     print(type(error).__name__)
        MissingFileError
    """


class LinAlgError(DataError):
    """A matrix that an operation of linear algebra cannot answer for, such as a singular one (``torch.linalg.LinAlgError``).

    Example:
        >>> import tinygrad_fr as tg
        >>> try:
        ...     tg.linalg.inv(tg.zeros(2, 2))
        ... except tg.linalg.LinAlgError as error:
        ...     print(type(error).__name__)
        LinAlgError
    """


class WordError(DataError, OverflowError):
    """An integer of more than 64 bits.

    Example:
        >>> import tinygrad_fr as tg
        >>> try:
        ...     tg.tensor([1]) + 2**64
        ... except OverflowError as error:
        ...     print(type(error).__name__)
        WordError
    """


class OutOfMemoryError(TinygradError, MemoryError, RuntimeError):
    """An array larger than the memory that the system gives. (PyTorch raises a RuntimeError, numpy a MemoryError.)

    Example:
        >>> import tinygrad_fr as tg
        >>> try:
        ...     tg.zeros(10**15)
        ... except RuntimeError as error:
        ...     print(type(error).__name__)
        OutOfMemoryError
    """


class ReplayError(TinygradError, RuntimeError):
    """A replayed step differs from the eager one: a verified call, or an array of another size than was recorded.

    Example:
        >>> import tinygrad_fr as tg
        >>> step = tg.compile(lambda x: 2 * x, verify=1)  # compares every replay
        >>> try:
        ...     print([step(tg.ones(1) * k).item() for k in (1, 2)])
        ... except ReplayError as error:
        ...     print(error)
        [2.0, 4.0]
    """


class CompileWarning(UserWarning):
    """A compiled step runs eagerly: the same numbers, no faster.

    Example:
        >>> import warnings
        >>> import tinygrad_fr as tg
        >>> step = tg.compile(lambda x: x * x.sum().item())  # a number that Python reads
        >>> with warnings.catch_warnings(record=True) as said:
        ...     warnings.simplefilter("always")
        ...     print(step(tg.tensor([3.0])), said[0].category.__name__)
        tensor([9.]) CompileWarning
    """


class PluginError(TinygradError):
    """A plugin that cannot be used.

    Example:
        >>> from tinygrad_fr.plugins import Catalogue
        >>> from tinygrad_fr.plugins.discovery import Source
        >>> found = Catalogue()
        >>> found.sources["mine"] = Source("mine", "mine.py", lambda: "no model")
        >>> try:
        ...     found.load("mine")
        ... except PluginError as error:
        ...     print(found.failures[0].name, found.failures[0].origin)
        mine mine.py
    """


class DrawError(TinygradError):
    """A picture that cannot be drawn.

    Example:
        >>> from tinygrad_fr.draw.engine import lay_out
        >>> try:
        ...     lay_out("no graph", "svg")
        ... except DrawError as error:
        ...     print(type(error).__name__)
        DrawError
    """


class StoppedError(TinygradError):
    """Somebody stopped the work; the message says what was kept.

    Example:
        >>> StoppedError("Ctrl-C").exit_code  # what a shell says of an interrupted command
        130
    """

    exit_code = 130


class UsageError(TinygradError, ValueError, RuntimeError):
    """Something was asked for wrongly. (PyTorch raises a RuntimeError for some settings, a ValueError for others.)

    Example:
        >>> from tinygrad_fr import optim
        >>> try:
        ...     optim.SGD([], lr=0.1)  # nothing to learn
        ... except ValueError as error:
        ...     print(type(error).__name__, error.exit_code)
        UsageError 2
    """

    exit_code = 2

    def __init__(self, *said: object) -> None:
        super().__init__(*map(_line, said))


class AbsentError(TinygradError, AttributeError, NotImplementedError, RuntimeError):
    """Something of PyTorch's that is not here: a device, a module, a name.

    Example:
        >>> import tinygrad_fr as tg
        >>> try:
        ...     tg.zeros(1, device="meta")
        ... except RuntimeError as error:
        ...     print(type(error).__name__)
        AbsentError
    """


class DeviceError(AbsentError, AssertionError):
    """A device that is not here. (PyTorch built without CUDA raises an AssertionError.)

    Example:
        >>> import tinygrad_fr as tg
        >>> try:
        ...     tg.zeros(1, device="cuda")
        ... except AssertionError as error:
        ...     print(type(error).__name__)
        DeviceError
    """
