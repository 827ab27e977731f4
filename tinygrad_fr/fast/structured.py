"""Short paths of structured operations: products of two tensors, and views of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.ops.definition.accepts import RULES
from tinygrad_fr.ops.definition.op import UNFIT
from tinygrad_fr.ops.definition.structured import always
from tinygrad_fr.record.node import NO_ATTRS, Node, record
from tinygrad_fr.record.views import show

if TYPE_CHECKING:
    from collections.abc import Callable

    from tinygrad_fr.ops.definition.structured import Structured


def short_call(op: Structured, general: Callable[..., Any]) -> Callable[..., Any]:
    """The short path of an operation, where it has one; ``general`` takes what is not usual."""
    attrs = op.signature.attrs
    if op.back is not None and len(op.inputs) == 1 and len(attrs) <= 1:
        return _of_part(op, general)
    if not attrs and not op.signature.variadic and len(op.inputs) == 2:
        return _of_two(op, general)
    return general


def _of_two(op: Structured, general: Callable[..., Any]) -> Callable[..., Any]:
    """The path of two nodes, which products take."""
    function, ruled = op.function, op.name in RULES

    def call(*args: Any, **attrs: Any) -> Any:
        if len(args) != 2 or attrs:
            return general(*args, **attrs)
        a, b = args
        if not isinstance(a, Node) or not isinstance(b, Node):
            return general(a, b)
        if (rare := a.rare) is not None and (rare.moved is not None or rare.seen < rare.storage.changed):
            return general(a, b)
        if (rare := b.rare) is not None and (rare.moved is not None or rare.seen < rare.storage.changed):
            return general(a, b)
        if ruled and (a.value.dtype is not b.value.dtype or a.value.dtype.kind == "b"):
            return general(a, b)  # which says what is not accepted
        try:
            value = function(a.value, b.value)
        except (ValueError, IndexError):
            return general(a, b)  # which says what does not fit
        if value.__class__ is not np.ndarray:
            return general(a, b)
        return record(op, args, NO_ATTRS, value, ((1 if a.needs else 0) | (2 if b.needs else 0)) & op.sends)

    call.__name__, call.__doc__ = op.name, op.__doc__
    return call


def _of_part(op: Structured, general: Callable[..., Any]) -> Callable[..., Any]:
    """The path to a view of a node."""
    function, shares = op.function, op.shares
    names, full = op.signature.attrs, 1 + len(op.signature.attrs)
    everywhere = shares is always

    def call(*args: Any, **attrs: Any) -> Any:
        if attrs or len(args) != full:
            return general(*args, **attrs)
        x = args[0]
        if not isinstance(x, Node):
            return general(*args)
        if (rare := x.rare) is not None and (rare.moved is not None or rare.seen < rare.storage.changed):
            return general(*args)
        whole = x.value
        if whole.__class__ is not np.ndarray:
            return general(*args)
        try:
            value = function(whole, *args[1:])
            shows = everywhere or shares(whole, value, *args[1:])
        except UNFIT:
            return general(*args)  # which says what does not fit
        if value.__class__ is not np.ndarray:
            value = np.asarray(value)
        if not shows and op.lays_out and not value.flags.c_contiguous:
            value = np.ascontiguousarray(value)
        given = {names[0]: args[1]} if names else NO_ATTRS
        node = record(op, (x,), given, value, op.sends & 1 if x.needs else 0)
        if shows:
            show(node, x, (op, given))
        return node

    call.__name__, call.__doc__ = op.name, op.__doc__
    return call
