"""A lowered tape as a program that can be run: its memory is planned, its tables are written and run, and its results are read."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.memory import apart
from tinygrad_fr.replay.execution.arena import Arena
from tinygrad_fr.replay.execution.emission import Rents, emit
from tinygrad_fr.replay.execution.layout import Layout
from tinygrad_fr.replay.execution.liveness import last_reads, lives
from tinygrad_fr.replay.execution.registers import registers
from tinygrad_fr.replay.leaves import Standing
from tinygrad_fr.replay.lowering.blocks import steps, with_loops
from tinygrad_fr.replay.lowering.dead_code import without_dead_code
from tinygrad_fr.replay.lowering.instructions import View
from tinygrad_fr.replay.lowering.joining import joined
from tinygrad_fr.replay.lowering.sinking import sink

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tinygrad_fr.record.node import Node
    from tinygrad_fr.replay.lowering.lowering import Lowering


class Assembly:
    """A program that can be run.

    Args:
        lowering: the instructions.
        outputs: views, numbers and (cells,) that are read after the run.
        moved: leaf that the step reaches by itself, by the id of the buffer with the value that it takes.

    Attributes:
        arena: its memory.
        tables: the tables of the interpreter.
        actions: the actions of a run, in order.
        outputs: id of a buffer → a view of it that is read after the run.
        read_after: the cells that are read after the run.
    """

    def __init__(self, lowering: Lowering, outputs: list[Any], moved: Mapping[int, Node]) -> None:
        self.feeds, self.shown = lowering.feeds, lowering.shown
        self.standing = Standing([leaf for _cell, leaf in lowering.standing])
        self.stands = [cell for cell, _leaf in lowering.standing]
        first = self.stands[0] if self.stands else 0
        follow = self.stands == [*range(first, first + len(self.stands))]
        self._stretch = slice(first, first + len(self.stands)) if follow else None
        self.outputs = {id(v.buffer): v for v in outputs if isinstance(v, View)}
        given = {cell for cell, _give in (*lowering.feeds, *lowering.standing)}
        ordered = steps(lowering, joined(without_dead_code(lowering, outputs), self.shown, outputs))
        order, loops = with_loops(sink(ordered, self.shown, given, outputs))
        constants = [view for view, _value in lowering.constants if isinstance(view, View)]
        found = lives(order, self.shown, constants, outputs)
        in_registers, most = registers(order, loops, found)
        layout = Layout(order, found, in_registers, self.outputs, self._replaced(outputs, moved))
        self.arena = arena = Arena(layout, most, lowering.constants, lowering.cells, lowering.dtype)
        own = {cell: view for cell, view in self.shown.items() if id(view.buffer) in arena.offsets}
        for cell, view in own.items():
            arena.held[cell] = arena.array(view)
        self._between = [*arena.held]  # what the cells hold between two runs
        seen: dict[int, list[tuple[int, View]]] = {}
        for cell, view in self.shown.items():
            base = layout.bases.get(id(view.buffer))
            if base is not None:
                seen.setdefault(base, []).append((cell, view))
        self.read_after = {place[0] for place in outputs if isinstance(place, tuple) and not isinstance(place, View)}
        self.read_after |= {v.buffer.cell for v in self.outputs.values() if v.buffer.cell is not None}
        dying = last_reads(order, self.read_after | set(own))
        rents = Rents(layout.rented, seen, dict(lowering.standing))
        self.tables, self.actions = emit(order, loops, arena, in_registers, dying, rents, lowering.sized)
        self._ready = {id(v): arena.array(v) for v in outputs if arena.owns(v)}

    def run(self, given: tuple[Any, ...]) -> None:
        """Run the program once."""
        arena = self.arena
        held = arena.held
        for cell, give in self.feeds:
            held[cell] = give(given)
        self._stand()
        for action in self.actions:
            action()

    def _stand(self) -> None:
        """Read the values of the leaves that the step reaches by itself, and keep no other reference to them."""
        held, values = self.arena.held, self.standing.values()
        if self._stretch is not None:
            held[self._stretch] = values
            return
        for cell, value in zip(self.stands, values, strict=True):
            held[cell] = value

    def _replaced(self, outputs: Sequence[Any], moved: Mapping[int, Node]) -> dict[int, int]:
        """The cells of leaves whose value changes and is not an output, by the id of the buffer with the new one, which is one output."""
        read = {place[0] for place in outputs if isinstance(place, tuple) and not isinstance(place, View)}
        times = Counter(id(view.buffer) for view in outputs if isinstance(view, View))
        cells = {id(leaf.current): cell for cell, leaf in zip(self.stands, self.standing.leaves, strict=True)}
        found = {i: cells.get(id(leaf.current)) for i, leaf in moved.items() if times[i] == 1}
        return {i: cell for i, cell in found.items() if cell is not None and cell not in read}

    def let_go(self) -> None:
        """Release the inputs of a run, and its outputs once they were taken."""
        self.arena.held[:] = self._between
        self.arena.rented.clear()
        self.arena.moved = False

    def several(self, places: Sequence[Any]) -> Callable[[], list[Any]]:
        """A function that gives these outputs after a run, each as :meth:`taken` does; the numbers are read all at once."""
        arena = self.arena
        numbers = [i for i, place in enumerate(places) if isinstance(place, int)]
        index = np.array([arena.place(places[i]) for i in numbers], np.intp)
        own = [(i, arena.array(place)) for i, place in enumerate(places) if arena.owns(place)]
        others = [(i, place) for i, place in enumerate(places) if not isinstance(place, int) and not arena.owns(place)]

        def take() -> list[Any]:
            found: list[Any] = arena.numbers[index].tolist() if numbers else []
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

    def gives_own(self, places: Sequence[Any]) -> bool:
        """Whether :meth:`several` gives only numbers, and arrays without other references, for these outputs."""
        return all(isinstance(place, int) or self.arena.owns(place) for place in places)

    def taken(self, place: Any) -> Any:
        """The value of an output after the run: an array of its own, or a number."""
        arena = self.arena
        ready = self._ready.get(id(place))
        if ready is not None:
            return ready.copy()
        if isinstance(place, View):
            rented = arena.rented.get(arena.bases.get(id(place.buffer), 0))
            if rented is not None and rented.shape == place.shape and place.full:
                return rented
            if not arena.owns(place):
                found = arena.lent(place)  # the array of a call's result, which is not written to again
                return apart(found) if place.full else found.copy()
            return arena.array(place).copy()
        if isinstance(place, tuple):
            (cell,) = place
            value = arena.held[cell]
            return value.copy() if cell in self.shown else apart(value)
        return arena.numbers.item(arena.place(place))
