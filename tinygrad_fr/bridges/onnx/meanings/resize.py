"""ONNX's ways to stretch an image: a matrix of weights a side, made by a node's attributes."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr.bridges.onnx.meanings.meaning import At, array_of, axis_of, means, roomy, whole
from tinygrad_fr.bridges.onnx.meanings.shapes import taken
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.nn import functional as F

HOW = (
    "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_crop_and_resize",
    "tf_half_pixel_for_nn",
)  # fmt: skip
SIMPLE = "simple"  # before nearest_mode was told: downwards where a side grows, upwards where it shrinks
f32 = np.float32


@means(
    "Resize",
    takes=(
        "antialias axes coordinate_transformation_mode cubic_coeff_a exclude_outside extrapolation_value"
        " keep_aspect_ratio_policy mode nearest_mode"
    ),
    fixed=[1, 2, 3],
)
def _resize(at: At, x: Any, first: Any = None, scales: Any = None, sizes: Any = None) -> Any:
    if at.opset < 11:  # x and scales, as Upsample
        return _stretched(at, x, array_of(first), None, None, "asymmetric", SIMPLE)
    how = at.one_of("coordinate_transformation_mode", *HOW)
    axes = at.get("axes")
    dims = list(range(x.ndim)) if axes is None else [axis_of(at, axis, x.ndim) for axis in axes]

    def spread(given: Any, plain: Any) -> Any:
        full = list(plain)
        for axis, value in zip(dims, given, strict=True):
            full[axis] = value
        return full

    roi = None
    if how == "tf_crop_and_resize":
        box = np.asarray(array_of(first), np.float64).reshape(2, -1)
        roi = spread(box[0], [0.0] * x.ndim), spread(box[1], [1.0] * x.ndim)
    if scales is not None and array_of(scales).size and sizes is None:
        by = np.asarray(spread(np.asarray(array_of(scales), f32).reshape(-1), [f32(1)] * x.ndim), f32)
        return _stretched(at, x, by, None, roi, how, at.get("nearest_mode"))
    if sizes is None:
        raise at.refuse(_("neither sizes nor scales are given"))
    target = spread(whole(sizes), x.shape)
    policy = at.get("keep_aspect_ratio_policy") or "stretch"
    if policy == "stretch":
        return _stretched(at, x, None, target, roi, how, at.get("nearest_mode"))
    ratios = [target[axis] / x.shape[axis] for axis in dims]
    ratio = {"not_larger": min, "not_smaller": max}[at.one_of("keep_aspect_ratio_policy", "not_larger", "not_smaller")](
        ratios
    )
    by = np.asarray([ratio if axis in dims else 1.0 for axis in range(x.ndim)], f32)
    kept = [int(ratio * x.shape[axis] + 0.5) if axis in dims else x.shape[axis] for axis in range(x.ndim)]
    return _stretched(at, x, by, kept, roi, how, at.get("nearest_mode"))


@means("Upsample", takes="mode scales height_scale width_scale", fixed=[1])
def _upsample(at: At, x: Any, scales: Any = None) -> Any:
    if scales is not None:
        by = array_of(scales)
    elif at.get("scales") is not None:
        by = np.asarray(at.get("scales"))
    else:
        by = np.asarray([1, 1, at.get("height_scale"), at.get("width_scale")])
    return _stretched(at, x, by, None, None, "asymmetric", SIMPLE)


def _check_side(at: At, how: str, side: int, to: int, scale: Any, *, curved: bool) -> None:
    """Refuse a side on which ONNX's definition and onnxruntime give different numbers."""
    if how in ("align_corners", "tf_crop_and_resize") and abs(scale * f32(side) - to) > 1e-3:
        raise at.refuse(
            _("a side of {side} times {scale} is no whole number, where ONNX and onnxruntime differ").format(
                side=side, scale=scale
            )
        )
    if how == "pytorch_half_pixel" and to == 1 and curved:
        raise at.refuse(_("ONNX and onnxruntime differ on a side of 1 with pytorch_half_pixel"))


def _sides(at: At, x: Any, scales: Any, sizes: Any) -> tuple[Any, Any]:
    """By how much each side is stretched, and how long it is then; one of the two says the other."""
    if scales is None:
        scales = [f32(to) / f32(side) if side else f32(1) for to, side in zip(sizes, x.shape, strict=True)]
    scales = np.asarray(scales, f32).reshape(-1)
    if len(scales) != x.ndim or not np.all(scales > 0):
        raise at.refuse(_("expected {n} scales above 0").format(n=x.ndim))
    if sizes is None:
        sizes = [int(s * f32(side)) for s, side in zip(scales, x.shape, strict=True)]
    roomy(at, sizes)
    if 0 in x.shape or 0 in sizes:
        raise at.refuse(_("an image without elements cannot be stretched"))
    return scales, sizes


def _stretched(at: At, x: Any, scales: Any, sizes: Any, roi: Any, how: str, rounding: str) -> Any:
    mode = "linear" if at.get("mode") == "bilinear" else at.one_of("mode", "nearest", "linear", "cubic")
    scales, sizes = _sides(at, x, scales, sizes)
    smooth = bool(at.attributes.get("antialias"))
    if smooth and mode == "nearest":
        raise at.refuse(_("the nearest element is not smoothed (antialias)"))
    native = _native(at, x, scales, sizes, how, mode, rounding, smooth)
    if native is not None:
        return native
    dtype = x.dtype
    y = x if dtype.kind == "f" or mode == "nearest" else np.asarray(array_of(x)).astype(np.float64)
    outside = None
    for axis, (side, to, scale) in enumerate(zip(x.shape, sizes, scales, strict=True)):
        box = (0.0, 1.0) if roi is None else (roi[0][axis], roi[1][axis])
        if scale == 1 and to == side and box == (0.0, 1.0):
            continue
        _check_side(at, how, side, to, scale, curved=smooth or mode == "cubic")
        at_side = _places(how, side, to, scale, box)
        if how == "tf_crop_and_resize":
            out = ((at_side < 0) | (at_side > side - 1)).reshape((-1, *(1,) * (x.ndim - axis - 1)))
            outside = out if outside is None else outside | out
        if mode == "nearest":
            towards = rounding if rounding != SIMPLE else "ceil" if scale < 1 else "floor"
            y = taken(y, _nearest(at, at_side, side, towards), axis)
        else:
            y = _mixed(y, _weights(at, at_side, side, scale, mode, smooth), axis)
    if outside is not None and np.any(outside):
        y = tg.where(outside, np.asarray(at.get("extrapolation_value"), y.dtype), y)
    if y.dtype != dtype:
        info = np.iinfo(dtype)
        y = np.clip(np.rint(y) if smooth else np.trunc(y), info.min, info.max).astype(dtype)
    return y


def _native(at: At, x: Any, scales: Any, sizes: Any, how: str, mode: str, rounding: str, smooth: bool) -> Any:
    """The engine's own operation where it is the same one, which reads better in a picture."""
    sides, to, by = x.shape[2:], sizes[2:], scales[2:]
    if x.ndim not in (4, 5) and not (x.ndim == 3 and mode != "cubic"):
        return None
    exact = all(scale == f32(1) * out / side for scale, out, side in zip(by, to, sides, strict=True))
    if not isinstance(x, Tensor) or x.dtype.kind != "f" or list(sizes[:2]) != list(x.shape[:2]) or smooth or not exact:
        return None
    if mode == "nearest":
        if not all(scale == int(scale) for scale in by) or (how, rounding) not in {
            ("asymmetric", "floor"),
            ("asymmetric", SIMPLE),
            ("half_pixel", "round_prefer_floor"),
            ("half_pixel", "round_prefer_ceil"),
        }:
            return None
        return F.interpolate(x, tuple(to))
    plain = at.attributes.get("cubic_coeff_a") in (None, -0.75) and not at.attributes.get("exclude_outside")
    if (mode == "cubic" and x.ndim != 4) or not plain or how not in ("half_pixel", "align_corners"):
        return None
    word = {"linear": {3: "linear", 4: "bilinear", 5: "trilinear"}.get(x.ndim), "cubic": "bicubic"}[mode]
    return F.interpolate(x, tuple(to), mode=str(word), align_corners=how == "align_corners")


def _places(how: str, side: int, to: int, scale: Any, box: tuple[float, float]) -> Any:
    """Where each element of a stretched side lies in the side that it comes from."""
    i, length = np.arange(to, dtype=f32), scale * f32(side)
    if how == "asymmetric":
        return i / scale
    if how == "align_corners":
        return np.zeros(to, f32) if to == 1 else i * f32(side - 1) / f32(to - 1)
    if how == "tf_crop_and_resize":
        start, end = f32(box[0]), f32(box[1])
        if to == 1:
            return np.full(1, f32(0.5) * (start + end) * f32(side - 1), f32)
        return start * f32(side - 1) + i * (end - start) * f32(side - 1) / f32(to - 1)
    if how == "tf_half_pixel_for_nn":
        return (i + f32(0.5)) / scale
    if how == "pytorch_half_pixel" and to == 1:
        return np.full(1, f32(-0.5), f32)
    places = (i + f32(0.5)) / scale - f32(0.5)
    if how == "half_pixel_symmetric":
        places = places + f32(side) / 2 * (1 - f32(to) / length)
    return places


def _nearest(at: At, places: Any, side: int, rounding: str) -> Any:
    known = ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")
    if rounding not in known:
        raise at.refuse(
            _("expected “{name}” to be one of {known}, got “{found}”").format(
                name="nearest_mode", known=", ".join(known), found=rounding
            )
        )
    near = {
        "round_prefer_floor": lambda: np.ceil(places - f32(0.5)),
        "round_prefer_ceil": lambda: np.floor(places + f32(0.5)),
        "floor": lambda: np.floor(places),
        "ceil": lambda: np.ceil(places),
    }[rounding]()
    return np.clip(near.astype(np.int64), 0, side - 1)


def _weights(at: At, places: Any, side: int, scale: Any, mode: str, smooth: bool) -> Any:
    """How much each element of a side has in each of the stretched one: (to, side)."""
    a = at.attributes.get("cubic_coeff_a")
    a = -0.75 if a is None else float(a)
    stretch = min(float(scale), 1.0) if smooth else 1.0
    reach = int(np.ceil((2 if mode == "cubic" else 1) / stretch))
    where = places.astype(np.float64)
    if mode == "linear" and not smooth:
        where = np.clip(where, 0, side - 1)
    first = np.floor(where).astype(np.int64) - reach + 1
    near = first[:, None] + np.arange(2 * reach)
    apart = np.abs(where[:, None] - near) * stretch
    if mode == "linear":
        share = np.maximum(0.0, 1 - apart)
    else:
        inner = ((a + 2) * apart - (a + 3)) * apart * apart + 1
        outer = ((a * apart - 5 * a) * apart + 8 * a) * apart - 4 * a
        share = np.where(apart <= 1, inner, np.where(apart < 2, outer, 0.0))
    if at.attributes.get("exclude_outside"):
        share = np.where((near < 0) | (near >= side), 0.0, share)
    if smooth or at.attributes.get("exclude_outside"):
        share = share / share.sum(1, keepdims=True)
    weights = np.zeros((len(where), side))
    rows = np.broadcast_to(np.arange(len(where))[:, None], near.shape)
    np.add.at(weights, (rows, np.clip(near, 0, side - 1)), share)
    return weights


def _mixed(x: Any, weights: Any, axis: int) -> Any:
    """Sums of a side's elements with some weights."""
    order = [*(i for i in range(x.ndim) if i != axis), axis]
    back = [order.index(i) for i in range(x.ndim)]
    moved = tg.permute(x, *order)
    return tg.permute(tg.matmul(moved, weights.T.astype(x.dtype)), *back)
