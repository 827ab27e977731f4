"""The plan of a program's memory: which place each buffer and each single number has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinygrad_fr.replay.blocks import Step, Sweep
from tinygrad_fr.replay.instructions import Load, whole
from tinygrad_fr.replay.lowering import LARGE
from tinygrad_fr.replay.offsets import offsets

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from tinygrad_fr.replay.instructions import View
    from tinygrad_fr.replay.liveness import Lives


class Layout:
    """Where the buffers of a program are, by id of the buffer, and where its numbers are.

    Args:
        order: the steps.
        lives: when buffers are needed.
        registers: the buffers that need no place of their own.
        outputs: id of a buffer → a view of it that is read after the run.

    Attributes:
        bases: arrays of Python's calls and large outputs → their place among the bases; the program's own memory is base 0.
        handed: the large outputs, which are new arrays at each run: base, and the view of the whole.
        offsets: where the others start in the program's memory.
        size: how many numbers these take.
        numbers: single number → its place.
    """

    def __init__(
        self, order: Sequence[Step], lives: Lives, registers: Container[int], outputs: Mapping[int, View]
    ) -> None:
        placed = {i: buffer for i, buffer in lives.buffers.items() if i not in registers}
        self.bases: dict[int, int] = {}
        self.handed: list[tuple[int, View]] = []
        for i, buffer in placed.items():
            if buffer.cell is not None:
                self.bases[i] = 1 + len(self.bases)
        for i, view in outputs.items():
            if i not in self.bases and view.buffer.size > LARGE and view == whole(view.buffer, view.shape):
                self.bases[i] = 1 + len(self.bases)
                self.handed.append((self.bases[i], view))
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
