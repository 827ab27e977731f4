"""Element-wise operations: one expression, and one partial derivative per input.

    tanh = elementwise("tanh", "tanh(x)", {"x": "g * (1 - y * y)"}, symbol="tanh")

That text is then the Scalar (floats), the Tensor (numpy passes, or one kernel where several passes would be slower),
the recorded derivative of any order, the formula and the proof. In a partial, ``g`` is the upstream gradient and ``y``
the result.
"""

from __future__ import annotations

import itertools
from functools import cached_property
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from tinygrad_fr.arguments.fits import SECOND, in_own_names, refusal
from tinygrad_fr.errors import DtypeError
from tinygrad_fr.explanation import Facts, Said
from tinygrad_fr.expression.expression import Expression
from tinygrad_fr.expression.expression import said as expressed
from tinygrad_fr.locale import _
from tinygrad_fr.ops.definition.op import (
    Op,
    inputs_of,
    needed,
    no_derivative,
    operand,
    registry,
    stale,
    unbroadcast_all,
    values_of,
)
from tinygrad_fr.promotion.operands import Kinds, Operands, widened
from tinygrad_fr.record.accelerator import accelerator
from tinygrad_fr.record.node import KINDS, NO_ATTRS, Node, record
from tinygrad_fr.record.recorder import Followed
from tinygrad_fr.sampling import Draw, Sample, inside
from tinygrad_fr.source.docstring import of_formula

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


# Their derivatives take the result because it is at hand, where PyTorch's take the operands: so its change by an operation that was
# recorded, which leaves what was there before, is no hindrance.
_AT_HAND = frozenset(("div", "erfinv", "sinc", "softsign"))


def nothing(gradient: Node) -> Any:
    """A zero for each element of a gradient, whatever it is: 0 · NaN would be NaN."""
    tensor: Any = KINDS[np.ndarray]
    return 0.0 if gradient.value.__class__ is float else tensor.wrap(np.zeros_like(gradient.value))


class Elementwise(Op):
    """An operation on each element, defined as text."""

    def __init__(
        self,
        name: str,
        forward: str,
        partials: Mapping[str, str | None],
        attrs: Mapping[str, Any],
        facts: Facts,
        doc: str,
        sample: Callable[[Draw], Sample] | None = None,
        kinds: Kinds | None = None,
    ) -> None:
        self.forward = expressed(forward)  # first: an operation with a slip in its text is never entered
        self.partials = {x: expressed(text) if text is not None else None for x, text in partials.items()}
        self.forward.check_letters((*partials, *attrs))
        for text in filter(None, self.partials.values()):
            text.check_letters(("g", "y", *partials, *attrs))
        super().__init__(name, facts, doc)
        self.sampler = sample or inside(tuple(partials), facts.domain)
        self.kinds = kinds or Kinds()
        self.inputs = tuple(partials)
        self.defaults = dict(attrs)
        self.differentiable = any(self.partials.values())
        self.args = (*self.inputs, *self.defaults)
        # A partial is a function of (g, y, inputs…, attributes…).
        self.partial_args = ("g", "y", *self.args)
        places = {"y": -1, **dict(zip(partials, itertools.count()))}
        self.reads = [e.places(places) if e is not None else frozenset() for e in self.partials.values()]
        # An input without a partial, such as a condition, takes part in no arithmetic.
        self.counts = [not self.differentiable or e is not None for e in self.partials.values()]
        self.operands = Operands(self.inputs, self.counts, self.kinds)
        self.sends = sum(1 << i for i, counts in enumerate(self.counts) if counts)
        self.accelerated()

    # Compiled when first asked for: a program uses few of the operations, and most of those one way.

    @cached_property
    def of_floats(self) -> Callable[..., Any]:
        """The value on Python floats."""
        return self.forward.of_floats(self.args)

    @cached_property
    def of_arrays(self) -> Callable[..., Any]:
        """The value on arrays."""
        return self._on_arrays(self.args, self.forward)

    @cached_property
    def float_partials(self) -> list[Callable[..., Any] | None]:
        """What is sent to each input, on Python floats."""
        return [e.of_floats(self.partial_args) if e is not None else None for e in self.partials.values()]

    @cached_property
    def array_partials(self) -> list[Callable[..., Any] | None]:
        """What is sent to each input, on arrays."""
        return [self._on_arrays(self.partial_args, e) if e is not None else None for e in self.partials.values()]

    @cached_property
    def node_partials(self) -> list[Callable[..., Any] | None]:
        """What is sent to each input, recorded."""
        return [e.of_nodes(self.partial_args, registry) if e is not None else None for e in self.partials.values()]

    def _on_arrays(self, args: tuple[str, ...], expression: Expression) -> Callable[..., Any]:
        on_arrays = accelerator().on_arrays(args, expression, expression.of_arrays(args))
        return widened(on_arrays) if self.kinds.widens(expression, self.forward) else on_arrays

    @property
    def derivative_latex(self) -> dict[str, str]:
        """Input name → local derivative in LaTeX, read off the partial's text."""
        return {x: e.without_upstream().latex for x, e in self.partials.items() if e is not None}

    def equations(self, *inputs: Any, **attrs: Any) -> Any:
        """The forward text as a recording of its smaller operations."""
        function = self.forward.of_nodes((*self.inputs, *self.defaults), registry)
        return function(*inputs, **{**self.defaults, **attrs})

    def _call(self, *args: Any, **attrs: Any) -> Any:
        operands, given = self._bound(args, attrs)
        if not any(isinstance(x, Node) for x in operands):
            return _unrecorded(self, operands, given)
        inputs = tuple(_operand(self, x) for x in operands)
        values = values_of(inputs)
        on_arrays = any(isinstance(v, np.ndarray) for v in values)
        value = self.computed(self._promoted, values, given) if on_arrays else self.of_floats(*values, **given)
        if not (on_arrays or self.differentiable):
            return value
        return record(
            self, inputs, given or NO_ATTRS, value if on_arrays else float(value), needed(inputs) & self.sends
        )

    def _promoted(self, *values: Any, **attrs: Any) -> Any:
        """The value on arrays and numbers of any dtypes, in the dtype that PyTorch gives the result."""
        return self.operands.promoted(self.of_arrays, values, attrs, truths=not self.differentiable)

    def _bound(self, args: tuple[Any, ...], attrs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The operands and the attributes of a call, complete."""
        words = "input", SECOND.get(self.name, "other")
        attrs = in_own_names(attrs, self.args, dict(zip(words, self.inputs, strict=False)))
        given = {**self.defaults, **dict(zip(self.args, args, strict=False)), **attrs}
        if len(args) > len(self.args) or given.keys() != set(self.args):
            raise TypeError(f"{self.shown_as}() takes {', '.join(self.args)}")
        return tuple(given.pop(x) for x in self.inputs), given

    def vjp(self, node: Node, gradient: Any) -> tuple[Any, ...]:
        """Multiply the upstream gradient by each local derivative."""
        if not self.differentiable:
            raise no_derivative(node)
        recorded = isinstance(gradient, Node)
        inputs, y = self._operands_of(node, recorded)
        of_values = self.float_partials if gradient.__class__ is float else self.array_partials
        attrs = {**self.defaults, **node.attrs}
        sent = [
            partial(gradient, y, *inputs, **attrs) if partial is not None and node.needs >> i & 1 else None
            for i, partial in enumerate(self.node_partials if recorded else of_values)
        ]
        if recorded:  # a constant derivative is a number
            sent = [x if x is None or isinstance(x, Node) else gradient * x if x else nothing(gradient) for x in sent]
        return unbroadcast_all(sent, node.inputs, node.needs)

    def _operands_of(self, node: Node, recorded: bool) -> tuple[tuple[Any, ...], Any]:
        """The node's inputs and its result as they were when it ran: nodes, or their values."""
        lost = node.changed_since(node.id) and self.reads_value(node, -1)
        if lost and self.name not in _AT_HAND:
            raise stale(node, node)
        inputs = self.in_one_dtype(node.value, inputs_of(node, (lambda _node, _position: True) if lost else None))
        if recorded:
            return inputs, self.call(*inputs) if lost else node
        values = tuple(x.value if isinstance(x, Node) else x for x in inputs)
        if not lost:
            return values, node.value
        return values, (self.of_floats if node.value.__class__ is float else self.of_arrays)(*values)

    def in_one_dtype(self, y: Any, inputs: Sequence[Any]) -> tuple[Any, ...]:
        """Operands in the dtype in which the operation was computed, which is its derivatives' too: the logarithm of small integers is coarse."""
        if y.__class__ is float:
            return tuple(inputs)
        cast = [
            counts and isinstance(x, Node) and x.value.__class__ is np.ndarray and x.value.dtype != y.dtype
            for x, counts in zip(inputs, self.counts, strict=True)
        ]
        return tuple([registry["cast"](x, dtype=y.dtype) if c else x for x, c in zip(inputs, cast, strict=True)])

    def reads_value(self, node: Node, position: int) -> bool:
        """Whether a derivative that the node has to send is written with this operand, or with the result for -1."""
        if position < 0 and self.name in _AT_HAND and node.rare is not None and not node.rare.lost:
            return False
        return any(node.needs >> i & 1 and position in reads for i, reads in enumerate(self.reads))


def elementwise(
    name: str,
    forward: str,
    partials: Mapping[str, str | None],
    *,
    attrs: Mapping[str, Any] | None = None,
    doc: str = "",
    example: Mapping[str, str] | None = None,
    sample: Callable[[Draw], Sample] | None = None,
    kinds: Kinds | None = None,
    **said: Unpack[Said],
) -> Elementwise:
    """Define an element-wise operation.

    Args:
        name: its name in the namespace.
        forward: the expression of one element.
        partials: input name → upstream gradient times the local derivative; None where there is none.
        attrs: other arguments with their defaults.
        doc: one sentence; formula and derivatives are added to it.
        example: an expression → what it shows, with the package as ``tg``: the end of its docstring.
        sample: draws arguments to prove it on, where arrays inside the domain will not do.
        kinds: which dtypes it takes and what it is on integers, where numpy's answer would not do.
        said: what else it says of itself: see :class:`tinygrad_fr.explanation.Facts`. Its symbol is its name, and its LaTeX the
            expression's own, unless another is said.
    """
    said.setdefault("symbol", name)
    said.setdefault("latex", expressed(forward).latex)
    text = of_formula(
        doc or f"Apply {name} to each element.", forward, partials, said.get("at_kink", ""), example or {}
    )
    return Elementwise(name, forward, partials, attrs or {}, Facts(**said), text, sample, kinds)


def _operand(op: Elementwise, x: Any) -> Any:
    """A node or a plain number; a number that a tape follows as the leaf that stands for it."""
    if x is None and len(op.inputs) == 2 and op.name not in ("eq", "ne"):  # ``x == None`` may be asked
        raise refusal(op.shown_as, _("a tensor or a number"), "None", DtypeError)
    return x.operand() if isinstance(x, Followed) else operand(x)


def _unrecorded(op: Elementwise, values: tuple[Any, ...], attrs: Mapping[str, Any]) -> Any:
    """The value on arrays and numbers alone: nothing to record, unless lists stand for tensors."""
    if any(isinstance(v, list | tuple) for v in values):
        return op.call(*(operand(v) for v in values), **attrs)
    for v in values:
        if v.__class__ is not np.ndarray:
            operand(v)
    if any(isinstance(v, np.ndarray | np.generic) for v in values):
        return op.computed(op._promoted, values, attrs)
    return op.computed(op.of_floats, values, attrs)
