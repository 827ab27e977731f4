"""A recorded run at a level of detail: an open part shows what it contains, a closed part is one thing.

A view only chooses; every value and gradient that it shows is the record's own. Time steps can be folded like modules.
Steps that run the same operations on the same parameters can be rolled into one, which then stands for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from itertools import groupby
from typing import TYPE_CHECKING

from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain.levels.parts import MODULE, MORE, RUN, STEP, Absorbed, Part, parts
from tinygrad_fr.explain.steps.stop_condition import nearest
from tinygrad_fr.locale import _, number
from tinygrad_fr.record.scope import EQUATION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tinygrad_fr.graph import Edge, Graph, Vertex

ZOOMS = ("model", "module", "op", "equation", "scalar")
VISIBLE = 25  # largest number of units in a picture when no level is asked for
LIMIT = 4000  # largest number of units in any picture
NUMBERS = 60  # largest number of units in a picture of single numbers
_STEPS = 10  # time steps that are shown one by one by default; more would make an endless band

Bundle = tuple[Part, ...]  # one part, or time steps that are seen as one


@dataclass(frozen=True)
class Distance:
    """A level of detail, as it is asked for.

    Attributes:
        zoom: one of ``ZOOMS``; None opens parts from the outside in while there are few things to see.
        open: patterns of paths of parts to open, with those around them.
        close: patterns of paths of parts to close.
        depth: parts inside more parts than this are closed.
        time: first and last time step that are seen; those before and after are folded.
        roll: whether equal time steps are seen as one; None does so where there are too many.
        around: name, number or path of the unit in the middle; units far from it are left out.
        radius: the largest distance from the middle, in lines.

    Example:
        >>> Distance(zoom="module", time=(3, 6)).recorded
        ('op',)
        >>> Distance(zoom="equation").recorded
        ('op', 'equation')
    """

    zoom: str | None = None
    open: tuple[str, ...] = ()
    close: tuple[str, ...] = ()
    depth: int | None = None
    time: tuple[int, int] | None = None
    roll: bool | None = None
    around: str | None = None
    radius: int = 2

    @property
    def recorded(self) -> tuple[str, ...]:
        """Which composite operations the run must be recorded as the equations of; see :func:`tinygrad_fr.opened`."""
        return ("op", "equation") if self.zoom in ("equation", "scalar") or self.open else ("op",)


@dataclass(frozen=True, eq=False)
class Unit:
    """One thing in a view.

    Attributes:
        id: unique in the view, the same for the same thing in every run.
        vertices: the vertices that it stands for, in recording order: one operation, all those of a closed part, or the same
            operation of every rolled step.
        bundle: the closed parts that it stands for; empty for an operation.
        inside: the open parts that it lies in; more than one for rolled steps.
        times: how many equal time steps it stands for; 1 for most, 0 for different steps folded together.
    """

    id: str
    vertices: tuple[Vertex, ...]
    bundle: Bundle
    inside: Bundle
    times: int = 1

    @property
    def step(self) -> int | None:
        """The time step that it stands in, the first of several; None where they are rolled, and outside of time."""
        return None if self.times > 1 and not self.bundle else self.vertices[0].scope.time


@dataclass(frozen=True, eq=False)
class Tie:
    """All uses of one unit's values by another.

    Attributes:
        source: id of the unit that is used.
        target: id of the unit that uses it.
        edges: the record's own.
        kind: ``recurrent`` from one rolled step to the next, ``residual`` past what lies between, else nothing.
    """

    source: str
    target: str
    edges: tuple[Edge, ...]
    kind: str = ""


@dataclass(frozen=True, eq=False)
class View:
    """A graph at a distance.

    Attributes:
        graph: what is seen.
        absorbed: parameters and outputs that are no unit.
        units: what is seen, in recording order.
        ties: lines between them.
        left_out: number of units outside of the neighbourhood that was asked for.

    Example:
        >>> from tinygrad_fr import Graph, nn, tensor
        >>> graph = Graph.of(nn.Sequential(nn.Linear(2, 3), nn.Tanh())(tensor([[1.0, 2.0]])))
        >>> near, far = view(graph), view(graph, Distance(zoom="model"))
        >>> len(near.units), len(far.units), len(far.closed)
        (3, 2, 1)
    """

    graph: Graph
    absorbed: Absorbed
    units: tuple[Unit, ...]
    ties: tuple[Tie, ...]
    left_out: int = 0

    @property
    def closed(self) -> tuple[Unit, ...]:
        """The units that can be opened."""
        return tuple(unit for unit in self.units if unit.bundle)


def view(graph: Graph, distance: Distance | None = None, *, limit: int | None = None) -> View:
    """A view of a graph at a level of detail; the whole graph by default.

    Args:
        graph: a reading of the record.
        distance: how far from; every operation by default.
        limit: how many things are seen at most, by default few where nothing is asked for and many otherwise.

    Raises:
        UsageError: a part, a step or a node that is not there, with those that come near.

    Example:
        >>> from tinygrad_fr import Graph, nn, tensor
        >>> network = nn.Sequential(nn.Linear(2, 3), nn.Tanh())
        >>> seen = view(Graph.of(network(tensor([[1.0, 2.0]]))), Distance(depth=1))
        >>> len(seen.units) > 0
        True
    """
    asked = distance if distance is not None else Distance(zoom="equation")
    absorbed = Absorbed.of(graph)
    tree = parts(graph, absorbed, most=limit)
    whole = _Opening(graph, absorbed, tree, asked, limit, every=distance is None).view()
    return whole if asked.around is None else _around(whole, asked.around, asked.radius)


class _Opening:
    """The choice of what is open."""

    def __init__(
        self, graph: Graph, absorbed: Absorbed, tree: Part, asked: Distance, limit: int | None, *, every: bool
    ) -> None:
        self.most = LIMIT if every else _STEPS  # time steps that are shown one by one
        self.graph, self.absorbed, self.tree, self.asked = graph, absorbed, tree, asked
        self.chooses = asked.zoom is None
        self.limit = (
            limit if limit is not None else VISIBLE if self.chooses else NUMBERS if asked.zoom == "scalar" else LIMIT
        )
        self.every = {part.path: part for part in tree.walk()}
        self.allowed = self._allowed()
        self.forced = self._forced()
        self.allowed |= self.forced
        if asked.time is not None:
            self._check_time(*asked.time)
        self.bundles: dict[str, tuple[Bundle, ...]] = {}  # path of an open part → what is seen of the parts inside
        self.open: set[str] = set()
        self.signatures: dict[str, object] = {}
        self._choose()

    # What may be open

    def _allowed(self) -> set[str]:
        """Paths of the parts that the zoom lets open."""
        zoom = self.asked.zoom or "op"
        near = zoom not in ("model", "module")
        kinds = {RUN: True, MORE: near, STEP: near, MODULE: near, EQUATION: zoom in ("equation", "scalar")}
        allowed = set()
        for part, level in _levels(self.tree, 0):
            holds_modules = zoom == "module" and any(inner.kind == MODULE for inner in part.parts)
            if (kinds[part.kind] or holds_modules) and (self.asked.depth is None or level <= self.asked.depth):
                allowed.add(part.path)
        return allowed - self._matching(self.asked.close)

    def _forced(self) -> set[str]:
        """Paths of the parts that are open because somebody asked: those named, and those around them."""
        forced: set[str] = set()
        around = {inner.path: part.path for part in self.every.values() for inner in part.parts}
        for path in self._matching(self.asked.open):
            outer: str | None = path
            while outer is not None:
                forced.add(outer)
                outer = around.get(outer)
        return forced

    def _matching(self, patterns: Sequence[str]) -> set[str]:
        found: set[str] = set()
        for pattern in patterns:
            these = {path for path in self.every if path and fnmatchcase(path, pattern)}
            if not these:
                raise UsageError(
                    _("no part of this run is called “{found}”{near}").format(
                        found=pattern, near=nearest(pattern, [path for path in self.every if path])
                    )
                )
            found |= these
        return found

    def _check_time(self, first: int, last: int) -> None:
        steps = [part.step for part in self.every.values() if part.step is not None]
        if not steps:
            raise UsageError(_("this run has no time steps, so there is no window of them"))
        if first > last or first < min(steps) or last > max(steps):
            raise UsageError(
                _("time: expected a window between {low} and {high}, got {first}..{last}").format(
                    low=number(min(steps)), high=number(max(steps)), first=number(first), last=number(last)
                )
            )

    # What is open

    def _choose(self) -> None:
        """Open from the outside in, at each level parts of one class all or none, while there is room."""
        self._enter((self.tree,))
        seen = self._shown((self.tree,))
        level: list[Bundle] = [(self.tree,)]
        while level:
            inside = [bundle for outer in level for bundle in self.bundles[outer[0].path]]
            level = []
            for family in _families(inside):
                candidates = [b for b in family if b[0].path in self.allowed and not self._window(b[0])]
                for bundle in candidates:
                    self._enter(bundle)
                wanted = [b for b in candidates if b[0].path in self.forced]
                others = [b for b in candidates if b[0].path not in self.forced]
                seen += sum(self._shown(bundle) - 1 for bundle in wanted)
                cost = sum(self._shown(bundle) - 1 for bundle in others)
                if seen + cost <= self.limit:
                    seen, wanted = seen + cost, candidates
                else:
                    self.open -= {bundle[0].path for bundle in others}
                level += wanted

    def _enter(self, bundle: Bundle) -> None:
        self.open.add(bundle[0].path)
        self.bundles[bundle[0].path] = tuple(self._seen_of(bundle))

    def _shown(self, bundle: Bundle) -> int:
        return len(self.bundles[bundle[0].path]) + len(bundle[0].vertices)

    def _seen_of(self, bundle: Bundle) -> Iterator[Bundle]:
        """The parts inside, time steps folded or rolled where that is asked for or needed."""
        if len(bundle) > 1:  # equal steps have equal parts
            yield from zip(*(part.parts for part in bundle), strict=True)
            return
        for kind, together in groupby(bundle[0].parts, lambda part: part.kind):
            inside = tuple(together)
            yield from self._seen_steps(inside) if kind == STEP else ((part,) for part in inside)

    def _seen_steps(self, steps: Bundle) -> Iterator[Bundle]:
        rolls = self._rolls(steps)

        def seen_with(step: Part) -> object:
            window = self._window(step)
            return window or (self._signature(step) if rolls else step.path)

        for _key, run in groupby(steps, seen_with):
            yield tuple(run)

    def _window(self, step: Part) -> str:
        """Whether a step lies before or after the window that was asked for."""
        if self.asked.time is None or step.step is None:
            return ""
        first, last = self.asked.time
        return "before" if step.step < first else "after" if step.step > last else ""

    def _rolls(self, steps: Bundle) -> bool:
        if self.asked.roll is not None or self.asked.time is not None:
            return bool(self.asked.roll)
        return len(steps) > self.most or (not self.chooses and sum(self._size(step) for step in steps) > self.limit)

    def _size(self, part: Part) -> int:
        """The number of units of a part when everything that may be open is open."""
        if part.path not in self.allowed:
            return 1
        return len(part.vertices) + sum(self._size(inner) for inner in part.parts)

    def _signature(self, part: Part) -> object:
        """What a step does, on which parameters: equal for steps that may be seen as one.

        An operand is named by its place in the step. What comes from outside is not told apart, since the first step
        has a starting state where the others have the step before; a parameter is itself.
        """
        if part.path not in self.signatures:
            own = {vertex.id: place for place, vertex in enumerate(part.everything)}

            def operand(x: object) -> object:
                if not isinstance(x, int):
                    return None
                return self.absorbed.parameters.get(x) or own.get(self.absorbed.outputs.get(x, x))

            self.signatures[part.path] = tuple(
                (v.symbol, v.scope.path[len(part.path) :], tuple(operand(x) for x in v.inputs)) for v in part.everything
            )
        return self.signatures[part.path]

    # The view

    def view(self) -> View:
        units = tuple(sorted(self._units((self.tree,), ()), key=lambda unit: unit.vertices[0].id))
        place = {vertex.id: unit for unit in units for vertex in unit.vertices}
        place |= {output: place[bundle] for output, bundle in self.absorbed.outputs.items() if bundle in place}
        return View(self.graph, self.absorbed, units, tuple(_ties(self.graph, place)))

    def _units(self, bundle: Bundle, inside: Bundle) -> Iterator[Unit]:
        first = bundle[0]
        if first.path not in self.open:
            vertices = tuple(sorted((v for part in bundle for v in part.everything), key=lambda v: v.id))
            name = first.path if len(bundle) == 1 else f"{first.path}…{bundle[-1].name}"
            equal = len(bundle) == 1 or len({self._signature(part) for part in bundle}) == 1
            yield Unit(name, vertices, bundle, inside, len(bundle) if equal else 0)
            return
        around = inside if first.kind == MORE else bundle
        for position, same in enumerate(zip(*(part.vertices for part in bundle), strict=True)):
            name = str(same[0].id) if len(bundle) == 1 else f"{first.path}#{position}"
            yield Unit(name, same, (), around, len(bundle))
        for inner in self.bundles[first.path]:
            yield from self._units(inner, around)


def _levels(part: Part, level: int) -> Iterator[tuple[Part, int]]:
    yield part, level
    for inner in part.parts:
        yield from _levels(inner, level + 1)


def _families(bundles: Iterable[Bundle]) -> list[list[Bundle]]:
    """Parts that are opened together: those of one class side by side."""
    found: dict[str, list[Bundle]] = {}
    for bundle in bundles:
        part = bundle[0]
        kind = part.scope.kind if part.kind == MODULE and part.scope is not None else part.kind
        found.setdefault(kind, []).append(bundle)
    return list(found.values())


def _ties(graph: Graph, place: Mapping[int, Unit]) -> Iterator[Tie]:
    """The record's edges, those between the same two units together."""
    found: dict[tuple[str, str, str], list[Edge]] = {}
    for edge in graph.edges:
        source, target = place.get(edge.source), place.get(edge.target)
        if source is None or target is None or (source is target and source.times <= 1):
            continue
        recurrent = (
            source.times > 1
            and not source.bundle
            and source.inside == target.inside
            and graph.by_id[edge.source].scope.time != graph.by_id[edge.target].scope.time
        )
        if source is not target or recurrent:
            found.setdefault((source.id, target.id, "recurrent" if recurrent else ""), []).append(edge)
    before: dict[str, set[str]] = {}
    for source_id, target_id, kind in found:
        if not kind:
            before.setdefault(target_id, set()).add(source_id)
    born = {unit.id: unit.vertices[0].id for unit in place.values()}
    sums = {unit.id for unit in place.values() if not unit.bundle and unit.vertices[0].symbol == "+"}
    for (source_id, target_id, kind), edges in found.items():
        shorter = target_id in sums and not kind and _past(source_id, before[target_id], before, born)
        yield Tie(source_id, target_id, tuple(edges), "residual" if shorter else kind)


def _past(source: str, beside: set[str], before: Mapping[str, set[str]], born: Mapping[str, int]) -> bool:
    """Whether a term of a sum is also what the other term was computed from: then its line passes by that computation."""
    waiting, seen = [term for term in beside if term != source], {source}
    while waiting:
        unit = waiting.pop()
        if unit not in seen and born[unit] > born[source]:  # what is older does not come from it
            seen.add(unit)
            waiting.extend(before.get(unit, ()))
            if source in before.get(unit, ()):
                return True
    return False


def _around(whole: View, middle: str, radius: int) -> View:
    """What is at most so many lines away from a unit."""
    named = {unit.id for unit in whole.units if middle in _names(unit)}
    if not named:
        known = list(dict.fromkeys(name for unit in whole.units for name in _names(unit)))
        raise UsageError(
            _("nothing in this picture is called “{found}”{near}").format(found=middle, near=nearest(middle, known))
        )
    beside: dict[str, set[str]] = {}
    for tie in whole.ties:
        beside.setdefault(tie.source, set()).add(tie.target)
        beside.setdefault(tie.target, set()).add(tie.source)
    seen = set(named)
    for _line in range(radius):
        seen |= {other for unit in seen for other in beside.get(unit, ())}
    return replace(
        whole,
        units=tuple(unit for unit in whole.units if unit.id in seen),
        ties=tuple(tie for tie in whole.ties if tie.source in seen and tie.target in seen),
        left_out=len(whole.units) - len(seen),
    )


def _names(unit: Unit) -> list[str]:
    """What a unit may be called by: its path, or the operation's number, name, symbol and place."""
    if unit.bundle:
        return [unit.id, unit.bundle[0].name]
    vertex = unit.vertices[0]
    words = [vertex.name or "", vertex.op.name if vertex.op is not None else "", vertex.symbol]
    return [unit.id, str(vertex.id), *(word for word in words if word), f"{vertex.scope.path}/{words[0] or words[1]}"]
