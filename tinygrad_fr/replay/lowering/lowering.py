"""A recorded call as instructions.

An element-wise operation is lowered by its own expression (``expressions``). Operations that move elements, add them up
or multiply matrices are lowered by a rule (``rules``). Every other operation stays a call (``calls``). Moving elements
(reshape, transpose, expand, slices) costs nothing: it is another view of the same buffer.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.ops.shared.untracked import Saved
from tinygrad_fr.record.node import Bundle, Node
from tinygrad_fr.replay.events import CALLED, STANDING, Change, Update
from tinygrad_fr.replay.lowering.calls import Calls, snapshot_of
from tinygrad_fr.replay.lowering.expressions import lower_expression
from tinygrad_fr.replay.lowering.instructions import (
    LARGE,
    Buffer,
    Call,
    Copy,
    Element,
    Instruction,
    Load,
    Product,
    Store,
    Sum,
    View,
    broadcast,
    steps_of,
    turned,
    whole,
)
from tinygrad_fr.replay.lowering.rules import RULES, no_rule
from tinygrad_fr.replay.tape import Recording, plain
from tinygrad_fr.views import alias, shown_by

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence


class Lowering:
    """A tape as instructions.

    Attributes:
        instructions: in the tape's order.
        feeds: cell → what gives its value before each run, from the step's arguments.
        standing: cell → the leaf that the step reaches by itself; the cell gets its value before each run.
        shown: cell → the view of the program's memory that Python sees there.
        constants: the values of constant views and numbers.
        cells: how many values Python holds.
        numbers: how many single numbers there are.
        version: id of a leaf → the node whose value it takes.
        leaves: id → leaf, of those that change.
        sized: cell of a call's result → the shape that it must have, if only the shape is read instead of the result.
        shared: key of an instruction → its result, so that nothing is computed twice (common subexpressions).
        left: id of a composite → the cell of the values that it saves for its backward pass, if they are asked for.

    Args:
        tape: a recorded call.
        events: the events to lower, all by default.
        saving: ids of composites whose backward pass is in another program.
    """

    def __init__(self, tape: Recording, events: Sequence[Any] | None = None, saving: Collection[int] = ()) -> None:
        self.tape = tape
        self.dtype = _dtype_of(tape)
        self.saving = {*saving, *_saved_and_read(tape.events)}
        self.instructions: list[Instruction] = []
        self.feeds: list[tuple[int, Callable[[Any], Any]]] = []
        self.standing: list[tuple[int, Node]] = []
        self.shown: dict[int, View] = {}
        self.constants: list[tuple[View | int, float]] = []
        self.cells = self.numbers = 0
        self.version: dict[int, Node] = {}
        self.leaves: dict[int, Node] = {}
        self._views: dict[int, View] = {}
        self._scalars: dict[int, int] = {}
        self._cells: dict[int, int] = {}
        self._calls = Calls()
        self.shared: dict[Any, Any] = {}
        self.left: dict[int, int] = {}
        self.sized: dict[int, Any] = {}
        self._draws()
        nodes = {event.id: event for event in tape.events if isinstance(event, Node) and event.id in tape.operands}
        kept = {i: node.inputs for i, node in nodes.items()}
        for i, node in nodes.items():
            node.inputs = tape.operands[i]
        try:
            for event in tape.events if events is None else events:
                if isinstance(event, Change):
                    self._moved(event.leaf, event.node)
                elif isinstance(event, Update):
                    self._updated(event)
                else:
                    self._node(event)
        finally:
            for i, node in nodes.items():
                node.inputs = kept[i]

    def _draws(self) -> None:
        """Feed random draws, in the order in which the generators gave them."""
        for draw in self.tape.draws.values():
            self.shared["draw", id(draw)] = self._fed(lambda _given, draw=draw: draw())  # type: ignore[misc]

    def place(self, node: Node) -> Any:
        """The place of an output: a view, a number, or (a cell,)."""
        node = self.resolved(node)
        found: Any = self._views.get(node.id)
        if found is None:
            found = self._scalars.get(node.id)
        return (self.cell(node),) if found is None else found

    # The place of a value: a view of the interpreter's memory, a place among its numbers, or a cell that Python holds

    def resolved(self, x: Node) -> Node:
        """The node that a leaf stands for now."""
        while x.op is None and id(x.value) not in self.tape.draws:
            inside = x.id >= self.tape.start
            found = self.tape.made.get(id(x.value)) if inside and isinstance(x.value, np.ndarray) else None
            if found is None or _passes_on(found, x):
                found = self.version.get(x.id)
            if found is None and inside:
                found = alias(x)
            if found is None or found.id == x.id:
                break
            x = found
        return x

    def view(self, x: Node) -> View:
        """A node's value in the interpreter's memory."""
        x = self.resolved(x)
        found = self._views.get(x.id)
        if found is None:
            shape = np.shape(x.value)
            cell = self.cell(x)
            if ("loaded", cell) not in self.shared:
                self.shared["loaded", cell] = whole(Buffer(prod(shape), cell if prod(shape) > LARGE else None), shape)
                self.instructions.append(Load(cell, self.shared["loaded", cell]))
            found = self._views[x.id] = self.shared["loaded", cell]
        return found

    def scalar(self, x: Node) -> int:
        """A node's value among the numbers."""
        x = self.resolved(x)
        found = self._scalars.get(x.id)
        if found is None:
            found = self._scalars[x.id] = self.new_number()
            self.instructions.append(Load(self.cell(x), found))
        return found

    def cell(self, x: Node) -> int:
        """A node's value where Python holds it."""
        x = self.resolved(x)
        found = self._cells.get(x.id)
        if found is None:
            if x.op is None or x.id < self.tape.start:
                found = self._leaf(x)
            else:
                found = self.new_cell()
                if x.id in self._views:
                    view = self._views[x.id]
                    if view.buffer.cell is not None:  # a view of an array that is not the program's own
                        view = self._views[x.id] = self.copied(view)
                    self.shown[found] = view
                elif x.id in self._scalars:
                    self.instructions.append(Store(self._scalars[x.id], found))
            self._cells[x.id] = found
        return found

    def new_cell(self) -> int:
        """A new place among the values that Python holds."""
        self.cells += 1
        return self.cells - 1

    def new_cell_of(self, node: Node) -> int:
        """A new cell, for a node's value."""
        self._cells[node.id] = self.new_cell()
        return self._cells[node.id]

    def new_number(self) -> int:
        """A new place among the numbers."""
        self.numbers += 1
        return self.numbers - 1

    def _fed(self, give: Callable[[Any], Any]) -> int:
        cell = self.new_cell()
        self.feeds.append((cell, give))
        return cell

    def _leaf(self, x: Node) -> int:
        tape = self.tape
        draw = tape.draws.get(id(x.value))
        if draw is not None:
            return self.shared["draw", id(draw)]  # type: ignore[no-any-return]
        if x.id in tape.given:
            place = tape.given[x.id]
            return self._fed(lambda given: given[place].value)
        if x.id in tape.live:
            optimizer, group = tape.live[x.id]
            rate = ("rate", id(optimizer), group)  # one for all the parameters of the group
            if rate not in self.shared:
                self.shared[rate] = self._fed(lambda _given: float(optimizer.settings(group)["lr"]))
            return self.shared[rate]  # type: ignore[no-any-return]
        if x.id in tape.numbers:
            again = tape.numbers[x.id]
            return self._fed(lambda _given: again())
        if x.id in tape.gradients:
            leaf = tape.gradients[x.id]
            own = tape.given.get(leaf.id)
            return self._fed(lambda given: _gradient(leaf if own is None else given[own]))
        if x.id < tape.start:
            leaf = tape.handles.get(x.id, x)
            cell = self.new_cell()
            self.standing.append((cell, leaf))
            return cell
        value = x.value
        return self._fed(lambda _given: value)

    def constant_number(self, value: float) -> int:
        """The place of a number that stays the same."""
        key = ("number", repr(value))
        if key not in self.shared:
            self.shared[key] = self.new_number()
            self.constants.append((self.shared[key], value))
        return self.shared[key]  # type: ignore[no-any-return]

    def constant(self, value: float, shape: tuple[int, ...]) -> View:
        """A view of one number that stays the same, in every place of a shape."""
        key = ("constant", repr(value))
        if key not in self.shared:
            self.shared[key] = whole(Buffer(1), ())
            self.constants.append((self.shared[key], value))
        return broadcast(self.shared[key], shape)

    def copied(self, view: View) -> View:
        """A contiguous view of the same elements, in memory of the program's own."""
        key = ("copied", view.buffer, view.offset, view.steps)
        if key not in self.shared:
            self.shared[key] = Buffer(prod(view.shape))
            self.instructions.append(Copy(whole(self.shared[key], view.shape), view))
        return whole(self.shared[key], view.shape)

    # Events

    def _moved(self, leaf: Node, node: Node) -> None:
        self.version[leaf.id] = node
        self.leaves[leaf.id] = leaf

    def _updated(self, event: Update) -> None:
        """Call an optimizer that keeps a state of its own."""
        parameter, gradient, out = self.cell(event.parameter), self.cell(event.gradient), self.new_cell()
        optimizer, handle, group = event.optimizer, event.handle, event.group
        floats = event.parameter.value.__class__ is float

        def run(held: list[Any]) -> None:
            value, sent = np.asarray(held[parameter]), np.asarray(held[gradient])
            new = optimizer.advance(handle, value, sent, optimizer.settings(group))
            optimizer.keep_apart(handle, sent)  # the next call writes to the program's own memory
            held[out] = float(new) if floats else np.asarray(new)

        self.instructions.append(Call(run, (parameter, gradient), out, kept=True))
        moved = snapshot_of(event.parameter)
        moved.id, moved.op = -1 - len(self.instructions), CALLED
        moved.value = (
            0.0 if floats else np.empty_like(event.parameter.value)
        )  # of the same shape, for events that read it later
        self._cells[moved.id] = out
        for leaf in (event.parameter, *shown_by(event.parameter)):
            self._moved(leaf, moved)

    def _node(self, node: Node) -> None:
        op, value = node.op, node.value
        if op is STANDING:
            self._cells[node.id] = self.cell(node.inputs[0])  # type: ignore[arg-type]
            return
        if lower_expression(self, node):
            return
        if not (self.takes(value) and plain(node) and RULES.get(op.name, no_rule)(self, node)):  # type: ignore[union-attr]
            self.call(node)

    def call(self, node: Node) -> None:
        """Leave an operation to its own function."""
        self._calls.lower(self, node)

    def takes(self, value: Any) -> bool:
        """Whether the interpreter can compute on arrays like this one."""
        return isinstance(value, np.ndarray) and value.dtype == self.dtype and value.size > 0

    def is_read(self, of: Node, position: int, x: Node) -> bool:
        """Whether going back through an operation needs a value; of a large one that it does not read the shape is enough.

        That shape is looked at when the value is computed.
        """
        x = self.resolved(x)
        value = x.value
        if x.op is None or x.id < self.tape.start or value.__class__ is not np.ndarray or value.dtype.kind != "f":
            return True
        if value.size <= LARGE or self._calls.takes(self, of, position):
            return True
        if x.id not in self._views:
            self.sized[self.cell(x)] = value.shape
        return False

    def left_by(self, of: Node) -> int | None:
        """The cell of the values that a composite saved for its backward pass in another program."""
        return None

    # Building blocks of rules, expressions and calls

    def keep(self, node: Node, view: View) -> bool:
        """Enter this view as a node's value."""
        self._views[node.id] = view
        return True

    def keep_number(self, node: Node, number: int) -> None:
        """Enter this number as a node's value."""
        self._scalars[node.id] = number

    def packed(self, view: View) -> View:
        """The same elements, contiguous."""
        return view if view.contiguous else self.copied(view)

    def added(self, view: View, dims: tuple[int, ...]) -> View:
        """Sums over some dimensions, which stay with length 1."""
        done: list[int] = []
        for dim in sorted(dims, reverse=True):
            if view.shape[dim] == 1:
                continue
            last = dim
            while dim - 1 in dims and dim - 1 not in done:
                dim -= 1
            if done and dim >= done[-1]:
                continue
            done.append(dim)
            view = self.packed(view)
            shape = view.shape
            three = (prod(shape[:dim]), prod(shape[dim : last + 1]), prod(shape[last + 1 :]))
            key = ("sum", view, three)
            if key not in self.shared:
                self.shared[key] = Buffer(three[0] * three[2])
                out = whole(self.shared[key], (three[0], three[2]))
                self.instructions.append(Sum(out, View(view.buffer, view.offset, three, steps_of(three))))
            sides = tuple(1 if dim <= i <= last else side for i, side in enumerate(shape))
            view = whole(self.shared[key], sides)
        return view

    def multiplied(self, a: View, b: View) -> View:
        """Products of matrices of equally many, (count, m, k) by (count, k, n)."""
        a, b = self._matrix(a), self._matrix(b)
        key = ("product", a, b)
        if key not in self.shared:
            shape = (a.shape[0], a.shape[1], b.shape[2])
            self.shared[key] = out = whole(Buffer(prod(shape)), shape)
            self.instructions.append(Product(out, a, b))
        return self.shared[key]  # type: ignore[no-any-return]

    def _matrix(self, view: View) -> View:
        across = turned(view)
        if view.contiguous or across.contiguous:
            return view
        return turned(self.copied(across)) if view.strides[-2] == 1 else self.copied(view)

    def filled(self, value: float, shape: tuple[int, ...]) -> View:
        """A new buffer filled with one number just before it is next written to; an element-wise instruction would run too early."""
        out = whole(Buffer(prod(shape)), shape)
        self.instructions.append(Copy(out, self.constant(value, shape)))
        return out

    def elements(self, opcode: str, *arguments: View | float) -> View:
        """An element-wise instruction on views of one shape and numbers."""
        shape = next(a.shape for a in arguments if isinstance(a, View))
        given = tuple(a if isinstance(a, View) else self.constant(a, shape) for a in arguments)
        key = (opcode, given)
        if key not in self.shared:
            self.shared[key] = out = whole(Buffer(prod(shape)), shape)
            self.instructions.append(Element(opcode, out, given))
        return self.shared[key]  # type: ignore[no-any-return]


def _gradient(leaf: Node) -> Any:
    gradient = leaf.gradient
    return gradient.current.value if isinstance(gradient, Node) else gradient


def _passes_on(node: Node, x: Node) -> bool:
    """Whether an operation took a leaf and gave its very array: the leaf was there first."""
    return any(
        isinstance(y, Node) and (y.id == x.id or (isinstance(y, Bundle) and _passes_on(y, x))) for y in node.inputs
    )


def _dtype_of(tape: Recording) -> np.dtype[Any]:
    """The dtype of most float arrays of the tape."""
    counts: dict[Any, int] = {}
    for event in tape.events:
        if isinstance(event, Node) and isinstance(event.value, np.ndarray) and event.value.dtype.char in "fd":
            counts[event.value.dtype] = counts.get(event.value.dtype, 0) + 1
    return max(counts, key=lambda each: counts[each], default=np.dtype(np.float64))


def _saved_and_read(events: Iterable[Any]) -> set[int]:
    """Ids of the composites whose saved values a later computation of the step reads."""
    operands: Iterable[Any] = (x for event in events if isinstance(event, Node) for x in event.inputs)
    return {x.of.id for x in operands if isinstance(x, Saved)}
