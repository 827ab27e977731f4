"""What a run decides from its values where no operation says so: a Python ``if``, an index from an argmax."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from tinygrad_fr.locale import _
from tinygrad_fr.record.node import Node, clock
from tinygrad_fr.record.recorder import Recorder
from tinygrad_fr.source.site import caller

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from tinygrad_fr.graph import Graph


Leaves: TypeAlias = "dict[int, tuple[Node, int]]"


class Left(NamedTuple):
    """Values that left the record.

    Attributes:
        where: the line that read them.
        time: when, by the clock of nodes.
        leaves: the leaves of floats that they come from, by id, each with the last time when it was read for them.
        what: the array, or the node, that left.
    """

    where: str
    time: int
    leaves: Leaves
    what: Any = None

    def decides(self, loss: int) -> bool:
        """Whether a loss may hang on what was read: it was read before the loss, and computed from leaves as they are there.

        What was read of weights that have been moved since belongs to a step before, like these weights: a print of an
        earlier loss decides nothing here.
        """
        return self.time < loss and all(_written(leaf) < used for leaf, used in self.leaves.values())


def _merged(parts: Iterable[Leaves]) -> Leaves:
    found: Leaves = {}
    for part in parts:
        for i, (leaf, used) in part.items():
            found[i] = leaf, max(used, found.get(i, (leaf, 0))[1])
    return found


def _written(leaf: Node) -> int:
    return leaf.rare.storage.written if leaf.rare is not None else 0


class Watch(Recorder):
    """A tape that keeps nothing but where values left the record.

    What left it is a decision if Python read it; an array is one only if it comes back, as a leaf or an argument.

    Args:
        whole: composite operations that are not opened; None opens none but as the modes in force say.
    """

    keeps_arrays = True

    def __init__(self, whole: Container[str] | None = ()) -> None:
        self.whole = whole
        self.forget()

    def forget(self) -> None:
        """Start over."""
        self.read: list[Left] = []  # values that Python read
        self.answers: list[Left] = []  # a yes, a no or a whole number, which the record computes
        self.broken: list[str] = []
        self.out: list[Left] = []  # arrays, which may come back

    def told(self, earlier: Watch, loss: int, made: Mapping[int, Any]) -> None:
        """Take over what decided a loss whose operations were then done again.

        Args:
            earlier: who watched the run itself.
            loss: the node of the loss, then.
            made: what stands now for each node of then.
        """
        self.broken += earlier.broken
        self.read += [each for each in earlier.read if each.decides(loss)]
        self.out += [each for each in earlier.out if each.decides(loss)]
        for each in earlier.answers:
            if each.decides(loss):
                self.answers.append(each._replace(what=made.get(each.what.id, each.what)))

    def asked(self, loss: int) -> list[tuple[str, Node]]:
        """Lines that read a yes, a no or a whole number on which a loss may hang, and the node that says it."""
        return [(each.where, each.what) for each in self.answers if each.decides(loss)]

    def decisions(self, graph: Graph) -> list[str]:
        """The lines on which a graph depends on its own leaves by another way than its operations."""
        loss = graph.outputs[0]
        back = []
        for vertex in graph.nodes:
            found = [vertex.value] if vertex.op is None else list(vertex.attrs.values())
            back += [part for each in found for part in (each if isinstance(each, tuple) else (each,))]
        arrays = [each for each in back if isinstance(each, np.ndarray) and each.size]
        lines = [*self.broken, *(each.where for each in self.read if self._hangs(graph, each, loss))]
        for each in self.out:
            if self._hangs(graph, each, loss) and any(np.may_share_memory(each.what, array) for array in arrays):
                lines.append(each.where)
        return list(dict.fromkeys(lines))

    @staticmethod
    def _hangs(graph: Graph, left: Left, loss: int) -> bool:
        return left.decides(loss) and not graph.by_id.keys().isdisjoint(left.leaves)

    def _leaves(self, found: Any) -> Leaves:
        """The leaves of floats that something comes from."""
        if isinstance(found, np.ndarray):
            return _merged(each.leaves for each in self.out if np.may_share_memory(each.what, found))
        leaves: Leaves = {}
        waiting, seen = [(found, clock())], set()
        while waiting:
            each, used = waiting.pop()
            if not isinstance(each, Node):
                continue
            node = each.current
            if node.op is None:
                if not isinstance(node.value, tuple) and np.asarray(node.value).dtype.kind == "f":
                    leaves[node.id] = node, max(used, leaves.get(node.id, (node, 0))[1])
            elif node.id not in seen:
                seen.add(node.id)
                used = used if _written(node) else node.id  # what was changed since may have been read again
                waiting += [(source, used) for source in node.inputs]
        return leaves

    def _out(self, source: Any, array: Any) -> None:
        leaves = self._leaves(source)
        if isinstance(array, np.ndarray) and leaves:
            self.out.append(Left(caller().where, clock(), leaves, array))

    def _leaves_of(self, operands: Iterable[Any]) -> Leaves:
        return _merged(map(self._leaves, operands))

    def _read(self, *operands: Any) -> None:
        leaves = self._leaves_of(operands)
        if leaves:
            self.read.append(Left(caller().where, clock(), leaves))

    def escaped(self, node: Any) -> None:
        """Python reads a value: what it decides is known where the value is a yes, a no or a whole number."""
        value = np.asarray(node.current.value) if not isinstance(node.current.value, tuple) else np.zeros(0)
        if value.size == 1 and value.dtype.kind in "bi" and node.current.op is not None:
            if leaves := self._leaves(node):
                self.answers.append(Left(caller().where, clock(), leaves, node.current))
            return
        self._read(node)

    def assumed(self, predicate: Any, operands: tuple[Any, ...], answer: bool) -> None:
        """The engine chose its way by values; a question that finite numbers never answer otherwise is no decision."""
        if self._leaves_of(operands) and not _settled(predicate, operands, answer):
            self._read(*operands)

    def lent(self, node: Any) -> None:
        """A node's array becomes an argument, or a leaf."""
        self._out(node, node.value)

    def copied(self, source: Any, array: Any) -> None:
        """A new array holds elements of another, or of a node."""
        self._out(source, array)

    def computed(self, _function: Any, operands: tuple[Any, ...], array: Any) -> None:
        """An array was computed outside the record."""
        for each in operands:
            self._out(each, array)

    def stopped(self, why: str) -> None:
        """The step does what no tape can keep."""
        self.broken.append(_("{where} ({why})").format(where=caller().where, why=why))

    def opens(self, op: Any, _inputs: Any, _attrs: Any) -> bool:
        """Everything is opened down to its equations, but what has a form of its own stays whole."""
        return self.whole is not None and op.name not in self.whole


def _settled(predicate: Any, operands: tuple[Any, ...], answer: bool) -> bool:
    """Whether a question about values is answered alike for numbers of every size and sign in the place of the finite ones."""
    values = [np.asarray(each.current.value if isinstance(each, Node) else each) for each in operands]
    draw = np.random.default_rng(0)
    for scale in (0.0, 1e-30, 1.0, 1e30):
        tried = []
        for value in values:
            other = scale * draw.standard_normal(value.shape)
            tried.append(
                np.where(np.isfinite(value), other, value).astype(value.dtype) if value.dtype.kind == "f" else value
            )
        for signed in (tried, [np.abs(x) for x in tried], [-np.abs(x) if x.dtype.kind == "f" else x for x in tried]):
            kept = [
                np.where(np.isfinite(v), x, v) if v.dtype.kind == "f" else v
                for v, x in zip(values, signed, strict=True)
            ]
            if bool(predicate(*kept)) != answer:
                return False
    return True
