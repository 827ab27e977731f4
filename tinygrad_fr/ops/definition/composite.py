"""Composite operations: a name for several smaller ones, its equations (PyTorch: its decomposition).

    @composite(symbol="Wx + b", latex=r"W x + b")
    def linear(x: Array, weight: Array, bias: Array | None = None) -> Array:
        y = matmul(x, mT(weight))
        return y if bias is None else y + bias

The equations are the operation's meaning: zooming in shows them, and higher derivatives go through them. ``fused``
names a shortcut for the value and the first derivative, proven equal to the equations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

import numpy as np

from tinygrad_fr.arguments.signature import Signature
from tinygrad_fr.explanation import Facts, Said
from tinygrad_fr.memory import apart
from tinygrad_fr.ops.definition.op import (
    Op,
    inputs_of,
    is_recorded,
    needed,
    operand,
    unrecorded,
    values_of,
)
from tinygrad_fr.ops.definition.structured import outputs
from tinygrad_fr.promotion.accepts import RULES, check
from tinygrad_fr.record.accelerator import accelerator
from tinygrad_fr.record.backward import propagate
from tinygrad_fr.record.mode import now, setting
from tinygrad_fr.record.node import Node, record
from tinygrad_fr.record.recorder import NOBODY
from tinygrad_fr.sampling import Draw, Sample, inside

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Shortcut(NamedTuple):
    """A faster way to the value and the first derivative: see :meth:`Composite.fused`."""

    forward: Callable[..., Any]
    backward: Callable[..., Any]
    when: Mapping[str, Any]
    every_order: bool
    of_result: bool


class Composite(Op):
    """An operation that stands for its equations."""

    def __init__(
        self,
        equations: Callable[..., Any],
        facts: Facts,
        sample: Callable[[Draw], Sample] | None,
        name: str,
        opens_at: str,
    ) -> None:
        self.signature = Signature(equations)  # first: what has no input is never entered
        super().__init__(name, facts, equations.__doc__ or "")
        self.equations = equations
        self.inputs = self.signature.inputs
        self.sampler = sample or inside(self.inputs, facts.domain)
        self.opens_at = opens_at
        self.shortcuts: list[Shortcut] = []
        self.rule = RULES.get(name)
        self.accelerated()

    def fused(
        self,
        forward: Callable[..., Any],
        backward: Callable[..., Any],
        when: Mapping[str, Any] | None = None,
        *,
        every_order: bool = False,
        of_result: bool = False,
    ) -> None:
        """Name a shortcut, which an accelerator may take in place of the equations.

        Args:
            forward: ``f(*arrays, **attrs)`` → (value or tuple of values, what backward needs).
            backward: ``f(gradient, saved, needs, *arrays, **attrs)`` → one gradient per input, None where there is none.
            when: attributes for which it holds, and which it does not take; for others the equations are computed.
            every_order: whether backward is written with operations, and so can be recorded and differentiated again.
            of_result: whether what backward needs is the result itself, then of every order too: the operands may change.
        """
        self.shortcuts.append(Shortcut(forward, backward, when or {}, every_order or of_result, of_result))

    def _call(self, *args: Any, **attrs: Any) -> Any:
        operands, given = self.signature.bind(self.name, args, attrs)
        if unrecorded(operands):
            return self.compute(operands, given, kept=False)[0]
        if self.rule is not None:
            check(self.name, self.rule, operands)
        inputs, state = tuple([operand(x) for x in operands]), now()
        if self.opens_at in state.opened or state.tape.opens(self, inputs, given):
            return self._open(inputs, given)
        needs = needed(inputs)
        value, saved = self.compute(inputs, given, kept=needs != 0 and state.grad and state.tape is NOBODY)
        node = record(self, inputs, given, value, needs if _has_gradient(value) else 0)
        if node.needs and saved is not None:
            node.extra.saved = apart(saved)
        return self.several(outputs(node)) if isinstance(value, tuple) else node

    def _open(self, inputs: tuple[Any, ...], attrs: Mapping[str, Any]) -> Any:
        """Record the equations in the operation's place."""
        scope = now().scope
        # A sequence or a cell has the scopes of its time steps; one operation gets a scope of its name.
        with setting(scope=scope.opening(self.shown_as) if self.opens_at == "equation" else scope):
            result = self.equations(*inputs, **attrs)
        return self.several(tuple(map(operand, result))) if isinstance(result, tuple) else operand(result)

    def compute(self, inputs: tuple[Any, ...], attrs: Mapping[str, Any], *, kept: bool) -> tuple[Any, Any]:
        """The value, and what its VJP needs: the results of the equations, recorded on the inputs themselves, where they are kept."""
        found: tuple[Any, Any] | None = accelerator().fused(self, inputs, attrs)
        if found is not None:
            return found
        with setting(observers=()):  # a value that is not finite is this operation's
            result = self.computed(self.equations, inputs if kept else values_of(inputs), attrs)
        parts = result if isinstance(result, tuple) else (result,)
        values = tuple([y.value if isinstance(y, Node) else np.asarray(y) for y in parts])
        return (values if isinstance(result, tuple) else values[0]), parts if kept else None

    def reads_value(self, node: Node, position: int) -> bool:
        """Whether a shortcut reads an input. Equations ask the operations that they are made of."""
        return position >= 0 and accelerator().reads(self, node, position)

    def vjp(self, node: Node, gradient: Any) -> tuple[Any, ...]:
        """Go back through the equations that were recorded."""
        return self.through(node, gradient, node.rare.saved if node.rare is not None else None)

    def through(self, node: Node, gradient: Any, results: tuple[Any, ...] | None = None) -> tuple[Any, ...]:
        """Go back through the equations: those that gave these results, or else recorded again on the inputs as they were."""
        if results is None:
            inputs = inputs_of(node, _lost)
            with setting(grad=True, scope=node.scope):
                result = self.equations(*inputs, **node.attrs)
            results = result if isinstance(result, tuple) else (result,)
        wanted = frozenset(x.id for i, x in enumerate(node.inputs) if node.needs >> i & 1)  # type: ignore[union-attr]
        received = propagate(_roots(results, gradient), record=is_recorded(gradient), wanted=wanted, inside=True)
        # An input that stands twice among the operands gets its whole gradient at its first place.
        return tuple([received.pop(x.id, None) if isinstance(x, Node) else None for x in node.inputs])


def _roots(results: tuple[Any, ...], gradient: Any) -> list[tuple[Node, Any]]:
    """What equations gave, each with the gradient that it received, where it passes one on."""
    parts = gradient if gradient.__class__ is tuple else (gradient,)
    return [(y, g) for y, g in zip(results, parts, strict=True) if g is not None and getattr(y, "needs", False)]


def _lost(node: Any, position: int) -> bool:
    """Whether the value that an input had is no longer held by anything."""
    return node.inputs[position].rare.moved is None or node.inputs[position].rare.lost


def _has_gradient(value: Any) -> bool:
    """Whether a result, or one of several, is of floats."""
    return any(np.asarray(part).dtype.kind == "f" for part in (value if value.__class__ is tuple else (value,)))


def composite(
    *,
    sample: Callable[[Draw], Sample] | None = None,
    name: str | None = None,
    opens_at: str = "equation",
    **said: Unpack[Said],
) -> Callable[[Callable[..., Any]], Composite]:
    """Define a composite operation; the decorated function is its equations.

    Args:
        sample: draws arguments to prove it on, where arrays of any shapes that broadcast will not do.
        name: its name, when Python keeps the function's own for itself.
        opens_at: the distance from which it is seen as its equations: ``"op"`` for what is a module of its own (a
            whole sequence, a cell), ``"equation"`` for what people call one operation.
        said: what it says of itself, such as ``symbol`` and ``latex``: see :class:`tinygrad_fr.explanation.Facts`.
    """

    def define(equations: Callable[..., Any]) -> Composite:
        return Composite(equations, Facts(**said), sample, name or equations.__name__, opens_at)

    return define
