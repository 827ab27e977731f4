"""Element-wise operations: one expression, one partial derivative an input.

    tanh = elementwise("tanh", "tanh(x)", {"x": "g * (1 - y * y)"}, symbol="tanh")

That text is then the Scalar (floats), the Tensor (numpy passes, or one kernel where several passes would be slower),
the recorded derivative of any order, the formula and the proof. In a partial, ``g`` is the upstream gradient and ``y``
the result.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tinygrad_fr.errors import DataError, DtypeError, GradientError, TinygradError
from tinygrad_fr.locale import _
from tinygrad_fr.ops.definition.calls import NEVER, kernel_size, written_call, written_vjp
from tinygrad_fr.ops.definition.dtype import converted, get_default_dtype, result_type, wrapped
from tinygrad_fr.ops.definition.expression import Expression
from tinygrad_fr.ops.definition.op import (
    Array,
    Draw,
    Facts,
    Op,
    Sample,
    checked_inputs,
    conform,
    here,
    misfit,
    operand,
    registry,
    stale,
    touched,
    with_example,
)
from tinygrad_fr.record.node import NO_ATTRS, Node, record
from tinygrad_fr.record.number import Number
from tinygrad_fr.record.views import used

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Kinds(NamedTuple):
    """What an operation does with elements of each kind, as numpy's letters say it: b, i, u, f.

    Attributes:
        operands: kinds that each operand may have.
        common: kinds that the common dtype of the operands may have.
        filling: operands whose numbers must fit in the common dtype, as those that fill a tensor; others wrap around.
        same: whether its tensors must have one dtype, because PyTorch promotes none here.
        integers: what it is on integers, where that is not what numpy makes of the same text.
    """

    operands: str = "biuf"
    common: str = "biuf"
    filling: tuple[str, ...] = ()
    integers: Callable[..., Any] | None = None
    same: bool = False


FLOAT = Kinds(operands="f", common="f")  # PyTorch has no kernel for other dtypes
NUMBER = Kinds(operands="iuf", common="iuf")  # nor for booleans


REAL = (-math.inf, math.inf)
POSITIVE = (0.0, math.inf)


# Their derivatives take the result because it is at hand, where PyTorch's take the operands: so its change by an operation that was
# recorded, which leaves what was there before, is no hindrance.
_AT_HAND = frozenset(("div", "erfinv", "logaddexp", "logaddexp2", "sinc"))


class Elementwise(Op):
    """An operation on each element, said as text."""

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
        super().__init__(name, facts, doc)
        self._sample = sample
        self.kinds = kinds or Kinds()
        self.inputs = tuple(partials)
        self.defaults = dict(attrs)
        self.forward = Expression(forward)
        self.partials = {x: Expression(text) if text is not None else None for x, text in partials.items()}
        self.differentiable = any(self.partials.values())
        self.args = (*self.inputs, *self.defaults)
        # A partial is a function of (g, y, inputs…, attributes…).
        self.partial_args = ("g", "y", *self.args)
        self._node_partials: list[Callable[..., Any] | None] | None = None
        # Values that the derivative for each input reads, as positions; -1 is the result.
        self.reads = [
            frozenset(i for i, n in enumerate(self.inputs) if e is not None and n in e.reads)
            | (frozenset((-1,)) if e is not None and "y" in e.reads else frozenset())
            for e in self.partials.values()
        ]
        arity = len(self.inputs) if not self.defaults else 0
        self.call = {1: _unary, 2: _binary}.get(arity, _general)(self)
        self.vjp = self.general_vjp  # type: ignore[method-assign]
        if arity in (1, 2) and all(e is not None for e in self.partials.values()):
            self.call = written_call(self, self.call)
            self.vjp = _WrittenWhenAsked(self)  # type: ignore[method-assign]
        self.call.__name__, self.call.__doc__ = name, doc

    # Compiled when first asked for: a program uses few of the operations, and most of those one way.

    @cached_property
    def of_floats(self) -> Callable[..., Any]:
        """The value on Python floats."""
        return self.forward.of_floats(self.args)

    @cached_property
    def of_arrays(self) -> Callable[..., Any]:
        """The value on arrays."""
        return _arrays(self.args, self.forward)

    @cached_property
    def float_partials(self) -> list[Callable[..., Any] | None]:
        """What is sent to each input, on Python floats."""
        return [e.of_floats(self.partial_args) if e is not None else None for e in self.partials.values()]

    @cached_property
    def array_partials(self) -> list[Callable[..., Any] | None]:
        """What is sent to each input, on arrays."""
        return [_arrays(self.partial_args, e) if e is not None else None for e in self.partials.values()]

    @property
    def primitive(self) -> bool:
        """Whether the forward text is nothing but this operation's own word or operator."""
        return self.forward.passes <= 1

    @property
    def derivative_latex(self) -> dict[str, str]:
        """Input name → local derivative in LaTeX, read off the partial's text."""
        return {x: e.without_upstream().latex for x, e in self.partials.items() if e is not None}

    def equations(self, *inputs: Any, **attrs: Any) -> Any:
        """The forward text as a recording of its smaller operations."""
        function = self.forward.of_nodes((*self.inputs, *self.defaults), registry)
        return function(*inputs, **{**self.defaults, **attrs})

    def partial(self, position: int) -> Callable[..., Any] | None:
        """The derivative for one input as a function of nodes, which records it."""
        if self._node_partials is None:
            self._node_partials = [
                e.of_nodes(self.partial_args, registry) if e is not None else None for e in self.partials.values()
            ]
        return self._node_partials[position]

    def general_vjp(self, node: Node, gradient: Any) -> tuple[Any, ...]:
        """Multiply the upstream gradient by each local derivative."""
        if not self.differentiable:
            raise GradientError(
                _("{node} has no derivative; detach() what it is computed of").format(node=node.describe())
            )
        if gradient.__class__ is float:
            partials = self.float_partials
        elif isinstance(gradient, Node):
            return self._vjp_nodes(node, gradient)
        else:
            partials = self.array_partials
        inputs, needs, attrs, time = node.inputs, node.needs, node.attrs, node.id
        y = node.value
        lost = node.rare is not None and node.rare.storage.changed > time and self.reads_value(node, -1)
        if lost and self.name not in _AT_HAND:
            raise stale(node, node)
        values = []
        for i, x in enumerate(inputs):
            if isinstance(x, Node):
                if x.rare is not None and touched(node, x) and (lost or self.reads_value(node, i)):
                    raise stale(node, x)
                values.append(x.value)
            else:
                values.append(x)
        if lost:
            y = self.of_arrays(*values) if y.__class__ is np.ndarray else self.of_floats(*values)
        result: list[Any] = []
        for i, value in enumerate(values):
            partial = partials[i]
            if not needs >> i & 1 or partial is None:
                result.append(None)
                continue
            sent = partial(gradient, y, *values, **attrs) if attrs else partial(gradient, y, *values)
            kind = sent.__class__
            if kind is not value.__class__ or (
                kind is not float and (sent.shape != value.shape or sent.dtype is not value.dtype)
            ):
                sent = conform(sent, inputs[i])  # type: ignore[arg-type]  # a needed input is a node
            result.append(sent)
        return tuple(result)

    def reads_value(self, node: Node, position: int) -> bool:
        """Whether a derivative that the node has to send is written with this operand, or with the result for -1."""
        if position < 0 and self.name in _AT_HAND and node.rare is not None and not node.rare.lost:
            return False
        return any(node.needs >> i & 1 and position in reads for i, reads in enumerate(self.reads))

    def _vjp_nodes(self, node: Node, gradient: Node) -> tuple[Any, ...]:
        y: Any = node
        lost = node.rare is not None and node.rare.storage.changed > node.id and self.reads_value(node, -1)
        inputs = tuple(checked_inputs(node, (lambda _node, _i: True) if lost else None))
        if lost and self.name not in _AT_HAND:
            raise stale(node, node)
        if lost:
            y = self.call(*inputs)
        result: list[Any] = []
        for i, x in enumerate(inputs):
            partial = self.partial(i)
            if node.needs >> i & 1 and partial is not None:
                sent = partial(gradient, y, *inputs, **{**self.defaults, **node.attrs})
                if not isinstance(sent, Node):  # a constant derivative
                    sent = gradient * sent
                result.append(conform(sent, x))
            else:
                result.append(None)
        return tuple(result)

    def sample(self, draw: Draw) -> Sample:
        """Inputs of broadcastable shapes inside the domain, unless the operation says how."""
        if self._sample is not None:
            return self._sample(draw)
        shape = draw.shape(0, 3)
        arrays = []
        for x in self.inputs:
            low, high = self.facts.domain.get(x, REAL)
            own = draw.choice([shape, shape, shape[1:], tuple(1 for _side in shape)])
            bounds = max(low, -3.0), min(high, 3.0)
            margin = 0.05 * (bounds[1] - bounds[0])
            arrays.append(draw.array(own, bounds[0] + margin * (low > -3.0), bounds[1] - margin * (high < 3.0)))
        return Sample(tuple(arrays), {})


def elementwise(
    name: str,
    forward: str,
    partials: Mapping[str, str | None],
    *,
    symbol: str | None = None,
    latex: str | None = None,
    attrs: Mapping[str, Any] | None = None,
    domain: Mapping[str, tuple[float, float]] | None = None,
    kinks: tuple[str, ...] = (),
    at_kink: str = "",
    method: bool = True,
    doc: str = "",
    example: Mapping[str, str] | None = None,
    sample: Callable[[Draw], Sample] | None = None,
    kinds: Kinds | None = None,
) -> Elementwise:
    """Say an element-wise operation.

    Args:
        name: its name in the namespace.
        forward: the expression of one element.
        partials: input name → upstream gradient times the local derivative; None where there is none.
        symbol: what its card shows, its name by default.
        latex: the forward formula where the expression's own would not be the one that people write.
        attrs: other arguments with their defaults.
        domain: input name → open interval of definition.
        kinks: expressions that are zero where there is no derivative.
        at_kink: the choice made there, in words.
        method: whether it is a method of Tensor too.
        doc: one sentence; formula and derivatives are added to it.
        example: an expression → what it shows, with the package as ``tg``: the end of its docstring.
        sample: draws arguments to prove it on, where arrays inside the domain will not do.
        kinds: which dtypes it takes and what it is on integers, where numpy's answer would not do.
    """
    expression = Expression(forward)
    facts = Facts(symbol or name, latex or expression.latex, dict(domain or {}), kinks, at_kink, method)
    lines = [doc or f"Apply {name} to each element.", "", f"    y = {forward}"]
    lines += [f"    gradient for {x}: {text}" for x, text in partials.items() if text is not None]
    if at_kink:
        lines += ["", at_kink]
    told = with_example("\n".join(lines), example or {})
    return Elementwise(name, forward, partials, attrs or {}, facts, told, sample, kinds)


class _WrittenWhenAsked:
    """The short path of an operation's backward, which takes this one's place once it was needed.

    An object and not a closure, which would know itself and so stay for the collector once it is replaced.
    """

    def __init__(self, op: Elementwise) -> None:
        self.op = op
        self.written: Callable[..., Any] | None = None

    def __call__(self, node: Node, gradient: Any) -> Any:
        op = self.op
        if self.written is None:
            self.written = written_vjp(op, op.general_vjp)
        if op.vjp is self:
            op.vjp = self.written  # type: ignore[method-assign]
        return self.written(node, gradient)


def _arrays(args: tuple[str, ...], expression: Expression) -> Callable[..., Any]:
    """The expression on arrays: numpy's passes, or one kernel on large ones where that pays."""
    plain = expression.of_arrays(args)
    enough = kernel_size(expression)
    if enough == NEVER:
        return plain
    used = tuple(name for name in args if name in expression.reads)
    places = [args.index(name) for name in used]
    compiled: Any = None

    def choose(*values: Any, **attrs: Any) -> Any:
        nonlocal compiled
        first = values[0]
        if first.__class__ is np.ndarray and first.size < enough:  # most calls, decided at once
            return plain(*values, **attrs)
        if not any(v.__class__ is np.ndarray and v.size >= enough and v.dtype.char in "fd" for v in values):
            return plain(*values, **attrs)
        if compiled is None:
            from tinygrad_fr.kernels.elementwise import kernel

            compiled = kernel(used, expression.text)
        every = (*values, *(attrs[name] for name in args[len(values) :]))
        result = compiled(*(every[place] for place in places))
        return plain(*values, **attrs) if result is None else result

    return choose


# The three ways to call an element-wise operation. One and two operands without attributes are most of what runs, so
# they have their own short path; each is a plain function, and so a method of Tensor and Scalar without more ado.


def _unary(op: Elementwise) -> Callable[..., Any]:
    differentiable, plain = op.differentiable, op.kinds == Kinds()
    array, asarray = np.ndarray, np.asarray

    def call(input: Any) -> Any:
        x = input
        if not isinstance(x, Node):
            return _plain(op, (x,), NO_ATTRS)
        if x.rare is not None:
            x = used(x)
        v = x.value
        if v.__class__ is array:
            try:
                value = op.of_arrays(v) if plain or v.dtype.kind == "f" else None
            except TypeError:
                value = None  # numpy refuses it: said there
            if value is None or value.dtype is not v.dtype:
                value = _compute(op, (v,), NO_ATTRS)
            elif value.__class__ is not array:  # numpy turns arrays without dimensions into its scalars
                value = asarray(value)
        else:
            value = op.of_floats(v)
            if not differentiable:
                return value
            if value.__class__ is not float:
                value = float(value)
        return record(op, (x,), NO_ATTRS, value, 1 if x.needs and differentiable else 0)

    return call


def _operand(x: Any) -> Any:
    """A node or a plain number; a number that a tape follows as the leaf that stands for it."""
    return x.operand() if type(x) is Number else operand(x)


def _binary(op: Elementwise) -> Callable[..., Any]:
    differentiable, plain = op.differentiable, op.kinds == Kinds()
    array, asarray = np.ndarray, np.asarray

    def call(input: Any, other: Any) -> Any:
        a, b = input, other
        needs = 0
        if isinstance(a, Node):
            if a.rare is not None:
                a = used(a)
            x = a.value
            if a.needs:
                needs = 1
        elif isinstance(b, Node):
            a = _operand(a)
            x = a.value if isinstance(a, Node) else a
        else:
            return _plain(op, (a, b), NO_ATTRS)
        if isinstance(b, Node):
            if b.rare is not None:
                b = used(b)
            y = b.value
            if b.needs:
                needs |= 2
        elif b.__class__ is float or b.__class__ is int:
            y = b
        else:
            b = _operand(b)
            if b is None and op.name not in ("eq", "ne"):  # which are asked about anything, as by ``x == None``
                raise DtypeError(
                    _("{op}: expected a tensor or a number, got {found} ({where})").format(
                        op=op.name, found="None", where=here()
                    )
                )
            y = b.value if isinstance(b, Node) else b
        if x.__class__ is array:
            dtype, value = x.dtype, None
            # Numbers of two dtypes, and integers that may be out of range, are compared as what they become together.
            usual = dtype.kind == "f" or (plain and differentiable)
            if y.dtype is dtype if y.__class__ is array else usual and y.__class__ is not bool:
                try:
                    value = op.of_arrays(x, y) if plain or dtype.kind == "f" else None
                except (AttributeError, ValueError, TypeError, OverflowError):
                    value = None  # said there
            if value is None or (value.dtype is not dtype and (differentiable or value.dtype.kind != "b")):
                value = _compute(op, (x, y), NO_ATTRS)
            elif value.__class__ is not array:
                value = asarray(value)
        elif y.__class__ is array:
            value = _compute(op, (x, y), NO_ATTRS)
        else:
            value = op.of_floats(x, y)
            if not differentiable:
                return value
            if value.__class__ is not float:
                value = float(value)
        return record(op, (a, b), NO_ATTRS, value, needs)

    return call


def _general(op: Elementwise) -> Callable[..., Any]:
    arity, defaults = len(op.inputs), op.defaults
    names = tuple(defaults)

    def call(*args: Any, **attrs: Any) -> Any:
        for word, place in (("input", 0), ("other", 1)):  # PyTorch's names of the first two
            if word in attrs and place < arity and word not in op.inputs:
                attrs[op.inputs[place]] = attrs.pop(word)
        if len(args) > arity + len(names) or not attrs.keys() <= {*op.inputs, *names}:
            raise TypeError(f"{op.name}() takes {', '.join((*op.inputs, *names))}")
        given = {**defaults, **dict(zip(names, args[arity:], strict=False)), **attrs}
        operands = tuple(args[:arity]) + tuple(given.pop(name) for name in op.inputs[len(args) :])
        if not any(isinstance(x, Node) for x in operands):
            return _plain(op, operands, given)
        inputs = tuple(_operand(x) for x in operands)
        values = tuple(x.value if isinstance(x, Node) else x for x in inputs)
        if any(isinstance(v, np.ndarray) for v in values):
            value: Any = _compute(op, values, given)
        else:
            value = float(op.of_floats(*values, **given))
        needs = 0
        for i, x in enumerate(inputs):
            if isinstance(x, Node) and x.needs and op.array_partials[i] is not None:
                needs |= 1 << i
        return record(op, inputs, given, value, needs)

    return call


def _plain(op: Elementwise, values: tuple[Any, ...], attrs: Mapping[str, Any]) -> Any:
    """The value on arrays and numbers alone: nothing to record, unless lists stand for tensors."""
    if any(isinstance(v, list | tuple) for v in values):
        return op.call(*(operand(v) for v in values), **attrs)
    for v in values:
        if v.__class__ is not np.ndarray:
            operand(v)
    if any(isinstance(v, np.ndarray | np.generic) for v in values):
        return _compute(op, values, attrs)
    try:
        return op.of_floats(*values, **attrs)
    except (AttributeError, TypeError) as error:
        raise misfit(op, values, error) from None


def _compute(op: Elementwise, values: tuple[Any, ...], attrs: Mapping[str, Any]) -> Array:
    """The value on arrays and numbers of any dtypes, in the dtype that PyTorch gives the result."""
    try:
        # An input without a partial, such as a condition, takes part in no arithmetic.
        counts = [partial is not None or not op.differentiable for partial in op.partials.values()]
        counted = [v for v, counts_in in zip(values, counts, strict=True) if counts_in]
        wanted = result_type(*counted)
        kinds = op.kinds
        if wanted.kind not in kinds.common or not all(_kind(v) in kinds.operands for v in counted):
            raise TypeError
        if kinds.same and len({v.dtype for v in values if isinstance(v, np.ndarray)}) > 1:
            raise TypeError
        cast = [_cast(op, i, v, wanted) if counts[i] else v for i, v in enumerate(values)]
        if kinds.integers is not None and wanted.kind != "f":
            fills = [
                each in kinds.filling and not isinstance(v, np.ndarray)
                for each, v in zip(op.inputs, values, strict=True)
            ]
            return np.asarray(
                kinds.integers(*(v if fill else c for v, c, fill in zip(values, cast, fills, strict=True)), **attrs)
            )
        result = np.asarray(op.of_arrays(*cast, **attrs))
        if result.dtype == wanted or (result.dtype.kind == "b" and not op.differentiable):
            return result
        if wanted.kind != "f" and result.dtype.kind == "f":  # of integers it gives floats, of their own width
            wanted = get_default_dtype()
            cast = [_cast(op, i, v, wanted) if counts[i] else v for i, v in enumerate(values)]
            result = np.asarray(op.of_arrays(*cast, **attrs))
        return result.astype(wanted, copy=False)
    except TinygradError:
        raise
    except ZeroDivisionError:
        raise DataError(_("{op}: integers divided by 0 ({where})").format(op=op.name, where=here())) from None
    except ValueError as error:
        raise misfit(op, values, error) from None
    except (AttributeError, KeyError, TypeError) as error:
        raise misfit(op, values, TypeError(error)) from None


def _kind(value: Any) -> str:
    """The letter of an operand's kind of dtype."""
    if isinstance(value, np.ndarray):
        return value.dtype.kind
    return "b" if isinstance(value, bool) else "i" if isinstance(value, int) else "f"


def _cast(op: Elementwise, position: int, value: Any, dtype: np.dtype[Any]) -> Any:
    """An operand in the common dtype. Numbers beside floats stay Python's, whose powers numpy knows."""
    if isinstance(value, np.ndarray):
        return value.astype(dtype, copy=False)
    if op.inputs[position] in op.kinds.filling:
        found = converted(value, dtype)
        return value if dtype.kind == "f" else found
    return wrapped(value, dtype)
