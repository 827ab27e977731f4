"""Two runs compared: operations that were added or removed, and changes of values and gradients."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.graph import Graph, Vertex

if TYPE_CHECKING:
    from collections.abc import Iterator

SAME, CHANGED, APPEARED, GONE = "same", "changed", "appeared", "gone"
NOTHING = 1e-12  # a relative change under this is rounding


@dataclass(frozen=True)
class Change:
    """One operation or leaf in both runs, or in one of them.

    Attributes:
        before: the older vertex, None if it was added.
        after: the newer vertex, None if it was removed.
    """

    before: Vertex | None
    after: Vertex | None

    @property
    def vertex(self) -> Vertex:
        """The newer of the two."""
        found = self.after if self.after is not None else self.before
        assert found is not None
        return found

    @property
    def kind(self) -> str:
        """``same``, ``changed``, ``appeared`` or ``gone``."""
        if self.before is None:
            return APPEARED
        if self.after is None:
            return GONE
        moved = max(self.value or 0.0, self.gradient or 0.0, float(self.before.shape != self.after.shape))
        return CHANGED if moved > NOTHING else SAME

    @property
    def value(self) -> float | None:
        """‖after − before‖ / ‖before‖ of the value; None where that says nothing, as between different shapes."""
        return None if self.before is None or self.after is None else _relative(self.before.value, self.after.value)

    @property
    def gradient(self) -> float | None:
        """The same of the gradient."""
        return None if self.before is None or self.after is None else _relative(self.before.grad, self.after.grad)

    def to_json(self) -> dict[str, Any]:
        """The change as plain data."""
        return {
            "kind": self.kind,
            "symbol": self.vertex.symbol,
            "name": self.vertex.name,
            "scope": self.vertex.scope.path,
            "before": None if self.before is None else list(self.before.shape),
            "after": None if self.after is None else list(self.after.shape),
            "value": self.value,
            "gradient": self.gradient,
        }


@dataclass(frozen=True)
class Difference:
    """What distinguishes two runs.

    Attributes:
        changes: everything of both, in an order that is the recording order of each.
        after: the newer run.
        before: the older.
    """

    changes: tuple[Change, ...]
    before: Graph
    after: Graph

    def counts(self) -> dict[str, int]:
        """How many of each kind."""
        kinds = [change.kind for change in self.changes]
        return {kind: kinds.count(kind) for kind in (SAME, CHANGED, APPEARED, GONE)}

    @cached_property
    def graph(self) -> Graph:
        """Both runs as one graph: the newer run with the removed operations; ids are places in it."""
        old: dict[int, int] = {}
        new: dict[int, int] = {}
        for place, change in enumerate(self.changes):
            if change.before is not None:
                old[change.before.id] = place
            if change.after is not None:
                new[change.after.id] = place
        vertices = []
        for place, change in enumerate(self.changes):
            places = new if change.after is not None else old
            inputs = tuple(places[x] if isinstance(x, int) else x for x in change.vertex.inputs)
            vertices.append(replace(change.vertex, id=place, inputs=inputs))
        sent = {(new[i], position): value for (i, position), value in self.after.contributions.items() if i in new}
        return Graph(tuple(vertices), tuple(new[i] for i in self.after.outputs), sent)

    def to_json(self) -> dict[str, Any]:
        """The difference as plain data."""
        return {
            "counts": self.counts(),
            "changes": [change.to_json() for change in self.changes if change.kind != SAME],
        }


def difference(before: Graph, after: Graph) -> Difference:
    """Match two runs, operation by operation, in recording order.

    Operations match if they are in the same place of the model (its name aside), do the same and have the same name.
    """
    matcher = SequenceMatcher(None, [_key(v) for v in before.nodes], [_key(v) for v in after.nodes], autojunk=False)
    return Difference(tuple(_changes(matcher, before.nodes, after.nodes)), before, after)


def _changes(
    matcher: SequenceMatcher[tuple[str, str, str]], before: tuple[Vertex, ...], after: tuple[Vertex, ...]
) -> Iterator[Change]:
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            yield from (Change(one, other) for one, other in zip(before[a:b], after[c:d], strict=True))
        else:
            yield from (Change(one, None) for one in before[a:b])
            yield from (Change(None, other) for other in after[c:d])


def _key(vertex: Vertex) -> tuple[str, str, str]:
    return vertex.scope.path.partition("/")[2], vertex.symbol, vertex.name or ""


def _relative(before: Any, after: Any) -> float | None:
    if before is None or after is None or isinstance(before, tuple) or isinstance(after, tuple):
        return None
    a, b = np.asarray(before, float), np.asarray(after, float)
    if a.shape != b.shape:
        return None
    size, moved = float(np.linalg.norm(a)), float(np.linalg.norm(b - a))
    return moved / size if size > 0 else math.inf if moved > 0 else 0.0
