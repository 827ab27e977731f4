"""What one step does to every small change of the state: its Jacobian, read off the record.

Nothing here knows a formula: a row of the Jacobian is one vector–Jacobian product through the recorded operations of the
step. The bound of Pascanu et al. (2013) needs one fact more, the largest slope of the non-linearity that the step ends with.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate, pairwise
from operator import mul
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tinygrad_fr.modes import no_grad
from tinygrad_fr.record.backward import propagate
from tinygrad_fr.record.node import Node

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tinygrad_fr.explain.lenses.sequence import Way
    from tinygrad_fr.explain.observed import Observed

Matrix = npt.NDArray[Any]

_DEGREES: dict[str, Callable[[list[float]], float]] = {"add": max, "sub": max, "mul": sum, "matmul": sum, "linear": sum}
MOST = 20_000  # vector–Jacobian products of one reading: a few seconds


@dataclass(frozen=True)
class Jacobians:
    """The steps of a way, first to last; there is one step fewer than places.

    Attributes:
        steps: ∂s_t/∂s_{t−1}, one matrix per step.
        slopes: γ‖W‖ of each step, None where a step is no bounded function of W s.

    Example:
        >>> half = np.array([[0.5, 0.0], [0.0, 0.25]])
        >>> found = Jacobians((half, half, half), None)
        >>> found.largest, found.smallest, found.product
        ((0.5, 0.5, 0.5), (0.25, 0.25, 0.25), (0.125, 0.25, 0.5, 1.0))
    """

    steps: tuple[Matrix, ...]
    slopes: tuple[float, ...] | None

    @property
    def largest(self) -> tuple[float, ...]:
        """Each step's largest singular value: the most that it can stretch a gradient."""
        return tuple(_singular(step)[0] for step in self.steps)

    @property
    def smallest(self) -> tuple[float, ...]:
        """Each step's smallest singular value: the least that it leaves of one."""
        return tuple(_singular(step)[-1] for step in self.steps)

    def products(self) -> list[Matrix]:
        """∂s_T/∂s_t for each place t."""
        product = np.eye(self.steps[-1].shape[0])
        found = [product]
        with np.errstate(all="ignore"):  # an overflow is a reading too
            for step in reversed(self.steps):
                product = product @ step
                found.append(product)
        return found[::-1]

    @property
    def product(self) -> tuple[float, ...]:
        """‖∂s_T/∂s_t‖ for each place t."""
        return tuple(_singular(matrix)[0] for matrix in self.products())

    @property
    def bound(self) -> tuple[float, ...] | None:
        """What γ‖W‖ allows at most for each place t: (γ‖W‖)^(T−t) where W is the same at every step."""
        if self.slopes is None:
            return None
        return tuple(accumulate(reversed(self.slopes), mul, initial=1.0))[::-1]


def largest(matrix: Matrix) -> float:
    """‖M‖: the most that a matrix stretches; NaN where it overflowed."""
    return _singular(matrix)[0]


def _singular(matrix: Matrix) -> tuple[float, ...]:
    if not np.all(np.isfinite(matrix)):
        return (math.nan,)
    return tuple(float(v) for v in np.linalg.svd(matrix, compute_uv=False))


def jacobians(run: Observed, way: Way) -> Jacobians | None:
    """The Jacobian of every step, of the first row of the batch; None where there would be too many products.

    Where a batch stands in columns its first row's numbers do not follow each other, and there are none either.

    Example:
        >>> from tinygrad_fr.explain import observed
        >>> from tinygrad_fr.explain.lenses.sequence import way
        >>> from tinygrad_fr.plugins import Catalogue
        >>> model = Catalogue().load("rnn")
        >>> run = observed(model, model.settings.replaced({"hidden": "4"}))
        >>> found = jacobians(run, way(run.graph, "rnn"))
        >>> len(found.steps), found.steps[0].shape  # 8 places, 4 units
        (7, (4, 4))
    """
    states = [[run.nodes[vertex.id] for vertex in at] for at in way.states]
    if sum(_size(after) for after in states[1:]) > MOST or (way.columns and states[0][0].value.shape[-1:] != (1,)):
        return None
    with no_grad():
        steps = tuple(_jacobian(before, after) for before, after in pairwise(states))
        slopes = tuple(_slope(before, after) for before, after in pairwise(states))
    known = tuple(slope for slope in slopes if slope is not None)
    return Jacobians(steps, known if len(known) == len(slopes) else None)


def carried(states: Sequence[Node]) -> list[Matrix]:
    """∂s_T/∂s_t for each t by every path there is, one backward pass for each unit of the last state."""
    last = states[-1]
    wanted = frozenset(node.id for node in states)
    rows: list[list[Matrix]] = [[] for _node in states]
    with no_grad():
        for unit in range(_row(last.value).size):
            seed = np.zeros_like(np.asarray(last.value))
            seed.reshape(-1)[unit] = 1
            found = propagate([(last, seed)], wanted=wanted)
            for kept, node in zip(rows, states, strict=True):
                kept.append(_row(found.get(node.id, np.zeros_like(node.value))))
    return [np.stack(kept).astype(np.float64) for kept in rows]


def _size(nodes: Sequence[Node]) -> int:
    return sum(_row(node.value).size for node in nodes)


def _row(value: Any) -> Matrix:
    """The numbers of the first row of the batch; what has no batch is one row."""
    array = np.asarray(value)
    return (array[0] if array.ndim > 1 else array).ravel()


def _jacobian(before: Sequence[Node], after: Sequence[Node]) -> Matrix:
    """∂after/∂before: a row is what comes back of a gradient of 1 on one unit."""
    wanted = frozenset(node.id for node in before)
    rows = []
    for node in after:
        for unit in range(_row(node.value).size):
            seed = np.zeros_like(np.asarray(node.value))
            seed.reshape(-1)[unit] = 1  # the units of the first row come first
            found = propagate([(node, seed)], wanted=wanted, inside=True)
            rows.append(np.concatenate([_row(found.get(x.id, np.zeros_like(x.value))) for x in before]))
    return np.stack(rows).astype(np.float64)


def _slope(before: Sequence[Node], after: Sequence[Node]) -> float | None:
    """γ‖W‖ of a step s_t = σ(W s_{t−1} + …), or ‖W‖ of an affine one; None for any other."""
    if len(before) != 1:
        return None
    (source,), (end,) = before, after
    steepest = end.op.explained.steepest if end.op is not None else None  # γ
    inner: Any = end if steepest is None else end.inputs[0]
    if _degree(inner, source) != 1:
        return None
    return (1.0 if steepest is None else steepest) * _singular(_jacobian([source], [inner]))[0]


def _degree(node: Any, source: Node) -> float:
    """How a node depends on an older one: 0 not at all, 1 as W·source + b, more in any other way."""
    if not isinstance(node, Node) or node.id < source.id:
        return 0
    if node.id == source.id:
        return 1
    degrees = [_degree(x, source) for x in node.inputs]
    name = node.op.name if node.op is not None else ""
    if not any(degrees):
        return 0
    return _DEGREES[name](degrees) if name in _DEGREES else math.inf
