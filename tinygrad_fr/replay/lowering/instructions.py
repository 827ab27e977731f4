"""The instructions of a program, and the buffers and views that they read and write."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

LARGE = 8192  # numbers: copying a smaller array costs less than looking up its address


class Buffer:
    """Room for numbers of the program's dtype.

    Attributes:
        size: how many.
        cell: for an array that is not the program's own, where Python holds it.
    """

    __slots__ = ("cell", "size")

    def __init__(self, size: int, cell: int | None = None) -> None:
        self.size = size
        self.cell = cell


class View(NamedTuple):
    """A way to read a buffer."""

    buffer: Buffer
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]  # in numbers; 0 along dimensions of length 1

    @property
    def size(self) -> int:
        """How many elements it shows."""
        return prod(self.shape)

    @property
    def contiguous(self) -> bool:
        """Whether elements lie one after the other."""
        return self.strides == steps_of(self.shape)

    @property
    def steps(self) -> tuple[tuple[int, int], ...]:
        """Length and stride of each dimension longer than 1: views with the same ones have the same elements in the same order."""
        return tuple([(side, step) for side, step in zip(self.shape, self.strides, strict=True) if side != 1])

    @property
    def full(self) -> bool:
        """Whether it shows all of its buffer, in order."""
        return not self.offset and self.contiguous and self.size == self.buffer.size


def steps_of(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Strides of a contiguous array; 0 along dimensions of length 1."""
    strides, step = [], 1
    for side in reversed(shape):
        strides.append(step if side != 1 else 0)
        step *= side
    return tuple(reversed(strides))


def whole(buffer: Buffer, shape: tuple[int, ...]) -> View:
    """All of a buffer in a shape."""
    return View(buffer, 0, shape, steps_of(shape))


def broadcast(view: View, shape: tuple[int, ...]) -> View:
    """A view repeated to a shape."""
    lead = len(shape) - len(view.shape)
    return View(view.buffer, view.offset, shape, (0,) * lead + view.strides)


class Element(NamedTuple):
    """One opcode applied to each element of views of one shape."""

    opcode: str
    out: View
    arguments: tuple[View, ...]


class Product(NamedTuple):
    """Products of matrices: (count, m, k) by (count, k, n), each contiguous but for a transposition."""

    out: View
    a: View
    b: View


class Sum(NamedTuple):
    """Sums over the middle one of three dimensions."""

    out: View
    a: View


class Copy(NamedTuple):
    """A copy of elements."""

    out: View
    a: View


class Number(NamedTuple):
    """One opcode applied to single numbers, by their places among the numbers."""

    opcode: str
    out: int
    arguments: tuple[int, ...]


class Call(NamedTuple):
    """A call of Python: ``run`` reads some cells and writes one; ``kept`` if it must run even when nobody reads that one."""

    run: Callable[[list[Any]], None]
    reads: tuple[int, ...]
    out: int
    kept: bool = False


class Load(NamedTuple):
    """A cell's value, copied to the interpreter's memory."""

    cell: int
    target: View | int


class Store(NamedTuple):
    """A single number, copied to a cell of Python."""

    number: int
    cell: int


def turned(view: View) -> View:
    """The last two dimensions exchanged."""
    shape, strides = view.shape, view.strides
    return View(
        view.buffer, view.offset, (*shape[:-2], shape[-1], shape[-2]), (*strides[:-2], strides[-1], strides[-2])
    )


Instruction = Element | Product | Sum | Copy | Number | Call | Load | Store
