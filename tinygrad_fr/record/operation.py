"""What the record asks of an operation: a name to show, and what it sends back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from tinygrad_fr.record.node import Node


class Operation(Protocol):
    """Anything that can be recorded. :mod:`tinygrad_fr.ops.definition` has the ways to say one."""

    name: str

    @property
    def symbol(self) -> str:
        """What stands large on its card."""

    def vjp(self, node: Node, gradient: Any) -> tuple[Any, ...]:
        """What the node sends back to each input for the gradient that reached it; None where none is needed."""
