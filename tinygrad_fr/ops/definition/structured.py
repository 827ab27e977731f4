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

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.arguments.fits import UNFIT, in_own_names, misfit
from tinygrad_fr.arguments.kinds import checked, kinds_of
from tinygrad_fr.errors import GradientError, TinygradError
from tinygrad_fr.explanation import NOTHING, Explanation
from tinygrad_fr.locale import _
from tinygrad_fr.ops.definition.op import Facts, Op, checked_inputs, conformed, operand, stale
from tinygrad_fr.promotion.accepts import RULES, check
from tinygrad_fr.record.accelerator import accelerator
from tinygrad_fr.record.node import Bundle, Node, record
from tinygrad_fr.sampling import Draw, Sample
from tinygrad_fr.source.reads import values_read
from tinygrad_fr.views import show

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


# What an operation computes on without recording; anything else is read as an operand, or refused.
VALUES = (np.ndarray, np.generic, float, int, type(None))


class Signature:
    """Which parameters of a function are inputs and which are attributes."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        parameters = list(inspect.signature(function).parameters.values())
        marks = [str(p.annotation) for p in parameters]
        self.variadic = bool(marks) and marks[0] == "Arrays"
        self.inputs = tuple(p.name for p, mark in zip(parameters, marks, strict=True) if mark.startswith("Array"))
        attributes = parameters[len(self.inputs) :]
        self.attrs = tuple(p.name for p in attributes)
        self.defaults = {p.name: p.default for p in attributes if p.default is not p.empty}
        self.kinds = kinds_of(attributes)
        self.required = sum(p.default is p.empty for p in parameters[: len(self.inputs)])
        self.optional = {p.name: p.default for p in parameters[: len(self.inputs)] if p.default is not p.empty}
        # Calls by place that need no more than a cut: the inputs alone, or these and every attribute.
        n, told = len(self.inputs), len(self.defaults) == len(self.attrs)
        self.arity = n if told and not self.variadic else -1
        self.full = n + len(self.attrs) if self.attrs and not self.variadic else -1

    def bind(
        self, name: str, args: tuple[Any, ...], attrs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], Mapping[str, Any]]:
        """Split the arguments of a call into inputs, in order, and attributes, complete."""
        n = len(self.inputs)
        if not attrs:
            if len(args) == self.arity:
                return args, self.defaults
            if len(args) == self.full:
                return args[:n], self.checked(name, dict(zip(self.attrs, args[n:], strict=True)))
        for word, place in (("input", 0), ("other", 1)):  # PyTorch's names of the first two
            if word in attrs and place < n and word not in self.inputs:
                attrs = {**attrs, self.inputs[place]: attrs[word]}
                del attrs[word]
        given: dict[str, Any] = {**self.defaults, **dict(zip(self.attrs, args[n:], strict=False)), **attrs}
        inputs = args[:n]
        complete = True
        if len(inputs) < n:
            complete = all(x in given for x in self.inputs[len(inputs) : self.required])
            inputs += tuple(given.pop(x, self.optional.get(x)) for x in self.inputs[len(inputs) :])
        if len(args) > n + len(self.attrs) or len(given) != len(self.attrs) or not complete:
            renamed = in_own_names(attrs, (*self.inputs, *self.attrs))
            if renamed != attrs:
                return self.bind(name, args, renamed)
            try:
                inspect.signature(self.function).bind(*args, **attrs)
            except TypeError as error:
                raise TypeError(f"{name}(): {error}") from None
        if self.variadic:
            inputs = tuple(inputs[0])
        return inputs, self.checked(name, given)

    def checked(self, name: str, given: dict[str, Any]) -> dict[str, Any]:
        """The attributes, each of a kind that its annotation allows."""
        for argument, kind in self.kinds.items():
            value = given[argument]
            if value.__class__ not in kind.usual:
                checked(name, argument, value, kind)
        return given


def always(*_args: Any, **_attrs: Any) -> bool:
    """Yes."""
    return True


class Structured(Op):
    """An operation on whole arrays."""

    def __init__(
        self, function: Callable[..., Any], facts: Facts, reads: str, sample: Callable[[Draw], Sample] | None, name: str
    ) -> None:
        super().__init__(name, facts, function.__doc__ or "")
        self.signature = Signature(function)
        self.inputs = self.signature.inputs
        self.function = function
        self.reads = reads
        self.derivatives: dict[str, Callable[..., Any]] = {}
        self.whole: Callable[..., Any] | None = None
        self.differentiable = False
        self.senders: tuple[Callable[..., Any] | None, ...] = ()
        self.sends = 0  # bit i set when input i has a derivative
        self.sampler = sample
        self.shares: Callable[..., Any] = always
        self.repeats = False  # elements stand several times in the view
        self.lays_out = True  # a result that is no view is laid out row after row, as PyTorch's
        self.general = self._function()
        self.call = accelerator().call(self, self.general)
        self.call_on_arrays = accelerator().call_on_arrays(self, self.general)  # type: ignore[method-assign]
        self.vjp = accelerator().vjp(self, self.vjp)  # type: ignore[method-assign]

    def derivative(self, *names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Say the derivative for an input as ``f(g, y, *inputs, **attrs)``; without a name, for all inputs at once."""

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

    def views(self, back: Callable[..., Any], shares: Callable[..., bool] | None = None) -> None:
        """Say that the result is a view of the first input, as PyTorch's is.

        Args:
            back: ``back(whole, part, **attrs)`` gives the whole with the part put in, by other operations.
            shares: ``shares(whole, part, **attrs)`` says of two arrays whether this result is one.
        """
        self.back = back
        if shares is not None:
            self.shares = shares
        self.call = accelerator().call(self, self.general)

    def _function(self) -> Callable[..., Any]:
        """The operation as a plain function, which a class can take as a method."""
        bind, name, function, variadic = self.signature.bind, self.name, self.function, self.signature.variadic
        rule = RULES.get(name)

        def call(*args: Any, **attrs: Any) -> Any:
            operands, given = bind(name, args, attrs)
            for x in operands:
                if isinstance(x, Node):
                    break
            else:
                for x in operands:
                    if x.__class__ is not np.ndarray and not isinstance(x, VALUES):
                        break
                else:
                    return self._compute(operands, given)
            if rule is not None:
                check(name, rule, operands)
            inputs = []
            values = []
            needs, bit = 0, 1
            for x in operands:
                if not isinstance(x, Node) or x.rare is not None:
                    x = operand(x)
                inputs.append(x)
                if isinstance(x, Node):
                    values.append(x.value)
                    if x.needs and bit & self.sends:
                        needs |= bit
                else:
                    values.append(x)
                bit <<= 1
            try:
                value = function(values, **given) if variadic else function(*values, **given)
            except TinygradError:
                raise
            except UNFIT as error:
                raise misfit(self, values, error) from error
            if isinstance(value, np.generic):
                value = np.asarray(value)
            shows = self.back is not None and self.shares(values[0], value, **given)
            if not shows and self.lays_out and value.__class__ is np.ndarray and not value.flags.c_contiguous:
                value = np.ascontiguousarray(value)
            node = record(self, tuple(inputs), given, value, needs)
            if shows:
                show(node, inputs[0], (self, given))
            return self.several(outputs(node)) if value.__class__ is tuple else node

        call.__name__, call.__doc__ = self.name, self.__doc__
        return call

    def _compute(self, values: Sequence[Any], attrs: Mapping[str, Any]) -> Any:
        try:
            result = self.function(values, **attrs) if self.signature.variadic else self.function(*values, **attrs)
        except TinygradError:
            raise
        except UNFIT as error:
            raise misfit(self, values, error) from error
        if isinstance(result, np.generic):
            return np.asarray(result)
        return result

    def vjp(self, node: Node, gradient: Any) -> tuple[Any, ...]:
        """Apply the derivative to arrays, or to nodes when the backward pass is recorded."""
        inputs = node.inputs
        values: Any = []
        recorded = gradient.__class__ is not np.ndarray and (
            isinstance(gradient, Node) or (gradient.__class__ is tuple and any(isinstance(g, Node) for g in gradient))
        )
        touched, time = recorded or (node.rare is not None and node.rare.storage.changed > node.id), node.id
        for x in inputs:
            if isinstance(x, Node):
                if x.rare is not None and x.rare.storage.changed > time:
                    touched = True
                values.append(x.value)
            else:
                values.append(x)
        y: Any = node.value
        if touched:  # somebody may have changed a value, or the backward pass is recorded
            if node.changed_since(node.id) and self.reads_value(node, -1):
                raise stale(node, node)
            inputs = tuple(checked_inputs(node))
            if recorded:
                values, y = inputs, outputs(node) if isinstance(node, Bundle) else node
        needs, attrs = node.needs, node.attrs
        if self.whole is not None:
            arguments = (values,) if self.signature.variadic else values
            sent = list(self.whole(gradient, y, *arguments, **attrs))
        else:
            if not self.senders:
                raise GradientError(
                    _("{node} has no derivative; detach() what it is computed of").format(node=node.describe())
                )
            sent = []
            bit = 1
            for derivative in self.senders:
                sent.append(derivative(gradient, y, *values, **attrs) if needs & bit else None)  # type: ignore[misc]
                bit <<= 1
        return conformed(sent, values, inputs, needs)

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
    symbol: str,
    latex: str,
    reads: str = "inputs",
    sample: Callable[[Draw], Sample] | None = None,
    domain: Mapping[str, tuple[float, float]] | None = None,
    kinks: tuple[str, ...] = (),
    at_kink: str = "",
    method: bool = True,
    name: str | None = None,
    expects: str = "",
    fields: tuple[str, ...] = (),
    symmetric: bool = False,
    explained: Explanation = NOTHING,
) -> Callable[[Callable[..., Any]], Structured]:
    """Say a structured operation; the decorated function computes it on arrays.

    Args:
        symbol: what its card shows.
        latex: the forward formula.
        reads: which values the derivatives need: ``"inputs"``, ``"output"``, both, or ``""`` for shapes alone; which of the
            inputs each derivative reads is found in its text.
        sample: draws arguments to prove it on.
        domain: input name → open interval of definition.
        kinks: where there is no derivative, in words or as expressions that are zero there.
        at_kink: the choice made there, in words.
        method: whether it is a method of Tensor too.
        name: its name, when Python keeps the function's own for itself.
        expects: the shapes that it takes, for the message when others come.
        fields: names of its outputs, where it has several.
        symmetric: whether it takes symmetric matrices: it reads one triangle, and its gradient is symmetric.
        explained: what it says to a reader besides its formula.
    """

    def define(function: Callable[..., Any]) -> Structured:
        facts = Facts(symbol, latex, dict(domain or {}), kinks, at_kink, method, expects, fields, symmetric, explained)
        return Structured(function, facts, reads, sample, name or function.__name__)

    return define


class _Select(Op):
    """One output of an operation that has several."""

    inputs = ("bundle",)

    def vjp(self, node: Node, gradient: Any) -> tuple[Any, ...]:
        bundle: Any = node.inputs[0]
        return (tuple(gradient if i == node.attrs["index"] else None for i in range(len(bundle.value))),)


select = _Select("select", Facts("", "", {}, (), "", method=False), "Take one output of an operation that has several.")
_INDEX = tuple({"index": i} for i in range(16))


def outputs(bundle: Any) -> tuple[Any, ...]:
    """One node for each value of a bundle."""
    if not isinstance(bundle, Node):
        return tuple(bundle)
    needs = 1 if bundle.needs else 0
    return tuple(
        record(select, (bundle,), _INDEX[i], value, needs if value.dtype.kind == "f" else 0)
        for i, value in enumerate(bundle.value)
    )
