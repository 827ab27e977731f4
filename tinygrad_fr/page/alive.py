"""What makes a page compute: the program of its run, which numbers make up which card, and what can be pulled."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.draw.words import shape_text
from tinygrad_fr.explain.levels.scalars import with_scalars
from tinygrad_fr.living import StaticRunError, alive
from tinygrad_fr.living.choices import choices, spoken
from tinygrad_fr.living.gates import gates
from tinygrad_fr.living.javascript import ACTIVATIONS, activation
from tinygrad_fr.living.pair import paired
from tinygrad_fr.living.plane import plane
from tinygrad_fr.living.program import packed
from tinygrad_fr.living.scalar import scalars_placed
from tinygrad_fr.locale import _
from tinygrad_fr.page.document import in_every_language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tinygrad_fr.explain import Observed
    from tinygrad_fr.graph import Graph, Vertex
    from tinygrad_fr.living import Alive
    from tinygrad_fr.living.choices import Choice
    from tinygrad_fr.living.code import Code


class Life:
    """A living run beside the documents that the page shows of it."""

    def __init__(self, found: Alive, run: Observed) -> None:
        self.found, self.run = found, run
        # at other points and classes a run that decides by its values may be another run
        self.choices = choices(run, found) if not found.guards else []
        self.plane = plane(run, found, self.choices) if not found.guards else None
        self.documents: dict[str, dict[str, list[int]]] = {}

    @cached_property
    def swept(self) -> tuple[Any, Any]:
        """Every value and every gradient."""
        return self.found.program.swept(self.found.loss)

    @property
    def codes(self) -> Iterable[Code]:
        """The operations that it uses."""
        return self.found.program.codes.values()

    def equations(self) -> None:
        """The distance of equations is the living record's own."""
        self.documents["equation"] = self._told({vertex.id: vertex.id for vertex in self.found.graph.nodes})
        self._chosen("equation", self.found.graph)

    def operations(self, graph: Graph) -> None:
        """A coarser record of the same run."""
        self.documents["op"] = self._told(paired(graph, self.found.graph))
        self._chosen("op", graph)

    def scalars(self) -> Graph:
        """The record of single numbers, which is placed too."""
        graph, given = with_scalars(self.found.graph)
        places = scalars_placed(graph, given, self.found)
        self.documents["scalar"] = {str(i): [place, 1] for i, place in places.items()}
        return graph

    def _chosen(self, name: str, graph: Graph) -> None:
        """The cards of whole numbers that the page may choose otherwise: choice k is told as −2 − k."""
        for k, choice in enumerate(self.choices):
            for vertex in graph.nodes:
                whole = vertex.op is None and np.asarray(vertex.value).dtype.kind == "i"
                if whole and vertex.shape == choice.sides and tuple(np.ravel(vertex.value).tolist()) == choice.values:
                    self.documents[name][str(vertex.id)] = [-2 - k]

    def _told(self, pairs: Mapping[int, int]) -> dict[str, list[int]]:
        """Card → places of its numbers, none where nothing changes it."""
        return {str(i): packed(self.found.numbers.get(own, ())) for i, own in pairs.items()}

    def to_json(self) -> dict[str, Any]:
        """What the page carries."""
        found = self.found
        switched = {place for _name, place in self.plane.switches} if self.plane is not None else set()
        leaves = [
            v
            for v in found.graph.nodes
            if v.op is None and v.id in found.numbers and not switched.issuperset(found.numbers[v.id].ravel().tolist())
        ]
        return {
            "program": found.program.to_json() | {"choices": [self._choice(choice) for choice in self.choices]},
            "gates": gates(found),
            "guards": [list(guard) for guard in found.guards],
            "plane": self.plane.to_json() if self.plane is not None else None,
            "loss": found.loss,
            "cards": self.documents,
            "leaves": _distinct([self._leaf(vertex) for vertex in leaves]),
            "names": {str(v.id): v.name or v.symbol for v in found.graph.nodes},
            "activations": {name: activation(name).key for name in ACTIVATIONS},
        }

    def _choice(self, choice: Choice) -> dict[str, Any]:
        words = spoken(self.run, choice)
        return choice.to_json() | {"words": list(words)}

    def _leaf(self, vertex: Vertex) -> dict[str, Any]:
        users = self.found.graph.users.get(vertex.id, ())
        place = self.found.graph.by_id[users[0].target].scope if users else vertex.scope
        module = next((s.name for s in place.ancestors() if s.kind not in ("", "equation") and s.step is None), "")
        return {
            "name": vertex.name or "·",
            "in": module,
            "kind": vertex.kind,
            "shape": shape_text(vertex.shape),
            "sides": list(vertex.shape),
            "gradient": vertex.requires_grad,
            "places": packed(self.found.numbers[vertex.id]),
        }


def _distinct(leaves: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Names that tell the leaves apart: with the module, and with a number where that is not enough."""
    ways: list[Callable[[dict[str, Any], int], str]] = [
        lambda leaf, _rank: f"{leaf['in']}.{leaf['name']}" if leaf["in"] else leaf["name"],
        lambda leaf, rank: f"{leaf['name']} {rank}",
    ]
    for told in ways:
        times = Counter(leaf["name"] for leaf in leaves)
        rank: Counter[str] = Counter()
        for leaf in leaves:
            name = leaf["name"]
            if times[name] > 1:
                rank[name] += 1
                leaf["name"] = told(leaf, rank[name])
    return leaves


def life_of(run: Observed) -> Life | dict[str, str]:
    """The run as the page computes it, or one sentence in each language that says why it stands still."""
    try:
        return Life(alive(run), run)
    except StaticRunError as error:
        return in_every_language(partial(_still, error, run))


SMALLER = ("hidden", "steps", "width", "size", "context", "blocks")


def _still(error: StaticRunError, run: Observed) -> str:
    said = _("This page stands still: {why}.").format(why=error.say())
    names = [field.name for field in fields(run.model.settings)]
    found = next((name for name in SMALLER if name in names), None)
    if error.large and found is not None:
        said += " " + _("A smaller “{setting}” brings it to life: --set {setting}=…").format(setting=found)
    return said
