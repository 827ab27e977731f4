"""Rules of lowering: operations that only move elements, add them up or multiply matrices, as instructions."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.ops.definition.op import registry
from tinygrad_fr.record.node import Node

if TYPE_CHECKING:
    from collections.abc import Callable

    from tinygrad_fr.replay.lowering.lowering import Lowering
from tinygrad_fr.replay.lowering.instructions import Buffer, Copy, View, broadcast, steps_of, turned, whole


def no_rule(_lowering: Lowering, _node: Node) -> bool:
    """An operation without a rule stays a call."""
    return False


def _part(node: Node, ground: Any) -> Any:
    """The result of an operation that moves elements, as a view of its operand, if there is such a view."""
    if node.op is registry["getitem"]:
        return _chosen(ground, node.attrs["index"])
    return node.op.function(ground, **node.attrs)  # type: ignore[union-attr]


def _chosen(ground: Any, index: Any) -> Any:
    """A view by integers and slices; of one element too, which numpy gives as a number of its own otherwise."""
    parts = index if isinstance(index, tuple) else (index,)
    return ground[parts if any(part is Ellipsis for part in parts) else (*parts, Ellipsis)]


def _same_elements(lowering: Lowering, node: Node) -> bool:
    """The same elements in another order or shape, if numpy gives them without a copy."""
    x: Any = node.inputs[0]
    if not lowering.takes(x.value):
        return False
    view = lowering.view(x)
    size = 1 + sum((side - 1) * step for side, step in zip(view.shape, view.strides, strict=True))
    ground = np.empty(size, np.int8)
    dummy = np.lib.stride_tricks.as_strided(ground, view.shape, view.strides)
    found = _part(node, dummy)
    if not np.may_share_memory(found, ground):
        view = lowering.copied(view)
        ground = np.empty(view.shape, np.int8)
        found = _part(node, ground)
        if not np.may_share_memory(found, ground):
            return False
    start = found.__array_interface__["data"][0] - ground.__array_interface__["data"][0]
    strides = tuple(step if side != 1 else 0 for side, step in zip(found.shape, found.strides, strict=True))
    return lowering.keep(node, View(view.buffer, view.offset + start, found.shape, strides))


def _cast(lowering: Lowering, node: Node) -> bool:
    x: Any = node.inputs[0]
    return lowering.takes(x.value) and lowering.keep(node, lowering.view(x))


def _dims(node: Node) -> tuple[int, ...]:
    shape, dim = node.inputs[0].value.shape, node.attrs["dim"]  # type: ignore[union-attr]
    dims = range(len(shape)) if dim is None or dim == () else (dim,) if isinstance(dim, int) else dim
    return tuple(sorted({d % len(shape) for d in dims})) if shape else ()


def _sum(lowering: Lowering, node: Node) -> bool:
    x: Any = node.inputs[0]
    if not lowering.takes(x.value):
        return False
    view = lowering.added(lowering.view(x), _dims(node))
    if node.op.name == "mean":  # type: ignore[union-attr]
        view = lowering.elements("div", view, x.value.size / node.value.size)
    return lowering.keep(
        node, View(view.buffer, view.offset, node.value.shape, steps_of(node.value.shape)) if view.contiguous else view
    )


def _sum_to(lowering: Lowering, node: Node) -> bool:
    x: Any = node.inputs[0]
    if not lowering.takes(x.value):
        return False
    shape, target = x.value.shape, node.value.shape
    lead = len(shape) - len(target)
    dims = tuple(i for i, side in enumerate(shape) if i < lead or (target[i - lead] == 1 and side != 1))
    view = lowering.added(lowering.view(x), dims) if dims else lowering.view(x)
    return lowering.keep(node, View(view.buffer, view.offset, target, view.strides[lead:]))


def _matmul(lowering: Lowering, node: Node) -> bool:
    a, b = (lowering.view(x) if isinstance(x, Node) and lowering.takes(x.value) else None for x in node.inputs)
    if a is None or b is None or len(a.shape) < 2 or len(b.shape) < 2:
        return False
    lead = node.value.shape[:-2]
    if len(b.shape) == 2 and len(a.shape) > 2:  # a stack by one matrix: one product of all its rows
        rows = lowering.packed(a)
        flat = View(
            rows.buffer,
            rows.offset,
            (1, prod(a.shape[:-1]), a.shape[-1]),
            steps_of((1, prod(a.shape[:-1]), a.shape[-1])),
        )
        found = lowering.multiplied(flat, View(b.buffer, b.offset, (1, *b.shape), (0, *b.strides)))
    else:
        found = lowering.multiplied(_stack(lowering, a, lead), _stack(lowering, b, lead))
    return lowering.keep(node, whole(found.buffer, node.value.shape))


def _stack(lowering: Lowering, view: View, lead: tuple[int, ...]) -> View:
    """Matrices repeated to some leading dimensions, as one stack."""
    view = broadcast(view, (*lead, *view.shape[-2:]))
    sides = (prod(lead), *view.shape[-2:])
    if not lead:
        return View(view.buffer, view.offset, sides, (0, *view.strides))
    if len(lead) == 1 and view.strides[0]:
        return view
    across = not view.contiguous and turned(view).contiguous  # a transposed stack stays one
    packed = turned(view) if across else lowering.packed(view)
    sides = (prod(lead), *packed.shape[-2:])
    packed = View(packed.buffer, packed.offset, sides, steps_of(sides))
    return turned(packed) if across else packed


def _linear(lowering: Lowering, node: Node) -> bool:
    x, weight, bias = (
        lowering.view(x) if isinstance(x, Node) and lowering.takes(x.value) else None for x in node.inputs
    )
    if x is None or weight is None:
        return False
    rows = lowering.packed(x)
    sides = (1, prod(x.shape[:-1]), x.shape[-1])
    turned_weight = turned(View(weight.buffer, weight.offset, (1, *weight.shape), (0, *weight.strides)))
    found = lowering.multiplied(View(rows.buffer, rows.offset, sides, steps_of(sides)), turned_weight)
    view = whole(found.buffer, node.value.shape)
    return lowering.keep(node, view if bias is None else lowering.elements("add", view, broadcast(bias, view.shape)))


def _cat(lowering: Lowering, node: Node) -> bool:
    dim = node.attrs["dim"] % node.value.ndim
    stacked = node.op.name == "stack"  # type: ignore[union-attr]
    if not all(isinstance(x, Node) and lowering.takes(x.value) for x in node.inputs):
        return False
    out = whole(Buffer(node.value.size), node.value.shape)
    start = 0
    for x in node.inputs:
        view = lowering.view(x)  # type: ignore[arg-type]
        if stacked:
            view = View(
                view.buffer,
                view.offset,
                (*view.shape[:dim], 1, *view.shape[dim:]),
                (*view.strides[:dim], 0, *view.strides[dim:]),
            )
        part = View(out.buffer, start * out.strides[dim], view.shape, out.strides)
        lowering.instructions.append(Copy(part, view))
        start += view.shape[dim]
    return lowering.keep(node, out)


def _place(lowering: Lowering, node: Node) -> bool:
    x: Any = node.inputs[0]
    if not lowering.takes(x.value):
        return False
    out = lowering.filled(0.0, node.value.shape)
    ground = np.empty(node.value.shape, np.int8)
    part = _chosen(ground, node.attrs["index"])
    start = part.__array_interface__["data"][0] - ground.__array_interface__["data"][0]
    lowering.instructions.append(Copy(View(out.buffer, start, part.shape, part.strides), lowering.view(x)))
    return lowering.keep(node, out)


RULES: dict[str, Callable[[Lowering, Node], bool]] = {
    **dict.fromkeys(("reshape_to", "permute_to", "mT", "expand_to", "getitem"), _same_elements),
    **dict.fromkeys(("sum", "mean"), _sum),
    **dict.fromkeys(("cat", "stack"), _cat),
    "cast": _cast,
    "linear": _linear,
    "matmul": _matmul,
    "place": _place,
    "sum_to": _sum_to,
}
