"""What is proven: a function of float64 arrays, run on tensors or on values alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.gradients import grad
from tinygrad_fr.handles.tensor import Tensor, tensor
from tinygrad_fr.modes import no_grad
from tinygrad_fr.ops.definition import Elementwise
from tinygrad_fr.record.node import Node

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tinygrad_fr.ops.definition import Array, Op
    from tinygrad_fr.sampling import Sample


def weights(shapes: Sequence[tuple[int, ...]]) -> list[Array]:
    """Fixed weights that turn outputs into one number in which no two elements count the same."""
    return [np.cos(1.3 * np.arange(math.prod(shape), dtype=float) + i).reshape(shape) for i, shape in enumerate(shapes)]


def raw(x: Any) -> Any:
    """The array behind a node."""
    return np.asarray(x.current.value if isinstance(x, Node) else x)


def floats(outputs: Any) -> list[Any]:
    """The outputs that can have a gradient."""
    every = outputs if isinstance(outputs, tuple | list) else (outputs,)
    return [y for y in every if raw(y).dtype.kind == "f"]


def zero_if_none(gradient: Any, like: Array) -> Array:
    """A gradient as an array; zeros where there is none."""
    return np.zeros_like(like) if gradient is None else raw(gradient)


class Subject:
    """A function under proof, and the point at which it is proven.

    Args:
        function: takes as many tensors (or arrays) as there are ``arrays`` and gives one or several.
        arrays: the point.
        text: how it is written, for messages: ``tg.tanh({})`` with a field for each array.
        plain: whether it computes on arrays too.
    """

    def __init__(
        self, function: Callable[..., Any], arrays: Sequence[Array], text: str, *, plain: bool = False
    ) -> None:
        self.function, self.text, self.plain = function, text, plain
        self.arrays = [np.asarray(x, np.float64) for x in arrays]

    def values(self, arrays: Sequence[Array]) -> list[Array]:
        """The float outputs at another point, without a record."""
        if self.plain:
            return [raw(y) for y in floats(self.function(*arrays))]
        with no_grad():
            return [raw(y) for y in floats(self.function(*(tensor(x) for x in arrays)))]

    def number(self, arrays: Sequence[Array]) -> float:
        """The weighted sum of the outputs at another point."""
        found = self.values(arrays)
        return float(sum((y * w).sum() for y, w in zip(found, weights([y.shape for y in found]), strict=True)))

    def leaves(self, arrays: Sequence[Array] | None = None) -> list[Tensor]:
        """Tensors at a point that require a gradient."""
        return [tensor(x, requires_grad=True) for x in (self.arrays if arrays is None else arrays)]

    def outputs(self, leaves: Sequence[Tensor]) -> list[Any]:
        """The float outputs on recorded tensors."""
        return floats(self.function(*leaves))

    def gradients(
        self, arrays: Sequence[Array] | None = None, *, record: bool = False
    ) -> tuple[list[Tensor], tuple[Any, ...]]:
        """Leaves, and the gradient of the weighted sum for each (None where there is none)."""
        leaves = self.leaves(arrays)
        return leaves, pull_back(self.outputs(leaves), leaves, record=record)

    def reproduction(self) -> str:
        """A line of code that runs it at this point."""
        tensors = [f"tg.tensor({x.tolist()}, dtype=tg.float64, requires_grad=True)" for x in self.arrays]
        return self.text.format(*tensors)

    def __str__(self) -> str:
        return self.text.format(*(str(x.shape) for x in self.arrays))


def pull_back(outputs: Sequence[Any], leaves: Sequence[Tensor], *, record: bool = False) -> tuple[Any, ...]:
    """Gradients of the weighted sum of some outputs; the weights are the upstream gradients, so no operation but those
    under proof takes part."""
    chosen = weights([tuple(y.shape) for y in outputs])
    pairs = [(y, w) for y, w in zip(outputs, chosen, strict=True) if isinstance(y, Node) and y.requires_grad]
    if not pairs:
        return (None,) * len(leaves)
    nodes, upstream = zip(*pairs, strict=True)
    return grad(list(nodes), list(leaves), [tensor(w) for w in upstream], create_graph=record, allow_unused=True)


def held(op: Op) -> set[str]:
    """Inputs that an operation has no derivative for."""
    if isinstance(op, Elementwise):
        return {name for name, partial in op.partials.items() if partial is None}
    derivatives = getattr(op, "derivatives", None)
    if derivatives and getattr(op, "whole", None) is None:
        return set(op.inputs) - set(derivatives)
    return set()


class Called(Subject):
    """An operation on one of its samples, as a function of the arrays that it is differentiated by."""

    def __init__(self, op: Op, sample: Sample) -> None:
        self.op, self.attrs = op, dict(sample.attrs)
        self.variadic = len(sample.inputs) == 1 and isinstance(sample.inputs[0], list)
        self._operands = list(sample.inputs[0]) if self.variadic else list(sample.inputs)
        without = held(op)
        self.places = [
            i
            for i, x in enumerate(self._operands)
            if isinstance(x, np.ndarray) and x.dtype.kind == "f" and (self.variadic or op.inputs[i] not in without)
        ]
        shown = [_literal(x) for x in self._operands]
        for place in self.places:
            shown[place] = "{}"
        inside = ", ".join(shown)
        options = "".join(f", {key}={_literal(value)}" for key, value in self.attrs.items())
        text = f"tg.ops.registry[{op.name!r}]({f'[{inside}]' if self.variadic else inside}{options})"
        super().__init__(self._run, [self._operands[i] for i in self.places], text, plain=True)

    def operands(self, values: Sequence[Any]) -> list[Any]:
        """The operation's operands with other values where it is differentiated."""
        every = list(self._operands)
        for place, value in zip(self.places, values, strict=True):
            every[place] = value
        return every

    def values(self, arrays: Sequence[Array]) -> list[Array]:
        """The float outputs at another point, without a record."""
        return super().values(self._symmetric(arrays))

    def leaves(self, arrays: Sequence[Array] | None = None) -> list[Tensor]:
        """Tensors at a point that require a gradient."""
        return super().leaves(None if arrays is None else self._symmetric(arrays))

    def _symmetric(self, arrays: Sequence[Array]) -> Sequence[Array]:
        """Matrices of which one triangle is read are moved on both sides of the diagonal."""
        return [(x + np.swapaxes(x, -1, -2)) / 2 for x in arrays] if self.op.facts.symmetric else arrays

    def _run(self, *values: Any) -> Any:
        every = self.operands(values)
        return self.op(every, **self.attrs) if self.variadic else self.op(*every, **self.attrs)


def _literal(x: Any) -> str:
    """A value as code, with braces doubled for ``format``."""
    if isinstance(x, np.ndarray):
        text = f"np.array({x.tolist()}, dtype={x.dtype.name!r})"
    elif isinstance(x, np.dtype):
        text = repr(x.name)
    else:
        text = repr(x)
    return text.replace("{", "{{").replace("}", "}}")
