"""Composite operations: a name for several smaller ones, its equations.

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

from tinygrad_fr.errors import TinygradError
from tinygrad_fr.ops.definition.accepts import RULES, check
from tinygrad_fr.ops.definition.op import (
    UNFIT,
    Draw,
    Facts,
    Op,
    Sample,
    checked_inputs,
    conform,
    conformed,
    misfit,
    operand,
)
from tinygrad_fr.ops.definition.reads import values_read
from tinygrad_fr.ops.definition.structured import VALUES, Signature, outputs
from tinygrad_fr.record.accelerator import accelerator
from tinygrad_fr.record.backward import propagate
from tinygrad_fr.record.mode import enable_grad, now, setting
from tinygrad_fr.record.node import Node, record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Expansion:
    """A composite node opened: its equations recorded on the values that it had.

    Attributes:
        inputs: leaves that stand for the node's inputs (numbers and None stay themselves).
        outputs: what the equations gave, one node an output.
    """

    def __init__(self, inputs: tuple[Any, ...], outputs: tuple[Node, ...]) -> None:
        self.inputs = inputs
        self.outputs = outputs

    def nodes(self) -> list[Node]:
        """What the equations recorded, in order."""
        found: dict[int, Node] = {}
        stack: list[Any] = list(self.outputs)
        while stack:
            node = stack.pop()
            if isinstance(node, Node) and node.id not in found:
                found[node.id] = node
                stack.extend(node.inputs)
        return [found[i] for i in sorted(found)]


class Shortcut(NamedTuple):
    """A faster way to the value and the first derivative, where some attributes have given values."""

    forward: Callable[..., Any]
    backward: Callable[..., Any]
    when: dict[str, Any]
    every_order: bool = False


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
        self._sample = sample
        self.opens_at = opens_at
        self.shortcuts: list[Shortcut] = []
        self.rule = RULES.get(name)
        self.call = self._function()

    def fused(
        self,
        forward: Callable[..., Any],
        backward: Callable[..., Any],
        when: Mapping[str, Any] | None = None,
        *,
        every_order: bool = False,
    ) -> None:
        """Name a shortcut.

        Args:
            forward: ``f(*arrays, **attrs)`` → (value or tuple of values, what backward needs).
            backward: ``f(gradient, saved, needs, *arrays, **attrs)`` → one gradient an input, None where none.
            when: attributes for which it holds, and which it does not take; for others the equations are computed.
            every_order: whether backward is written with operations, and so can be recorded and differentiated again.
        """
        self.shortcuts.append(Shortcut(forward, backward, dict(when or {}), every_order))

    def _shortcut(self, attrs: Mapping[str, Any]) -> tuple[Shortcut, Mapping[str, Any]] | None:
        """The shortcut that serves these attributes, with those to call it with; None where none does."""
        found: tuple[Shortcut, Mapping[str, Any]] | None = accelerator().shortcut(self.shortcuts, attrs)
        return found

    def _function(self) -> Callable[..., Any]:
        """The operation as a plain function, which a class can take as a method."""

        def call(*args: Any, **attrs: Any) -> Any:
            return self._call(*args, **attrs)

        call.__name__, call.__doc__ = self.name, self.__doc__
        return call

    def _call(self, *args: Any, **attrs: Any) -> Any:
        operands, given = self.signature.bind(self.name, args, attrs)
        for x in operands:
            if not isinstance(x, VALUES):
                break
        else:
            return self._compute(operands, given)[0]
        if self.rule is not None:
            check(self.name, self.rule, operands)
        inputs = tuple([x if isinstance(x, Node) and x.rare is None else operand(x) for x in operands])
        state = now()
        if self.opens_at in state.opened or (state.tape is not None and state.tape.opens(self, inputs, given)):
            # A sequence or a cell has the scopes of its time steps; one operation gets a scope of its name.
            inside = state.scope.opening(self.name) if self.opens_at == "equation" else state.scope
            with setting(scope=inside):
                result = self.equations(*inputs, **given)
            return self.several(result) if isinstance(result, tuple) else result
        value, saved = self._compute(tuple([x.value if isinstance(x, Node) else x for x in inputs]), given)
        needs = 0
        if _has_gradient(value):
            for i, x in enumerate(inputs):
                if isinstance(x, Node) and x.needs:
                    needs |= 1 << i
        node = record(self, inputs, given, value, needs)
        if node.needs and saved is not None:
            node.extra.saved = saved
        return self.several(outputs(node)) if isinstance(value, tuple) else node

    def _compute(self, values: tuple[Any, ...], attrs: Mapping[str, Any]) -> tuple[Any, Any]:
        try:
            found = self._shortcut(attrs)
            if found is not None:
                return found[0].forward(*values, **found[1])
            value = self.equations(*values, **attrs)
        except TinygradError:
            raise
        except UNFIT as error:
            raise misfit(self, values, error) from error
        if isinstance(value, tuple):
            return tuple([np.asarray(part) for part in value]), None
        return (np.asarray(value) if isinstance(value, np.generic) else value), None

    def expand(self, node: Node, *, checked: bool = True) -> Expansion:
        """Record the equations on the node's own input values, of which none may have changed unless told.

        Nodes of the expansion lie where the node lies: same scope, same line.
        """
        leaves: list[Any] = []
        for i, x in enumerate(checked_inputs(node, lambda _node, _i: checked)):
            if not isinstance(x, Node):
                leaves.append(x)
                continue
            leaf = x.frozen()
            leaf.op, leaf.inputs, leaf.rare = None, (), None
            leaf.needs = node.needs >> i & 1 if node.needs else x.needs
            leaves.append(leaf)
        with enable_grad(), setting(scope=node.scope):
            result = self.equations(*leaves, **node.attrs)
        return Expansion(tuple(leaves), result if isinstance(result, tuple) else (result,))

    def reads_value(self, node: Node, position: int) -> bool:
        """Whether the fused backward reads an input; without one, whether a derivative of the equations does."""
        found = self._shortcut(node.attrs)
        if found is None:
            return self._loses(node, position) if position >= 0 else False
        places = values_read(found[0].backward, node.needs)
        return position >= 0 and (places is None or 3 + position in places)  # after g, what was saved, and the needs

    def _loses(self, node: Node, position: int) -> bool:
        """Whether the equations cannot be gone through again: they read an input of which nobody holds what it was."""
        x: Any = node.inputs[position]
        return (x.rare is None or x.rare.moved is None or x.rare.lost) and self._equations_read(node, position)

    def _equations_read(self, node: Node, position: int) -> bool:
        """Whether a derivative of the equations reads an input, or something that is computed from it."""
        if position < 0:
            return False
        expansion = self.expand(node, checked=False)
        inner = expansion.nodes()
        if any(_hidden(each, expansion.inputs) for each in inner):
            return True
        touched = {expansion.inputs[position].id}
        for each in inner:
            if any(isinstance(x, Node) and x.id in touched for x in each.inputs):
                touched.add(each.id)
        for each in inner:
            if each.op is None or not each.needs:
                continue
            read = [i for i, x in enumerate(each.inputs) if isinstance(x, Node) and x.id in touched]
            op: Any = each.op
            if any(op.reads_value(each, i) for i in (*read, *((-1,) if each.id in touched else ()))):
                return True
        return False

    def vjp(self, node: Node, gradient: Any) -> tuple[Any, ...]:
        """Use the fused backward; without one, or to record the backward pass, go through the equations."""
        inputs: tuple[Any, ...] = node.inputs
        parts = gradient if gradient.__class__ is tuple else (gradient,)
        found = self._shortcut(node.attrs)
        recorded = any(isinstance(part, Node) for part in parts)
        equations = recorded and (found is None or not found[0].every_order)
        for x in inputs:
            if (
                isinstance(x, Node) and x.rare is not None and x.rare.storage.changed > node.id
            ):  # which may be what was read
                inputs = tuple(checked_inputs(node, self._loses if equations else None))
                break
        if equations:
            return self._through_equations(inputs, node, parts)
        if found is not None:
            shortcut, given = found
            values = inputs if recorded else tuple([x.value if isinstance(x, Node) else x for x in inputs])
            saved = node.rare.saved if node.rare is not None else None
            sent = shortcut.backward(gradient, saved, node.needs, *values, **given)
            if recorded:
                return tuple(None if each is None else conform(each, x) for each, x in zip(sent, inputs, strict=True))
            return conformed(sent, values, inputs, node.needs)
        expansion = self.expand(node, checked=False)
        roots = [(y, part) for y, part in zip(expansion.outputs, parts, strict=True) if part is not None and y.needs]
        leaves = {x.id for x in expansion.inputs if isinstance(x, Node) and x.needs}
        received = propagate(roots, wanted=frozenset(leaves), inside=True)
        return tuple(self._share(received, x, i, inputs) if isinstance(x, Node) else None for i, x in enumerate(inputs))

    @staticmethod
    def _share(found: dict[int, Any], x: Node, position: int, inputs: tuple[Any, ...]) -> Any:
        """An input that stands twice among the operands gets its whole gradient at its first place."""
        first = next(i for i, other in enumerate(inputs) if isinstance(other, Node) and other.id == x.id)
        return found.get(x.id) if first == position else None

    def _through_equations(self, inputs: tuple[Any, ...], node: Node, parts: tuple[Any, ...]) -> tuple[Any, ...]:
        """Differentiate the equations recorded on the very inputs, so that the result can be differentiated again."""
        result = self.equations(*inputs, **node.attrs)
        results = result if isinstance(result, tuple) else (result,)
        roots = [(y, part) for y, part in zip(results, parts, strict=True) if part is not None and y.needs]
        wanted = frozenset(x.id for i, x in enumerate(inputs) if isinstance(x, Node) and node.needs >> i & 1)
        found = propagate(roots, record=True, wanted=wanted, inside=True)
        return tuple(self._share(found, x, i, inputs) if isinstance(x, Node) else None for i, x in enumerate(inputs))

    def sample(self, draw: Draw) -> Sample:
        """Arguments as the operation's own sampler draws them."""
        if self._sample is None:
            raise ValueError(f"{self.name} says no sample")
        return self._sample(draw)


def _hidden(node: Node, leaves: tuple[Any, ...]) -> bool:
    """Whether equations took something from values outside the record, such as an order: a constant, or an array among attributes."""
    if node.op is None:
        return not any(node is x for x in leaves)
    parts = [part for given in node.attrs.values() for part in (given if isinstance(given, tuple) else (given,))]
    return any(isinstance(part, np.ndarray) for part in parts)


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
) -> Callable[[Callable[..., Any]], Composite]:
    """Say a composite operation; the decorated function is its equations.

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
    """

    def define(equations: Callable[..., Any]) -> Composite:
        facts = Facts(symbol, latex, {}, kinks, at_kink, method, "", fields)
        return Composite(equations, facts, sample, name or equations.__name__, opens_at)

    return define
