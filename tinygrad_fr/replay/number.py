"""A plain number that the tape tracks: everything computed from it is computed again when it changes.

It behaves as the number that it is. Arithmetic with other numbers gives a number that is tracked too, and beside a
tensor it becomes an operand that the tape knows. The answer of a comparison must be the same at a later call. Any other
use in Python (a size, an index, a text) may have changed what the step did, so there the value itself must be the same.
"""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.record.mode import thread
from tinygrad_fr.record.node import KINDS
from tinygrad_fr.record.recorder import NOBODY, Followed

if TYPE_CHECKING:
    from collections.abc import Callable


class _Float(float):
    """The class that ``isinstance`` sees for a tracked float."""


class _Int(int):
    """The class that ``isinstance`` sees for a tracked int."""


class Source:
    """The origin of a tracked number.

    Attributes:
        value: the number of the present call.
        held: whether the record depends on its value, so that it is good for that value alone.
    """

    __slots__ = ("held", "value")

    def __init__(self, value: float | int) -> None:
        self.value = value
        self.held = False


class Number(Followed):
    """A tracked number during the recording of a step.

    Args:
        value: the number, when the step is recorded.
        sources: what it was computed from.
        again: computes it from the sources' present values.

    Example:
        >>> source = Source(3.0)
        >>> twice = Number.of(source) * 2
        >>> source.value = 5.0
        >>> twice._again(), source.held, twice > 0, source.held
        (10.0, False, True, True)
    """

    __slots__ = ("_again", "_leaf", "_source", "_sources", "_value")

    def __init__(self, value: float | int, sources: frozenset[Source], again: Callable[[], Any]) -> None:
        self._value, self._sources, self._again = value, sources, again
        self._leaf: tuple[Any, Any] | None = None
        self._source: Source | None = None

    @classmethod
    def of(cls, source: Source) -> Number:
        """The number that a source gives."""
        number = cls(source.value, frozenset((source,)), lambda: source.value)
        number._source = source
        return number

    @property  # type: ignore[misc]
    def __class__(self) -> Any:  # a plain number for ``isinstance``
        return _Int if type(self._value) is int else _Float

    @property
    def source(self) -> Source | None:
        """Where it comes from as it is; None where it was computed."""
        return self._source

    def read(self) -> float | int:
        """The number, which the record depends on from now on."""
        for source in self._sources:
            source.held = True
        return self._value

    def operand(self) -> Any:
        """A leaf that stands for it on the tape; the plain number where there is none."""
        tape: Any = thread.state.tape
        if tape is NOBODY:
            return self.read()
        if self._leaf is None or self._leaf[0] is not tape:
            leaf: Any = KINDS[float]
            leaf = leaf(self._value, requires_grad=False)
            leaf.value = self._value
            if not tape.follows(leaf, self._again):
                return self.read()
            self._leaf = tape, leaf
        return self._leaf[1]

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._value, name)
        self.read()
        return found

    def __array__(self, *args: Any, **options: Any) -> Any:
        options.pop("copy", None)
        return np.array(self.read(), *args, **options)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        return getattr(ufunc, method)(*[x.read() if type(x) is Number else x for x in inputs], **options)

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, _memory: Any) -> Any:
        return self

    def __reduce__(self) -> Any:
        return type(self._value), (self.read(),)

    def __hash__(self) -> int:
        return hash(self.read())

    def __float__(self) -> float:
        return float(self.read())

    def __index__(self) -> int:
        value: Any = self.read()
        return operator.index(value)


def plain(x: Any) -> Any:
    """A number as Python's own, to which the record then holds.

    Example:
        >>> plain(Number.of(Source(2))), plain("a")
        (2, 'a')
    """
    return x.read() if type(x) is Number else x


def _followed(value: Any, sources: frozenset[Source], again: Callable[[], Any]) -> Any:
    """What arithmetic gives: a number to follow, unless it is complex."""
    number = Number(value, sources, again)
    return number if type(value) is float or type(value) is int else number.read()


def _arithmetic(function: Callable[..., Any], *, swapped: bool) -> Callable[[Number, Any], Any]:
    def call(self: Number, other: Any) -> Any:
        if type(other) is Number:
            sources, second = self._sources | other._sources, other._again
            value = other._value
        elif other.__class__ is float or other.__class__ is int:
            sources, value = self._sources, other

            def second() -> Any:
                return other

        else:
            beside = self.read() if isinstance(other, complex | float | int | np.generic) else None
            if beside is None:
                return NotImplemented
            return function(other, beside) if swapped else function(beside, other)
        first = self._again
        if swapped:
            return _followed(function(value, self._value), sources, lambda: function(second(), first()))
        return _followed(function(self._value, value), sources, lambda: function(first(), second()))

    return call


def _compared(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(self: Number, *others: Any) -> Any:
        tape: Any = thread.state.tape
        if tape is NOBODY or not all(type(x) is Number or isinstance(x, float | int) for x in others):
            return function(self.read(), *map(plain, others))
        operands = (self, *others)
        answer = function(*[x._value if type(x) is Number else x for x in operands])
        tape.asks(lambda: function(*[x._again() if type(x) is Number else x for x in operands]), answer)
        return answer

    return call


def _alone(function: Callable[..., Any]) -> Callable[[Number], Any]:
    def call(self: Number) -> Any:
        first = self._again
        return _followed(function(self._value), self._sources, lambda: function(first()))

    return call


def _told(function: Callable[..., Any]) -> Callable[..., Any]:
    """What reads the number."""

    def call(self: Number, *others: Any) -> Any:
        return function(self.read(), *map(plain, others))

    return call


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"):
    setattr(Number, f"__{_name}__", _arithmetic(getattr(operator, _name), swapped=False))
    setattr(Number, f"__r{_name}__", _arithmetic(getattr(operator, _name), swapped=True))
for _name in ("neg", "pos", "abs"):
    setattr(Number, f"__{_name}__", _alone(getattr(operator, _name)))
for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    setattr(Number, f"__{_name}__", _compared(getattr(operator, _name)))
Number.__bool__ = _compared(bool)  # type: ignore[attr-defined]
for _name in ("lshift", "rshift", "and_", "or_", "xor", "invert"):
    setattr(Number, f"__{_name.rstrip('_')}__", _told(getattr(operator, _name)))
for _name in ("lshift", "rshift", "and_", "or_", "xor"):
    _function = getattr(operator, _name)
    setattr(Number, f"__r{_name.rstrip('_')}__", _told(lambda a, b, _function=_function: _function(b, a)))
_READERS: dict[str, Callable[..., Any]] = {
    "int": int, "complex": complex, "repr": repr, "str": str, "format": format, "round": round,
    "trunc": math.trunc, "floor": math.floor, "ceil": math.ceil, "divmod": divmod,
}  # fmt: skip
for _name, _function in _READERS.items():
    setattr(Number, f"__{_name}__", _told(_function))
Number.__rdivmod__ = _told(lambda a, b: divmod(b, a))  # type: ignore[attr-defined]
