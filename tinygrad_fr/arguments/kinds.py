"""Which kinds of things an argument that is no operand may be: read from the annotations of the function, as PyTorch's parser reads its own.

A dimension that is 1.0 or True, a flag that is 2, a list where a number belongs: numpy and Python take some of these for something, and
refuse others in words of theirs.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tinygrad_fr.errors import DtypeError, WordError
from tinygrad_fr.locale import _
from tinygrad_fr.source.site import caller

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_WORD = 1 << 63  # what an integer of 64 bits stays under


def _value(x: Any) -> Any:
    """A tensor without dimensions as its array."""
    return x.current.value if hasattr(x, "current") else x


def _integer(x: Any) -> bool:
    if isinstance(x, int | np.integer):
        return x.__class__ is not bool
    value = _value(x)
    return isinstance(value, np.ndarray) and not value.shape and value.dtype.kind in "iu"


def _number(x: Any) -> bool:
    if isinstance(x, float | int | np.number | np.bool_):
        return not isinstance(x, np.complexfloating)
    value = _value(x)
    return isinstance(value, float) or (isinstance(value, np.ndarray) and not value.shape)


def _truth(x: Any) -> bool:
    value = _value(x)
    return isinstance(x, bool | np.bool_) or (
        isinstance(value, np.ndarray) and not value.shape and value.dtype.kind == "b"
    )


def _integers(x: Any) -> bool:
    if isinstance(x, np.ndarray):
        return x.dtype.kind in "iu" and x.ndim == 1
    return isinstance(x, tuple | list | range) and all(map(_integer, x))


class Kind(NamedTuple):
    """What an argument may be.

    Attributes:
        usual: classes of which any value is right.
        fits: whether a value of another class is right too.
        said: what is expected, in words.
    """

    usual: frozenset[type]
    fits: tuple[Callable[[Any], bool], ...]
    said: tuple[str, ...]


_INTEGERS = (frozenset[type](), _integers, "integers")
_TERMS: Mapping[str, tuple[frozenset[type], Callable[[Any], bool], str]] = {
    "int": (frozenset((int,)), _integer, "an integer"),
    "float": (frozenset((float, int)), _number, "a number"),
    "bool": (frozenset((bool,)), _truth, "True or False"),
    "str": (frozenset((str,)), lambda x: isinstance(x, str), "a word"),
    "None": (frozenset((type(None),)), lambda x: x is None, "None"),
    "tuple[int, ...]": _INTEGERS,
    "tuple[int, int]": _INTEGERS,
    "Sequence[int]": _INTEGERS,
}
_SHORT = {"Dims": "int | tuple[int, ...] | None"}


def _words() -> dict[str, str]:
    return {
        "an integer": _("an integer"), "a number": _("a number"), "True or False": _("True or False"), "a word": _("a word"),
        "None": _("None"), "integers": _("integers"),
    }  # fmt: skip


def kind_of(annotation: Any) -> Kind | None:
    """What an annotation says; None where it says nothing that is checked.

    Example:
        >>> kind_of("int | None").said, kind_of("Any")
        (('an integer', 'None'), None)
    """
    terms = _SHORT.get(annotation, str(annotation)).split(" | ")
    if not all(term in _TERMS for term in terms):
        return None
    found = [_TERMS[term] for term in terms]
    return Kind(
        frozenset().union(*(usual for usual, _fits, _said in found)),
        tuple(fits for _usual, fits, _said in found),
        tuple(said for _usual, _fits, said in found),
    )


def kinds_of(parameters: Iterable[inspect.Parameter]) -> dict[str, Kind]:
    """Parameter → what it may be, for those that are checked."""
    found = {p.name: kind_of(p.annotation) for p in parameters if p.kind is not p.VAR_POSITIONAL}
    return {name: kind for name, kind in found.items() if kind is not None}


def checked(name: str, argument: str, value: Any, kind: Kind) -> None:
    """Refuse a value of another kind than an argument may have.

    Raises:
        DtypeError: it is of another type.
        WordError: it is an integer of more than 64 bits.
    """
    if not any(fits(value) for fits in kind.fits):
        words = _words()
        raise DtypeError(
            _("{op}: expected {expected} for {argument}, got {found} ({where})").format(
                op=name,
                expected=_(" or ").join(words[each] for each in kind.said),
                argument=argument,
                found=_shown(value),
                where=caller().where,
            )
        )
    for each in value if isinstance(value, tuple | list) else (value,):
        if each.__class__ is int and not -_WORD <= each < _WORD:
            raise WordError(
                _("{op}: expected an integer of 64 bits for {argument}, got {found} ({where})").format(
                    op=name, argument=argument, found=each, where=caller().where
                )
            )


def _shown(value: Any) -> str:
    """A value for a message: what it is, and its text where that is short."""
    kind = type(value).__name__
    text = "" if hasattr(value, "current") or isinstance(value, np.ndarray) else repr(value)
    return f"{text} ({kind})" if text and len(text) <= 30 else kind


class Arguments:
    """The arguments of a function that are checked.

    Example:
        >>> def turned(x, k: int = 1):
        ...     return x
        >>> from tinygrad_fr.errors import DtypeError
        >>> try:
        ...     Arguments("turned", turned).check((None,), {"k": 1.5})
        ... except DtypeError as error:
        ...     print(str(error).partition(" (")[0])
        turned: expected an integer for k, got 1.5
    """

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        parameters = list(inspect.signature(function).parameters.values())
        self.name = name
        self.kinds = kinds_of(parameters)
        self.places = [
            (i, p.name) for i, p in enumerate(parameters) if p.name in self.kinds and p.kind is p.POSITIONAL_OR_KEYWORD
        ]

    def check(self, args: tuple[Any, ...], options: Mapping[str, Any]) -> None:
        """Refuse what is of the wrong kind."""
        count, kinds = len(args), self.kinds
        for place, name in self.places:
            if place >= count:
                break
            value, kind = args[place], kinds[name]
            if value.__class__ not in kind.usual or (value.__class__ is int and not -_WORD <= value < _WORD):
                checked(self.name, name, value, kind)
        for name, value in options.items():
            kind_ = kinds.get(name)
            if kind_ is not None and (
                value.__class__ not in kind_.usual or (value.__class__ is int and not -_WORD <= value < _WORD)
            ):
                checked(self.name, name, value, kind_)
