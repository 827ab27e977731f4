"""The plan of a program's memory: the place of each buffer and each single number."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tinygrad_fr.replay.execution.offsets import offsets
from tinygrad_fr.replay.lowering.blocks import Step, Sweep
from tinygrad_fr.replay.lowering.instructions import LARGE, Load

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from tinygrad_fr.replay.execution.liveness import Lives
    from tinygrad_fr.replay.lowering.instructions import View


class Rented(NamedTuple):
    """A large buffer, which has an array of its own while it is needed: what is freed then serves the calls of Python too.

    Attributes:
        buffer: its id.
        base: its place among the bases.
        shape: of the array: an output is handed out as it is.
        first: the step that writes it first.
        last: the last step that reads it.
    """

    buffer: int
    base: int
    shape: tuple[int, ...]
    first: int
    last: int


class Layout:
    """Where the buffers of a program are, by id of the buffer, and where its numbers are.

    Args:
        order: the steps.
        lives: when buffers are needed.
        registers: the buffers that need no place of their own.
        outputs: id of a buffer → a view of it that is read after the run.

    Attributes:
        bases: arrays of Python's calls and large buffers → their place among the bases; the program's own memory is base 0.
        rented: the large buffers, which are new arrays at each run, from the step that writes one first to the last that reads it.
        offsets: where the others start in the program's memory.
        size: how many numbers these take.
        numbers: single number → its place.
    """

    def __init__(
        self, order: Sequence[Step], lives: Lives, registers: Container[int], outputs: Mapping[int, View]
    ) -> None:
        placed = {i: buffer for i, buffer in lives.buffers.items() if i not in registers}
        self.bases: dict[int, int] = {}
        self.rented: dict[int, Rented] = {}
        for i, buffer in placed.items():
            if buffer.cell is not None:
                self.bases[i] = 1 + len(self.bases)
            elif buffer.size > LARGE:
                self.bases[i] = 1 + len(self.bases)
                view = outputs.get(i)
                shape = view.shape if view is not None and view.full else (buffer.size,)
                self.rented[i] = Rented(i, self.bases[i], shape, lives.first[i], lives.last[i])
        own = [i for i in placed if i not in self.bases]
        found, self.size = offsets([(placed[i].size, lives.first[i], lives.last[i]) for i in own])
        self.offsets = dict(zip(own, found, strict=True))
        self.numbers = _places(order)


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
