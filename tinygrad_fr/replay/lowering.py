"""Operations as instructions: what the interpreter does itself, and what stays a call of the operation.

An element-wise operation is lowered by its own text, so what is said as text is fused the day it is written. Moving
elements (reshape, transpose, expand, slices) costs nothing: it is another view of the same buffer.
"""

from __future__ import annotations

import ast
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tinygrad_fr.expression.vocabulary import OPERATORS
from tinygrad_fr.kernels.interpreter import OPCODES
from tinygrad_fr.kernels.runtime.constant_folding import folded
from tinygrad_fr.ops.definition import Composite, Elementwise
from tinygrad_fr.ops.definition.structured import Structured, select
from tinygrad_fr.record.accelerator import materialized
from tinygrad_fr.record.node import NO_ATTRS, Bundle, Node
from tinygrad_fr.replay.instructions import (
    Buffer,
    Call,
    Copy,
    Element,
    Instruction,
    Load,
    Number,
    Product,
    Store,
    Sum,
    View,
    broadcast,
    steps_of,
    turned,
    whole,
)
from tinygrad_fr.replay.rules import RULES, no_rule
from tinygrad_fr.replay.tape import CALLED, STANDING, Change, Partial, Question, Recording, Update, plain
from tinygrad_fr.source.reads import values_read
from tinygrad_fr.views import alias, shown_by

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

LARGE = 8192  # numbers: under so many, copying an array costs less than asking where it lies


class Lowering:
    """A tape as instructions.

    Attributes:
        instructions: in the tape's order.
        feeds: cell → what gives its value before each run, from the step's arguments.
        standing: cell → the leaf that the step reaches by itself, whose value it gets before each run.
        shown: cell → the view of the program's memory that Python sees there.
        constants: what a view or a number holds for ever.
        cells: how many values Python holds.
        numbers: how many single numbers there are.
        version: id of a leaf → the node whose value it takes.
        leaves: id → leaf, of those that change.
        sized: cell of a call's result → the shape that it has to have, where it is known instead of the result.
        left: id of a composite → the cell of what it leaves for its backward pass, of those that are asked for.

    Args:
        tape: a recorded call.
        events: those of its events that are lowered, all by default.
        saving: ids of composites whose backward pass is another program's.
    """

    def __init__(self, tape: Recording, events: Sequence[Any] | None = None, saving: Collection[int] = ()) -> None:
        self.tape = tape
        self.dtype = _dtype_of(tape)
        self.saving = saving
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
        self._snapshots: dict[int, Node] = {}
        self._borrowed: dict[int, dict[str, Any]] = {}  # id of a node → attributes whose nodes are cells
        self._latest_vjps: dict[int, list[bool]] = {}  # id of a snapshot → whether the latest VJP of it is the last
        self._shared: dict[Any, Any] = {}
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
            self._shared["draw", id(draw)] = self._fed(lambda _given, draw=draw: draw())  # type: ignore[misc]

    def place(self, node: Node) -> Any:
        """Where an output is: a view, a number, or (a cell,)."""
        node = self.resolved(node)
        found: Any = self._views.get(node.id)
        if found is None:
            found = self._scalars.get(node.id)
        return (self.cell(node),) if found is None else found

    # Where a value is: a view of the interpreter's memory, a place among its numbers, or a cell of Python's

    def resolved(self, x: Node) -> Node:
        """The node that a leaf stands for now."""
        while x.op is None and id(x.value) not in self.tape.draws:
            inside = x.id >= self.tape.start
            found = self.tape.made.get(id(x.value)) if inside and isinstance(x.value, np.ndarray) else None
            if found is None:
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
            if ("loaded", cell) not in self._shared:
                self._shared["loaded", cell] = whole(Buffer(prod(shape), cell if prod(shape) > LARGE else None), shape)
                self.instructions.append(Load(cell, self._shared["loaded", cell]))
            found = self._views[x.id] = self._shared["loaded", cell]
        return found

    def scalar(self, x: Node) -> int:
        """A node's value among the numbers."""
        x = self.resolved(x)
        found = self._scalars.get(x.id)
        if found is None:
            found = self._scalars[x.id] = self._number()
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
                found = self._cell()
                if x.id in self._views:
                    view = self._views[x.id]
                    if view.buffer.cell is not None:  # a view of an array that is not the program's own
                        view = self._views[x.id] = self.copied(view)
                    self.shown[found] = view
                elif x.id in self._scalars:
                    self.instructions.append(Store(self._scalars[x.id], found))
            self._cells[x.id] = found
        return found

    def _cell(self) -> int:
        self.cells += 1
        return self.cells - 1

    def _number(self) -> int:
        self.numbers += 1
        return self.numbers - 1

    def _fed(self, give: Callable[[Any], Any]) -> int:
        cell = self._cell()
        self.feeds.append((cell, give))
        return cell

    def _leaf(self, x: Node) -> int:
        tape = self.tape
        draw = tape.draws.get(id(x.value))
        if draw is not None:
            return self._shared["draw", id(draw)]  # type: ignore[no-any-return]
        if x.id in tape.given:
            place = tape.given[x.id]
            return self._fed(lambda given: given[place].value)
        if x.id in tape.live:
            optimizer, group = tape.live[x.id]
            rate = ("rate", id(optimizer), group)  # one for all the parameters of the group
            if rate not in self._shared:
                self._shared[rate] = self._fed(lambda _given: float(optimizer.settings(group)["lr"]))
            return self._shared[rate]  # type: ignore[no-any-return]
        if x.id in tape.numbers:
            again = tape.numbers[x.id]
            return self._fed(lambda _given: again())
        if x.id in tape.gradients:
            leaf = tape.gradients[x.id]
            own = tape.given.get(leaf.id)
            return self._fed(lambda given: _gradient(leaf if own is None else given[own]))
        if x.id < tape.start:
            leaf = tape.handles.get(x.id, x)
            cell = self._cell()
            self.standing.append((cell, leaf))
            return cell
        value = x.value
        return self._fed(lambda _given: value)

    def _constant_number(self, value: float) -> int:
        key = ("number", repr(value))
        if key not in self._shared:
            self._shared[key] = self._number()
            self.constants.append((self._shared[key], value))
        return self._shared[key]  # type: ignore[no-any-return]

    def _constant(self, value: float, shape: tuple[int, ...]) -> View:
        key = ("constant", repr(value))
        if key not in self._shared:
            self._shared[key] = whole(Buffer(1), ())
            self.constants.append((self._shared[key], value))
        return broadcast(self._shared[key], shape)

    def copied(self, view: View) -> View:
        """A contiguous view of the same elements, in memory of the program's own."""
        key = ("copied", view.buffer, view.offset, view.steps)
        if key not in self._shared:
            self._shared[key] = Buffer(prod(view.shape))
            self.instructions.append(Copy(whole(self._shared[key], view.shape), view))
        return whole(self._shared[key], view.shape)

    # Events

    def _moved(self, leaf: Node, node: Node) -> None:
        self.version[leaf.id] = node
        self.leaves[leaf.id] = leaf

    def _updated(self, event: Update) -> None:
        """Call an optimizer that has a memory of its own."""
        parameter, gradient, out = self.cell(event.parameter), self.cell(event.gradient), self._cell()
        optimizer, handle, group = event.optimizer, event.handle, event.group
        floats = event.parameter.value.__class__ is float

        def run(held: list[Any]) -> None:
            value, sent = np.asarray(held[parameter]), np.asarray(held[gradient])
            new = optimizer.advance(handle, value, sent, optimizer.settings(group))
            optimizer.keep_apart(handle, sent)  # the next call writes to the program's own memory
            held[out] = float(new) if floats else np.asarray(new)

        self.instructions.append(Call(run, (parameter, gradient), out, kept=True))
        moved = _snapshot(event.parameter)
        moved.id, moved.op = -1 - len(self.instructions), CALLED
        moved.value = 0.0 if floats else np.empty_like(event.parameter.value)  # of its shape, for what reads it later
        self._cells[moved.id] = out
        for leaf in (event.parameter, *shown_by(event.parameter)):
            self._moved(leaf, moved)

    def _node(self, node: Node) -> None:
        op, value = node.op, node.value
        if op is STANDING:
            self._cells[node.id] = self.cell(node.inputs[0])  # type: ignore[arg-type]
            return
        tree = (
            op.expression.tree if isinstance(op, Partial) else op.forward.tree if isinstance(op, Elementwise) else None
        )
        if tree is not None:
            tree = folded(tree, {name: float(x) for name, x in _values(node).items() if isinstance(x, float | int)})
        if tree is not None and self._has_opcodes(node, tree):
            self._expression(node, tree)
        elif not (self.takes(value) and plain(node) and RULES.get(op.name, no_rule)(self, node)):  # type: ignore[union-attr]
            self._called(node)

    def takes(self, value: Any) -> bool:
        """Whether the program computes on arrays like this one itself."""
        return isinstance(value, np.ndarray) and value.dtype == self.dtype and value.size > 0

    # Element-wise, on arrays and on numbers

    def _has_opcodes(self, node: Node, tree: ast.expr) -> bool:
        """Whether the interpreter has an opcode for every part of an expression, and what it reads."""
        floats = node.value.__class__ is float
        if not floats and not self.takes(node.value):
            return False
        for x in node.inputs:
            if not isinstance(x, Node) or x.value.__class__ is float or x.value.__class__ is int:
                continue
            if floats or not self.takes(x.value):
                return False
        return _has_opcodes(tree) and all(isinstance(v, float | int) for v in node.attrs.values())

    def _expression(self, node: Node, tree: ast.expr) -> None:
        walk = self._of_number if node.value.__class__ is float else self._of_array
        walk(node, tree, _values(node))

    def _of_array(self, node: Node, tree: ast.expr, values: dict[str, Any]) -> None:
        shape = node.value.shape

        def constant(value: float) -> View:
            return self._constant(value, shape)

        def emit(opcode: str, arguments: tuple[View, ...]) -> View:
            if opcode == "le":  # of a ReLU's operand: its result says the same, and is kept anyway
                arguments = (self._shared.get(("maximum", arguments), arguments[0]), arguments[1])
            key = (opcode, arguments)
            if key not in self._shared:
                self._shared[key] = out = whole(Buffer(prod(shape)), shape)
                self.instructions.append(Element(opcode, out, arguments))
            return self._shared[key]  # type: ignore[no-any-return]

        def read(x: Any) -> View:
            return broadcast(self.view(x), shape) if isinstance(x, Node) else constant(float(x))

        self._views[node.id] = _walk(tree, {name: (lambda x=x: read(x)) for name, x in values.items()}, constant, emit)

    def _of_number(self, node: Node, tree: ast.expr, values: dict[str, Any]) -> None:
        def emit(opcode: str, arguments: tuple[int, ...]) -> int:
            key = (opcode, arguments)
            if key not in self._shared:
                self._shared[key] = out = self._number()
                self.instructions.append(Number(opcode, out, arguments))
            return self._shared[key]  # type: ignore[no-any-return]

        def read(x: Any) -> int:
            return self.scalar(x) if isinstance(x, Node) else self._constant_number(float(x))

        names = {name: (lambda x=x: read(x)) for name, x in values.items()}
        self._scalars[node.id] = _walk(tree, names, self._constant_number, emit)

    # Calls

    def _called(self, node: Node) -> None:
        """Leave an operation to its own function."""
        nodes = [x for x in node.inputs if isinstance(x, Node)]
        if node.op is CALLED:
            of: Node = node.attrs["of"]
            nodes += [
                x for i, x in ((-1, of), *enumerate(of.inputs)) if isinstance(x, Node) and self._is_read(of, i, x)
            ]
        cells = {id(x): self.cell(x) for x in nodes}
        fresh = self._attributes(node.attrs["of"] if node.op is CALLED else node)
        out = self._cells[node.id] = self._cell()
        run = self._backward(node, cells, out) if node.op is CALLED else self._forward(node, cells, out)
        reads = (*cells.values(), *fresh)
        self.instructions.append(Call(run, reads, out, kept=isinstance(node.op, Question) or node.id in self.saving))

    def _attributes(self, node: Node) -> list[int]:
        """Find the cells of the arrays among a node's attributes, as they were when it ran."""
        found = self._borrowed.get(node.id)
        if found is None:

            def placed(value: Any) -> Any:
                if isinstance(value, Node):
                    return Cell(self.cell(value))
                return value.__class__([placed(part) for part in value]) if value.__class__ in (tuple, list) else value

            taken = self.tape.borrowed.get(node.id, {})
            found = self._borrowed[node.id] = {key: placed(value) for key, value in taken.items()}
        return _cells_of(tuple(found.values()))

    def _given(self, node: Node) -> Callable[[list[Any]], Mapping[str, Any]]:
        """What gives a node's attributes at each run."""
        attrs, fresh = node.attrs, self._borrowed.get(node.id)
        if not fresh:
            return lambda _held: attrs

        def filled(value: Any, held: list[Any]) -> Any:
            if value.__class__ is Cell:
                return held[value.place]
            if value.__class__ in (tuple, list):
                return value.__class__([filled(part, held) for part in value])
            return value

        return lambda held: {**attrs, **{key: filled(value, held) for key, value in fresh.items()}}

    def _forward(self, node: Node, cells: dict[int, int], out: int) -> Callable[[list[Any]], None]:
        op, attrs, given = node.op, node.attrs, self._given(node)
        places = [(cells[id(x)], None) if isinstance(x, Node) else (None, x) for x in node.inputs]

        def values(held: list[Any]) -> list[Any]:
            return [x if cell is None else held[cell] for cell, x in places]

        if op is select:
            (bundle, _none), index = places[0], attrs["index"]

            def selected(held: list[Any]) -> None:
                held[out] = held[bundle][index]  # type: ignore[index]

            return selected
        if isinstance(op, Composite):
            snapshot, read_back = self._snapshot(node), self._latest_vjps
            left = self.left[node.id] = self._cell() if node.id in self.saving else -1

            def composite(held: list[Any]) -> None:
                held[out], saved = op.compute(tuple(values(held)), given(held), kept=False)
                if left >= 0:
                    held[left] = saved
                if saved is not None and id(snapshot) in read_back:
                    snapshot.extra.saved = saved

            return composite
        if isinstance(op, Partial | Elementwise):
            function: Any = (
                op.of_floats
                if node.value.__class__ is float
                else op.call
                if isinstance(op, Elementwise)
                else op.of_arrays
            )

            def elementwise(held: list[Any]) -> None:
                found = function(*values(held), **given(held))
                held[out] = found if found.__class__ is float else np.asarray(found)

            return elementwise
        compute: Any = op._compute  # type: ignore[union-attr]

        def structured(held: list[Any]) -> None:
            found = compute(values(held), given(held))
            held[out] = np.asarray(found) if isinstance(found, np.generic) else found

        return structured

    def _backward(self, node: Node, cells: dict[int, int], out: int) -> Callable[[list[Any]], None]:
        """Let the operation send back what it sends in an eager step, on a snapshot of its node."""
        of: Node = node.attrs["of"]
        snapshot, kept, several = self._snapshot(of), node.attrs["kept"], isinstance(of, Bundle)
        parts = [None if x is None else cells[id(x)] for x in node.inputs]
        own, attributes, left = cells.get(id(of)), self._given(of), self._left(of)
        shape = None if own is not None else _stand_in(of.value)
        if id(snapshot) in self._latest_vjps:
            self._latest_vjps[id(snapshot)][0] = False
        last = self._latest_vjps[id(snapshot)] = [True]
        inputs: list[tuple[Any, int]] = []
        stand_ins: list[tuple[Node, Any]] = []
        for x, y in zip(snapshot.inputs, of.inputs, strict=True):
            if isinstance(x, Node) and isinstance(y, Node):
                if id(y) in cells:
                    inputs.append((x, cells[id(y)]))
                else:
                    stand_ins.append((x, _stand_in(y.value)))

        def run(held: list[Any]) -> None:
            snapshot.value = shape if own is None else held[own]
            for x, cell in inputs:
                x.value = held[cell]
            for x, value in stand_ins:
                x.value = value
            snapshot.attrs = attributes(held)
            if left is not None:
                snapshot.extra.saved = held[left]
            given = tuple(None if cell is None else held[cell] for cell in parts)
            sent = snapshot.op.vjp(snapshot, given if several else given[0])  # type: ignore[union-attr]
            found = [materialized(sent[i]) for i in kept]
            held[out] = tuple([np.asarray(each) if isinstance(each, np.generic) else each for each in found])
            snapshot.value = None
            snapshot.attrs = NO_ATTRS
            for x, _cell in inputs:
                x.value = None
            if last[0]:
                snapshot.rare = None

        return run

    def _is_read(self, of: Node, position: int, x: Node) -> bool:
        """Whether going back through an operation needs a value; of a large one that it does not read the shape is enough.

        That shape is looked at when the value is computed.
        """
        x = self.resolved(x)
        value = x.value
        if x.op is None or x.id < self.tape.start or value.__class__ is not np.ndarray or value.dtype.kind != "f":
            return True
        if value.size <= LARGE or not isinstance(of.op, Structured | Composite) or _takes_value(of, position):
            return True
        if x.id not in self._views:
            self.sized[self.cell(x)] = value.shape
        return False

    def _left(self, of: Node) -> int | None:
        """The cell of what a composite left for its backward pass, where another program did it."""
        return None

    def _snapshot(self, node: Node) -> Node:
        """A node of the program's own, with inputs of its own, from which its backward pass starts."""
        found = self._snapshots.get(node.id)
        if found is None:
            found = self._snapshots[node.id] = _snapshot(node)
            found.inputs = tuple(_snapshot(x) if isinstance(x, Node) else x for x in node.inputs)
        return found

    # What the rules are made of

    def keep(self, node: Node, view: View) -> bool:
        """A node's value is this view."""
        self._views[node.id] = view
        return True

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
            if key not in self._shared:
                self._shared[key] = Buffer(three[0] * three[2])
                out = whole(self._shared[key], (three[0], three[2]))
                self.instructions.append(Sum(out, View(view.buffer, view.offset, three, steps_of(three))))
            sides = tuple(1 if dim <= i <= last else side for i, side in enumerate(shape))
            view = whole(self._shared[key], sides)
        return view

    def multiplied(self, a: View, b: View) -> View:
        """Products of matrices of equally many, (count, m, k) by (count, k, n)."""
        a, b = self._matrix(a), self._matrix(b)
        key = ("product", a, b)
        if key not in self._shared:
            shape = (a.shape[0], a.shape[1], b.shape[2])
            self._shared[key] = out = whole(Buffer(prod(shape)), shape)
            self.instructions.append(Product(out, a, b))
        return self._shared[key]  # type: ignore[no-any-return]

    def _matrix(self, view: View) -> View:
        across = turned(view)
        if view.contiguous or across.contiguous:
            return view
        return turned(self.copied(across)) if view.strides[-2] == 1 else self.copied(view)

    def filled(self, value: float, shape: tuple[int, ...]) -> View:
        """New room with one number everywhere, when it is written to next: an element-wise instruction would be done as early as it can."""
        out = whole(Buffer(prod(shape)), shape)
        self.instructions.append(Copy(out, self._constant(value, shape)))
        return out

    def elements(self, opcode: str, *arguments: View | float) -> View:
        """An element-wise instruction on views of one shape and numbers."""
        shape = next(a.shape for a in arguments if isinstance(a, View))
        given = tuple(a if isinstance(a, View) else self._constant(a, shape) for a in arguments)
        key = (opcode, given)
        if key not in self._shared:
            self._shared[key] = out = whole(Buffer(prod(shape)), shape)
            self.instructions.append(Element(opcode, out, given))
        return self._shared[key]  # type: ignore[no-any-return]


class Cell(NamedTuple):
    """Where an array of an attribute is."""

    place: int


def _cells_of(value: Any) -> list[int]:
    """The cells among the parts of attributes."""
    if value.__class__ is Cell:
        return [value.place]
    return [cell for part in value for cell in _cells_of(part)] if value.__class__ in (tuple, list) else []


def _takes_value(node: Node, position: int) -> bool:
    """Whether an operation's derivative, as it is written, takes more of an input than its shape, or of the result for -1."""
    op: Any = node.op
    if isinstance(op, Composite):
        return op.reads_value(node, position)
    place = 1 if position < 0 else 2 if op.signature.variadic else 2 + position  # after g and y
    asked = (op.whole,) if op.whole else [sends for i, sends in enumerate(op.senders) if node.needs >> i & 1]
    found = [values_read(derivative) for derivative in asked if derivative is not None]
    return any(places is None or place in places for places in found)


def _stand_in(value: Any) -> Any:
    """What has the shape and dtype of an array, and shows who reads it."""
    return np.broadcast_to(np.array(np.nan, value.dtype), value.shape)


def _gradient(leaf: Node) -> Any:
    gradient = leaf.gradient
    return gradient.current.value if isinstance(gradient, Node) else gradient


def _snapshot(node: Node) -> Node:
    snapshot: Node = object.__new__(type(node))
    for name in Node.__slots__:
        if name != "__weakref__":
            setattr(snapshot, name, getattr(node, name))
    snapshot.rare = snapshot.value = snapshot._grad = None  # which each run gives
    snapshot.inputs = ()  # through which everything that was recorded would live on
    return snapshot


def _dtype_of(tape: Recording) -> np.dtype[Any]:
    """The dtype of most float arrays of the tape."""
    counts: dict[Any, int] = {}
    for event in tape.events:
        if isinstance(event, Node) and isinstance(event.value, np.ndarray) and event.value.dtype.char in "fd":
            counts[event.value.dtype] = counts.get(event.value.dtype, 0) + 1
    return max(counts, key=lambda each: counts[each], default=np.dtype(np.float64))


# An expression, opcode by opcode


def _values(node: Node) -> dict[str, Any]:
    """What the names of an element-wise operation's expression stand for."""
    return {**node.attrs, **dict(zip(node.op.inputs, node.inputs, strict=True))}  # type: ignore[union-attr]


def _has_opcodes(tree: ast.AST) -> bool:
    """Whether the interpreter has an opcode for every part of an expression."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) not in OPCODES:
            return False
        if isinstance(node, ast.operator | ast.cmpop) and type(node) not in OPERATORS:
            return False
        if isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.USub):
            return False
    return True


def _walk(tree: ast.expr, names: Any, constant: Any, emit: Any) -> Any:
    def walk(node: ast.expr) -> Any:
        match node:
            case ast.Constant(value):
                return constant(float(value))  # type: ignore[arg-type]
            case ast.Name(name):
                return names[name]()
            case ast.UnaryOp(ast.USub(), ast.Constant(value)):
                return constant(-float(value))  # type: ignore[arg-type]
            case ast.UnaryOp(_op, operand):
                return emit("neg", (walk(operand),))
            case ast.BinOp(left, ast.Pow(), ast.Constant(2)):
                return emit("square", (walk(left),))
            case ast.BinOp(left, operator, right):
                return emit(OPERATORS[type(operator)].opcode, (walk(left), walk(right)))
            case ast.Compare(left, [operator], [right]):
                return emit(OPERATORS[type(operator)].opcode, (walk(left), walk(right)))
            case ast.Call(ast.Name(name), arguments):
                return emit(name, tuple(walk(each) for each in arguments))
        raise ValueError(ast.unparse(node))

    return walk(tree)
