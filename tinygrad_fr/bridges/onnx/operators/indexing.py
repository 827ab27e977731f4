"""Indexing in ONNX."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.bridges.onnx.errors import OnnxError
from tinygrad_fr.bridges.onnx.operators.rule import dtype_of, ndim_of, reshaped, rule, shape_of, slices
from tinygrad_fr.locale import _
from tinygrad_fr.ops.shared.untracked import value_of

if TYPE_CHECKING:
    from tinygrad_fr.bridges.onnx.writer import Writer
    from tinygrad_fr.record.node import Node


def _whole_index(index: Any, ndim: int) -> list[Any]:
    """An index as one entry per dimension, besides its Nones."""
    parts: list[Any] = []
    for part in index if isinstance(index, tuple) else (index,):
        array = np.asarray(part) if isinstance(part, np.ndarray | list) else None
        if array is not None and array.dtype == np.bool_:
            parts.extend(np.nonzero(array))
        else:
            parts.append(part if array is None else array)
    used = sum(part is not None and part is not Ellipsis for part in parts)
    rest = [slice(None)] * (ndim - used)
    at = next((i for i, part in enumerate(parts) if part is Ellipsis), None)
    return [*parts, *rest] if at is None else [*parts[:at], *rest, *parts[at + 1 :]]


@rule("getitem")
def _getitem(w: Writer, node: Node) -> Any:
    x = node.inputs[0]
    parts = _whole_index(node.attrs["index"], ndim_of(x))
    used = [part for part in parts if part is not None]
    tables = [i for i, part in enumerate(used) if isinstance(part, np.ndarray) and part.ndim]
    name = slices(w, w.operand(x), [(i, part) for i, part in enumerate(used) if isinstance(part, slice)])
    if tables:
        return _gathered(w, name, parts, used)
    for i in reversed(range(len(used))):  # the last axis first, so that the others keep their places
        if not isinstance(used[i], slice):
            name = w.add("Gather", name, w.constant(np.asarray(int(used[i]), np.int64)), axis=i)
    kept = [part for part in parts if part is None or isinstance(part, slice)]
    new = [i for i, part in enumerate(kept) if part is None]
    if new:
        name = w.add("Unsqueeze", name, w.whole(*new))
    return name if name != w.operand(x) else w.add("Identity", name)


def _gathered(w: Writer, x: str, parts: list[Any], used: list[Any]) -> Any:
    """Elements chosen by tables of indices, as numpy places what they choose."""
    if any(part is None for part in parts):
        return None
    chosen = [i for i, part in enumerate(used) if not isinstance(part, slice)]
    if len(chosen) == 1:
        return w.add("Gather", x, w.constant(np.asarray(used[chosen[0]], np.int64)), axis=chosen[0])
    rest = [i for i in range(len(used)) if i not in chosen]
    tables = np.stack(np.broadcast_arrays(*(np.asarray(used[i], np.int64) for i in chosen)), -1)
    found = w.add("GatherND", w.add("Transpose", x, perm=[*chosen, *rest]), w.constant(tables))
    n = tables.ndim - 1
    if chosen != list(range(chosen[0], chosen[0] + len(chosen))) or not chosen[0]:
        return found  # apart from one another, they go first
    before = list(range(n, n + chosen[0]))
    return w.add("Transpose", found, perm=[*before, *range(n), *range(n + chosen[0], n + len(rest))])


@rule("embedding")
def _embedding(w: Writer, node: Node) -> Any:
    indices, table = node.inputs
    return w.add("Gather", w.operand(table), w.operand(indices, np.dtype(np.int64)), axis=0)


@rule("gather_along")
def _gather(w: Writer, node: Node) -> Any:
    index = w.constant(np.asarray(value_of(node.attrs["index"]), np.int64))
    return w.add("GatherElements", w.operand(node.inputs[0]), index, axis=node.attrs["dim"])


def _scattered(w: Writer, x: str, value: str, index: Any, shape: tuple[int, ...], reduction: str) -> Any:
    """x with values at an index, in the flattened tensor."""
    places = np.arange(prod(shape)).reshape(shape)[index]
    flat = w.add("Reshape", x, w.whole(-1))
    given = w.add("Reshape", w.add("Expand", value, w.whole(*places.shape)), w.whole(-1))
    found = w.add("ScatterElements", flat, w.constant(places.reshape(-1)), given, axis=0, reduction=reduction)
    return reshaped(w, found, shape)


@rule("setitem")
def _setitem(w: Writer, node: Node) -> Any:
    x, value = node.inputs
    given = w.operand(value, dtype_of(node))
    return _scattered(w, w.operand(x), given, node.attrs["index"], shape_of(x), "none")


@rule("place")
def _place(w: Writer, node: Node) -> Any:
    shape = tuple(node.attrs["shape"])
    zeros = w.constant(np.zeros(shape, dtype_of(node)))
    return _scattered(w, zeros, w.operand(node.inputs[0]), node.attrs["index"], shape, "add")


@rule("select")
def _select(w: Writer, node: Node) -> Any:
    bundle: Any = node.inputs[0]
    name, place = w.names[bundle.id][node.attrs["index"]], node.attrs["index"] + 1
    if not name:
        raise OnnxError(
            _("ONNX has no counterpart of output {place} of {operation}").format(
                place=place, operation=bundle.describe()
            )
        )
    return name
