"""ONNX's operators on shapes and indices, and those that make values of shapes."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr.bridges.onnx.meanings.meaning import At, axes_of, means, roomy, tensor_of, whole
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.nn import functional as F
from tinygrad_fr.ops.definition import value_of


@means("Constant")
def _constant(at: At) -> Any:
    ((kind, value),) = at.attributes.items()
    dtypes = {"value_float": np.float32, "value_floats": np.float32, "value_int": np.int64, "value_ints": np.int64}
    if kind != "value" and kind not in dtypes:
        raise at.refuse(_("no tensor here holds {dtype}").format(dtype=kind.removeprefix("value_")))
    return np.asarray(value, dtypes.get(kind))


@means("Shape")
def _shape(at: At, x: Any) -> Any:
    return np.array(x.shape, np.int64)[at.get("start", 0) : at.get("end")]


@means("Size")
def _size(at: At, x: Any) -> Any:
    return np.asarray(prod(x.shape), np.int64)


@means("ConstantOfShape")
def _filled(at: At, shape: Any) -> Any:
    value = np.asarray(at.get("value", np.zeros(1, np.float32)))
    return np.full(roomy(at, whole(shape)), value.reshape(-1)[0])


@means("Range")
def _range(at: At, start: Any, limit: Any, delta: Any) -> Any:
    first, last, step = (np.asarray(value_of(x)).item() for x in (start, limit, delta))
    if not step:
        raise at.refuse(_("expected a step that is not 0"))
    roomy(at, [max(0, -(-(last - first) // step))])
    return np.arange(first, last, step, dtype=np.asarray(value_of(start)).dtype)


@means("Reshape")
def _reshape(at: At, x: Any, shape: Any) -> Any:
    sides = whole(shape) if np.size(value_of(shape)) else []
    if not at.get("allowzero", 0):
        sides = [x.shape[i] if side == 0 and i < x.ndim else side for i, side in enumerate(sides)]
    return tg.reshape(x, tuple(sides))


@means("Flatten")
def _flatten(at: At, x: Any) -> Any:
    axis = at.get("axis", 1)
    axis = axis + x.ndim if axis < 0 else axis
    return tg.reshape(x, (prod(x.shape[:axis]), prod(x.shape[axis:])))


@means("Transpose")
def _transpose(at: At, x: Any) -> Any:
    return tg.permute(x, *at.get("perm", range(x.ndim)[::-1])) if x.ndim else x


@means("Squeeze")
def _squeeze(at: At, x: Any, axes: Any = None) -> Any:
    dims = axes_of(at, axes, x)
    dims = tuple(i for i, side in enumerate(x.shape) if side == 1) if dims is None else dims
    return tg.reshape(x, tuple(side for i, side in enumerate(x.shape) if i not in dims))


@means("Unsqueeze")
def _unsqueeze(at: At, x: Any, axes: Any = None) -> Any:
    new = whole(axes) if axes is not None else list(at.get("axes"))
    n = x.ndim + len(new)
    sides = iter(x.shape)
    places = {axis % n for axis in new}
    return tg.reshape(x, tuple(1 if i in places else next(sides) for i in range(n)))


@means("Expand")
def _expand(at: At, x: Any, shape: Any) -> Any:
    return tg.broadcast_to(x, roomy(at, np.broadcast_shapes(x.shape, tuple(whole(shape)))))


@means("Tile")
def _tile(at: At, x: Any, repeats: Any) -> Any:
    roomy(at, [side * times for side, times in zip(x.shape, whole(repeats), strict=True)])
    return tg.tile(x, tuple(whole(repeats)))


@means("Concat")
def _concat(at: At, *parts: Any) -> Any:
    roomy(at, [sum(prod(x.shape) for x in parts)])
    return tg.cat(list(parts), at.get("axis"))


@means("Split")
def _split(at: At, x: Any, sizes: Any = None) -> Any:
    axis = at.get("axis", 0)
    given = whole(sizes) if sizes is not None else at.get("split")
    if given is None:
        count = at.get("num_outputs", at.outputs)
        each = -(-x.shape[axis] // count)
        given = [min(each, x.shape[axis] - i * each) for i in range(count)]
    return tuple(tg.split(x, [int(side) for side in given], axis))


@means("Slice")
def _slice(at: At, x: Any, starts: Any = None, ends: Any = None, axes: Any = None, steps: Any = None) -> Any:
    first = whole(starts) if starts is not None else at.get("starts")
    last = whole(ends) if ends is not None else at.get("ends")
    dims = whole(axes) if axes is not None else at.get("axes", range(len(first)))
    by = whole(steps) if steps is not None else [1] * len(first)
    index: list[Any] = [slice(None)] * x.ndim
    for start, end, axis, step in zip(first, last, dims, by, strict=True):
        side = x.shape[axis]
        beyond = step < 0 and end < -side  # what Python would count from the end once more
        index[axis] = slice(max(start, -side) if step > 0 else start, None if beyond else end, step)
    return x[tuple(index)]


@means("Gather")
def _gather(at: At, x: Any, indices: Any) -> Any:
    axis = at.get("axis", 0) % max(x.ndim, 1)
    if axis == 0 and x.ndim == 2 and isinstance(x, Tensor) and x.dtype.kind == "f":
        return tg.embedding(indices, x)
    return x[(slice(None),) * axis + (np.asarray(value_of(indices)),)]


@means("GatherElements")
def _gather_elements(at: At, x: Any, indices: Any) -> Any:
    axis, index = at.get("axis", 0), np.asarray(value_of(indices))
    return tg.gather(x, axis, np.where(index < 0, index + x.shape[axis], index))


@means("GatherND")
def _gather_nd(at: At, x: Any, indices: Any) -> Any:
    if at.get("batch_dims", 0):
        raise at.refuse(_("rows of their own are not gathered here (batch_dims)"))
    table = np.asarray(value_of(indices))
    return x[tuple(np.moveaxis(table, -1, 0))]


@means("ScatterElements", "Scatter")
def _scatter_elements(at: At, x: Any, indices: Any, updates: Any) -> Any:
    axis, index = at.get("axis", 0), np.asarray(value_of(indices))
    index = np.where(index < 0, index + x.shape[axis], index)
    return {"none": tg.scatter, "add": tg.scatter_add}[_plainly(at)](tensor_of(x), axis, index, tensor_of(updates))


@means("ScatterND")
def _scatter_nd(at: At, x: Any, indices: Any, updates: Any) -> Any:
    index = tuple(np.moveaxis(np.asarray(value_of(indices)), -1, 0))
    return tg.index_put(tensor_of(x), index, tensor_of(updates), _plainly(at) == "add")


def _plainly(at: At) -> str:
    reduction: str = at.get("reduction", "none")
    if reduction not in ("none", "add"):
        raise at.refuse(_("elements are written or added here, not “{found}”").format(found=reduction))
    return reduction


@means("Pad")
def _pad(at: At, x: Any, pads: Any = None, value: Any = None, axes: Any = None) -> Any:
    widths = whole(pads) if pads is not None else at.get("pads")
    dims = [axis % x.ndim for axis in whole(axes)] if axes is not None else list(range(x.ndim))
    n = len(dims)
    by = {axis: (widths[i], widths[n + i]) for i, axis in enumerate(dims)}
    roomy(at, [side + sum(by.get(i, (0, 0))) for i, side in enumerate(x.shape)])
    mode = {"edge": "replicate", "wrap": "circular"}.get(at.get("mode", "constant"), at.get("mode", "constant"))
    fill = at.get("value", 0.0) if value is None else np.asarray(value_of(value)).item()
    flat = [width for axis in reversed(range(x.ndim)) for width in by.get(axis, (0, 0))]
    if mode != "constant":
        while len(flat) > 2 and not any(flat[-2:]):
            flat = flat[:-2]
    return F.pad(x, tuple(flat), mode, fill)


@means("Trilu")
def _trilu(at: At, x: Any, diagonal: Any = None) -> Any:
    k = 0 if diagonal is None else whole(diagonal)[0]
    return tg.triu(x, k) if at.get("upper", 1) else tg.tril(x, k)


@means("OneHot")
def _one_hot(at: At, indices: Any, depth: Any, values: Any) -> Any:
    n, (off, on) = whole(depth)[0], np.asarray(value_of(values))
    index = np.asarray(value_of(indices)).astype(np.int64)
    roomy(at, [*index.shape, n])
    found = np.where((index % n)[..., None] == np.arange(n), on, off)
    return np.moveaxis(found, -1, at.get("axis", -1))


@means("DepthToSpace")
def _depth_to_space(at: At, x: Any) -> Any:
    if at.get("mode", "DCR") == "CRD":
        return tg.pixel_shuffle(x, at.get("blocksize"))
    n, c, h, w = x.shape
    b = at.get("blocksize")
    return x.reshape(n, b, b, c // b**2, h, w).permute(0, 3, 4, 1, 5, 2).reshape(n, c // b**2, h * b, w * b)


@means("Einsum")
def _einsum(at: At, *operands: Any) -> Any:
    return tg.einsum(at.get("equation"), *operands)


@means("Resize", "Upsample")
def _resize(at: At, x: Any, *rest: Any) -> Any:
    mode, how = at.get("mode", "nearest"), at.get("coordinate_transformation_mode", "half_pixel")
    scales, sizes = (
        (rest[0] if len(rest) == 1 else rest[1] if len(rest) > 1 else None),
        rest[2] if len(rest) > 2 else None,
    )
    known = (mode == "nearest" and how == "asymmetric") or (
        mode in ("linear", "cubic") and how in ("half_pixel", "align_corners", "pytorch_half_pixel")
    )
    if not known or x.ndim < 3:
        raise at.refuse(_("images are not stretched here by “{mode}” with “{how}”").format(mode=mode, how=how))
    target = (
        whole(sizes)
        if sizes is not None
        else [int(side * s) for side, s in zip(x.shape, np.asarray(scales), strict=True)]
    )
    roomy(at, target)
    word: Any = {"linear": {3: "linear", 4: "bilinear", 5: "trilinear"}.get(x.ndim), "cubic": "bicubic"}.get(
        mode, "nearest"
    )
    corners = None if mode == "nearest" else how == "align_corners"
    return F.interpolate(x, tuple(target[2:]), mode=word, align_corners=corners)
