"""Register allocation: values whose live range is inside one element-wise block share registers of one chunk each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinygrad_fr.replay.lowering.blocks import Elements

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tinygrad_fr.replay.execution.liveness import Lives
    from tinygrad_fr.replay.lowering.blocks import Loops, Step


def registers(order: Sequence[Step], loops: Mapping[int, Loops], lives: Lives) -> tuple[dict[int, int], int]:
    """Give registers to the buffers that one block writes and reads at the same place.

    Returns:
        id of a buffer → its register; the largest number of registers of a block, with those for operands repeated along a row.
    """
    found: dict[int, int] = {}
    most = 0
    for at, step in enumerate(order):
        if not isinstance(step, Elements):
            continue
        outs = {id(e.out.buffer) for e in step.instructions}
        own, used = _of_block(step, {i for i in outs if lives.first[i] == at == lives.last[i]})
        found |= own
        strides = loops[at].strides
        repeated = {a for e in step.instructions for a in e.arguments if not any(strides[a][-1:])}  # along a row
        most = max(most, used + len(repeated))
    return found, most


def _of_block(block: Elements, inside: set[int]) -> tuple[dict[int, int], int]:
    """The registers of one block, and their number: a register is free after its last reader."""
    last: dict[int, int] = {}  # id of a buffer → the last instruction that touches it
    for k, e in enumerate(block.instructions):
        last |= {id(view.buffer): k for view in (e.out, *e.arguments) if id(view.buffer) in inside}
    ending: dict[int, list[int]] = {}
    for i, k in last.items():
        ending.setdefault(k, []).append(i)
    found: dict[int, int] = {}
    free: list[int] = []
    used = 0
    for k, e in enumerate(block.instructions):
        i = id(e.out.buffer)
        if i in inside:
            if free:
                found[i] = free.pop()
            else:
                found[i], used = used, used + 1
        free += [found[j] for j in ending.get(k, ())]
    return found, used
