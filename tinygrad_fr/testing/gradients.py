"""Proofs of gradients, in float64: against central differences, at second order, at kinks, and against the equations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.ops.definition import Composite, Elementwise
from tinygrad_fr.record.backward import grad
from tinygrad_fr.record.mode import opened
from tinygrad_fr.record.node import Node

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tinygrad_fr.ops.definition import Array, Op, Sample

# Central differences in float64 are best near this step: rounding and truncation are then both about 1e-10.
STEP = 1e-5
TOLERANCE = 2e-6


class GradientMismatchError(AssertionError):
    """A gradient that the numbers contradict."""


def _weights(shapes: Sequence[tuple[int, ...]]) -> list[Array]:
    """Fixed weights that turn outputs into one number in which no two elements count the same."""
    return [
        np.cos(1.3 * np.arange(int(np.prod(shape, dtype=np.int64)), dtype=float) + i).reshape(shape)
        for i, shape in enumerate(shapes)
    ]


def _floats(outputs: Any) -> list[Any]:
    every = outputs if isinstance(outputs, tuple) else (outputs,)
    return [y for y in every if np.asarray(y.value if isinstance(y, Node) else y).dtype.kind == "f"]


def _pull_back(outputs: Sequence[Any], leaves: Sequence[Tensor], *, record: bool = False) -> tuple[Any, ...]:
    """Gradients of the weighted sum of some outputs; the weights are the upstream gradients, so no operation but those
    under proof takes part."""
    pairs = [
        (y, w) for y, w in zip(outputs, _weights([tuple(y.shape) for y in outputs]), strict=True) if y.requires_grad
    ]
    if not pairs:
        return (None,) * len(leaves)
    nodes, weights = zip(*pairs, strict=True)
    return grad(list(nodes), list(leaves), [Tensor(w) for w in weights], create_graph=record, allow_unused=True)


def numerical_gradient(f: Callable[[list[Array]], float], arrays: list[Array], position: int) -> Array:
    """Central differences of a function of arrays with respect to one of them."""
    x = arrays[position]
    result = np.empty_like(x)
    for index in np.ndindex(x.shape):
        values = []
        for step in (STEP, -STEP):
            moved = x.copy()
            moved[index] += step
            values.append(f([*arrays[:position], moved, *arrays[position + 1 :]]))
        result[index] = (values[0] - values[1]) / (2 * STEP)
    return result


def _compare(what: str, found: Any, expected: Array, where: str) -> None:
    found = np.asarray(found)
    scale = 1.0 + float(np.max(np.abs(expected), initial=0.0))
    if found.shape != expected.shape or not np.all(np.abs(found - expected) <= TOLERANCE * scale):
        raise GradientMismatchError(f"{where}: {what}: found {found.tolist()}, expected {expected.tolist()}")


class Call:
    """An operation on one sample, as a function of the arrays that it is differentiated by."""

    def __init__(self, op: Op, sample: Sample) -> None:
        self.op, self.attrs = op, dict(sample.attrs)
        self.variadic = len(sample.inputs) == 1 and isinstance(sample.inputs[0], list)
        self.operands = list(sample.inputs[0]) if self.variadic else list(sample.inputs)
        held = _held(op)
        self.places = [
            i
            for i, x in enumerate(self.operands)
            if isinstance(x, np.ndarray) and x.dtype.kind == "f" and (self.variadic or op.inputs[i] not in held)
        ]
        self.arrays = [np.asarray(self.operands[i], np.float64) for i in self.places]

    def __call__(self, values: Sequence[Any]) -> Any:
        """The operation's outputs for other values."""
        operands = list(self.operands)
        for place, value in zip(self.places, values, strict=True):
            operands[place] = value
        return self.op([*operands], **self.attrs) if self.variadic else self.op(*operands, **self.attrs)

    def number(self, arrays: list[Array]) -> float:
        """The weighted sum of the outputs, without recording."""
        found = [np.asarray(y) for y in _floats(self(arrays))]
        return float(sum((y * w).sum() for y, w in zip(found, _weights([y.shape for y in found]), strict=True)))

    def gradients(self, values: Sequence[Array], *, record: bool = False) -> tuple[list[Tensor], tuple[Any, ...]]:
        """Leaves, and the recorded gradient of the weighted sum for each (None where there is none)."""
        leaves = [Tensor(v, requires_grad=True) for v in values]
        return leaves, _pull_back(_floats(self(leaves)), leaves, record=record)

    def __str__(self) -> str:
        shown = ", ".join(str(np.shape(x)) if isinstance(x, np.ndarray) else repr(x) for x in self.operands)
        return f"{self.op.name}({shown}, {self.attrs})"


def _held(op: Op) -> set[str]:
    """Inputs that the operation has no derivative for."""
    if isinstance(op, Elementwise):
        return {name for name, partial in op.partials.items() if partial is None}
    derivatives = getattr(op, "derivatives", None)
    if derivatives and getattr(op, "whole", None) is None:
        return set(op.inputs) - set(derivatives)
    return set()


def _zero_if_none(gradient: Any, like: Array) -> Array:
    if gradient is None:
        return np.zeros_like(like)
    return np.asarray(gradient.value if isinstance(gradient, Node) else gradient)


def check_first(op: Op, sample: Sample) -> None:
    """The reverse gradient equals central differences.

    Raises:
        GradientMismatchError: it does not.
    """
    call = Call(op, sample)
    _leaves, found = call.gradients(call.arrays)
    for i, gradient in enumerate(found):
        expected = numerical_gradient(call.number, call.arrays, i)
        _compare(f"gradient of input {i + 1}", _zero_if_none(gradient, call.arrays[i]), expected, str(call))


def check_second(op: Op, sample: Sample) -> None:
    """The gradient of the recorded gradient equals central differences of the gradient.

    Raises:
        GradientMismatchError: it does not, or the two first-order gradients differ.
    """
    call = Call(op, sample)
    if not call.arrays:
        return
    leaves, recorded = call.gradients(call.arrays, record=True)
    _plain_leaves, plain = call.gradients(call.arrays)
    for a, b, x in zip(recorded, plain, call.arrays, strict=True):
        _compare("recorded first gradient", _zero_if_none(a, x), _zero_if_none(b, x), str(call))

    def slope(values: list[Array]) -> float:
        _leaves, gradients = call.gradients(values)
        raw = [_zero_if_none(g, v) for g, v in zip(gradients, values, strict=True)]
        return float(sum((g * w).sum() for g, w in zip(raw, _weights([g.shape for g in raw]), strict=True)))

    places = [i for i, g in enumerate(recorded) if isinstance(g, Node)]
    weights = _weights([x.shape for x in call.arrays])
    roots = [(recorded[i], weights[i]) for i in places if recorded[i].requires_grad]
    found: tuple[Any, ...] = (None,) * len(leaves)
    if roots:
        nodes, upstream = zip(*roots, strict=True)
        found = grad(list(nodes), leaves, [Tensor(w) for w in upstream], allow_unused=True)
    for i, gradient in enumerate(found):
        expected = numerical_gradient(slope, call.arrays, i)
        _compare(f"second gradient of input {i + 1}", _zero_if_none(gradient, call.arrays[i]), expected, str(call))


def check_equations(op: Composite | Elementwise, sample: Sample) -> None:
    """The operation gives the value and the gradients of its equations.

    Raises:
        GradientMismatchError: it does not.
    """
    call = Call(op, sample)
    leaves = [Tensor(x, requires_grad=True) for x in call.arrays]
    operands: list[Any] = list(call.operands)
    for place, leaf in zip(call.places, leaves, strict=True):
        operands[place] = leaf
    with opened("op", "equation"):
        outputs = op.equations(
            *(Tensor(x) if isinstance(x, np.ndarray) else x for x in operands), **_complete(op, call.attrs)
        )
    direct = call(call.arrays)
    for a, b in zip(_floats(direct), _floats(outputs), strict=True):
        _compare("value", a, np.asarray(b.value), str(call))
    expected = _pull_back(_floats(outputs), leaves)
    _leaves, found = call.gradients(call.arrays)
    for i, (a, b) in enumerate(zip(found, expected, strict=True)):
        x = call.arrays[i]
        _compare(
            f"gradient of input {i + 1} against the equations", _zero_if_none(a, x), _zero_if_none(b, x), str(call)
        )


def _complete(op: Composite | Elementwise, attrs: dict[str, Any]) -> dict[str, Any]:
    return attrs if isinstance(op, Elementwise) else {**op.signature.defaults, **attrs}


def check_kink(op: Elementwise, arrays: Sequence[Array]) -> None:
    """At a point without a derivative, the gradient lies between the two one-sided ones.

    Raises:
        GradientMismatchError: it does not.
    """
    values = [np.asarray(x, np.float64) for x in arrays]
    leaves = [Tensor(x, requires_grad=True) for x in values]
    y = op(*leaves)
    found = grad(y, leaves, Tensor(np.ones(y.shape)))
    for i, gradient in enumerate(found):
        sides = []
        for step in (STEP, -STEP):
            moved = [x + step if k == i else x for k, x in enumerate(values)]
            sides.append((np.asarray(op(*moved)) - np.asarray(op(*values))) / step)
        # A one-sided difference is exact to the first order in the step only.
        low, high = np.minimum(*sides) - 2 * STEP, np.maximum(*sides) + 2 * STEP
        array = _zero_if_none(gradient, values[i])
        if not np.all((low <= array) & (array <= high)):
            raise GradientMismatchError(
                f"{op.name}: gradient {array.tolist()} of input {i + 1} outside {low.tolist()} … {high.tolist()}"
            )
