r"""Structured operations: forward on arrays, derivative written with other operations.

    @structured(symbol="Σ", latex=r"\sum x")
    def sum(x: Array, dim: Dims = None, keepdim: bool = False) -> Array:
        return np.sum(x, axis=dim, keepdims=keepdim)

    @sum.derivative("x")
    def _(g, y, x, dim, keepdim):
        return expand(unreduced(g, x, dim, keepdim), x.shape)

Parameters annotated ``Array`` are inputs; ``Arrays`` takes any number of them; the others are attributes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from tinygrad_fr.arguments.signature import Signature
from tinygrad_fr.explanation import Facts, Said
from tinygrad_fr.ops.definition.op import (
    Op,
    inputs_of,
    is_recorded,
    needed,
    no_derivative,
    operand,
    stale,
    unbroadcast_all,
    unrecorded,
    values_of,
)
from tinygrad_fr.promotion.accepts import RULES, check
from tinygrad_fr.record.node import Bundle, Node, record
from tinygrad_fr.sampling import Draw, Sample
from tinygrad_fr.source.reads import values_read
from tinygrad_fr.views import show

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def always(*_args: Any, **_attrs: Any) -> bool:
    """Yes."""
    return True


class Structured(Op):
    """An operation on whole arrays."""

    shares: Callable[..., Any] = staticmethod(always)  # of the whole and the result: whether this one is a view
    repeats = False  # elements stand several times in the view
    lays_out = True  # a result that is no view is laid out row after row, as PyTorch's

    def __init__(
        self, function: Callable[..., Any], facts: Facts, reads: str, sample: Callable[[Draw], Sample] | None, name: str
    ) -> None:
        self.signature = Signature(function)  # first: what has no input is never entered
        super().__init__(name, facts, function.__doc__ or "")
        self.inputs = self.signature.inputs
        self.function = function
        self.reads = reads
        self.derivatives: dict[str, Callable[..., Any]] = {}
        self.whole: Callable[..., Any] | None = None
        self.differentiable = False
        self.senders: tuple[Callable[..., Any] | None, ...] = ()
        self.sends = 0  # bit i set when input i has a derivative
        self.sampler = sample
        self.rule = RULES.get(name)
        self.accelerated()

    def derivative(self, *names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Define the derivative for an input as ``f(g, y, *inputs, **attrs)``; without a name, for all inputs at once."""

        def keep(function: Callable[..., Any]) -> Callable[..., Any]:
            self.differentiable = True
            if not names:
                self.whole = function
                self.sends = -1
            for name in names:
                self.derivatives[name] = function
                self.sends |= 1 << self.inputs.index(name)
            self.senders = tuple(self.derivatives.get(name) for name in self.inputs)
            return function

        return keep

    def views(self, back: Callable[..., Any], shares: Callable[..., bool] = always) -> None:
        """Declare that the result is a view of the first input, as PyTorch's is.

        Args:
            back: ``back(whole, part, **attrs)`` gives the whole with the part put in, by other operations.
            shares: ``shares(whole, part, **attrs)`` says of two arrays whether this result is one.
        """
        self.back, self.shares = back, shares

    def _call(self, *args: Any, **attrs: Any) -> Any:
        operands, given = self.signature.bind(self.name, args, attrs)
        if unrecorded(operands):
            return self._compute(operands, given)
        if self.rule is not None:
            check(self.name, self.rule, operands)
        inputs = tuple([operand(x) for x in operands])
        values = values_of(inputs)
        value = self._compute(values, given)
        shows = self.back is not None and self.shares(values[0], value, **given)
        if not shows and self.lays_out and value.__class__ is np.ndarray and not value.flags.c_contiguous:
            value = np.ascontiguousarray(value)
        node = record(self, inputs, given, value, needed(inputs) & self.sends)
        if shows:
            show(node, inputs[0], (self, given))
        return self.several(outputs(node)) if value.__class__ is tuple else node

    def _compute(self, values: Sequence[Any], attrs: Mapping[str, Any]) -> Any:
        return self.computed(self.function, (values,) if self.signature.variadic else values, attrs)

    def vjp(self, node: Node, gradient: Any) -> tuple[Any, ...]:
        """Apply the derivative to arrays, or to nodes when the backward pass is recorded."""
        if not self.differentiable:
            raise no_derivative(node)
        if node.changed_since(node.id) and self.reads_value(node, -1):
            raise stale(node, node)
        inputs, attrs = inputs_of(node), node.attrs
        operands, y = values_of(inputs), node.value
        if is_recorded(gradient):
            operands, y = inputs, outputs(node) if isinstance(node, Bundle) else node
        if self.whole is not None:
            sent = self.whole(gradient, y, *((operands,) if self.signature.variadic else operands), **attrs)
        else:
            sent = [
                derivative(gradient, y, *operands, **attrs) if derivative is not None and node.needs >> i & 1 else None
                for i, derivative in enumerate(self.senders)
            ]
        return unbroadcast_all(sent, inputs, node.needs)

    def reads_value(self, node: Node, position: int) -> bool:
        """Whether a derivative that the node has to send reads an input, or the result for -1: see its text."""
        if ("output" if position < 0 else "inputs") not in self.reads:
            return False
        place = 1 if position < 0 else 2 if self.signature.variadic else 2 + position  # after g and y
        asked = (self.whole,) if self.whole else (sends for i, sends in enumerate(self.senders) if node.needs >> i & 1)
        found = [values_read(derivative) for derivative in asked if derivative is not None]
        return any(places is None or place in places for places in found)


def structured(
    *,
    reads: str = "inputs",
    sample: Callable[[Draw], Sample] | None = None,
    name: str | None = None,
    **said: Unpack[Said],
) -> Callable[[Callable[..., Any]], Structured]:
    """Define a structured operation; the decorated function computes it on arrays.

    Args:
        reads: which values the derivatives need: ``"inputs"``, ``"output"``, both, or ``""`` for shapes alone; which of the
            inputs each derivative reads is found in its text.
        sample: draws arguments to prove it on.
        name: its name, when Python keeps the function's own for itself.
        said: what it says of itself, such as ``symbol`` and ``latex``: see :class:`tinygrad_fr.explanation.Facts`.
    """

    def define(function: Callable[..., Any]) -> Structured:
        return Structured(function, Facts(**said), reads, sample, name or function.__name__)

    return define


class _Select(Op):
    """One output of an operation that has several."""

    inputs = ("bundle",)

    def vjp(self, node: Node, gradient: Any) -> tuple[Any, ...]:
        bundle: Any = node.inputs[0]
        return (tuple(gradient if i == node.attrs["index"] else None for i in range(len(bundle.value))),)


select = _Select("select", Facts(method=False), "Take one output of an operation that has several.")


def outputs(bundle: Any) -> tuple[Any, ...]:
    """One node for each value of a bundle."""
    if not isinstance(bundle, Node):
        return tuple(bundle)
    needs = 1 if bundle.needs else 0
    return tuple(
        record(select, (bundle,), {"index": i}, value, needs if value.dtype.kind == "f" else 0)
        for i, value in enumerate(bundle.value)
    )
