"""Views: tensors that show a part of another one, whose base they change when they are written to.

The record itself never changes, so a view is kept as PyTorch's functionalization keeps one: its base, and the steps that lead from the
base to it. A write through it is recorded as a write to the base, and a view that is older than the last change of its storage is read
again, through the same steps, when it is next used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np

from tinygrad_fr.errors import GradientError
from tinygrad_fr.locale import _
from tinygrad_fr.record.mode import setting, thread
from tinygrad_fr.record.operation import Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tinygrad_fr.record.node import Node

# How a view came to be, which decides whether it may be written to while gradients are recorded.
ORDINARY, UNRECORDED, ONE_OF_SEVERAL = range(3)


class Viewing(Protocol):
    """What takes a part out of a whole, and can put one back.

    Attributes:
        back: ``back(whole, part, **attrs)`` gives the whole with the part put in.
        repeats: whether elements stand several times in the part.
    """

    back: Any
    repeats: bool

    def __call__(self, whole: Any, /, **attrs: Any) -> Any:
        """The part."""


Step: TypeAlias = (
    "tuple[Viewing, Mapping[str, Any]]"  # from a base towards a view: what takes the part out, and its arguments
)


class Way:
    """What takes a part out of a whole by several operations."""

    repeats = False

    def __init__(self, call: Callable[..., Any], back: Callable[..., Any]) -> None:
        self.call, self.back = call, back

    def __call__(self, whole: Any, /, **attrs: Any) -> Any:
        """The part."""
        return self.call(whole, **attrs)


# What puts a part at places of the flattened whole; the operations enter theirs.
put_at: list[Callable[[Any, Any, Any], Any]] = []


def read(whole: Any, steps: Sequence[Step]) -> Any:
    """The part that the steps lead to: of an array, or of a node, and then recorded."""
    for op, attrs in steps:
        whole = op(whole, **attrs)
    return whole


def written(whole: Any, part: Any, steps: Sequence[Step]) -> Any:
    """The whole with a part put where the steps lead: of arrays, or of nodes, and then recorded."""
    if any(op.repeats for op, _attrs in steps[:-1]):
        return put_at[0](whole, part, _places_in(whole, steps))
    stages = [whole]
    for op, attrs in steps[:-1]:
        stages.append(op(stages[-1], **attrs))
    for stage, (op, attrs) in zip(reversed(stages), reversed(steps), strict=True):
        part = op.back(stage, part, **attrs)
    return part


def laid(value: Any, like: Any) -> Any:
    """A value as it lies in the memory of what it takes the place of."""
    if (
        value.__class__ is not np.ndarray
        or value.ndim < 2
        or value.strides == like.strides
        or value.shape != like.shape
    ):
        return value
    if 0 in like.strides:
        return np.ascontiguousarray(value)
    same = np.empty_like(like, dtype=value.dtype)
    same[...] = value
    return same


def _places_in(whole: Any, steps: Sequence[Step]) -> Any:
    shape = whole.shape
    return read(np.arange(int(np.prod(shape, dtype=np.int64))).reshape(shape), steps)


def show(node: Node, whole: Node, step: Step) -> None:
    """Make a node that was just computed a view of another."""
    source = whole.rare
    if source is None:
        source = whole.extra
    storage = source.storage
    rare = node.rare = source.__class__(storage)
    rare.seen = storage.changed
    if source.base is None:
        rare.base, rare.steps = whole, (step,)
    else:
        rare.base, rare.steps = source.base, (*source.steps, step)
    if source.birth or not thread.state.grad:
        rare.birth = source.birth or UNRECORDED


def as_it_was(view: Node) -> Node:
    """A second handle on a view, and on what it is a view of, for an operation whose result will change them."""
    rare: Any = view.rare
    twin = node = view.frozen()
    while node.inputs and node.id != rare.base.id:
        source: Any = node.inputs[0]
        whole = source.frozen()
        node.inputs = (whole, *node.inputs[1:])
        node = whole
    return twin


def several(parts: tuple[Any, ...]) -> tuple[Any, ...]:
    """The views that one operation gave together, which may not be written to while gradients are recorded."""
    for part in parts:
        rare = getattr(part, "rare", None)
        if rare is not None and rare.base is not None:
            rare.birth = ONE_OF_SEVERAL
    return parts


def used(node: Node) -> Node:
    """The node that an operation takes for an operand.

    Raises:
        GradientError: it is a view of which no gradient can be recorded any more.
    """
    node = node.current
    if node.op.__class__ is Lost and thread.state.grad:
        raise node.op.error()
    return node


def share(node: Node, source: Node) -> None:
    """Make a leaf share the elements of another tensor, but not its record."""
    from weakref import ref

    origin = source.extra
    rare = node.extra
    rare.storage = origin.storage
    rare.seen = origin.storage.changed
    if origin.base is not None and not thread.state.tape.keeps_arrays:
        rare.origin, rare.steps = ref(origin.base), origin.steps
    else:
        rare.origin, rare.steps = ref(source), ()


def fresh(node: Any) -> Node:
    """The node that stands for a view, or for a tensor that shares its elements, after its storage has changed."""
    rare = node.rare
    if rare.base is None:
        return _shared_again(node)
    base = rare.base.current
    state = thread.state
    moved = rare.seen >= rare.storage.written  # to other memory, the same elements
    if moved or (base.needs == 0 and node.op is None and not state.trace):
        node.value = np.asarray(read(base.value, rare.steps))
        rare.seen, rare.lost = rare.storage.changed, rare.lost or not moved
        return node  # type: ignore[no-any-return]
    lost = base.needs != 0 and rare.birth != ORDINARY
    with setting(grad=(state.grad or base.needs != 0) and not lost):
        again: Node = read(base, rare.steps)
    if lost:
        again.op, again.inputs, again.attrs, again.needs = Lost(node, rare.birth), (), {}, 1
    again.label = node.label
    new = again.extra
    new.birth, new.retain = rare.birth, rare.retain
    rare.moved = again
    return again


class Lost(Operation):
    """Stands for the operation of a view whose base was changed in a way that its kind allows no record of."""

    symbol = "∅"

    def __init__(self, node: Node, birth: int) -> None:
        self.node, self.birth = node, birth
        self.name = node.op.shown_as if node.op is not None else "view"

    def vjp(self, node: Node, gradient: Any) -> tuple[Any, ...]:
        """Refuse."""
        raise self.error()

    def error(self) -> GradientError:
        """Why nothing can be recorded of the view."""
        return refused(self.node, self.birth, indirect=True)

    def reads_value(self, node: Node, position: int) -> bool:
        """No."""
        return False


def _shared_again(node: Any) -> Node:
    rare = node.rare
    origin = rare.origin()
    moved = rare.seen >= rare.storage.written
    rare.seen = rare.storage.changed
    if origin is not None:
        value = read(origin.current.value, rare.steps)
        node.value = value if value.__class__ is float else np.asarray(value)
        rare.seen, rare.lost = rare.storage.changed, rare.lost or not moved
    return node  # type: ignore[no-any-return]


def overlaps(value: Any) -> bool:
    """Whether an array shows an element of its memory more than once, as repeated dimensions and windows do."""
    reach = 0
    for step, side in sorted(
        (abs(step), side) for side, step in zip(value.shape, value.strides, strict=True) if side > 1
    ):
        if step <= reach:
            return bool(value.size)
        reach += step * (side - 1)
    return False


def clash(node: Node, other: Node, *, copied: bool) -> bool:
    """Whether writing to a tensor changes elements that are still to be read from another.

    Args:
        node: the tensor that is written to.
        other: an operand, which broadcasts to it.
        copied: the operand's elements are written as they are, so that one which is written over itself stays.
    """
    a, b = node.rare, other.rare
    if a is None or b is None or a.storage is not b.storage or other is node:
        return False
    mine = _places(node)
    try:
        theirs = np.broadcast_to(_places(other), mine.shape)
    except ValueError:
        return True
    if copied:
        return bool((np.isin(mine, theirs) & (mine != theirs)).any())
    return bool((np.isin(theirs, mine) & (mine != theirs)).any())


def _places(node: Node) -> Any:
    """Where in its storage a tensor has each of its elements."""
    rare: Any = node.rare
    source = rare.base if rare.base is not None else rare.origin() if rare.origin is not None else None
    if source is None:
        return np.arange(node.value.size).reshape(node.value.shape)
    return read(_places(source.latest), rare.steps)


def refused(node: Node, birth: int, *, indirect: bool) -> GradientError:
    """The error for a view that was changed, itself or through its base, though its kind allows no record of that."""
    if birth == ONE_OF_SEVERAL:
        text = (
            _(
                "{node} is one of several views that one operation gave, and its base was changed in place; clone() it first"
            )
            if indirect
            else _(
                "{node} is one of several views that one operation gave: it cannot be changed in place while it is recorded"
            )
        )
    else:
        text = (
            _("{node} is a view taken under no_grad(), and its base was changed in place while it is recorded")
            if indirect
            else _("{node} is a view taken under no_grad(): it cannot be changed in place while it is recorded")
        )
    return GradientError(text.format(node=node.describe()))
