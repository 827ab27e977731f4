"""Instructions grouped as steps: element-wise ones of one shape form a block, those on single numbers a sweep."""

from __future__ import annotations

from bisect import bisect_left
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from tinygrad_fr.replay.lowering.instructions import (
    Buffer,
    Call,
    Copy,
    Element,
    Load,
    Number,
    Product,
    Store,
    Sum,
    View,
    whole,
)
from tinygrad_fr.replay.lowering.lowering import Lowering

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tinygrad_fr.replay.lowering.instructions import Instruction

ROW = 32  # numbers: if the rows of a block are shorter, its repeated operands are copied first


class Elements:
    """Element-wise instructions on arrays of one shape, run chunk by chunk.

    Attributes:
        shape: of every instruction.
        instructions: in order.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self.instructions: list[Element] = []


class Sweep:
    """One opcode on many numbers that do not depend on each other."""

    def __init__(self, opcode: str, instructions: list[Number]) -> None:
        self.opcode, self.instructions = opcode, instructions


Step = Elements | Sweep | Product | Sum | Copy | Call | Load | Store


def steps(lowering: Lowering, instructions: list[Instruction]) -> list[Step]:
    """The instructions as steps; element-wise ones join others of their shape as early as possible."""
    fed = {cell for cell, _give in (*lowering.feeds, *lowering.standing)}
    order: list[Step] = [each for each in instructions if isinstance(each, Load) and each.cell in fed]
    start = len(order)
    at: dict[int, int] = {}  # id of a buffer → the last step that writes it
    blocks: dict[tuple[int, ...], list[int]] = {}
    waiting: list[Number] = []

    def flush() -> None:
        order.extend(_sweeps(waiting))
        waiting.clear()

    for instruction in instructions:
        if isinstance(instruction, Number):
            waiting.append(instruction)
            continue
        if isinstance(instruction, Load) and instruction.cell in fed:
            continue
        if isinstance(instruction, Element):
            shape, out = instruction.out.shape, instruction.out
            ready = max((_ready(a, out, at, order) for a in instruction.arguments), default=start)
            alike = blocks.setdefault(shape, [])
            found = bisect_left(alike, ready)
            if found == len(alike):
                alike.append(len(order))
                order.append(Elements(shape))
            block = order[alike[found]]
            assert isinstance(block, Elements)
            block.instructions.append(instruction)
            at[id(out.buffer)] = max(alike[found], at.get(id(out.buffer), 0))  # of several writers, the last
            continue
        if isinstance(instruction, Call | Store) or (
            isinstance(instruction, Load) and isinstance(instruction.target, int)
        ):
            flush()
        order.append(instruction)
        target = getattr(instruction, "out", getattr(instruction, "target", None))
        if isinstance(target, View):
            at[id(target.buffer)] = len(order) - 1
    flush()
    return order


def _ready(argument: View, out: View, at: dict[int, int], order: list[Step]) -> int:
    """The first step in which an element-wise instruction may read an argument."""
    step = at.get(id(argument.buffer), 0)
    if step and isinstance(order[step], Elements) and argument != whole(argument.buffer, out.shape):
        return step + 1  # another view of a block's result: only after that block
    return step if not step or isinstance(order[step], Elements) else step + 1


def _sweeps(numbers: list[Number]) -> list[Sweep]:
    """Numbers by level, and in a level by opcode."""
    levels: dict[int, int] = {}
    groups: dict[tuple[int, str], list[Number]] = {}
    for number in numbers:
        level = 1 + max((levels.get(place, 0) for place in number.arguments), default=0)
        levels[number.out] = level
        groups.setdefault((level, number.opcode), []).append(number)
    return [Sweep(opcode, groups[level, opcode]) for level, opcode in sorted(groups)]


class Loops(NamedTuple):
    """The loops over a block's elements.

    Attributes:
        sides: at most three lengths, outermost first.
        strides: view → a stride per loop.
    """

    sides: list[int]
    strides: dict[View, tuple[int, ...]]


def with_loops(order: Iterable[Step]) -> tuple[list[Step], dict[int, Loops]]:
    """Steps with the loops of each block, by its place among them; an operand that no loop can traverse is copied before the block."""
    found: list[Step] = []
    loops: dict[int, Loops] = {}
    for step in order:
        if isinstance(step, Elements):
            views = {v for e in step.instructions for v in (e.out, *e.arguments)}
            own = _merged(step.shape, views)
            if own is None:
                packed = {v for v in views if not v.contiguous and any(v.strides)}
                copies = {v: Copy(whole(Buffer(prod(v.shape)), v.shape), v) for v in packed}
                found += copies.values()
                step.instructions = [
                    e._replace(arguments=tuple(copies[a].out if a in copies else a for a in e.arguments))
                    for e in step.instructions
                ]
                own = _merged(step.shape, (views - packed) | {copy.out for copy in copies.values()})
            assert own is not None
            loops[len(found)] = own
        found.append(step)
    return found, loops


def _merged(shape: tuple[int, ...], views: set[View]) -> Loops | None:
    dims = [i for i, side in enumerate(shape) if side != 1]
    groups: list[list[int]] = []
    for i in dims:
        if groups and all(v.strides[groups[-1][-1]] == v.strides[i] * shape[i] for v in views):
            groups[-1].append(i)
        else:
            groups.append([i])
    sides = [prod(shape[i] for i in group) for group in groups]
    strides = {v: tuple(v.strides[group[-1]] for group in groups) for v in views}
    if len(sides) > 3 or any(own and own[-1] not in (0, 1) for own in strides.values()):
        return None
    if len(sides) > 1 and sides[-1] < ROW:
        return None
    return Loops(sides, strides)


def buffers_of(step: Step) -> tuple[list[Buffer], list[Buffer]]:
    """The buffers that a step reads, and those that it writes."""
    match step:
        case Elements():
            return (
                [a.buffer for e in step.instructions for a in e.arguments],
                [e.out.buffer for e in step.instructions],
            )
        case Product(out, a, b):
            return [a.buffer, b.buffer], [out.buffer]
        case Sum(out, a) | Copy(out, a):
            return [a.buffer], [out.buffer]
        case Load(_, target) if isinstance(target, View):
            return [], [target.buffer]
    return [], []
