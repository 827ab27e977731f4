"""Composite operations: a name for several smaller ones, its equations (PyTorch: its decomposition).

    @composite(symbol="Wx + b", latex=r"W x + b")
    def linear(x: Array, weight: Array, bias: Array | None = None) -> Array:
        y = matmul(x, mT(weight))
        return y if bias is None else y + bias

The equations are the operation's meaning: zooming in shows them, and higher derivatives go through them. ``fused``
names a shortcut for the value and the first derivative, proven equal to the equations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tinygrad_fr.explanation import NOTHING, Explanation
from tinygrad_fr.memory import apart
from tinygrad_fr.ops.definition.op import (
    Facts,
    Op,
    inputs_of,
    is_recorded,
    needed,
    operand,
    unbroadcast_all,
    unrecorded,
    values_of,
)
from tinygrad_fr.ops.definition.signature import Signature
from tinygrad_fr.ops.definition.structured import outputs
from tinygrad_fr.promotion.accepts import RULES, check
from tinygrad_fr.record.accelerator import accelerator
from tinygrad_fr.record.backward import propagate
from tinygrad_fr.record.mode import now, setting
from tinygrad_fr.record.node import Node, record
from tinygrad_fr.record.recorder import NOBODY
from tinygrad_fr.sampling import Draw, Sample
from tinygrad_fr.source.reads import values_read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Shortcut(NamedTuple):
    """A faster way to the value and the first derivative, where some attributes have given values."""

    forward: Callable[..., Any]
    backward: Callable[..., Any]
    when: dict[str, Any]
    every_order: bool = False
    of_result: bool = False


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
        super().__init__(name, facts, equations.__doc__ or "")
        self.equations = equations
        self.signature = Signature(equations)
        self.inputs = self.signature.inputs
        self.sampler = sample
        self.opens_at = opens_at
        self.shortcuts: list[Shortcut] = []
        self.rule = RULES.get(name)
        self.general = self.as_function()
        self.call = accelerator().call(self, self.general)

    def fused(
        self,
        forward: Callable[..., Any],
        backward: Callable[..., Any],
        when: Mapping[str, Any] | None = None,
        *,
        every_order: bool = False,
        of_result: bool = False,
    ) -> None:
        """Name a shortcut.

        Args:
            forward: ``f(*arrays, **attrs)`` → (value or tuple of values, what backward needs).
            backward: ``f(gradient, saved, needs, *arrays, **attrs)`` → one gradient per input, None where there is none.
            when: attributes for which it holds, and which it does not take; for others the equations are computed.
            every_order: whether backward is written with operations, and so can be recorded and differentiated again.
            of_result: whether what backward needs is the result itself, then of every order too: the operands may change.
        """
        self.shortcuts.append(Shortcut(forward, backward, dict(when or {}), every_order or of_result, of_result))

    def _shortcut(self, attrs: Mapping[str, Any]) -> tuple[Shortcut, Mapping[str, Any]] | None:
        """The shortcut that serves these attributes, with those to call it with; None where none does."""
        found: tuple[Shortcut, Mapping[str, Any]] | None = accelerator().shortcut(self.shortcuts, attrs)
        return found

    def _call(self, *args: Any, **attrs: Any) -> Any:
        operands, given = self.signature.bind(self.name, args, attrs)
        if unrecorded(operands):
            return self._compute(operands, given)[0]
        if self.rule is not None:
            check(self.name, self.rule, operands)
        inputs, state = tuple([operand(x) for x in operands]), now()
        if self.opens_at in state.opened or state.tape.opens(self, inputs, given):
            return self._open(inputs, given)
        return self._record(inputs, given)

    def _record(self, inputs: tuple[Any, ...], attrs: Mapping[str, Any]) -> Any:
        """Record the operation as one node, with what its backward needs."""
        state, needs = now(), needed(inputs)
        kept = needs and state.grad and state.tape is NOBODY
        if kept and self._shortcut(attrs) is None:
            value, saved = self._record_equations(inputs, attrs)
        else:
            value, saved = self._compute(values_of(inputs), attrs)
        node = record(self, inputs, attrs, value, needs if _has_gradient(value) else 0)
        if node.needs and saved is not None:
            node.extra.saved = apart(saved)
        return self.several(outputs(node)) if isinstance(value, tuple) else node

    def _open(self, inputs: tuple[Any, ...], attrs: Mapping[str, Any]) -> Any:
        """Record the equations in the operation's place."""
        scope = now().scope
        # A sequence or a cell has the scopes of its time steps; one operation gets a scope of its name.
        with setting(scope=scope.opening(self.shown_as) if self.opens_at == "equation" else scope):
            result = self.equations(*inputs, **attrs)
        return self.several(result) if isinstance(result, tuple) else result

    def _record_equations(self, inputs: tuple[Any, ...], attrs: Mapping[str, Any]) -> tuple[Any, Any]:
        """The value, and the equations on the inputs themselves, which backward goes through."""
        with setting(observers=()):  # a value that is not finite is this operation's
            result = self.computed(self.equations, inputs, attrs)
        parts = result if isinstance(result, tuple) else (result,)
        values = tuple([y.value if isinstance(y, Node) else np.asarray(y) for y in parts])
        return (values if isinstance(result, tuple) else values[0]), parts

    def _compute(self, values: tuple[Any, ...], attrs: Mapping[str, Any]) -> tuple[Any, Any]:
        """The value on arrays, and what a shortcut keeps for its backward."""
        found = self._shortcut(attrs)
        if found is not None:
            value, saved = self.computed(found[0].forward, values, found[1])
            return (np.asarray(value) if isinstance(value, np.generic) else value), saved
        value = self.computed(self.equations, values, attrs)
        if isinstance(value, tuple):
            return tuple([np.asarray(part) for part in value]), None
        return (np.asarray(value) if isinstance(value, np.generic) else value), None

    def reads_value(self, node: Node, position: int) -> bool:
        """Whether the fused backward reads an input. Equations ask the operations that they are made of."""
        found = self._shortcut(node.attrs)
        if position < 0 or found is None:
            return position >= 0
        places = values_read(found[0].backward, node.needs)
        return places is None or 3 + position in places  # after g, what was saved, and the needs

    def vjp(self, node: Node, gradient: Any) -> tuple[Any, ...]:
        """Use the fused backward; without one, or to record the backward pass, go through the equations."""
        recorded, found = is_recorded(gradient), self._shortcut(node.attrs)
        saved = node.rare.saved if node.rare is not None else None
        if found is not None and (found[0].every_order or not recorded):
            return self._shorter(node, gradient, *found, saved, recorded=recorded)
        results = saved if found is None and saved is not None else self._equations_again(node)
        wanted = frozenset(x.id for i, x in enumerate(node.inputs) if node.needs >> i & 1)  # type: ignore[union-attr]
        received = propagate(_roots(results, gradient), record=recorded, wanted=wanted, inside=True)
        # An input that stands twice among the operands gets its whole gradient at its first place.
        return tuple([received.pop(x.id, None) if isinstance(x, Node) else None for x in node.inputs])

    def _shorter(
        self, node: Node, gradient: Any, shortcut: Shortcut, attrs: Mapping[str, Any], saved: Any, *, recorded: bool
    ) -> tuple[Any, ...]:
        """What a fused backward sends to the inputs."""
        inputs = inputs_of(node)
        operands = inputs if recorded else values_of(inputs)
        kept = node if recorded and shortcut.of_result else saved
        return unbroadcast_all(shortcut.backward(gradient, kept, node.needs, *operands, **attrs), inputs, node.needs)

    def _equations_again(self, node: Node) -> tuple[Any, ...]:
        """The equations, recorded on the node's inputs as they were when it ran."""
        inputs = inputs_of(node, _lost)
        with setting(grad=True, scope=node.scope):
            result = self.equations(*inputs, **node.attrs)
        return result if isinstance(result, tuple) else (result,)


def _roots(results: tuple[Any, ...], gradient: Any) -> list[tuple[Node, Any]]:
    """What equations gave, each with the gradient that it received, where it passes one on."""
    parts = gradient if gradient.__class__ is tuple else (gradient,)
    return [(y, g) for y, g in zip(results, parts, strict=True) if g is not None and getattr(y, "needs", False)]


def _lost(node: Node, position: int) -> bool:
    """Whether the value that an input had is no longer held by anything."""
    x: Any = node.inputs[position]
    return x.rare.moved is None or x.rare.lost


def _has_gradient(value: Any) -> bool:
    """Whether a result, or one of several, is of floats."""
    if value.__class__ is np.ndarray:
        return bool(value.dtype.kind == "f")
    return any(np.asarray(part).dtype.kind == "f" for part in (value if value.__class__ is tuple else (value,)))


def composite(
    *,
    symbol: str,
    latex: str,
    sample: Callable[[Draw], Sample] | None = None,
    kinks: tuple[str, ...] = (),
    at_kink: str = "",
    method: bool = True,
    name: str | None = None,
    opens_at: str = "equation",
    fields: tuple[str, ...] = (),
    explained: Explanation = NOTHING,
) -> Callable[[Callable[..., Any]], Composite]:
    """Define a composite operation; the decorated function is its equations.

    Args:
        symbol: what its card shows.
        latex: the forward formula, the course's where it has one.
        sample: draws arguments to prove it on.
        kinks: where there is no derivative.
        at_kink: the choice made there, in words.
        method: whether it is a method of Tensor too.
        name: its name, when Python keeps the function's own for itself.
        opens_at: the distance from which it is seen as its equations: ``"op"`` for what is a module of its own (a
            whole sequence, a cell), ``"equation"`` for what people call one operation.
        fields: names of its outputs, where it has several.
        explained: what it says to a reader besides its formula.
    """

    def define(equations: Callable[..., Any]) -> Composite:
        facts = Facts(symbol, latex, {}, kinks, at_kink, method, "", fields, explained=explained)
        return Composite(equations, facts, sample, name or equations.__name__, opens_at)

    return define
