"""The way that a gradient takes back, found in the record: the states of an unrolled run, or the layers of a deep one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain.lenses.recurrence import Recurrence, chosen, recurrences
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from tinygrad_fr.graph import Graph, Vertex

STATES = ("h", "C")


@dataclass(frozen=True)
class Way:
    """Places that every gradient passes, from the first to the last.

    Attributes:
        axis: ``time`` or ``depth``.
        places: the time steps or layers.
        states: at each place, what the next one is computed from: h, h and C, or a layer's output.
        which: which of the run's layers and directions it is; empty where there is no other.
        columns: whether a row of the batch is a column of each state.
    """

    axis: str
    places: tuple[int, ...]
    states: tuple[tuple[Vertex, ...], ...]
    which: str = ""
    columns: bool = False


def way(graph: Graph, name: str, layer: int | None = None, direction: str | None = None) -> Way:
    """The states through time, where the run has time steps; else the outputs of its layers.

    Args:
        graph: the run.
        name: of its model.
        layer: which recurrent layer, from 1; the first by default.
        direction: ``forward`` or ``reverse``; the layer's first by default.

    Raises:
        UsageError: there are fewer than two places, or no such layer and direction.
    """
    recurrent = recurrences(graph) or named(graph)
    if recurrent:
        one = chosen(recurrent, name, layer, direction)
        states = tuple(tuple(at[s] for s in STATES if s in at) for at in one.steps)
        if len(states) < 2:
            raise UsageError(_("flow needs at least 2 time steps, got {found}").format(found=len(states)))
        return Way("time", tuple(range(1, len(states) + 1)), states, one.words(), one.columns)
    if layer is not None or direction is not None:
        raise UsageError(_("model “{name}” has no recurrent layers to choose from").format(name=name))
    outputs = deep(graph)
    if len(outputs) < 2:
        raise UsageError(
            _("model “{name}” has neither time steps nor several layers; try rnn, lstm, gru or deep").format(name=name)
        )
    return Way("depth", tuple(range(1, len(outputs) + 1)), tuple((vertex,) for vertex in outputs))


def named(graph: Graph) -> tuple[Recurrence, ...]:
    """Layers whose steps are scopes with a state that is named h: those of equations that no reading knows."""
    found: dict[str, dict[int, dict[str, Vertex]]] = {}
    for vertex in graph.nodes:
        step = vertex.scope.time
        if step is None or vertex.name is None:
            continue
        timed = next(scope for scope in vertex.scope.ancestors() if scope.step is not None)
        layer = timed.parent.path if timed.parent is not None else ""
        found.setdefault(layer, {}).setdefault(step, {})[vertex.name] = vertex
    known = {
        path: tuple(steps[t] for t in sorted(steps))
        for path, steps in found.items()
        if all("h" in at for at in steps.values())
    }
    return tuple(
        Recurrence("rnn", path, steps, rank, len(known)) for rank, (path, steps) in enumerate(known.items(), 1)
    )


def deep(graph: Graph) -> list[Vertex]:
    """The last value that each layer computed, layers being the largest family of modules with one parent."""
    families: dict[str, dict[str, Vertex]] = {}
    for vertex in graph.nodes:
        if vertex.op is None:
            continue
        for scope in vertex.scope.ancestors():
            if scope.kind and scope.parent is not None:
                families.setdefault(scope.parent.path, {})[scope.path] = vertex
    largest = max(families.values(), key=len, default={})
    return list(largest.values())
