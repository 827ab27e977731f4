"""Structured and composite operations as generated code: the usual call of each, and its VJP.

Python binds the arguments, since the generated function has the operation's parameters, and one line checks each operand. The code
serves the usual case: tensors, and arguments that the operation takes. Anything else takes the core's general path, which also reports
errors.
"""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.arguments.fits import UNFIT
from tinygrad_fr.errors import TinygradError
from tinygrad_fr.fast.generated_code import OPERAND, RECORD, SPACE, UNCHANGED, made, odd, when_called, whole
from tinygrad_fr.fast.views import SHOW, SHOWN
from tinygrad_fr.memory import apart
from tinygrad_fr.ops.definition.op import unbroadcast_all
from tinygrad_fr.ops.definition.structured import always, outputs, select
from tinygrad_fr.promotion.accepts import RULES
from tinygrad_fr.record.mode import thread
from tinygrad_fr.record.node import KINDS, NO_ATTRS, clock
from tinygrad_fr.record.recorder import NOBODY

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from tinygrad_fr.arguments.signature import Signature
    from tinygrad_fr.ops.definition.composite import Composite
    from tinygrad_fr.ops.definition.structured import Structured

_CALL = """
def call({parameters}):
    if {unusual}:
        return unbound(general, {given}, defaults, rest, more)
    needs = 0
    try:
{operands}
    except AttributeError:
        return general({all})
    if {refused}:
        return general({all})
{compute}
    if needs and result.__class__ is array and result.dtype.kind != "f":
        needs = 0
{record}
{end}
"""

_MANY = """
def call({parameters}):
    if {unusual}:
        return unbound(general, {given}, defaults, rest, more)
    needs, bit, values = 0, 1, []
    try:
        for each in {x}:
            v = each.value
            if v.__class__ is not array{refused}:
                return general({all})
            if (rare := each.rare) is not None and (rare.moved is not None or rare.seen < rare.storage.changed):
                return general({all})
            values.append(v)
            if each.needs:
                needs |= bit
            bit <<= 1
    except AttributeError:
        return general({all})
    needs &= {sends}
{compute}
    if result.__class__ is not array:
        return general({all})
    if result.dtype.kind != "f":
        needs = 0
{record}
    return node
"""

_COMPUTED = """
try:
    result = function({values})
except ERRORS:
    result = None
if result.__class__ is not array:
    if result is None:
        return general({all})  # which says what does not fit
    if result.__class__ in generic:
        result = asarray(result)
"""

_LAID_OUT = """
elif not result.flags.c_contiguous:
    result = ascontiguous(result)
"""

_APART = """
if result.__class__ is array and result.base is not None:
    result = apart(result)
"""

_MAY_VIEW = """
shows = shares(v_{x}, result{attrs})
if not shows and {lays_out} and result.__class__ is array and not result.flags.c_contiguous:
    result = ascontiguous(result)
"""

_ON_ARRAYS = """
def on_arrays({parameters}):
    if {strange}:
        return general({all})
    try:
        value = function({all})
    except ERRORS:
        value = None
    if value.__class__ is array or value.__class__ is tuple:
        return value
    return general({all}) if value is None else asarray(value) if value.__class__ in generic else value
"""

_VJP = """
def vjp(node, g):
    if g.__class__ is not array and not of_arrays(g):
        return general(node, g)
    if (rare := node.rare) is not None and rare.storage.changed > node.id:
        return general(node, g)
    {inputs}, = node.inputs
    try:
{operands}
    except AttributeError:
        return general(node, g)
    needs, y = node.needs, node.value
{sends}
    return {sent}
"""

_SENT = """
sent_{x} = None
if needs & {bit}:
    sent_{x} = back_{x}(g, y, {values}, **node.attrs)
    if sent_{x}.__class__ is not array or sent_{x}.shape != v_{x}.shape or sent_{x}.dtype is not v_{x}.dtype:
        sent_{x} = unbroadcast(sent_{x}, {x})
"""

_LISTS = frozenset((list, tuple))
_new = object.__new__
_ERRORS = (*UNFIT, TinygradError)
_GENERIC = frozenset(np.sctypeDict.values())  # what numpy gives for one number


def _unbound(
    general: Callable[..., Any],
    given: dict[str, Any],
    defaults: dict[str, Any],
    rest: tuple[Any, ...],
    more: dict[str, Any],
) -> Any:
    """Call the general path by name: it knows PyTorch's and numpy's other names, and refuses surplus arguments."""
    if rest:
        return general(*given.values(), *rest, **more)
    return general(**{name: value for name, value in given.items() if value is not defaults[name]}, **more)


def _of_arrays(g: Any) -> bool:
    """Whether the gradient of several outputs is of arrays, and not recorded."""
    return g.__class__ is tuple and all(part is None or part.__class__ is np.ndarray for part in g)


class _Names:
    """The parameters of an operation as source text."""

    def __init__(self, signature: Signature, space: dict[str, Any]) -> None:
        self.inputs, self.attrs = signature.inputs, signature.attrs
        every = (*self.inputs, *self.attrs)
        told = {**signature.optional, **signature.defaults}
        space["defaults"] = {name: told.get(name, SPACE["missing"]) for name in every}
        space |= {f"default_{name}": value for name, value in space["defaults"].items()}
        self.told = [name for name in every if name not in told]
        self.parameters = ", ".join(f"{name}=default_{name}" for name in every)
        self.all = ", ".join(every)
        self.values = ", ".join([*(f"v_{x}" for x in self.inputs), *self.attrs])
        self.given = "{" + ", ".join(f"{name!r}: {name}" for name in every) + "}"
        self.dictionary = "{" + ", ".join(f"{a!r}: {a}" for a in self.attrs) + "}" if self.attrs else "NO_ATTRS"
        self.node_inputs = ", ".join(self.inputs)
        self.optional = frozenset(signature.optional)  # inputs that may be None
        space |= {f"usual_{a}": kind.usual for a, kind in signature.kinds.items()}
        self.kinds = [odd(a, kind) for a, kind in signature.kinds.items()]


def _may_be_written(signature: Signature) -> bool:
    """Whether code can be generated: the operation's names must not be names that the generated code uses."""
    return (
        not signature.variadic
        and bool(signature.inputs)
        and _RESERVED.isdisjoint((*signature.inputs, *signature.attrs))
    )


def _operands(names: _Names, text: str, sends: int = -1, numbers: Collection[str] = ()) -> str:
    """The lines that read and check each operand; optional ones may be None."""
    lines = []
    for i, x in enumerate(names.inputs):
        part = text.format(x=x, v=f"v_{x}", g="g", bit=(1 << i) & sends).strip()
        if x in numbers:
            part = f"if {x}.__class__ in numbers:\n    v_{x} = {x}\nelse:\n{indent(part, '    ')}"
        if x in names.optional:
            part = f"if {x} is None:\n    v_{x} = None\nelse:\n{indent(part, '    ')}"
        lines.append(part)
    return indent("\n".join(lines), " " * 8)


def _refused(name: str, names: _Names, numbers: Collection[str]) -> str:
    """The condition under which the general path is taken: an operand is no array, or has a dtype that the operation does not take."""
    lines = []
    rule = RULES.get(name)
    chars = "".join(sorted(dtype.char for dtype in rule.dtypes)) if rule is not None else ""
    first = names.inputs[0]
    for i, x in enumerate(names.inputs):
        asked = [f"v_{x}.__class__ is not array" + f" and v_{x}.__class__ not in numbers" * (x in numbers)]
        if rule is not None and i < rule.first:
            asked.append(f"v_{x}.dtype.char not in {chars!r}")
            if i and (rule.same or rule.common):
                asked.append(f"v_{x}.dtype is not v_{first}.dtype")
        text = " or ".join(asked)
        lines.append(f"({x} is not None and ({text}))" if x in names.optional else text)
    return " or ".join(lines)


def structured_call(op: Structured, general: Callable[..., Any]) -> Callable[..., Any]:
    """The generated call of an operation, where one can be generated; ``general`` takes every unusual case."""
    if op.signature.variadic and not op.signature.inputs[1:]:
        return _of_many(op, general)
    if not _may_be_written(op.signature):
        return general

    def make() -> Callable[..., Any]:
        space = {**SPACE, **_SPACE, "op": op, "general": general, "function": op.function, "shares": op.shares}
        names = _Names(op.signature, space)
        compute = _COMPUTED.format(values=names.values, all=names.all).rstrip()
        end = "return node"
        if op.back is not None:
            x = names.inputs[0]
            end = f"steps = ((op, node.attrs or {names.dictionary}),){SHOW.format(x=x)}".rstrip()
            if op.shares is not always:
                attrs = "".join(f", {a}={a}" for a in names.attrs)
                compute += _MAY_VIEW.format(x=x, attrs=attrs, lays_out=op.lays_out)
                end = f"if shows:\n{indent(end, '    ')}"
            end += "\nreturn node"
        else:
            compute += (_LAID_OUT if op.lays_out else "") + _APART
            end = "return op.several(outputs(node)) if result.__class__ is tuple else node"
        return _written(op, names, compute, end, space, op.sends)

    return when_called(make, op.name, op.__doc__, op.signature.shown)


def _of_many(op: Structured, general: Callable[..., Any]) -> Callable[..., Any]:
    """The call of an operation on a list of tensors."""
    if not {*_RESERVED, "bit", "each", "lists", "v"}.isdisjoint((*op.signature.inputs, *op.signature.attrs)):
        return general

    def make() -> Callable[..., Any]:
        space = {**SPACE, **_SPACE, "op": op, "general": general, "function": op.function, "lists": _LISTS}
        names = _Names(op.signature, space)
        (many,) = names.inputs
        attrs = "".join(f", {a}" for a in names.attrs)
        compute = _COMPUTED.format(values=f"values{attrs}", all=names.all).rstrip()
        asked = [f"{x} is missing" for x in names.told] + names.kinds
        source = _MANY.format(
            x=many,
            parameters=f"{names.parameters}, *rest, **more",
            unusual=" or ".join(["more", "rest", *asked, f"{many}.__class__ not in lists"]),
            given=names.given,
            all=names.all,
            sends=op.sends,
            refused=_refused_each(op.name),
            compute=indent(compute + (_LAID_OUT if op.lays_out else "") + _APART, "    "),
            record=indent(_record(f"*{many}", names.dictionary), "    "),
        )
        return made(source, "call", space)

    return when_called(make, op.name, op.__doc__, op.signature.shown)


def _refused_each(name: str) -> str:
    """The same condition for each operand of an operation on a list."""
    rule = RULES.get(name)
    if rule is None:
        return ""
    chars = "".join(sorted(dtype.char for dtype in rule.dtypes))
    differs = " or (values and v.dtype is not values[0].dtype)" if rule.same or rule.common else ""
    return f" or v.dtype.char not in {chars!r}{differs}"


def _record(inputs: str, attrs: str) -> str:
    return RECORD.replace("= value", "= result").format(handle="KINDS[result.__class__]", inputs=inputs, attrs=attrs)


def _written(op: Any, names: _Names, compute: str, end: str, space: dict[str, Any], sends: int) -> Callable[..., Any]:
    rule = RULES.get(op.name)
    numbers = names.inputs[max(1, rule.first if rule is not None else 1) :]  # a number may stand there
    source = _CALL.format(
        parameters=f"{names.parameters}, *rest, **more",
        unusual=" or ".join(["more", "rest", *(f"{x} is missing" for x in names.told), *names.kinds]),
        given=names.given,
        all=names.all,
        operands=_operands(names, OPERAND, sends, numbers),
        refused=_refused(op.name, names, numbers),
        compute=indent(compute, "    "),
        record=indent(_record(names.node_inputs, names.dictionary), "    "),
        end=indent(end, "    "),
    )
    return made(source, "call", space)


def structured_arrays(op: Structured, general: Callable[..., Any]) -> Callable[..., Any]:
    """The operation on arrays with positional arguments, which derivatives and other operations' equations call."""
    if not _may_be_written(op.signature):
        return general

    def make() -> Callable[..., Any]:
        space = {**SPACE, **_SPACE, "general": general, "function": op.function}
        names = _Names(op.signature, space)
        strange = (
            [f"{x}.__class__ not in values" for x in names.inputs]
            + [f"{a} is missing" for a in names.told]
            + names.kinds
        )
        source = _ON_ARRAYS.format(parameters=names.parameters, strange=" or ".join(strange), all=names.all)
        return made(source, "on_arrays", space)

    return when_called(make, op.name, op.__doc__, op.signature.shown)


_COMPOSED = """
state = thread.state
if state.tape is not NOBODY or state.observers or {opens_at!r} in state.opened:
    return general({all})
{compute}
"""

_EQUATIONS = "result, saved = compute(op, ({inputs},), needs, {attrs})"

_FUSED = """
try:
    result, saved = forward({values})
except ERRORS:
    return general({all})  # which says what does not fit
"""

_FUSED_VJP = """
def vjp(node, g):
    if g.__class__ is not array and not of_arrays(g):
        return general(node, g)
    {inputs}, = node.inputs
    try:
{operands}
    except AttributeError:
        return general(node, g)
    needs, rare = node.needs, node.rare
    sent = backward(g, None if rare is None else rare.saved, needs, {values}, **node.attrs)
    if sent.__class__ is not tuple or len(sent) != {count}:
        return unbroadcast_all(sent, node.inputs, needs)
    {sents}, = sent
{fits}
    return ({sents},)
"""

_FITS = """
if sent_{x} is not None:
    if not needs & {bit}:
        sent_{x} = None
    elif sent_{x}.__class__ is not array or sent_{x}.shape != v_{x}.shape or sent_{x}.dtype is not v_{x}.dtype:
        sent_{x} = unbroadcast(sent_{x}, {x})
"""

_SAVED = """
if node.needs and saved is not None:
    if node.rare is None:
        node.rare = Rare()
    node.rare.saved = saved
return op.several(outputs(node)) if result.__class__ is tuple else node
"""


def _outputs(bundle: Any) -> tuple[Any, ...]:
    """One node for each value of a bundle, with the bundle's place in the code."""
    state = thread.state
    if state.tape is not NOBODY or state.observers:
        return outputs(bundle)
    found, tensor, inputs, array = [], KINDS[np.ndarray], (bundle,), np.ndarray
    needs, scope, code, instruction = state.grad and bundle.needs, bundle.scope, bundle.code, bundle.instruction
    for i, value in enumerate(bundle.value):
        if value.__class__ is not array:
            return outputs(bundle)
        node = _new(tensor)
        node.value = value if value.base is None else apart(value)
        node.needs = 1 if needs and value.dtype.kind == "f" else 0
        if node.needs or state.trace:
            node.op = select
            node.inputs = inputs
            node.attrs = {"index": i}
        else:
            node.op = None
            node.inputs = ()
            node.attrs = NO_ATTRS
        node.id = clock()
        node.scope = scope
        node.code = code
        node.instruction = instruction
        node.label = node.rare = node._grad = None
        found.append(node)
    return tuple(found)


def composite_call(op: Composite, general: Callable[..., Any]) -> Callable[..., Any]:
    """The call of a composite, by its shortcut, or by its equations, which are kept for its VJP."""
    if not _may_be_written(op.signature):
        return general

    def make() -> Callable[..., Any]:
        space = {**SPACE, **_SPACE, "op": op, "general": general, "compute": _composed}
        names = _Names(op.signature, space)
        names.optional = frozenset(names.inputs[1:])  # equations take None where a module has no weight
        if _alone(op):
            space["forward"] = op.shortcuts[0].forward
            values = ", ".join([*(f"v_{x}" for x in names.inputs), *(f"{a}={a}" for a in names.attrs)])
            compute = _FUSED.format(values=values, all=names.all).strip()
        else:
            compute = _EQUATIONS.format(inputs=names.node_inputs, attrs=names.dictionary)
        compute = _COMPOSED.format(opens_at=op.opens_at, all=names.all, compute=compute)
        return _written(op, names, compute.strip() + _APART, _SAVED.strip(), space, -1)

    return when_called(make, op.name, op.__doc__, op.signature.shown)


def _alone(op: Composite) -> bool:
    """Whether a composite has one shortcut, for whatever attributes."""
    return len(op.shortcuts) == 1 and not op.shortcuts[0].when


def composite_vjp(op: Composite, general: Callable[..., Any]) -> Callable[..., Any]:
    """The VJP of a composite with one shortcut, for arrays."""
    if not _may_be_written(op.signature) or not _alone(op):
        return general
    space = {**SPACE, **_SPACE, "general": general, "backward": op.shortcuts[0].backward}
    names = _Names(op.signature, space)
    names.optional = frozenset(names.inputs[1:])
    fits = "".join(_FITS.format(x=x, bit=1 << i) for i, x in enumerate(names.inputs))
    source = _FUSED_VJP.format(
        inputs=names.node_inputs,
        operands=_operands(names, UNCHANGED),
        values=", ".join(f"v_{x}" for x in names.inputs),
        count=len(names.inputs),
        sents=", ".join(f"sent_{x}" for x in names.inputs),
        fits=indent(fits, "    "),
    )
    return made(source, "vjp", space)


def _composed(op: Composite, inputs: tuple[Any, ...], needs: int, attrs: Any) -> Any:
    """The value of a composite, and what its VJP needs."""
    return op.compute(inputs, attrs, kept=needs != 0 and thread.state.grad)


def structured_vjp(op: Structured, general: Callable[..., Any]) -> Callable[..., Any]:
    """The VJP of an operation, for arrays."""
    if not _may_be_written(op.signature) or op.whole is not None or not op.differentiable:
        return general
    backs = {f"back_{x}": function for x, function in op.derivatives.items()}
    space = {**SPACE, **_SPACE, "general": general, **backs}
    names = _Names(op.signature, space)
    values = ", ".join(f"v_{x}" for x in names.inputs)
    sends = [_SENT.format(x=x, bit=1 << i, values=values) for i, x in enumerate(names.inputs) if x in op.derivatives]
    source = _VJP.format(
        inputs=names.node_inputs,
        operands=_operands(names, UNCHANGED),
        sends=indent("".join(sends), "    "),
        sent="(" + "".join(f"{f'sent_{x}' if x in op.derivatives else None}, " for x in names.inputs) + ")",
    )
    return made(source, "vjp", space)


_SPACE: dict[str, Any] = {
    "ERRORS": _ERRORS, "apart": apart, "ascontiguous": np.ascontiguousarray, "generic": _GENERIC, "of_arrays": _of_arrays, "outputs": _outputs, **SHOWN,
    "unbroadcast_all": unbroadcast_all,
    "unbound": _unbound, "whole": whole, "values": frozenset((np.ndarray, float, int, type(None))),
}  # fmt: skip
# Names of the generated functions' own: an operation with a parameter of one of these names is left to the general path.
_RESERVED = frozenset(
    (
        *SPACE,
        *_SPACE,
        "op",
        "general",
        "more",
        "rest",
        "result",
        "needs",
        "node",
        "back",
        "state",
        "frame",
        "code",
        "rare",
        "g",
        "y",
        "function",
        "forward",
        "backward",
        "sent",
        "saved",
        "shares",
        "shows",
        "source",
        "storage",
        "base",
        "steps",
        "defaults",
    )
)
