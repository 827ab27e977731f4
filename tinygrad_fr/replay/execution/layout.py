"""The plan of a program's memory: the place of each buffer and each single number."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tinygrad_fr.replay.execution.offsets import offsets
from tinygrad_fr.replay.execution.reuse import moved, overwritten
from tinygrad_fr.replay.lowering.blocks import Step, Sweep
from tinygrad_fr.replay.lowering.instructions import LARGE, Load

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from tinygrad_fr.replay.execution.liveness import Lives
    from tinygrad_fr.replay.lowering.instructions import View


class Rented(NamedTuple):
    """A large buffer, which has an array of its own while it is needed: when the array is freed, Python's calls can use the memory too.

    Attributes:
        base: its place among the bases.
        shape: of the array; an output is returned without a copy.
        first: the step that writes it first.
        last: the last step that reads it.
        leaf: for the new value of a leaf, the leaf's cell and the base of its old value, in whose place it may be written.
    """

    base: int
    shape: tuple[int, ...]
    first: int
    last: int
    leaf: tuple[int, int] | None = None


class Layout:
    """The places of a program's buffers, by id of the buffer, and of its numbers.

    Args:
        order: the steps.
        lives: the live ranges of buffers.
        registers: the buffers that need no place of their own.
        outputs: id of a buffer → a view of it that is read after the run.
        replaced: id of a buffer → the cell of the leaf that takes its value after the run.

    Attributes:
        bases: arrays of Python's calls and large buffers → their place among the bases; the program's own memory is base 0.
        count: how many bases there are beside that one.
        rented: the arrays of large buffers, which are new at each run, from the step that writes one first to the last that reads it;
            a result that is written over its operand has the same one.
        over: ids of the buffers whose result is written over an operand, or may be.
        offsets: the offsets of the others in the program's memory.
        size: how many numbers these take.
        numbers: single number → its place.
    """

    def __init__(
        self,
        order: Sequence[Step],
        lives: Lives,
        registers: Collection[int],
        outputs: Mapping[int, View],
        replaced: Mapping[int, int],
    ) -> None:
        placed = {i: buffer for i, buffer in lives.buffers.items() if i not in registers}
        self.bases: dict[int, int] = {}
        self.rented: list[Rented] = []
        self.count = 0  # of the bases
        leaves = moved(order, lives, replaced, LARGE)
        over = overwritten(order, lives, {*registers, *leaves}, LARGE)
        self.over = {*over, *leaves}
        after = {operand: result for result, operand in over.items()}
        for i, buffer in placed.items():
            if buffer.cell is not None:
                self.bases[i] = self._base()
            elif buffer.size > LARGE and i not in over:
                base, last = self._base(), i
                self.bases[i] = base
                while last in after:
                    last = after[last]
                    self.bases[last] = base
                view = outputs.get(last)
                shape = view.shape if view is not None and view.full else (buffer.size,)
                cell, old = leaves.get(i, (0, None))
                leaf = None if old is None else (cell, self.bases[old])
                self.rented.append(Rented(base, shape, lives.first[i], lives.last[last], leaf))
        own = [i for i in placed if i not in self.bases]
        found, self.size = offsets([(placed[i].size, lives.first[i], lives.last[i]) for i in own])
        self.offsets = dict(zip(own, found, strict=True))
        self.numbers = _places(order)

    def _base(self) -> int:
        self.count += 1
        return self.count


def _places(order: Sequence[Step]) -> dict[int, int]:
    """Places of single numbers: the results of one sweep lie side by side."""
    places: dict[int, int] = {}
    sweeps = [step for step in order if isinstance(step, Sweep)]
    for sweep in sweeps:
        for number in sweep.instructions:
            places[number.out] = len(places)
    for step in order:
        if isinstance(step, Sweep):
            for number in step.instructions:
                for argument in number.arguments:
                    places.setdefault(argument, len(places))
        elif isinstance(step, Load) and isinstance(step.target, int):
            places.setdefault(step.target, len(places))
    return places
