"""Recurrent networks of a record, found by their equations: whoever wrote them, and however.

An LSTM cell is C = f ⊙ C′ + i ⊙ C̃ and h = o ⊙ tanh C, where f, i and o are sigmoids; a GRU cell mixes its state and a
candidate by z and 1 − z; an Elman cell multiplies its own last state by the same weights. Cells of which each reads the
last one's state through the same weights are one layer in one direction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain.equations.tracing import Trace, operation
from tinygrad_fr.explain.levels.parts import moves
from tinygrad_fr.locale import _, clauses
from tinygrad_fr.record.scope import EQUATION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tinygrad_fr.graph import Graph, Vertex

FORWARD, REVERSE = "forward", "reverse"
DIRECTIONS = (FORWARD, REVERSE)
_SIGMOIDS = {"sigmoid", "hardsigmoid"}
_BENDS = {"tanh", "relu", "hardtanh", "softsign", "elu", "selu", "leaky_relu", "relu6", "gelu_exact", "gelu_tanh"}
_PRODUCTS = {"matmul", "linear", "conv1d", "conv2d", "convolution"}
_BETWEEN = _BENDS | _SIGMOIDS | {"add", "sub", "mul", "layer_norm", "rms_norm", "dropout"}  # of an Elman step's own


@dataclass(frozen=True)
class Recurrence:
    """One layer in one direction.

    Attributes:
        kind: ``rnn``, ``lstm`` or ``gru``.
        path: of its module.
        steps: at each step, symbol → vertex, in the order in which they ran.
        layer: its number in the run, from 1; both directions over one sequence have the same.
        layers: how many there are.
        direction: ``forward``, or ``reverse`` where the sequence is read from its end.
        directions: those of its layer.
        convention: of a GRU: ``torch`` where z keeps the old state, ``course`` where 1 − z does.
        columns: whether a row of the batch is a column of each value, as where W stands on the left.
    """

    kind: str
    path: str
    steps: tuple[dict[str, Vertex], ...]
    layer: int = 1
    layers: int = 1
    direction: str = FORWARD
    directions: tuple[str, ...] = (FORWARD,)
    convention: str = "course"
    columns: bool = False

    def first_row(self, value: Any) -> Any:
        """The numbers of the first row of the batch."""
        array = np.asarray(value, float)
        if array.ndim == 0:
            return array.reshape(1)
        return array[..., 0].ravel() if self.columns and array.ndim > 1 else array.reshape(-1, array.shape[-1])[0]

    @property
    def alone(self) -> bool:
        """Whether the run has no other."""
        return self.layers == 1 and len(self.directions) == 1

    @property
    def state(self) -> str:
        """What the step after is computed from: C of an LSTM, else h."""
        return "C" if self.kind == "lstm" else "h"

    def words(self) -> str:
        """Which of the run's it is; empty where there is no other."""
        if self.alone:
            return ""
        said = _("layer {n} of {total}").format(n=self.layer, total=self.layers)
        if self.directions != (FORWARD,):
            way = _("forward") if self.direction == FORWARD else _("reverse, from the last element to the first")
            said = f"{said}, {way}"
        return f"{said} ({self.path})" if self.path else said


@dataclass
class _Cell:
    """One step of a network, and what it was found by."""

    kind: str
    at: dict[str, Vertex]  # symbol → vertex
    before: Any  # the operand that is the state before
    convention: str = "course"
    weights: frozenset[int] = frozenset()
    reads: list[int] = field(default_factory=list)  # operands of its products that are no weights
    columns: bool = False

    @property
    def state(self) -> Vertex:
        return self.at["C" if self.kind == "lstm" else "h"]


def recurrences(graph: Graph) -> tuple[Recurrence, ...]:
    """Every recurrent layer and direction of a run, in the order in which they ran.

    Example:
        >>> from tinygrad_fr import Graph, nn, opened, tensor, zeros
        >>> with opened("op"):
        ...     y, _state = nn.LSTM(3, 4, num_layers=2, bidirectional=True)(zeros(5, 1, 3))
        >>> [(each.kind, each.layer, each.direction, len(each.steps)) for each in recurrences(Graph.of(y.sum()))]
        [('lstm', 1, 'forward', 5), ('lstm', 1, 'reverse', 5), ('lstm', 2, 'forward', 5), ('lstm', 2, 'reverse', 5)]
    """
    trace = Trace(graph)
    cells = _gated(trace)
    states = {vertex.id for cell in cells for vertex in (cell.state, cell.at["h"])}
    for cell in cells:
        _weigh(trace, cell, states)
    chains = _chains(trace, cells)
    used = {root for cell in cells for root in cell.weights}
    chains += _elman(trace, used)
    chains.sort(key=lambda chain: chain[0].at["h"].id)
    return _numbered(trace, chains)


def chosen(
    found: Sequence[Recurrence], name: str, layer: int | None = None, direction: str | None = None
) -> Recurrence:
    """One of a run's layers and directions: the first where nothing is asked.

    Raises:
        UsageError: there is none of this kind.
    """
    fit = [
        each
        for each in found
        if (layer is None or each.layer == layer) and (direction is None or each.direction == direction)
    ]
    if not fit:
        listed = clauses(*dict.fromkeys(each.words() or _("layer 1 of 1, forward") for each in found))
        raise UsageError(
            _("model “{name}”: there is no such layer and direction; it has {listed}").format(name=name, listed=listed)
        )
    return fit[0]


def _gated(trace: Trace) -> list[_Cell]:
    """LSTM and GRU cells, by their last sum."""
    found = []
    for vertex in trace.graph.nodes:
        name = operation(vertex)
        if name == "add":
            cell = _gru(trace, vertex) or _lstm(trace, vertex) or _leaky(trace, vertex)
            if cell is not None:
                found.append(cell)
        elif name == "lerp":
            cell = _mixed(trace, vertex, *vertex.inputs)
            if cell is not None:
                found.append(cell)
    return found


def _gate(trace: Trace, operand: Any) -> Vertex | None:
    """The sigmoid behind an operand, if it is one."""
    source = trace.source(operand)
    return source if operation(source) in _SIGMOIDS else None


def _rest(trace: Trace, operand: Any) -> Vertex | None:
    """The gate z of an operand 1 − z."""
    source = trace.source(operand)
    if source is None:
        return None
    if operation(source) == "sub" and trace.one(source.inputs[0]):
        return _gate(trace, source.inputs[1])
    if operation(source) == "add":
        for one, other in (source.inputs, source.inputs[::-1]):
            negative = trace.source(other)
            if trace.one(one) and negative is not None and operation(negative) == "neg":
                return _gate(trace, negative.inputs[0])
    return None


def _factors(trace: Trace, vertex: Vertex) -> list[tuple[Any, Any]] | None:
    """The operands of the two products that a sum adds."""
    terms = [trace.source(operand) for operand in vertex.inputs]
    if len(terms) != 2 or any(term is None or operation(term) != "mul" for term in terms):
        return None
    return [(term.inputs[0], term.inputs[1]) for term in terms if term is not None]


def _bent(trace: Trace, operand: Any) -> Vertex | None:
    """The non-linearity behind an operand."""
    source = trace.source(operand)
    return source if operation(source) in _BENDS else None


def _gru(trace: Trace, vertex: Vertex) -> _Cell | None:
    """h = (1 − z) ⊙ a + z ⊙ b."""
    terms = _factors(trace, vertex)
    if terms is None:
        return None
    for first, second in (terms, terms[::-1]):
        for rest, a in (first, first[::-1]):
            z = _rest(trace, rest)
            if z is None:
                continue
            for gate, b in (second, second[::-1]):
                if _gate(trace, gate) is z:
                    return _mix(trace, vertex, z, a, b)
    return None


def _leaky(trace: Trace, vertex: Vertex) -> _Cell | None:
    """h = a + z ⊙ (b − a)."""
    for a, product in (vertex.inputs, vertex.inputs[::-1]):
        times = trace.source(product)
        if operation(times) != "mul" or times is None:
            continue
        for gate, other in (times.inputs, times.inputs[::-1]):
            z, less = _gate(trace, gate), trace.source(other)
            if z is not None and less is not None and operation(less) == "sub":
                b, again = less.inputs
                if trace.source(again) is not None and trace.source(again) is trace.source(a):
                    return _mix(trace, vertex, z, a, b)
    return None


def _mixed(trace: Trace, vertex: Vertex, a: Any, b: Any, gate: Any) -> _Cell | None:
    z = _gate(trace, gate)
    return _mix(trace, vertex, z, a, b) if z is not None else None


def _mix(trace: Trace, vertex: Vertex, z: Vertex, a: Any, b: Any) -> _Cell | None:
    """h, which is a where z is closed and b where it is open."""
    for candidate, before, convention in ((a, b, "torch"), (b, a, "course")):
        bent = _bent(trace, candidate)
        if bent is None or (_bent(trace, before) is not None and convention == "torch"):
            continue
        r = _reset(trace, bent, z, frozenset(v.id for v in trace.sources(before)))
        if r is not None:
            return _Cell("gru", {"z": z, "r": r, "h̃": bent, "h": vertex}, before, convention)
    return None


def _reset(trace: Trace, candidate: Vertex, z: Vertex, older: frozenset[int]) -> Vertex | None:
    """The gate r, which a product on the way to the candidate has."""
    for step in trace.back(candidate, lambda v: v.id in older):
        if operation(step) == "mul":
            for gate in (_gate(trace, operand) for operand in step.inputs):
                if gate is not None and gate is not z:
                    return gate
    return None


def _lstm(trace: Trace, vertex: Vertex) -> _Cell | None:
    """C = f ⊙ C′ + i ⊙ C̃, and the h = o ⊙ tanh C that is made of it."""
    terms = _factors(trace, vertex)
    if terms is None:
        return None
    for kept, new in (terms, terms[::-1]):
        for i, candidate in (new, new[::-1]):
            bent = _bent(trace, candidate)
            if _gate(trace, i) is None or bent is None:
                continue
            for f, before in (kept, kept[::-1]):
                out = _gate(trace, f) is not None and _output(trace, vertex)
                if out:
                    o, h = out
                    view = trace.graph.by_id
                    return _Cell("lstm", {"f": view[f], "i": view[i], "o": view[o], "C̃": view[candidate], "C": vertex, "h": h}, before)  # fmt: skip
    return None


def _output(trace: Trace, cell: Vertex) -> tuple[Any, Vertex] | None:
    """The gate o and the h of a cell C."""
    for bent in trace.users(cell):
        if operation(bent) in _BENDS:
            for h in trace.users(bent):
                if operation(h) == "mul":
                    for o, other in (h.inputs, h.inputs[::-1]):
                        if _gate(trace, o) is not None and trace.source(other) is bent:
                            return o, h
    return None


def _weigh(trace: Trace, cell: _Cell, states: set[int]) -> None:
    """Find the weights of a cell, and what its products read beside them."""
    own = set(cell.weights)
    older = {v.id for v in trace.sources(cell.before)} | states
    own_states = {cell.state.id, cell.at["h"].id}

    def stop(vertex: Vertex) -> bool:
        return vertex.id in older - own_states or operation(vertex) in _PRODUCTS

    for start in (vertex for symbol, vertex in cell.at.items() if symbol not in ("h", "C")):
        for vertex in trace.back(start, stop):
            if operation(vertex) not in _PRODUCTS:
                continue
            weights, read = trace.weighed(vertex)
            own |= weights
            if operation(vertex) == "matmul" and vertex.inputs[1] in read:
                cell.columns |= any(v.id in states for v in trace.sources(vertex.inputs[1]))
            cell.reads += [i for operand in read for i in _joined(trace, operand)]
    cell.weights = frozenset(own)


def _joined(trace: Trace, operand: int) -> list[int]:
    """What an operand was joined of, one after the other."""
    vertex = trace.graph.by_id[operand]
    return Trace.ids(vertex) if operation(vertex) == "cat" else [operand]


def _chains(trace: Trace, cells: list[_Cell]) -> list[list[_Cell]]:
    """Cells of which each continues the one before, with the same weights."""
    chains: list[list[_Cell]] = []
    last: dict[int, list[_Cell]] = {}  # id of the state that a chain ends with → the chain
    for cell in cells:
        chain = next(
            (
                last[v.id]
                for v in trace.sources(cell.before)
                if v.id in last and _same(last[v.id][-1].weights, cell.weights) and last[v.id][-1].kind == cell.kind
            ),
            None,
        )
        if chain is None:
            chain = []
            chains.append(chain)
        else:
            del last[chain[-1].state.id]
        chain.append(cell)
        last[cell.state.id] = chain
    return chains


def _same(before: frozenset[int], after: frozenset[int]) -> bool:
    """Whether two steps have the weights of one layer: what a step reads that is itself a leaf may differ."""
    return bool(before & after) or not (before or after)


def _elman(trace: Trace, used: set[int]) -> list[list[_Cell]]:
    """Chains in which a state is a function of the last one's product with the same weights."""
    groups: dict[frozenset[int], list[tuple[Vertex, Any]]] = {}
    for vertex in trace.graph.nodes:
        if operation(vertex) in ("matmul", "linear", "mul"):
            for weight, state in (vertex.inputs[:2], vertex.inputs[:2][::-1]):
                root = trace.weight(weight)
                if root is not None and not root & used and isinstance(state, int):
                    groups.setdefault(root, []).append((vertex, state))
    found: list[list[_Cell]] = []
    for root, products in groups.items():
        chain: list[_Cell] = []
        before: Vertex | None = None
        path: list[str] = []
        for product, state in products:
            link = _link(trace, before, state) if before is not None else None
            if before is not None and link is None and chain:
                _finish(trace, before, path, chain, found)
                chain, path = [], []
            if link is not None:
                end, path = link
                chain.append(_Cell("rnn", {"h": end}, None, weights=root, reads=_beside(trace, end)))
            before = product
        if chain and before is not None:
            _finish(trace, before, path, chain, found)
    return _apart(found)


def _link(trace: Trace, product: Vertex, state: Any) -> tuple[Vertex, list[str]] | None:
    """The state that a product became, and the operations on its way there."""
    for end in trace.sources(state):
        waiting: list[list[Vertex]] = [[end]]
        for _step in range(24):
            if not waiting:
                break
            way = waiting.pop(0)
            if way[-1] is product:
                return _state(way[::-1]), [operation(vertex) for vertex in way[-2::-1]]
            if operation(way[-1]) in _BETWEEN and way[-1].id > product.id:
                waiting += [[*way, v] for operand in way[-1].inputs for v in trace.sources(operand)]
    return None


def _state(way: list[Vertex]) -> Vertex:
    """What a step is said to be by its author, if it is inside the step, else its end."""
    return next((v for v in way if v.name == "h" and v.scope.time is not None), way[-1])


def _finish(trace: Trace, product: Vertex, path: list[str], chain: list[_Cell], found: list[list[_Cell]]) -> None:
    """End a chain with the state that its last product became, by the same operations."""
    way = [product]
    for name in path:
        user = next((user for user in trace.users(way[-1]) if operation(user) == name), None)
        if user is None:
            break
        way.append(user)
    end = _state(way)
    if len(way) == len(path) + 1 or end.name == "h":
        cell = chain[-1]
        chain.append(_Cell("rnn", {"h": end}, None, weights=cell.weights, reads=_beside(trace, end)))
    found.append(chain)


def _beside(trace: Trace, end: Vertex) -> list[int]:
    """What the other products of a step read."""
    reads: list[int] = []
    for vertex in trace.back(end, lambda v: operation(v) in _PRODUCTS, 24):
        if operation(vertex) in _PRODUCTS:
            reads += [i for operand in trace.weighed(vertex)[1] for i in _joined(trace, operand)]
    return reads


def _apart(chains: list[list[_Cell]]) -> list[list[_Cell]]:
    """Chains that no other holds: a weight and its bias, or W and a scale, find the same states."""
    kept: list[list[_Cell]] = []
    for chain in sorted(chains, key=len, reverse=True):
        states = {cell.at["h"].id for cell in chain}
        if len(chain) > 1 and not any(states & {cell.at["h"].id for cell in other} for other in kept):
            kept.append(chain)
    return kept


def _numbered(trace: Trace, chains: list[list[_Cell]]) -> tuple[Recurrence, ...]:
    """Layers with their numbers: two directions over one sequence are one layer."""
    layers: list[dict[str, list[_Cell]]] = []
    about = [(chain, _direction(trace, chain), _read(trace, chain)) for chain in chains]
    homes: list[tuple[str, int | None, str]] = []
    for chain, direction, read in about:
        kind, path = chain[0].kind, _path(chain)
        home = (kind, read, path.removesuffix("_reverse"))
        before = homes[-1] if homes else ("", None, "")
        named = path.endswith("_reverse") and before[2] == home[2]
        if before[0] == kind and direction not in layers[-1] and (named or (read is not None and before[1] == read)):
            layers[-1][direction] = chain
        else:
            layers.append({direction: chain})
            homes.append(home)
    found = []
    for rank, layer in enumerate(layers, 1):
        for direction, chain in layer.items():
            steps = tuple({**cell.at, **_input(trace, cell, chain)} for cell in chain)
            found.append(
                Recurrence(
                    chain[0].kind,
                    _path(chain),
                    steps,
                    rank,
                    len(layers),
                    direction,
                    tuple(layer),
                    chain[0].convention,
                    any(cell.columns for cell in chain),
                )
            )
    return tuple(found)


def _input(trace: Trace, cell: _Cell, chain: list[_Cell]) -> dict[str, Vertex]:
    """The x that a step reads, where the record tells it from the state."""
    view = [trace.graph.by_id[i] for i in cell.reads]
    states = {each.at[s].id for each in chain for s in ("h", "C") if s in each.at}
    own = {v.id for v in trace.sources(cell.before)} | states
    outside = [v for v in view if not own & {source.id for source in trace.sources(v.id)}]
    named = [v for v in outside if v.name == "x"] or [v for v in outside if np.ndim(v.value) <= 2]
    return {"x": named[0]} if named else {}


def _places(trace: Trace, start: int) -> Iterator[tuple[str, Any, int]]:
    """What was done on the way to an operand: (operation, its attribute, the vertex that it was done to)."""
    waiting, seen = [start], set()
    while waiting:
        vertex = trace.graph.by_id[waiting.pop(0)]
        if vertex.id in seen or not moves(vertex.op):
            continue
        seen.add(vertex.id)
        ids = Trace.ids(vertex)
        if ids:
            yield operation(vertex), vertex.attrs.get("index", vertex.attrs.get("dims")), ids[0]
            if len(ids) == 1:
                waiting.append(ids[0])


def _read(trace: Trace, chain: list[_Cell]) -> int | None:
    """The sequence that a layer reads, behind its cuts and turns."""
    for i in chain[0].reads:
        found = [
            (name, at) for name, index, at in _places(trace, i) if name == "getitem" and _number(index) is not None
        ]
        if found:
            sources = trace.sources(found[0][1])
            return sources[0].id if sources else None
    return None


def _number(index: Any) -> int | None:
    """The one place that an index names, among slices."""
    numbers = [i for i in (index if isinstance(index, tuple) else (index,)) if isinstance(i, int | np.integer)]
    if numbers:
        return int(numbers[0])
    cuts = [i for i in (index if isinstance(index, tuple) else (index,)) if isinstance(i, slice)]
    ones = [i.start for i in cuts if i.start is not None and i.stop == i.start + 1]
    return int(ones[0]) if ones else None


def _turns(name: str, index: Any) -> bool:
    """Whether an operation turns a sequence around."""
    if name.startswith("flip"):
        return True
    return any(isinstance(i, slice) and (i.step or 1) < 0 for i in (index if isinstance(index, tuple) else (index,)))


def _direction(trace: Trace, chain: list[_Cell]) -> str:
    """Whether the sequence is read from its end, as its reads, its answers or its name tell."""
    if "reverse" in _path(chain).rpartition("/")[2]:
        return REVERSE
    for reads in zip(*(cell.reads for cell in chain), strict=False):
        ways = [list(_places(trace, i)) for i in reads]
        numbers = [next((n for name, index, _at in way if name == "getitem" and (n := _number(index)) is not None), None) for way in ways]  # fmt: skip
        places = [n for n in numbers if n is not None]
        if len(places) == len(chain) and len(set(places)) == len(places) > 1:
            falling = all(a > b for a, b in pairwise(places))
            turned = sum(_turns(name, index) for name, index, _at in ways[0]) % 2
            return REVERSE if falling != bool(turned) else FORWARD
    return REVERSE if _answered_backwards(trace, chain) else FORWARD


def _answered_backwards(trace: Trace, chain: list[_Cell]) -> bool:
    """Whether the states were put together from the last to the first, or turned around afterwards."""
    if len(chain) < 2:
        return False
    states = {cell.at["h"].id: t for t, cell in enumerate(chain)}
    for vertex in trace.graph.nodes:
        if operation(vertex) not in ("stack", "cat"):
            continue
        order = [t for i in Trace.ids(vertex) for v in trace.sources(i) if (t := states.get(v.id)) is not None]
        if len(order) == len(chain):
            falling = order == sorted(order, reverse=True)
            edges = trace.graph.users[vertex.id]
            after = [trace.graph.by_id[edge.target] for edge in edges]
            return falling or any(_turns(operation(v), v.attrs.get("index")) for v in after if moves(v.op))
    return False


def _path(chain: Iterable[_Cell]) -> str:
    """The innermost module around all the states of a layer, without its steps."""
    paths = []
    for cell in chain:
        scopes = list(cell.at["h"].scope.ancestors())[::-1]
        names: list[str] = []
        for scope in scopes:
            if scope.step is not None or scope.kind == EQUATION:
                break
            names.append(scope.name)
        paths.append(names)
    shared: list[str] = []
    for level in zip(*paths, strict=False):
        if len(set(level)) > 1:
            break
        shared.append(level[0])
    return "/".join(shared)
