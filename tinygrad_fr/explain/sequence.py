"""The steps of an unrolled run, found in its record by the symbols of the course's equations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from tinygrad_fr.record.graph import Graph, Vertex


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
