"""Calls: an operation without an instruction is computed by its own function at each run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tinygrad_fr.kernels.runtime.memory import Spent
from tinygrad_fr.ops.definition import Composite, Elementwise
from tinygrad_fr.ops.definition.structured import select
from tinygrad_fr.ops.shared.untracked import Saved
from tinygrad_fr.record.accelerator import materialized
from tinygrad_fr.record.node import NO_ATTRS, Bundle, Node
from tinygrad_fr.replay.events import CALLED, Partial, Question
from tinygrad_fr.replay.lowering.equations import Equations, has_equations_alone, stand_in, takes
from tinygrad_fr.replay.lowering.instructions import Call

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tinygrad_fr.replay.lowering.lowering import Lowering


class Calls:
    """Calls of operations, forward and backward, as instructions."""

    def __init__(self) -> None:
        self._snapshots: dict[int, Node] = {}
        self._borrowed: dict[int, dict[str, Any]] = {}  # id of a node → attributes whose nodes are cells
        self._latest_vjps: dict[int, list[bool]] = {}  # id of a snapshot → whether the latest VJP of it is the last
        self._equations: dict[int, Equations] = {}  # id of a node → its equations, through which a VJP goes back

    def lower(self, lowering: Lowering, node: Node) -> None:
        """Add the call of an operation to the instructions."""
        nodes = [x for x in node.inputs if isinstance(x, Node)]
        if node.op is CALLED:
            of: Node = node.attrs["of"]
            nodes += [
                x for i, x in ((-1, of), *enumerate(of.inputs)) if isinstance(x, Node) and lowering.is_read(of, i, x)
            ]
        cells = {id(x): lowering.cell(x) for x in nodes}
        fresh = self._attributes(lowering, node.attrs["of"] if node.op is CALLED else node)
        out = lowering.new_cell_of(node)
        run = (
            self._backward(lowering, node, cells, out)
            if node.op is CALLED
            else self._forward(lowering, node, cells, out)
        )
        reads = (*cells.values(), *fresh)
        lowering.instructions.append(
            Call(run, reads, out, kept=isinstance(node.op, Question) or node.id in lowering.saving)
        )

    def _attributes(self, lowering: Lowering, node: Node) -> list[int]:
        """Find the cells of the arrays among a node's attributes, as they were when it ran."""
        found = self._borrowed.get(node.id)
        if found is None:

            def placed(value: Any) -> Any:
                if isinstance(value, Node):
                    return Cell(lowering.cell(value))
                return value.__class__([placed(part) for part in value]) if value.__class__ in (tuple, list) else value

            taken = lowering.tape.borrowed.get(node.id, {})
            found = self._borrowed[node.id] = {key: placed(value) for key, value in taken.items()}
        return _cells_of(tuple(found.values()))

    def _given(self, node: Node) -> Callable[[list[Any]], Mapping[str, Any]]:
        """A function that gives a node's attributes at each run."""
        attrs, fresh = node.attrs, self._borrowed.get(node.id)
        if not fresh:
            return lambda _held: attrs

        def filled(value: Any, held: list[Any]) -> Any:
            if value.__class__ is Cell:
                return held[value.place]
            if value.__class__ in (tuple, list):
                return value.__class__([filled(part, held) for part in value])
            return value

        return lambda held: {**attrs, **{key: filled(value, held) for key, value in fresh.items()}}

    def _forward(self, lowering: Lowering, node: Node, cells: dict[int, int], out: int) -> Callable[[list[Any]], None]:
        op, attrs, given = node.op, node.attrs, self._given(node)
        places = [self._operand(lowering, cells, x) for x in node.inputs]

        def values(held: list[Any]) -> list[Any]:
            return [x if cell is None else held[cell] for cell, x in places]

        if op is select:
            (bundle, _none), index = places[0], attrs["index"]

            def selected(held: list[Any]) -> None:
                held[out] = held[bundle][index]  # type: ignore[index]

            return selected
        if isinstance(op, Composite):
            key, snapshot, read_back, equations = node.id, self._snapshot(node), self._latest_vjps, self._equations
            left = lowering.left[node.id] = lowering.new_cell() if node.id in lowering.saving else -1

            def composite(held: list[Any]) -> None:
                if (recorded := equations.get(key)) is not None:
                    held[out], snapshot.extra.saved = recorded.run(values(held), given(held))
                    return
                held[out], saved = op.compute(tuple(values(held)), given(held), kept=False)
                if left >= 0:
                    held[left] = saved
                if saved is not None and id(snapshot) in read_back:
                    snapshot.extra.saved = saved

            return composite
        if isinstance(op, Partial | Elementwise):
            function: Any = (
                op.of_floats
                if node.value.__class__ is float
                else op.call
                if isinstance(op, Elementwise)
                else op.of_arrays
            )

            def elementwise(held: list[Any]) -> None:
                found = function(*values(held), **given(held))
                held[out] = found if found.__class__ is float else np.asarray(found)

            return elementwise
        compute: Any = op._compute  # type: ignore[union-attr]

        def structured(held: list[Any]) -> None:
            found = compute(values(held), given(held))
            held[out] = np.asarray(found) if isinstance(found, np.generic) else found

        return structured

    def _operand(self, lowering: Lowering, cells: dict[int, int], x: Any) -> tuple[int | None, Any]:
        """The cell of an operand, or the operand itself if it is not computed by the step."""
        if isinstance(x, Saved):
            return lowering.left.get(x.of.id), None
        return (cells[id(x)], None) if isinstance(x, Node) else (None, x)

    def _backward(self, lowering: Lowering, node: Node, cells: dict[int, int], out: int) -> Callable[[list[Any]], None]:
        """Compute the operation's VJP as in an eager step, on a snapshot of its node."""
        of: Node = node.attrs["of"]
        snapshot, kept, several = self._snapshot(of), node.attrs["kept"], isinstance(of, Bundle)
        parts = [None if x is None else cells[id(x)] for x in node.inputs]
        own, attributes, left = cells.get(id(of)), self._given(of), lowering.left_by(of)
        shape = None if own is not None else stand_in(of.value)
        if id(snapshot) in self._latest_vjps:
            self._latest_vjps[id(snapshot)][0] = False
        last = self._latest_vjps[id(snapshot)] = [True]
        shared = of.id in lowering.saving  # a later computation reads what was saved too
        inputs: list[tuple[Any, int]] = []
        stand_ins: list[tuple[Node, Any]] = []
        for x, y in zip(snapshot.inputs, of.inputs, strict=True):
            if isinstance(x, Node) and isinstance(y, Node):
                if id(y) in cells:
                    inputs.append((x, cells[id(y)]))
                else:
                    stand_ins.append((x, stand_in(y.value)))

        def run(held: list[Any]) -> None:
            snapshot.value = shape if own is None else held[own]
            for x, cell in inputs:
                x.value = held[cell]
            for x, value in stand_ins:
                x.value = value
            snapshot.attrs = attributes(held)
            if left is not None:
                snapshot.extra.saved = held[left]
            elif last[0] and not shared and snapshot.rare is not None and snapshot.rare.saved.__class__ is tuple:
                snapshot.rare.saved = Spent(snapshot.rare.saved)
            given = tuple(None if cell is None else held[cell] for cell in parts)
            sent = snapshot.op.vjp(snapshot, given if several else given[0])  # type: ignore[union-attr]
            found = [materialized(sent[i]) for i in kept]
            held[out] = tuple([np.asarray(each) if isinstance(each, np.generic) else each for each in found])
            snapshot.value = None
            snapshot.attrs = NO_ATTRS
            for x, _cell in inputs:
                x.value = None
            if last[0]:
                snapshot.rare = None

        return run

    def takes(self, lowering: Lowering, of: Node, position: int) -> bool:
        """Whether going back through an operation may read more of an input (of the result for -1) than its shape."""
        if of.id in lowering.saving or not has_equations_alone(of):
            return takes(of, position)
        if of.id not in self._equations:
            values = [x.value if isinstance(x, Node) else x for x in of.inputs]
            self._equations[of.id] = Equations(self._snapshot(of), values, of.attrs)
        return position in self._equations[of.id].read

    def _snapshot(self, node: Node) -> Node:
        """A node of the program's own, with inputs of its own, from which its backward pass starts."""
        found = self._snapshots.get(node.id)
        if found is None:
            found = self._snapshots[node.id] = snapshot_of(node)
            found.inputs = tuple(snapshot_of(x) if isinstance(x, Node) else x for x in node.inputs)
        return found


class Cell(NamedTuple):
    """The cell of an array in an attribute."""

    place: int


def _cells_of(value: Any) -> list[int]:
    """The cells among the parts of attributes."""
    if value.__class__ is Cell:
        return [value.place]
    return [cell for part in value for cell in _cells_of(part)] if value.__class__ in (tuple, list) else []


def snapshot_of(node: Node) -> Node:
    """A copy of a node without its value, its inputs and its gradient, which each run gives."""
    snapshot: Node = object.__new__(type(node))
    for name in Node.__slots__:
        if name != "__weakref__":
            setattr(snapshot, name, getattr(node, name))
    snapshot.rare = snapshot.value = snapshot._grad = None
    snapshot.inputs = ()  # which would keep the whole record alive
    return snapshot
