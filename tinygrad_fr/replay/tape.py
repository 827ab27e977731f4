"""All that one call of a step does, in order: operations forward and back, random draws, changes of leaves."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tinygrad_fr.errors import ReplayError
from tinygrad_fr.locale import _
from tinygrad_fr.ops.definition import Composite, Elementwise
from tinygrad_fr.ops.definition.op import Facts, Op, conform, registry
from tinygrad_fr.ops.definition.structured import select
from tinygrad_fr.record.deferred import worked_out
from tinygrad_fr.record.mode import now, setting, unseen
from tinygrad_fr.record.node import Bundle, Node, clock, record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Operations whose derivative is made of others that the machine has: it is recorded, not called. The others' derivatives
# are called on arrays, as in an eager step.
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
SMALL = 4096  # under so many numbers a call costs more than it computes: composites are opened


class WayBack(Op):
    """The way back of an operation, as an operation on the gradient that reaches it: called, not said in words."""

    def __init__(self, name: str) -> None:
        self.name = self.__name__ = name  # not entered among the operations
        self.facts = Facts("∂", "", {}, (), "", method=False)


class Partial(WayBack):
    """The derivative of an element-wise operation for one input: an element-wise operation on (g, y, inputs…)."""

    def __init__(self, op: Elementwise, position: int) -> None:
        super().__init__(f"∂{op.name}/∂{op.inputs[position]}")
        self.expression: Any = op.partials[op.inputs[position]]
        self.inputs = ("g", "y", *op.inputs)
        self.of_floats, self.of_arrays = op.float_partials[position], op.array_partials[position]


CALLED = WayBack("way back")


@cache
def partial_of(op: Elementwise, position: int) -> Partial:
    """The derivative of an element-wise operation for one input."""
    return Partial(op, position)


class Change(NamedTuple):
    """A leaf takes the value of a node."""

    leaf: Node
    node: Node


class Update(NamedTuple):
    """An optimizer moves a parameter along the gradient that a node holds."""

    optimizer: Any
    group: int
    place: int
    parameter: Node
    gradient: Node


class Recording:
    """The tape of one call.

    Attributes:
        events: nodes, :class:`Change` and :class:`Update`, in order.
        draws: id of a leaf's array → the draw that gave it.
        live: id of a leaf → a setting of an optimizer, read anew at each call.
        gradients: id of the gradient that a leaf had before the call → the leaf.
        fresh: leaves that had no gradient before the call, or whose gradient the step forgets first.
        given: id of a leaf → its position among the step's arguments.
        handles: id of a leaf that changes → the handle that bears its value, and not a second one on its old value.
    """

    def __init__(self, arguments: tuple[Any, ...]) -> None:
        self.start = clock()
        self.events: list[Any] = []
        self.draws: dict[int, Callable[[], Any]] = {}
        self.live: dict[int, tuple[Any, int]] = {}
        self.gradients: dict[int, Node] = {}
        self.fresh: dict[int, Node] = {}
        self.reset: dict[int, Node] = {}
        self.touched: dict[int, Node] = {}
        self.given = {x.current.id: i for i, x in enumerate(arguments) if isinstance(x, Node)}
        self.handles: dict[int, Node] = {}
        self.made: dict[int, Node] = {}  # id of an array → the node that it is the value of
        self._kept: list[Any] = []

    # What the engine tells

    def recorded(self, node: Node) -> None:
        """An operation ran."""
        self.events.append(node)
        if isinstance(node.value, np.ndarray):
            self.made[id(node.value)] = node
        elif isinstance(node, Bundle):
            self.made.update({id(part): node for part in node.value if isinstance(part, np.ndarray)})

    def opens(self, op: Composite, inputs: tuple[Any, ...], attrs: Mapping[str, Any]) -> bool:
        """Open what is small and made of what the machine has."""
        if op.opens_at != "equation" or op.name == "linear":
            return False
        sizes = [np.size(x.value) for x in inputs if isinstance(x, Node)]
        if op.shortcuts and max(sizes, default=0) > SMALL:
            return False
        before, since = len(self.events), clock()
        op.equations(*inputs, **attrs)
        tried = self.events[before:]
        del self.events[before:]
        return all(plain(node) and not any(self._outside(x, since) for x in node.inputs) for node in tried)

    def _outside(self, x: Any, since: int) -> bool:
        """Whether equations computed a constant from values, outside the record."""
        return isinstance(x, Node) and x.op is None and x.id > since and id(x.value) not in self.made

    def way_back(self, node: Node, gradient: Any) -> tuple[Any, ...]:
        """Record what a node sends back."""
        op = node.op
        if isinstance(op, Elementwise):
            return self._partials(op, node, gradient)
        if op is registry["linear"]:
            return _linear_back(node, gradient)
        return op.vjp(node, gradient) if plain(node) else self._called(node, gradient)  # type: ignore[union-attr]

    def received(self, node: Node, before: Any) -> Any:
        """A leaf's gradient is about to grow; what the step itself made has no gradient that outlives it."""
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
        if before.current.id < self.start or (before.op is None and before.id not in self.draws):
            self.gradients[before.current.id] = node
        return before

    def graded(self, node: Node) -> None:
        """A leaf's gradient is set by hand."""
        self.touched[node.id] = node
        if node.id not in self.fresh and node.id not in self.reset:
            self.reset[node.id] = node

    def changed(self, node: Node, value: Any) -> None:
        """A leaf takes the value of an operation that ran."""
        source = self.made.get(id(value)) if isinstance(value, np.ndarray) else None
        if source is None:
            raise ReplayError(
                _(
                    "the step gives {leaf} a value that was computed outside the record; compute it with operations"
                ).format(leaf=node.describe())
            )
        self._kept.append(value)
        self.handles[node.id] = node
        self.events.append(Change(node, source))

    def updated(self, optimizer: Any, group: int, place: int, parameter: Node) -> bool:
        """Record the update of an optimizer without a memory; keep the call of another."""
        gradient = parameter.gradient
        self.handles[parameter.id] = parameter
        settings = optimizer.param_groups[group]
        if optimizer.remembers(settings):
            self.events.append(Update(optimizer, group, place, parameter, gradient))
            tape, now().tape = now().tape, None
            try:
                value = parameter.value
                new = optimizer.update(np.asarray(value), np.asarray(gradient.value), optimizer.state[place], settings)
                parameter.rebind(float(new) if value.__class__ is float else np.asarray(new))
            finally:
                now().tape = tape
            return True
        rate: Any = _rate(settings["lr"])
        self.live[rate.id] = (optimizer, group)
        with unseen():
            new = optimizer.update(parameter.frozen(), gradient, {}, {**settings, "lr": rate})
            new = conform(new, parameter)
        tape, now().tape = now().tape, None
        try:
            parameter.rebind(new.value)
        finally:
            now().tape = tape
        self.events.append(Change(parameter, new))
        return True

    def drawn(self, draw: Callable[[], Any]) -> Any:
        """A random draw, which is drawn again each time."""
        array = draw()
        self.draws[id(array)] = draw
        self._kept.append(array)
        return array

    # How a way back is recorded

    def _partials(self, op: Elementwise, node: Node, gradient: Node) -> tuple[Any, ...]:
        floats = node.value.__class__ is float
        sent: list[Any] = []
        values = [x.value if isinstance(x, Node) else x for x in node.inputs]
        for i, x in enumerate(node.inputs):
            if not node.needs >> i & 1 or op.array_partials[i] is None:
                sent.append(None)
                continue
            derived = partial_of(op, i)
            function: Any = derived.of_floats if floats else derived.of_arrays
            if derived.expression.text == "g":
                sent.append(conform(gradient, x))  # type: ignore[arg-type]  # what needs a gradient is a node
                continue
            value = function(gradient.value, node.value, *values, **node.attrs)
            value = float(value) if floats else np.asarray(value)
            made = record(derived, (gradient, node, *node.inputs), {**op.defaults, **node.attrs}, value, 0)
            sent.append(conform(made, x))  # type: ignore[arg-type]
        return tuple(sent)

    def _called(self, node: Node, gradient: Any) -> tuple[Any, ...]:
        parts = gradient if isinstance(gradient, tuple) else (gradient,)
        values = tuple(None if part is None else part.value for part in parts)
        with setting(tape=None):
            sent: Any = node.op.vjp(node, values if isinstance(node, Bundle) else values[0])  # type: ignore[union-attr]
        sent = [worked_out(each) for each in sent]
        kept = [i for i, each in enumerate(sent) if each is not None]
        if not kept:
            return tuple(sent)
        value = tuple(sent[i] for i in kept)
        bundle = record(CALLED, parts, {"of": node, "kept": tuple(kept)}, value, 0)
        result: list[Any] = [None] * len(sent)
        for place, i in enumerate(kept):
            result[i] = record(select, (bundle,), {"index": place}, value[place], 0)
        return tuple(result)


def _rate(value: float) -> Any:
    """A learning rate as a leaf."""
    from tinygrad_fr.handles.scalar import Scalar

    return Scalar(value, requires_grad=False, name="η")


def plain(node: Node) -> bool:
    """Whether the machine does what a node did."""
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
    """The way back of y = x Wᵀ + b, in products of whole matrices."""
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
        None if sent is None else conform(sent, each)  # type: ignore[arg-type]
        for sent, each in zip((to_x, to_weight, to_bias), (x, weight, bias), strict=True)
    )
