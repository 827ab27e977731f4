"""Proofs of gradients, in float64: against differences, in both modes, at second order, at kinks, and against equations."""

from __future__ import annotations

from copy import deepcopy
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr import functional
from tinygrad_fr.gradients import grad
from tinygrad_fr.handles.tensor import Tensor, tensor
from tinygrad_fr.locale import _
from tinygrad_fr.modes import opened
from tinygrad_fr.nn.module import Module
from tinygrad_fr.ops.definition import Composite, Elementwise, Op
from tinygrad_fr.ops.shapes import joining
from tinygrad_fr.record.node import Node
from tinygrad_fr.testing.proving.counterexample import Counterexample
from tinygrad_fr.testing.proving.subject import Called, Subject, pull_back, raw, weights, zero_if_none

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tinygrad_fr.ops.definition import Array
    from tinygrad_fr.sampling import Sample

# Central differences in float64 are best near this step: rounding and truncation are then both about 1e-10.
STEP = 1e-5
TOLERANCE = 2e-6


class GradientMismatchError(AssertionError, RuntimeError):
    """A gradient that the numbers contradict; the RuntimeError that ``torch.autograd.gradcheck`` raises.

    Attributes:
        subject: what was proven, at the point where it failed.
        what: which of its numbers.
        found: what the engine gave.
        expected: what the numbers say.

    Example:
        >>> try:
        ...     check_gradient(lambda x: x * x.detach(), [3.0])  # half of x² is left out of the gradient
        ... except GradientMismatchError as error:
        ...     print(error.what, error.found, error.expected.round(3))
        gradient of input 1 [3.] [6.]
    """

    def __init__(self, subject: Subject, what: str, found: Any, expected: Any) -> None:
        self.subject, self.what = subject, what
        self.found, self.expected = np.asarray(found), np.asarray(expected)
        super().__init__(
            _("{subject}: {what}: found {found}, expected {expected}").format(
                subject=subject, what=what, found=self.found.tolist(), expected=self.expected.tolist()
            )
        )

    @cached_property
    def counterexample(self) -> Counterexample:
        """The recorded graph, and the operation in it whose own derivative is wrong."""
        return Counterexample.of(self.subject, self.what, self.found, self.expected)


def numerical_gradient(f: Callable[[list[Array]], float], arrays: Sequence[Array], position: int) -> Array:
    """Central differences of a function of arrays with respect to one of them.

    Example:
        >>> product = lambda arrays: float((arrays[0] * arrays[1]).sum())
        >>> numerical_gradient(product, [np.array([1.0, 2.0]), np.array([10.0, 100.0])], 0).round(3)
        array([ 10., 100.])
    """
    arrays = list(arrays)
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


def _compare(about: Subject, what: str, found: Any, expected: Array, tolerance: float = TOLERANCE) -> None:
    found = np.asarray(found)
    scale = 1.0 + float(np.max(np.abs(expected), initial=0.0))
    if found.shape != expected.shape or not np.all(np.abs(found - expected) <= tolerance * scale):
        raise GradientMismatchError(about, what, found, expected)


def _each(about: Subject, what: str, found: Sequence[Any], expected: Sequence[Any]) -> None:
    for i, (a, b, x) in enumerate(zip(found, expected, about.arrays, strict=True)):
        _compare(about, f"{what} {i + 1}", zero_if_none(a, x), zero_if_none(b, x))


def first_order(about: Subject) -> None:
    """The reverse gradient equals central differences.

    Raises:
        GradientMismatchError: it does not.
    """
    _leaves, found = about.gradients()
    expected = [numerical_gradient(about.number, about.arrays, i) for i in range(len(about.arrays))]
    _each(about, _("gradient of input"), found, expected)


def accumulation(about: Subject) -> None:
    """Two uses of the same inputs send the sum of what each sends.

    Raises:
        GradientMismatchError: they do not.
    """
    leaves = about.leaves()
    once = [zero_if_none(g, x) for g, x in zip(pull_back(about.outputs(leaves), leaves), about.arrays, strict=True)]
    both: list[Any] = [y for _use in range(2) for y in about.outputs(leaves) if isinstance(y, Node) and y.requires_grad]
    if not both:
        return
    upstream = weights([tuple(y.shape) for y in both[: len(both) // 2]]) * 2
    found = grad(both, leaves, [tensor(w) for w in upstream], allow_unused=True)
    _each(about, _("gradient of two uses of input"), found, [2 * g for g in once])


def forward_mode(about: Subject) -> None:
    """The directional derivative that jvp gives equals central differences along the direction.

    Raises:
        GradientMismatchError: it does not.
    """
    if not about.arrays:
        return
    direction = weights([x.shape for x in about.arrays])

    def outputs(*leaves: Tensor) -> Any:
        return tuple(y if isinstance(y, Tensor) else joining.stack([y]).reshape(()) for y in about.outputs(leaves))

    ends = [
        about.values([np.asarray(x + s * d) for x, d in zip(about.arrays, direction, strict=True)])
        for s in (STEP, -STEP)
    ]
    for i, (a, b) in enumerate(zip(*ends, strict=True)):
        _value, found = functional.jvp(
            lambda *leaves, i=i: outputs(*leaves)[i],
            tuple(tensor(x) for x in about.arrays),
            tuple(tensor(d) for d in direction),
        )
        _compare(about, _("directional derivative of output {n}").format(n=i + 1), raw(found), (a - b) / (2 * STEP))


def second_order(about: Subject) -> None:
    """The gradient of the recorded gradient equals central differences of the gradient.

    What is differentiated is a weighted sum of the gradient's elements. Second derivatives do not depend on their order, so
    its gradient is also how the gradient changes along the weights, and two points tell it whatever the number of elements.

    Raises:
        GradientMismatchError: it does not, or the two first-order gradients differ.
    """
    if not about.arrays:
        return
    leaves, recorded = about.gradients(record=True)
    _plain_leaves, plain = about.gradients()
    _each(about, _("recorded gradient of input"), recorded, plain)

    chosen = weights([x.shape for x in about.arrays])
    roots = [(g, w) for g, w in zip(recorded, chosen, strict=True) if isinstance(g, Node) and g.requires_grad]
    found: tuple[Any, ...] = (None,) * len(leaves)
    if roots:
        nodes, upstream = zip(*roots, strict=True)
        found = grad(list(nodes), leaves, [tensor(w) for w in upstream], allow_unused=True)
    ends = [
        about.gradients([np.asarray(x + s * w) for x, w in zip(about.arrays, chosen, strict=True)])[1]
        for s in (STEP, -STEP)
    ]
    expected = [
        (zero_if_none(a, x) - zero_if_none(b, x)) / (2 * STEP) for a, b, x in zip(*ends, about.arrays, strict=True)
    ]
    _each(about, _("second gradient of input"), found, expected)


def one_sided(about: Subject) -> None:
    """At a point without a derivative, the gradient lies between the two one-sided ones, element by element.

    Raises:
        GradientMismatchError: it does not.
    """
    _leaves, found = about.gradients()
    here = about.number(about.arrays)
    for i, x in enumerate(about.arrays):
        gradient = zero_if_none(found[i], x)
        for index in np.ndindex(x.shape):
            sides = []
            for step in (STEP, -STEP):
                moved = x.copy()
                moved[index] += step
                sides.append((about.number([*about.arrays[:i], moved, *about.arrays[i + 1 :]]) - here) / step)
            # A one-sided difference is exact to the first order in the step only.
            margin = 10 * STEP * (1 + max(map(abs, sides)))
            if not min(sides) - margin <= gradient[index] <= max(sides) + margin:
                nearest = min(max(gradient[index], min(sides)), max(sides))
                raise GradientMismatchError(
                    about, _("gradient of input {n} at {index}").format(n=i + 1, index=index), gradient[index], nearest
                )


def equations(op: Op, sample: Sample) -> None:
    """An operation gives the value and the gradients of its equations.

    Raises:
        GradientMismatchError: it does not.
    """
    assert isinstance(op, Composite | Elementwise)
    about = Called(op, sample)
    attrs = about.attrs if isinstance(op, Elementwise) else {**op.signature.defaults, **about.attrs}

    def spelled_out(*leaves: Any) -> Any:
        operands = [tensor(x) if isinstance(x, np.ndarray) else x for x in about.operands(leaves)]
        with opened("op", "equation"):
            return op.equations(*operands, **attrs)

    spelled = Subject(spelled_out, about.arrays, about.text)
    for a, b in zip(about.values(about.arrays), spelled.values(about.arrays), strict=True):
        _compare(about, _("value against the equations"), a, b)
    _leaves, found = about.gradients()
    _leaves, expected = spelled.gradients()
    _each(about, _("gradient against the equations of input"), found, expected)


def against_equations(about: Subject) -> None:
    """With every composite operation recorded as its equations, the value and the gradients are the same.

    Raises:
        GradientMismatchError: they are not.
    """
    leaves = about.leaves()
    with opened("op", "equation"):
        outputs = about.outputs(leaves)
    for a, b in zip(about.outputs(about.leaves()), outputs, strict=True):
        _compare(about, _("value against the equations"), raw(a), raw(b))
    _leaves, found = about.gradients()
    _each(about, _("gradient against the equations of input"), found, pull_back(outputs, leaves))


def check_gradient(
    function: Callable[..., Any],
    *inputs: Any,
    order: int = 2,
    at_kink: bool = False,
    name: str = "",
    forward: bool = True,
) -> None:
    """Prove the gradient of a function at a point: any composition of operations, an operation or a module.

    The reverse gradient is compared with central differences, with the forward mode, and with that of the equations of
    the composite operations inside; the recorded gradient is differentiated again and compared with differences of the
    first; two uses must add up. Everything in float64.

    Args:
        function: takes the inputs as tensors and gives a tensor, or several.
        inputs: numbers, lists, arrays or tensors; all are differentiated.
        order: 1 to leave out second derivatives.
        at_kink: the point has no derivative: the gradient must lie between the one-sided ones.
        name: how messages call the function.
        forward: False leaves out the forward mode, which differentiates the gradient again.

    Raises:
        GradientMismatchError: with the smallest facts, and ``.counterexample``, which can be drawn.

    Example:
        >>> import tinygrad_fr as tg
        >>> check_gradient(lambda x: (x * x).sum(), [1.0, -2.0])
        >>> check_gradient(tg.relu, [0.0], at_kink=True)
    """
    title = name or getattr(function, "__name__", "") or type(function).__name__
    if isinstance(function, Module):
        function = deepcopy(function).double()
    fields = ", ".join("{}" for _x in inputs)
    about = Subject(
        function, [np.asarray(raw(x), np.float64) for x in inputs], f"{title.replace('<lambda>', 'f')}({fields})"
    )
    if at_kink:
        one_sided(about)
        return
    first_order(about)
    accumulation(about)
    if forward:
        forward_mode(about)
    against_equations(about)
    if order > 1:
        second_order(about)
