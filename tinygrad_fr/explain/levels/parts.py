"""The parts of a recorded run: modules, time steps, opened operations, and what they hold, as a tree.

Every scope of the record is a part. Where one part holds many operations directly, runs of what follows each other in
recording order become parts too, so that a graph of any size has a tree whose every part shows a few things, and no run
points at another that points back.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from tinygrad_fr.ops.definition import select
from tinygrad_fr.ops.definition.composite import Composite
from tinygrad_fr.ops.definition.structured import Structured
from tinygrad_fr.record.scope import EQUATION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tinygrad_fr.graph import Graph, Vertex
    from tinygrad_fr.record.operation import Operation
    from tinygrad_fr.record.scope import Scope

RUN, MODULE, STEP, MORE = "run", "module", "step", "more"
_MOVING = ("tinygrad_fr.ops.shapes.", "tinygrad_fr.ops.indexing.", "tinygrad_fr.ops.conversion")
_STATISTICS = ("running_mean", "running_var")  # operands of a normalisation that is no longer trained
FEW = 24  # operations side by side that a person still takes in


@dataclass(frozen=True, eq=False)
class Part:
    """Something that can be opened.

    Attributes:
        path: of its scope; a run of operations adds its place, such as ``lenet/1…24``.
        kind: ``run`` for the whole, ``module``, ``step``, ``equation`` for an operation opened into its equations,
            ``more`` for a run of operations.
        scope: the scope, None for a run of operations.
        parts: those directly inside, in recording order.
        vertices: operations directly inside, in recording order.
    """

    path: str
    kind: str
    scope: Scope | None
    parts: tuple[Part, ...]
    vertices: tuple[Vertex, ...]

    @property
    def name(self) -> str:
        """The last word of the path."""
        return self.path.rpartition("/")[2]

    @property
    def step(self) -> int | None:
        """The time step that it is, if it is one."""
        return self.scope.step if self.scope is not None else None

    @cached_property
    def everything(self) -> tuple[Vertex, ...]:
        """Every vertex inside, however deep, in recording order."""
        found = [*self.vertices, *(vertex for part in self.parts for vertex in part.everything)]
        return tuple(sorted(found, key=lambda vertex: vertex.id))

    @property
    def width(self) -> int:
        """How many things are seen when it is opened."""
        return len(self.parts) + len(self.vertices)

    def walk(self) -> Iterator[Part]:
        """This part and all those inside, from the outside in."""
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass(frozen=True)
class Absorbed:
    """What is no thing of its own in a picture.

    Attributes:
        parameters: id of a parameter, or of parameters arranged otherwise → the parameters that it comes from.
        outputs: id of one output of an operation with several → id of the operation.
    """

    parameters: Mapping[int, tuple[int, ...]]
    outputs: Mapping[int, int]

    @classmethod
    def of(cls, graph: Graph) -> Absorbed:
        """Find them in recording order."""
        parameters: dict[int, tuple[int, ...]] = {}
        outputs: dict[int, int] = {}
        for vertex in graph.nodes:
            ids = [i for i in vertex.inputs if isinstance(i, int)]
            if vertex.op is select:
                outputs[vertex.id] = outputs.get(ids[0], ids[0])
            elif vertex.id in graph.outputs:
                continue
            elif not isinstance(vertex.value, float) and (vertex.kind == "parameter" or _is_statistic(graph, vertex)):
                parameters[vertex.id] = (vertex.id,)
            elif ids and all(i in parameters for i in ids) and _arranges(vertex, ids):
                parameters[vertex.id] = tuple(dict.fromkeys(root for i in ids for root in parameters[i]))
        return cls(parameters, outputs)

    def name(self, graph: Graph, vertex: int) -> str:
        """What arranged parameters are called: their own name where they have one, else that of what they come from."""
        own = graph.by_id[vertex]
        return own.name or " ".join(dict.fromkeys(graph.by_id[i].name or "θ" for i in self.parameters[vertex]))

    def __contains__(self, vertex: int) -> bool:
        return vertex in self.parameters or vertex in self.outputs


def moves(op: Operation | None) -> bool:
    """Whether an operation only puts numbers elsewhere."""
    return isinstance(op, Structured) and op.function.__module__.startswith(_MOVING)


def _is_statistic(graph: Graph, vertex: Vertex) -> bool:
    """Whether a leaf is what a normalisation measured while it was trained: it belongs to it, as its parameters do."""
    if vertex.op is not None:
        return False
    users = [graph.by_id[edge.target] for edge in graph.users[vertex.id]]
    return bool(users) and all(_measures(user, vertex.id) for user in users)


def _measures(user: Vertex, operand: int) -> bool:
    """Whether an operation takes an operand for statistics, and for nothing else."""
    if not isinstance(user.op, Structured | Composite) or len(user.op.signature.inputs) < len(user.inputs):
        return False
    names = [name for name, found in zip(user.op.signature.inputs, user.inputs, strict=False) if found == operand]
    return bool(names) and all(name in _STATISTICS for name in names)


def _arranges(vertex: Vertex, ids: Sequence[int]) -> bool:
    """Whether parameters are turned, cut or joined, or two of them added, as the two biases of a cell are."""
    return moves(vertex.op) or (vertex.symbol == "+" and len(set(ids)) == 2)


def parts(graph: Graph, absorbed: Absorbed, *, most: int | None = None) -> Part:
    """The tree of a graph's parts, without what is absorbed.

    Args:
        graph: a reading of the record.
        absorbed: what is no thing of its own.
        most: things that are wanted at most, where a few must be enough: the operations after the last module, those of the
            loss or of a backward pass, are one part then, and those of a run without modules are so many parts.
    """
    inside: dict[Scope | None, list[Scope]] = {}
    for scope in graph.scopes:
        if scope.parent is not None:
            inside.setdefault(scope.parent, []).append(scope)

    def build(scope: Scope) -> Part:
        own = [vertex for vertex in graph.scopes[scope] if vertex.id not in absorbed]
        below = [part for child in inside.get(scope, []) if (part := build(child)).everything]
        kind = (
            RUN if scope.parent is None else STEP if scope.step is not None
            else EQUATION if scope.kind == EQUATION else MODULE
        )  # fmt: skip
        if most is not None and kind == RUN and not below and len(own) > most:
            return Part(scope.path, kind, scope, *_sorted(_grouped(scope.path, own, 0, count=most)))
        if len(own) <= FEW:
            last = max((_last(part) for part in below), default=0)
            after = [vertex for vertex in own if vertex.op is not None and vertex.id > last]
            if not (most is not None and kind == RUN and below and len(after) > 1):
                return Part(scope.path, kind, scope, tuple(below), tuple(own))
            place = len(graph.scopes[scope])
            end = Part(f"{scope.path}/{place - len(after) + 1}…{place}", MORE, None, (), tuple(after))
            return Part(scope.path, kind, scope, (*below, end), tuple(v for v in own if v not in after))
        items: list[Part | Vertex] = [*below, *own]
        ordered = sorted(items, key=_first)
        apart = all(_last(a) < _first(b) for a, b in pairwise(ordered))
        if apart and not any(part.kind == STEP for part in below):
            held = _grouped(scope.path, ordered, 0)
            return Part(scope.path, kind, scope, *_sorted(held))
        held, done = [], 0
        for is_part, together in groupby(ordered, lambda item: isinstance(item, Part)):
            run = list(together)
            if not is_part:  # a run ends where a part begins, so that neither points back at the other
                held += (
                    run
                    if len(run) == 1
                    else _grouped(scope.path, run, done, count=1 if most is not None or len(run) <= FEW else 0)
                )
                done += len(run)
        runs, vertices = _sorted(held)
        return Part(scope.path, kind, scope, (*below, *runs), vertices)

    return build(next(scope for scope in graph.scopes if scope.parent is None))


def _first(item: Part | Vertex) -> int:
    return item.everything[0].id if isinstance(item, Part) else item.id


def _last(item: Part | Vertex) -> int:
    return item.everything[-1].id if isinstance(item, Part) else item.id


def _sorted(items: Sequence[Part | Vertex]) -> tuple[tuple[Part, ...], tuple[Vertex, ...]]:
    """Parts and operations, each in order."""
    found = tuple(item for item in items if isinstance(item, Part))
    return found, tuple(item for item in items if not isinstance(item, Part))


def _grouped(path: str, items: Sequence[Part | Vertex], done: int, *, count: int = 0) -> list[Part | Vertex]:
    """At most a few groups of things that follow each other, of one size, each of groups where it is long itself.

    Args:
        path: of the part that holds them.
        items: in recording order.
        done: how many operations came before.
        count: how many groups; by default as many as make the groups as long as their number.
    """
    count = count or max(1, min(FEW // 2, round(len(items) / (FEW // 2))))
    found: list[Part | Vertex] = []
    for place in range(count):
        group = items[len(items) * place // count : len(items) * (place + 1) // count]
        size = sum(len(item.everything) if isinstance(item, Part) else 1 for item in group)
        inside = list(group) if len(group) <= FEW else _grouped(path, group, done)
        if len(group) == 1:
            found += group
        else:
            found.append(Part(f"{path}/{done + 1}…{done + size}", MORE, None, *_sorted(inside)))
        done += size
    return found
