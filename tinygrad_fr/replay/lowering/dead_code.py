"""Dead-code elimination: instructions that no output depends on are removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinygrad_fr.replay.lowering.instructions import Call, Copy, Element, Load, Number, Product, Store, Sum, View

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tinygrad_fr.replay.lowering.instructions import Instruction
    from tinygrad_fr.replay.lowering.lowering import Lowering

Place = View | int | tuple[int]  # in a buffer, among the single numbers, or (a cell,)


def without_dead_code(lowering: Lowering, outputs: Iterable[Place]) -> list[Instruction]:
    """The instructions that an output depends on, and the calls that are kept in any case.

    Args:
        lowering: all the instructions.
        outputs: the values that are read after the run.
    """
    live: set[Any] = set()  # buffers, numbers and (cells,)

    def need(place: Place) -> None:
        if isinstance(place, View):
            live.add(place.buffer)
        else:
            live.add(place)
            if isinstance(place, tuple) and place[0] in lowering.shown:
                live.add(lowering.shown[place[0]].buffer)

    for place in outputs:
        need(place)
    kept: list[Instruction] = []
    for instruction in reversed(lowering.instructions):
        out, reads = effects(instruction)
        written = out.buffer if isinstance(out, View) else out
        if written in live or (isinstance(instruction, Call) and instruction.kept):
            kept.append(instruction)
            for place in reads:
                need(place)
    return kept[::-1]


def effects(instruction: Instruction) -> tuple[Place, tuple[Place, ...]]:
    """What an instruction writes, and what it reads."""
    match instruction:
        case Element(_, out, reads):
            return out, reads
        case Number(_, number, numbers):
            return number, numbers
        case Product(out, a, b):
            return out, (a, b)
        case Sum(out, a) | Copy(out, a):
            return out, (a,)
        case Load(cell, target):
            return target, ((cell,),)
        case Store(number, cell):
            return (cell,), (number,)
        case Call(_, cells, cell, _):
            return (cell,), tuple((each,) for each in cells)
