"""Operations as instructions: what the machine does itself, and what stays a call of the operation.

An element-wise operation is lowered by its own text, so what is said as text is fused the day it is written. Moving
elements (reshape, transpose, expand, slices) costs nothing: it is another view of the same buffer.
"""

from __future__ import annotations

import ast
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tinygrad_fr.expression.vocabulary import OPERATORS
from tinygrad_fr.kernels.machine import OPCODES
from tinygrad_fr.kernels.runtime.known import simplified
from tinygrad_fr.ops.definition import Composite, Elementwise
from tinygrad_fr.ops.definition.op import registry
from tinygrad_fr.ops.definition.structured import select
from tinygrad_fr.record.accelerator import materialized
from tinygrad_fr.record.node import NO_ATTRS, Bundle, Node
from tinygrad_fr.replay.tape import CALLED, STANDING, Change, Partial, Question, Recording, Update, plain
from tinygrad_fr.views import alias

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

LARGE = 8192  # numbers: under so many, copying an array costs less than asking where it lies


class Buffer:
    """Room for numbers of the program's dtype.

    Attributes:
        size: how many.
        cell: for an array that is not the program's own, where Python holds it.
    """

    __slots__ = ("cell", "size")

    def __init__(self, size: int, cell: int | None = None) -> None:
        self.size = size
        self.cell = cell


class View(NamedTuple):
    """A way to read a buffer."""

    buffer: Buffer
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]  # in numbers; 0 along dimensions of length 1

    @property
    def contiguous(self) -> bool:
        """Whether elements lie one after the other."""
        return self.strides == steps_of(self.shape)


def steps_of(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Strides of a contiguous array; 0 along dimensions of length 1."""
    strides, step = [], 1
    for side in reversed(shape):
        strides.append(step if side != 1 else 0)
        step *= side
    return tuple(reversed(strides))


def whole(buffer: Buffer, shape: tuple[int, ...]) -> View:
    """All of a buffer in a shape."""
    return View(buffer, 0, shape, steps_of(shape))


def broadcast(view: View, shape: tuple[int, ...]) -> View:
    """A view repeated to a shape."""
    lead = len(shape) - len(view.shape)
    return View(view.buffer, view.offset, shape, (0,) * lead + view.strides)


class Element(NamedTuple):
    """One word applied to each element of views of one shape."""

    word: str
    out: View
    arguments: tuple[View, ...]


class Product(NamedTuple):
    """Products of matrices: (count, m, k) by (count, k, n), each contiguous but for a transposition."""

    out: View
    a: View
    b: View


class Sum(NamedTuple):
    """Sums over the middle one of three dimensions."""

    out: View
    a: View


class Copy(NamedTuple):
    """Elements put elsewhere."""

    out: View
    a: View


class Number(NamedTuple):
    """One word applied to single numbers, by their places among the numbers."""

    word: str
    out: int
    arguments: tuple[int, ...]


class Call(NamedTuple):
    """Python's part: ``run`` reads some cells and writes one; ``kept`` even if nobody reads that one."""

    run: Callable[[list[Any]], None]
    reads: tuple[int, ...]
    out: int
    kept: bool = False


class Load(NamedTuple):
    """A cell's value where the machine reads it."""

    cell: int
    target: View | int


class Store(NamedTuple):
    """A single number where Python reads it."""

    number: int
    cell: int


Instruction = Element | Product | Sum | Copy | Number | Call | Load | Store


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
        left: id of a composite → the cell of what it leaves for its way back, of those that are asked for.

    Args:
        tape: a recorded call.
        events: those of its events that are lowered, all by default.
        saving: ids of composites whose way back is another program's.
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
        self._twins: dict[int, Node] = {}
        self._borrowed: dict[int, dict[str, Any]] = {}  # id of a node → attributes whose nodes are cells
        self._last_ways: dict[int, list[bool]] = {}  # id of a twin → whether the latest way back through it is the last
        self._shared: dict[Any, Any] = {}
        self.left: dict[int, int] = {}
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

    # Where a value is: a view of the machine's memory, a place among its numbers, or a cell of Python's

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
        """A node's value in the machine's memory."""
        x = self.resolved(x)
        found = self._views.get(x.id)
        if found is None:
            shape = np.shape(x.value)
            cell = self.cell(x)
            buffer = Buffer(prod(shape), cell if prod(shape) > LARGE else None)
            found = self._views[x.id] = whole(buffer, shape)
            self.instructions.append(Load(cell, found))
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
                        view = self._views[x.id] = self._copied(view)
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
                self._shared[rate] = self._fed(lambda _given: float(optimizer.param_groups[group]["lr"]))
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

    def _copied(self, view: View) -> View:
        """A contiguous view of the same elements, in memory of the program's own."""
        key = ("copied", view)
        if key not in self._shared:
            self._shared[key] = out = whole(Buffer(prod(view.shape)), view.shape)
            self.instructions.append(Copy(out, view))
        return self._shared[key]  # type: ignore[no-any-return]

    # Events

    def _moved(self, leaf: Node, node: Node) -> None:
        self.version[leaf.id] = node
        self.leaves[leaf.id] = leaf

    def _updated(self, event: Update) -> None:
        """Call an optimizer that has a memory of its own."""
        parameter, gradient, out = self.cell(event.parameter), self.cell(event.gradient), self._cell()
        optimizer, place, group = event.optimizer, event.place, event.group
        floats = event.parameter.value.__class__ is float

        def run(held: list[Any]) -> None:
            state = optimizer.state.setdefault(place, {})
            value, sent = np.asarray(held[parameter]), np.asarray(held[gradient])
            new = optimizer.update(value, sent, state, optimizer.param_groups[group])
            held[out] = float(new) if floats else np.asarray(new)

        self.instructions.append(Call(run, (parameter, gradient), out, kept=True))
        moved = _twin(event.parameter)
        moved.id, moved.op = -1 - len(self.instructions), CALLED
        self._cells[moved.id] = out
        self._moved(event.parameter, moved)

    def _node(self, node: Node) -> None:
        op, value = node.op, node.value
        if op is STANDING:
            self._cells[node.id] = self.cell(node.inputs[0])  # type: ignore[arg-type]
            return
        tree = (
            op.expression.tree if isinstance(op, Partial) else op.forward.tree if isinstance(op, Elementwise) else None
        )
        if tree is not None:
            tree = simplified(tree, {name: float(x) for name, x in _values(node).items() if isinstance(x, float | int)})
        if tree is not None and self._spoken(node, tree):
            self._expression(node, tree)
        elif not (self._machines(value) and plain(node) and _RULES.get(op.name, _none)(self, node)):  # type: ignore[union-attr]
            self._called(node)

    def _machines(self, value: Any) -> bool:
        return isinstance(value, np.ndarray) and value.dtype == self.dtype and value.size > 0

    # Element-wise, on arrays and on numbers

    def _spoken(self, node: Node, tree: ast.expr) -> bool:
        """Whether the machine has every word of an expression, and what it reads."""
        floats = node.value.__class__ is float
        if not floats and not self._machines(node.value):
            return False
        for x in node.inputs:
            if not isinstance(x, Node) or x.value.__class__ is float or x.value.__class__ is int:
                continue
            if floats or not self._machines(x.value):
                return False
        return _spoken(tree) and all(isinstance(v, float | int) for v in node.attrs.values())

    def _expression(self, node: Node, tree: ast.expr) -> None:
        walk = self._of_number if node.value.__class__ is float else self._of_array
        walk(node, tree, _values(node))

    def _of_array(self, node: Node, tree: ast.expr, values: dict[str, Any]) -> None:
        shape = node.value.shape

        def constant(value: float) -> View:
            return self._constant(value, shape)

        def emit(word: str, arguments: tuple[View, ...]) -> View:
            key = (word, arguments)
            if key not in self._shared:
                self._shared[key] = out = whole(Buffer(prod(shape)), shape)
                self.instructions.append(Element(word, out, arguments))
            return self._shared[key]  # type: ignore[no-any-return]

        def read(x: Any) -> View:
            return broadcast(self.view(x), shape) if isinstance(x, Node) else constant(float(x))

        self._views[node.id] = _walk(tree, {name: (lambda x=x: read(x)) for name, x in values.items()}, constant, emit)

    def _of_number(self, node: Node, tree: ast.expr, values: dict[str, Any]) -> None:
        def emit(word: str, arguments: tuple[int, ...]) -> int:
            key = (word, arguments)
            if key not in self._shared:
                self._shared[key] = out = self._number()
                self.instructions.append(Number(word, out, arguments))
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
            nodes += [of, *(x for x in of.inputs if isinstance(x, Node))]
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
            twin, ways = self._twin(node), self._last_ways
            left = self.left[node.id] = self._cell() if node.id in self.saving else -1

            def composite(held: list[Any]) -> None:
                held[out], saved = op.compute(tuple(values(held)), given(held), kept=False)
                if left >= 0:
                    held[left] = saved
                if saved is not None and id(twin) in ways:
                    twin.extra.saved = saved

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
        """Let the operation send back what it sends in an eager step, on a twin of its node."""
        of: Node = node.attrs["of"]
        twin, kept, several = self._twin(of), node.attrs["kept"], isinstance(of, Bundle)
        parts = [None if x is None else cells[id(x)] for x in node.inputs]
        own, attributes, left = cells[id(of)], self._given(of), self._left(of)
        if id(twin) in self._last_ways:
            self._last_ways[id(twin)][0] = False
        last = self._last_ways[id(twin)] = [True]
        inputs = [
            (x, cells[id(y)])
            for x, y in zip(twin.inputs, of.inputs, strict=True)
            if isinstance(x, Node) and isinstance(y, Node)
        ]

        def run(held: list[Any]) -> None:
            twin.value = held[own]
            for x, cell in inputs:
                x.value = held[cell]
            twin.attrs = attributes(held)
            if left is not None:
                twin.extra.saved = held[left]
            given = tuple(None if cell is None else held[cell] for cell in parts)
            sent = twin.op.vjp(twin, given if several else given[0])  # type: ignore[union-attr]
            found = [materialized(sent[i]) for i in kept]
            held[out] = tuple([np.asarray(each) if isinstance(each, np.generic) else each for each in found])
            twin.value = None
            twin.attrs = NO_ATTRS
            for x, _cell in inputs:
                x.value = None
            if last[0]:
                twin.rare = None

        return run

    def _left(self, of: Node) -> int | None:
        """The cell of what a composite left for its way back, where another program did it."""
        return None

    def _twin(self, node: Node) -> Node:
        """A node of the program's own, with inputs of its own, to go back from."""
        found = self._twins.get(node.id)
        if found is None:
            found = self._twins[node.id] = _twin(node)
            found.inputs = tuple(_twin(x) if isinstance(x, Node) else x for x in node.inputs)
        return found

    # What the rules are made of

    def keep(self, node: Node, view: View) -> bool:
        """A node's value is this view."""
        self._views[node.id] = view
        return True

    def packed(self, view: View) -> View:
        """The same elements, contiguous."""
        return view if view.contiguous else self._copied(view)

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
        return view if view.contiguous or turned(view).contiguous else self._copied(view)

    def filled(self, value: float, shape: tuple[int, ...]) -> View:
        """New room with one number everywhere."""
        out = whole(Buffer(prod(shape)), shape)
        self.instructions.append(Element("copy", out, (self._constant(value, shape),)))
        return out

    def words(self, word: str, *arguments: View | float) -> View:
        """An element-wise word on views of one shape and numbers."""
        shape = next(a.shape for a in arguments if isinstance(a, View))
        given = tuple(a if isinstance(a, View) else self._constant(a, shape) for a in arguments)
        key = (word, given)
        if key not in self._shared:
            self._shared[key] = out = whole(Buffer(prod(shape)), shape)
            self.instructions.append(Element(word, out, given))
        return self._shared[key]  # type: ignore[no-any-return]


class Cell(NamedTuple):
    """Where an array of an attribute is."""

    place: int


def _cells_of(value: Any) -> list[int]:
    """The cells among the parts of attributes."""
    if value.__class__ is Cell:
        return [value.place]
    return [cell for part in value for cell in _cells_of(part)] if value.__class__ in (tuple, list) else []


def _gradient(leaf: Node) -> Any:
    gradient = leaf.gradient
    return gradient.current.value if isinstance(gradient, Node) else gradient


def turned(view: View) -> View:
    """The last two dimensions exchanged."""
    shape, strides = view.shape, view.strides
    return View(
        view.buffer, view.offset, (*shape[:-2], shape[-1], shape[-2]), (*strides[:-2], strides[-1], strides[-2])
    )


def _twin(node: Node) -> Node:
    twin: Node = object.__new__(type(node))
    for name in Node.__slots__:
        if name != "__weakref__":
            setattr(twin, name, getattr(node, name))
    twin.rare = twin.value = twin._grad = None  # which each run gives
    twin.inputs = ()  # through which everything that was recorded would live on
    return twin


def _dtype_of(tape: Recording) -> np.dtype[Any]:
    """The dtype of most float arrays of the tape."""
    counts: dict[Any, int] = {}
    for event in tape.events:
        if isinstance(event, Node) and isinstance(event.value, np.ndarray) and event.value.dtype.char in "fd":
            counts[event.value.dtype] = counts.get(event.value.dtype, 0) + 1
    return max(counts, key=lambda each: counts[each], default=np.dtype(np.float64))


# An expression, word by word


def _values(node: Node) -> dict[str, Any]:
    """What the names of an element-wise operation's expression stand for."""
    return {**node.attrs, **dict(zip(node.op.inputs, node.inputs, strict=True))}  # type: ignore[union-attr]


def _spoken(tree: ast.AST) -> bool:
    """Whether the machine has every word of an expression."""
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
            case ast.Call(ast.Name(word), arguments):
                return emit(word, tuple(walk(each) for each in arguments))
        raise ValueError(ast.unparse(node))

    return walk(tree)


# Operations that only move elements, add them up or multiply matrices


def _none(_lowering: Lowering, _node: Node) -> bool:
    return False


def _part(node: Node, ground: Any) -> Any:
    """What an operation that moves elements takes of an array: a view of it, where there is one."""
    if node.op is registry["getitem"]:
        return _chosen(ground, node.attrs["index"])
    return node.op.function(ground, **node.attrs)  # type: ignore[union-attr]


def _chosen(ground: Any, index: Any) -> Any:
    """A view by integers and slices; of one element too, which numpy gives as a number of its own otherwise."""
    parts = index if isinstance(index, tuple) else (index,)
    return ground[parts if any(part is Ellipsis for part in parts) else (*parts, Ellipsis)]


def _same_elements(lowering: Lowering, node: Node) -> bool:
    """Whatever numpy does without copying: the same elements in another order or shape."""
    x: Any = node.inputs[0]
    if not lowering._machines(x.value):
        return False
    view = lowering.view(x)
    size = 1 + sum((side - 1) * step for side, step in zip(view.shape, view.strides, strict=True))
    ground = np.empty(size, np.int8)
    dummy = np.lib.stride_tricks.as_strided(ground, view.shape, view.strides)
    found = _part(node, dummy)
    if not np.may_share_memory(found, ground):
        view = lowering._copied(view)
        ground = np.empty(view.shape, np.int8)
        found = _part(node, ground)
        if not np.may_share_memory(found, ground):
            return False
    start = found.__array_interface__["data"][0] - ground.__array_interface__["data"][0]
    strides = tuple(step if side != 1 else 0 for side, step in zip(found.shape, found.strides, strict=True))
    return lowering.keep(node, View(view.buffer, view.offset + start, found.shape, strides))


def _cast(lowering: Lowering, node: Node) -> bool:
    x: Any = node.inputs[0]
    return lowering._machines(x.value) and lowering.keep(node, lowering.view(x))


def _dims(node: Node) -> tuple[int, ...]:
    shape, dim = node.inputs[0].value.shape, node.attrs["dim"]  # type: ignore[union-attr]
    dims = range(len(shape)) if dim is None or dim == () else (dim,) if isinstance(dim, int) else dim
    return tuple(sorted({d % len(shape) for d in dims})) if shape else ()


def _sum(lowering: Lowering, node: Node) -> bool:
    x: Any = node.inputs[0]
    if not lowering._machines(x.value):
        return False
    view = lowering.added(lowering.view(x), _dims(node))
    if node.op.name == "mean":  # type: ignore[union-attr]
        view = lowering.words("div", view, x.value.size / node.value.size)
    return lowering.keep(
        node, View(view.buffer, view.offset, node.value.shape, steps_of(node.value.shape)) if view.contiguous else view
    )


def _sum_to(lowering: Lowering, node: Node) -> bool:
    x: Any = node.inputs[0]
    if not lowering._machines(x.value):
        return False
    shape, target = x.value.shape, node.value.shape
    lead = len(shape) - len(target)
    dims = tuple(i for i, side in enumerate(shape) if i < lead or (target[i - lead] == 1 and side != 1))
    view = lowering.added(lowering.view(x), dims) if dims else lowering.view(x)
    return lowering.keep(node, View(view.buffer, view.offset, target, view.strides[lead:]))


def _matmul(lowering: Lowering, node: Node) -> bool:
    a, b = (lowering.view(x) if isinstance(x, Node) and lowering._machines(x.value) else None for x in node.inputs)
    if a is None or b is None or len(a.shape) < 2 or len(b.shape) < 2:
        return False
    lead = node.value.shape[:-2]
    if len(b.shape) == 2 and len(a.shape) > 2:  # a stack by one matrix: one product of all its rows
        rows = lowering.packed(a)
        flat = View(
            rows.buffer,
            rows.offset,
            (1, prod(a.shape[:-1]), a.shape[-1]),
            steps_of((1, prod(a.shape[:-1]), a.shape[-1])),
        )
        found = lowering.multiplied(flat, View(b.buffer, b.offset, (1, *b.shape), (0, *b.strides)))
    else:
        found = lowering.multiplied(_stack(lowering, a, lead), _stack(lowering, b, lead))
    return lowering.keep(node, whole(found.buffer, node.value.shape))


def _stack(lowering: Lowering, view: View, lead: tuple[int, ...]) -> View:
    """Matrices repeated to some leading dimensions, as one stack."""
    view = broadcast(view, (*lead, *view.shape[-2:]))
    sides = (prod(lead), *view.shape[-2:])
    if not lead:
        return View(view.buffer, view.offset, sides, (0, *view.strides))
    if len(lead) == 1 and view.strides[0]:
        return view
    across = not view.contiguous and turned(view).contiguous  # a transposed stack stays one
    packed = turned(view) if across else lowering.packed(view)
    sides = (prod(lead), *packed.shape[-2:])
    packed = View(packed.buffer, packed.offset, sides, steps_of(sides))
    return turned(packed) if across else packed


def _linear(lowering: Lowering, node: Node) -> bool:
    x, weight, bias = (
        lowering.view(x) if isinstance(x, Node) and lowering._machines(x.value) else None for x in node.inputs
    )
    if x is None or weight is None:
        return False
    rows = lowering.packed(x)
    sides = (1, prod(x.shape[:-1]), x.shape[-1])
    turned_weight = turned(View(weight.buffer, weight.offset, (1, *weight.shape), (0, *weight.strides)))
    found = lowering.multiplied(View(rows.buffer, rows.offset, sides, steps_of(sides)), turned_weight)
    view = whole(found.buffer, node.value.shape)
    return lowering.keep(node, view if bias is None else lowering.words("add", view, broadcast(bias, view.shape)))


def _cat(lowering: Lowering, node: Node) -> bool:
    dim = node.attrs["dim"] % node.value.ndim
    stacked = node.op.name == "stack"  # type: ignore[union-attr]
    if not all(isinstance(x, Node) and lowering._machines(x.value) for x in node.inputs):
        return False
    out = whole(Buffer(node.value.size), node.value.shape)
    start = 0
    for x in node.inputs:
        view = lowering.view(x)  # type: ignore[arg-type]
        if stacked:
            view = View(
                view.buffer,
                view.offset,
                (*view.shape[:dim], 1, *view.shape[dim:]),
                (*view.strides[:dim], 0, *view.strides[dim:]),
            )
        part = View(out.buffer, start * out.strides[dim], view.shape, out.strides)
        lowering.instructions.append(Copy(part, view))
        start += view.shape[dim]
    return lowering.keep(node, out)


def _place(lowering: Lowering, node: Node) -> bool:
    x: Any = node.inputs[0]
    if not lowering._machines(x.value):
        return False
    out = lowering.filled(0.0, node.value.shape)
    ground = np.empty(node.value.shape, np.int8)
    part = _chosen(ground, node.attrs["index"])
    start = part.__array_interface__["data"][0] - ground.__array_interface__["data"][0]
    lowering.instructions.append(Copy(View(out.buffer, start, part.shape, part.strides), lowering.view(x)))
    return lowering.keep(node, out)


_RULES: dict[str, Callable[[Lowering, Node], bool]] = {
    **dict.fromkeys(("reshape_to", "permute_to", "mT", "expand_to", "getitem"), _same_elements),
    **dict.fromkeys(("sum", "mean"), _sum),
    **dict.fromkeys(("cat", "stack"), _cat),
    "cast": _cast,
    "linear": _linear,
    "matmul": _matmul,
    "place": _place,
    "sum_to": _sum_to,
}
