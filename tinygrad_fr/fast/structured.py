"""Structured operations as generated code: the usual call of each, and its VJP.

Python binds the arguments, since the generated function has the operation's parameters, and one line checks each operand. The code
serves the usual case: tensors, and arguments that the operation takes. Anything else takes the core's general path, which also reports
errors.
"""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING, Any

from tinygrad_fr.fast.by_signature import (
    APART,
    BY_SIGNATURE,
    RESERVED,
    Names,
    may_be_written,
    operands_read,
    record,
    written,
    written_on_arrays,
)
from tinygrad_fr.fast.generated_code import SPACE, UNCHANGED, made, when_called
from tinygrad_fr.fast.views import SHOW
from tinygrad_fr.ops.definition.structured import always
from tinygrad_fr.promotion.accepts import RULES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tinygrad_fr.ops.definition.structured import Structured

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

_MAY_VIEW = """
shows = (result.base is not None or result is v_{x}) and shares(v_{x}, result{attrs})
if not shows and {lays_out} and result.__class__ is array and not result.flags.c_contiguous:
    result = ascontiguous(result)
"""

_ON_ARRAYS = """
try:
    result = function({all})
except ERRORS:
    result = None
if result.__class__ is array or result.__class__ is tuple:
    return result
return general({all}) if result is None else asarray(result) if result.__class__ in generic else result
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


def structured_call(op: Structured, general: Callable[..., Any]) -> Callable[..., Any]:
    """The generated call of an operation, where one can be generated; ``general`` takes every unusual case."""
    if op.signature.variadic and not op.signature.inputs[1:]:
        return _of_many(op, general)
    if not may_be_written(op.signature):
        return general

    def make() -> Callable[..., Any]:
        space = {**SPACE, **BY_SIGNATURE, "op": op, "general": general, "function": op.function, "shares": op.shares}
        names = Names(op.signature, space)
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
            compute += (_LAID_OUT if op.lays_out else "") + APART
            end = "return op.several(outputs(node)) if result.__class__ is tuple else node"
        return written(op, names, compute, end, space, op.sends)

    return when_called(make, op.name, op.__doc__, op.signature.shown)


def _of_many(op: Structured, general: Callable[..., Any]) -> Callable[..., Any]:
    """The call of an operation on a list of tensors."""
    if not {*RESERVED, "bit", "each", "lists", "v"}.isdisjoint((*op.signature.inputs, *op.signature.attrs)):
        return general

    def make() -> Callable[..., Any]:
        space = {**SPACE, **BY_SIGNATURE, "op": op, "general": general, "function": op.function, "lists": _LISTS}
        names = Names(op.signature, space)
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
            compute=indent(compute + (_LAID_OUT if op.lays_out else "") + APART, "    "),
            record=indent(record(f"*{many}", names.dictionary), "    "),
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


def structured_arrays(op: Structured, general: Callable[..., Any]) -> Callable[..., Any]:
    """The operation on arrays with positional arguments, which derivatives and other operations' equations call."""
    if not may_be_written(op.signature):
        return general

    def make() -> Callable[..., Any]:
        space = {**SPACE, **BY_SIGNATURE, "general": general, "function": op.function}
        names = Names(op.signature, space)
        strange = [f"{x}.__class__ not in values" for x in names.inputs]
        return written_on_arrays(names, strange, _ON_ARRAYS.format(all=names.all), space)

    return when_called(make, op.name, op.__doc__, op.signature.shown)


def structured_vjp(op: Structured, general: Callable[..., Any]) -> Callable[..., Any]:
    """The VJP of an operation, for arrays."""
    if not may_be_written(op.signature) or op.whole is not None or not op.differentiable:
        return general
    backs = {f"back_{x}": function for x, function in op.derivatives.items()}
    space = {**SPACE, **BY_SIGNATURE, "general": general, **backs}
    names = Names(op.signature, space)
    values = ", ".join(f"v_{x}" for x in names.inputs)
    sends = [_SENT.format(x=x, bit=1 << i, values=values) for i, x in enumerate(names.inputs) if x in op.derivatives]
    source = _VJP.format(
        inputs=names.node_inputs,
        operands=operands_read(names, UNCHANGED),
        sends=indent("".join(sends), "    "),
        sent="(" + "".join(f"{f'sent_{x}' if x in op.derivatives else None}, " for x in names.inputs) + ")",
    )
    return made(source, "vjp", space)
