"""The environment of a step: the numbers, objects and tensors that it depends on besides its arguments.

Everything that the code can reach by name is visited: closures, globals, defaults, attributes, modules, optimizers, and the functions
that it calls. A program is replayed only if all of it is unchanged. A step that reaches something with side effects, or something that
cannot be compared (a file, a clock, another library's generator), runs eagerly.
"""

from __future__ import annotations

import functools
import itertools
import operator
import types
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.locale import _
from tinygrad_fr.nn.module import Module
from tinygrad_fr.optim.state import number
from tinygrad_fr.replay.guards.code import UnknownError, contents
from tinygrad_fr.replay.guards.generated import MISSING, Guard, Settings
from tinygrad_fr.replay.guards.plain import plain, same
from tinygrad_fr.replay.guards.signature import Identity
from tinygrad_fr.replay.guards.walk import Walk
from tinygrad_fr.replay.number import Number, Source
from tinygrad_fr.versions import marks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence


class Spot:
    """A place where a step finds a plain number: under a key, in a list, or in a cell."""

    __slots__ = ("holder", "key")

    def __init__(self, holder: Any, key: Any) -> None:
        self.holder, self.key = holder, key

    @property
    def name(self) -> tuple[int, Any]:
        """What tells it from others."""
        return id(self.holder), self.key

    def read(self) -> Any:
        """What stands there."""
        if isinstance(self.holder, types.CellType):
            return contents(self.holder)
        try:
            return self.holder[self.key]
        except (KeyError, IndexError):
            return MISSING

    def write(self, value: Any) -> None:
        """Put something else there."""
        if isinstance(self.holder, types.CellType):
            self.holder.cell_contents = value
        else:
            self.holder[self.key] = value


class Environment:
    """What a step reaches, as it was when it was walked.

    Args:
        step: a function, a method, a module, or another callable object.
        arguments: of the call that is recorded.
        options: its arguments by name.

    Attributes:
        why: what cannot be held to, or None.
        spots: where it finds plain numbers, by name.
        asks_types: whether the code may ask for the very class of a number, which a followed one has not.
        free: names of those spots whose number may be another of its type, since the program reads it at each call.
        tensors: those that it reaches by itself.

    Example:
        >>> k = [2.0]
        >>> around = Environment(lambda x: k[0] * x, (), {})
        >>> around.holds(), k.append(3.0), around.holds()
        (True, None, False)
        >>> Environment(lambda x: print(x), (), {}).why.partition(",")[0]
        'it uses print'
    """

    def __init__(self, step: Any, arguments: tuple[Any, ...], options: Mapping[str, Any]) -> None:
        self.why: str | None = None
        self.tensors: list[Any] = []
        self.optimizers: list[Any] = []
        self.spots: dict[tuple[int, Any], Spot] = {}
        self.free: frozenset[tuple[int, Any]] = frozenset()
        walk = Walk()
        try:
            walk.visit(step, _("the step"))
            if not isinstance(step, types.FunctionType | types.MethodType | Module | functools.partial):
                walk.names.add("__call__")
            for x in (*arguments, *options.values()):
                walk.given(x)
            walk.complete()
        except UnknownError as error:
            self.why = str(error)
            return
        self.tensors = list(walk.tensors.values())
        self.optimizers = list(walk.optimizers.values())
        self._pairs = [(entries, key) for entries, key, _path in walk.pairs.values()]
        self._pair_paths = [path for _entries, _key, path in walk.pairs.values()]
        self._cells = [cell for cell, _path in walk.cells.values()]
        self._cell_paths = [path for _cell, path in walk.cells.values()]
        self._dicts = [entries for entries, _path in walk.dicts.values()]
        self._dict_paths = [path for _entries, path in walk.dicts.values()]
        self._lists = [items for items, _path in walk.lists.values()]
        self._list_paths = [path for _items, path in walk.lists.values()]
        self._absent = walk.absent()
        self._sets = [(items, _texts(items)) for items, _path in walk.sets.values()]
        self._arrays = [(array, _content(array)) for array in walk.arrays.values()]
        self._groups = [
            Settings(group, _settings) for optimizer in walk.optimizers.values() for group in optimizer.param_groups
        ]
        self._rates = [(each.group, _rate(each.group)) for each in self._groups]
        self._content = bool(self._dicts or self._lists)
        self._worded = [(items, before) for items, before in self._sets if before]
        self._bare = [items for items, before in self._sets if not before]
        self._rest = bool(self._arrays or self._sets or self._groups)
        self._objects: list[Any] = []  # objects compared by identity are kept alive
        self.asks_types = "__class__" in walk.names or walk.asks_types
        inner = walk.inner
        spots = [Spot(*pair) for pair in self._pairs if type(pair[0]) is dict] + [Spot(c, None) for c in self._cells]
        spots += [Spot(entries, key) for entries in self._dicts for key in entries]
        spots += [Spot(items, i) for items in self._lists if type(items) is list for i in range(len(items))]
        self.spots = {
            spot.name: spot for spot in spots if id(spot.holder) not in inner and type(spot.read()) in (int, float)
        }
        self._stands: Callable[[Sequence[Any]], bool] | None = None
        self._take()
        self._see()
        self._arguments = _frozen((*arguments, *options.values()))
        self._given = (arguments, options)

    # The guarded values

    def _take(self) -> None:
        """Keep what stands everywhere."""
        values = [entries.get(key, MISSING) for entries, key in self._pairs]
        held = [contents(cell) for cell in self._cells]
        inside = [list(entries.values()) for entries in self._dicts]
        items = [list(each) for each in self._lists]
        self._objects = [values, held, inside, items]
        self._places_then = [
            *[v for (entries, key), v in zip(self._pairs, values, strict=True) if (id(entries), key) not in self.free],
            *[v for cell, v in zip(self._cells, held, strict=True) if (id(cell), None) not in self.free],
        ]
        self._then: tuple[Any, ...] | None = None
        self._keys = [*itertools.chain.from_iterable(self._dicts)]
        self._named = {*map(type, self._keys)} <= {str}  # where one that is equal is the same
        self._empty = [entries for entries in self._dicts if not entries]
        self._full = [entries for entries in self._dicts if entries]
        self._sides = [*map(len, self._full)], [*map(len, self._lists)]
        self._flat = [v for each in inside for v in each]
        self._items = [v for each in items for v in each]

    def _see(self) -> None:
        """Keep how the tensors are."""
        tensors = self.tensors
        self._needs = [t.needs for t in tensors]
        self._values = [t for t in tensors if isinstance(t.value, np.ndarray)]
        self._shapes = [(t.value.shape, t.value.strides) for t in self._values]
        self._dtypes = [t.value.dtype for t in self._values]
        self._tensors_then = [
            part
            for t in tensors
            for part in ((t.rare, t.value.dtype) if isinstance(t.value, np.ndarray) else (t.rare,))
        ]
        self._rares = [t.rare for t in tensors if t.rare is not None]
        self._marked = -1  # the time of the last mark at which the tensors were seen to be so
        self._special = _special(tensors)
        self._hooks = _hooks(tensors)
        self._then = None

    def _written(self) -> Callable[[Sequence[Any]], bool]:
        """The guard of what stands at places, and of how tensors are."""
        guard = Guard()
        for entries, key in self._pairs:
            if (id(entries), key) not in self.free:
                guard.entry(entries, key)
        for cell in self._cells:
            if (id(cell), None) not in self.free:
                guard.cell(cell)
        for entries, names, _path in self._absent:
            guard.absent(entries, names)
        shapes = iter(self._shapes)
        arrays = {id(t) for t in self._values}
        for t, needs in zip(self.tensors, self._needs, strict=True):
            guard.tensor(t, needs, next(shapes) if id(t) in arrays else None)
        return guard.function()

    def holds(self) -> bool:
        """Whether everything is as it was."""
        if self._stands is None:
            self._stands = self._written()
        if self._then is None:
            self._then = (*self._places_then, *self._tensors_then)
        try:
            if not (self._stands(self._then) and (not self._content or self._same_content())):
                if self._difference() is not None:
                    return False
                self._take()
                if not self._as_seen():
                    return False
        except (AttributeError, KeyError, ValueError, RuntimeError):  # what was emptied, or is of another kind
            return False
        if self._special or (self._rares and self._marked != marks.time):
            time = marks.time
            special = any(rare.moved is not None or rare.hooks or rare.retain for rare in self._rares)
            if (special or self._special) and (
                _special(self.tensors) != self._special or _hooks(self.tensors) != self._hooks
            ):
                return False
            self._marked = time
        if not self._rest:
            return True
        if any(_content(array) != before for array, before in self._arrays):
            return False
        if any(self._bare) or any(_texts(items) != before for items, before in self._worded):
            return False
        return all(each.hold() for each in self._groups)

    def _same_content(self) -> bool:
        """Whether containers hold the very objects that they held, in the same order."""
        chain, full = itertools.chain.from_iterable, self._full
        return (
            not any(self._empty)
            and [*map(len, full)] == self._sides[0]
            and all(map(operator.is_, chain(map(dict.values, full)), self._flat))
            and [*chain(full)] == self._keys
            and (self._named or all(map(operator.is_, chain(full), self._keys)))
            and [*map(len, self._lists)] == self._sides[1]
            and all(map(operator.is_, chain(self._lists), self._items))
        )

    def _as_seen(self) -> bool:
        """Whether tensors are as they were but for what says nothing, such as the time of a change."""
        if (
            [t.needs for t in self.tensors] != self._needs
            or [(t.value.shape, t.value.strides) for t in self._values] != self._shapes
            or [t.value.dtype for t in self._values] != self._dtypes
            or _special(self.tensors) != self._special
            or _hooks(self.tensors) != self._hooks
        ):
            return False
        self._see()
        return True

    def _difference(self) -> str | None:
        """The place that is not as it was, None where nothing but the identity of equal numbers changed."""
        for name, before, now, path in self._differences():
            if name not in self.free or type(before) is not type(now):
                return path
        return None

    def _differences(self) -> Iterator[tuple[Any, Any, Any, str]]:
        """Places that are not as they were: their names, what stood there, what stands there, and how to say it."""
        values, held, inside, items = self._objects
        for (entries, key), before, path in zip(self._pairs, values, self._pair_paths, strict=True):
            if not same(now := entries.get(key, MISSING), before):
                yield (id(entries), key), before, now, path
        for cell, before, path in zip(self._cells, held, self._cell_paths, strict=True):
            if not same(now := contents(cell), before):
                yield (id(cell), None), before, now, path
        for names_of, names, path in self._absent:
            if not names_of.keys().isdisjoint(names):
                yield None, None, None, path
        start = 0
        for entries, before, path in zip(self._dicts, inside, self._dict_paths, strict=True):
            yield from _entries(entries, self._keys[start : start + len(before)], before, path)
            start += len(before)
        for each, before, path in zip(self._lists, items, self._list_paths, strict=True):
            yield from _items(each, before, path)

    def varied(self) -> set[tuple[int, Any]]:
        """Names of the spots where another number of the same type stands now, and of those where one may."""
        found = {name for name, before, now, _path in self._differences() if type(before) is type(now)}
        return (found & set(self.spots)) | self.free

    def release(self, names: Iterable[tuple[int, Any]]) -> None:
        """Let the numbers of some spots be others from now on."""
        self.free = frozenset(names)
        self._stands = None
        self._take()

    @contextmanager
    def followed(self, sources: Mapping[tuple[int, Any], Source]) -> Iterator[None]:
        """Put numbers that a tape follows where plain ones stand, and take them away again."""
        before = {name: self.spots[name].read() for name in sources}
        for name, source in sources.items():
            self.spots[name].write(Number.of(source))
        try:
            yield
        finally:
            for name, value in before.items():
                found = self.spots[name].read()
                if type(found) is Number:
                    self.spots[name].write(value if found.source is sources[name] else found.read())
            for spot in [Spot(*pair) for pair in self._pairs if type(pair[0]) is dict] if sources else ():
                if type(found := spot.read()) is Number:
                    spot.write(found.read())
            for items in self._lists if sources else ():
                for i, found in enumerate(items):
                    if type(found) is Number:
                        items[i] = found.read()
            for entries in self._dicts if sources else ():
                for key, found in list(entries.items()):
                    if type(found) is Number:
                        entries[key] = found.read()

    def changed(self) -> str | None:
        """What a call changed of Python's, as a reason not to replay it; tensors are the tape's."""
        path = self._difference()
        if path is None and [t.needs for t in self.tensors] != self._needs:
            path = "requires_grad"
        if path is None and _hooks(self.tensors) != self._hooks:
            path = _("a hook")
        if path is None and any(_content(array) != before for array, before in self._arrays):
            path = _("an array")
        if path is None and any(_texts(items) != before for items, before in self._sets):
            path = _("a set")
        if path is None and not all(each.hold() for each in self._groups):
            path = _("an optimizer’s settings")
        if path is None and any(_rate(group) != rate for group, rate in self._rates):
            path = "lr"
        if path is None and _frozen((*self._given[0], *self._given[1].values())) != self._arguments:
            path = _("an argument")
        del self._given, self._arguments
        if path is not None:
            return _("it changes {path}").format(path=path)
        self._take()
        self._see()
        return None


def _content(array: np.ndarray[Any, Any]) -> tuple[Any, ...]:
    """All that an array is."""
    return array.dtype, array.shape, array.strides, array.tobytes()


def _texts(items: Any) -> list[tuple[type, str]]:
    """The plain items of a set, in the order in which a loop has them."""
    return [(item.__class__, repr(item)) for item in items]


def _special(tensors: list[Any]) -> list[int]:
    return [
        id(t) for t in tensors if (rare := t.rare) is not None and (rare.moved is not None or rare.hooks or rare.retain)
    ]


def _hooks(tensors: list[Any]) -> list[Any]:
    """Hooks, and what handles stand for, of the tensors that have any."""
    return [
        (id(t), Identity(t.current), t.rare.retain, [Identity(hook) for hook in t.rare.hooks.values()])
        for t in tensors
        if t.rare is not None and (t.rare.moved is not None or t.rare.hooks or t.rare.retain)
    ]


def _settings(group: dict[str, Any]) -> list[Any]:
    """An optimizer's settings, but for its rate, which is read at each step."""
    return [
        (key, value.__class__, repr(value) if plain(value) else Identity(value))
        for key, value in group.items()
        if key not in ("params", "lr")
    ]


def _rate(group: dict[str, Any]) -> str:
    """What tells two learning rates apart, which may be tensors."""
    return repr(number(group.get("lr")))


def _frozen(value: Any) -> Any:
    """What the containers among arguments hold."""
    if isinstance(value, list | tuple):
        return value.__class__, id(value) if isinstance(value, list) else 0, [_frozen(part) for part in value]
    if isinstance(value, dict):
        return id(value), [(key, _frozen(part)) for key, part in value.items()]
    if isinstance(value, np.ndarray):
        return id(value), value.tobytes() if not value.dtype.hasobject else None
    return id(value)


def _entries(
    entries: Mapping[Any, Any], keys: Sequence[Any], before: Sequence[Any], path: str
) -> Iterator[tuple[Any, Any, Any, str]]:
    """Entries of a dict that are not as they were."""
    if len(entries) != len(keys) or not all(map(same, entries, keys)):
        yield None, None, None, path
        return
    for key, one, now in zip(keys, before, entries.values(), strict=True):
        if not same(now, one):
            yield (id(entries), key), one, now, path


def _items(items: Sequence[Any], before: Sequence[Any], path: str) -> Iterator[tuple[Any, Any, Any, str]]:
    """Items of a list that are not as they were."""
    if len(items) != len(before):
        yield None, None, None, path
        return
    for i, (one, now) in enumerate(zip(before, items, strict=True)):
        if not same(now, one):
            yield (id(items), i), one, now, path
