"""The way that a gradient takes back, found in the record: the states of an unrolled run, or the layers of a deep one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from tinygrad_fr.record.graph import Graph, Vertex

STATES = ("h", "C")


@dataclass(frozen=True)
class Way:
    """Places that every gradient passes, from the first to the last.

    Attributes:
        axis: ``time`` or ``depth``.
        places: the time steps or layers.
        states: at each place, what the next one is computed from: h, h and C, or a layer's output.
    """

    axis: str
    places: tuple[int, ...]
    states: tuple[tuple[Vertex, ...], ...]


def way(graph: Graph, name: str) -> Way:
    """The states through time, where the run has time steps; else the outputs of its layers.

    Raises:
        UsageError: there are fewer than two places.
    """
    recurrent = layers(graph)
    if recurrent:
        steps = next(iter(recurrent.values()))
        found = Way("time", tuple(steps), tuple(tuple(at[s] for s in STATES if s in at) for at in steps.values()))
        if len(found.places) < 2:
            raise UsageError(_("flow needs at least 2 time steps, got {found}").format(found=len(found.places)))
        return found
    outputs = deep(graph)
    if len(outputs) < 2:
        raise UsageError(
            _("model “{name}” has neither time steps nor several layers; try rnn, lstm, gru or deep").format(name=name)
        )
    return Way("depth", tuple(range(1, len(outputs) + 1)), tuple((vertex,) for vertex in outputs))


def layers(graph: Graph) -> dict[str, dict[int, dict[str, Vertex]]]:
    """Path of a recurrent layer → time step → symbol → vertex."""
    found: dict[str, dict[int, dict[str, Vertex]]] = {}
    for vertex in graph.nodes:
        step = vertex.scope.time
        if step is None or vertex.name is None:
            continue
        timed = next(scope for scope in vertex.scope.ancestors() if scope.step is not None)
        layer = timed.parent.path if timed.parent is not None else ""
        found.setdefault(layer, {}).setdefault(step, {})[vertex.name] = vertex
    return {
        layer: dict(sorted(steps.items())) for layer, steps in found.items() if any("h" in s for s in steps.values())
    }


def first_layer(graph: Graph, name: str) -> dict[int, dict[str, Vertex]]:
    """The steps of the first recurrent layer.

    Raises:
        UsageError: the model has no time steps.
    """
    every = layers(graph)
    if not every:
        raise UsageError(_("model “{name}” has no time steps; try rnn, lstm or gru").format(name=name))
    return next(iter(every.values()))


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
