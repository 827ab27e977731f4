"""Measures of operations, by which pictures can be coloured."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.explain.remarks import saturation
from tinygrad_fr.graph import Constant, Graph, Vertex
from tinygrad_fr.locale import _
from tinygrad_fr.modes import no_grad
from tinygrad_fr.ops.definition import select
from tinygrad_fr.ops.definition.elementwise import Elementwise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_TRIES = 3  # the shortest of several runs is what the machine does undisturbed


@dataclass(frozen=True)
class Measure:
    """A number of each operation, and how those of several make one.

    Attributes:
        of: the number, None where an operation has none.
        together: of a closed part or of rolled steps.
        share: whether it lies between 0 and 1; else it is shown on a log scale.
        finest: whether it needs the run recorded down to the equations of its operations.
    """

    of: Callable[[Graph, Vertex], float | None]
    together: Callable[[Iterable[float]], float]
    share: bool = False
    finest: bool = False


def measure(graph: Graph, vertices: Iterable[Vertex], name: str) -> float | None:
    """The measure of one or several operations; None where none of them has it."""
    each = MEASURES[name]
    found = [number for vertex in vertices if (number := each.of(graph, vertex)) is not None]
    return each.together(found) if found else None


def units() -> dict[str, str]:
    """What each measure counts."""
    return {
        "value": _("norm of the value"),
        "gradient": _("norm of the gradient"),
        "saturation": _("share of saturated units"),
        "time": _("microseconds"),
        "memory": _("bytes of values"),
        "flops": _("operations on numbers"),
    }


def _norm(found: Any) -> float | None:
    if found is None:
        return None
    parts = found if isinstance(found, tuple) else (found,)
    return math.sqrt(sum(float(np.sum(np.square(np.asarray(p, float)))) for p in parts if p is not None))


def _all(norms: Iterable[float]) -> float:
    return math.sqrt(sum(norm * norm for norm in norms))


def _mean(shares: Iterable[float]) -> float:
    return float(np.mean(list(shares)))


def _bytes(_graph: Graph, vertex: Vertex) -> float | None:
    if vertex.op is None or vertex.op is select:
        return None
    parts = vertex.value if isinstance(vertex.value, tuple) else (vertex.value,)
    return float(sum(np.asarray(part).nbytes for part in parts))


def flops(graph: Graph, vertex: Vertex) -> float | None:
    """Multiplications, additions and functions of numbers that an operation does; none to move numbers about.

    A product of matrices of K terms does 2 K for each number that it gives, as a convolution whose K is the size of its
    filter; an element-wise operation one for each operator in its expression; a reduction one for each number it reads.
    """
    op = vertex.op
    if op is None or op is select:
        return None
    size = math.prod(vertex.shape)
    shapes = [graph.by_id[i].shape for i in vertex.inputs if isinstance(i, int)]
    if op.explained.flops is not None:
        return float(op.explained.flops(vertex.shape, shapes))
    if isinstance(op, Elementwise):
        return float(size * max(op.forward.passes, 1))
    read = sum(math.prod(shape) for shape in shapes)
    return 0.0 if size >= read else float(read)


def _seconds(graph: Graph, vertex: Vertex) -> float | None:
    """Time of the operation alone, computed again on the values that it had."""
    call = getattr(vertex.op, "call", None)
    if call is None or vertex.op is select:
        return None
    operands = [x.value if isinstance(x, Constant) else graph.by_id[x].value for x in vertex.inputs]
    signature = getattr(vertex.op, "signature", None)
    given = [operands] if getattr(signature, "variadic", False) else operands
    best = math.inf
    with no_grad():
        for _try in range(_TRIES):
            start = time.perf_counter()
            call(*given, **vertex.attrs)
            best = min(best, time.perf_counter() - start)
    return best * 1e6


MEASURES = {
    "value": Measure(lambda _graph, vertex: _norm(vertex.value), _all),
    "gradient": Measure(lambda _graph, vertex: _norm(vertex.grad), _all),
    "saturation": Measure(lambda _graph, vertex: saturation(vertex), _mean, share=True),
    "time": Measure(_seconds, sum, finest=True),
    "memory": Measure(_bytes, sum, finest=True),
    "flops": Measure(flops, sum, finest=True),
}
