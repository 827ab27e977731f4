"""What a step depends on beside its arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tinygrad_fr.record.node import Node


class Environment:
    """What a call of a step reaches."""

    def __init__(self, step: Any, arguments: Any, options: Any) -> None:
        self.why: str | None = None
        self.tensors: list[Node] = []

    def changed(self) -> str | None:
        """What a call changed."""
        return None

    def holds(self) -> bool:
        """Whether all is as it was."""
        return True
