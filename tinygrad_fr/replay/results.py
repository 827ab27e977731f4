"""The return value of a step, rebuilt from the outputs of a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import GradientError
from tinygrad_fr.handles.size import Size
from tinygrad_fr.locale import _
from tinygrad_fr.promotion.elements import dtype
from tinygrad_fr.record.node import Node, record
from tinygrad_fr.record.operation import Operation
from tinygrad_fr.replay.guards.purity import own as own_class
from tinygrad_fr.replay.guards.signature import root

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tinygrad_fr.replay.tape import Recording


class Place:
    """The place of a part of the result, and what it becomes.

    Attributes:
        kind: the class of the leaf, None where it is the result of an operation that a backward pass went through.
        needs: whether the leaf requires a gradient.
    """

    def __init__(self, place: Any, kind: type[Node] | None, *, needs: bool) -> None:
        self.place, self.kind, self.needs = place, kind, needs


class Itself:
    """A part of the result that is a tensor from outside the step: an argument, by its place, or one that is captured."""

    def __init__(self, place: int | None, node: Node | None) -> None:
        self.place, self.node = place, node


class Carried:
    """A part of the result that carries its gradient, by its place among those that do."""

    def __init__(self, place: int) -> None:
        self.place = place


class Slope:
    """A part of the result that is the gradient of a leaf, by its place among those that get one."""

    def __init__(self, place: int) -> None:
        self.place = place


class UnguardedError(Exception):
    """The return value of a step cannot be rebuilt from its record."""


FIXED = (int, float, complex, str, bytes, type(None), type(Ellipsis), range, slice, Size, dtype, np.generic, np.dtype)


def nodes_of(result: Any) -> list[Node]:
    """The tensors in a return value, in order.

    Example:
        >>> from tinygrad_fr import tensor
        >>> nodes_of({"a": (tensor(1.0), 2), "b": tensor(3.0)})
        [tensor(1.), tensor(3.)]
    """
    if isinstance(result, Node):
        return [result]
    parts = result.values() if isinstance(result, dict) else result if isinstance(result, tuple | list) else ()
    return [node for part in parts for node in nodes_of(part)]


def check_shared(result: Any, tape: Recording) -> None:
    """Refuse results that share elements with a tensor from outside, or with one another: a write to one would change both.

    Raises:
        UnguardedError: some do.
    """
    seen: dict[int, int] = {}
    kept = [*tape.handles.values(), *(leaf._grad for leaf in tape.touched.values() if isinstance(leaf._grad, Node))]
    for node in kept:  # tensors from outside, some of which were given elements that the step made
        whole = root(node.latest)
        if whole.id >= tape.start and seen.setdefault(whole.id, node.latest.id) != node.latest.id:
            raise UnguardedError(_("something, and gives two tensors the same elements"))
    nodes = nodes_of(result)
    if len({id(node.latest) for node in nodes}) < len(nodes):
        raise UnguardedError(_("one tensor twice"))
    for node in nodes:
        whole = root(node.latest)
        if whole is not node.latest and whole.id < tape.start:
            raise UnguardedError(_("a view of a tensor from outside"))
        if seen.setdefault(whole.id, node.latest.id) != node.latest.id:
            raise UnguardedError(_("views of one another, or of what it gives another tensor"))


def mapped(
    result: Any,
    place: Callable[[Node], Any],
    tape: Recording,
    own: Mapping[int, Node],
    slopes: Mapping[int, int],
    carried: Mapping[int, int],
) -> Any:
    """The result with each tensor replaced by its place at a later call.

    Raises:
        UnguardedError: it contains something that cannot be rebuilt.
    """
    if isinstance(result, Node):
        node = result.current
        if node.id < tape.start or id(result) in own:
            if node.id in tape.given:
                return Itself(tape.given[node.id], None)
            return Itself(None, result)
        if node.id in slopes:
            return Slope(slopes[node.id])
        if node.id in carried:
            return Carried(carried[node.id])
        if node.op is None and isinstance(node._grad, Node):
            raise UnguardedError(_("a leaf of its own with a gradient"))
        if not own_class(type(result)):
            raise UnguardedError(_("an object, {kind}").format(kind=type(result).__name__))
        return Place(place(node), None if node.needs and node.op is not None else type(result), needs=node.needs != 0)
    if isinstance(result, tuple) and hasattr(result, "_make"):
        return result._make([mapped(each, place, tape, own, slopes, carried) for each in result])
    if type(result) in (tuple, list):
        return type(result)(mapped(each, place, tape, own, slopes, carried) for each in result)
    if type(result) is dict:
        return {key: mapped(each, place, tape, own, slopes, carried) for key, each in result.items()}
    if isinstance(result, FIXED):
        return result
    raise UnguardedError(_("an object, {kind}").format(kind=type(result).__name__))


def own_value(value: Any) -> Any:
    """A node with a value that a program computed."""
    return value if value.__class__ is float or value.__class__ is np.ndarray else np.asarray(value)


def made(
    result: Any,
    taken: Callable[[Any], Any],
    given: Sequence[Node],
    graded: Sequence[Node],
    carried: Sequence[Node],
) -> Any:
    """The result of a call, built from the result of :func:`mapped`."""
    if result.__class__ is Carried:
        return carried[result.place]
    if result.__class__ is Slope:
        return graded[result.place].gradient
    if result.__class__ is Place:
        value = own_value(taken(result.place))
        if result.kind is None:
            return record(_SPENT, (), {}, value, 1)
        leaf = object.__new__(result.kind)
        leaf._leaf(value, int(result.needs))
        return leaf
    if result.__class__ is Itself:
        return result.node if result.place is None else given[result.place]
    if isinstance(result, tuple) and hasattr(result, "_make"):
        return result._make([made(each, taken, given, graded, carried) for each in result])
    if isinstance(result, tuple | list):
        return type(result)(made(each, taken, given, graded, carried) for each in result)
    if isinstance(result, dict):
        return {key: made(each, taken, given, graded, carried) for key, each in result.items()}
    return result


class Spent(Operation):
    """The operation of a result of a step that ran its backward pass itself: a second backward pass is refused."""

    name = symbol = "compiled"

    def vjp(self, node: Node, gradient: Any) -> tuple[Any, ...]:
        """Refuse.

        Raises:
            GradientError: always.
        """
        raise GradientError(
            _(
                "this value comes out of a compiled step that went backward itself, and its record was not kept; go backward inside the step, or detach() the value"
            )
        )


_SPENT = Spent()
