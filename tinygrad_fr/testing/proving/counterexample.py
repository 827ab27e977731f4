"""Where a gradient is wrong: the operation whose own derivative the numbers contradict."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.graph import Graph
from tinygrad_fr.observers import observe
from tinygrad_fr.record.accelerator import materialized
from tinygrad_fr.record.node import Node
from tinygrad_fr.testing.proving.subject import weights

if TYPE_CHECKING:
    from tinygrad_fr.ops.definition import Array
    from tinygrad_fr.testing.proving.subject import Subject

_STEP = 1e-5
_TOLERANCE = 1e-4  # a local derivative is compared on whatever value it met, kinks left aside


@dataclass(frozen=True)
class Fault:
    """One operation that sends back something else than its derivative.

    Attributes:
        id: of its vertex in the graph.
        position: which of its inputs.
        found: what it sends for an upstream gradient of fixed weights.
        expected: what central differences say.
    """

    id: int
    position: int
    found: Array
    expected: Array


@dataclass(frozen=True)
class Counterexample:
    """A failed proof, small enough to look at.

    Attributes:
        graph: the recorded run, with gradients.
        what: the number that is wrong.
        found: what the engine gave.
        expected: what the numbers say.
        fault: the operation at fault; None where each is right by itself, and only their sum is wrong.
        code: a line that runs it again.

    Example:
        >>> from tinygrad_fr import testing
        >>> try:
        ...     testing.check_gradient(lambda x: x * x.detach(), [3.0])  # each operation is right, their sum is not
        ... except testing.GradientMismatchError as error:
        ...     case = error.counterexample
        >>> case.fault, [vertex.op for vertex in case.graph.nodes if vertex.op]
        (None, [<op mul>])
    """

    graph: Graph
    what: str
    found: Array
    expected: Array
    fault: Fault | None
    code: str

    @classmethod
    def of(cls, subject: Subject, what: str, found: Array, expected: Array) -> Counterexample:
        """Record the subject and look for the operation at fault."""
        leaves = subject.leaves()
        for i, leaf in enumerate(leaves):
            leaf.name = f"x{i + 1}".translate(_SUBSCRIPT) if len(leaves) > 1 else "x"
        with observe() as seen:
            outputs: list[Any] = [y for y in subject.outputs(leaves) if isinstance(y, Node)]
            for y, w in zip(outputs, weights([tuple(y.shape) for y in outputs]), strict=True):
                if y.requires_grad:
                    y.backward(w)
        graph = Graph.of(*outputs, observation=seen)
        shown = tuple(
            replace(v, kind="input") if v.op is None else v for v in graph.nodes
        )  # no parameters to fold away
        graph = replace(graph, nodes=shown)
        return cls(graph, what, found, expected, _fault(outputs), subject.reproduction())


_SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def _fault(outputs: list[Node]) -> Fault | None:
    """The first operation, in recording order, whose local derivative is wrong."""
    found: dict[int, Node] = {}
    stack = [y.current for y in outputs]
    while stack:
        node = stack.pop()
        if node.id not in found:
            found[node.id] = node
            stack.extend(x for x in node.inputs if isinstance(x, Node))
    for identity in sorted(found):
        fault = _local_fault(found[identity])
        if fault is not None:
            return fault
    return None


def _local_fault(node: Node) -> Fault | None:
    if node.op is None or not node.needs or node.op.name == "select":
        return None
    op: Any = node.op
    values: list[Any] = [x.value if isinstance(x, Node) else x for x in node.inputs]
    variadic = bool(getattr(getattr(op, "signature", None), "variadic", False))

    def number(arrays: list[Any]) -> float:
        result = op(arrays, **node.attrs) if variadic else op(*arrays, **node.attrs)
        parts = result if isinstance(result, tuple) else (result,)
        kept = [np.asarray(p) for p in parts if np.asarray(p).dtype.kind == "f"]
        return float(sum((p * w).sum() for p, w in zip(kept, weights([p.shape for p in kept]), strict=True)))

    own = node.value if isinstance(node.value, tuple) else (node.value,)
    kept = iter(weights([np.shape(p) for p in own if np.asarray(p).dtype.kind == "f"]))
    upstream = [next(kept) if np.asarray(p).dtype.kind == "f" else None for p in own]
    whole: Any = tuple(upstream) if isinstance(node.value, tuple) else upstream[0]
    if isinstance(node.value, float):
        whole = float(whole)
    sent = tuple(materialized(each) for each in op.vjp(node, whole))
    for position, contribution in enumerate(sent):
        x = values[position]
        if contribution is None or not node.needs >> position & 1:
            continue
        expected = np.empty(np.shape(x))
        for index in np.ndindex(np.shape(x)):
            ends = []
            for step in (_STEP, -_STEP):
                moved = np.array(x, np.float64)
                moved[index] += step
                there = float(moved) if isinstance(x, float) else moved
                ends.append(number([*values[:position], there, *values[position + 1 :]]))
            expected[index] = (ends[0] - ends[1]) / (2 * _STEP)
        got = np.asarray(contribution, float)
        scale = 1 + float(np.max(np.abs(expected), initial=0.0))
        if got.shape != expected.shape or not np.all(np.abs(got - expected) <= _TOLERANCE * scale):
            return Fault(node.id, position, got, expected)
    return None
