"""The events of one call of a step, in order: operations forward and backward, random draws, changes of leaves."""

from __future__ import annotations

from collections import ChainMap
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import TinygradError
from tinygrad_fr.locale import _
from tinygrad_fr.memory import memory_of
from tinygrad_fr.modes import unseen
from tinygrad_fr.ops.definition import Composite, Elementwise
from tinygrad_fr.ops.definition.op import registry, unbroadcast
from tinygrad_fr.ops.definition.structured import select
from tinygrad_fr.record.accelerator import materialized
from tinygrad_fr.record.mode import now, setting, thread
from tinygrad_fr.record.node import NO_ATTRS, Bundle, Node, clock, record
from tinygrad_fr.record.recorder import NOBODY, Recorder
from tinygrad_fr.replay.events import (
    CALLED,
    STANDING,
    Change,
    Outside,
    Question,
    Update,
    partial_of,
)
from tinygrad_fr.replay.guards.signature import root
from tinygrad_fr.source.site import caller
from tinygrad_fr.views import shown_by, whole_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping, Sequence

# Operations whose derivatives consist of operations that the interpreter has: these derivatives are recorded. The derivatives of other
# operations are called on arrays, as in an eager step.
PLAIN = frozenset(
    (
        "cast",
        "cat",
        "expand_to",
        "linear",
        "mT",
        "matmul",
        "mean",
        "permute_to",
        "reshape_to",
        "select",
        "stack",
        "sum",
        "sum_to",
    )
)
CUTS = (int, slice, type(None), type(Ellipsis))  # indices that choose a part without moving anything
SMALL = 4096  # with fewer numbers, the call costs more time than the arithmetic, so composites are opened


class Recording(Recorder):
    """The tape of one call.

    Attributes:
        events: nodes, :class:`Change` and :class:`Update`, in order.
        draws: id of a leaf's array → the draw that gave it.
        live: id of a leaf → a setting of an optimizer, read anew at each call.
        questions: comparisons of plain numbers that are followed, with their answers.
        numbers: id of a leaf → what gives the plain number that it stands for.
        gradients: id of the gradient that a leaf had before the call → the leaf.
        fresh: leaves that had no gradient before the call and got one.
        reset: leaves whose gradient the step sets or forgets first.
        cleared: those of them whose gradient is unread, and is set or forgotten before any operation, so that it is not needed afterwards.
        touched: leaves whose gradient the step changes.
        bare: leaves that were found without a gradient.
        seen: leaves whose gradient from before was read.
        given: id of a leaf → its position among the step's arguments.
        held: id of a leaf → the leaf and its earlier gradient, which somebody may hold and which gets the sum.
        outgrown: id of a leaf → the leaf and the gradient from before, which grew before it was set or forgotten.
        handles: id of a leaf that changes → the handle that has its new value (a second handle may have the old one).
    """

    keeps_arrays = True

    def __init__(self, arguments: Sequence[Node], reached: Sequence[Node] = ()) -> None:
        self.start = clock()
        self.why: str | None = None  # the reason why the call cannot be replayed
        self.outside = thread.state.trace  # whether the record was traced before
        self.borrowed: dict[int, dict[str, Any]] = {}  # id of a node → its attributes that hold arrays of other nodes
        self._trying: bool | None = None  # whether equations that are tried may be opened
        self.events: list[Any] = []
        self.draws: dict[int, Callable[[], Any]] = {}
        self.live: dict[int, tuple[Any, int]] = {}
        self.numbers: dict[int, Callable[[], Any]] = {}
        self.questions: list[tuple[Callable[[], bool], bool]] = []
        self.gradients: dict[int, Node] = {}
        self.fresh: dict[int, Node] = {}
        self.reset: dict[int, Node] = {}
        self.cleared: dict[int, Node] = {}
        self.touched: dict[int, Node] = {}
        self.bare: dict[int, Node] = {}
        self.held: dict[int, tuple[Node, Node]] = {}
        self.outgrown: dict[int, tuple[Node, Node]] = {}
        self.shown: dict[
            int, tuple[Node, Node]
        ] = {}  # id of a sum → the sum, and the gradient from before that shows it
        self.seen: dict[int, Node] = {}
        self.given = {x.current.id: i for i, x in reversed(list(enumerate(arguments)))}
        self.wholes = {root(x).id for x in arguments} - set(self.given)  # the bases of arguments that are views
        self.operands: dict[
            int, tuple[Any, ...]
        ] = {}  # id of a node → its inputs as they were, where a leaf may change
        self.sources: list[Any] = []  # generators of the draws
        self.gone: set[int] = set()  # ids of nodes that a backward pass went through
        self.handles: dict[int, Node] = {x.current.id: x for x in reached}
        self.made: MutableMapping[int, Node] = {}  # id of an array → the node that it is the value of
        self._kept: list[Any] = []

    # Events that the engine reports

    def recorded(self, node: Node, op: Any) -> None:
        """An operation ran."""
        self.events.append(node)
        for x in node.inputs:
            if isinstance(x, Node) and x.op is None and x.id >= self.start:
                self.operands[node.id] = tuple(
                    [
                        y.snapshot() if isinstance(y, Node) and y.op is None and y.id >= self.start else y
                        for y in node.inputs
                    ]
                )
                break
        if node.attrs:
            self._claim(node)
        if isinstance(node.value, np.ndarray):
            self.made.setdefault(id(node.value), node)  # the first that had it: others show the same array
            self._kept.append(node.value)
        elif isinstance(node, Bundle):
            self._kept.append(node.value)

    def _claim(self, node: Node) -> None:
        """Find the arrays of other nodes among a node's attributes."""

        def owned(value: Any) -> Any:
            if value.__class__ is np.ndarray:
                return self.made.get(id(value), value)
            if value.__class__ is tuple or value.__class__ is list:
                return value.__class__([owned(part) for part in value])
            return value

        for key, value in node.attrs.items():
            if value.__class__ is np.ndarray or value.__class__ is tuple or value.__class__ is list:
                found = owned(value)
                if owners(found):
                    self.borrowed.setdefault(node.id, {})[key] = found

    def stopped(self, why: str) -> None:
        """The step does something that cannot be recorded: it goes on eagerly."""
        if self._trying is not None:
            self._trying = False
            return
        if self.why is None:
            self.why = why
        state = now()
        state.tape, state.trace = NOBODY, self.outside
        self.settle()

    def settle(self) -> None:
        """Show the gradients from before as they became, to whoever holds them."""
        for leaf, before in self.held.values():
            last = self.outgrown[leaf.id][1] if leaf.id in self.outgrown else leaf._grad
            if isinstance(last, Node) and last.current is not before.current:
                before.current.move_to(as_leaf(last), clock())
                self.shown[id(last)] = last, before
        for leaf in self.touched.values():
            leaf._grad = self.shown.get(id(leaf._grad), (None, leaf._grad))[1]
        self.held.clear()

    def follows(self, leaf: Node, again: Callable[[], Any]) -> bool:
        """A leaf stands for a plain number, which is read anew at each call."""
        if self._trying is not None:
            return False
        self.numbers[leaf.id] = again
        return True

    def asks(self, again: Callable[[], bool], answer: bool) -> None:
        """A plain number that is followed was compared."""
        self.questions.append((again, answer))

    def escaped(self, node: Node) -> None:
        """A value is read by Python."""
        if self._trying is not None:
            self._trying = False
            return
        self.stopped(_("it reads a value into Python, at {where}").format(where=caller().where))

    def flagged(self, node: Node) -> None:
        """``requires_grad`` of a node is about to change, of one from before the step or of one that the step made."""
        if node.id < self.start:
            self.stopped(_("it changes requires_grad, at {where}").format(where=caller().where))
        elif node.op is not None:  # recorded on the tape only: a leaf for everything else
            self.stopped(_("it changes requires_grad, at {where}").format(where=caller().where))
            node.op, node.inputs, node.attrs = None, (), NO_ATTRS

    def looked(self, node: Node) -> None:
        """The gradient that a leaf had before the step is read: a later call reads the one of that time."""
        if node.id >= self.start or node.id in self.touched or node.id in self.reset:
            return
        if node._grad is None:
            self.bare[node.id] = node
            return
        before = node.gradient
        if not isinstance(before, Node):
            leaf: Any = type(node)
            before = node._grad = leaf(before, requires_grad=False)
        self.gradients[before.current.id] = node
        self.seen[node.id] = node

    def lent(self, node: Node) -> None:
        """A node's very array becomes an argument of an operation."""
        value = node.value
        memory = memory_of(value)
        if memory is not None:  # its elements are copied before use, as those of a constant
            if memory.lookers or (node.rare is not None and node.rare.base is not None):
                self.stopped(_("it shares elements with an array of numpy"))
            else:
                value = node.value = np.array(value)
        if (
            node.op is None and node.id >= self.start and id(value) not in self.draws
        ):  # a constant that the step makes itself
            return
        if value.__class__ is np.ndarray and id(value) not in self.made:
            self._outside_of(STANDING, (node,), value)

    def _owner(self, operand: Any) -> Any:
        """The node behind an operand of a computation outside the record."""
        if isinstance(operand, Node):
            return operand.current
        return self.made.get(id(operand), operand) if operand.__class__ is np.ndarray else operand

    def copied(self, source: Any, array: Any) -> None:
        """A new array holds the elements of another, or of a node."""
        owner = self._owner(source)
        if isinstance(owner, Node):
            kind = array.dtype
            self._outside_of(Outside(lambda value: np.array(value, dtype=kind)), (owner,), array)

    def computed(self, function: Callable[..., Any], operands: tuple[Any, ...], array: Any) -> None:
        """An array was computed from values outside the record."""
        owners = tuple(self._owner(x) for x in operands)
        if not any(isinstance(x, Node) for x in owners):
            return
        if id(array) in self.made:  # the operand itself
            return
        if array is operands[0] or (isinstance(owners[0], Node) and array is owners[0].value):
            self.lent(owners[0])
            return
        self._outside_of(Outside(function), owners, array)

    def assumed(self, predicate: Callable[..., Any], operands: tuple[Any, ...], answer: bool) -> None:
        """The engine chose its way by values."""
        owners = tuple(self._owner(x) for x in operands)
        if any(isinstance(x, Node) for x in owners):
            if any(isinstance(event, Update) for event in self.events):
                self.stopped(_("it chooses its way by values, at {where}").format(where=caller().where))
                return
            self._outside_of(Question(predicate, answer), owners, np.asarray(answer))

    def _outside_of(self, op: Outside, operands: tuple[Any, ...], array: Any) -> None:
        with setting(trace=True):
            record(op, operands, {}, array, 0)

    def opens(self, op: Composite, inputs: tuple[Any, ...], attrs: Mapping[str, Any]) -> bool:
        """Open small composites whose equations the interpreter can compute."""
        if op.opens_at != "equation" or op.name == "linear":
            return False
        if self._trying is not None:
            return False
        sizes = [np.size(x.value) for x in inputs if isinstance(x, Node)]
        if (op.shortcuts and max(sizes, default=0) > SMALL) or _holds_arrays(tuple(attrs.values())):
            return False
        before, since, made = len(self.events), clock(), self.made
        self._trying, self.made = True, ChainMap({}, made)
        try:
            op.equations(*inputs, **attrs)
            opened = self._trying
        except (TinygradError, ValueError, IndexError):  # the operation itself reports the error
            opened = False
        finally:
            self._trying = None
            tried = self.events[before:]
            del self.events[before:]
        opened = opened and all(plain(node) and not any(self._outside(x, since) for x in node.inputs) for node in tried)
        self.made = made
        return opened

    def _outside(self, x: Any, since: int) -> bool:
        """Whether equations computed a constant from values, outside the record."""
        return isinstance(x, Node) and x.op is None and x.id > since and id(x.value) not in self.made

    def vjp(self, node: Node, gradient: Any) -> tuple[Any, ...]:
        """Record what a node sends back."""
        op = node.op
        if node.id < self.start:
            self.stopped(
                _("it goes back through what was recorded outside of it, at {where}").format(where=caller().where)
            )
            return op.vjp(node, gradient)  # type: ignore[union-attr]
        self.gone.add(node.id)
        if isinstance(op, Elementwise):
            return self._partials(op, node, gradient)
        if op is registry["linear"]:
            return _linear_back(node, gradient)
        return op.vjp(node, gradient) if plain(node) else self._called(node, gradient)  # type: ignore[union-attr]

    def received(self, node: Node) -> Any:
        """A leaf's gradient is about to grow; the gradients of nodes that the step made end with it."""
        before = node.gradient
        if node.id >= self.start:
            return before
        self.touched[node.id] = node
        if before is None:
            if node.id not in self.reset:
                self.fresh[node.id] = node
            return None
        if not isinstance(before, Node):
            leaf: Any = type(node)  # a Scalar's gradient is a float
            before = node._grad = leaf(before, requires_grad=False)
        elif before.current.needs == 0 and node.id not in self.reset and before.current.id < self.start:
            self.held[node.id] = node, before
        if node.id not in self.reset and (before.current.id < self.start or before.op is None):
            self.gradients[before.current.id] = node
        return before

    def graded(self, node: Node, gradient: Any) -> None:
        """A leaf's gradient is set by hand."""
        if node.id >= self.start:
            return
        own = self.outgrown.get(node.id)
        if own is not None and gradient is own[1]:  # set again as it was
            del self.outgrown[node.id], self.reset[node.id]
            return
        if isinstance(gradient, Node) and self._of_another(gradient):
            self.stopped(_("it gives {node} a gradient that is somebody else’s too").format(node=node.describe()))
            return
        self.touched[node.id] = node
        if node.id not in self.fresh and node.id not in self.reset:
            self.reset[node.id] = node
            last = node._grad
            if isinstance(last, Node) and last.current.id >= self.start and last.current.id not in self.gradients:
                self.outgrown[node.id] = node, last
            if not self.events and node.id not in self.seen:
                self.cleared[node.id] = node

    def moved(self, node: Node) -> None:
        """A handle stands for another node from now on."""
        if node.id < self.start:
            self.stopped(
                _("it changes {node} in place, whose record goes on, at {where}").format(
                    node=node.describe(), where=caller().where
                )
            )

    def _of_another(self, gradient: Node) -> bool:
        """Whether a tensor that is made a gradient was there before the step, or is the gradient of another leaf."""
        node = gradient.current
        if node.id < self.start or node.id in self.gradients:
            return True
        others = [leaf._grad for leaf in self.touched.values()] + [last for _leaf, last in self.outgrown.values()]
        return any(isinstance(other, Node) and other.current is node for other in others)

    def changed(self, node: Node, value: Any) -> None:
        """A leaf takes the value of an operation that ran."""
        if node.op is not None or node.id in self.wholes:
            self.stopped(_("it changes a tensor through a view, at {where}").format(where=caller().where))
            return
        source = self.made.get(id(value)) if isinstance(value, np.ndarray) else None
        if source is None:
            self.stopped(
                _("it gives {leaf} a value from outside the record, at {where}").format(
                    leaf=node.describe(), where=caller().where
                )
            )
            return
        self._kept.append(value)
        if node.id in self.gradients:
            self.touched[self.gradients[node.id].id] = self.gradients[node.id]
        self.handles[node.id] = node
        self.events.append(Change(node, source))

    def updated(self, optimizer: Any, group: int, handle: Node) -> bool:
        """Record the update of an optimizer without a state; keep the call of another one."""
        parameter = handle.current
        if whole_of([parameter, *shown_by(parameter)][-1]) is not None:  # a part of another tensor
            self.stopped(_("it changes a tensor through a view, at {where}").format(where=caller().where))
            return False
        gradient = parameter.gradient.current
        self.handles[parameter.id] = parameter
        settings = optimizer.settings(group)
        if optimizer.remembers(settings):
            self.events.append(Update(optimizer, group, handle, parameter, gradient))
            tape, now().tape = now().tape, NOBODY
            try:
                value = parameter.value
                new = optimizer.advance(handle, np.asarray(value), np.asarray(gradient.value), settings)
                parameter.rebind(float(new) if value.__class__ is float else np.asarray(new))
            finally:
                now().tape = tape
            return True
        rate: Any = _rate(settings["lr"])
        self.live[rate.id] = (optimizer, group)
        with unseen():
            new = optimizer.update(parameter.snapshot(), gradient, {}, {**settings, "lr": rate})
            new = unbroadcast(new, parameter)
        tape, now().tape = now().tape, NOBODY
        try:
            parameter.rebind(new.value)
        finally:
            now().tape = tape
        self.events += [Change(leaf, new) for leaf in (parameter, *shown_by(parameter))]
        return True

    def drawn(self, draw: Callable[[Any], Any], source: Any) -> Any:
        """A random draw, which is drawn again each time."""
        array = draw(source)
        self.sources.append(source)
        self.draws[id(array)] = lambda: draw(source)
        self._kept.append(array)
        return array

    # How a VJP is recorded

    def _partials(self, op: Elementwise, node: Node, gradient: Node) -> tuple[Any, ...]:
        floats = node.value.__class__ is float
        sent: list[Any] = []
        inputs = op.in_one_dtype(node.value, node.inputs)
        values = [x.value if isinstance(x, Node) else x for x in inputs]
        for i, x in enumerate(node.inputs):
            if not node.needs >> i & 1 or op.array_partials[i] is None:
                sent.append(None)
                continue
            derived = partial_of(op, i)
            function: Any = derived.of_floats if floats else derived.of_arrays
            if derived.expression.text == "g":
                sent.append(unbroadcast(gradient, x))  # type: ignore[arg-type]  # what needs a gradient is a node
                continue
            value = function(gradient.value, node.value, *values, **node.attrs)
            value = float(value) if floats else np.asarray(value)
            made = record(derived, (gradient, node, *inputs), {**op.defaults, **node.attrs}, value, 0)
            sent.append(unbroadcast(made, x))  # type: ignore[arg-type]
        return tuple(sent)

    def _called(self, node: Node, gradient: Any) -> tuple[Any, ...]:
        parts = gradient if isinstance(gradient, tuple) else (gradient,)
        values = tuple(None if part is None else part.value for part in parts)
        with setting(tape=NOBODY):
            sent: Any = node.op.vjp(node, values if isinstance(node, Bundle) else values[0])  # type: ignore[union-attr]
        sent = [_array(materialized(each)) for each in sent]
        kept = [i for i, each in enumerate(sent) if each is not None]
        if not kept:
            return tuple(sent)
        value = tuple(sent[i] for i in kept)
        bundle = record(CALLED, parts, {"of": node, "kept": tuple(kept)}, value, 0)
        result: list[Any] = [None] * len(sent)
        for place, i in enumerate(kept):
            result[i] = record(select, (bundle,), {"index": place}, value[place], 0)
        return tuple(result)


def as_leaf(node: Node) -> Node:
    """What a handle stands for, without what was recorded for the tape alone."""
    made = node.current
    if made.op is not None and not made.needs:
        made.op, made.inputs, made.attrs = None, (), NO_ATTRS
    return made


def _rate(value: float) -> Any:
    """A learning rate as a leaf."""
    from tinygrad_fr.handles.scalar import Scalar

    return Scalar(value, requires_grad=False, name="η")


def _array(value: Any) -> Any:
    """A gradient as an array; numpy's scalars are converted."""
    return np.asarray(value) if isinstance(value, np.generic) else value


def owners(value: Any) -> list[Node]:
    """The nodes among an attribute's parts."""
    if isinstance(value, Node):
        return [value]
    return [node for part in value for node in owners(part)] if value.__class__ in (tuple, list) else []


def _holds_arrays(value: Any) -> bool:
    """Whether an array stands among an attribute's parts."""
    if value.__class__ is tuple or value.__class__ is list:
        return any(_holds_arrays(part) for part in value)
    return isinstance(value, np.ndarray)


def plain(node: Node) -> bool:
    """Whether the interpreter can compute a node."""
    op = node.op
    if isinstance(op, Elementwise):
        return True
    if op is registry["getitem"] or op is registry["place"]:
        index = node.attrs["index"]
        return all(
            isinstance(part, CUTS) and not isinstance(part, bool)
            for part in (index if isinstance(index, tuple) else (index,))
        )
    return op is not None and op.name in PLAIN


def _linear_back(node: Node, gradient: Node) -> tuple[Any, ...]:
    """The VJP of y = x Wᵀ + b, in products of whole matrices."""
    x, weight, bias = node.inputs
    reshape, matmul, turned, add_up = (registry[name].call for name in ("reshape_to", "matmul", "mT", "sum"))
    rows = reshape(gradient, (-1, gradient.value.shape[-1]))
    to_x = to_weight = to_bias = None
    if node.needs & 1:
        to_x = reshape(matmul(rows, weight), x.value.shape)  # type: ignore[union-attr]
    if node.needs & 2:
        flat = reshape(x, (-1, x.value.shape[-1]))  # type: ignore[union-attr]
        to_weight = matmul(turned(rows), flat)
    if node.needs & 4:
        to_bias = add_up(rows, 0)
    return tuple(
        None if sent is None else unbroadcast(sent, each)  # type: ignore[arg-type]
        for sent, each in zip((to_x, to_weight, to_bias), (x, weight, bias), strict=True)
    )
