"""Overlapping parts of a tensor: ``as_strided``, by where elements lie in memory, and the windows of ``unfold``."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import dimension as checked_dim
from tinygrad_fr.arguments.fits import here, refusal
from tinygrad_fr.errors import AbsentError, ShapeError
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.indexing.subscripts import getitem, setitem
from tinygrad_fr.ops.shapes.permutation import movedim
from tinygrad_fr.ops.shapes.shape import reshape_to
from tinygrad_fr.ops.shared.overloads import overload
from tinygrad_fr.ops.shared.untracked import value_of
from tinygrad_fr.record.mode import now, untaped
from tinygrad_fr.record.node import Node
from tinygrad_fr.views import Way, show, whole_of


class _Part:
    """Other elements of an array's memory, which it keeps alive."""

    __slots__ = ("__array_interface__", "base")

    def __init__(self, base: Any, shape: Any, steps: Any, shift: int) -> None:
        data, only_read = base.__array_interface__["data"]
        self.base = base
        self.__array_interface__ = {
            **base.__array_interface__,
            "shape": shape,
            "strides": tuple(step * base.itemsize for step in steps),
            "data": (data + shift * base.itemsize, only_read),
        }


def _places(shape: Any, steps: Any, first: int) -> Any:
    """Where in memory each element lies."""
    found = np.full((1,) * len(shape), first, np.int64)
    for axis, (side, step) in enumerate(zip(shape, steps, strict=True)):
        found = found + (np.arange(side) * step).reshape((side, *(1,) * (len(shape) - axis - 1)))
    return found.reshape(shape)


def _part(whole: Any, *, index: Any, strides: Any, size: Any, stride: Any, shift: int) -> Any:
    """The elements at an index of the flattened whole; of an array, where they lie if it lies as it did."""
    if isinstance(whole, np.ndarray):
        lies = all(a == b for a, b, side in zip(whole.strides, strides, whole.shape, strict=True) if side > 1)
        if lies and index.size:
            return np.asarray(_Part(whole, size, stride, shift))
        return whole.reshape(-1)[index]
    found = reshape_to(getitem(reshape_to(whole, (-1,)), index), size)
    attrs = {"index": index, "strides": strides, "size": size, "stride": stride, "shift": shift}
    if not now().tape.keeps_arrays:
        found.value = _part(whole.current.value, **attrs)
    way = Way(_part, _put)
    way.repeats = np.unique(index).size < index.size
    show(found, whole.current, (way, attrs))
    return found


def _put(whole: Any, part: Any, *, index: Any, **_lies: Any) -> Any:
    return reshape_to(setitem(reshape_to(whole, (-1,)), part, index), whole.shape)


def _lies(node: Any, whole: Any) -> tuple[Any, int]:
    """A tensor's steps in memory, in elements, and where in its storage it begins."""
    value = node.value
    steps = tuple(step // value.itemsize for step in value.strides)
    if value.flags.c_contiguous or any(step < 0 for step in steps):
        steps = tuple(int(n) for n in np.cumprod([1, *value.shape[:0:-1]])[::-1]) if value.ndim else ()
    start = 0 if whole is None or not value.size else (value.ctypes.data - whole.value.ctypes.data) // value.itemsize
    return steps, start


@overload
def as_strided(x: Any, size: Any, stride: Any, storage_offset: Any = None) -> Any:
    """A view of a size whose element (i, j, …) lies in memory at the offset + i · stride[0] + j · stride[1] + …

    Raises:
        ShapeError: it would reach out of the tensor's memory.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.arange(5).as_strided((3, 3), (1, 1))  # windows of three
        tensor([[0, 1, 2],
                [1, 2, 3],
                [2, 3, 4]])
    """
    untaped(tr("it asks where a tensor lies in memory"))
    size, stride = tuple(map(int, size)), tuple(map(int, stride))
    if len(size) != len(stride) or any(n < 0 for n in (*size, *stride)):
        raise ShapeError(
            tr(
                "as_strided: expected as many sides as strides, none negative, got {size} and {stride} ({where})"
            ).format(size=size, stride=stride, where=here())
        )
    node = x.current
    whole = whole_of(node)
    whole = whole.current if whole is not None else None
    steps, start = _lies(node, whole)
    first = start if storage_offset is None else int(storage_offset)
    places = _places(size, stride, first)
    held = (node if whole is None else whole).value.size
    if first < 0 or (places.size and places.max() >= held):
        raise ShapeError(
            tr(
                "as_strided: size {size}, strides {stride} and offset {first} reach out of a memory of {held} elements ({where})"
            ).format(size=size, stride=stride, first=first, held=held, where=here())
        )
    for source, (own, begins) in ((node, (steps, start)), *([] if whole is None else [(whole, _lies(whole, None))])):
        mine = _places(source.value.shape, own, begins).ravel()
        order = np.argsort(mine, kind="stable")
        at = np.searchsorted(mine, places, sorter=order)
        index = order[np.minimum(at, max(mine.size - 1, 0))] if mine.size else np.zeros(size, np.int64)
        if not places.size or (mine.size and (mine[index] == places).all()):
            break
    else:
        raise AbsentError(
            tr("as_strided: the elements between those of a tensor are not here ({where})").format(where=here())
        )
    if source is not node and (node.needs or not isinstance(node.rare.base, Node)):
        raise AbsentError(
            tr(
                "as_strided: it reaches elements of the base that the view does not have: take it of the base ({where})"
            ).format(where=here())
        )
    return _part(source, index=index, strides=source.value.strides, size=size, stride=stride, shift=first - begins)


@overload
def unfold(x: Any, dimension: int, size: int, step: int) -> Any:
    """Windows of a size, a step apart, along a dimension; their elements come last.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.tensor([1, 2, 3, 4, 5]).unfold(0, 3, 2)
        tensor([[1, 2, 3],
                [3, 4, 5]])
    """
    dim = checked_dim(dimension, len(x.shape))
    side = x.shape[dim] if len(x.shape) else 1
    if size < 0 or step < 1:
        raise refusal("unfold", tr("a size of at least 0 and a step of at least 1"), (size, step))
    if size > side:
        raise ShapeError(
            tr("unfold: a window of {size} does not fit in a dimension of length {side} ({where})").format(
                size=size, side=side, where=here()
            )
        )
    if isinstance(x, np.ndarray) and x.ndim:
        every = np.lib.stride_tricks.sliding_window_view(x, size, dim)
        return every[(*(slice(None),) * dim, slice(None, None, step))]
    starts = np.arange(0, side - size + 1, step)
    chosen = (*(slice(None),) * dim, starts[:, None] + np.arange(size))
    windows = getitem(reshape_to(x, (1,)) if not len(x.shape) else x, chosen)
    if not len(x.shape):
        return reshape_to(windows, (size,))
    found = movedim(windows, dim + 1, -1)
    if isinstance(found, Node):
        if not now().tape.keeps_arrays:  # the same numbers, where they lie
            found.value = unfold(value_of(x), dimension, size, step)
        said = {"dimension": dimension, "size": size, "step": step}
        way = Way(unfold, lambda whole, part, **_: setitem(whole, movedim(part, -1, dim + 1), chosen))
        way.repeats = step < size
        show(found, x.current, (way, said))
    return found
