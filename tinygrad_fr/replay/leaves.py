"""Leaves of a record as later calls have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tinygrad_fr.record.node import Node


class Leaves:
    """Leaves of a record as a later call has them: the same, or the arguments in their places."""

    def __init__(self, recorded: Iterable[Node], given: Mapping[int, int]) -> None:
        self.recorded = list(recorded)
        self.replaced = [(i, given[leaf.id]) for i, leaf in enumerate(self.recorded) if leaf.id in given]

    def __call__(self, given: Sequence[Node]) -> list[Node]:
        """Those of a call."""
        found = self.recorded
        if self.replaced:
            found = found.copy()
            for i, place in self.replaced:
                found[i] = given[place]
        return found
