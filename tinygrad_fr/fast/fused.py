"""Composites computed by their shortcuts: one kernel for the value and one for the first derivative, instead of the equations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinygrad_fr.ops.definition.op import inputs_of, is_recorded, unbroadcast_all, values_of
from tinygrad_fr.source.reads import values_read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tinygrad_fr.ops.definition.composite import Composite, Shortcut
    from tinygrad_fr.record.node import Node


def shortcut(op: Composite, attrs: Mapping[str, Any]) -> tuple[Shortcut, Mapping[str, Any]] | None:
    """The first shortcut that holds for these attributes, with those to call it with; None where none does."""
    for each in op.shortcuts:
        if not each.when:
            return each, attrs
        if all(attrs[key] == value for key, value in each.when.items()):
            return each, {key: value for key, value in attrs.items() if key not in each.when}
    return None


def fused(op: Composite, inputs: Sequence[Any], attrs: Mapping[str, Any]) -> Any:
    """The value and what the VJP needs, by the shortcut that serves these attributes; None where none does."""
    found = shortcut(op, attrs)
    return None if found is None else op.computed(found[0].forward, values_of(inputs), found[1])


def reads(op: Composite, node: Node, position: int) -> bool:
    """Whether the shortcut's backward reads an input."""
    found = shortcut(op, node.attrs)
    if found is None:
        return True
    told = getattr(found[0].backward, "reads", None)
    if told is not None:
        return bool(told(node, position))
    places = values_read(found[0].backward, node.needs)
    return places is None or 3 + position in places  # after g, what was saved, and the needs


def fused_vjp(op: Composite, general: Callable[..., Any]) -> Callable[..., Any]:
    """The VJP of a composite: by its shortcut, or through the equations where there is none or a higher order is needed."""

    def vjp(node: Node, gradient: Any) -> tuple[Any, ...]:
        found = shortcut(op, node.attrs)
        if found is None:
            sent: tuple[Any, ...] = general(node, gradient)
            return sent
        (short, attrs), recorded = found, is_recorded(gradient)
        if recorded and not short.every_order:
            return op.through(node, gradient)
        inputs = inputs_of(node)
        saved = node if recorded and short.of_result else node.rare.saved if node.rare is not None else None
        operands = inputs if recorded else values_of(inputs)
        return unbroadcast_all(short.backward(gradient, saved, node.needs, *operands, **attrs), inputs, node.needs)

    return vjp
