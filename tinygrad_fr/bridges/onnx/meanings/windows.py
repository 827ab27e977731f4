"""ONNX's operators whose windows move over an image: convolutions and pools."""

from __future__ import annotations

from math import ceil, prod
from typing import Any, NamedTuple

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr.bridges.onnx.meanings.meaning import EVERY, At, array_of, means, roomy, whole
from tinygrad_fr.bridges.onnx.meanings.shapes import taken
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.nn import functional as F

MOVES = "auto_pad dilations pads strides kernel_shape"


class Window(NamedTuple):
    """A window and how it moves: a number a side of the image in each.

    Attributes:
        kernel: its sides.
        stride: between places.
        dilation: between the elements that it sees.
        before: width of the border before each side.
        after: width of the border behind each side.
        out: how many places it takes.
    """

    kernel: list[int]
    stride: list[int]
    dilation: list[int]
    before: list[int]
    after: list[int]
    out: list[int]

    @property
    def even(self) -> bool:
        """Whether the border is the same at both ends, and no longer than torch allows for a pool."""
        return self.before == self.after

    @property
    def small(self) -> bool:
        """Whether the border is at most half the window, as torch's pools ask."""
        return all(2 * pad <= k for pad, k in zip(self.before, self.kernel, strict=True))


def window(at: At, x: Any, kernel: Any) -> Window:
    """How a window moves over x, as a node's attributes say."""
    kernel = [int(k) for k in kernel]
    n = len(kernel)
    if n != x.ndim - 2:
        raise at.refuse(_("a window of {n} sides does not fit shape {shape}").format(n=n, shape=tuple(x.shape)))
    said = at.get("kernel_shape")
    if said and list(said) != kernel:
        raise at.refuse(_("its weights are of {found}, and kernel_shape says {said}").format(found=kernel, said=said))
    stride = list(at.get("strides") or [1] * n)
    dilation = list(at.attributes.get("dilations") or [1] * n)
    pads = list(at.get("pads") or [0] * 2 * n)
    auto = at.one_of("auto_pad", "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER")
    if auto != "NOTSET":
        pads = [0] * 2 * n
    if (
        not len(stride) == len(dilation) == len(pads) // 2 == n
        or min(*stride, *dilation, *kernel, 1) < 1
        or min(pads) < 0
    ):
        raise at.refuse(_("its strides, dilations or pads do not fit a window of {kernel}").format(kernel=kernel))
    if auto.startswith("SAME"):
        if "ceil_mode" in at.attributes and any(d != 1 for d in dilation):
            raise at.refuse(_("ONNX and onnxruntime differ on the border of a pool with dilations and auto_pad"))
        for i, (side, k, s, d) in enumerate(zip(x.shape[2:], kernel, stride, dilation, strict=True)):
            total = max((-(-side // s) - 1) * s + d * (k - 1) + 1 - side, 0)
            less, more = total // 2, total - total // 2
            pads[i], pads[n + i] = (less, more) if auto == "SAME_UPPER" else (more, less)
    before, after = pads[:n], pads[n:]
    rounding = at.attributes.get("ceil_mode")
    roomy(at, [side + first + last for side, first, last in zip(x.shape[2:], before, after, strict=True)])
    out = []
    for side, k, s, d, first, last in zip(x.shape[2:], kernel, stride, dilation, before, after, strict=True):
        room = side + first + last - (d * (k - 1) + 1)
        if room < 0:
            raise at.refuse(
                _("a window of {kernel} does not fit shape {shape}").format(kernel=kernel, shape=tuple(x.shape))
            )
        count = (ceil(room / s) if rounding else room // s) + 1
        out.append(count - (bool(rounding) and (count - 1) * s >= side + first))  # none starts in the border behind
    roomy(at, [*x.shape[:2], *out, prod(kernel)] if rounding is not None else out)
    return Window(kernel, stride, dilation, before, after, out)


def around(by: Window) -> tuple[int, ...]:
    """The border as widths from the last side to the first."""
    return tuple(width for pair in zip(by.before[::-1], by.after[::-1], strict=True) for width in pair)


def seen(x: Any, by: Window, fill: Any) -> tuple[Any, tuple[int, ...]]:
    """What each place of a window sees, and the axes of that: (N, C, out, kernel, out, kernel, …)."""
    n = len(by.kernel)
    widths = []
    for i, side in enumerate(x.shape[2:]):
        reach = (by.out[i] - 1) * by.stride[i] + by.dilation[i] * (by.kernel[i] - 1) + 1
        widths.append((by.before[i], max(0, reach - side - by.before[i])))
    flat = tuple(width for pair in reversed(widths) for width in pair)
    if any(flat):
        x = F.pad(x, flat, value=fill)
    for i in range(n):
        axis = 2 + 2 * i
        places = np.arange(by.out[i])[:, None] * by.stride[i] + np.arange(by.kernel[i]) * by.dilation[i]
        x = taken(x, places, axis)
    return x, tuple(3 + 2 * i for i in range(n))


def of_sides(at: At, operation: str, n: int) -> Any:
    """An operation of so many sides."""
    if n not in (1, 2, 3):
        raise at.refuse(_("expected 1 to 3 dimensions besides rows and channels, got {found}").format(found=n))
    return getattr(F, f"{operation}{n}d")


@means("Conv", takes=f"group {MOVES}")
def _conv(at: At, x: Any, w: Any, b: Any = None) -> Any:
    by = window(at, x, w.shape[2:])
    padding = by.before if by.even else [0] * len(by.kernel)
    x = x if by.even else F.pad(x, around(by))
    return of_sides(at, "conv", w.ndim - 2)(x, w, b, by.stride, padding, by.dilation, at.get("group"))


@means("ConvTranspose", takes=f"group output_padding output_shape {MOVES}")
def _conv_transpose(at: At, x: Any, w: Any, b: Any = None) -> Any:
    kernel = list(w.shape[2:])
    n, sides = len(kernel), list(x.shape[2:])
    stride, dilation = list(at.get("strides") or [1] * n), list(at.get("dilations") or [1] * n)
    more, pads = list(at.get("output_padding") or [0] * n), list(at.get("pads") or [0] * 2 * n)
    said = at.get("kernel_shape")
    if n != x.ndim - 2 or (said and list(said) != kernel):
        raise at.refuse(_("its weights are of {found}, and kernel_shape says {said}").format(found=kernel, said=said))
    if (
        not len(stride) == len(dilation) == len(more) == len(pads) // 2 == n
        or min(*stride, *dilation) < 1
        or min(more) < 0
    ):
        raise at.refuse(_("its strides, dilations or pads do not fit a window of {kernel}").format(kernel=kernel))
    auto = at.one_of("auto_pad", "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER")
    whole_sides = [
        (side - 1) * s + d * (k - 1) + 1 for side, s, d, k in zip(sides, stride, dilation, kernel, strict=True)
    ]
    target = at.get("output_shape")
    if target is None and auto.startswith("SAME"):
        target = [side * s for side, s in zip(sides, stride, strict=True)]
    if target is not None:
        target = list(target)[-n:]
        for i in range(n):
            total = whole_sides[i] + more[i] - target[i]
            if auto.startswith("SAME"):
                total = max(total, 0)
            less, rest = total // 2, total - total // 2
            pads[i], pads[n + i] = (rest, less) if auto != "SAME_UPPER" else (less, rest)
    elif auto == "VALID":
        pads = [0] * 2 * n
    run = of_sides(at, "conv_transpose", n)
    group = at.get("group")
    out = [whole_sides[i] + more[i] - pads[i] - pads[n + i] for i in range(n)]
    roomy(at, [x.shape[0], w.shape[1] * group, *out])
    if (
        pads[:n] == pads[n:]
        and min(pads) >= 0
        and all(m < max(s, d) for m, s, d in zip(more, stride, dilation, strict=True))
    ):
        return run(x, w, b, stride, pads[:n], more, group, dilation)
    y = run(x, w, None, stride, [0] * n, [0] * n, group, dilation)
    grown = [(max(0, -pads[i]), max(0, more[i] - pads[n + i])) for i in range(n)]
    flat = tuple(width for pair in reversed(grown) for width in pair)
    y = F.pad(y, flat) if any(flat) else y
    index = tuple(slice(max(0, pads[i]), max(0, pads[i]) + out[i]) for i in range(n))
    y = y[(slice(None), slice(None), *index)]
    return y if b is None else tg.add(y, tg.reshape(b, (-1, *(1,) * n)))


@means("MaxPool", takes=f"ceil_mode storage_order {MOVES}", gives=2)
def _max_pool(at: At, x: Any) -> Any:
    by = window(at, x, at.get("kernel_shape"))
    n = len(by.kernel)
    simple = x.dtype.kind == "f" and by.even and by.small and n <= 3 and 0 not in x.shape
    if at.outputs == 1 and simple:
        return of_sides(at, "max_pool", n)(x, by.kernel, by.stride, by.before, by.dilation, bool(at.get("ceil_mode")))
    lowest = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    found, axes = seen(x, by, lowest)
    y = tg.amax(found, axes) if isinstance(x, Tensor) and x.dtype.kind == "f" else np.max(array_of(found), axes)
    return y if at.outputs == 1 else (y, _places(at, x, by, array_of(found), axes))


def _places(at: At, x: Any, by: Window, found: Any, axes: tuple[int, ...]) -> Any:
    """Where each largest element stands in x, counted along its rows or its columns."""
    n = len(by.kernel)
    flat = np.moveaxis(found, axes, range(-n, 0)).reshape(*x.shape[:2], *by.out, -1)
    inside = np.ones((*by.out, *by.kernel), np.bool_)
    parts = []
    for i, side in enumerate(x.shape[2:]):
        place = np.arange(by.out[i])[:, None] * by.stride[i] + np.arange(by.kernel[i]) * by.dilation[i] - by.before[i]
        shape = [1] * 2 * n
        shape[i], shape[n + i] = by.out[i], by.kernel[i]
        parts.append(np.clip(place, 0, side - 1).reshape(shape))
        inside &= ((place >= 0) & (place < side)).reshape(shape)
    inside = inside.reshape(*by.out, -1)
    best = np.where(inside, flat, flat.min() if flat.size else 0).max(-1, keepdims=True)
    chosen = np.argmax((flat == best) & inside, -1)
    sides = tuple(x.shape[2:])
    if at.get("storage_order"):
        parts, sides = parts[::-1], sides[::-1]
    place = np.ravel_multi_index(tuple(np.broadcast_arrays(*parts)), sides).reshape(*by.out, -1)
    place = np.take_along_axis(np.broadcast_to(place, flat.shape), chosen[..., None], -1)[..., 0]
    image = np.arange(x.shape[0] * x.shape[1]).reshape(*x.shape[:2], *(1,) * n) * prod(x.shape[2:])
    return (place + image).astype(np.int64)


@means("AveragePool", takes=f"ceil_mode count_include_pad {MOVES}")
def _average_pool(at: At, x: Any) -> Any:
    by = window(at, x, at.get("kernel_shape"))
    n, counted = len(by.kernel), bool(at.get("count_include_pad"))
    rounded = bool(at.attributes.get("ceil_mode"))
    if (
        by.even
        and by.small
        and n <= 3
        and all(d == 1 for d in by.dilation)
        and x.dtype != np.float16
        and 0 not in x.shape
    ):
        return of_sides(at, "avg_pool", n)(x, by.kernel, by.stride, by.before, rounded, counted)
    found, axes = seen(x, by, 0.0)
    share = np.ones((), np.float64)
    for i, side in enumerate(x.shape[2:]):
        place = np.arange(by.out[i])[:, None] * by.stride[i] + np.arange(by.kernel[i]) * by.dilation[i] - by.before[i]
        low, high = (-by.before[i], side + by.after[i]) if counted else (0, side)
        share = np.asarray(share)[..., None] * ((place >= low) & (place < high)).sum(1)
    return tg.div(tg.sum(found, axes), np.maximum(share, 1).astype(x.dtype))


@means("LpPool", takes=f"p ceil_mode {MOVES}")
def _lp_pool(at: At, x: Any) -> Any:
    found, axes = seen(x, window(at, x, at.get("kernel_shape")), 0.0)
    return _norm(found, float(at.get("p")), axes)


def _norm(x: Any, p: float, axes: Any, keep: bool = False) -> Any:
    if p == 1:
        return tg.sum(tg.abs(x), axes, keep)
    if p == 2:
        return tg.sqrt(tg.sum(tg.mul(x, x), axes, keep))
    return tg.pow(tg.sum(tg.pow(tg.abs(x), p), axes, keep), 1 / p)


@means("GlobalLpPool", takes="p")
def _global_lp(at: At, x: Any) -> Any:
    return _norm(x, float(at.get("p")), tuple(range(2, x.ndim)), True)


@means("GlobalAveragePool")
def _global_average(at: At, x: Any) -> Any:
    return tg.mean(x, tuple(range(2, x.ndim)), True)


@means("GlobalMaxPool")
def _global_max(at: At, x: Any) -> Any:
    return tg.amax(x, tuple(range(2, x.ndim)), True)


@means("Col2Im", takes="dilations pads strides", fixed=[1, 2])
def _col2im(at: At, x: Any, image: Any, block: Any) -> Any:
    sides, kernel = whole(image), whole(block)
    n = len(sides)
    stride, dilation = at.get("strides") or [1] * n, at.get("dilations") or [1] * n
    pads = at.get("pads") or [0] * 2 * n
    channels = x.shape[1] // prod(kernel)
    roomy(at, [x.shape[0], channels, *sides])
    out, parts = [], []
    wide = [side + pads[i] + pads[n + i] for i, side in enumerate(sides)]
    for i in range(n):
        count = (wide[i] - dilation[i] * (kernel[i] - 1) - 1) // stride[i] + 1
        out.append(count)
        shape = [1] * 2 * n
        shape[i], shape[n + i] = kernel[i], count
        parts.append((np.arange(kernel[i])[:, None] * dilation[i] + np.arange(count) * stride[i]).reshape(shape))
    place = np.ravel_multi_index(np.broadcast_arrays(*parts), wide).reshape(-1)
    flat = tg.zeros((x.shape[0], channels, prod(wide)), dtype=x.dtype)
    values = tg.reshape(x, (x.shape[0], channels, len(place)))
    y = tg.index_add(flat, 2, place, values)
    y = tg.reshape(y, (x.shape[0], channels, *wide))
    return y[(slice(None), slice(None), *(slice(pads[i], pads[i] + side) for i, side in enumerate(sides)))]


__all__ = ["EVERY", "Window", "around", "of_sides", "seen", "window"]
