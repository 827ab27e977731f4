"""Reuse of memory: a result is written over an operand that is no longer read, such as a partial sum or the old value of a weight.

A block runs chunk by chunk. So an operand may be written over if each of its elements is read before that element is
written: the block reads all of it, in order, and no later instruction of the block reads it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinygrad_fr.replay.lowering.blocks import Elements
from tinygrad_fr.replay.lowering.instructions import Call, Load, View, whole

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from tinygrad_fr.replay.execution.liveness import Lives
    from tinygrad_fr.replay.lowering.blocks import Step
    from tinygrad_fr.replay.lowering.instructions import Buffer


def overwritten(order: Sequence[Step], lives: Lives, registers: Container[int], large: int) -> dict[int, int]:
    """Results that are written over another buffer of the program: id of the result's buffer → id of the other.

    Args:
        order: the steps.
        lives: the live ranges of buffers.
        registers: the buffers that need no place.
        large: buffers of at most so many numbers have places of their own.
    """
    found: dict[int, int] = {}
    taken: set[int] = set()
    for out, operand in _ending(order, lives):
        i, own = id(operand), operand.cell is None and id(operand) not in registers and id(operand) not in taken
        if own and id(out) not in registers and id(out) not in found and out.size > large:
            found[id(out)] = i
            taken.add(i)
    return found


def moved(order: Sequence[Step], lives: Lives, replaced: Mapping[int, int], large: int) -> dict[int, tuple[int, int]]:
    """Leaves whose new value can be written in place, since nothing can fail after the write.

    Args:
        order: the steps.
        lives: the live ranges of buffers.
        replaced: id of a buffer → the cell of the leaf that takes its value after the run.
        large: smaller leaves are given their value after the run.

    Returns:
        id of the new value's buffer → the cell of the leaf, and id of the buffer with the old value.
    """
    fails = max((at for at, step in enumerate(order) if isinstance(step, Call | Load)), default=-1)
    return {
        id(out): (operand.cell, id(operand))
        for out, operand in _ending(order, lives)
        if operand.cell is not None
        and out.size > large
        and replaced.get(id(out)) == operand.cell
        and lives.first[id(out)] > fails
    }


def _ending(order: Sequence[Step], lives: Lives) -> Iterator[tuple[Buffer, Buffer]]:
    """Buffers whose live range begins as the result of an instruction, each with an operand whose live range ends there."""
    for at, step in enumerate(order):
        if not isinstance(step, Elements):
            continue
        last: dict[int, int] = {}  # id of a buffer → the last instruction that reads it
        odd = {id(e.out.buffer) for e in step.instructions}  # written here, or read in another order
        for k, e in enumerate(step.instructions):
            for a in e.arguments:
                last[id(a.buffer)] = k
                if not _in_order(a, step):
                    odd.add(id(a.buffer))
        for k, e in enumerate(step.instructions):
            if lives.first[id(e.out.buffer)] == at and _in_order(e.out, step):
                for operand in {id(a.buffer): a.buffer for a in e.arguments}.values():
                    i = id(operand)
                    if i not in odd and last[i] == k and lives.last[i] == at:
                        yield e.out.buffer, operand


def _in_order(view: View, block: Elements) -> bool:
    """Whether a block traverses all of a buffer, from one end to the other."""
    return view.full and view == whole(view.buffer, block.shape)
