"""The memory of a running program: one array, single numbers, objects held by Python, and the place of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.kernels.interpreter import CHUNK
from tinygrad_fr.kernels.runtime import cores
from tinygrad_fr.kernels.runtime.memory import address, aligned
from tinygrad_fr.replay.lowering.instructions import View

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tinygrad_fr.replay.execution.layout import Layout


class Arena:
    """The memory of one program.

    Args:
        layout: the place of everything.
        most: the largest number of registers of a block.
        constants: the values of constant views and numbers.
        cells: how many values Python holds.
        dtype: of the program's own array.

    Attributes:
        memory: the program's own numbers: buffers, then the registers of each core.
        base: address of each base.
        numbers: single numbers.
        held: the values that Python holds, by cell.
        rented: base of a large buffer → its array, while this run needs it.
        over: ids of the buffers whose result is written over an operand, or may be.
        moved: whether a run has written a leaf's new value over the old one.
    """

    def __init__(
        self,
        layout: Layout,
        most: int,
        constants: Sequence[tuple[View | int, float]],
        cells: int,
        dtype: np.dtype[Any],
    ) -> None:
        self.dtype = dtype
        self.bases, self.offsets, self.over = layout.bases, layout.offsets, layout.over
        self.scratch, self.registers = layout.size, max(1, most + bool(self.over))
        self.memory = aligned(self.scratch + CHUNK * self.registers * cores.count(), dtype)
        self.base = np.zeros(1 + layout.count, np.int64)
        self.base[0] = address(self.memory)
        self.held: list[Any] = [None] * cells
        self.rented: dict[int, Any] = {}
        self.moved = False
        self.places = layout.numbers
        self.numbers = np.zeros(max(1, len(self.places)), np.float64)
        self._constants = {place: value for place, value in constants if isinstance(place, int)}
        for number, value in self._constants.items():
            if number in self.places:
                self.numbers[self.places[number]] = value
        for place, value in constants:
            if isinstance(place, View) and id(place.buffer) in self.offsets:
                self.memory[self.offsets[id(place.buffer)]] = value

    def scratch_of(self, core: int) -> int:
        """The offset of a core's registers."""
        return self.scratch + core * self.registers * CHUNK

    def place(self, number: int) -> int:
        """The place of a single number; a constant that no instruction reads gets its place here."""
        if number not in self.places:
            self.places[number] = len(self.numbers)
            self.numbers = np.append(self.numbers, self._constants.get(number, 0.0))
        return self.places[number]

    def at(self, view: View) -> tuple[int, int]:
        """The start of a view: a base, and an offset in numbers."""
        base = self.bases.get(id(view.buffer), 0)
        return base, view.offset + (0 if base else self.offsets[id(view.buffer)])

    def owns(self, place: Any) -> bool:
        """Whether an output is a view of the program's own memory, the same at each run."""
        return isinstance(place, View) and id(place.buffer) not in self.bases

    def array(self, view: View) -> Any:
        """A view of the program's own memory as an array."""
        return _shown(self.memory, view, self.offsets[id(view.buffer)])

    def reader(self, view: View) -> Callable[[], Any]:
        """A function that gives a view as an array during a run, whichever memory it lies in."""
        if self.owns(view):
            array = self.array(view)
            return lambda: array
        return lambda: self.lent(view)

    def lent(self, view: View) -> Any:
        """A view of an array that is not the program's own."""
        rented = self.rented.get(self.bases[id(view.buffer)])
        source = rented if rented is not None else self.held[view.buffer.cell]  # type: ignore[index]
        return _shown(source if source.flags.c_contiguous else source.reshape(-1), view)


def _shown(array: Any, view: View, start: int = 0) -> Any:
    """A view of a contiguous array, from its element ``start`` on."""
    size = array.itemsize
    return np.ndarray(
        view.shape, array.dtype, array, (start + view.offset) * size, tuple([step * size for step in view.strides])
    )
