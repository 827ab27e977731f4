"""The contract of a kernel: shapes and dtypes of its arrays, checked before any address is taken.

numba and BLAS do not check bounds: if a state has another batch size, they read and write beyond its end. So each
kernel is called through a function that states its contract::

    @contract("w: V D; x: n D; int index[V]: n")
    def added(x, index, w): ...

Arguments are listed in the order in which they are checked, each with its dimensions. The first time a name stands for
a dimension it takes the size that it finds there; later it must find the same size. ``4*H`` is computed. ``*N`` stands
for any number of dimensions in front. ``b?`` may be None; ``pair.0`` is the first of several; ``int``, ``bool`` and
``any`` stand before arrays that are not floats; ``index[V]`` holds numbers from 0 to V − 1. Floats are of one dtype,
float32 or float64, and all arrays lie in memory without gaps (``~`` before an array that need not).

The check is generated as a Python function, which takes some 2 µs for eight arrays. Tables that many calls share are
checked once (see :func:`contract`). The message of a failed check is computed by slower code.
"""

from __future__ import annotations

import inspect
import re
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeVar

import numpy as np

from tinygrad_fr.errors import DtypeError, RangeError, ShapeError, TinygradError
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    F = TypeVar("F", bound=Callable[..., Any])

FLOATS = (np.dtype(np.float32), np.dtype(np.float64))
_KINDS = {"int": "iu", "bool": "b"}
_NAME = re.compile(r"[A-Za-z_]\w*")
_ARGUMENT = re.compile(
    r"(?:(?P<kind>int|bool|any)\s+)?(?P<gaps>~)?(?P<name>\w+)(?:\.(?P<part>\d+))?(?P<none>\?)?(?:\[(?P<below>[^\]]+)\])?"
)


class OperandError(DtypeError, ValueError):
    """An array of another dtype than is expected. (PyTorch raises a RuntimeError for some of these, a ValueError for others.)"""


class Expected(NamedTuple):
    """The expected shape, dtype and layout of an array.

    Attributes:
        name: the argument.
        part: its place among several arrays in one argument.
        dimensions: a name, or an expression of names, for each.
        kind: ``"float"``, ``"int"``, ``"bool"`` or ``"any"``.
        gaps: whether its numbers may lie apart.
        optional: whether it may be None.
        below: an expression that bounds its numbers from above, "" for no bound.
    """

    name: str
    part: int | None
    dimensions: tuple[str, ...]
    kind: str
    gaps: bool
    optional: bool
    below: str

    @property
    def shown(self) -> str:
        """The argument, for a message."""
        return self.name if self.part is None else f"{self.name}[{self.part}]"


def _read(text: str) -> tuple[Expected, ...]:
    """Parse the text of a contract."""
    found = []
    for sentence in filter(str.strip, text.split(";")):
        names, dimensions = sentence.split(":")
        for one in names.split(","):
            match = _ARGUMENT.fullmatch(one.strip())
            if match is None:
                raise ValueError(f"a contract cannot say {one.strip()!r}")
            part = match["part"]
            found.append(
                Expected(
                    match["name"],
                    None if part is None else int(part),
                    tuple(dimensions.split()),
                    match["kind"] or "float",
                    bool(match["gaps"]),
                    bool(match["none"]),
                    match["below"] or "",
                )
            )
    return tuple(found)


class Contract:
    """A contract, to be called with the arguments of a function.

    Args:
        text: what is expected of its arrays.
        names: the function's arguments.
        name: what the function is called in messages.
        compact: whether arrays must lie in memory without gaps.
        where: gives the user's line, if there is one.
        conditions: expressions of sides and of other arguments that must be true besides.

    Example:
        >>> check = Contract("w: O I; x: N I", ("x", "w"), "product")
        >>> check(np.ones((2, 3)), np.ones((4, 3)))
        >>> try:
        ...     check(np.ones((2, 5)), np.ones((4, 3)))
        ... except ShapeError as error:
        ...     print(type(error).__name__)
        ShapeError
    """

    def __init__(
        self,
        text: str,
        names: Sequence[str],
        name: str,
        compact: bool = True,
        where: Callable[[], str] | None = None,
        conditions: Sequence[str] = (),
    ) -> None:
        self.expected, self.names, self.name, self.compact, self.where = _read(text), tuple(names), name, compact, where
        self.conditions = tuple(conditions)
        for each in self.expected:
            if each.name not in self.names:
                raise ValueError(f"{name} has no argument {each.name!r}")
        self.lines = self._written()
        source = f"def check({', '.join(self.names)}):\n" + "\n".join(self.lines)
        space = self.space()
        exec(compile(source, __file__, "exec"), space)
        self._check: Callable[..., None] = space["check"]

    def __call__(self, *arguments: Any) -> None:
        """Raise where an argument is not what is expected."""
        self._check(*arguments)

    def space(self) -> dict[str, Any]:
        """The names that the written check reads."""
        space: dict[str, Any] = {"refuse": self.refuse, "FLOATS": FLOATS, "SINGLE": FLOATS[0], "DOUBLE": FLOATS[1]}
        space["TinygradError"] = TinygradError
        if any(each.below for each in self.expected):
            from tinygrad_fr.kernels.runtime.bounds import (
                within,
            )  # imports numba, which a kernel of indices needs anyway

            space["within"] = within
        return space

    def _written(self) -> list[str]:
        """The lines of the check; each one is a test that refuses by itself."""
        known = set(self.names)
        refuse = f"refuse({{{', '.join(f'{name!r}: {name}' for name in self.names)}}})"
        lines = ["    try:", "        _dtype = None"]
        for each in self.expected:
            indent = " " * 8
            lines.append(f"{indent}_own = {each.name}{'' if each.part is None else f'[{each.part}]'}")
            if each.optional:
                lines.append(f"{indent}if _own is not None:")
                indent += " " * 4
            own = [*self._dimensions_of(each, known, refuse), *self._elements_of(each, refuse)]
            lines += [f"{indent}{line}" for line in own]
        lines += [f"{' ' * 8}if not ({condition}): {refuse}" for condition in self.conditions]
        lines += ["    except TinygradError:", "        raise"]
        lines += ["    except (ArithmeticError, AttributeError, IndexError, TypeError):", f"        {refuse}"]
        return lines

    def _dimensions_of(self, each: Expected, known: set[str], refuse: str) -> list[str]:
        """The lines that test the shape of one array, and name the dimensions that are known from then on."""
        sides = each.dimensions
        lead = sides[0][1:] if sides and sides[0].startswith("*") else ""
        sides = sides[1:] if lead else sides
        lines = ["_s = _own.shape"]
        if lead:
            lines.append(f"if len(_s) < {len(sides)}: {refuse}")
            where = [f"_s[{i - len(sides)}]" for i in range(len(sides))]
            front = f"_s[:len(_s) - {len(sides)}]"
            lines.append(f"if {front} != {lead}: {refuse}" if lead in known else f"{lead} = {front}")
            known.add(lead)
        else:
            lines.append(f"if len(_s) != {len(sides)}: {refuse}")
            where = [f"_s[{i}]" for i in range(len(sides))]
        tests = []
        new = {side for side in sides if side.isidentifier() and side != "_"} - known
        for side, place in sorted(zip(sides, where, strict=True), key=lambda pair: pair[0] not in new):
            if side == "_":
                continue
            if side in {other.name for other in self.expected}:
                raise ValueError(f"{self.name}: {side} is an array, and a dimension")
            if side.isidentifier() and side not in known:
                if each.optional:
                    raise ValueError(f"{self.name}: {each.shown}, which may be None, cannot say what {side} is")
                lines.append(f"{side} = {place}")
                known.add(side)
            else:
                tests.append(f"{place} != {side}")
                unknown = set(_NAME.findall(side)) - known
                if unknown:
                    raise ValueError(f"{self.name}: nothing says {', '.join(unknown)} before {each.shown}")
        if tests:
            lines.append(f"if {' or '.join(tests)}: {refuse}")
        return lines

    def _elements_of(self, each: Expected, refuse: str) -> list[str]:
        """The lines that test the dtype of one array, how its elements lie, and what they may be."""
        lines = []
        if each.kind == "float":
            lines += [
                "if _dtype is None:",
                "    _dtype = _own.dtype",
                f"    if _dtype is not SINGLE and _dtype is not DOUBLE and _dtype not in FLOATS: {refuse}",
                f"elif _own.dtype is not _dtype and _own.dtype != _dtype: {refuse}",
            ]
        elif each.kind != "any":
            lines.append(f"if _own.dtype.kind not in {_KINDS[each.kind]!r} or not _own.dtype.isnative: {refuse}")
        if self.compact and not each.gaps:
            lines.append(f"if not _own.flags.c_contiguous: {refuse}")
        if each.below:
            lines.append(f"if not within(_own, {each.below}): {refuse}")
        return lines

    def refuse(self, arguments: Mapping[str, Any]) -> NoReturn:
        """Raise with the sentence that says what is wrong."""
        raise self.fault(arguments) or ShapeError(self.name) from None

    def fault(self, arguments: Mapping[str, Any], name: str = "") -> TinygradError | None:
        """The first fault of the arguments of the named function; None if there is none."""
        known = {key: value for key, value in arguments.items() if isinstance(value, int | np.integer)}
        dtype: Any = None
        for each in self.expected:
            own = arguments[each.name]
            if each.part is not None:
                if not isinstance(own, tuple | list) or len(own) <= each.part:
                    return self._wrong(name, ShapeError, each.shown, _("an array"), type(own).__name__)
                own = own[each.part]
            if own is None and each.optional:
                continue
            kind = getattr(own, "dtype", None)
            if each.kind == "float" and dtype is None and kind in FLOATS:
                dtype = kind
            wrong = self._wrong_array(each, own, known, dtype)
            if wrong is not None:
                error, expected, found = wrong
                return self._wrong(name, error, each.shown, expected, found)
        return self._wrong_condition({**arguments, **known}, name)

    def _wrong_array(
        self, each: Expected, own: Any, known: dict[str, Any], dtype: Any
    ) -> tuple[type[TinygradError], Any, Any] | None:
        """What is wrong with one array: the error, what was expected, what was found."""
        shape, kind = getattr(own, "shape", None), getattr(own, "dtype", None)
        if shape is None or kind is None:
            return ShapeError, _("an array"), type(own).__name__
        expected = _expected(each.dimensions, tuple(shape), known)
        if expected is not None:
            return ShapeError, _("shape {shape}").format(shape=expected), tuple(shape)
        if each.kind == "float":
            if kind != dtype or dtype is None:
                return OperandError, dtype or "float32, float64", kind
        elif each.kind != "any" and (kind.kind not in _KINDS[each.kind] or not kind.isnative):
            return OperandError, each.kind, kind
        if self.compact and not each.gaps and not own.flags.c_contiguous:
            return ShapeError, _("numbers without gaps between them"), own.strides
        if each.below and own.size:
            bound, low, high = eval(each.below, {}, known), int(own.min()), int(own.max())
            if low < 0 or high >= bound:
                return RangeError, _("numbers from 0 to {high}").format(high=bound - 1), low if low < 0 else high
        return None

    def _wrong_condition(self, values: Mapping[str, Any], name: str) -> TinygradError | None:
        for condition in self.conditions:
            if not _holds(condition, values):
                named = [key for key in dict.fromkeys(_NAME.findall(condition)) if key in values]
                return ShapeError(
                    _("{name}: expected {condition}, got {found}").format(
                        name=name or self.name,
                        condition=condition,
                        found=", ".join(f"{key} = {_figure(values[key])}" for key in named),
                    )
                )
        return None

    def _wrong(self, name: str, error: type[TinygradError], argument: str, expected: Any, found: Any) -> TinygradError:
        where = f" ({self.where()})" if self.where is not None else ""
        return error(
            _("{name}: expected {expected} for {argument}, got {found}").format(
                name=name or self.name, argument=argument, expected=expected, found=found
            )
            + where
        )


def _figure(value: Any) -> Any:
    """A value for a message: the layout of an array, or of each of several."""
    shape = getattr(value, "shape", None)
    if shape is not None:
        return f"{shape}, strides {value.strides}"
    several = isinstance(value, tuple) and any(hasattr(part, "shape") for part in value)
    return f"[{'; '.join(map(str, map(_figure, value)))}]" if several else value


def _holds(condition: str, values: Mapping[str, Any]) -> bool:
    try:
        return bool(eval(condition, {}, values))
    except (ArithmeticError, AttributeError, IndexError, TypeError):
        return False


def _expected(dimensions: Sequence[str], found: tuple[int, ...], known: dict[str, Any]) -> str | None:
    """The shape that was expected, for a message, where what was found is another one; names that were free become known."""
    sides, lead = list(dimensions), ()
    if sides and sides[0].startswith("*"):
        name = sides.pop(0)[1:]
        lead = known.setdefault(name, found[: max(len(found) - len(sides), 0)])
    fits = len(found) == len(lead) + len(sides) and found[: len(lead)] == lead
    own = found[len(lead) :] if fits else (None,) * len(sides)
    for side, size in zip(sides, own, strict=True):
        if side.isidentifier() and side != "_" and side not in known and fits:
            known[side] = size
    shown: list[Any] = list(lead)
    for side, size in zip(sides, own, strict=True):
        try:
            value = eval(side, {}, known)
        except NameError:
            shown.append(side)  # its size is not known yet
            continue
        shown.append(value)
        fits = fits and (side == "_" or value == size)
    if fits:
        return None
    return "({}{})".format(", ".join(map(str, shown)), "," if len(shown) == 1 else "")


_REMEMBERED = """
    try:
        key = ({key},)
        if key in remembered{laid}:
            return function({given})
    except (AttributeError, TypeError):
        key = ()
{lines}
    if key:
        remember(remembered, key, ({tables},))
    return function({given})
"""
_KEPT = 256  # calls that a contract remembers


def _remember(remembered: dict[Any, Any], key: tuple[Any, ...], tables: tuple[Any, ...]) -> None:
    """Keep the tables of a call that was right, so that no other array takes their places in memory; not those that can change."""
    if any(table.flags.writeable or table.base is not None for table in tables):
        return
    if len(remembered) >= _KEPT:
        remembered.clear()
    remembered[key] = tables


def _remembering(found: Contract, tables: Sequence[str]) -> str:
    """The text of a function that checks its arguments, or knows that tables fit the shapes of the others."""
    arrays = {each.name: each for each in found.expected}
    key, laid = [], ""
    for name in found.names:
        if name in tables:
            key.append(f"id({name})")
        elif name in arrays:
            key += [f"{name}.shape", f"{name}.dtype"]
            laid += "" if arrays[name].gaps else f" and {name}.flags.c_contiguous"
        else:
            key.append(name)
    given = ", ".join(found.names)
    return f"def checked({given}):" + _REMEMBERED.format(
        key=", ".join(key), laid=laid, given=given, lines="\n".join(found.lines), tables=", ".join(tables)
    )


def contract(text: str, *conditions: str, tables: Sequence[str] = ()) -> Callable[[F], F]:
    """Check a function's arrays before it is called; see :mod:`tinygrad_fr.kernels.runtime.contract`.

    Args:
        text: what is expected of them.
        conditions: expressions of sides and of other arguments that must be true besides.
        tables: arrays that many calls share, and that nobody may write to: with what was found right once, they are not looked
            at again where the others have the same shapes and dtypes. Every other argument is an array or an integer.

    Example:
        >>> @contract("x: N D; int index[N]: k")
        ... def rows(x, index):
        ...     return x[index]
        >>> rows(np.ones((2, 3)), np.array([1, 1, 0])).shape
        (3, 3)
    """

    def say(function: F) -> F:
        parameters = inspect.signature(function).parameters
        names = tuple(parameters)
        if any(each.default is not each.empty for each in parameters.values()):
            raise ValueError(f"{function.__name__}: a contract passes every argument on, and knows no default")
        found = Contract(text, names, function.__name__, conditions=conditions)
        # One function checks and calls: a second call would cost half as much as the check.
        given = ", ".join(names)
        source = "\n".join([f"def checked({given}):", *found.lines, f"    return function({given})"])
        space = {**found.space(), "function": function}
        if tables:
            source = _remembering(found, tables)
            space |= {"remember": _remember, "remembered": {}}
        exec(compile(source, __file__, "exec"), space)
        checked: Any = wraps(function)(space["checked"])
        checked.contract = found
        return checked  # type: ignore[no-any-return]

    return say
