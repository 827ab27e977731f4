"""Composites as generated code: the usual call of each, by its fused kernel or its equations, and its VJP."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.fast.by_signature import (
    APART,
    BY_SIGNATURE,
    Names,
    may_be_written,
    operands_read,
    written,
    written_on_arrays,
)
from tinygrad_fr.fast.generated_code import SPACE, UNCHANGED, made, when_called
from tinygrad_fr.record.mode import thread

if TYPE_CHECKING:
    from collections.abc import Callable

    from tinygrad_fr.ops.definition.composite import Composite

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

_ON_ARRAYS = """
try:
    result, saved = forward({values})
except ERRORS:
    return general({all})  # which says what does not fit
return asarray(result) if result.__class__ in generic else result
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


def composite_call(op: Composite, general: Callable[..., Any]) -> Callable[..., Any]:
    """The call of a composite, by its shortcut, or by its equations, which are kept for its VJP."""
    if not may_be_written(op.signature):
        return general

    def make() -> Callable[..., Any]:
        space = {**SPACE, **BY_SIGNATURE, "op": op, "general": general, "compute": _composed}
        names = Names(op.signature, space)
        names.optional = frozenset(names.inputs[1:])  # equations take None where a module has no weight
        if _alone(op):
            space["forward"] = op.shortcuts[0].forward
            compute = _FUSED.format(values=_values(names, "v_"), all=names.all).strip()
        else:
            compute = _EQUATIONS.format(inputs=names.node_inputs, attrs=names.dictionary)
        compute = _COMPOSED.format(opens_at=op.opens_at, all=names.all, compute=compute)
        return written(op, names, compute.strip() + APART, _SAVED.strip(), space, -1)

    return when_called(make, op.name, op.__doc__, op.signature.shown)


def composite_arrays(op: Composite, general: Callable[..., Any]) -> Callable[..., Any]:
    """A composite with one shortcut on arrays with positional arguments, for its value alone."""
    if not may_be_written(op.signature):
        return general

    def make() -> Callable[..., Any]:
        space = {**SPACE, **BY_SIGNATURE, "general": general}
        if not _alone(op):
            return made("def on_arrays(*args):\n    return general(*args)", "on_arrays", space)
        space["forward"] = op.shortcuts[0].forward
        names = Names(op.signature, space)
        first, *others = names.inputs
        strange = [f"{first}.__class__ is not array", *(f"{x}.__class__ not in array_or_none" for x in others)]
        space["array_or_none"] = frozenset((np.ndarray, type(None)))
        return written_on_arrays(names, strange, _ON_ARRAYS.format(values=_values(names), all=names.all), space)

    return when_called(make, op.name, op.__doc__, op.signature.shown)


def _values(names: Names, prefix: str = "") -> str:
    """The arguments of a shortcut, as text: inputs by place, the others by name."""
    return ", ".join([*(f"{prefix}{x}" for x in names.inputs), *(f"{a}={a}" for a in names.attrs)])


def _alone(op: Composite) -> bool:
    """Whether a composite has one shortcut, for whatever attributes."""
    return len(op.shortcuts) == 1 and not op.shortcuts[0].when


def composite_vjp(op: Composite, general: Callable[..., Any]) -> Callable[..., Any]:
    """The VJP of a composite with one shortcut, for arrays."""
    if not may_be_written(op.signature) or not _alone(op):
        return general
    space = {**SPACE, **BY_SIGNATURE, "general": general, "backward": op.shortcuts[0].backward}
    names = Names(op.signature, space)
    names.optional = frozenset(names.inputs[1:])
    fits = "".join(_FITS.format(x=x, bit=1 << i) for i, x in enumerate(names.inputs))
    source = _FUSED_VJP.format(
        inputs=names.node_inputs,
        operands=operands_read(names, UNCHANGED),
        values=", ".join(f"v_{x}" for x in names.inputs),
        count=len(names.inputs),
        sents=", ".join(f"sent_{x}" for x in names.inputs),
        fits=indent(fits, "    "),
    )
    return made(source, "vjp", space)


def _composed(op: Composite, inputs: tuple[Any, ...], needs: int, attrs: Any) -> Any:
    """The value of a composite, and what its VJP needs."""
    return op.compute(inputs, attrs, kept=needs != 0 and thread.state.grad)
