"""The course's equations (1) to (7) of backpropagation, with a network's own numbers, beside the engine's gradients.

The left side is computed here, from the values of the forward pass and the equations as the course writes them;
the right side is the result of the engine's backward pass. The course writes one sample as a column; a batch is stored
as rows, so that (5) and (6) add the samples up.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain.equations.vertex import local_value, norm
from tinygrad_fr.explain.formula import Formula, read, value
from tinygrad_fr.explain.formula.tree import Atom
from tinygrad_fr.explain.formula.write import plain
from tinygrad_fr.explain.observed import Observed
from tinygrad_fr.explain.steps.walk import walk
from tinygrad_fr.graph import Graph
from tinygrad_fr.locale import _, number
from tinygrad_fr.nn.parameter import Parameter
from tinygrad_fr.ops.definition import Elementwise
from tinygrad_fr.optim import SGD

if TYPE_CHECKING:
    from tinygrad_fr.graph import Vertex
    from tinygrad_fr.record.node import Node

Array = npt.NDArray[Any]

TOLERANCE = 1e-5  # relative: float32 keeps seven digits


@dataclass(frozen=True)
class Equation:
    """One equation of the course at one layer.

    Attributes:
        number: the course's.
        layer: from 1; 0 for an equation of the whole network.
        formula: the equation, with the layer's number in it.
        by_hand: the result of the equation; None for one that only states the aim.
        engine: the result of the engine's backward pass.
    """

    number: int
    layer: int
    formula: Formula
    by_hand: Array | None = None
    engine: Array | None = None

    @property
    def error(self) -> float:
        """Largest difference between the two, relative to the engine's largest number."""
        if self.by_hand is None or self.engine is None:
            return 0.0
        scale = float(np.max(np.abs(self.engine), initial=0.0)) or 1.0
        return float(np.max(np.abs(self.by_hand - self.engine), initial=0.0)) / scale

    @property
    def agrees(self) -> bool:
        """Whether the equation and the engine give the same."""
        return self.error <= TOLERANCE

    def to_json(self) -> dict[str, Any]:
        """The equation as plain data."""
        return {
            "number": self.number,
            "layer": self.layer or None,
            "formula": {"plain": self.formula.plain, "latex": self.formula.latex},
            "by_hand": None if self.by_hand is None else self.by_hand.tolist(),
            "engine": None if self.engine is None else self.engine.tolist(),
            "agrees": self.agrees,
        }

    def __str__(self) -> str:
        line = f"({self.number})  {self.formula.plain}"
        if self.by_hand is None or self.engine is None:
            return line
        verdict = _("the same") if self.agrees else _("different, by {error}").format(error=number(self.error))
        return (
            line
            + "\n     "
            + _("equation: {by_hand}   engine: {engine}   {verdict}").format(
                by_hand=_shown(self.by_hand), engine=_shown(self.engine), verdict=verdict
            )
        )


def _shown(found: Array) -> str:
    """An array in a few signs; a large one as its shape and norm."""
    shown = value(found)
    norm_ = f", ‖·‖ = {number(norm(found))}" if isinstance(shown, Atom) and found.size > 1 else ""
    return plain(shown) + norm_


class CourseEquations(tuple[Equation, ...]):
    """The equations in the order of the course's algorithm; ``print`` shows them.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> network = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1), nn.Tanh())
        >>> found = course_equations(0.5 * (network(tensor([[1.0, 2.0]])) - 1).square().sum())
        >>> [(equation.number, equation.layer) for equation in found]
        [(1, 0), (2, 0), (3, 2), (5, 2), (6, 2), (7, 2), (7, 2), (4, 1), (5, 1), (6, 1), (7, 1), (7, 1)]
        >>> found.agree
        True
    """

    __slots__ = ()

    @property
    def agree(self) -> bool:
        """Whether all of them agree with the engine."""
        return all(equation.agrees for equation in self)

    def __str__(self) -> str:
        return "\n".join(map(str, self))


@dataclass(frozen=True)
class _Layer:
    """One layer of neurons: z = W a₋ + b, a = σ(z)."""

    before: Array
    weight: Vertex
    bias: Vertex | None
    z: Vertex
    activation: Vertex | None


def course_equations(run: Node | Graph | Observed, *, lr: float = 0.1) -> CourseEquations:
    """Check a network against equations (1) to (7) of the course.

    Args:
        run: the loss of a multi-layer network, a graph of it with its backward pass, or an observed run.
        lr: the learning rate η of (1) and (7).

    Raises:
        UsageError: the run is no chain of layers.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> network = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1), nn.Tanh())
        >>> found = course_equations(0.5 * (network(tensor([[1.0, 2.0]])) - 1).square().sum())
        >>> found.agree
        True
    """
    graph = walk(run.graph if isinstance(run, Observed) else run).graph
    layers = _layers(graph)
    last = len(layers)
    update = r"W^{(n)} \leftarrow W^{(n)} - \eta \frac{\partial J}{\partial W^{(n)}}"
    found = [Equation(1, 0, read(update)), Equation(2, 0, read(r"\delta^{(n)} = \frac{\partial J}{\partial z^{(n)}}"))]
    delta = np.zeros(0)
    for n in range(last, 0, -1):
        layer = layers[n - 1]
        if n == last:
            formula, delta = _last_error(graph, layer, n)
            found.append(Equation(3, n, formula, delta, layer.z.grad))
        else:
            above = layers[n].weight.value
            slope = _slope(graph, layer)
            delta = (delta @ above) * slope
            text = rf"\delta^{{({n})}} = (W^{{({n + 1})}})^{{\top}} \delta^{{({n + 1})}} \odot \sigma'(z^{{({n})}})"
            found.append(Equation(4, n, read(text), delta, layer.z.grad))
        found += _gradients(layer, delta, n, lr)
    return CourseEquations(found)


def _layers(graph: Graph) -> list[_Layer]:
    """The layers from the input to the loss."""
    found = []
    for vertex in graph.nodes:
        if vertex.op is None or vertex.op.name != "linear":
            continue
        before, weight, bias = (graph.by_id[i] if isinstance(i, int) else None for i in vertex.inputs)
        assert before is not None
        assert weight is not None
        users = [graph.by_id[edge.target] for edge in graph.users[vertex.id]]
        activation = users[0] if len(users) == 1 and isinstance(users[0].op, Elementwise) else None
        if activation is not None and len(activation.inputs) != 1:
            activation = None
        found.append(_Layer(_rows(before.value), weight, bias, vertex, activation))
    chained = all(
        layer.activation is not None and after.before.shape[-1] == np.shape(layer.z.value)[-1]
        for layer, after in pairwise(found)
    )
    if not found or not chained or any(layer.weight.kind != "parameter" for layer in found):
        raise UsageError(
            _("equations (1) to (7) are those of layers one after the other, z = Wa + b, a = σ(z); this run has none")
        )
    return found


def _rows(array: Any) -> Array:
    """A batch as rows; one sample is a batch of one."""
    return np.atleast_2d(np.asarray(array))


def _slope(graph: Graph, layer: _Layer) -> Array:
    """σ′(z)."""
    if layer.activation is None:
        return np.ones_like(_rows(layer.z.value))
    return _rows(local_value(graph, layer.activation, 0))


def _last_error(graph: Graph, layer: _Layer, n: int) -> tuple[Formula, Array]:
    """Equation (3): with cross-entropy p − y, elsewhere ∂J/∂a ⊙ σ′(z)."""
    user = graph.by_id[graph.users[layer.z.id][0].target]
    if user.op is not None and user.op.name == "cross_entropy":
        target = user.inputs[1]
        assert isinstance(target, int)
        scores = _rows(layer.z.value)
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        delta = powers / powers.sum(axis=1, keepdims=True)
        delta[np.arange(len(delta)), np.asarray(graph.by_id[target].value).ravel()] -= 1
        mean = user.attrs.get("reduction", "mean") == "mean"
        if not mean or len(delta) == 1:
            return read(rf"\delta^{{({n})}} = p - y"), delta
        return read(rf"\delta^{{({n})}} = \frac{{1}}{{{len(delta)}}} (p - y)"), delta / len(delta)
    output = layer.activation if layer.activation is not None else layer.z
    text = rf"\delta^{{({n})}} = \frac{{\partial J}}{{\partial a^{{({n})}}}} \odot \sigma'(z^{{({n})}})"
    return read(text), _rows(output.grad) * _slope(graph, layer)


def _gradients(layer: _Layer, delta: Array, n: int, lr: float) -> list[Equation]:
    """Equations (5) to (7) of one layer."""
    weight, bias = delta.T @ layer.before, delta.sum(axis=0)
    text = rf"\frac{{\partial J}}{{\partial W^{{({n})}}}} = \delta^{{({n})}} (a^{{({n - 1})}})^{{\top}}"
    if n == 1:
        text += r" = \delta^{(1)} x^{\top}"
    found = [Equation(5, n, read(text), weight, layer.weight.grad)]
    if layer.bias is not None:
        text = rf"\frac{{\partial J}}{{\partial b^{{({n})}}}} = \delta^{{({n})}}"
        found.append(Equation(6, n, read(text), bias, layer.bias.grad))
    for letter, vertex, gradient in (("W", layer.weight, weight), ("b", layer.bias, bias)):
        if vertex is not None:
            own = f"{letter}^{{({n})}}"
            text = rf"{own} \leftarrow {own} - \eta \frac{{\partial J}}{{\partial {own}}}"
            found.append(Equation(7, n, read(text), vertex.value - lr * gradient, _stepped(vertex, lr)))
    return found


def _stepped(vertex: Vertex, lr: float) -> Array:
    """A copy of the parameter after a step of the engine's own gradient descent."""
    copy = Parameter(np.array(vertex.value))
    copy.grad = vertex.grad
    SGD([copy], lr).step()
    return np.array(copy.value)
