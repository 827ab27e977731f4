"""The leaves of a recording at later calls, and generated functions that read and write all of them at once."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from tinygrad_fr.versions import Rare, marks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import CodeType

    from tinygrad_fr.record.node import Node


class Leaves:
    """Leaves of a record as a later call has them: the same, or the arguments in their places."""

    def __init__(self, recorded: Iterable[Node], given: Mapping[int, int]) -> None:
        self.recorded = list(recorded)
        self.replaced = [(i, given[leaf.id]) for i, leaf in enumerate(self.recorded) if leaf.id in given]

    def __call__(self, given: Sequence[Node]) -> list[Node]:
        """The leaves of a call."""
        found = self.recorded
        if self.replaced:
            found = found.copy()
            for i, place in self.replaced:
                found[i] = given[place]
        return found


MOST = 4096  # leaves per generated function: compiling a longer one takes too long


class Standing:
    """Leaves that are the same at every call; one generated function reads the values of all, and one writes them.

    The functions are valid while each leaf stands for itself and shares its elements with no other. The rare state of a
    leaf is compared by identity, and checked again when any node gets such a state.

    Example:
        >>> from tinygrad_fr import Value
        >>> a, b = Value(1.0), Value(2.0)
        >>> leaves = Standing([a, b])
        >>> leaves.values(), leaves.write([3.0, 4.0], 10**6), a.data, b.data
        ([1.0, 2.0], False, 1.0, 2.0)
        >>> a.data = b.data = 5.0
        >>> leaves.values(), leaves.write([3.0, 4.0], 10**6), a.data, b.data
        ([5.0, 5.0], True, 3.0, 4.0)
    """

    def __init__(self, leaves: Sequence[Node]) -> None:
        self.leaves = list(leaves)
        self._time = -1  # of the last mark at which each leaf stood for itself
        self._rares: tuple[Any, ...] = ()
        self._rebound = False  # whether each leaf is known to have had another value than it was made with
        self._read: Callable[..., Any] | None = None
        self._write: Callable[..., Any] | None = None

    def values(self) -> list[Any]:
        """What the leaves hold now."""
        time = marks.time
        if time == self._time and self._read is not None:
            found: list[Any] | None = self._read(self._rares)
            if found is not None:
                return found
        self._look(time)
        if self._read is None and self._time == time:
            self._read = _function("read", self.leaves)
        return [leaf.current.value for leaf in self.leaves]

    def write(self, values: Sequence[float], time: int) -> bool:
        """Give each leaf another value at a time of the clock, as ``rebind`` does. If a leaf needs more than that, do nothing and return False."""
        if marks.time != self._time:
            self._look(marks.time)
        if not (self._time == marks.time and self._rebound):
            return False
        if self._write is None:
            self._write = _function("write", self.leaves)
        if self._write(self._rares, values, time):
            return True
        self._time = -1
        return False

    def _look(self, time: int) -> None:
        self._rares = tuple([leaf.rare for leaf in self.leaves])
        own = all(rare is None or (rare.__class__ is Rare and rare.moved is None) for rare in self._rares)
        own = own and all(rare is None or rare.storage.value is None for rare in self._rares)
        own = own and len(self.leaves) <= MOST
        self._time = time if own else -1
        self._rebound = all(rare is not None and rare.lost for rare in self._rares)


def given_gradients(leaves: Sequence[Node]) -> Callable[[Sequence[Any]], None]:
    """A function that replaces the gradients of leaves."""
    written: list[Callable[..., Any]] = []

    def give(gradients: Sequence[Any]) -> None:
        if not written:
            written.append(_function("grade", leaves))
        written[0](gradients)

    return give


def _function(name: str, leaves: Sequence[Node]) -> Callable[..., Any]:
    space: dict[str, Any] = {f"t{i}": leaf for i, leaf in enumerate(leaves)}
    exec(_code(name, len(leaves)), space)  # names and numbers alone
    function: Callable[..., Any] = space[name]
    return function


@functools.lru_cache(64)
def _code(name: str, count: int) -> CodeType:
    """The code of one of the functions, which is the same for as many leaves."""
    every = range(count)

    def each(form: str, joint: str) -> str:
        return joint.join(form.format(i=i) for i in every)

    same = each("t{i}.rare is r{i}", " and ") or "True"
    takes = f"({each('r{i}', ', ')},) = rares" if count else "pass"
    text = {
        "read": lambda: f"def read(rares):\n {takes}\n return [{each('t{i}.value', ', ')}] if {same} else None",
        "write": lambda: (
            f"def write(rares, values, time):\n {takes}\n if not ({same}): return False\n"
            f" [{each('t{i}.value', ', ')}] = values\n"
            f" {each('s = r{i}.storage; s.changed = s.written = time; s.version += 1', '; ') or 'pass'}\n return True"
        ),
        "grade": lambda: f"def grade(gradients):\n [{each('t{i}._grad', ', ')}] = gradients",
    }[name]()
    return compile(text, "<leaves>", "exec")
