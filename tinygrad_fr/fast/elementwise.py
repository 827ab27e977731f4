"""Element-wise operations as generated code: one function forward and one backward for each, which call nothing else.

A program of small tensors spends its time on the calls around the arithmetic. So code is generated from the text of each operation of
one to three operands: its expression, the creation of its node, and its partial derivatives. The code serves the usual case, tensors
of one dtype or numbers; anything else takes the core's general path.
"""

from __future__ import annotations

import ast
from inspect import Parameter, Signature
from textwrap import indent
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.arguments.fits import SECOND
from tinygrad_fr.fast.expression_source import RESERVED, ExpressionSource
from tinygrad_fr.fast.generated_code import OPERAND, RECORD, UNCHANGED, when_called
from tinygrad_fr.ops.definition.elementwise import Elementwise
from tinygrad_fr.ops.definition.op import operand
from tinygrad_fr.record.mode import thread
from tinygrad_fr.record.node import Node
from tinygrad_fr.record.recorder import NOBODY

if TYPE_CHECKING:
    from collections.abc import Callable


_OPERANDS = ("input", "other", "third")
# The condition under which a number fits among floats: up to here it does in every dtype of them.
_FITS = "dtype.kind == 'f' and (-65504.0 <= {v} <= 65504.0 or fits({v}, dtype))"

_RECORD = f"{RECORD}return node\n"

_FLOATS_ALONE = """
if value.dtype.kind != "f":
    needs = 0
"""

_CALL = """
def call({parameters}):
{given}
    try:
        needs = 0
{operands}
    except AttributeError:
        return {otherwise}
    if {lead}.__class__ is array:
        dtype = {lead}.dtype
        if {guard}:
            return {general}
        {constants}
        try:
            value = {array}
        except (ValueError, TypeError, OverflowError, MemoryError):
            return {general}
        if value.__class__ is not array:
            value = asarray(value)
        if {other_dtype}:
            return {general}
{beside}
{record_array}
    if {lead}.__class__ is not float{arrays}:
        return {general}
    value = {float}
{record_float}
"""

_BESIDE = """
if {v}.__class__ is array:
    if {v}.dtype is not dtype:
        return {general}
    if not {lead}.flags.c_contiguous:
        value = laid_by(value, ({values}))
"""

_ON_ARRAYS = """
def on_arrays({parameters}):
    {lead}
    if {guard}:
        return {general}
    {constants}
    try:
        value = {array}
    except (ValueError, TypeError, OverflowError, MemoryError):
        return {general}
    if value.__class__ is not array:
        value = asarray(value)
    return {general} if {other_dtype} else value
"""

_VJP = """
def vjp(node, v_g):
    {inputs}, = node.inputs
    {attrs}
    try:
        if (rare := node.rare) is not None and rare.storage.changed > node.id:
            return general(node, v_g)
{operands}
    except AttributeError:
        return general(node, v_g)
    v_y, needs = node.value, node.needs
    {sents} = None
    if v_g.__class__ is array:
        {constants}
{array}
        return {sents_tuple}
    if v_g.__class__ is not float:
        return general(node, v_g)
{float}
    return {sents_tuple}
"""

_SENT_ARRAY = """
{sent} = {text}
if {sent}.__class__ is not {v}.__class__ or {sent}.shape != {v}.shape or {sent}.dtype is not {v}.dtype:
    {sent} = unbroadcast({sent}, {name})
"""

_SENT_FLOAT = """
{sent} = {text}
if {sent}.__class__ is not float:
    {sent} = float({sent}) if {v}.__class__ is float else unbroadcast({sent}, {name})
"""


def written_call(op: Elementwise, general: Callable[..., Any]) -> Callable[..., Any]:
    """The call of an operation of at most three operands; ``general`` takes what is not usual."""
    if len(op.inputs) > len(_OPERANDS) or not RESERVED.isdisjoint(op.defaults):
        return general
    counted = [i for i, partial in enumerate(op.partials.values()) if partial is not None or not op.differentiable]

    def make() -> Callable[..., Any]:
        reflected = (
            _call(op, general, counted, counted[1]) if len(counted) == 2 else None
        )  # ``1 - x``: the number comes first
        return _call(op, general, counted, counted[0], reflected)

    return when_called(make, op.name, op.__doc__, _signature(op))


def exchanged_call(op: Elementwise, general: Callable[..., Any]) -> Callable[..., Any]:
    """The call of an operation with its two operands exchanged, as Python calls ``2 - x``: the tensor comes first."""
    if not isinstance(op, Elementwise) or len(op.inputs) != 2 or op.defaults or not all(op.counts):
        return general

    def make() -> Callable[..., Any]:
        return _call(op, lambda first, second: general(second, first), [0, 1], 1, exchanged=True)

    return when_called(make, op.name, op.__doc__)


def _words(op: Elementwise) -> tuple[str, ...]:
    """What PyTorch calls the operands."""
    return ("input", SECOND.get(op.name, "other"), "third")[: len(op.inputs)]


def _signature(op: Elementwise) -> Signature:
    """The signature that an editor shows, also before the code is generated."""
    names = _words(op) if len(op.inputs) < 3 else tuple(op.inputs)
    operands = [Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in names]
    attrs = [Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, default=value) for name, value in op.defaults.items()]
    return Signature([*operands, *attrs])


def _call(
    op: Elementwise,
    general: Callable[..., Any],
    counted: list[int],
    lead: int,
    reflected: Callable[..., Any] | None = None,
    exchanged: bool = False,
) -> Callable[..., Any]:
    """One function for tensors and numbers. One operand decides the dtype; if it is no tensor, ``reflected`` is called.

    With ``exchanged``, the function takes its operands from the last one on.
    """
    names, values = _words(op), [f"v_{x}" for x in op.inputs]
    attrs = list(op.defaults)
    written = ExpressionSource(op, {"array": op.forward, "float": op.forward})
    written.on_large(
        "array", op.forward, lambda *given: op.of_arrays(*given), values[lead], [*values, *(f"v_{a}" for a in attrs)]
    )
    fallback = f"general({', '.join([*names, *(f'{a}=v_{a}' for a in attrs)])})"
    plain = op.kinds.operands == op.kinds.common == "biuf"
    beside, guards = [], []
    if op.kinds.integers is not None or attrs:
        guards.append("dtype.kind != 'f'")  # integers are computed by another function
    elif not plain:
        taken = "".join(kind for kind in op.kinds.operands if kind in op.kinds.common)
        guards.append(f"dtype.kind not in {taken!r}")
    operands = []
    for i, (name, v) in enumerate(zip(names, values, strict=True)):
        node = OPERAND.format(x=name, v=v, bit=1 << i if i in counted else 0)
        if i == lead or i not in counted:
            operands.append(node)
            continue
        operands.append(
            f"if {name}.__class__ is float or {name}.__class__ is int:\n    {v} = {name}\nelse:{indent(node, '    ')}"
        )
        beside.append(_BESIDE.format(v=v, general=fallback, lead=values[lead], values=", ".join(values)))
        if not op.differentiable:
            guards.append(f"({v}.__class__ is not array and dtype.kind != 'f')")
        if op.inputs[i] in op.kinds.filling:
            guards.append(f"({v}.__class__ is not array and not ({_FITS.format(v=v)}))")
    same = "value.dtype is not dtype" if op.differentiable else "(value.dtype is not dtype and value.dtype.kind != 'b')"
    record = {
        "inputs": ", ".join(names),
        "attrs": f"{{{', '.join(f'{a!r}: v_{a}' for a in attrs)}}}" if attrs else "NO_ATTRS",
    }
    floats = "if value.__class__ is not float:\n    value = float(value)\n" + _RECORD.format(handle="Scalar", **record)
    if attrs:
        parameters = (
            f"{', '.join(f'{x}=missing' for x in names)}, {', '.join(f'{a}=default_{a}' for a in attrs)}, **more"
        )
        given = "\n".join(f"v_{a} = {a}" for a in attrs) + (
            f"\nif more or {names[-1]} is missing:"
            f"\n    return unusual(general, ({', '.join(names)},), missing, {{{', '.join(f'{a!r}: v_{a}' for a in attrs)}, **more}})"
            f"\nif not ({' and '.join(f'v_{a}.__class__ in numbers' for a in attrs)}):\n    return {fallback}"
        )
    elif len(names) == 3:
        parameters = "*args, **more"
        given = f"if more or len(args) != 3:\n    return general(*args, **more)\n{', '.join(names)} = args"
    else:
        parameters, given = ", ".join(names[::-1] if exchanged else names), ""
    source = _CALL.format(
        parameters=parameters,
        given=indent(given, "    "),
        operands=indent("".join(operands).strip(), " " * 8),
        otherwise=f"reflected({fallback[8:]}" if reflected is not None else f"lifted(general, op, {fallback[8:]}",
        lead=values[lead],
        guard=" or ".join(guards) or "False",
        general=fallback,
        constants=written.constants("dtype", fallback),
        other_dtype=same,
        beside=indent("".join(beside), " " * 8),
        arrays="".join(f" or {v}.__class__ is array" for i, v in enumerate(values) if i != lead),
        record_array=indent(
            _FLOATS_ALONE * (not op.differentiable) + _RECORD.format(handle="Tensor", **record), " " * 8
        ),
        record_float=indent(floats if op.differentiable else "return value", "    "),
        array=written.texts["array"],
        float=written.texts["float"],
    )
    return written.made(source, "call", general=general, reflected=reflected, lifted=_lifted, unusual=_unusual)


def written_arrays(op: Elementwise, general: Callable[..., Any]) -> Callable[..., Any]:
    """The operation on arrays and numbers with positional arguments, which derivatives and other operations' equations call."""
    if not op.inputs or not RESERVED.isdisjoint((*op.inputs, *op.defaults)):
        return general

    def make() -> Callable[..., Any]:
        written = ExpressionSource(op, {"array": op.forward})
        first = next(x for x, counts in zip(op.inputs, op.counts, strict=True) if counts)
        written.on_large(
            "array",
            op.forward,
            lambda *given: op.of_arrays(*given),
            f"v_{first}",
            [f"v_{x}" for x in op.args],
            number=True,
        )
        fallback = f"general({', '.join(op.args)})"
        counted = [x for x, counts in zip(op.inputs, op.counts, strict=True) if counts]
        guards = []
        if op.kinds.integers is not None or not op.kinds.operands == op.kinds.common == "biuf" or op.defaults:
            guards.append("dtype.kind != 'f'")
        for x in op.inputs:
            v, array = f"v_{x}", f"v_{x}.__class__ is array"
            if x not in counted:
                guards.append(f"{v}.__class__ is not array")
                continue
            fits = _FITS.format(v=v) if x in op.kinds.filling else "dtype.kind == 'f'"
            guards.append(f"({v}.dtype is not dtype if {array} else not ({v}.__class__ in numbers and {fits}))")
        lead = "\n    elif ".join(
            f"{v}.__class__ is array:\n        dtype = {v}.dtype" for v in (f"v_{x}" for x in counted)
        )
        same = (
            "value.dtype is not dtype"
            if op.differentiable
            else "(value.dtype is not dtype and value.dtype.kind != 'b')"
        )
        attrs = "".join(f", v_{a}=default_{a}" for a in op.defaults)
        if op.defaults:
            guards.append(f"not ({' and '.join(f'v_{a}.__class__ in numbers' for a in op.defaults)})")
        source = _ON_ARRAYS.format(
            parameters=", ".join(f"v_{x}" for x in op.inputs) + attrs,
            lead=f"if {lead}\n    else:\n        return {fallback}".replace("general(", "general("),
            guard=" or ".join(guards),
            general=fallback,
            constants=written.constants("dtype", fallback).replace("\n        ", "\n    "),
            array=written.texts["array"],
            other_dtype=same,
        )
        return written.made(
            source.replace(fallback, f"general({', '.join(f'v_{a}' for a in op.args)})"), "on_arrays", general=general
        )

    return when_called(make, op.name, op.__doc__, _signature(op))


def _lifted(general: Callable[..., Any], op: Elementwise, *operands: Any, **attrs: Any) -> Any:
    """Call the operation with arrays made tensors where they stand beside tensors, and take the general path otherwise."""
    arrays = [x.__class__ is np.ndarray for x in operands]
    if any(arrays) and thread.state.tape is NOBODY and any(isinstance(x, Node) for x in operands):
        return op.call(*[operand(x) if array else x for x, array in zip(operands, arrays, strict=True)], **attrs)
    return general(*operands, **attrs)


def _unusual(general: Callable[..., Any], operands: tuple[Any, ...], missing: Any, attrs: dict[str, Any]) -> Any:
    return general(*[x for x in operands if x is not missing], **attrs)


def written_vjp(op: Elementwise, general: Callable[..., Any]) -> Callable[..., Any]:
    """The VJP of an operation; ``general`` takes every unusual case."""
    if len(op.inputs) > len(_OPERANDS) or not op.differentiable:
        return general
    names = _OPERANDS[: len(op.inputs)]
    partials = {i: e for i, e in enumerate(op.partials.values()) if e is not None}
    written = ExpressionSource(op, {f"{kind}_{i}": e for kind in ("array", "float") for i, e in partials.items()})
    for i, partial in partials.items():
        written.on_large(f"array_{i}", partial, _partial(op, i), "v_g", [f"v_{x}" for x in op.partial_args])
    curved = _curved(op)
    operands, sends = [], {"array": "", "float": ""}
    for i, name in enumerate(names):
        v = f"v_{op.inputs[i]}"
        still = UNCHANGED.format(x=name, v=v, g="v_g")
        if i:
            still = f"\nif {name}.__class__ is float or {name}.__class__ is int:\n    {v} = {name}\nelse:{indent(still, '    ')}"
        operands.append(still)
        if i in curved:
            operands.append(
                f"\nif {v}.__class__ is array and {v}.dtype is not node.value.dtype:\n    return general(node, v_g)"
            )
        for kind, template in (("array", _SENT_ARRAY), ("float", _SENT_FLOAT)):
            if i in partials:
                text = template.format(sent=f"sent_{i}", text=written.texts[f"{kind}_{i}"], v=v, name=name)
                sends[kind] += text if len(names) == 1 else f"if needs & {1 << i}:{indent(text, '    ')}"
    sents = [f"sent_{i}" for i in range(len(names))]
    source = _VJP.format(
        inputs=", ".join(names),
        attrs="\n    ".join(f"v_{a} = node.attrs[{a!r}]" for a in op.defaults),
        operands=indent("".join(operands).strip(), " " * 8),
        sents=" = ".join(sents),
        sents_tuple=f"({', '.join(sents)},)",
        constants=written.constants("v_g.dtype", "general(node, v_g)"),
        array=indent(sends["array"], " " * 8),
        float=indent(sends["float"], "    "),
    )
    return written.made(source, "vjp", general=general)


def _partial(op: Elementwise, place: int) -> Callable[..., Any]:
    """A partial derivative on arrays, compiled when it is first needed."""

    def partial(*given: Any) -> Any:
        function: Any = op.array_partials[place]
        return function(*given)

    return partial


def _curved(op: Elementwise) -> set[int]:
    """The operands whose dtype matters to a derivative: those of a word, of a power, or of a product by another operand."""
    if sum(op.counts) < 2:
        return set()
    found: set[str] = set()
    for partial in filter(None, op.partials.values()):
        for part in ast.walk(partial.tree):
            if isinstance(part, ast.Call | ast.BinOp):
                names = [each.id for each in ast.walk(part) if isinstance(each, ast.Name) and each.id in op.inputs]
                if isinstance(part, ast.Call) or isinstance(part.op, ast.Pow) or len(names) > 1:
                    found.update(names)
    return {i for i, x in enumerate(op.inputs) if x in found and op.counts[i]}
