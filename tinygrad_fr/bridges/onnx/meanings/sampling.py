"""ONNX's GridSample: an image read between its elements, at places that a network may have computed."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr.bridges.onnx.meanings.meaning import At, array_of, means
from tinygrad_fr.locale import _

SHAPE = -0.75  # of the cubic, as torch's


@means("GridSample", takes="align_corners mode padding_mode")
def _grid_sample(at: At, x: Any, grid: Any) -> Any:
    mode = {"bilinear": "linear", "bicubic": "cubic"}.get(at.get("mode"), at.get("mode"))
    n = x.ndim - 2
    if mode not in ("nearest", "linear", "cubic") or grid.shape[-1] != n or (mode == "cubic" and n != 2):
        raise at.refuse(
            _("an image of shape {shape} is not read here by “{mode}”").format(
                shape=tuple(x.shape), mode=at.get("mode")
            )
        )
    border = at.one_of("padding_mode", "zeros", "border", "reflection")
    corners = bool(at.get("align_corners"))
    # Places in the image; the grid's last side counts from the image's last side.
    places = [_denormed(grid[..., n - 1 - i], x.shape[2 + i], corners) for i in range(n)]
    if mode == "cubic":
        return _read(x, [_cubic(place) for place in places], border, corners)
    if border == "border":
        places = [tg.clamp(place, 0.0, float(side - 1)) for place, side in zip(places, x.shape[2:], strict=True)]
    elif border == "reflection":
        places = [_reflected(place, side, corners) for place, side in zip(places, x.shape[2:], strict=True)]
    if mode == "nearest":
        near = [np.rint(array_of(place)).astype(np.int64) for place in places]
        return _read(x, [[(i, None)] for i in near], border, corners)
    sides = []
    for place in places:
        low = np.floor(array_of(place))
        share = tg.sub(place, low)
        first = low.astype(np.int64)
        sides.append([(first, tg.sub(1.0, share)), (first + 1, share)])
    return _read(x, sides, border, corners)


def _denormed(place: Any, side: int, corners: bool) -> Any:
    if corners:
        return tg.mul(tg.add(place, 1.0), (side - 1) / 2)
    return tg.div(tg.sub(tg.mul(tg.add(place, 1.0), float(side)), 1.0), 2.0)


def _reflected(place: Any, side: int, corners: bool) -> Any:
    """A place thrown back at both ends, as often as it takes."""
    low, high = (0.0, side - 1.0) if corners else (-0.5, side - 0.5)
    span = high - low
    if span == 0:
        return tg.mul(place, 0.0)
    far = tg.abs(tg.sub(place, low))
    turns = np.floor(array_of(far) / span)
    rest = tg.sub(far, turns * span)
    found = tg.where(turns % 2 == 0, tg.add(rest, low), tg.sub(high, rest))
    return tg.clamp(found, 0.0, float(side - 1))


def _cubic(place: Any) -> list[tuple[Any, Any]]:
    """Four neighbours of each place, and what each counts."""
    low = np.floor(array_of(place))
    t = tg.sub(place, low)
    first = low.astype(np.int64)

    def outer(d: Any) -> Any:
        return ((d * SHAPE - 5 * SHAPE) * d + 8 * SHAPE) * d - 4 * SHAPE

    def inner(d: Any) -> Any:
        return (d * (SHAPE + 2) - (SHAPE + 3)) * d * d + 1

    shares = [outer(t + 1.0), inner(t), inner(1.0 - t), outer(2.0 - t)]
    return [(first + i - 1, share) for i, share in enumerate(shares)]


def _read(x: Any, sides: list[Any], border: str, corners: bool) -> Any:
    """Sums over the neighbours of every place: the products of what they count in each side, times their values."""
    total = None
    rows = np.arange(x.shape[0]).reshape(-1, *(1,) * (sides[0][0][0].ndim - 1))
    for choice in product(*sides):
        inside = np.ones(choice[0][0].shape, np.bool_)
        index, share = [], None
        for (place, part), side in zip(choice, x.shape[2:], strict=True):
            if border == "zeros":
                inside &= (place >= 0) & (place < side)
            elif border == "reflection":
                place = array_of(_reflected(place.astype(np.float64), side, corners)).round().astype(np.int64)
            index.append(np.clip(place, 0, side - 1))
            share = part if share is None or part is None else tg.mul(share, part)
        found = x[(rows, slice(None), *index)]  # (N, out …, C) by numpy, channels where torch leaves them
        found = _channels_second(found, x)
        weight = inside.astype(x.dtype) if share is None else tg.mul(share, inside.astype(x.dtype))
        part = tg.mul(found, weight[:, None])
        total = part if total is None else tg.add(total, part)
    return total


def _channels_second(found: Any, x: Any) -> Any:
    return tg.moveaxis(found, -1, 1)
