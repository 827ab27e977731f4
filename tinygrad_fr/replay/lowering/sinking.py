"""Sinking: an element-wise instruction moves to the block that first reads its result, if that saves memory.

Blocks take an instruction as early as they can, so a derivative is computed in the forward pass and kept until the
backward pass. Its operands are often kept anyway; then it is computed in the block that reads it, in a register.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinygrad_fr.replay.lowering.blocks import Elements, Step, buffers_of
from tinygrad_fr.replay.lowering.instructions import Call, View, whole

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from tinygrad_fr.replay.lowering.instructions import Buffer, Element


class _Uses:
    """Which steps read each buffer, by its id.

    Attributes:
        steps: the places of the steps, one for each reader.
        always: buffers that live all the time.
        pieces: buffers that several instructions write, whose order stays.
    """

    def __init__(
        self, order: Sequence[Step], shown: Mapping[int, View], given: Collection[int], outputs: Sequence[Any]
    ) -> None:
        self.steps: dict[int, list[int]] = {}
        self.always: set[int] = set()
        self.pieces: set[int] = set()
        written: set[int] = set()
        held: dict[int, list[int]] = {}  # cell → the calls that read it
        for at, step in enumerate(order):
            for cell in step.reads if isinstance(step, Call) else ():
                held.setdefault(cell, []).append(at)
        for at, step in enumerate(order):
            reads, writes = buffers_of(step)
            for buffer in reads:
                self.steps.setdefault(id(buffer), []).append(at)
            for buffer in writes:
                (self.pieces if id(buffer) in written else written).add(id(buffer))
                if buffer.cell is not None:
                    self.steps.setdefault(id(buffer), []).extend(held.get(buffer.cell, ()))
                    if buffer.cell in given:
                        self.always.add(id(buffer))
        for cell, view in shown.items():
            self.steps.setdefault(id(view.buffer), []).extend(held.get(cell, ()))
        for place in outputs:
            seen = place if isinstance(place, View) else shown.get(place[0]) if isinstance(place, tuple) else None
            if seen is not None:
                self.steps.setdefault(id(seen.buffer), []).append(len(order))

    def gain(self, e: Element, at: int, to: int) -> int:
        """The memory saved, in numbers times steps, if an instruction moves from one step to another."""
        read = {id(a.buffer): a.buffer for a in e.arguments}.values()
        return e.out.buffer.size * (to - at) - sum(self.longer(buffer, at, to) for buffer in read)

    def longer(self, buffer: Buffer, at: int, until: int) -> int:
        """The memory added, in numbers times steps, if the step ``until`` reads a buffer in the place of ``at``."""
        if id(buffer) in self.always or buffer.size == 1:
            return 0
        others = list(self.steps[id(buffer)])
        others.remove(at)
        return buffer.size * max(0, until - max(others, default=at))

    def move(self, buffer: Buffer, at: int, to: int) -> None:
        """Another step reads a buffer."""
        found = self.steps[id(buffer)]
        found.remove(at)
        found.append(to)


def sink(
    order: Sequence[Step], shown: Mapping[int, View], given: Collection[int], outputs: Sequence[Any]
) -> list[Step]:
    """The steps, with instructions of blocks in later blocks.

    Args:
        order: the steps.
        shown: cell → the view that Python sees there.
        given: cells that a run is given, which live all the time.
        outputs: views, numbers and (cells,) that are read after the run.
    """
    uses = _Uses(order, shown, given, outputs)
    for at in reversed(range(len(order))):
        block = order[at]
        if not isinstance(block, Elements):
            continue
        kept: list[Element] = []
        for e in reversed(block.instructions):
            first = at if id(e.out.buffer) in uses.pieces else min(uses.steps.get(id(e.out.buffer), (at,)))
            later = order[first] if at < first < len(order) else None
            # An instruction that saves nothing moves too: its operands may then follow it, to where their own operands are kept anyway.
            if isinstance(later, Elements) and _fits(e, later) and uses.gain(e, at, first) >= 0:
                later.instructions.insert(0, e)
                for a in e.arguments:
                    uses.move(a.buffer, at, first)
            else:
                kept.append(e)
        block.instructions = kept[::-1]
    return [step for step in order if not isinstance(step, Elements) or step.instructions]


def _fits(e: Element, block: Elements) -> bool:
    """Whether an instruction can be put at the start of a block: the block reads its result through the same view."""
    if block.shape != e.out.shape or e.out != whole(e.out.buffer, e.out.shape):
        return False
    i = id(e.out.buffer)
    return all(a == e.out for other in block.instructions for a in other.arguments if id(a.buffer) == i)
