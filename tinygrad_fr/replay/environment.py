"""What a step depends on beside its arguments, found by reading its code: numbers, objects and tensors that it reaches.

Everything that the code can reach by name is walked: closures, globals, defaults, attributes, modules, optimizers, the
functions that it calls. What is found is held to: a program is run only where it is as it was. What is not known to be
without effects of its own (a file, a clock, another library's generator) is a reason to run eagerly.
"""

from __future__ import annotations

import builtins
import collections
import dis
import enum
import functools
import inspect
import itertools
import math
import operator
import struct
import types
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.nn.module import Module
from tinygrad_fr.ops.definition import Op
from tinygrad_fr.optim.lr_scheduler import LRScheduler
from tinygrad_fr.optim.optimizer import Optimizer
from tinygrad_fr.random import Generator
from tinygrad_fr.record.mode import setting
from tinygrad_fr.record.node import Node
from tinygrad_fr.record.scope import Scope
from tinygrad_fr.replay.guards import MISSING, Attributes, Guard, Settings
from tinygrad_fr.replay.number import Number, Source
from tinygrad_fr.replay.signature import Identity
from tinygrad_fr.source.site import INTERNAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

PLAIN = (
    int,
    float,
    complex,
    str,
    bytes,
    type(None),
    type(Ellipsis),
    type(NotImplemented),
    np.generic,
    np.dtype,
    slice,
    range,
)
PURE = frozenset(
    (
        *[
            "abs",
            "all",
            "any",
            "bin",
            "bool",
            "bytes",
            "callable",
            "chr",
            "complex",
            "dict",
            "divmod",
            "enumerate",
            "filter",
            "float",
            "format",
            "frozenset",
            "getattr",
            "hasattr",
        ],
        *[
            "hex",
            "int",
            "isinstance",
            "issubclass",
            "iter",
            "len",
            "list",
            "map",
            "max",
            "min",
            "next",
            "object",
            "oct",
            "ord",
            "pow",
            "property",
            "range",
            "repr",
            "reversed",
            "round",
        ],
        *[
            "set",
            "setattr",
            "slice",
            "sorted",
            "staticmethod",
            "classmethod",
            "str",
            "sum",
            "super",
            "tuple",
            "type",
            "zip",
            "bytearray",
        ],
    )
)
PURE_BUILTINS = {id(getattr(builtins, name)) for name in PURE}
PURE_MODULES = {math, operator, itertools}
PURE_CLASSES = (collections.OrderedDict, collections.defaultdict, collections.Counter, collections.deque, enum.Enum)
# Functions of numpy with a memory of their own, with files, or with what was in memory before.
NOT_PURE = frozenset(
    [
        "empty",
        "empty_like",
        "load",
        "save",
        "savez",
        "savez_compressed",
        "loadtxt",
        "savetxt",
        "genfromtxt",
        "fromfile",
        "memmap",
        "seterr",
        "seterrcall",
        "set_printoptions",
        "setbufsize",
    ]
)
OWN = "tinygrad_fr"
HOUSES = frozenset(
    [
        "ops",
        "handles",
        "nn",
        "optim",
        "functional",
        "autograd",
        "record",
        "linalg",
        "special",
        "dtypes",
        "random",
        "replay",
        "errors",
        "kernels",
        "locale",
        "arguments",
        "devices",
        "expression",
        "fields",
        "generators",
        "gradients",
        "memory",
        "modes",
        "observers",
        "promotion",
        "source",
        "versions",
        "views",
    ]
)
BARRED = frozenset(
    [
        "manual_seed",
        "seed",
        "set_default_dtype",
        "set_language",
        "save",
        "load",
        "initial_seed",
        "set_rng_state",
        "get_rng_state",
    ]
)
INSIDE = frozenset(("value", "_grad", "rare"))  # a node's own fields, which are read without a word
MOST = 3000  # functions, objects and elements that are walked
_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: a class that was made when the program ran
_POINTER = struct.calcsize("P")


class UnknownError(Exception):
    """What a step reaches is nothing that can be held to."""


def same(a: Any, b: Any) -> bool:
    """Whether two values are one to any program: the same object, or plain, of one type and equal to the last sign."""
    if a is b:
        return True
    return a.__class__ is b.__class__ and isinstance(a, PLAIN) and repr(a) == repr(b)


class Standing:
    """What is called in the place of a step, such as a compiled one."""

    __slots__ = ()

    @property
    def standing_for(self) -> Any:
        """The step."""
        raise NotImplementedError


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
            return _contents(self.holder)
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
        self.spots: dict[tuple[int, Any], Spot] = {}
        self.free: frozenset[tuple[int, Any]] = frozenset()
        walk = _Walk()
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
        self._sets = [(items, frozenset(items)) for items, _path in walk.sets.values()]
        self._arrays = [(array, array.tobytes(), array.shape) for array in walk.arrays.values()]
        self._groups = [
            Settings(group, _settings) for optimizer in walk.optimizers.values() for group in optimizer.param_groups
        ]
        self._rates = [(each.group, repr(each.group.get("lr"))) for each in self._groups]
        self._content = bool(self._dicts or self._lists)
        self._rest = bool(self._arrays or self._sets or self._groups)
        self._objects: list[Any] = []  # what identities are compared with lives as long
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

    # What was found

    def _take(self) -> None:
        """Keep what stands everywhere."""
        values = [entries.get(key, MISSING) for entries, key in self._pairs]
        held = [_contents(cell) for cell in self._cells]
        inside = [list(entries.values()) for entries in self._dicts]
        items = [list(each) for each in self._lists]
        self._objects = [values, held, inside, items]
        self._places_then = [
            *[v for (entries, key), v in zip(self._pairs, values, strict=True) if (id(entries), key) not in self.free],
            *[v for cell, v in zip(self._cells, held, strict=True) if (id(cell), None) not in self.free],
        ]
        self._then: tuple[Any, ...] | None = None
        self._keys = [*itertools.chain.from_iterable(self._dicts)]
        self._sides = [*map(len, self._dicts)], [*map(len, self._lists)]
        self._flat = [v for each in inside for v in each]
        self._items = [v for each in items for v in each]

    def _see(self) -> None:
        """Keep how the tensors are."""
        tensors = self.tensors
        self._needs = [t.needs for t in tensors]
        self._values = [t for t in tensors if isinstance(t.value, np.ndarray)]
        self._shapes = [t.value.shape for t in self._values]
        self._dtypes = [t.value.dtype for t in self._values]
        self._tensors_then = [
            part for t in tensors for part in (t.rare, t.value.dtype if isinstance(t.value, np.ndarray) else None)
        ]
        self._rares = [t.rare for t in tensors if t.rare is not None]
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
        if self._rares or self._special:
            special = any(rare.moved is not None or rare.hooks or rare.retain for rare in self._rares)
            if (special or self._special) and (
                _special(self.tensors) != self._special or _hooks(self.tensors) != self._hooks
            ):
                return False
        if not self._rest:
            return True
        for array, content, shape in self._arrays:
            if array.shape != shape or array.tobytes() != content:
                return False
        for items, before in self._sets:
            if frozenset(items) != before:
                return False
        return all(each.hold() for each in self._groups)

    def _same_content(self) -> bool:
        """Whether containers hold the very objects that they held, in the same order."""
        chain = itertools.chain.from_iterable
        return (
            [*map(len, self._dicts)] == self._sides[0]
            and all(map(operator.is_, chain(map(dict.values, self._dicts)), self._flat))
            and [*chain(self._dicts)] == self._keys
            and [*map(len, self._lists)] == self._sides[1]
            and all(map(operator.is_, chain(self._lists), self._items))
        )

    def _as_seen(self) -> bool:
        """Whether tensors are as they were but for what says nothing, such as the time of a change."""
        if (
            [t.needs for t in self.tensors] != self._needs
            or [t.value.shape for t in self._values] != self._shapes
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
            if not same(now := _contents(cell), before):
                yield (id(cell), None), before, now, path
        start = 0
        for entries, before, path in zip(self._dicts, inside, self._dict_paths, strict=True):
            keys = self._keys[start : start + len(before)]
            start += len(before)
            if list(entries) != keys:
                yield None, None, None, path
                continue
            for key, one, now in zip(keys, before, entries.values(), strict=True):
                if not same(now, one):
                    yield (id(entries), key), one, now, path
        for each, before, path in zip(self._lists, items, self._list_paths, strict=True):
            if len(each) != len(before):
                yield None, None, None, path
                continue
            for i, (one, now) in enumerate(zip(before, each, strict=True)):
                if not same(now, one):
                    yield (id(each), i), one, now, path

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
        if path is None and any(
            array.shape != shape or array.tobytes() != content for array, content, shape in self._arrays
        ):
            path = _("an array")
        if path is None and any(frozenset(items) != before for items, before in self._sets):
            path = _("a set")
        if path is None and not all(each.hold() for each in self._groups):
            path = _("an optimizer’s settings")
        if path is None and any(repr(group.get("lr")) != rate for group, rate in self._rates):
            path = "lr"
        if path is None and _frozen((*self._given[0], *self._given[1].values())) != self._arguments:
            path = _("an argument")
        del self._given, self._arguments
        if path is not None:
            return _("it changes {path}").format(path=path)
        self._take()
        self._see()
        return None


def _contents(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return MISSING


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
        (key, value.__class__, repr(value) if isinstance(value, (*PLAIN, tuple)) else Identity(value))
        for key, value in group.items()
        if key not in ("params", "lr")
    ]


def _frozen(value: Any) -> Any:
    """What the containers among arguments hold."""
    if isinstance(value, list | tuple):
        return value.__class__, id(value) if isinstance(value, list) else 0, [_frozen(part) for part in value]
    if isinstance(value, dict):
        return id(value), [(key, _frozen(part)) for key, part in value.items()]
    if isinstance(value, np.ndarray):
        return id(value), value.tobytes() if not value.dtype.hasobject else None
    return id(value)


class _Walk:
    """A walk through all that a step reaches."""

    def __init__(self) -> None:
        self.names: set[str] = set()  # attributes that the code names
        self.seen: dict[int, Any] = {}
        self.tensors: dict[int, Any] = {}
        self.pairs: dict[tuple[int, Any], tuple[Any, Any, str]] = {}
        self.cells: dict[int, tuple[Any, str]] = {}
        self.dicts: dict[int, tuple[Any, str]] = {}
        self.lists: dict[int, tuple[Any, str]] = {}
        self.sets: dict[int, tuple[Any, str]] = {}
        self.arrays: dict[int, Any] = {}
        self.optimizers: dict[int, Any] = {}
        self.classes: dict[int, tuple[type, str]] = {}
        self.created: set[int] = set()
        self.objects: dict[int, tuple[Any, str]] = {}
        self.asks_types = False
        self.inner: set[int] = set()  # dicts of objects of this package
        self.modules: dict[int, Any] = {}  # of ours and of numpy's, held as values
        self.done: set[tuple[int, str]] = set()
        self.count = 0

    def complete(self) -> None:
        """Visit what the names found mean on the objects and classes found, until nothing is new."""
        while True:
            before = len(self.done)
            for name in self.names:
                if hasattr(Tensor, name):  # which somebody may replace
                    self.pairs[id(Tensor), name] = (vars(Tensor), name, f"Tensor.{name}")
            for i, (cls, path) in list(self.classes.items()):
                self._hiding(i, vars(cls), cls.__mro__[1:], path)
                for name in [*vars(cls)]:
                    special = name.startswith("__") and name.endswith("__")
                    wanted = name in self.names or (
                        special and (name not in ("__init__", "__new__", "__post_init__") or i in self.created)
                    )
                    if wanted and (i, name) not in self.done:
                        self.done.add((i, name))
                        self._of_class(cls, name, f"{path}.{name}")
            for i, (thing, path) in list(self.objects.items()):
                private = isinstance(thing, Module)
                self._hiding(id(vars(thing)), vars(thing), type(thing).__mro__, path)
                for name in [*vars(thing)]:
                    if (name in self.names or (private and name.startswith("_")) or name == "training") and (
                        i,
                        name,
                    ) not in self.done:
                        self.done.add((i, name))
                        self.pair(vars(thing), name, f"{path}.{name}")
            for i, module in list(self.modules.items()):
                # Of what a module makes when it is asked, only what it lists: asking for another name may warn.
                for name in self.names & {*vars(module), *dir(module)}:
                    if (i, name) not in self.done:
                        self.done.add((i, name))
                        found = getattr(module, name, MISSING)
                        if found is not MISSING:
                            self.visit(found, f"{module.__name__}.{name}")
            if len(self.done) == before:
                return

    def _hiding(self, owner: int, entries: Any, classes: tuple[type, ...], path: str) -> None:
        """Hold to it that nothing hides what a class has under the names that the code uses, such as a method set on an object."""
        for cls in classes:
            if id(cls) in self.classes:
                for name in self.names & vars(cls).keys() - entries.keys():
                    self.pairs.setdefault((owner, name), (entries, name, f"{path}.{name}"))
        if Module in classes and "forward" not in entries:
            self.pairs.setdefault((owner, "forward"), (entries, "forward", f"{path}.forward"))

    def _of_class(self, cls: type, name: str, path: str) -> None:
        value = vars(cls)[name]
        if name in (
            "__dict__",
            "__weakref__",
            "__doc__",
            "__module__",
            "__annotations__",
            "__match_args__",
            "__dataclass_fields__",
            "__dataclass_params__",
            "__orig_bases__",
            "__parameters__",
            "__slots__",
            "__static_attributes__",
            "__firstlineno__",
            "__qualname__",
            "__abstractmethods__",
            "__classcell__",
        ):
            return
        self.pairs[id(cls), name] = (vars(cls), name, path)
        if isinstance(value, staticmethod | classmethod):
            value = value.__func__
        if _generated(cls, value):
            self.names.update(cls.__dataclass_fields__)  # type: ignore[attr-defined]  # they read the fields alone
            return
        if isinstance(value, property):
            for function in (value.fget, value.fset):
                if function is not None:
                    self.visit(function, path)
        elif isinstance(value, functools.cached_property):
            self.visit(value.func, path)
        elif (
            isinstance(
                value,
                types.MemberDescriptorType
                | types.GetSetDescriptorType
                | types.WrapperDescriptorType
                | types.BuiltinFunctionType
                | types.MethodDescriptorType,
            )
            or name.startswith("_abc_")
            or isinstance(value, type(None))
        ):
            pass
        else:
            self.visit(value, path)

    def pair(self, entries: Any, key: Any, path: str) -> None:
        """Hold to what stands under a key, and visit it."""
        self.pairs[id(entries), key] = (entries, key, path)
        if key in entries:
            self.visit(entries[key], path)

    def given(self, value: Any) -> None:
        """An argument: its containers are new at each call, and looked at by its signature."""
        if isinstance(value, list | tuple) and type(value) in (list, tuple):
            for part in value:
                self.given(part)
        elif type(value) is dict:
            for part in value.values():
                self.given(part)
        elif isinstance(value, Node):
            for hook in value.current.rare.hooks.values() if value.current.rare is not None else ():
                self.visit(hook, _("a hook"))
        elif not isinstance(value, np.ndarray):
            self.visit(value, _("an argument"))

    def visit(self, value: Any, path: str) -> None:
        """Enter what stands somewhere, and what it reaches.

        Raises:
            UnknownError: it is nothing that can be held to.
        """
        if value is type:
            self.asks_types = True
        if isinstance(value, PLAIN) and not isinstance(value, enum.Enum):
            return
        if id(value) in self.seen:
            return
        self.seen[id(value)] = value
        self.count += 1
        if self.count > MOST:
            raise UnknownError(_("it reaches more than {count} objects").format(count=MOST))
        if isinstance(value, Node):
            self._tensor(value, path)
        elif isinstance(value, types.FunctionType):
            self._function(value, path)
        elif isinstance(value, types.MethodType):
            self.visit(value.__self__, path)
            self.visit(value.__func__, path)
        elif isinstance(value, functools.partial):
            for part in (value.func, *value.args, value.keywords, vars(value)):
                self.visit(part, path)
        elif isinstance(value, type):
            self._class(value, path)
        elif isinstance(value, types.ModuleType):
            if value.__name__.partition(".")[0] not in (OWN, "numpy", "math"):
                raise UnknownError(_("it uses the module {name}").format(name=value.__name__))
            self.modules[id(value)] = value
        elif isinstance(value, dict | list | collections.deque | tuple):
            self._container(value, path)
        elif isinstance(value, set | frozenset):
            if not all(isinstance(part, PLAIN) for part in value):
                raise UnknownError(_("it reaches a set of objects, {path}").format(path=path))
            self.sets[id(value)] = (value, path)
        elif isinstance(value, np.ndarray) and not value.dtype.hasobject:
            self.arrays[id(value)] = value
        else:
            self._object(value, path)

    def _container(self, value: Any, path: str) -> None:
        """What it holds; and, of a class of the user's, its attributes and methods."""
        if isinstance(value, dict):
            self.dicts[id(value)] = (value, path)
        elif not isinstance(value, tuple):
            self.lists[id(value)] = (value, path)
        for part in (*value.keys(), *value.values()) if isinstance(value, dict) else value:
            self.visit(part, path)
        kind = type(value)
        if _module_of(kind) not in ("builtins", "collections", "torch", OWN) and not hasattr(kind, "_fields"):
            self._object(value, path)

    def _tensor(self, node: Any, path: str) -> None:
        current = node.current
        if current.op is not None and current.needs:
            raise UnknownError(_("it reaches {node}, whose record was made outside of it").format(node=node.describe()))
        self.tensors[id(node)] = node
        for each in {id(node): node, id(current): current}.values():
            for hook in each.rare.hooks.values() if each.rare is not None else ():
                self.visit(hook, _("a hook"))

    def _class(self, cls: type, path: str) -> None:
        module = _module_of(cls)
        if id(cls) in PURE_BUILTINS or (issubclass(cls, BaseException) and module == "builtins"):
            return
        if module == "numpy" or cls in PURE_CLASSES:
            return
        if _own(cls):
            return
        if module in ("typing", "types", "abc", "enum", "itertools", "functools", "dataclasses", "collections"):
            return
        self.created.add(id(cls))
        self._reached(cls, path)

    def _reached(self, cls: type, path: str) -> None:
        """Enter a class of the user's, with its bases."""
        for base in cls.__mro__:
            if base.__module__ in ("builtins", "abc", "typing", "enum", "collections.abc") or _module_of(base) in (
                OWN,
                "numpy",
            ):
                continue
            if id(base) not in self.classes:
                self.classes[id(base)] = (base, base.__name__)
                self.seen.setdefault(id(base), base)
            if id(cls) in self.created:
                self.created.add(id(base))

    def _object(self, value: Any, path: str) -> None:
        cls = type(value)
        module = _module_of(cls)
        if isinstance(value, np.ufunc) or cls.__name__ == "_ArrayFunctionDispatcher":
            if getattr(value, "__name__", "") in NOT_PURE:
                raise UnknownError(_("it uses {name}").format(name=f"np.{value.__name__}"))
            return
        if isinstance(value, types.BuiltinFunctionType | types.BuiltinMethodType):
            self._builtin(value, path)
            return
        if isinstance(
            value,
            types.WrapperDescriptorType
            | types.MethodDescriptorType
            | types.MethodWrapperType
            | types.GetSetDescriptorType
            | types.MemberDescriptorType,
        ):
            return
        if isinstance(value, Standing):
            self.visit(value.standing_for, path)
            return
        if isinstance(value, Module):
            self.names.add("forward")
            if _own(cls):
                for base in cls.__mro__[: cls.__mro__.index(Module)]:
                    self.pairs[id(base), "forward"] = (vars(base), "forward", f"{base.__name__}.forward")
                self.dicts[id(value.__dict__)] = (value.__dict__, path)
                self.inner.add(id(value.__dict__))
                for name, part in value.__dict__.items():
                    self.visit(part, f"{path}.{name}")
            else:
                self._reached(cls, path)
                self.objects[id(value)] = (value, path)
            return
        if isinstance(value, Optimizer):
            self._optimizer(value, path)
            return
        if isinstance(value, LRScheduler):
            raise UnknownError(_("it uses a scheduler of learning rates"))
        if isinstance(value, Generator | Scope | Op | setting | np.errstate):
            return
        if cls is types.SimpleNamespace:
            self.objects[id(value)] = (value, path)
            return
        if _own(cls):
            for name, part in _slots(value):
                self.visit(part, f"{path}.{name}")
            if hasattr(value, "__dict__"):
                self.dicts[id(value.__dict__)] = (value.__dict__, path)
                self.inner.add(id(value.__dict__))
                for name, part in value.__dict__.items():
                    self.visit(part, f"{path}.{name}")
            return
        if isinstance(value, enum.Enum):
            self._reached(cls, path)
            self.visit(value.value, path)
            return
        if (
            cls.__flags__ & _HEAP_TYPE
            and module not in ("builtins", "numpy", "random", "io", "threading", "contextlib", "logging")
            and _python_made(cls)
        ):
            self._reached(cls, path)
            for name, _part in _slots(value):
                raise UnknownError(_("it reaches an object with slots, {path}").format(path=f"{path}.{name}"))
            self.pairs[id(value), "__class__"] = (Attributes(value), "__class__", path)
            if hasattr(value, "__dict__"):
                self.objects[id(value)] = (value, path)
            return
        raise UnknownError(_("it uses {path}, a {kind}").format(path=path, kind=cls.__name__))

    def _builtin(self, value: Any, path: str) -> None:
        if id(value) in PURE_BUILTINS:
            return
        owner = getattr(value, "__self__", None)
        if isinstance(owner, types.ModuleType):
            if (
                owner in PURE_MODULES
                or owner.__name__ in ("_operator", "math", "itertools")
                or (
                    owner.__name__.partition(".")[0] == "numpy"
                    and value.__name__ not in NOT_PURE
                    and "random" not in owner.__name__
                )
            ):
                return
        elif owner is None:
            if (
                str(value.__module__).partition(".")[0] == "numpy"
                and "random" not in str(value.__module__)
                and value.__name__ not in NOT_PURE
            ):
                return
        elif isinstance(owner, type):
            return
        elif not isinstance(owner, types.ModuleType):
            self.visit(owner, path)
            return
        raise UnknownError(_("it uses {name}").format(name=path))

    def _optimizer(self, value: Any, path: str) -> None:
        cls = type(value)
        if not _own(cls):
            self.names.add("update")
            self._reached(cls, path)
            self.objects[id(value)] = (value, path)
        if cls.step is not Optimizer.step:
            raise UnknownError(_("it uses {kind}, whose steps read values").format(kind=cls.__name__))
        self.optimizers[id(value)] = value
        self.pairs[id(value.__dict__), "param_groups"] = (value.__dict__, "param_groups", f"{path}.param_groups")
        self.lists[id(value.param_groups)] = (value.param_groups, f"{path}.param_groups")
        for group in value.param_groups:
            self.pairs[id(group), "params"] = (group, "params", f"{path}.params")
            self.visit(group["params"], f"{path}.params")

    # Functions

    def _function(self, function: Any, path: str) -> None:
        module = str(getattr(function, "__module__", "") or "")
        home = module.partition(".")[0]
        code = getattr(inspect.unwrap(function), "__code__", None)  # what wraps an operation has none
        if home == OWN and (code is None or code.co_filename in INTERNAL):
            if function.__name__ in BARRED:
                raise UnknownError(_("it uses {name}").format(name=function.__name__))
            if _own(function):
                return
        if home == "numpy":
            if "random" in module or function.__name__ in NOT_PURE:
                raise UnknownError(_("it uses {name}").format(name=f"np.{function.__name__}"))
            return
        if module in ("functools", "operator", "typing", "enum", "abc"):
            return
        cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
        self._code(function.__code__, function.__globals__, cells)
        for name in ("__code__", "__defaults__", "__kwdefaults__"):
            self.pairs[id(function), name] = (Attributes(function), name, f"{path} (defaults)")
        if function.__kwdefaults__:
            self.dicts[id(function.__kwdefaults__)] = (function.__kwdefaults__, f"{path} (defaults)")
        for part in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
            self.visit(part, path)
        if hasattr(function, "__wrapped__"):
            self.visit(function.__wrapped__, path)

    def _code(self, code: types.CodeType, space: dict[str, Any], cells: Mapping[str, Any]) -> None:
        instructions = _instructions(code)
        line = code.co_firstlineno
        for at, instruction in enumerate(instructions):
            line = _line(instruction) or line
            name, what = instruction.opname, instruction.argval
            try:
                if name in ("LOAD_GLOBAL", "LOAD_NAME"):
                    if what == "getattr" and what not in space:
                        self.names.add(_name_asked(instructions, at, space, cells))
                        continue
                    self._global(space, what, instructions, at)
                elif name in ("LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF") and what in cells:
                    self.cells[id(cells[what])] = (cells[what], what)
                    found = _contents(cells[what])
                    if found is not MISSING:
                        self._chain(found, what, instructions, at)
                elif name in ("STORE_DEREF", "DELETE_DEREF") and what in cells:
                    self.cells[id(cells[what])] = (cells[what], what)
                    raise UnknownError(_("it assigns {name}, a variable from outside").format(name=what))
                elif name in ("LOAD_ATTR", "LOAD_METHOD", "STORE_ATTR", "LOAD_SUPER_ATTR", "DELETE_ATTR"):
                    if what in INSIDE:
                        raise UnknownError(_("it reads a node’s {name}").format(name=what))
                    if what == "__dict__":
                        raise UnknownError(_("it uses {name}").format(name=what))
                    self.names.add(what)
                elif name in ("STORE_GLOBAL", "DELETE_GLOBAL"):
                    raise UnknownError(_("it assigns {name}, a variable from outside").format(name=what))
                elif name == "IMPORT_NAME" and what not in ("math", "__future__"):
                    raise UnknownError(_("it imports {name}").format(name=what))
            except UnknownError as error:
                if _located(str(error)):
                    raise
                where = f"{Path(code.co_filename).name}:{line}"
                raise UnknownError(_("{why}, at {where}").format(why=error, where=where)) from None
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                self._code(
                    constant,
                    space,
                    {k: v for k, v in cells.items() if k in constant.co_freevars and k not in code.co_cellvars},
                )

    def _global(self, space: dict[str, Any], name: str, instructions: list[Any], at: int) -> None:
        self.pairs[id(space), name] = (space, name, name)
        if name == "type":
            self.asks_types = True
        if name in space:
            self._chain(space[name], name, instructions, at)
        elif name in vars(builtins):
            if name in ("getattr", "setattr", "hasattr"):
                raise UnknownError(_("it uses {name}").format(name=name))
            found = getattr(builtins, name)
            self.pairs[id(vars(builtins)), name] = (vars(builtins), name, name)
            if not (
                id(found) in PURE_BUILTINS
                or isinstance(found, type | type(Ellipsis) | type(NotImplemented))
                or name in ("__name__", "__debug__")
            ):
                raise UnknownError(_("it uses {name}").format(name=name))
            if isinstance(found, type) and not issubclass(found, BaseException) and id(found) not in PURE_BUILTINS:
                raise UnknownError(_("it uses {name}").format(name=name))

    def _chain(self, value: Any, name: str, instructions: list[Any], at: int) -> None:
        """Follow the attributes of modules and classes that an instruction is followed by."""
        path = name
        while isinstance(value, types.ModuleType | type) and at + 1 < len(instructions):
            following = instructions[at + 1]
            if following.opname not in ("LOAD_ATTR", "LOAD_METHOD"):
                break
            at += 1
            attribute = following.argval
            path = f"{path}.{attribute}"
            home = value.__name__.partition(".")[0] if isinstance(value, types.ModuleType) else _module_of(value)
            if isinstance(value, type):
                if _own(value) or home in ("numpy", "builtins"):
                    self.visit(value, path)
                    return
                owner = next((base for base in value.__mro__ if attribute in vars(base)), None)
                self._reached(value, path)
                if owner is None or _own(owner) or owner.__module__ == "builtins":
                    return
                self.pairs[id(owner), attribute] = (vars(owner), attribute, path)
                found = vars(owner)[attribute]
                if isinstance(found, staticmethod | classmethod | property):
                    return  # its name is walked with the class
                value = found
                continue
            try:
                found = getattr(value, attribute)
            except AttributeError:
                return
            if attribute in vars(value):  # which may be replaced there, in a library too
                self.pairs[id(vars(value)), attribute] = (vars(value), attribute, path)
            value = found
        self.visit(value, path)


@functools.lru_cache(2048)
def _instructions(code: types.CodeType) -> list[Any]:
    """The instructions of a code object; steps that are made anew, such as closures, share theirs."""
    return [i for i in dis.get_instructions(code) if i.opname not in ("EXTENDED_ARG", "CACHE", "NOP")]


def _generated(cls: type, method: Any) -> bool:
    """Whether a method is one that ``dataclasses`` wrote for a class."""
    inner = getattr(method, "__wrapped__", method)
    return (
        "__dataclass_fields__" in vars(cls)
        and isinstance(inner, types.FunctionType)
        and inner.__code__.co_filename == "<string>"
    )


def _name_asked(instructions: list[Any], at: int, space: Mapping[str, Any], cells: Mapping[str, Any]) -> str:
    """The name that ``getattr(thing, name)`` asks for, where it is a constant, or a variable from outside.

    Raises:
        UnknownError: it is worked out when the step runs.
    """
    depth = 0  # of the stack, above getattr itself
    for place in range(at + 1, len(instructions)):
        instruction = instructions[place]
        if instruction.opcode in dis.hasjrel or instruction.opcode in dis.hasjabs:
            break
        if instruction.opname == "CALL" and depth == instruction.arg:
            last = instructions[place - 1]
            if last.opname == "PRECALL":
                last = instructions[place - 2]
            found = MISSING
            if instruction.arg == 2 and last.opname == "LOAD_CONST":
                found = last.argval
            elif instruction.arg == 2 and last.opname == "LOAD_DEREF" and last.argval in cells:
                found = _contents(cells[last.argval])
            elif instruction.arg == 2 and last.opname == "LOAD_GLOBAL":
                found = space.get(last.argval, MISSING)
            if isinstance(found, str):
                return found
            break
        if instruction.opname != "PRECALL":
            depth += dis.stack_effect(instruction.opcode, instruction.arg, jump=False)
    raise UnknownError(_("it uses {name}").format(name="getattr"))


def _own(value: Any) -> bool:
    """Whether a class is one of those of this package that the tape follows; others are read as anybody's."""
    parts = str(value.__module__).split(".")
    return parts[0] == OWN and (len(parts) == 1 or parts[1] in HOUSES)


def _module_of(cls: type) -> str:
    return str(cls.__module__).partition(".")[0]


def _python_made(cls: type) -> bool:
    """Whether a class was written in Python, so that all that an object holds is in its attributes."""
    return all(
        base in (object, dict, list, tuple, Exception) or _of_attributes(base) for base in cls.__mro__
    ) and not any(_module_of(base) in ("random", "io", "threading", "logging", "_io") for base in cls.__mro__)


def _of_attributes(cls: type) -> bool:
    """Whether a class adds nothing but attributes to its base: what is written in C keeps more in its objects, as an ``array.array``."""
    slots = vars(cls).get("__slots__", ())
    places = (1 if isinstance(slots, str) else len(slots)) + 2  # the dictionary's, and that of weak references
    has_dict = any("__dict__" in vars(base) for base in cls.__mro__)
    return bool(
        cls.__flags__ & _HEAP_TYPE
        and (has_dict or "__slots__" in vars(cls))
        and (cls.__base__ is None or cls.__basicsize__ - cls.__base__.__basicsize__ <= places * _POINTER)
    )


def _slots(value: Any) -> Iterable[tuple[str, Any]]:
    for base in type(value).__mro__:
        slots = vars(base).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                yield name, getattr(value, name)


def _line(instruction: Any) -> int | None:
    found = getattr(instruction, "line_number", None)
    if found is None:
        found = instruction.starts_line
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _located(text: str) -> bool:
    """Whether a reason says its line already."""
    tail = text.rpartition(":")[2]
    return tail.isdigit()
