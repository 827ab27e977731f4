"""Changes of a value in place: when they happened, which node stands for which after them, and what else few nodes have."""

from __future__ import annotations

from itertools import count
from sys import getrefcount
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tinygrad_fr.memory import laid, placed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tinygrad_fr.record.node import Node
    from tinygrad_fr.record.recorder import Recorder


class Storage:
    """What a tensor and all its views share.

    Attributes:
        changed: when they last had to be read again: their elements changed, or moved to other memory.
        written: when their elements last changed.
        version: how often that was.
        shown: whether a view, or another tensor of the same elements, was ever made.
        value: what the elements are, for who shares them with a tensor that may be gone.
    """

    __slots__ = ("changed", "shown", "value", "version", "written")

    def __init__(self) -> None:
        self.changed = self.written = self.version = 0
        self.shown = False
        self.value: Any = None

    def write(self, time: int) -> None:
        """Keep the time of a change."""
        if time != self.written:  # which whoever shares the elements is told, too
            self.version += 1
        self.changed = self.written = time

    def left(self, _gone: Any) -> None:
        """The tensor whose value is kept is gone: where it never changed and only one shares it, that one has it already."""
        if not self.changed and getrefcount(self) <= ONE_SHARES:
            self.value = None

    @property
    def whole(self) -> Storage:
        """The storage whose elements they are."""
        return self


# References to a storage while the tensor that had it first goes and one that shares it stays: CPython 3.11, 3.12 and 3.13 count alike.
ONE_SHARES = 6


class Given(Storage):
    """The elements of another storage, which a tensor was given in the place of its own: written when those were, and then.

    Attributes:
        time: when it was given them.
    """

    __slots__ = ("_whole", "time")

    def __init__(self, whole: Storage, time: int, version: int) -> None:
        self._whole, self.time, self.version, self.value = whole, time, version, None

    @property
    def whole(self) -> Storage:
        """The storage whose elements they are."""
        return self._whole

    @property
    def changed(self) -> int:
        """When they last had to be read again."""
        return max(self.time, self._whole.changed)

    @changed.setter
    def changed(self, time: int) -> None:
        self._whole.changed = time

    @property
    def written(self) -> int:
        """When they last changed."""
        return max(self.time, self._whole.written)

    @written.setter
    def written(self, time: int) -> None:
        self._whole.written = time

    @property
    def shown(self) -> bool:
        """Whether another tensor shows them, which the one does that gave them."""
        return True

    @shown.setter
    def shown(self, value: bool) -> None:
        """They stay shown."""


class Marks:
    """When something rare last came to a node: a hook, a gradient to keep, another node that it stands for.

    Who found that a set of nodes had none of these looks at them again only when the time is another one.
    """

    __slots__ = ("time",)

    def __init__(self) -> None:
        self.time = 0


marks = Marks()
_tick = count(1).__next__  # two threads never write the same time


def mark() -> None:
    """Say that something rare has come to some node."""
    marks.time = _tick()


NO_HOOKS: Mapping[int, Any] = MappingProxyType({})
ALWAYS = 2**62  # a time that no change comes after


class Rare:
    """What few nodes have, kept apart so that every node stays small. Views have a kind of their own: see ``views``."""

    storage: Storage
    hooks: Mapping[int, Callable[[Any], Any]] = NO_HOOKS
    retain = False  # keep the gradient of a node that is no leaf
    saved: Any = None  # what a fused kernel or a composite left for its backward
    moved: Node | None = None  # the node that an in-place operation put in this one's place
    seen = ALWAYS  # the change of the storage that the node shows, where it has to be read again after the next one
    lost = False  # another value than the operation gave was put here, and nothing recorded it
    snapshot = False  # a second handle on what was there before an in-place operation
    base: Node | None = None  # the tensor that this one is a view of
    origin: Callable[[], Node | None] | None = None  # finds the tensor that this one shares its elements with
    steps: tuple[Any, ...] = ()  # from the base, or the origin, to this one
    birth = 0  # how a view came to be

    def __init__(self, storage: Storage | None = None) -> None:
        self.storage = Storage() if storage is None else storage

    def leave_to(self, node: Node, retain: bool) -> None:
        """Let a handle stand for another node from now on, and say whether this one still keeps its gradient."""
        self.retain, self.moved = retain, node
        mark()

    def fresh(self, node: Node) -> Node:
        """The node that stands for another after its storage has changed."""
        return node

    def rebind(self, node: Node, value: Any, time: int, tape: Recorder) -> None:
        """Give a node another value at a time of the clock, which a tape is told."""
        tape.changed(node, value)
        if value.__class__ is not float:
            old = node.value
            if (old.__class__ is not value.__class__ or value.strides != old.strides) and not tape.keeps_arrays:
                value = laid(value, old)
            if old.__class__ is not float and old.base is not None and not self.steps:  # else who has the whole writes
                value = placed(value, old)
        node.value = value
        self.lost = True
        self.storage.write(time)
        self.hand_on(node, time)

    def hand_on(self, node: Node, time: int) -> None:
        """Give a changed value to who shares the elements."""
        if self.storage.value is not None:
            self.storage.value = node.value

    def heir(self) -> Rare:
        """What the node has that takes a node's place."""
        return Rare(self.storage)
