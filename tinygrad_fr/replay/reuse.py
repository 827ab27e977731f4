"""Results written over an operand that nobody reads any more: sums of many terms then take the place of one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinygrad_fr.replay.blocks import Elements
from tinygrad_fr.replay.instructions import whole

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from tinygrad_fr.replay.blocks import Step
    from tinygrad_fr.replay.liveness import Lives


def overwritten(order: Sequence[Step], lives: Lives, registers: Container[int], large: int) -> dict[int, int]:
    """Buffers whose place an element-wise result takes, while it is computed: id of the result's buffer → id of theirs.

    A block is done chunk by chunk, so an operand may be written over where each of its elements is read before that element is
    written: as a whole, in order, and by no later instruction of the block.

    Args:
        order: the steps.
        lives: when buffers are needed.
        registers: the buffers that need no place.
        large: buffers of no more numbers have places of their own.
    """
    found: dict[int, int] = {}
    for at, step in enumerate(order):
        if not isinstance(step, Elements):
            continue
        readers: dict[int, list[int]] = {}  # id of a buffer → the instructions that read it as it is, or -1
        for k, e in enumerate(step.instructions):
            for a in e.arguments:
                in_order = a == whole(a.buffer, step.shape) and a.full
                readers.setdefault(id(a.buffer), []).append(k if in_order else -1)
        written = {id(e.out.buffer) for e in step.instructions}
        for k, e in enumerate(step.instructions):
            out = e.out.buffer
            new = lives.first[id(out)] == at and e.out == whole(out, step.shape) and e.out.full
            if not new or out.size <= large or out.cell is not None or id(out) in registers:
                continue
            for a in e.arguments:
                i, seen = id(a.buffer), readers[id(a.buffer)]
                free = lives.last[i] == at and a.buffer.cell is None and i not in registers and i not in written
                if free and min(seen) >= 0 and max(seen) == k:
                    found[id(out)] = i
                    written.add(i)
                    break
    return found
