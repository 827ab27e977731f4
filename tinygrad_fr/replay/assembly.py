"""Steps as the machine's tables, and the closures of Python between its runs."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import ReplayError
from tinygrad_fr.kernels.machine import (
    BLOCK,
    CHUNK,
    CODES,
    COPY,
    ELEMENTS,
    INSTRUCTION,
    PRODUCT,
    SUM,
    SWEEP,
    machine,
    work_of,
)
from tinygrad_fr.kernels.products import SPEED, matmul, multiplier
from tinygrad_fr.kernels.runtime import cores
from tinygrad_fr.kernels.runtime.memory import address, aligned
from tinygrad_fr.locale import _
from tinygrad_fr.memory import apart
from tinygrad_fr.replay.blocks import Elements, Step, Sweep, alive, buffers_of, loops, steps
from tinygrad_fr.replay.instructions import Buffer, Call, Copy, Load, Product, Store, Sum, View, whole
from tinygrad_fr.replay.lowering import LARGE, Lowering
from tinygrad_fr.replay.memory import planned

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

FILL = -1  # the machine's code for one number repeated


class Assembly:
    """A lowered tape with places for everything.

    Args:
        lowering: the instructions.
        outputs: views, numbers and (cells,) that are read after the run.

    Attributes:
        memory: the program's own numbers.
        numbers: single numbers.
        held: what Python holds, by cell.
    """

    def __init__(self, lowering: Lowering, outputs: list[Any]) -> None:
        self.feeds, self.shown, self.constants = lowering.feeds, lowering.shown, lowering.constants
        self.standing = lowering.standing
        self.dtype = lowering.dtype
        self.held: list[Any] = [None] * lowering.cells
        self.order = steps(lowering, alive(lowering, outputs))
        self._write_out_first()
        self.outputs = {id(v.buffer): v for v in outputs if isinstance(v, View)}
        self.read_after = {place[0] for place in outputs if isinstance(place, tuple) and not isinstance(place, View)}
        self.read_after |= {v.buffer.cell for v in self.outputs.values() if v.buffer.cell is not None}
        self._places(outputs)
        self._number_places()
        self._tables()
        self._ready = {id(v): self.array(v) for v in outputs if self._in_memory(v)}
        del self.order, self.shapes, self.registers  # said by the tables

    # Places

    def _write_out_first(self) -> None:
        """Put copies before the blocks whose loops cannot follow a view."""
        order: list[Step] = []
        self.shapes: dict[int, tuple[list[int], dict[View, tuple[int, ...]]]] = {}
        for step in self.order:
            if isinstance(step, Elements):
                _sides, _strides, packed = loops(step)
                if packed:
                    copies = {v: Copy(whole(Buffer(int(np.prod(v.shape))), v.shape), v) for v in packed}
                    order += copies.values()
                    step.instructions = [
                        e._replace(arguments=tuple(copies[a].out if a in copies else a for a in e.arguments))
                        for e in step.instructions
                    ]
                sides, strides, _none = loops(step)
                self.shapes[len(order)] = sides, strides
            order.append(step)
        self.order = order

    def _places(self, outputs: list[Any]) -> None:
        first: dict[int, int] = {}
        last: dict[int, int] = {}
        buffers: dict[int, Buffer] = {}
        for at, step in enumerate(self.order):
            reads, writes = buffers_of(step)
            if isinstance(step, Call):
                reads = [self.shown[cell].buffer for cell in step.reads if cell in self.shown]
            for buffer in (*writes, *reads):
                buffers[id(buffer)] = buffer
                first.setdefault(id(buffer), at)
                last[id(buffer)] = at
        end = len(self.order)
        for place in outputs:
            view = self.shown.get(place[0]) if isinstance(place, tuple) and not isinstance(place, View) else place
            if isinstance(view, View):
                last[id(view.buffer)] = end
                buffers[id(view.buffer)] = view.buffer
                first.setdefault(id(view.buffer), 0)
        constants = [view for view, _value in self.constants if isinstance(view, View)]
        for view in constants:
            if id(view.buffer) in first:
                first[id(view.buffer)], last[id(view.buffer)] = -1, end
        self.registers = self._registers(first, last)
        own = [b for i, b in buffers.items() if i not in self.registers]
        # Arrays that are not the program's own: those of Python's calls, and large ones that are handed out.
        self.bases: dict[int, int] = {}
        self.handed: list[tuple[int, View]] = []
        for buffer in own:
            if buffer.cell is not None:
                self.bases[id(buffer)] = 1 + len(self.bases)
        for i, view in self.outputs.items():
            if (
                i not in self.bases
                and i in first
                and view.buffer.size > LARGE
                and view == whole(view.buffer, view.shape)
            ):
                self.bases[i] = 1 + len(self.bases)
                self.handed.append((self.bases[i], view))
        placed = [b for b in own if id(b) not in self.bases]
        offsets, total = planned([(b.size, first[id(b)], last[id(b)]) for b in placed])
        self.offsets = {id(b): offset for b, offset in zip(placed, offsets, strict=True)}
        self.scratch = total
        self.memory = aligned(total + CHUNK * max(1, self.most) * cores.count(), self.dtype)
        self.base = np.zeros(1 + len(self.bases), np.int64)
        self.base[0] = address(self.memory)
        for view in constants:
            if id(view.buffer) in self.offsets:
                value = next(v for place, v in self.constants if place is view)
                self.memory[self.offsets[id(view.buffer)]] = value

    def _registers(self, first: dict[int, int], last: dict[int, int]) -> dict[int, int]:
        """Buffers that live inside one block and are read there as they are written: a chunk of each is enough."""
        registers: dict[int, int] = {}
        self.most = 0
        for at, step in enumerate(self.order):
            if not isinstance(step, Elements):
                continue
            dies: dict[int, int] = {}
            inside = set()
            for k, e in enumerate(step.instructions):
                i = id(e.out.buffer)
                if first[i] == at == last[i]:
                    inside.add(i)
                    dies[i] = k
                for a in e.arguments:
                    if id(a.buffer) in inside:
                        dies[id(a.buffer)] = k
            free: list[int] = []
            used = 0
            ending: dict[int, list[int]] = {}
            for i, k in dies.items():
                ending.setdefault(k, []).append(i)
            for k, e in enumerate(step.instructions):
                i = id(e.out.buffer)
                if i in inside:
                    if free:
                        registers[i] = free.pop()
                    else:
                        registers[i], used = used, used + 1
                free += [registers[j] for j in ending.get(k, ()) if j in registers]
            strides = self.shapes[at][1]
            repeated = {a for e in step.instructions for a in e.arguments if not any(strides[a][-1:])}  # along a row
            self.most = max(self.most, used + len(repeated))
        return registers

    def _number_places(self) -> None:
        """Give numbers their places: those of one sweep lie side by side."""
        places: dict[int, int] = {}
        for step in self.order:
            if isinstance(step, Sweep):
                for number in step.instructions:
                    places[number.out] = len(places)
        self.number = places
        constants = {place: value for place, value in self.constants if isinstance(place, int)}
        for step in self.order:
            if isinstance(step, Sweep):
                for number in step.instructions:
                    for argument in number.arguments:
                        places.setdefault(argument, len(places))
            elif isinstance(step, Load) and isinstance(step.target, int):
                places.setdefault(step.target, len(places))
        self.numbers = np.zeros(max(1, len(places)), np.float64)
        for place, value in constants.items():
            if place in places:
                self.numbers[places[place]] = value

    def place(self, number: int) -> int:
        """Where a number is; constants that nothing computes with get their place here."""
        if number not in self.number:
            self.number[number] = len(self.numbers)
            value = next((v for place, v in self.constants if place == number), 0.0)
            self.numbers = np.append(self.numbers, value)
        return self.number[number]

    def array(self, view: View) -> Any:
        """A view of the program's own memory as an array."""
        start = self.offsets[id(view.buffer)] + view.offset
        size = self.dtype.itemsize
        return np.lib.stride_tricks.as_strided(
            self.memory[start:], view.shape, tuple(step * size for step in view.strides)
        )

    def _seen(self, view: View) -> Callable[[], Any]:
        """What gives a view as an array, wherever it lies during a run."""
        if id(view.buffer) not in self.bases:
            array = self.array(view)
            return lambda: array
        return lambda: self._handed_out(view)

    def _matrices(self, view: View) -> Callable[[], Any]:
        """The same for a stack of matrices, of which a stack of one is the one."""
        seen = self._seen(view)
        return (lambda: seen()[0]) if view.shape[0] == 1 else seen

    def _handed_out(self, view: View) -> Any:
        """A view of an array that is not the program's own."""
        handed = self.given_out.get(id(view.buffer))
        source = handed if handed is not None else self.held[view.buffer.cell]  # type: ignore[index]
        size = self.dtype.itemsize
        flat = source.reshape(-1)[view.offset :]
        return np.lib.stride_tricks.as_strided(flat, view.shape, tuple(s * size for s in view.strides))

    # Tables

    def _tables(self) -> None:
        self.code: Any = []
        self.blocks: Any = []
        self.index: Any = []
        self.actions: list[Callable[[], None]] = []
        self.started = 0
        shown = {cell: view for cell, view in self.shown.items() if id(view.buffer) in self.offsets}
        for cell, view in shown.items():
            self.held[cell] = self.array(view)
        self.lent = [cell for cell in range(len(self.held)) if cell not in shown]
        handed = {id(view.buffer) for _place, view in self.handed}
        self.handed_cells = [(cell, view) for cell, view in self.shown.items() if id(view.buffer) in handed]
        dying = self._last_reads(shown)
        self.dead: list[int] = []  # cells that nobody reads any more, to be emptied when Python runs next
        for at, step in enumerate(self.order):
            self.dead += dying.get(at, ())
            match step:
                case Elements():
                    self._elements(step, *self.shapes[at])
                case Sweep():
                    self._sweep(step)
                case Product(out, a, b):
                    self._product(out, a, b)
                case Sum(out, a):
                    self._block(SUM, *a.shape, *self._at(a), *self._at(out))
                case Copy(out, a):
                    self._copy(out, a)
                case Load() | Store() | Call():
                    self._python(step)
        self._flush()
        self.code = np.array(self.code or [[0] * INSTRUCTION], np.int64)
        self.blocks = np.array(self.blocks or [[0] * BLOCK], np.int64)
        self.index = np.array(self.index or [0], np.int32)

    def _last_reads(self, shown: Mapping[int, View]) -> dict[int, list[int]]:
        """Step → the cells of calls' results that it is the last to read."""
        made = {step.out for step in self.order if isinstance(step, Call)} - set(shown) - self.read_after
        last: dict[int, int] = {}
        for at, step in enumerate(self.order):
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

    def _at(self, view: View) -> tuple[int, int]:
        base = self.bases.get(id(view.buffer), 0)
        return base, view.offset + (0 if base else self.offsets[id(view.buffer)])

    def _block(self, kind: int, *fields: int) -> None:
        self.blocks.append([kind, *fields] + [0] * (BLOCK - 1 - len(fields)))

    def _elements(self, step: Elements, sides: list[int], strides: dict[View, tuple[int, ...]]) -> None:
        """A block, or as many as there are cores: each its share of the outermost loop that is long enough."""
        sides = [1] * (3 - len(sides)) + sides
        cost = float(np.prod(sides)) * sum(work_of(e.word) for e in step.instructions)
        dim = next((i for i, side in enumerate(sides[:2]) if side >= cores.count()), 2)
        parts = cores.parts_of(sides[dim] if dim < 2 else sides[2] // CHUNK, cost)
        if parts == 1:
            self._share(step, sides, strides, 0, 0)
            return
        grain = CHUNK if dim == 2 else 1
        ends = [sides[dim] // grain * i // parts * grain for i in range(parts)] + [sides[dim]]

        def write(part: int) -> None:
            own = [*sides[:dim], ends[part + 1] - ends[part], *sides[dim + 1 :]]
            self._share(step, own, strides, part, ends[part], dim)

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
        column, start = sides[2], len(self.code)
        scratch = self.scratch + part * max(1, self.most) * CHUNK
        used = 1 + max(
            (self.registers[id(e.out.buffer)] for e in step.instructions if id(e.out.buffer) in self.registers),
            default=-1,
        )
        filled: dict[View, int] = {}

        def operand(view: View) -> list[int]:
            register = self.registers.get(id(view.buffer))
            if register is not None:
                return [0, scratch + register * CHUNK, 0, 0, 0]
            own = (0,) * (3 - len(strides[view])) + strides[view]
            base, offset = self._at(view)
            return [base, offset + first * own[dim], *own]

        for e in step.instructions:
            arguments = []
            for a in e.arguments:
                place = operand(a)
                if column > 1 and place[4] == 0 and id(a.buffer) not in self.registers:
                    if a not in filled:
                        filled[a] = scratch + (used + len(filled)) * CHUNK
                        self.code.append([FILL, 0, filled[a], 0, 0, 0, *place, *place, *place])
                    place = [0, filled[a], 0, 0, 0]
                arguments.append(place)
            arguments += [arguments[0]] * (3 - len(arguments))
            self.code.append([CODES[e.word], *operand(e.out), *(n for place in arguments for n in place)])
        assert used + len(filled) <= max(1, self.most)
        self._block(ELEMENTS, *sides, start, len(self.code))

    def _together(self, parts: int, write: Callable[[int], None]) -> None:
        """Blocks that cores do at the same time."""
        self._flush()
        runs, one, written = machine("runs"), self.dtype.type(1), [len(self.blocks)]
        for part in range(parts):
            write(part)
            written.append(len(self.blocks))
        self.started, ends = written[-1], np.array(written)

        def blocks() -> None:
            tables = (self.code, self.blocks, self.base, self.numbers, self.index)
            cores.spread(runs, parts, cores.ENOUGH * 2.0 * parts, *tables, ends, one)

        self.actions.append(blocks)

    def _sweep(self, step: Sweep) -> None:
        arity = len(step.instructions[0].arguments)
        starts = []
        for k in range(3):
            starts.append(len(self.index))
            if k < arity:
                self.index += [self.number[n.arguments[k]] for n in step.instructions]
        self._block(SWEEP, CODES[step.word], self.number[step.instructions[0].out], len(step.instructions), *starts)

    def _product(self, out: View, a: View, b: View) -> None:
        if cores.parts_of(out.shape[1] * out.shape[0], out.buffer.size * a.shape[2] / SPEED) > 1:
            self._flush()
            if len(out.shape) == 3 and out.shape[0] == 1:
                self.actions.append(self._cut(out, a, b))
                return
            whole_of = [self._matrices(view) for view in (a, b, out)]
            self.actions.append(lambda: matmul(*(each() for each in whole_of)))
            return
        flags = []
        for view in (a, b):
            flags.append(int(not view.contiguous))
        (count, m, k), n = a.shape, b.shape[2]
        self._block(
            PRODUCT, count, m, k, n, *flags, *self._at(a), a.strides[0], *self._at(b), b.strides[0], *self._at(out), m * n
        )  # fmt: skip

    def _cut(self, out: View, a: View, b: View) -> Callable[[], None]:
        """One large product, whose rows or columns cores share."""
        (_one, m, k), n = a.shape, b.shape[2]
        turned = not a.contiguous, not b.contiguous
        wide_a, wide_b = m if turned[0] else k, k if turned[1] else n
        (at_a, from_a), (at_b, from_b), (at, start) = (
            (p, self.dtype.itemsize * o) for p, o in map(self._at, (a, b, out))
        )
        multiply, base = multiplier(self.dtype, m, n, k), self.base

        def product() -> None:
            places = base.item(at_a) + from_a, base.item(at_b) + from_b, base.item(at) + start
            multiply(turned[0], places[0], wide_a, turned[1], places[1], wide_b, places[2], n)

        return product

    def _copy(self, out: View, a: View) -> None:
        sides, ours, theirs = _joined(a.shape, out.strides, a.strides)
        if len(sides) > 4:  # more dimensions than the machine has loops: numpy's copy
            self._flush()
            to, source = self._seen(out), self._seen(a)

            def copy() -> None:
                to()[...] = source()

            self.actions.append(copy)
            return
        lead = 4 - len(sides)
        sides, ours, theirs = [1] * lead + sides, [0] * lead + ours, [0] * lead + theirs
        if ours[3] != 1 and sides[3] != 1:
            sides, ours, theirs = [*sides[1:], 1], [*ours[1:], 1], [*theirs[1:], 1]
        self._block(COPY, *sides, *self._at(a), *self._at(out), *theirs, *ours[:3])

    # Python

    def _flush(self) -> None:
        """Let the machine run the blocks that wait."""
        start, stop = self.started, len(self.blocks)
        if stop > start:
            self.actions.append(self._run(start, stop))
        self.started = stop

    def _run(self, start: int, stop: int) -> Callable[[], None]:
        run, one = machine(), self.dtype.type(1)

        def blocks() -> None:
            run(self.code, self.blocks, self.base, self.numbers, self.index, start, stop, one)

        return blocks

    def _python(self, step: Load | Store | Call) -> None:
        held = self.held
        if isinstance(step, Load) and isinstance(step.target, View) and step.target.buffer.cell is not None:
            self._pointed(step.cell, self.bases[id(step.target.buffer)], step.target.buffer.size)
            return
        self._flush()
        match step:
            case Load(cell, int(number)):
                last = self.actions[-1] if self.actions else None
                loads = last if isinstance(last, _Loads) else _Loads(self)
                loads.places.append(self.place(number))
                loads.cells.append(cell)
                if loads is not last:
                    self.actions.append(loads)
            case Load(cell, View() as target):
                ground, shape = self.array(target), target.shape

                def load() -> None:
                    array = held[cell]
                    found = array.shape if array.__class__ is np.ndarray else np.shape(array)
                    if found != shape:
                        raise _changed_size(shape, found)
                    ground[...] = array

                self.actions.append(load)
            case Store(number, cell):
                place = self.place(number)

                def store() -> None:
                    held[cell] = self.numbers.item(place)

                self.actions.append(store)
            case Call(run, _reads, out, _kept):
                dead, self.dead = self.dead, []
                own = self._own

                def call() -> None:
                    run(held)
                    held[out] = own(held[out])
                    for cell in dead:
                        held[cell] = None

                self.actions.append(call)

    def _own(self, value: Any) -> Any:
        """What a call gave, apart from the program's memory, whose places are given again."""
        if value.__class__ is tuple:
            return tuple([self._own(part) for part in value])
        if isinstance(value, np.ndarray) and np.may_share_memory(value, self.memory):
            return value.copy()
        return value

    def _pointed(self, cell: int, place: int, size: int) -> None:
        """Let the machine read an array where it lies, which its cell keeps alive until the last reader is done."""
        self._flush()
        held, base, dtype = self.held, self.base, self.dtype

        def point() -> None:
            array = held[cell]
            if array.__class__ is not np.ndarray or array.dtype is not dtype or not array.flags.c_contiguous:
                array = held[cell] = np.ascontiguousarray(array, dtype)
            if array.size != size:
                raise _changed_size((size,), array.shape)
            base[place] = address(array)

        self.actions.append(point)

    def run(self, given: tuple[Any, ...]) -> None:
        """Run the program once."""
        held = self.held
        for cell, give in self.feeds:
            held[cell] = give(given)
        for cell, leaf in self.standing:
            rare = leaf.rare
            own = rare is None or (rare.moved is None and rare.seen >= rare.storage.changed)  # its own newest node
            held[cell] = leaf.value if own else leaf.current.value
        self.given_out = {}
        for place, view in self.handed:
            array = np.empty(view.shape, self.dtype)
            self.base[place] = address(array)
            self.given_out[id(view.buffer)] = array
        for cell, view in self.handed_cells:
            held[cell] = self._handed_out(view)
        for action in self.actions:
            action()

    def let_go(self) -> None:
        """Forget what the run was given and what it handed out, once that was taken."""
        held = self.held
        for cell in self.lent:
            held[cell] = None
        self.given_out = {}

    def several(self, places: Sequence[Any]) -> Callable[[], list[Any]]:
        """What gives these outputs after a run, each as :meth:`taken` does: the numbers all at once."""
        numbers = [i for i, place in enumerate(places) if isinstance(place, int)]
        index = np.array([self.place(places[i]) for i in numbers], np.intp)
        own = [(i, self.array(place)) for i, place in enumerate(places) if self._in_memory(place)]
        others = [
            (i, place) for i, place in enumerate(places) if not isinstance(place, int) and not self._in_memory(place)
        ]

        def take() -> list[Any]:
            found: list[Any] = self.numbers[index].tolist() if numbers else []
            if own or others:
                spread: list[Any] = [None] * len(places)
                for i, number in zip(numbers, found, strict=True):
                    spread[i] = number
                for i, array in own:
                    spread[i] = array.copy()
                for i, place in others:
                    spread[i] = self.taken(place)
                return spread
            return found

        return take

    def _in_memory(self, place: Any) -> bool:
        """Whether an output is a view of the program's own memory, the same at each run."""
        return isinstance(place, View) and id(place.buffer) not in self.bases

    def taken(self, place: Any) -> Any:
        """What an output is after the run: an array of its own, or a number."""
        ready = self._ready.get(id(place))
        if ready is not None:
            return ready.copy()
        if isinstance(place, View):
            handed = self.given_out.get(id(place.buffer))
            if handed is not None and place == whole(place.buffer, place.shape):
                return handed
            if id(place.buffer) in self.bases:
                found = self._handed_out(place)  # a call's own array, which nobody writes again
                return apart(found) if place == whole(place.buffer, place.shape) else found.copy()
            return self.array(place).copy()
        if isinstance(place, tuple):
            (cell,) = place
            value = self.held[cell]
            return value.copy() if cell in self.shown else apart(value)
        return self.numbers.item(self.place(place))


def _changed_size(expected: tuple[int, ...], found: tuple[int, ...]) -> ReplayError:
    """The error for an operation that gives more or fewer elements than when it was recorded."""
    return ReplayError(
        _(
            "a replayed operation gave an array of shape {found}, expected {expected}: sizes may not depend on data"
        ).format(expected=expected, found=found)
    )


class _Loads:
    """Numbers that enter the program one after the other, as one assignment."""

    def __init__(self, assembly: Assembly) -> None:
        self.assembly = assembly
        self.places: list[int] = []
        self.cells: list[int] = []

    def __call__(self) -> None:
        held = self.assembly.held
        self.assembly.numbers[self.index] = [held[cell] for cell in self.cells]

    @cached_property
    def index(self) -> Any:
        """Where they go, once all are known."""
        return np.array(self.places)


def _joined(
    shape: tuple[int, ...], ours: tuple[int, ...], theirs: tuple[int, ...]
) -> tuple[list[int], list[int], list[int]]:
    """Dimensions that both sides go through in one stride, joined."""
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
