"""Files of ours read back: each field is what its class says, or one sentence names the file and the field.

A class is its own schema: its annotations say the kinds, a field's ``metadata={"low": 0}`` the least number.
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
import typing
from typing import TYPE_CHECKING, Any, TypeVar, Union, get_args, get_origin

from tinygrad_fr import files
from tinygrad_fr.errors import DataError
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Container, Iterable
    from pathlib import Path

T = TypeVar("T")
Plain = str | int | float | bool | None  # what a setting can be
_MOST = 2**26  # bytes of a file of words
_SHOWN = 40  # characters of a value in a message


def read(kind: type[T], path: Path) -> T:
    """An instance of a dataclass, from a file of JSON.

    Raises:
        DataError: the file is none, or a field is missing, unknown, or of another kind.

    Example:
        >>> import tempfile
        >>> from dataclasses import dataclass
        >>> from pathlib import Path
        >>> @dataclass
        ... class Place:
        ...     city: str
        ...     number: int = 1
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "place.json")
        ...     _ = path.write_text('{"city": "Lyon", "number": "two"}')
        ...     try:
        ...         read(Place, path)
        ...     except DataError as error:
        ...         print(str(error).replace(str(path), "place.json"))
        place.json is damaged: field “number”: expected a whole number, found "two"
    """
    return of(kind, parsed(files.read(path, _MOST), path), path)


def parsed(data: bytes | str, path: Path, *, finite: bool = True) -> Any:
    """What JSON says.

    Args:
        data: the text.
        path: where it stands, for messages.
        finite: whether NaN and infinities are refused, which JSON itself has not.

    Raises:
        DataError: it is no JSON, or is nested too deeply.
    """

    def other(name: str) -> float:
        if finite:
            raise ValueError(_("expected a number, found {found}").format(found=name))
        return float(name)

    try:
        return json.loads(data, parse_constant=other)
    except RecursionError:
        raise damaged(path, _("it is nested too deeply")) from None
    except ValueError as error:  # of the text's encoding too
        raise damaged(path, str(error)) from None


def damaged(path: Path, cause: str) -> DataError:
    """The sentence about a file that is not what it should be."""
    return DataError(_("{path} is damaged: {cause}").format(path=path, cause=cause))


def of(kind: type[T], data: Any, path: Path) -> T:
    """An instance of a dataclass, from plain data of a file.

    Raises:
        DataError: a field is missing, unknown, or of another kind.
    """
    try:
        found: T = _made(kind, data, "")
    except _UnfitError as error:
        raise damaged(path, str(error)) from None
    return found


def fits(like: Any, given: Any, where: str) -> None:
    """Hold plain data against data of the same making: the same keys, and values of the same kinds.

    Nothing may be where something was, since it may come with time; lists may have another length.

    Raises:
        DataError: something is missing, unknown, or of another kind; the message names the field.

    Example:
        >>> fits({"lr": 0.1, "betas": [0.9, 0.999]}, {"lr": 1, "betas": (0.5, 0.9)}, "optimizer")
        >>> try:
        ...     fits({"lr": 0.1}, {"lr": "fast"}, "optimizer")
        ... except DataError as error:
        ...     print(error)
        field “optimizer.lr”: expected a number, found "fast"
    """
    try:
        _alike(like, given, where)
    except _UnfitError as error:
        raise DataError(str(error)) from None


class _UnfitError(Exception):
    def __init__(self, where: str, expected: str, found: Any) -> None:
        super().__init__(
            _("field “{field}”: expected {expected}, found {found}").format(
                field=where or _("the whole"), expected=expected, found=_shown(found)
            )
        )


def _shown(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, default=lambda other: type(other).__name__)
    except (ValueError, RecursionError):
        text = type(value).__name__
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _inside(where: str, name: object) -> str:
    return f"{where}.{name}" if where else str(name)


def _made(kind: Any, value: Any, where: str, low: float | None = None) -> Any:
    """A value of a kind."""
    make: Any = kind
    if kind is Any:
        return value
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _one_of(arguments, value, where, low)
    if dataclasses.is_dataclass(kind):
        known = {field.name: field for field in dataclasses.fields(kind)}
        needed = {
            name
            for name, field in known.items()
            if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        }
        hints = typing.get_type_hints(kind)
        return make(
            **{
                name: _made(hints[name], each, _inside(where, name), known[name].metadata.get("low"))
                for name, each in _named(value, known, needed, where).items()
            }
        )
    if typing.is_typeddict(kind):
        hints = typing.get_type_hints(kind)
        return {
            name: _made(hints[name], each, _inside(where, name))
            for name, each in _named(value, hints, hints, where).items()
        }
    if origin is dict:
        if not isinstance(value, dict):
            raise _UnfitError(where, _("names with values"), value)
        return {str(name): _made(arguments[1], each, _inside(where, name)) for name, each in value.items()}
    if origin in (list, tuple):
        if not isinstance(value, list | tuple):
            raise _UnfitError(where, _("a list"), value)
        return origin(_made(arguments[0], each, _inside(where, i)) for i, each in enumerate(value))
    return _single(kind, value, where, low)


def _one_of(kinds: tuple[Any, ...], value: Any, where: str, low: float | None) -> Any:
    """A value of the first kind that it fits."""
    if value is None and type(None) in kinds:
        return None
    others = [kind for kind in kinds if kind is not type(None)]
    for kind in others[:-1]:
        try:
            return _made(kind, value, where, low)
        except _UnfitError:
            continue
    return _made(others[-1], value, where, low)


def _named(value: Any, known: Container[str], needed: Iterable[str], where: str) -> dict[str, Any]:
    """A dictionary with the names that it must have, and none that it may not."""
    if not isinstance(value, dict):
        raise _UnfitError(where, _("names with values"), value)
    held = set(map(str, value))  # of a training they may be numbers, in a file they are texts
    for name in needed:
        if name not in held:
            raise _UnfitError(_inside(where, name), _("a value"), None)
    for name in value:
        if str(name) not in known:
            raise _UnfitError(_inside(where, _shown(name)), _("no such field"), value[name])
    return value


def _single(kind: Any, value: Any, where: str, low: float | None) -> Any:
    """A text or a number."""
    if kind is float and isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**1000:
        value = float(value)
    words = {int: _("a whole number"), float: _("a number"), str: _("a text"), bool: _("true or false")}
    if type(value) is not kind:
        raise _UnfitError(where, words.get(kind, getattr(kind, "__name__", str(kind))), value)
    if low is not None and value < low:
        raise _UnfitError(where, _("at least {low}").format(low=low), value)
    return value


def _alike(like: Any, given: Any, where: str) -> None:
    if like is None or given is None:
        return
    if hasattr(like, "dtype") and hasattr(like, "shape") and like.shape:
        if getattr(given, "shape", None) != like.shape or given.dtype.kind != like.dtype.kind:
            raise _UnfitError(where, f"{like.dtype} {like.shape}", given)
    elif isinstance(like, dict):
        own = {str(key): value for key, value in like.items()}
        for name, each in _named(given, own, own, where).items():
            _alike(own[str(name)], each, _inside(where, name))
    elif isinstance(like, list | tuple):
        if not isinstance(given, list | tuple):
            raise _UnfitError(where, _("a list"), given)
        for i, each in enumerate(given):
            _alike(like[min(i, len(like) - 1)] if like else None, each, _inside(where, i))
    elif isinstance(like, str | bool):
        if type(given) is not type(like):
            raise _UnfitError(where, _("a text") if isinstance(like, str) else _("true or false"), given)
    elif isinstance(like, int | float) and (
        not isinstance(given, int | float) or isinstance(given, bool) or math.isnan(given)
    ):
        raise _UnfitError(where, _("a number"), given)
