"""A walk through all that a step reaches by name: closures, attributes, modules, optimizers, and the functions that it calls."""

from __future__ import annotations

import collections
import enum
import functools
import types
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
from tinygrad_fr.replay.code import UnknownError, visit_function
from tinygrad_fr.replay.guards import MISSING, Attributes
from tinygrad_fr.replay.plain import PLAIN
from tinygrad_fr.replay.purity import (
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
    from collections.abc import Iterable

MOST = 3000  # functions, objects and elements that are walked


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
            visit_function(self, value, path)
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
        if module_of(kind) not in ("builtins", "collections", "torch", OWN) and not hasattr(kind, "_fields"):
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
        for base in cls.__mro__:
            if base.__module__ in ("builtins", "abc", "typing", "enum", "collections.abc") or module_of(base) in (
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
        module = module_of(cls)
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
            if own(cls):
                for base in cls.__mro__[: cls.__mro__.index(Module)]:
                    self.pairs[id(base), "forward"] = (vars(base), "forward", f"{base.__name__}.forward")
                self.dicts[id(value.__dict__)] = (value.__dict__, path)
                self.inner.add(id(value.__dict__))
                for name, part in value.__dict__.items():
                    self.visit(part, f"{path}.{name}")
            else:
                self.reached(cls, path)
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
        if own(cls):
            for name, part in _slots(value):
                self.visit(part, f"{path}.{name}")
            if hasattr(value, "__dict__"):
                self.dicts[id(value.__dict__)] = (value.__dict__, path)
                self.inner.add(id(value.__dict__))
                for name, part in value.__dict__.items():
                    self.visit(part, f"{path}.{name}")
            return
        if isinstance(value, enum.Enum):
            self.reached(cls, path)
            self.visit(value.value, path)
            return
        if (
            cls.__flags__ & HEAP_TYPE
            and module not in ("builtins", "numpy", "random", "io", "threading", "contextlib", "logging")
            and python_made(cls)
        ):
            self.reached(cls, path)
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


def _generated(cls: type, method: Any) -> bool:
    """Whether a method is one that ``dataclasses`` wrote for a class."""
    inner = getattr(method, "__wrapped__", method)
    return (
        "__dataclass_fields__" in vars(cls)
        and isinstance(inner, types.FunctionType)
        and inner.__code__.co_filename == "<string>"
    )


def _slots(value: Any) -> Iterable[tuple[str, Any]]:
    for base in type(value).__mro__:
        slots = vars(base).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                yield name, getattr(value, name)
