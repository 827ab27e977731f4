"""Everything that a step may change, saved and restored: a step can be tried or inspected without an effect."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tinygrad_fr.random import default
from tinygrad_fr.record.node import Node
from tinygrad_fr.replay.events import Change, Update
from tinygrad_fr.views import alias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tinygrad_fr.views import alias
from tinygrad_fr.replay.tape import Recording


class Reach:
    """What a recorded step reads and changes.

    Attributes:
        leaves: parameters, buffers and arguments, that were there before the step.
        optimizers: those that keep a state.
        grown: ids of leaves whose gradient it adds to.
    """

    def __init__(self, tape: Recording) -> None:
        self.leaves = _leaves(tape)
        self.optimizers = list({id(e.optimizer): e.optimizer for e in tape.events if isinstance(e, Update)}.values())
        self.grown = {leaf.id for leaf in tape.gradients.values()}

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Undo the effects of a step that runs inside; leaves start with the gradients that it expects."""
        gradients = [g.current for leaf in self.leaves if leaf.id in self.grown and isinstance(g := leaf._grad, Node)]
        leaves = [(leaf, leaf.value, leaf._grad) for leaf in (*self.leaves, *gradients)]
        states = [(optimizer, optimizer.held()) for optimizer in self.optimizers]
        drawn = default.get_state()
        for leaf in self.leaves:
            leaf._grad = leaf._grad if leaf.id in self.grown else None
        try:
            yield
        finally:
            for leaf, value, gradient in leaves:
                leaf.value, leaf._grad = value, gradient
            for optimizer, state in states:
                optimizer.put_back(state)
            default.set_state(drawn)


def _leaves(tape: Recording) -> list[Node]:
    found: dict[int, Node] = {}
    for event in tape.events:
        nodes: Any = (
            event.inputs
            if isinstance(event, Node)
            else (event.leaf,)
            if isinstance(event, Change)
            else (event.parameter,)
        )
        for x in nodes:
            while isinstance(x, Node) and x.op is None and (shared := alias(x)) is not None:
                x = shared
            if isinstance(x, Node) and x.op is None and x.id < tape.start:
                found.setdefault(x.id, tape.handles.get(x.id, x))
    return list(found.values())
