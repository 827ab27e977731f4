"""The dictionaries ``_parameters``, ``_buffers`` and ``_modules`` of a module, which code may write to as well as to its attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar
from weakref import ref

from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tinygrad_fr.nn.module import Module

T = TypeVar("T")

NAMES = ("_parameters", "_buffers", "_modules")


class Entries(dict[str, Any]):
    """What a module holds by name: what is put in here, or taken out, is so among the module's attributes too.

    Example:
        >>> from tinygrad_fr import nn
        >>> net = nn.Sequential(nn.ReLU())
        >>> net._modules["0"] = nn.Tanh()
        >>> getattr(net, "0")
        Tanh()
    """

    __slots__ = ("_owner",)

    def __init__(self, owner: Module, entries: Any = ()) -> None:
        super().__init__(entries)
        self._owner = ref(owner)

    def _attributes(self, name: str) -> dict[str, Any]:
        """The attributes of the owner, if an entry of this name is one: what is called otherwise, such as ``forward``, stays that."""
        owner = self._owner()
        if owner is None or hasattr(type(owner), name):
            return {}
        attributes = vars(owner)
        return attributes if name not in attributes or attributes[name] is self.get(name) else {}

    def __setitem__(self, name: str, value: Any) -> None:
        self._attributes(name)[name] = value
        super().__setitem__(name, value)

    def __delitem__(self, name: str) -> None:
        self._attributes(name).pop(name, None)
        super().__delitem__(name)

    def pop(self, name: str, *default: Any) -> Any:
        """Take an entry out."""
        self._attributes(name).pop(name, None)
        return super().pop(name, *default)

    def popitem(self) -> tuple[str, Any]:
        """Take the last entry out."""
        name = next(reversed(self))
        return name, self.pop(name)

    def clear(self) -> None:
        """Take every entry out."""
        for name in tuple(self):
            del self[name]

    def update(self, *others: Any, **named: Any) -> None:
        """Put entries in."""
        for name, value in dict(*others, **named).items():
            self[name] = value

    def setdefault(self, name: str, default: Any = None) -> Any:
        """An entry, which is put in where there is none."""
        if name not in self:
            self[name] = default
        return self[name]

    def __ior__(self, other: Any) -> Entries:  # type: ignore[override,misc]
        self.update(other)
        return self

    def __reduce_ex__(self, protocol: Any) -> Any:
        return dict, (dict(self),)  # whose they are is said again by the module that is made of them


def replaced(module: Module, before: dict[str, Any], entries: Mapping[str, Any]) -> Entries:
    """A dictionary that code gives a module in the place of one: what only the former held is no attribute any longer.

    Example:
        >>> from tinygrad_fr import nn
        >>> net = nn.Sequential(nn.ReLU())
        >>> net._modules = {"last": nn.Tanh()}
        >>> net.last, hasattr(net, "0")
        (Tanh(), False)
    """
    if type(entries) is Entries and entries._owner() is module:
        return entries
    given, made = dict(entries), Entries(module)
    before.clear()
    made.update(given)
    return made


def names(module: Module, name: str, entries: Mapping[str, Any]) -> None:
    """Refuse a name under which a module cannot hold a parameter, a buffer or a module.

    Raises:
        TypeError: it is no text.
        KeyError: it is empty, has a dot in it, or is another attribute's.
    """
    if not isinstance(name, str):
        raise TypeError(_("expected a name as text, got {found}").format(found=type(name).__name__))
    if not name or "." in name or (name not in entries and hasattr(module, name)):
        raise KeyError(
            _("“{name}” cannot be a name here: it is empty, has a dot in it, or is another attribute’s").format(
                name=name
            )
        )


def fits(value: T, name: str, kind: type, text: str) -> T:
    """What a module is to hold under a name: of a kind, or None.

    Raises:
        TypeError: it is something else, as the text says.
    """
    if value is not None and not isinstance(value, kind):
        raise TypeError(text.format(name=name, found=type(value).__name__))
    return value
