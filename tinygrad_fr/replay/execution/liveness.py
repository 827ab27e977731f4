"""Liveness analysis: a buffer or cell is live from the step that writes it to the last step that reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tinygrad_fr.replay.lowering.blocks import Step, buffers_of
from tinygrad_fr.replay.lowering.instructions import Buffer, Call, Load, View

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


class Lives(NamedTuple):
    """The live ranges of a program's buffers, by id of the buffer.

    Attributes:
        buffers: those that a step or an output touches.
        first: the first step that touches each; -1 for a constant.
        last: the last one; an output lives until the end, which is the number of steps.
    """

    buffers: dict[int, Buffer]
    first: dict[int, int]
    last: dict[int, int]


def lives(order: Sequence[Step], shown: Mapping[int, View], constants: Sequence[View], outputs: Sequence[Any]) -> Lives:
    """Find the live ranges of buffers.

    Args:
        order: the steps.
        shown: cell → the view that Python sees there.
        constants: views that are filled once, before the first run.
        outputs: views, numbers and (cells,) that are read after the run.
    """
    found = Lives({}, {}, {})
    for at, step in enumerate(order):
        reads, writes = buffers_of(step)
        if isinstance(step, Call):
            reads = [shown[cell].buffer for cell in step.reads if cell in shown]
        for buffer in (*writes, *reads):
            found.buffers[id(buffer)] = buffer
            found.first.setdefault(id(buffer), at)
            found.last[id(buffer)] = at
    end = len(order)
    for place in outputs:
        view = place if isinstance(place, View) else shown.get(place[0]) if isinstance(place, tuple) else None
        if view is not None:
            found.buffers[id(view.buffer)] = view.buffer
            found.first.setdefault(id(view.buffer), 0)
            found.last[id(view.buffer)] = end
    for view in constants:
        if id(view.buffer) in found.first:
            found.first[id(view.buffer)], found.last[id(view.buffer)] = -1, end
    return found


def last_reads(order: Sequence[Step], kept: Collection[int]) -> dict[int, list[int]]:
    """Step → the cells of calls' results that it is the last to read, but for those that are kept."""
    made = {step.out for step in order if isinstance(step, Call)} - set(kept)
    last: dict[int, int] = {}
    for at, step in enumerate(order):
        reads, writes = buffers_of(step)
        cells = [buffer.cell for buffer in (*reads, *writes) if buffer.cell is not None]
        if isinstance(step, Call):
            cells += [*step.reads, step.out]
        elif isinstance(step, Load):
            cells.append(step.cell)
        last.update((cell, at) for cell in cells if cell in made)
    found: dict[int, list[int]] = {}
    for cell, at in last.items():
        found.setdefault(at, []).append(cell)
    return found
