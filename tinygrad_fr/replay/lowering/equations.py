"""Composites without a shortcut: the forward call records their equations, and their VJP goes back through that record.

As in an eager step; to run the equations again would take their time twice, and would keep every operand for it. What
no derivative in the record reads is let go, so an operand that is not read need not outlive the forward call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.ops.definition import Composite
from tinygrad_fr.ops.definition.structured import Structured
from tinygrad_fr.record.mode import setting
from tinygrad_fr.record.node import Node
from tinygrad_fr.replay.events import OtherwiseError
from tinygrad_fr.replay.lowering.instructions import LARGE
from tinygrad_fr.source.reads import values_read

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def has_equations_alone(node: Node) -> bool:
    """Whether a node is of a composite that no shortcut computes."""
    from tinygrad_fr.fast.fused import shortcut  # the core, which imports this file, runs without that package

    return isinstance(node.op, Composite) and shortcut(node.op, node.attrs) is None


class Equations:
    """The equations of one call of a composite, recorded anew at each run.

    Args:
        snapshot: the node, with inputs of its own.
        values: of the inputs, when the step was recorded.

    Attributes:
        read: the places of the operands that going back reads.
    """

    def __init__(self, snapshot: Node, values: Sequence[Any], attrs: Mapping[str, Any]) -> None:
        self.snapshot = snapshot
        self.read: frozenset[int] = frozenset(range(len(snapshot.inputs)))
        _value, results = self._recorded(values, attrs)
        self.read = frozenset(self._trimmed(results))
        self._let_go()

    def run(self, values: Sequence[Any], attrs: Mapping[str, Any]) -> tuple[Any, tuple[Node, ...]]:
        """The value, and the results of the recorded equations, through which the VJP goes back.

        Raises:
            OtherwiseError: going back would read an operand that it did not read before.
        """
        value, results = self._recorded(values, attrs)
        if not self._trimmed(results) <= self.read:
            raise OtherwiseError
        self._let_go()
        return value, results

    def _recorded(self, values: Sequence[Any], attrs: Mapping[str, Any]) -> Any:
        snapshot = self.snapshot
        for x, value in zip(snapshot.inputs, values, strict=True):
            if isinstance(x, Node):
                x.value = value
        with setting(grad=True, scope=snapshot.scope):
            return snapshot.op.compute(snapshot.inputs, attrs, kept=True)  # type: ignore[union-attr]

    def _trimmed(self, results: Iterable[Any]) -> set[int]:
        """Let go of the large values in the record that nobody reads; gives the places of the operands that are read."""
        inside = _between(results, {id(x) for x in self.snapshot.inputs})
        read = {id(x) for node in inside for i, x in enumerate(node.inputs) if isinstance(x, Node) and takes(node, i)}
        read |= {id(node) for node in inside if takes(node, -1)}
        for node in inside:  # from the youngest to the oldest: a view that is read holds what it is a view of
            if id(node) in read:
                read |= {id(x) for x in node.inputs if isinstance(x, Node) and _shared(node.value, x.value)}
            elif node.value.__class__ is np.ndarray and node.value.size > LARGE:
                node.value = stand_in(node.value)
        return {i for i, x in enumerate(self.snapshot.inputs) if id(x) in read}

    def _let_go(self) -> None:
        for x in self.snapshot.inputs:
            if isinstance(x, Node):
                x.value = None


def _between(results: Iterable[Any], ends: set[int]) -> list[Node]:
    """The nodes that lead to some results, from the youngest to the oldest, without those at which the way back ends."""
    found: dict[int, Node] = {}
    waiting = [y for y in results if isinstance(y, Node)]
    while waiting:
        node = waiting.pop()
        if id(node) not in found and id(node) not in ends and node.op is not None and node.needs:
            found[id(node)] = node
            waiting += [x for x in node.inputs if isinstance(x, Node)]
    return sorted(found.values(), key=lambda node: -node.id)


def _shared(a: Any, b: Any) -> bool:
    if a.__class__ is not np.ndarray or b.__class__ is not np.ndarray:
        return a.__class__ is tuple or b.__class__ is tuple
    return np.may_share_memory(a, b)


def takes(node: Node, position: int) -> bool:
    """Whether a derivative may read more of an input (of the result for -1) than its shape."""
    return not isinstance(node.op, Structured | Composite) or takes_value(node, position)


def takes_value(node: Node, position: int) -> bool:
    """Whether an operation's derivative, by its source, reads more of an input (of the result for -1) than its shape."""
    op: Any = node.op
    if isinstance(op, Composite):
        return op.reads_value(node, position)
    place = 1 if position < 0 else 2 if op.signature.variadic else 2 + position  # the first two arguments are g and y
    asked = (op.whole,) if op.whole else [sends for i, sends in enumerate(op.senders) if node.needs >> i & 1]
    found = [values_read(derivative) for derivative in asked if derivative is not None]
    return any(places is None or place in places for places in found)


def stand_in(value: Any) -> Any:
    """A stand-in with the shape and dtype of an array, which shows whether its elements are read."""
    return np.broadcast_to(np.array(np.nan, value.dtype), value.shape)
