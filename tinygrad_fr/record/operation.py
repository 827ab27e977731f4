"""What the record asks of an operation: a name to show, and what it sends back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from tinygrad_fr.explanation import NOTHING, Explanation

if TYPE_CHECKING:
    from tinygrad_fr.record.node import Node


class Operation(Protocol):
    """Anything that can be recorded. :mod:`tinygrad_fr.ops.definition` has the ways to say one."""

    name: str
    symbol: str  # what stands large on its card
    explained: Explanation = NOTHING

    @property
    def shown_as(self) -> str:
        """What people call it: its name, or that of the public operation which an internal one belongs to."""
        return self.explained.shown_as or self.name

    def vjp(self, node: Node, gradient: Any) -> tuple[Any, ...]:
        """What the node sends back to each input for the gradient that reached it; None where none is needed."""
