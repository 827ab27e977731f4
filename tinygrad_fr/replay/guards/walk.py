"""A walk through everything that a step reaches by name: closures, attributes, modules, optimizers, and the functions that it calls."""

from __future__ import annotations

import collections
import enum
import functools
import types
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.naming import Named
from tinygrad_fr.nn.module import Module
from tinygrad_fr.ops.definition import Op
from tinygrad_fr.optim.lr_scheduler import LRScheduler
from tinygrad_fr.optim.optimizer import Optimizer
from tinygrad_fr.random import Generator
from tinygrad_fr.record.mode import setting
from tinygrad_fr.record.node import Node
from tinygrad_fr.record.scope import Scope
from tinygrad_fr.replay.guards.code import UnknownError, visit_function
from tinygrad_fr.replay.guards.generated import MISSING, Attributes
from tinygrad_fr.replay.guards.plain import plain
from tinygrad_fr.replay.guards.purity import (
    HEAP_TYPE,
    NOT_PURE,
    OWN,
    PURE_BUILTINS,
    PURE_CLASSES,
    PURE_MODULES,
    module_of,
    own,
    python_made,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MOST = 3000  # functions, objects and elements that are walked
# Methods that Python itself calls: those of its protocols.
SPECIAL = frozenset(
    name
    for kind in (
        object,
        type,
        int,
        float,
        complex,
        str,
        list,
        dict,
        set,
        property,
        types.GeneratorType,
        types.CoroutineType,
    )
    for name in dir(kind)
    if name.startswith("__") and name.endswith("__")
) | {
    "__getattr__",
    "__enter__",
    "__exit__",
    "__missing__",
    "__matmul__",
    "__rmatmul__",
    "__imatmul__",
    "__post_init__",
    "__fspath__",
}
MAKING = frozenset(("__init__", "__new__", "__post_init__"))  # asked for where objects are made
# Attributes that have no influence on a step.
UNREAD = frozenset(
    (
        *("__dict__", "__weakref__", "__doc__", "__module__", "__annotations__", "__match_args__", "__slots__"),
        *("__dataclass_fields__", "__dataclass_params__", "__orig_bases__", "__parameters__", "__static_attributes__"),
        *(
            "__firstlineno__",
            "__qualname__",
            "__name__",
            "__abstractmethods__",
            "__classcell__",
            "__class__",
            "__mro__",
        ),
        *(
            "__bases__",
            "__base__",
            "__basicsize__",
            "__dictoffset__",
            "__flags__",
            "__itemsize__",
            "__text_signature__",
        ),
        *("__weakrefoffset__", "__type_params__"),
    )
)


class Standing:
    """What is called in the place of a step, such as a compiled one."""

    __slots__ = ()

    @property
    def standing_for(self) -> Any:
        """The step."""
        raise NotImplementedError


class Walk:
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
        self.reached(Tensor, "Tensor")  # their methods may be replaced

    def complete(self) -> None:
        """Visit what the names found mean on the objects and classes found, until nothing is new."""
        before = -1
        while before < len(self.done):
            before = len(self.done)
            for cls, path in [*self.classes.values()]:
                for name in self._new(cls, self._asked_of(cls)):
                    self._of_class(cls, name, f"{path}.{name}")
            for thing, path in [*self.objects.values()]:
                for name in self._new(thing, self._asked_of(thing)):
                    self.pair(vars(thing), name, f"{path}.{name}")
            for module in [*self.modules.values()]:
                # Of names that a module makes on access only those that it lists: access to another name may warn.
                for name in self._new(module, self.names & {*vars(module), *dir(module)}):
                    found = getattr(module, name, MISSING)
                    if found is not MISSING:
                        self.visit(found, f"{module.__name__}.{name}")
            if "param_groups" in self.names:
                for optimizer in [*self.optimizers.values()]:
                    self.visit(optimizer.param_groups, "param_groups")

    def _new(self, thing: Any, names: Iterable[str]) -> list[str]:
        """Names of a thing that nobody visited yet."""
        found = [name for name in names if (id(thing), name) not in self.done]
        self.done.update((id(thing), name) for name in found)
        return found

    def _asked_of(self, thing: Any) -> set[str]:
        """The names among those that a thing has that the code asks for, or Python itself."""
        entries = vars(thing).keys()
        asked: set[str] = entries & self._read_of(thing)
        if isinstance(thing, Optimizer):  # whose groups are guarded separately
            return (asked | {"_before", "_after"}) - {"param_groups"}
        if isinstance(thing, type) and not own(thing):
            made = id(thing) in self.created or self.asks_types or "__class__" in self.names
            asked |= {name for name in entries & SPECIAL if made or name not in MAKING}
        return asked

    def _read_of(self, thing: Any) -> set[str]:
        """The names that code asks a thing for: the step's, and that of the classes of this package which its own inherits from."""
        if isinstance(thing, type | Optimizer):
            return self.names
        bases = [base for base in type(thing).__mro__ if own(base) and base is not Named]
        names = self.names.union(*map(read_by, bases))
        return names | vars(thing).keys() if any(base is not Module for base in bases) else names

    def absent(self) -> list[tuple[Any, frozenset[str], str]]:
        """Where the code may find something one day under names that are not there now: entries, the names, and a path."""
        found = []
        for thing, path in (*self.classes.values(), *self.objects.values()):
            entries = vars(thing)
            names = self.names | SPECIAL if isinstance(thing, type) and not own(thing) else self._read_of(thing)
            found.append((entries, frozenset(names - entries.keys() - UNREAD), path))
        return found

    def _of_class(self, cls: type, name: str, path: str) -> None:
        value = vars(cls)[name]
        if name in UNREAD:
            return
        self.pairs[id(cls), name] = (vars(cls), name, path)
        if isinstance(value, staticmethod | classmethod):
            value = value.__func__
        if own(cls) and _native(value):
            return
        if name not in MAKING and _generated(cls, value):
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
                | types.MethodDescriptorType
                | _tuplegetter,
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
        elif type(value) is not np.ndarray:
            self.visit(value, _("an argument"))

    def visit(self, value: Any, path: str) -> None:
        """Enter what stands somewhere, and what it reaches.

        Raises:
            UnknownError: it is nothing that can be held to.
        """
        if value is type:
            self.asks_types = True
        if plain(value):
            return
        if isinstance(type(value).__getattribute__, types.FunctionType):
            raise UnknownError(_("it uses {path}, a {kind}").format(path=path, kind=type(value).__name__))
        if id(value) in self.seen:
            return
        self.seen[id(value)] = value
        self.count += 1
        if self.count > MOST:
            raise UnknownError(_("it reaches more than {count} objects").format(count=MOST))
        enter = next((enter for kinds, enter in KINDS if isinstance(value, kinds)), Walk._object)
        enter(self, value, path)

    def _function(self, value: types.FunctionType, path: str) -> None:
        self.objects[id(value)] = (value, path)
        visit_function(self, value, path)

    def _method(self, value: types.MethodType, path: str) -> None:
        self.visit(value.__self__, path)
        self.visit(value.__func__, path)

    def _partial(self, value: functools.partial[Any], path: str) -> None:
        for part in (value.func, *value.args, value.keywords, vars(value)):
            self.visit(part, path)

    def _module(self, value: types.ModuleType, path: str) -> None:
        if value.__name__.partition(".")[0] not in (OWN, "numpy", "math"):
            raise UnknownError(_("it uses the module {name}").format(name=value.__name__))
        self.modules[id(value)] = value

    def _set(self, value: Any, path: str) -> None:
        if not all(map(plain, value)):
            raise UnknownError(_("it reaches a set of objects, {path}").format(path=path))
        self.sets[id(value)] = (value, path)

    def _array(self, value: Any, path: str) -> None:
        if type(value) is np.ndarray and not value.dtype.hasobject:
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
        if module_of(kind) not in ("builtins", "collections", "torch", OWN):
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
        module = module_of(cls)
        if id(cls) in PURE_BUILTINS or (issubclass(cls, BaseException) and module == "builtins"):
            return
        if module == "numpy" or cls in PURE_CLASSES:
            return
        if own(cls):
            return
        if module in ("typing", "types", "abc", "enum", "itertools", "functools", "dataclasses", "collections"):
            return
        self.created.add(id(cls))
        self.reached(cls, path)

    def reached(self, cls: type, path: str) -> None:
        """Enter a class of the user's, with its bases."""
        if not own(cls):
            self.pairs[id(cls), "__mro__"] = (Attributes(cls), "__mro__", path)
            if type(cls).__module__ not in ("builtins", "abc", "enum", "typing") and not own(type(cls)):
                self.reached(type(cls), f"type({path})")
        for base in cls.__mro__:
            if own(base):
                self.classes[id(base)] = (base, base.__name__)
            if own(base) or base.__module__ in ("builtins", "abc", "typing", "enum", "collections.abc"):
                continue
            if module_of(base) == "numpy":
                continue
            if id(base) not in self.classes:
                self.classes[id(base)] = (base, base.__name__)
            if id(cls) in self.created:
                self.created.add(id(base))

    def _object(self, value: Any, path: str) -> None:
        """An object of any other class: what is known of its kind, of this package's, or written in Python."""
        enter = next((enter for kinds, enter in OBJECTS if isinstance(value, kinds)), None)
        if enter is not None:
            enter(self, value, path)
        elif type(value) is types.SimpleNamespace:
            self._instance(value, path)
            self.objects[id(value)] = (value, path)
        elif own(type(value)):
            self._own(value, path)
        elif isinstance(value, enum.Enum):
            self.reached(type(value), path)
            self.objects[id(value)] = (value, path)
            self.visit(value.value, path)
        elif _of_user(type(value)):
            self._of_user(value, path)
        else:
            raise UnknownError(_("it uses {path}, a {kind}").format(path=path, kind=type(value).__name__))

    def _numpy_function(self, value: Any, path: str) -> None:
        if getattr(value, "__name__", "") in NOT_PURE:
            raise UnknownError(_("it uses {name}").format(name=f"np.{value.__name__}"))

    def _harmless(self, value: Any, path: str) -> None:
        """Nothing: it says nothing of what a step does, or is looked at elsewhere."""

    def _standing(self, value: Standing, path: str) -> None:
        self.visit(value.standing_for, path)

    def _layer(self, value: Module, path: str) -> None:
        self.names.add("forward")
        self._instance(value, path)
        self.reached(type(value), path)
        if own(type(value)):
            self._attributes(value, path)
        else:
            self.objects[id(value)] = (value, path)

    def _scheduler(self, value: LRScheduler, path: str) -> None:
        raise UnknownError(_("it uses a scheduler of learning rates"))

    def _own(self, value: Any, path: str) -> None:
        """An object of this package's: all that it keeps."""
        self.reached(type(value), path)
        for name, part in _slots(value):
            self.visit(part, f"{path}.{name}")
        if hasattr(value, "__dict__"):
            self._attributes(value, path)

    def _attributes(self, value: Any, path: str) -> None:
        self.dicts[id(value.__dict__)] = (value.__dict__, path)
        self.inner.add(id(value.__dict__))
        for name, part in value.__dict__.items():
            self.visit(part, f"{path}.{name}")

    def _of_user(self, value: Any, path: str) -> None:
        """An object of a class that the user wrote: what its code asks of it by name."""
        self.reached(type(value), path)
        for name, _part in _slots(value):
            raise UnknownError(_("it reaches an object with slots, {path}").format(path=f"{path}.{name}"))
        self._instance(value, path)
        if hasattr(value, "__dict__"):
            self.objects[id(value)] = (value, path)

    def _instance(self, value: Any, path: str) -> None:
        """Hold to it that an object stays one of its class, with the attributes that it keeps."""
        for name in ("__class__", "__dict__"):
            if hasattr(value, name):
                self.pairs[id(value), name] = (Attributes(value), name, path)

    def _builtin(self, value: Any, path: str) -> None:
        if id(value) in PURE_BUILTINS:
            return
        owner = getattr(value, "__self__", None)
        if isinstance(owner, types.ModuleType):
            known = owner in PURE_MODULES or owner.__name__ in ("_operator", "math", "itertools")
            if known or _pure_of_numpy(owner.__name__, value.__name__):
                return
        elif owner is None:
            if _pure_of_numpy(str(value.__module__), value.__name__):
                return
        elif isinstance(owner, type):
            return
        else:
            self.visit(owner, path)
            return
        raise UnknownError(_("it uses {name}").format(name=path))

    def _optimizer(self, value: Any, path: str) -> None:
        cls = type(value)
        if not own(cls):
            self.names.add("update")
        self.reached(cls, path)
        self.objects[id(value)] = (value, path)
        if cls.step is not Optimizer.step:
            raise UnknownError(_("it uses {kind}, whose steps read values").format(kind=cls.__name__))
        self.optimizers[id(value)] = value
        self.pairs[id(value.__dict__), "param_groups"] = (value.__dict__, "param_groups", f"{path}.param_groups")
        self.lists[id(value.param_groups)] = (value.param_groups, f"{path}.param_groups")
        for group in value.param_groups:
            self.pairs[id(group), "params"] = (group, "params", f"{path}.params")
            self.visit(group["params"], f"{path}.params")


# Kinds of values → how each is visited; the first that fits is used.
KINDS: tuple[tuple[Any, Callable[[Walk, Any, str], None]], ...] = (
    (Node, Walk._tensor),
    (types.FunctionType, Walk._function),
    (types.MethodType, Walk._method),
    (functools.partial, Walk._partial),
    (type, Walk._class),
    (types.ModuleType, Walk._module),
    ((dict, list, collections.deque, tuple), Walk._container),
    ((set, frozenset), Walk._set),
    (np.ndarray, Walk._array),
)
DESCRIPTORS = (
    types.WrapperDescriptorType,
    types.MethodDescriptorType,
    types.MethodWrapperType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
)
# The same of objects.
OBJECTS: tuple[tuple[Any, Callable[[Walk, Any, str], None]], ...] = (
    ((np.ufunc, type(np.sum)), Walk._numpy_function),
    ((types.BuiltinFunctionType, types.BuiltinMethodType), Walk._builtin),
    (DESCRIPTORS, Walk._harmless),
    (Standing, Walk._standing),
    (Module, Walk._layer),
    (Optimizer, Walk._optimizer),
    (LRScheduler, Walk._scheduler),
    ((Generator, Scope, Op, setting, np.errstate), Walk._harmless),
)


@functools.lru_cache(1024)
def read_by(cls: type) -> frozenset[str]:
    """The attributes of its objects that a class names: its own, which they may have in their stead, and those that its code reads.

    Example:
        >>> "_hooks" in read_by(Module), "training" in read_by(Module)
        (True, True)
    """
    functions = [function for value in vars(cls).values() for function in _functions(value)]
    return frozenset(vars(cls)).union(*(function.__code__.co_names for function in functions)) - UNREAD


def _functions(value: Any) -> list[types.FunctionType]:
    """The functions of an attribute of a class: a method's, or those of a property."""
    parts = (value.fget, value.fset) if isinstance(value, property) else (getattr(value, "__func__", value),)
    return [part for part in parts if isinstance(part, types.FunctionType)]


def _pure_of_numpy(module: str, name: str) -> bool:
    """Whether a function of a module is one of numpy's that depends on nothing but its arguments."""
    return module.partition(".")[0] == "numpy" and "random" not in module and name not in NOT_PURE


def _of_user(cls: type) -> bool:
    """Whether a class was written in Python, and outside of the libraries whose objects have a life of their own."""
    libraries = ("builtins", "numpy", "random", "io", "threading", "contextlib", "logging")
    return bool(cls.__flags__ & HEAP_TYPE) and module_of(cls) not in libraries and python_made(cls)


class _Pair(NamedTuple):
    first: Any


_tuplegetter = type(vars(_Pair)["first"])  # what gives a field of a named tuple


def _generated(cls: type, method: Any) -> bool:
    """Whether a method is one that ``dataclasses`` wrote for a class."""
    inner = getattr(method, "__wrapped__", method)
    return (
        "__dataclass_fields__" in vars(cls)
        and isinstance(inner, types.FunctionType)
        and inner.__code__.co_filename == "<string>"
    )


def _native(value: Any) -> bool:
    """Whether an attribute of a class of this package is one that it came with, and not what somebody put there."""
    if isinstance(value, property):
        return all(map(_native, filter(None, (value.fget, value.fset))))
    if isinstance(value, types.FunctionType):
        return str(value.__globals__.get("__name__")).partition(".")[0] == OWN
    return own(type(value))


def _slots(value: Any) -> Iterable[tuple[str, Any]]:
    for base in type(value).__mro__:
        slots = vars(base).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                yield name, getattr(value, name)
