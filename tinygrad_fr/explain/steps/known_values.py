"""The values and gradients that are known after each step of a walk, and which gradients are complete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.explain.equations.vertex import norm
from tinygrad_fr.explain.formula import value
from tinygrad_fr.explain.formula.figures import text_of
from tinygrad_fr.explain.formula.write import plain

if TYPE_CHECKING:
    from tinygrad_fr.explain.steps.walk import Share, Step, Walk

FEW = 4  # numbers written out; of more, the norm


@dataclass(frozen=True)
class Known:
    """The values and gradients that are known after a step.

    Attributes:
        step: the step.
        values: ids of the vertices whose value is computed.
        received: id → the last share that it received.
        sent: (source, target) → shares that went that way.
    """

    step: Step
    values: frozenset[int]
    received: dict[int, Share]
    sent: dict[tuple[int, int], list[Share]]

    def value(self, i: int) -> str | None:
        """A vertex's value in a few signs; None while it is not computed."""
        return brief(self.step.equations.graph.by_id[i].value) if i in self.values else None

    def gradient(self, i: int) -> str | None:
        """What a vertex received so far, with the count while more is to come; None before the first share."""
        graph = self.step.equations.graph
        if i in graph.outputs and self.step.phase == "backward":
            return brief(graph.by_id[i].grad)
        share = self.received.get(i)
        if share is None:
            return None
        return brief(share.total) + ("" if share.complete else f"  ({share.place}/{share.count})")

    def complete(self, i: int) -> bool:
        """Whether nothing more comes to a vertex."""
        share = self.received.get(i)
        return share is None or share.complete


def known(walk: Walk, place: int) -> Known:
    """The values and gradients that are known after the step of an index, from 0."""
    values = {vertex.id for vertex in walk.graph.nodes if vertex.op is None}
    received: dict[int, Share] = {}
    sent: dict[tuple[int, int], list[Share]] = {}
    for step in walk.steps[: place + 1]:
        if step.phase == "forward":
            values.add(step.vertex.id)
        for share in step.shares:
            received[share.source] = share
            sent.setdefault((share.source, step.vertex.id), []).append(share)
    return Known(walk[place], frozenset(values), received, sent)


def brief(found: Any) -> str:
    """A number, a few numbers, or the norm of many."""
    if isinstance(found, tuple) or np.size(found) > FEW:
        return f"‖·‖ {text_of(norm(found))}"
    return plain(value(found))
