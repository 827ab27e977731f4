"""Actions of Python between two runs of the interpreter: loads, stores, calls, and work that is split among cores.

A program may have a thousand, and keeps them between its calls: a function with its arguments takes a third of the room of a closure.
"""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import ReplayError
from tinygrad_fr.fast.references import uniquely_referenced
from tinygrad_fr.kernels.arrays.products import Layout, matmul, multiplier
from tinygrad_fr.kernels.runtime.memory import address
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tinygrad_fr.record.node import Node
    from tinygrad_fr.replay.execution.arena import Arena
    from tinygrad_fr.replay.execution.layout import Rented
    from tinygrad_fr.replay.lowering.instructions import Call, View


_FEW = 4  # numbers that are assigned one by one: an index of places takes as long as these


class LoadNumbers:
    """Loads of single numbers that follow each other, as one assignment."""

    def __init__(self, arena: Arena) -> None:
        self.arena = arena
        self.places: list[int] = []
        self.cells: list[int] = []

    def __call__(self) -> None:
        """Assign the numbers."""
        held, numbers = self.arena.held, self.arena.numbers
        if len(self.cells) > _FEW:
            numbers[self.index] = [held[cell] for cell in self.cells]
            return
        for place, cell in zip(self.places, self.cells, strict=True):
            numbers[place] = held[cell]

    @cached_property
    def index(self) -> Any:
        """The places that they are assigned to, once all are known."""
        return np.array(self.places)


def load(arena: Arena, cell: int, target: View) -> Callable[[], None]:
    """Copy an array that Python holds into the program's memory."""
    return partial(_load, arena.held, cell, arena.reader(target), target.shape)


def _load(held: list[Any], cell: int, read: Callable[[], Any], shape: tuple[int, ...]) -> None:
    array = held[cell]
    found = array.shape if array.__class__ is np.ndarray else np.shape(array)
    if found != shape:
        raise _changed_size(shape, found)
    read()[...] = array


def point(arena: Arena, cell: int, buffer: int, size: int) -> Callable[[], None]:
    """Let the interpreter read an array in place; its cell keeps the array alive until the last reader is done."""
    return partial(_point, arena.held, arena.base, arena.bases[buffer], arena.dtype, cell, size)


def _point(held: list[Any], base: Any, place: int, dtype: np.dtype[Any], cell: int, size: int) -> None:
    array = held[cell]
    if array.__class__ is not np.ndarray or array.dtype is not dtype or not array.flags.c_contiguous:
        array = held[cell] = np.ascontiguousarray(array, dtype)
    if array.size != size:
        raise _changed_size((size,), array.shape)
    base[place] = address(array)


def release(
    arena: Arena, dead: Sequence[Rented], cells: Sequence[int], shown: Mapping[int, Sequence[tuple[int, View]]]
) -> Callable[[], None]:
    """Free the arrays of large buffers and empty cells that are no longer read.

    Args:
        arena: the memory of the program.
        dead: the buffers to free.
        cells: the cells to empty.
        shown: base of a buffer → the cells in which Python sees it, and as what.
    """
    gone = tuple([each.base for each in dead])
    emptied = (*cells, *(cell for each in dead for cell, _view in shown.get(each.base, ())))
    return partial(_release, arena.held, arena.rented, emptied, gone)


def _release(held: list[Any], rented: dict[int, Any], emptied: Sequence[int], gone: Sequence[int]) -> None:
    for cell in emptied:
        held[cell] = None
    for place in gone:
        del rented[place]


def turn_over(
    arena: Arena,
    dead: Sequence[Rented],
    cells: Sequence[int],
    born: Sequence[Rented],
    shown: Mapping[int, Sequence[tuple[int, View]]],
) -> Callable[[], None]:
    """Free what is no longer read, as :func:`release` does, and allocate the large buffers that are written next.

    Args:
        arena: the memory of the program.
        dead: the buffers to free.
        cells: the cells to empty.
        born: the buffers to allocate.
        shown: base of a buffer → the cells in which Python sees it, and as what.
    """
    made = tuple([(each.base, each.shape, tuple(shown.get(each.base, ()))) for each in born])
    return partial(_turn_over, arena, release(arena, dead, cells, shown), made)


def _turn_over(arena: Arena, free: Callable[[], None], made: Sequence[tuple[int, Any, Any]]) -> None:
    held, base, rented, dtype = arena.held, arena.base, arena.rented, arena.dtype
    free()
    for place, shape, views in made:
        array = rented[place] = np.empty(shape, dtype)
        base[place] = address(array)
        for cell, view in views:
            held[cell] = arena.lent(view)


def move(arena: Arena, new: Rented, leaf: Node, shown: Sequence[tuple[int, View]]) -> Callable[[], None]:
    """Have the new value of a leaf written over the old one if only the leaf holds that array, and into a new array otherwise.

    Args:
        arena: where they are.
        new: the buffer of the new value.
        leaf: which.
        shown: the cells in which Python sees the new value, and as what.
    """
    held, base, rented, dtype, place, shape = arena.held, arena.base, arena.rented, arena.dtype, new.base, new.shape
    cell, old = new.leaf or (0, 0)

    def action() -> None:
        node = leaf.current
        array = held[cell]
        alone = array is node.value and array.shape == shape and address(array) == base.item(old)
        if alone:
            held[cell] = array = None
            alone = uniquely_referenced(node)
            held[cell] = node.value
        arena.moved |= alone
        rented[place] = node.value if alone else np.empty(shape, dtype)
        base[place] = address(rented[place])
        for each, view in shown:
            held[each] = arena.lent(view)

    return action


def store(arena: Arena, number: int, cell: int) -> Callable[[], None]:
    """Give a single number to Python."""
    return partial(_store, arena, arena.place(number), cell)


def _store(arena: Arena, place: int, cell: int) -> None:
    arena.held[cell] = arena.numbers.item(place)


def call(arena: Arena, step: Call, dead: Sequence[int], shape: Any = None) -> Callable[[], None]:
    """Run a Python function, then empty the cells that are no longer read; if a shape is given, check it."""
    return partial(_call, arena.held, arena.memory, step.run, step.out, tuple(dead), shape)


def _call(
    held: list[Any], memory: Any, run: Callable[[list[Any]], None], out: int, dead: Sequence[int], shape: Any
) -> None:
    run(held)
    held[out] = _own(held[out], memory)
    if shape is not None and (found := np.shape(held[out])) != shape:
        raise _changed_size(shape, found)
    for cell in dead:
        held[cell] = None


def _own(value: Any, memory: Any) -> Any:
    """The result of a call; a copy if it lies in the program's memory, whose places are reused."""
    if value.__class__ is np.ndarray and value.base is None:  # its elements are its own
        return value
    if value.__class__ is tuple:
        return tuple([_own(part, memory) for part in value])
    if isinstance(value, np.ndarray) and np.may_share_memory(value, memory):
        return value.copy()
    return value


def _changed_size(expected: tuple[int, ...], found: tuple[int, ...]) -> ReplayError:
    """The error of an operation whose result has another number of elements than when it was recorded."""
    return ReplayError(
        _(
            "a replayed operation gave an array of shape {found}, expected {expected}: sizes may not depend on data"
        ).format(expected=expected, found=found)
    )


def copy(arena: Arena, out: View, source: View) -> Callable[[], None]:
    """Copy elements by numpy, for more dimensions than the interpreter has loops."""
    to, read = arena.reader(out), arena.reader(source)

    def action() -> None:
        to()[...] = read()

    return action


def products(arena: Arena, out: View, a: View, b: View) -> Callable[[], None]:
    """Products of matrices that cores share."""
    whole_of = [_matrices(arena, view) for view in (a, b, out)]
    return lambda: matmul(*(each() for each in whole_of))


def _matrices(arena: Arena, view: View) -> Callable[[], Any]:
    """A reader of a stack of matrices; a stack of one matrix is read as that matrix."""
    read = arena.reader(view)
    return (lambda: read()[0]) if view.shape[0] == 1 else read


def product(arena: Arena, out: View, a: View, b: View) -> Callable[[], None]:
    """One large product, whose rows or columns cores share."""
    (_one, m, k), n = a.shape, b.shape[2]
    of_a = Layout(False, k) if a.contiguous else Layout(True, m)
    of_b = Layout(False, n) if b.contiguous else Layout(True, k)
    (at_a, from_a), (at_b, from_b), (at, start) = (
        (place, arena.dtype.itemsize * offset) for place, offset in map(arena.at, (a, b, out))
    )
    multiply, base = multiplier(arena.dtype, (1, m, k, n), of_a, of_b, Layout(False, n)), arena.base

    def action() -> None:
        multiply(base.item(at_a) + from_a, base.item(at_b) + from_b, base.item(at) + start)

    return action
