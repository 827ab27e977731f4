"""The interpreter's tables, and the actions of Python between its runs, written from steps."""

from __future__ import annotations

from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.kernels.arrays.products import SPEED
from tinygrad_fr.kernels.interpreter import (
    BLOCK,
    CHUNK,
    CODES,
    COPY,
    ELEMENTS,
    INSTRUCTION,
    PRODUCT,
    SUM,
    SWEEP,
    interpreter,
    work_of,
)
from tinygrad_fr.kernels.runtime import cores
from tinygrad_fr.kernels.runtime.blas import routine
from tinygrad_fr.replay.execution import actions
from tinygrad_fr.replay.lowering.blocks import Elements, Loops, Step, Sweep
from tinygrad_fr.replay.lowering.instructions import Call, Copy, Load, Product, Store, Sum, View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tinygrad_fr.record.node import Node
    from tinygrad_fr.replay.execution.arena import Arena
    from tinygrad_fr.replay.execution.layout import Rented

FILL = -1  # the opcode for one number repeated


class Tables:
    """The tables of the interpreter: lists while they are written, arrays afterwards.

    Attributes:
        code: element-wise instructions.
        blocks: one row per block.
        index: places of the numbers that sweeps read.
    """

    def __init__(self) -> None:
        self.code: Any = []
        self.blocks: Any = []
        self.index: Any = []

    def finish(self) -> None:
        """Turn the lists into arrays."""
        self.code = np.array(self.code or [[0] * INSTRUCTION], np.int64)
        self.blocks = np.array(self.blocks or [[0] * BLOCK], np.int64)
        self.index = np.array(self.index or [0], np.int32)


ROOM = 1 << 16  # numbers: from this size on, freeing a buffer is worth an action of Python


class Rents:
    """When the arrays of large buffers are allocated and freed.

    Args:
        rented: the large buffers.
        shown: base of a buffer → the cells in which Python sees it, and as what.
        leaves: cell → the leaf whose value it holds.
    """

    def __init__(
        self,
        rented: Iterable[Rented],
        shown: Mapping[int, Sequence[tuple[int, View]]],
        leaves: Mapping[int, Node],
    ) -> None:
        self.shown, self.leaves = shown, leaves
        self.births: dict[int, list[Rented]] = {}
        self.deaths: dict[int, list[Rented]] = {}
        for each in rented:
            self.births.setdefault(each.first, []).append(each)
            self.deaths.setdefault(each.last, []).append(each)


def emit(
    order: Sequence[Step],
    loops: Mapping[int, Loops],
    arena: Arena,
    registers: Mapping[int, int],
    dying: Mapping[int, Sequence[int]],
    rents: Rents,
    sized: Mapping[int, Any],
) -> tuple[Tables, list[Callable[[], None]]]:
    """Write the tables and the actions of some steps.

    Args:
        order: the steps.
        loops: of the blocks, by their place among the steps.
        arena: the memory of the program.
        registers: of buffers inside blocks.
        dying: step → the cells that it is the last to read.
        rents: when the arrays of large buffers are allocated and freed.
        sized: cell of a call's result → the shape that it has to have.

    Returns:
        The tables, and the actions of a run in order.
    """
    emitter = _Emitter(arena, registers, rents)
    for at, step in enumerate(order):
        cells = dying.get(at, ())
        emitter.born += rents.births.get(at, ())
        match step:
            case Elements():
                emitter.elements(step, loops[at])
            case Sweep():
                emitter.sweep(step)
            case Product(out, a, b):
                emitter.product(out, a, b)
            case Sum(out, a):
                emitter.block(SUM, *a.shape, *arena.at(a), *arena.at(out))
            case Copy(out, a):
                emitter.copy(out, a)
            case Load(cell, target):
                emitter.load(cell, target)
            case Store(number, cell):
                emitter.act(actions.store(arena, number, cell))
            case Call():
                emitter.flush()
                emitter.actions.append(actions.call(arena, step, [*emitter.dead, *cells], sized.get(step.out)))
                emitter.dead, cells = [], ()
        emitter.leave(rents.deaths.get(at, ()), cells)
    emitter.flush()
    emitter.tables.finish()
    return emitter.tables, emitter.actions


def _blocks(run: Callable[..., None], tables: Tables, arena: Arena, start: int, stop: int, one: Any) -> None:
    run(tables.code, tables.blocks, arena.base, arena.numbers, tables.index, start, stop, one)


def _then(first: Callable[[], None], second: Callable[[], None]) -> None:
    first()
    second()


class _Emitter:
    """The tables and actions while they are written.

    Attributes:
        actions: the actions of a run.
        dead: cells that are no longer read after the actions so far, to be emptied by the next one.
        dying: cells that the waiting blocks are the last to read, emptied once these ran.
        born: large buffers that the waiting blocks are the first to write.
        gone: large buffers that are no longer read after the actions so far, to be freed before the next one.
        going: large buffers that the waiting blocks are the last to read, freed once these ran.
    """

    def __init__(self, arena: Arena, registers: Mapping[int, int], rents: Rents) -> None:
        self.arena, self.registers, self.rents = arena, registers, rents
        self.one = arena.dtype.type(1)
        self.tables = Tables()
        self.actions: list[Callable[[], None]] = []
        self.dead: list[int] = []
        self.dying: list[int] = []
        self.started = 0  # the first block that waits, since no action runs it yet
        self.born: list[Rented] = []
        self.gone: list[Rented] = []
        self.going: list[Rented] = []

    def act(self, action: Callable[[], None]) -> None:
        """Run the waiting blocks, then this action."""
        self.flush()
        self.actions.append(action)

    def flush(self) -> None:
        """Let the interpreter run the waiting blocks."""
        start, stop = self.started, len(self.tables.blocks)
        if self.gone or self.born:
            new = [each for each in self.born if each.leaf is None]
            if self.gone or new:
                self.actions.append(actions.turn_over(self.arena, self.gone, self.dead, new, self.rents.shown))
                self.gone, self.dead = [], []
            self.actions += [
                actions.move(self.arena, each, self.rents.leaves[each.leaf[0]], self.rents.shown.get(each.base, ()))
                for each in self.born
                if each.leaf is not None
            ]
        if stop > start:
            self.actions.append(self._run(start, stop))
        self.started, self.born = stop, []

    def leave(self, dead: Sequence[Rented], cells: Sequence[int]) -> None:
        """Note that these large buffers and cells are not read after the last written step."""
        if self.started == len(self.tables.blocks):
            self.gone += dead
            self.dead += cells
            return
        self.going += dead
        self.dying += cells
        if sum(prod(each.shape) for each in self.going) > ROOM:
            self.flush()

    def _run(self, start: int, stop: int) -> Callable[[], None]:
        """Run blocks, and free at once what they were the last to read: a call that follows has the room."""
        dead, self.dead, self.dying = [*self.dead, *self.dying], [], []
        going, self.going = self.going, []
        run = partial(_blocks, interpreter(), self.tables, self.arena, start, stop, self.one)
        if not dead and not going:
            return run
        return partial(_then, run, actions.release(self.arena, going, dead, self.rents.shown))

    def block(self, kind: int, *fields: int) -> None:
        """Write one block."""
        self.tables.blocks.append([kind, *fields] + [0] * (BLOCK - 1 - len(fields)))

    def elements(self, step: Elements, loops: Loops) -> None:
        """One block, or one per core: each does its share of the outermost loop that is long enough."""
        sides = [1] * (3 - len(loops.sides)) + loops.sides
        cost = float(np.prod(sides)) * sum(work_of(e.opcode) for e in step.instructions)
        dim = next((i for i, side in enumerate(sides[:2]) if side >= cores.count()), 2)
        parts = cores.parts_of(sides[dim] if dim < 2 else sides[2] // CHUNK, cost)
        if parts == 1:
            self._share(step, sides, loops.strides, 0, 0)
            return
        grain = CHUNK if dim == 2 else 1
        ends = [sides[dim] // grain * i // parts * grain for i in range(parts)] + [sides[dim]]

        def write(part: int) -> None:
            own = [*sides[:dim], ends[part + 1] - ends[part], *sides[dim + 1 :]]
            self._share(step, own, loops.strides, part, ends[part], dim)

        self._together(parts, write)

    def _share(
        self,
        step: Elements,
        sides: list[int],
        strides: dict[View, tuple[int, ...]],
        part: int,
        first: int,
        dim: int = 0,
    ) -> None:
        """The block of one core, which begins at ``first`` along a dimension, with registers of its own."""
        code = self.tables.code
        column, start = sides[2], len(code)
        scratch = self.arena.scratch_of(part)
        found = [self.registers[id(e.out.buffer)] for e in step.instructions if id(e.out.buffer) in self.registers]
        used = 1 + max(found, default=-1)
        over = [
            0,
            scratch + used * CHUNK,
            0,
            0,
            0,
        ]  # the result is written over an operand: a loop that reads where it writes is slow
        used += any(id(e.out.buffer) in self.arena.over for e in step.instructions)
        filled: dict[View, int] = {}

        def operand(view: View) -> list[int]:
            register = self.registers.get(id(view.buffer))
            if register is not None:
                return [0, scratch + register * CHUNK, 0, 0, 0]
            own = (0,) * (3 - len(strides[view])) + strides[view]
            base, offset = self.arena.at(view)
            return [base, offset + first * own[dim], *own]

        for e in step.instructions:
            arguments = []
            for a in e.arguments:
                place = operand(a)
                if column > 1 and place[4] == 0 and id(a.buffer) not in self.registers:
                    if a not in filled:
                        filled[a] = scratch + (used + len(filled)) * CHUNK
                        code.append([FILL, 0, filled[a], 0, 0, 0, *place, *place, *place])
                    place = [0, filled[a], 0, 0, 0]
                arguments.append(place)
            arguments += [arguments[0]] * (3 - len(arguments))
            out, is_over = operand(e.out), id(e.out.buffer) in self.arena.over
            code.append([CODES[e.opcode], *(over if is_over else out), *(n for place in arguments for n in place)])
            if is_over:
                code.append([CODES["copy"], *out, *over, *over, *over])
        assert used + len(filled) <= self.arena.registers
        self.block(ELEMENTS, *sides, start, len(code))

    def _together(self, parts: int, write: Callable[[int], None]) -> None:
        """Blocks that the cores run at the same time."""
        self.flush()
        tables, arena = self.tables, self.arena
        runs, one, written = interpreter("runs"), arena.dtype.type(1), [len(tables.blocks)]
        for part in range(parts):
            write(part)
            written.append(len(tables.blocks))
        self.started, ends = written[-1], np.array(written)

        def blocks() -> None:
            given = (tables.code, tables.blocks, arena.base, arena.numbers, tables.index)
            cores.parallel_for(runs, parts, cores.ENOUGH * 2.0 * parts, *given, ends, one)

        self.actions.append(blocks)

    def sweep(self, step: Sweep) -> None:
        """One opcode on many numbers."""
        places, index = self.arena.places, self.tables.index
        arity = len(step.instructions[0].arguments)
        starts = []
        for k in range(3):
            starts.append(len(index))
            if k < arity:
                index += [places[n.arguments[k]] for n in step.instructions]
        self.block(SWEEP, CODES[step.opcode], places[step.instructions[0].out], len(step.instructions), *starts)

    def product(self, out: View, a: View, b: View) -> None:
        """Products of matrices; large ones are split among the cores."""
        if cores.parts_of(out.shape[1] * out.shape[0], out.buffer.size * a.shape[2] / SPEED) > 1:
            shared = actions.product if len(out.shape) == 3 and out.shape[0] == 1 else actions.products
            self.act(shared(self.arena, out, a, b))
            return
        (count, m, k), n = a.shape, b.shape[2]
        turned = int(not a.contiguous), int(not b.contiguous)
        at_a, at_b, at = (self.arena.at(view) for view in (a, b, out))
        blas = routine(self.arena.dtype.char, m * k * n), self.arena.dtype.itemsize
        self.block(PRODUCT, count, m, k, n, *turned, *at_a, a.strides[0], *at_b, b.strides[0], *at, m * n, *blas)

    def copy(self, out: View, a: View) -> None:
        """A copy of elements."""
        sides, ours, theirs = _joined(a.shape, out.strides, a.strides)
        if len(sides) > 4:  # more dimensions than the interpreter has loops
            self.act(actions.copy(self.arena, out, a))
            return
        lead = 4 - len(sides)
        sides, ours, theirs = [1] * lead + sides, [0] * lead + ours, [0] * lead + theirs
        if ours[3] != 1 and sides[3] != 1:
            sides, ours, theirs = [*sides[1:], 1], [*ours[1:], 1], [*theirs[1:], 1]
        self.block(COPY, *sides, *self.arena.at(a), *self.arena.at(out), *theirs, *ours[:3])

    def load(self, cell: int, target: View | int) -> None:
        """Load a value that Python holds into the interpreter's memory; numbers that follow each other are loaded at once."""
        if isinstance(target, View):
            buffer = target.buffer
            if buffer.cell is not None:
                self.act(actions.point(self.arena, cell, id(buffer), buffer.size))
            else:
                self.act(actions.load(self.arena, cell, target))
            return
        self.flush()
        last = self.actions[-1] if self.actions else None
        loads = last if isinstance(last, actions.LoadNumbers) else actions.LoadNumbers(self.arena)
        loads.places.append(self.arena.place(target))
        loads.cells.append(cell)
        if loads is not last:
            self.actions.append(loads)


def _joined(
    shape: tuple[int, ...], ours: tuple[int, ...], theirs: tuple[int, ...]
) -> tuple[list[int], list[int], list[int]]:
    """Dimensions that both sides traverse with one stride, joined."""
    sides: list[int] = []
    a: list[int] = []
    b: list[int] = []
    for side, one, other in zip(shape, ours, theirs, strict=True):
        if side == 1:
            continue
        if sides and a[-1] == one * side and b[-1] == other * side:
            sides[-1], a[-1], b[-1] = sides[-1] * side, one, other
        else:
            sides.append(side)
            a.append(one)
            b.append(other)
    return (sides or [1]), (a or [1]), (b or [1])
