"""ONNX's operators that read and write elements at places."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr.bridges.onnx.meanings.meaning import (
    ANY,
    EVERY,
    NUMBERS,
    TEXT,
    At,
    array_of,
    axis_of,
    means,
    roomy,
    tensor_of,
    typed,
    whole,
)
from tinygrad_fr.bridges.onnx.meanings.shapes import taken
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.nn.parameter import Parameter


@means("Slice", takes="starts ends axes", fixed=[1, 2, 3, 4], kinds=ANY)
def _slice(at: At, x: Any, starts: Any = None, ends: Any = None, axes: Any = None, steps: Any = None) -> Any:
    first = whole(starts) if starts is not None else at.get("starts")
    last = whole(ends) if ends is not None else at.get("ends")
    dims = whole(axes) if axes is not None else at.get("axes") or list(range(len(first)))
    by = whole(steps) if steps is not None else [1] * len(first)
    if not len(first) == len(last) == len(dims) == len(by):
        raise at.refuse(_("expected as many starts as ends, axes and steps"))
    index: list[Any] = [slice(None)] * x.ndim
    for start, end, dim, step in zip(first, last, dims, by, strict=True):
        if not step:
            raise at.refuse(_("expected a step that is not 0"))
        axis = axis_of(at, dim, x.ndim)
        side = x.shape[axis]
        beyond = step < 0 and end < -side  # what Python would count from the end once more
        before = step < 0 and start < -side  # ONNX starts at the first element, Python nowhere
        begin = 0 if before or (step > 0 and start < -side) else start
        index[axis] = slice(begin, None if beyond else end, step)
    return tg.ops.registry["getitem"](x, tuple(index))  # PyTorch's x[…] takes no negative step


def within(at: At, index: Any, side: int) -> Any:
    """Places counted from the front, if they lie in a side."""
    if np.any((index < -side) | (index >= side)):
        raise at.refuse(_("expected places from {low} to {high}").format(low=-side, high=side - 1))
    return np.where(index < 0, index + side, index)


@means("Gather", takes="axis", fixed=[1], kinds=ANY)
def _gather(at: At, x: Any, indices: Any) -> Any:
    axis = axis_of(at, at.get("axis"), x.ndim)
    index = array_of(indices)
    found = within(at, index, x.shape[axis])
    if axis == 0 and x.ndim == 2 and isinstance(x, Parameter) and index.ndim:
        return tg.embedding(indices if np.array_equal(found, index) else found, x)
    return taken(x, found, axis)


@means("GatherElements", takes="axis", fixed=[1])
def _gather_elements(at: At, x: Any, indices: Any) -> Any:
    axis = axis_of(at, at.get("axis"), x.ndim)
    return tg.gather(x, axis, within(at, array_of(indices), x.shape[axis]))


@means("GatherND", takes="batch_dims", fixed=[1], kinds=ANY)
def _gather_nd(at: At, x: Any, indices: Any) -> Any:
    rows, table = at.get("batch_dims") or 0, array_of(indices)
    parts = [within(at, table[..., i], x.shape[rows + i]) for i in range(table.shape[-1])]
    grid = np.meshgrid(*(np.arange(side) for side in x.shape[:rows]), indexing="ij", sparse=True)
    own = [part.reshape((*part.shape, *(1,) * (table.ndim - 1 - rows))) for part in grid]
    return x[(*own, *parts)]


_WRITES = {"none": None, "add": "sum", "mul": "prod", "max": "amax", "min": "amin"}


@means("ScatterElements", "Scatter", takes="axis reduction", fixed=[1])
def _scatter_elements(at: At, x: Any, indices: Any, updates: Any) -> Any:
    axis = axis_of(at, at.get("axis"), x.ndim)
    index = within(at, array_of(indices), x.shape[axis])
    return _written(at, tensor_of(x), axis, index, tensor_of(updates))


def _written(at: At, x: Any, axis: int, index: Any, updates: Any) -> Any:
    how = "none" if at.get("reduction") is None else at.one_of("reduction", *_WRITES)
    if how == "none":
        return tg.scatter(x, axis, index, updates)
    if how == "add":
        return tg.scatter_add(x, axis, index, updates)
    return tg.scatter_reduce(x, axis, index, updates, _WRITES[how])


@means("ScatterND", takes="reduction", fixed=[1])
def _scatter_nd(at: At, x: Any, indices: Any, updates: Any) -> Any:
    table = array_of(indices)
    depth = table.shape[-1]
    index = tuple(within(at, table[..., i], x.shape[i]) for i in range(depth))
    how = "none" if at.get("reduction") is None else at.one_of("reduction", *_WRITES)
    if how in ("none", "add"):
        return tg.index_put(tensor_of(x), index, tensor_of(updates), how == "add")
    # As elements of one long side: each place that is written is a row of the sides that are not chosen from.
    rest = int(np.prod(x.shape[depth:], dtype=np.int64))
    row = np.ravel_multi_index(index, x.shape[:depth]).reshape(-1, 1) * rest + np.arange(rest)
    flat = tg.reshape(tensor_of(x), (-1,))
    return tg.reshape(_written(at, flat, 0, row.reshape(-1), tg.reshape(tensor_of(updates), (-1,))), x.shape)


@means("TensorScatter", takes="axis mode", fixed=[2])
def _tensor_scatter(at: At, cache: Any, update: Any, places: Any = None) -> Any:
    axis = axis_of(at, at.get("axis"), cache.ndim)
    first = np.zeros(cache.shape[0], np.int64) if places is None else array_of(places).reshape(-1)
    where = first[:, None] + np.arange(update.shape[axis])
    if at.one_of("mode", "linear", "circular") == "circular":
        where = where % cache.shape[axis]
    where = within(at, where, cache.shape[axis])
    shape = [1] * cache.ndim
    shape[0], shape[axis] = where.shape
    index = np.broadcast_to(where.reshape(shape), update.shape)
    return tg.scatter(tensor_of(cache), axis, index, tensor_of(update))


@means("OneHot", takes="axis", fixed=[EVERY])
def _one_hot(at: At, indices: Any, depth: Any, values: Any) -> Any:
    n, (off, on) = whole(depth)[0], array_of(values)
    index = array_of(indices).astype(np.int64)
    roomy(at, [*index.shape, n])
    own = np.where(index < 0, index + n, index)  # one that lies outside of the range is nowhere on
    found = np.where(own[..., None] == np.arange(n), on, off)
    return np.moveaxis(found, -1, axis_of(at, at.get("axis"), found.ndim))


@means("NonZero", fixed=[EVERY])
def _nonzero(at: At, x: Any) -> Any:
    plain = array_of(x)
    found = np.nonzero(np.atleast_1d(plain))
    return np.stack(found).astype(np.int64)


@means("Compress", takes="axis", fixed=[1], kinds=ANY)
def _compress(at: At, x: Any, condition: Any) -> Any:
    keep = array_of(condition).astype(np.bool_).reshape(-1)
    if at.get("axis") is None:
        x = tg.reshape(x, (-1,)) if isinstance(x, Tensor) else np.reshape(x, -1)
    axis = axis_of(at, at.get("axis") or 0, x.ndim)
    return taken(x, within(at, np.flatnonzero(keep), x.shape[axis]), axis)


@means("ReverseSequence", takes="batch_axis time_axis", fixed=[1], kinds=ANY)
def _reverse_sequence(at: At, x: Any, lengths: Any) -> Any:
    rows, time = axis_of(at, at.get("batch_axis"), x.ndim), axis_of(at, at.get("time_axis"), x.ndim)
    length, t = array_of(lengths).reshape(-1, 1), np.arange(x.shape[time])
    places = np.where(t < length, length - 1 - t, t)  # (rows, time)
    index: list[Any] = [slice(None)] * x.ndim
    index[rows] = np.arange(x.shape[rows]).reshape(-1, 1) if rows < time else np.arange(x.shape[rows]).reshape(1, -1)
    index[time] = places if rows < time else places.T
    if abs(rows - time) != 1:
        raise at.refuse(_("rows and time are expected beside each other"))
    return x[tuple(index)]


@means("Unique", takes="axis sorted", gives=4, fixed=[EVERY], kinds=[NUMBERS, TEXT])
def _unique(at: At, x: Any) -> Any:
    plain = array_of(x)
    axis = at.get("axis")
    found, first, inverse, counts = np.unique(plain, True, True, True, axis=axis)
    inverse = inverse.reshape(-1)
    if not at.get("sorted"):
        order = np.argsort(first)
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        found = np.take(found, order, 0 if axis is None else axis)
        first, counts, inverse = first[order], counts[order], place[inverse]
    return found, *(part.astype(np.int64) for part in (first, inverse, counts))


@means("MaxUnpool", takes="kernel_shape pads strides", fixed=[1, 2])
def _max_unpool(at: At, x: Any, indices: Any, shape: Any = None) -> Any:
    kernel = at.get("kernel_shape")
    stride, pads = at.get("strides") or [1] * len(kernel), at.get("pads") or [0] * 2 * len(kernel)
    own = [
        (side - 1) * step + k - pads[i] - pads[len(kernel) + i]
        for i, (side, step, k) in enumerate(zip(x.shape[2:], stride, kernel, strict=True))
    ]
    small = (*x.shape[:2], *own)
    whole_shape = small if shape is None else tuple(whole(shape))
    roomy(at, whole_shape)
    place = array_of(indices).reshape(-1)
    if shape is not None and whole_shape != small:  # places are told in the smaller value
        size = int(np.prod(small))
        if np.any(place >= size):
            raise at.refuse(_("expected places from {low} to {high}").format(low=0, high=size - 1))
        place = np.ravel_multi_index(np.unravel_index(place, small), whole_shape)
    flat = tg.zeros(int(np.prod(whole_shape)), dtype=x.dtype)
    return tg.reshape(tg.scatter(flat, 0, place, typed(tg.reshape(tensor_of(x), (-1,)), x.dtype)), whole_shape)
