"""ONNX's operators on shapes, and those that make values of shapes."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr.bridges.onnx.meanings.meaning import (
    ANY,
    EVERY,
    LIST,
    At,
    array_of,
    axes_of,
    axis_of,
    means,
    roomy,
    whole,
)
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.nn import functional as F


@means(
    "Constant",
    takes="value value_float value_floats value_int value_ints value_string value_strings",
)
def _constant(at: At) -> Any:
    said = [(kind, value) for kind, value in at.attributes.items() if value is not None]
    if len(said) != 1:
        raise at.refuse(_("expected one value, got {found}").format(found=len(said)))
    ((kind, value),) = said
    dtypes = {
        "value_float": np.float32, "value_floats": np.float32, "value_int": np.int64, "value_ints": np.int64,
        "value_string": np.object_, "value_strings": np.object_,
    }  # fmt: skip
    return np.asarray(value, dtypes.get(kind))


@means("Shape", takes="start end", fixed=[EVERY], kinds=ANY)
def _shape(at: At, x: Any) -> Any:
    return np.array(x.shape, np.int64)[at.get("start") or 0 : at.get("end")]


@means("Size", fixed=[EVERY], kinds=ANY)
def _size(at: At, x: Any) -> Any:
    return np.asarray(prod(x.shape), np.int64)


@means("ConstantOfShape", takes="value", fixed=[EVERY])
def _filled(at: At, shape: Any) -> Any:
    value = at.get("value")
    value = np.zeros(1, np.float32) if value is None else np.asarray(value)
    return np.full(roomy(at, whole(shape)), value.reshape(-1)[0])


@means("EyeLike", takes="dtype k", fixed=[EVERY])
def _eye(at: At, x: Any) -> Any:
    from onnx import helper

    dtype = x.dtype if at.get("dtype") is None else np.dtype(helper.tensor_dtype_to_np_dtype(at.get("dtype")))
    return np.eye(x.shape[0], x.shape[1], k=at.get("k")).astype(dtype)


@means("Range", takes="stash_type", fixed=[EVERY])
def _range(at: At, start: Any, limit: Any, delta: Any) -> Any:
    first, last, step = (array_of(x).item() for x in (start, limit, delta))
    if not step:
        raise at.refuse(_("expected a step that is not 0"))
    count = (
        max(0, int(np.ceil((last - first) / step))) if isinstance(first, float) else max(0, -(-(last - first) // step))
    )
    roomy(at, [count])
    return (first + np.arange(count) * step).astype(array_of(start).dtype)


@means("Reshape", takes="allowzero shape consumed_inputs", fixed=[1], kinds=ANY)
def _reshape(at: At, x: Any, shape: Any = None) -> Any:
    sides = whole(shape) if shape is not None else at.get("shape")
    if not at.get("allowzero"):
        if any(side == 0 and i >= x.ndim for i, side in enumerate(sides)):
            raise at.refuse(_("a side of 0 stands for one that {shape} does not have").format(shape=tuple(x.shape)))
        sides = [x.shape[i] if side == 0 else side for i, side in enumerate(sides)]
    return reshaped(x, tuple(sides))


def reshaped(x: Any, sides: tuple[int, ...]) -> Any:
    """x in a shape, whatever it holds."""
    return tg.reshape(x, sides) if isinstance(x, Tensor) else np.reshape(x, sides)


@means("Flatten", takes="axis", kinds=ANY)
def _flatten(at: At, x: Any) -> Any:
    axis = at.get("axis")
    axis = axis + x.ndim if axis < 0 else axis
    return reshaped(x, (prod(x.shape[:axis]), prod(x.shape[axis:])))


@means("Transpose", takes="perm", kinds=ANY)
def _transpose(at: At, x: Any) -> Any:
    order = at.get("perm") or range(x.ndim)[::-1]
    if not x.ndim:
        return x
    return tg.permute(x, *order) if isinstance(x, Tensor) else np.transpose(x, tuple(order))


@means("Squeeze", takes="axes", fixed=[1], kinds=ANY)
def _squeeze(at: At, x: Any, axes: Any = None) -> Any:
    dims = axes_of(at, axes, x)
    dims = tuple(i for i, side in enumerate(x.shape) if side == 1) if dims is None else dims
    if any(x.shape[i] != 1 for i in dims):
        raise at.refuse(_("expected sides of 1, got shape {shape}").format(shape=tuple(x.shape)))
    return reshaped(x, tuple(side for i, side in enumerate(x.shape) if i not in dims))


@means("Unsqueeze", takes="axes", fixed=[1], kinds=ANY)
def _unsqueeze(at: At, x: Any, axes: Any = None) -> Any:
    new = whole(axes) if axes is not None else list(at.get("axes"))
    n = x.ndim + len(new)
    sides = iter(x.shape)
    places = {axis_of(at, axis, n) for axis in new}
    if len(places) != len(new):
        raise at.refuse(_("an axis is given twice"))
    return reshaped(x, tuple(1 if i in places else next(sides) for i in range(n)))


@means("Expand", fixed=[1], kinds=ANY)
def _expand(at: At, x: Any, shape: Any) -> Any:
    sides = roomy(at, np.broadcast_shapes(x.shape, tuple(whole(shape))))
    return tg.broadcast_to(x, sides) if isinstance(x, Tensor) else np.broadcast_to(x, sides)


@means("Tile", takes="", fixed=[1], kinds=ANY)
def _tile(at: At, x: Any, repeats: Any) -> Any:
    times = whole(repeats)
    if len(times) != x.ndim:
        raise at.refuse(_("expected {n} numbers of repeats, got {found}").format(n=x.ndim, found=len(times)))
    roomy(at, [side * count for side, count in zip(x.shape, times, strict=True)])
    return tg.tile(x, tuple(times)) if isinstance(x, Tensor) else np.tile(x, tuple(times))


@means("Concat", takes="axis", kinds=ANY)
def _concat(at: At, *parts: Any) -> Any:
    axis = 1 if at.get("axis") is None else at.get("axis")
    return joined(at, parts, axis)


def joined(at: At, parts: Any, axis: int) -> Any:
    """Operands one after the other, whatever they hold."""
    roomy(at, [sum(prod(x.shape) for x in parts)])
    if not any(isinstance(x, Tensor) for x in parts):
        return np.concatenate(list(parts), axis)
    return tg.cat(list(parts), axis)


@means("Split", takes="axis split num_outputs", gives=None, fixed=[1], kinds=ANY)
def _split(at: At, x: Any, sizes: Any = None) -> Any:
    axis = axis_of(at, at.get("axis") or 0, x.ndim)
    given = whole(sizes) if sizes is not None else at.get("split")
    if given is None:
        count = at.get("num_outputs") or at.outputs
        each = -(-x.shape[axis] // count)
        given = [max(0, min(each, x.shape[axis] - i * each)) for i in range(count)]
    if any(size < 0 for size in given) or sum(given) != x.shape[axis]:
        raise at.refuse(_("parts of {sizes} do not make a side of {side}").format(sizes=given, side=x.shape[axis]))
    if isinstance(x, Tensor):
        return tuple(tg.split(x, [int(side) for side in given], axis))
    return tuple(np.split(x, np.cumsum(given)[:-1], axis))


@means("Pad", takes="mode value pads paddings", fixed=[1, 2, 3])
def _pad(at: At, x: Any, pads: Any = None, value: Any = None, axes: Any = None) -> Any:
    widths = whole(pads) if pads is not None else at.get("pads") or at.get("paddings")
    dims = [axis_of(at, axis, x.ndim) for axis in whole(axes)] if axes is not None else list(range(x.ndim))
    n = len(dims)
    if len(widths) != 2 * n:
        raise at.refuse(_("expected {n} widths, got {found}").format(n=2 * n, found=len(widths)))
    by = [[0, 0] for _side in x.shape]
    for i, axis in enumerate(dims):
        by[axis] = [widths[i], widths[n + i]]
    roomy(at, [side + sum(width) for side, width in zip(x.shape, by, strict=True)])
    mode = at.one_of("mode", "constant", "reflect", "edge", "wrap")
    for axis, (before, after) in enumerate(by):  # a width below 0 takes away
        side = x.shape[axis]
        if before < 0 or after < 0:
            x = x[(slice(None),) * axis + (slice(max(0, -before), side - max(0, -after)),)]
    by = [[max(0, before), max(0, after)] for before, after in by]
    if not any(width for pair in by for width in pair):
        return x
    if mode == "constant":
        fill = at.get("value") or 0.0 if value is None else array_of(value).item()
        return F.pad(x, tuple(width for pair in reversed(by) for width in pair), "constant", fill)
    for axis, (before, after) in enumerate(by):
        side = x.shape[axis]
        if before or after:
            if not side or (mode == "reflect" and side == 1):
                raise at.refuse(_("a side of {side} has no border to repeat").format(side=side))
            x = taken(x, _border(mode, side, before, after), axis)
    return x


def _border(mode: str, side: int, before: int, after: int) -> Any:
    """Where the elements of a side and its border come from."""
    places = np.arange(-before, side + after)
    if mode == "edge":
        return np.clip(places, 0, side - 1)
    if mode == "wrap":
        return places % side
    around = places % (2 * (side - 1))
    return np.where(around < side, around, 2 * (side - 1) - around)


def taken(x: Any, places: Any, axis: int) -> Any:
    """Elements of x at some places of an axis."""
    return x[(slice(None),) * axis + (np.asarray(places),)]


@means("CenterCropPad", takes="axes", fixed=[1])
def _center(at: At, x: Any, shape: Any) -> Any:
    sides = whole(shape)
    axes = at.get("axes")
    dims = list(range(x.ndim)) if axes is None else [axis_of(at, axis, x.ndim) for axis in axes]
    target = list(x.shape)
    for axis, side in zip(dims, sides, strict=True):
        target[axis] = side
    roomy(at, target)
    pads = []
    for axis in dims:
        side, wanted = x.shape[axis], target[axis]
        if wanted < side:
            start = (side - wanted) // 2
            x = x[(slice(None),) * axis + (slice(start, start + wanted),)]
        before = max(0, wanted - side) // 2
        pads.append((axis, before, max(0, wanted - side) - before))
    by = {axis: (before, after) for axis, before, after in pads}
    flat = [width for axis in reversed(range(x.ndim)) for width in by.get(axis, (0, 0))]
    return F.pad(x, tuple(flat)) if any(flat) else x


@means("Trilu", takes="upper", fixed=[1])
def _trilu(at: At, x: Any, diagonal: Any = None) -> Any:
    k = 0 if diagonal is None else whole(diagonal)[0]
    return tg.triu(x, k) if at.get("upper") else tg.tril(x, k)


@means("DepthToSpace", takes="mode blocksize")
def _depth_to_space(at: At, x: Any) -> Any:
    n, c, h, w = x.shape
    b = at.get("blocksize")
    if at.opset >= 11 and at.one_of("mode", "DCR", "CRD") == "CRD":
        y = tg.permute(tg.reshape(x, (n, c // b**2, b, b, h, w)), 0, 1, 4, 2, 5, 3)
    else:
        y = tg.permute(tg.reshape(x, (n, b, b, c // b**2, h, w)), 0, 3, 4, 1, 5, 2)
    return tg.reshape(y, (n, c // b**2, h * b, w * b))


@means("SpaceToDepth", takes="blocksize mode")
def _space_to_depth(at: At, x: Any) -> Any:
    n, c, h, w = x.shape
    b = at.get("blocksize")
    y = tg.reshape(x, (n, c, h // b, b, w // b, b))
    order = (0, 1, 3, 5, 2, 4) if at.get("mode") == "CRD" else (0, 3, 5, 1, 2, 4)
    return tg.reshape(tg.permute(y, *order), (n, c * b**2, h // b, w // b))


@means("Optional", takes="type", kinds=[*ANY, LIST])
def _optional(at: At, x: Any = None) -> Any:
    return x


@means("OptionalHasElement", fixed=[EVERY], kinds=[*ANY, LIST])
def _has_element(at: At, x: Any = None) -> Any:
    return np.asarray(x is not None)


@means("OptionalGetElement", kinds=[*ANY, LIST])
def _element(at: At, x: Any) -> Any:
    if x is None:
        raise at.refuse(_("it holds no value"))
    return x
