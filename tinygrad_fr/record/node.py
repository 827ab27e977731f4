"""A node of the record: one operation that ran, and the handle that the user holds on its value."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from tinygrad_fr.errors import GradientError
from tinygrad_fr.locale import _
from tinygrad_fr.memory import apart, laid, placed
from tinygrad_fr.record.accelerator import LazyGradient, materialized
from tinygrad_fr.record.mode import now, thread
from tinygrad_fr.record.recorder import NOBODY
from tinygrad_fr.record.scope import Scope
from tinygrad_fr.source.site import Site, place
from tinygrad_fr.versions import Rare

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import CodeType

    from tinygrad_fr.record.mode import State
    from tinygrad_fr.record.operation import Operation

Number: TypeAlias = float | int | bool
Value: TypeAlias = Any  # an array, a float (Scalar), or a tuple of arrays (Bundle)
Input: TypeAlias = "Node | Number | None"

clock = itertools.count(1).__next__  # ids and changes share one clock, so "changed after use" is one comparison

NO_ATTRS: Mapping[str, Any] = {}


class Node:
    """A value, the operation that made it, and where: the one record that everything else reads.

    The handle that the user holds *is* the node. An array that entered the record is never written again while
    anybody else holds it: changing a tensor gives it a new array, and the time of the change is kept so that backward can
    refuse a stale value.

    Attributes:
        value: array of a Tensor, float of a Scalar, tuple of arrays of a Bundle.
        op: the operation, None for a leaf.
        inputs: operands in order and with multiplicity; plain numbers stay numbers.
        attrs: the operation's other arguments, such as ``dim``.
        needs: bit ``i`` says that input ``i`` needs a gradient; 1 for a leaf that requires one.
        id: time of recording; inputs always have smaller ids, so ids are a topological order.
        scope: module path and time step.
        code: code of the user's line; with ``instruction``, what ``site`` reads.
        instruction: offset of the instruction in that code.
        label: name given by the user, a module or an equation.

    Example:
        >>> from tinygrad_fr import tensor
        >>> x = tensor([1.0, 2.0], requires_grad=True)
        >>> y = x * 3
        >>> y.op.name, y.inputs[0] is x, y.inputs[1]
        ('mul', True, 3)
        >>> x.is_leaf, y.is_leaf, x.id < y.id
        (True, False, True)
    """

    __slots__ = (
        "__weakref__", "_grad", "attrs", "code", "id", "inputs", "instruction", "label", "needs", "op", "rare", "scope", "value",
    )  # fmt: skip

    value: Value
    op: Operation | None
    inputs: tuple[Input, ...]
    attrs: Mapping[str, Any]
    needs: int
    id: int
    scope: Scope
    code: CodeType
    instruction: int
    label: str | None
    rare: Rare | None
    _grad: Any

    def _leaf(self, value: Value, needs: int, label: str | None = None) -> None:
        """Fill the slots of a node that no operation made."""
        self.value = value
        self.op = None
        self.inputs = ()
        self.attrs = NO_ATTRS
        self.needs = needs
        self.id = clock()
        self.scope = now().scope
        self.code, self.instruction = place()
        self.label = label
        self.rare = None
        self._grad = None

    @property
    def current(self) -> Node:
        """The node that this handle stands for now, after in-place operations."""
        node = self
        while (rare := node.rare) is not None:
            if rare.moved is not None:
                node = rare.moved
            elif rare.seen < rare.storage.changed:
                again = rare.fresh(node)
                if again is node:
                    break
                node = again
            else:
                break
        return node

    @property
    def latest(self) -> Node:
        """The last node that in-place operations put in this one's place, though its value may be due to be read again."""
        node = self
        while node.rare is not None and node.rare.moved is not None:
            node = node.rare.moved
        return node

    @property
    def extra(self) -> Rare:
        """The rare part, made on first use."""
        if self.rare is None:
            self.rare = Rare()
        return self.rare

    @property
    def site(self) -> Site:
        """The line of the user's code that ran the operation."""
        node = self.latest
        return Site(node.code, node.instruction)

    @property
    def is_leaf(self) -> bool:
        """Whether no operation that sends gradients on made this value."""
        return (node := self.latest).op is None or not node.needs

    @property
    def requires_grad(self) -> bool:
        """Whether backward reaches this node."""
        return self.current.needs != 0

    @requires_grad.setter
    def requires_grad(self, flag: bool) -> None:
        node = self.current
        if flag != (node.needs != 0):
            thread.state.tape.flagged(node)
        if node.op is not None and node.needs:
            text = _("requires_grad can be changed on a leaf only; use detach() on {node}")
            raise GradientError(text.format(node=node.describe()))
        if flag and isinstance(node.value, np.ndarray) and node.value.dtype.kind != "f":
            text = _("only tensors of a float dtype can require a gradient, got {found}")
            raise GradientError(text.format(found=node.value.dtype))
        if flag:  # gradients stop here, though what made the value was traced
            node.op, node.inputs, node.attrs = None, (), NO_ATTRS
        node.needs = int(flag)

    @property
    def name(self) -> str | None:
        """The name given to this node, or else the variable that the user's line assigns it to."""
        node = self.latest
        return node.label if node.label is not None else node.site.variable

    @name.setter
    def name(self, name: str | None) -> None:
        self.latest.label = name

    # What a kind of node says of its gradients; Tensor and Scalar answer for theirs.

    retains = False  # keep .grad on every node, as micrograd does, not on leaves alone

    def handle_of(self, gradient: Any) -> Any:
        """The gradient as the user sees it."""
        return gradient

    @property
    def gradient(self) -> Any:
        """What backward passes have added up here, as the user sees it; None where none has come."""
        if isinstance(self._grad, np.ndarray | LazyGradient):  # kept as it came until somebody reads it
            self._grad = self.handle_of(materialized(self._grad))
        return self._grad

    @property
    def gradient_value(self) -> Any:
        """The same as an array or a float."""
        gradient = materialized(self._grad)
        return gradient.current.value if isinstance(gradient, Node) else gradient

    def seed(self, gradient: Any, *, record: bool) -> Any:
        """The gradient that backward starts from at this node, checked; ``record`` asks for a node."""
        raise NotImplementedError

    def changed_since(self, time: int) -> bool:
        """Whether the value was changed after ``time``."""
        return self.rare is not None and self.rare.storage.written > time

    def rebind(self, value: Value, time: int | None = None) -> None:
        """Give this node another value, and keep the time, so that no reader of the old one is fooled."""
        rare = self.rare
        node: Node = self if rare.__class__ is Rare and rare.moved is None else self.current
        (node.rare or node.extra).rebind(node, value, clock() if time is None else time, thread.state.tape)

    def move_to(self, node: Node, time: int | None = None) -> None:
        """Make this handle stand for the result of an in-place operation, which takes its place among its views."""
        time = node.id if time is None else time
        self.cut_off(node)
        storage = node.extra.storage
        storage.write(time)
        node.extra.hand_on(node, time)

    def cut_off(self, node: Node) -> None:
        """Make this handle stand for another node, apart from its views."""
        last = self.current
        tape = thread.state.tape
        tape.moved(last)
        if not tape.keeps_arrays and (last.extra.base is not None or not last.extra.steps):
            node.value = placed(laid(node.value, last.value), last.value)
        old, saved = last.extra, node.rare.saved if node.rare is not None else None
        new = node.rare = old.heir()
        new.saved = saved
        new.retain = old.retain
        old.leave_to(node, retain=False)

    def snapshot(self) -> Node:
        """A second handle on this node, with the same id and value, which later in-place operations do not change.

        An in-place operation takes it as its input: this handle then stands for the result, with no cycle.
        """
        copy: Node = object.__new__(type(self))
        copy.op, copy.inputs, copy.attrs, copy.needs, copy.id = self.op, self.inputs, self.attrs, self.needs, self.id
        copy.scope, copy.code, copy.instruction, copy.label = self.scope, self.code, self.instruction, self.label
        copy._grad, copy.rare = self._grad, None
        copy.value = apart(self.value)
        if self.rare is not None:
            copy.rare = Rare(self.rare.storage)
            copy.rare.snapshot, copy.rare.lost = True, self.rare.lost
            copy.rare.hooks, copy.rare.saved = self.rare.hooks, self.rare.saved
        return copy

    @property
    def recorded(self) -> Node:
        """This very node for an operand, though its handle stands for a later one by now."""
        rare = self.rare
        return self if rare is None or (rare.moved is None and rare.seen >= rare.storage.changed) else self.snapshot()

    def describe(self) -> str:
        """Name, operation and source line in a few words, for messages."""
        node = self.latest
        what = node.op.shown_as if node.op is not None else _("leaf")
        name = node.name
        text = _("“{name}” ({what})").format(name=name, what=what) if name else what
        return f"{text}, {node.site.where}"


class Bundle(Node):
    """The outputs of an operation that has several; each is taken out by a ``select`` node."""

    __slots__ = ()


# Which handle stands for which kind of value; tensor.py and scalar.py enter theirs.
KINDS: dict[type, type[Node]] = {tuple: Bundle}

_new = object.__new__


def record(op: Operation, inputs: tuple[Input, ...], attrs: Mapping[str, Any], value: Value, needs: int) -> Any:
    """Write one operation into the record and return its node.

    Args:
        op: the operation that ran.
        inputs: operands, nodes or plain numbers.
        attrs: its other arguments.
        value: what it computed.
        needs: bit ``i`` set when input ``i`` needs a gradient.
    """
    state = thread.state
    node = _new(KINDS[value.__class__])
    if value.__class__ is np.ndarray:
        if value.base is not None and getattr(op, "back", None) is None:
            value = apart(value)
        if value.dtype.kind != "f":
            needs = 0  # an integer or a truth does not change by a little: no gradient goes through it
    node.value = value
    if (needs and state.grad) or state.trace:
        node.op = op
        node.inputs = inputs
        node.attrs = attrs
        node.needs = needs if state.grad else 0
    else:
        node.op = None
        node.inputs = ()
        node.attrs = NO_ATTRS
        node.needs = 0
    node.id = clock()
    node.scope = state.scope
    node.code, node.instruction = place()
    node.label = None
    node.rare = None
    node._grad = None
    if state.tape is not NOBODY or state.observers:
        tell(state, op, node)
    return node


def tell(state: State, op: Operation, node: Node) -> None:
    """Tell who watches that an operation ran."""
    state.tape.recorded(node, op)
    for observer in state.observers:
        observer.recorded(node, op)
