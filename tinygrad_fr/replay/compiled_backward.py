"""The backward pass of a compiled call: recorded with the step, and lowered to a second program.

A step whose results require a gradient becomes two programs: the first runs forward and keeps the values that the
second, the backward pass, reads. A call is one node of the record, whose inputs are the tensors that gradients go to.
Each call keeps its own values, so several calls may precede the first backward pass.
"""

from __future__ import annotations

import ast
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tinygrad_fr.errors import GradientError, TinygradError
from tinygrad_fr.explanation import Facts
from tinygrad_fr.locale import _
from tinygrad_fr.modes import no_grad
from tinygrad_fr.ops.definition import Composite
from tinygrad_fr.ops.definition.op import Op, stale, touched
from tinygrad_fr.ops.definition.structured import select
from tinygrad_fr.ops.shared.untracked import Saved
from tinygrad_fr.record.accelerator import materialized
from tinygrad_fr.record.backward import plus, propagate
from tinygrad_fr.record.mode import now, setting
from tinygrad_fr.record.node import NO_ATTRS, Bundle, Node, record
from tinygrad_fr.replay.events import CALLED, Change, Partial, Update
from tinygrad_fr.replay.guards.signature import root
from tinygrad_fr.replay.leaves import Leaves
from tinygrad_fr.replay.lowering.lowering import Lowering
from tinygrad_fr.replay.results import nodes_of
from tinygrad_fr.versions import Storage

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from tinygrad_fr.replay.tape import Recording


def carried(result: Any, since: int, gone: Collection[int] = ()) -> list[Node]:
    """The results that require a gradient.

    Args:
        result: what a step returned.
        since: when it began.
        gone: ids of nodes whose backward pass the step ran itself.
    """
    nodes = {node.id: node for each in nodes_of(result) if (node := each.current).op is not None and node.id >= since}
    return [node for node in nodes.values() if node.needs and not _leads_to(node, gone, since)]


def _leads_to(result: Node, gone: Collection[int], since: int) -> bool:
    """Whether a result was made of one of some nodes."""
    stack, seen = [result] if gone else [], set()
    while stack:
        node: Any = stack.pop()
        if node.id in gone:
            return True
        if node.id not in seen and node.id >= since:
            seen.add(node.id)
            stack += [x for i, x in enumerate(node.inputs) if node.needs >> i & 1]
    return False


class UnrecordedError(Exception):
    """The backward pass of a step cannot be recorded."""


class Joint(NamedTuple):
    """The backward pass of a recorded step, on the tape after the step's own events.

    Attributes:
        outputs: results that carry a gradient.
        since: the number of events of the step itself.
        starts: leaves that stand for the gradients of the outputs.
        sources: the nodes that receive gradients, in order of their ids.
        gradients: the gradient of each source, None if it gets none.
        origins: for each source, the outputs whose gradients reach it, as bits.
    """

    outputs: list[Node]
    since: int
    starts: list[Node]
    sources: list[Node]
    gradients: list[Any]
    origins: list[int]


def joined(tape: Recording, outputs: Sequence[Node]) -> Joint:
    """Record the backward pass from the results of a step.

    Raises:
        UnrecordedError: that cannot be kept.
    """
    since, reached = len(tape.events), _between(tape, outputs)
    starts: list[Node] = []
    waiting: dict[int, Any] = {}
    origins: dict[int, int] = {}
    try:
        with no_grad(), setting(tape=tape, trace=True):
            for k, node in enumerate(outputs):
                start = _node(node, 1.0 if node.value.__class__ is float else np.ones_like(node.value))
                starts.append(start)
                waiting[node.id] = plus(waiting.get(node.id), start)
                origins[node.id] = origins.get(node.id, 0) | 1 << k
            for i in sorted(reached, reverse=True):
                node = reached[i]
                if node.op is None or i < tape.start or i not in waiting:
                    continue
                node = node.recorded
                for x, sent in zip(node.inputs, tape.vjp(node, waiting.pop(i)), strict=False):
                    if sent is not None and isinstance(x, Node):
                        waiting[x.id] = plus(waiting.get(x.id), sent)
                        origins[x.id] = origins.get(x.id, 0) | origins[i]
    except TinygradError as error:
        raise UnrecordedError(_("its gradient cannot be recorded: {why}").format(why=error)) from error
    if tape.why is not None:
        raise UnrecordedError(tape.why)
    sources = [node for _i, node in sorted(reached.items()) if node.op is None or node.id < tape.start]
    return Joint(
        list(outputs),
        since,
        starts,
        sources,
        [waiting.get(node.id) for node in sources],
        [origins.get(node.id, 0) for node in sources],
    )


def _between(tape: Recording, outputs: Sequence[Node]) -> dict[int, Node]:
    """The nodes between the results and the leaves that existed before the step."""
    reached: dict[int, Node] = {}
    stack: list[Any] = list(outputs)
    while stack:
        node = stack.pop()
        if node.id in reached:
            continue
        reached[node.id] = node
        if node.id < tape.start:
            continue
        if node.op is None:
            raise UnrecordedError(_("a leaf that it makes itself requires a gradient"))
        if node.rare is not None and (node.rare.hooks or node.rare.retain):
            raise UnrecordedError(_("it looks at the gradient of {node}").format(node=node.describe()))
        stack += [x for i, x in enumerate(node.inputs) if node.needs >> i & 1]
    return reached


class _Back(Lowering):
    """The events of the backward pass; the values that they read from the forward pass are inputs.

    Attributes:
        asked: the inputs in order: nodes, and the values that composites saved.
        read: ids of the nodes among them whose very elements count.
    """

    def __init__(self, tape: Recording, since: int) -> None:
        events = tape.events[since:]
        self._own = {event.id for event in events}
        self.asked: list[Node | Saved] = []
        self.read: set[int] = set()
        self._unread: set[int] = set()
        self._lefts: dict[int, int] = {}
        super().__init__(tape, events)

    def _draws(self) -> None:
        """The backward pass draws no random numbers: they are inputs."""

    def cell(self, x: Node) -> int:
        """A node's value where Python holds it."""
        node = self.resolved(x)
        if node.id not in self._own:
            if node.id not in self._unread:
                self.read.add(node.id)
            if node.id not in self._cells:
                self._cells[node.id] = self._asked(node)
        return super().cell(node)

    def _asked(self, what: Node | Saved) -> int:
        place = len(self.asked)
        self.asked.append(what)
        return self._fed(lambda given: given[place])

    def left_by(self, of: Node) -> int | None:
        """The cell of the values that a composite saved, which are inputs."""
        if not isinstance(of.op, Composite):
            return None
        if of.id not in self._lefts:
            self._lefts[of.id] = self._asked(Saved(of))
        return self._lefts[of.id]

    def is_read(self, of: Node, position: int, x: Node) -> bool:
        """Every value is an input; only the forward program checks shapes."""
        return True

    def call(self, node: Node) -> None:
        """Compute an operation by its own function; of values that it does not read, only the shape is an input."""
        self._unread = {self.resolved(x).id for x in _unread(node)}
        self._unread -= {self.resolved(x).id for x in _read(node)}
        super().call(node)
        self._unread = set()


def _parts(node: Node) -> list[tuple[Any, bool]]:
    """The inputs of a called operation of the backward pass, and whether it reads their elements."""
    if isinstance(node.op, Partial):
        names = {each.id for each in ast.walk(node.op.expression.tree) if isinstance(each, ast.Name)}
        return [(x, name in names) for name, x in zip(node.op.inputs, node.inputs, strict=True)]
    if node.op is CALLED:
        of: Any = node.attrs["of"]
        return [
            *((x, True) for x in node.inputs),
            (of, of.op.reads_value(of, -1)),
            *((x, isinstance(x, Node) and of.op.reads_value(of, i)) for i, x in enumerate(of.inputs)),
        ]
    return [(x, True) for x in node.inputs]


def _unread(node: Node) -> list[Node]:
    return [x for x, reads in _parts(node) if isinstance(x, Node) and not reads]


def _read(node: Node) -> list[Node]:
    return [x for x, reads in _parts(node) if isinstance(x, Node) and reads]


class Kept:
    """The values that one call keeps for its backward pass.

    Attributes:
        values: of nodes inside the step.
        leaves: tensors from outside that are read again.
        checked: tensors from outside whose elements may not have changed until then.
        storages: the same of results.
        again: runs the call eagerly once more, as of its original time, and gives the nodes of its outputs; None
            if that would not be the same call.
    """

    __slots__ = ("again", "checked", "leaves", "storages", "values")

    def __init__(
        self,
        values: list[Any],
        leaves: list[Node],
        checked: list[Node],
        storages: list[Storage],
        again: Callable[[int], Sequence[Node] | None],
    ) -> None:
        self.values, self.leaves, self.checked, self.storages = values, leaves, checked, storages
        self.again = again


GRADIENT, OUTSIDE, SAVED = range(3)  # the origins of the backward pass's inputs


class WholeCall(Op):
    """A compiled call as one operation of the record.

    Attributes:
        sources: the tensors that gradients go to, as a later call has them.
        saved: the values that the forward program saves.
        leaves: tensors from outside that the backward pass reads, as a later call has them.
        checked: those whose elements may not change before it, as a later call has them.
        results: places of outputs whose elements it reads.
    """

    def __init__(self, name: str, joint: Joint, tape: Recording, given: Sequence[Node]) -> None:
        from tinygrad_fr.replay.execution.assembly import Assembly  # with numba

        self.name = self.__name__ = name  # not registered as an operation
        self.facts = Facts(name, method=False)
        self.inputs = tuple(f"x{i + 1}" for i in range(len(joint.sources)))
        lowering = _Back(tape, joint.since)
        places = [lowering.place(g) for g in joint.gradients if g is not None]
        self.assembly = Assembly(lowering, places, {})
        self.busy = Lock()  # its memory serves one call at a time
        self._take = self.assembly.several(places)
        self._origins = [0 if g is None else bits for g, bits in zip(joint.gradients, joint.origins, strict=True)]
        self._all = (1 << len(joint.outputs)) - 1
        self._kinds = [(np.shape(y.value), np.asarray(y.value).dtype) for y in joint.outputs]
        starts = {start.id: k for k, start in enumerate(joint.starts)}
        changed = {
            (event.leaf if isinstance(event, Change) else event.parameter).id
            for event in tape.events
            if isinstance(event, Change | Update)
        }
        self._places: list[tuple[int, int]] = []
        self.saved: list[Node | Saved] = []
        leaves: list[Node] = []
        for what in lowering.asked:
            if isinstance(what, Node) and what.id in starts:
                self._places.append((GRADIENT, starts[what.id]))
            elif isinstance(what, Node) and what.id < tape.start and what.id not in changed:
                self._places.append((OUTSIDE, len(leaves)))
                leaves.append(what)
            else:
                self._places.append((SAVED, len(self.saved)))
                self.saved.append(what)
        read = [what for what in lowering.asked if isinstance(what, Node) and what.id in lowering.read]
        wholes = {root(x).id: x for x in given}
        checked = {whole.id: wholes.get(whole.id, whole) for x in read if (whole := root(x)).id < tape.start}
        self.sources, self.leaves, self.checked = (
            Leaves([tape.handles.get(x.id, x) for x in nodes], tape.given)
            for nodes in (joint.sources, leaves, checked.values())
        )
        outputs = {lowering.resolved(y).id: k for k, y in enumerate(joint.outputs)}
        self.results = [outputs[x.id] for x in read if x.id in outputs]

    def record(
        self,
        given: Sequence[Node],
        values: list[Any],
        saved: list[Any],
        again: Callable[[int], Sequence[Node] | None],
    ) -> tuple[Node, ...]:
        """Enter a call: the nodes of its outputs."""
        sources = [x.current for x in self.sources(given)]
        needs = (1 << len(sources)) - 1
        with setting(grad=True):
            if len(values) == 1:
                made = node = record(self, tuple(sources), NO_ATTRS, values[0], needs)
                outputs: tuple[Node, ...] = (made,)
            else:
                node = record(self, tuple(sources), NO_ATTRS, tuple(values), needs)
                outputs = tuple([record(select, (node,), {"index": i}, value, 1) for i, value in enumerate(values)])
        leaves, checked = self.leaves(given), self.checked(given)
        storages = [outputs[k].extra.storage for k in self.results]
        node.extra.saved = Kept(saved, [x.current for x in leaves], checked, storages, again)
        return outputs

    def reads_value(self, node: Node, position: int) -> bool:
        """No: the backward pass checks the values that it reads again."""
        return False

    def vjp(self, node: Node, gradient: Any) -> tuple[Any, ...]:
        """Run the backward program.

        Raises:
            GradientError: a value that it reads was changed, or a second derivative is asked for and cannot be computed.
        """
        kept: Kept = node.rare.saved  # type: ignore[union-attr]
        parts = gradient if isinstance(node, Bundle) else (gradient,)
        recorded = any(isinstance(part, Node) for part in parts)
        for x in kept.checked:
            if touched(node, x):
                raise stale(node, x)
        if any(storage.written > node.id for storage in kept.storages):
            raise stale(node, node)
        if recorded and now().grad:
            return self._exactly(node, kept, parts)
        values = [materialized(part.value if isinstance(part, Node) else part) for part in parts]
        reached = sum(1 << k for k, value in enumerate(values) if value is not None)
        for k, (shape, dtype) in enumerate(self._kinds):
            if values[k] is None:
                values[k] = np.zeros(shape, dtype)
        sent = self._run(values, kept)
        if reached != self._all:
            if not all(
                each is None or np.isfinite(each).all() for each in sent
            ):  # 0 · ∞, for a result that was not used
                return self._exactly(node, kept, parts)
            sent = [each if origins & reached else None for each, origins in zip(sent, self._origins, strict=True)]
        if recorded:
            return tuple(
                [None if g is None else _node(x, g) for x, g in zip(node.inputs, sent, strict=True)]  # type: ignore[arg-type]
            )
        return tuple(sent)

    def _exactly(self, node: Node, kept: Kept, parts: Sequence[Any]) -> tuple[Any, ...]:
        """Run the step once more eagerly, and go back through its operations."""
        outputs = kept.again(node.id)
        if outputs is None:
            raise GradientError(
                _(
                    "{node} would have to be done once more for this gradient, but draws random numbers, changes tensors, or depends on what has changed; call the step without compile()"
                ).format(node=node.describe())
            )
        roots = [(y, part) for y, part in zip(outputs, parts, strict=True) if part is not None]
        wanted = frozenset([x.id for x in node.inputs if isinstance(x, Node)])
        recorded = any(isinstance(part, Node) for part in parts)
        found = propagate(roots, record=recorded, wanted=wanted, inside=True)
        return tuple([found.get(x.id) for x in node.inputs if isinstance(x, Node)])

    def _run(self, values: Sequence[Any], kept: Kept) -> list[Any]:
        """The gradient of each source, None if there is none."""
        from_where = values, [x.value for x in kept.leaves], kept.values
        with self.busy:
            self.assembly.run(tuple([from_where[which][i] for which, i in self._places]))
            found = iter(self._take())
            self.assembly.let_go()
        return [next(found) if origins else None for origins in self._origins]


def _node(x: Node, gradient: Any) -> Any:
    """A gradient as a node: that of a scalar is a number."""
    handle = x.handle_of(gradient)
    kind: Any = type(x)
    return handle if isinstance(handle, Node) else kind(handle, requires_grad=False)
