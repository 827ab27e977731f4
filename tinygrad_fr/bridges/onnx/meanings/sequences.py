"""ONNX's lists of values."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.bridges.onnx.meanings.control import VALUES, together
from tinygrad_fr.bridges.onnx.meanings.meaning import EVERY, LIST, At, array_of, axis_of, means, whole
from tinygrad_fr.bridges.onnx.meanings.shapes import joined, reshaped, taken
from tinygrad_fr.locale import _


def _place(at: At, items: list[Any], position: Any, room: int = 0) -> int:
    place = whole(position)[0]
    n = len(items)
    if not -n <= place < n + room:
        raise at.refuse(_("expected places from {low} to {high}").format(low=-n, high=n - 1 + room))
    return place + n if place < 0 else place


def _listed(at: At, items: Any) -> list[Any]:
    if not isinstance(items, list):
        raise at.refuse(_("expected a list of values"))
    return items


@means("SequenceEmpty", takes="dtype")
def _empty(at: At) -> Any:
    return []


@means("SequenceConstruct", kinds=VALUES)
def _construct(at: At, *items: Any) -> Any:
    return list(items)


@means("SequenceInsert", fixed=[2], kinds=VALUES)
def _insert(at: At, items: Any, item: Any, position: Any = None) -> Any:
    found = list(_listed(at, items))
    found.insert(len(found) if position is None else _place(at, found, position, 1), item)
    return found


@means("SequenceErase", fixed=[1], kinds=VALUES)
def _erase(at: At, items: Any, position: Any = None) -> Any:
    found = list(_listed(at, items))
    del found[len(found) - 1 if position is None else _place(at, found, position)]
    return found


@means("SequenceAt", fixed=[1], kinds=VALUES)
def _at(at: At, items: Any, position: Any) -> Any:
    return _listed(at, items)[_place(at, items, position)]


@means("SequenceLength", fixed=[EVERY], kinds=VALUES)
def _length(at: At, items: Any) -> Any:
    return np.asarray(len(_listed(at, items)), np.int64)


@means("ConcatFromSequence", takes="axis new_axis", kinds=[LIST])
def _concat_list(at: At, items: Any) -> Any:
    if not items:
        raise at.refuse(_("an empty list cannot be joined"))
    if at.get("new_axis"):
        return together(at, items, axis_of(at, at.get("axis"), items[0].ndim + 1))
    return joined(at, items, at.get("axis"))


@means("SplitToSequence", takes="axis keepdims", fixed=[1], kinds=VALUES)
def _split_list(at: At, x: Any, sizes: Any = None) -> Any:
    axis = axis_of(at, at.get("axis"), x.ndim)
    side = x.shape[axis]
    if sizes is None:
        parts = [1] * side
    elif array_of(sizes).ndim == 0:
        each = whole(sizes)[0]
        if each < 1:
            raise at.refuse(_("parts of {sizes} do not make a side of {side}").format(sizes=each, side=side))
        parts = [min(each, side - start) for start in range(0, side, each)]
    else:
        parts = whole(sizes)
    if sum(parts) != side or min(parts, default=0) < 0:
        raise at.refuse(_("parts of {sizes} do not make a side of {side}").format(sizes=parts, side=side))
    found, start = [], 0
    for part in parts:
        piece = taken(x, np.arange(start, start + part), axis)
        if sizes is None and not at.get("keepdims"):
            piece = reshaped(piece, (*x.shape[:axis], *x.shape[axis + 1 :]))
        found.append(piece)
        start += part
    return found
