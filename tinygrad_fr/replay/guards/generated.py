"""Generated guards: one function compares everything by identity, instead of a walk at each call."""

from __future__ import annotations

import functools
import operator
import types
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MISSING = object()  # the value of a missing key
FEW = 4  # names that are looked for one by one
PLAIN = (int, float, complex, str, bytes, type(None), bool)


class Attributes:
    """The attributes of a function or an object, looked at as entries."""

    def __init__(self, thing: Any) -> None:
        self.thing = thing

    def get(self, name: str, _otherwise: Any) -> Any:
        """One of them."""
        return getattr(self.thing, name)

    def __contains__(self, _key: str) -> bool:
        return True


class Guard:
    """A function of what stood at some places that tells whether the same stands there now.

    What is held to is the identity of what stands at each place, and what tensors are. A function of its own makes each
    comparison a few instructions; its text names places by number, so that guards alike share their code.

    Example:
        >>> entries = {"a": "x"}
        >>> guard = Guard()
        >>> guard.entry(entries, "a")
        >>> stands, then = guard.function(), (entries["a"],)
        >>> stands(then), entries.update(a="y"), stands(then)
        (True, None, False)
    """

    def __init__(self) -> None:
        self._things: list[Any] = []
        self._terms: list[str] = []
        self._count = 0  # of values that it is given

    def _thing(self, thing: Any) -> str:
        self._things.append(thing)
        return f"t{len(self._things) - 1}"

    def _value(self) -> str:
        self._count += 1
        return f"v{self._count - 1}"

    def entry(self, entries: Any, key: Any) -> None:
        """Hold to the object under a key; of a plain dictionary it is read by the key, of others by ``get``."""
        if type(entries) is Attributes and key.isidentifier():
            self._terms.append(f"{self._thing(entries.thing)}.{key} is {self._value()}")
            return
        holder, name = self._thing(entries), repr(key) if type(key) is str else self._thing(key)
        if type(entries) in (dict, types.MappingProxyType) and key in entries:
            self._terms.append(f"{holder}[{name}] is {self._value()}")
        else:
            self._terms.append(f"{holder}.get({name}, {self._thing(MISSING)}) is {self._value()}")

    def cell(self, cell: Any) -> None:
        """Hold to what a variable of an enclosing function is."""
        self._terms.append(f"{self._thing(cell)}.cell_contents is {self._value()}")

    def tensor(self, tensor: Any, needs: int, laid: tuple[Any, ...] | None) -> None:
        """Hold to how a tensor is; its rare part is given, and then, if it is laid out, its dtype."""
        name = self._thing(tensor)
        term = f"{name}.needs == {needs} and {name}.rare is {self._value()}"
        if laid is not None:
            (shape, strides), dtype = laid, self._value()
            term += f" and (a := {name}.value).shape == {shape!r} and a.strides == {strides!r} and a.dtype is {dtype}"
        self._terms.append(term)

    def absent(self, entries: Any, names: frozenset[str]) -> None:
        """Hold to it that nothing stands under some names; of what has no entry at all, to that."""
        holder = self._thing(entries)
        if not entries:
            self._terms.append(f"not {holder}")
        elif len(names) > FEW:
            self._terms.append(f"{holder}.keys().isdisjoint({self._thing(names)})")
        else:
            self._terms += [f"{name!r} not in {holder}" for name in sorted(names)]

    def function(self) -> Callable[[Sequence[Any]], bool]:
        """The function, of what stood at the places in the order in which they were named."""
        values = "".join(f"v{i}, " for i in range(self._count))
        text = f"def stands(then):\n    {f'{values}= then' if values else 'pass'}\n"
        text += f"    return {' and '.join(self._terms) or 'True'}\n"
        space = {f"t{i}": thing for i, thing in enumerate(self._things)}
        exec(_code(text), space)  # names and numbers, which are written above
        return space["stands"]  # type: ignore[no-any-return]


@functools.lru_cache(256)
def _code(text: str) -> types.CodeType:
    """The code of a text; a step that is recorded again has the same."""
    return compile(text, "<guard>", "exec")


class Settings:
    """An optimizer's settings, but for its parameters and its rate, which are read at each step.

    Args:
        group: of parameters.
        told: what tells two states of the settings apart.
    """

    def __init__(self, group: dict[str, Any], told: Callable[[dict[str, Any]], Any]) -> None:
        self.group, self.told = group, told
        self.then = told(group)
        self._take()

    def _take(self) -> None:
        group = self.group
        keys: list[Any] = [key for key in group if key not in ("params", "lr")]
        self._count = len(group)
        self._read: Any = operator.itemgetter(*keys) if len(keys) > 1 else None
        self._values = tuple([group[key] for key in keys])
        self._still = self._read is not None and all(map(_still, self._values))

    def hold(self) -> bool:
        """Whether they are as they were."""
        group = self.group
        try:
            if self._still and len(group) == self._count and all(map(operator.is_, self._read(group), self._values)):
                return True
        except KeyError:
            return False
        if self.told(group) != self.then:
            return False
        self._take()
        return True


def _still(value: Any) -> bool:
    """Whether a value stays what it is."""
    return type(value) in PLAIN or (type(value) is tuple and all(map(_still, value)))
