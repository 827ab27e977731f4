"""Memory that a tensor shares with code outside: numpy's arrays, and other libraries' tensors by DLPack.

An array of the record is never written again, except one that somebody outside holds too. What the engine then gives a tensor is written
into that memory, where it is seen; what is written from outside is what an operation or a derivative reads next, as in PyTorch.
Who may still look is counted, and a tensor whose memory nobody outside holds any more goes back to arrays of its own.
"""

from __future__ import annotations

from sys import getrefcount
from typing import Any

import numpy as np

from tinygrad_fr.errors import DataError
from tinygrad_fr.locale import _


class Memory:
    """Elements that are shared: the base of each array of the record that shows them.

    Attributes:
        array: what the elements belong to.
        lookers: arrays outside that show them.
    """

    __slots__ = ("__array_interface__", "array", "lookers")

    def __init__(self, array: Any, lookers: int) -> None:
        self.array, self.lookers = array, lookers
        self.__array_interface__ = array.__array_interface__


class Looker:
    """The base of an array that was given outside, and of all views of it: alive as long as any of them."""

    __slots__ = ("__array_interface__", "memory", "shown")

    def __init__(self, shown: Any, memory: Memory) -> None:
        self.shown, self.memory = shown, memory
        interface = (
            shown.__array_interface__
        )  # of windows and repeated elements numpy says that they are not to be written to
        self.__array_interface__ = {**interface, "data": (interface["data"][0], not memory.array.flags.writeable)}
        memory.lookers += 1

    def __del__(self) -> None:
        self.memory.lookers -= 1


def memory_of(array: Any) -> Memory | None:
    """The memory that an array of the record shares with code outside, if it does."""
    while (array := getattr(array, "base", None)) is not None:
        if array.__class__ is Memory:
            return array
    return None


def shared(array: Any) -> Any:
    """An array of the record on elements that somebody outside holds, and goes on holding."""
    return np.asarray(Memory(array, 1))


class _Holder:
    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = np.zeros(1)


def _taken(node: Any) -> tuple[Any, int]:
    """A node's array, taken out of it, and how often it is held."""
    value, node.value = node.value, None
    return value, getrefcount(value)


_ALONE = _taken(_Holder())[1]  # whatever this Python counts of the call


def opened(node: Any) -> None:
    """Put a node's elements where they can be shown outside: where they are if the node alone holds them, else in a copy."""
    value, count = _taken(node)
    moves = count != _ALONE or not value.flags.owndata or not value.flags.writeable
    node.value = np.asarray(Memory(np.array(value) if moves else value, 0))


def shown(array: Any) -> Any:
    """An array for code outside, on the elements of one that is shared."""
    memory: Any = memory_of(array)
    if memory is None and not array.size:  # a view of no elements is made anew: there is nothing to share
        return array
    return np.asarray(Looker(array, memory))


def apart(value: Any) -> Any:
    """An array, or several, without the elements that code outside may change."""
    if value.__class__ is tuple or value.__class__ is list:
        return value.__class__([apart(each) for each in value])
    if value.__class__ is np.ndarray and (base := value.base) is not None:
        of_its_own = base.__class__ is np.ndarray and base.base is None  # what most views are of
        if not of_its_own and memory_of(value) is not None:
            return np.array(value)
    return value


def laid(value: Any, like: Any) -> Any:
    """A value as it lies in the memory of what it takes the place of."""
    if (
        value.__class__ is not np.ndarray
        or value.ndim < 2
        or value.strides == like.strides
        or value.shape != like.shape
        or np.may_share_memory(value, like)  # the same elements, turned in place
    ):
        return value
    if 0 in like.strides:
        return np.ascontiguousarray(value)
    same = np.empty_like(like, dtype=value.dtype)
    same[...] = value
    return same


def overlaps(value: Any) -> bool:
    """Whether an array shows an element of its memory more than once, as repeated dimensions and windows do."""
    reach = 0
    for step, side in sorted(
        (abs(step), side) for side, step in zip(value.shape, value.strides, strict=True) if side > 1
    ):
        if step <= reach:
            return bool(value.size)
        reach += step * (side - 1)
    return False


def differ(a: Any, b: Any) -> Any:
    """Where the elements of two arrays are not the same, bit for bit."""
    bits = f"V{a.itemsize}"
    return np.ascontiguousarray(a).view(bits) != np.ascontiguousarray(b).view(bits)


def placed(value: Any, old: Any) -> Any:
    """What a tensor holds that is given another value: its old array, written to, where somebody outside looks.

    Raises:
        DataError: the memory may not be written to.
    """
    if old.__class__ is not np.ndarray or old.base is None:
        return value
    memory = memory_of(old)
    if memory is None or not memory.lookers or value is old:
        return value
    if value.shape != old.shape or value.dtype != old.dtype:
        return value
    if not old.flags.writeable:
        raise DataError(_("the tensor shares its elements with an array that may not be written to; clone() it first"))
    if overlaps(old):  # where an element stands several times, only one of them may have been written to
        changed = differ(old, value)
        old[changed] = value[changed]
    else:
        old[...] = value
    return old
