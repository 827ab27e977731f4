"""Images sampled between their pixels, as in a spatial transformer (Jaderberg et al., 2015)."""

from __future__ import annotations

from functools import partial
from itertools import product
from math import prod
from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import refusal
from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.comparison import where
from tinygrad_fr.ops.shapes.shape import reshape_to
from tinygrad_fr.ops.shared.overloads import function
from tinygrad_fr.ops.shared.untracked import constant, dtype_of

MODES, PADDINGS = ("bilinear", "nearest", "bicubic"), ("zeros", "border", "reflection")


def _axis(size: int, align_corners: bool, dtype: Any) -> Any:
    """Centres of pixels from −1 to 1, or the ends of the axis at the first and last pixel."""
    steps = np.linspace(-1, 1, size) if align_corners and size > 1 else (2 * np.arange(size) + 1) / size - 1
    return (steps if size > 1 or not align_corners else np.zeros(1)).astype(dtype)


@function
def affine_grid(theta: Any, size: Any, align_corners: bool = False) -> Any:
    """Places (N, H, W, 2) where affine maps (N, 2, 3) send the pixels of images of a size (N, C, H, W); so for volumes.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.affine_grid(tg.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]), (1, 1, 1, 2))
        tensor([[[[-0.5000,  0.0000],
                  [ 0.5000,  0.0000]]]])
    """
    n, _channels, *sides = size
    dims = len(sides)
    if dims not in (2, 3) or tuple(theta.shape) != (n, dims, dims + 1):
        raise refusal("affine_grid", tr("maps (N, 2, 3) of images, or (N, 3, 4) of volumes"), tuple(theta.shape))
    dtype = dtype_of(theta)
    axes = np.meshgrid(*(_axis(side, align_corners, dtype) for side in sides), indexing="ij")
    base = np.stack([*reversed(axes), np.ones_like(axes[0])], -1).reshape(1, -1, dims + 1)
    found = constant(np.ascontiguousarray(np.broadcast_to(base, (n, *base.shape[1:])))) @ theta.mT
    return reshape_to(found, (n, *sides, dims))


def _reflected(x: Any, low: float, high: float) -> Any:
    """Places mirrored until they lie between two bounds."""
    if low == high:
        return x * 0
    span = high - low
    away = (x - low).abs()
    flips = (away / span).detach().floor()
    extra = away - flips * span
    return where(flips % 2 == 0, extra + low, high - extra)


@function
def grid_sample(
    input: Any, grid: Any, mode: str = "bilinear", padding_mode: str = "zeros", align_corners: bool | None = None
) -> Any:
    """Images (N, C, H, W) read at places (N, H', W', 2) given as (x, y) from −1 to 1 → (N, C, H', W'); volumes so too.

    Args:
        input: the images.
        grid: the places.
        mode: ``"bilinear"``, ``"nearest"``, or ``"bicubic"`` for images.
        padding_mode: what lies outside: ``"zeros"``, the ``"border"``, or a ``"reflection"``.
        align_corners: whether −1 and 1 are the centres of the outermost pixels, not their edges.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> image = tg.tensor([[[[1.0, 3.0]]]])
        >>> F.grid_sample(image, tg.tensor([[[[0.0, 0.0]]]]), align_corners=True)  # between the two pixels
        tensor([[[[2.]]]])
    """
    if mode not in MODES or padding_mode not in PADDINGS:
        raise UsageError(
            tr("grid_sample: expected mode {modes} and padding_mode {paddings}, got “{mode}” and “{padding}”").format(
                modes=" | ".join(MODES), paddings=" | ".join(PADDINGS), mode=mode, padding=padding_mode
            )
        )
    n, channels, *sides = input.shape
    dims = len(sides)
    if dims not in (2, 3) or len(grid.shape) != dims + 2 or grid.shape[0] != n or grid.shape[-1] != dims:
        raise refusal(
            "grid_sample", tr("places (N, H, W, 2) of images, or (N, D, H, W, 3) of volumes"), tuple(grid.shape)
        )
    if mode == "bicubic" and dims == 3:
        raise UsageError(
            tr("grid_sample: bicubic is for images (N, C, H, W), got shape {shape}").format(shape=tuple(input.shape))
        )
    across = sides[::-1]  # a place is given as x, y (and z)
    kept = partial(_kept, padding_mode=padding_mode, align_corners=align_corners)
    read = partial(_read, reshape_to(input, (n, channels, prod(sides))), across)
    places = []
    for axis, side in enumerate(across):
        x = grid[..., axis]
        places.append((x + 1) / 2 * (side - 1) if align_corners else ((x + 1) * side - 1) / 2)
    if mode == "bicubic":  # whose neighbours are brought inside, not the place itself
        return _cubic(places, across, kept, read)
    places = [kept(x, side) for x, side in zip(places, across, strict=True)]
    if mode == "nearest":
        return read([x.detach().round() for x in places])
    return _linear(places, read)


def _kept(x: Any, side: int, *, padding_mode: str, align_corners: bool | None) -> Any:
    """A place, brought inside by the padding."""
    if padding_mode == "reflection":
        x = _reflected(x, 0.0, side - 1.0) if align_corners else _reflected(x, -0.5, side - 0.5)
    if padding_mode != "zeros":
        x = where((x > 0) & (x < side - 1), x, x.detach().clamp(0, side - 1))  # no gradient from the border itself
    return x


def _read(flat: Any, across: Any, cells: Any) -> Any:
    """The elements of some cells of images (N, C, pixels) of some sides; 0 for those that lie outside."""
    n, channels, _pixels = flat.shape
    inside: Any = None
    at: Any = None
    step = 1
    for cell, side in zip(cells, across, strict=True):
        fits = (cell >= 0) & (cell < side)
        part = cell.clamp(0, side - 1).long() * step
        inside, at = (fits, part) if at is None else (inside & fits, at + part)
        step *= side
    index = reshape_to(at, (n, 1, prod(at.shape[1:]))).expand(n, channels, prod(at.shape[1:]))
    found = reshape_to(flat.gather(2, index), (n, channels, *at.shape[1:]))
    return found * inside.to(found.dtype).unsqueeze(1)


def _linear(places: Any, read: Any) -> Any:
    """The mean of the neighbours on either side of every axis, each weighed by how near it is."""
    first = [x.detach().floor() for x in places]
    total: Any = None
    for corner in product((0, 1), repeat=len(places)):
        beside = corner[::-1]  # x changes first
        share: Any = None
        for x, low, d in zip(places, first, beside, strict=True):
            part = x - low if d else low + 1 - x
            share = part if share is None else share * part
        part = read([low + d for low, d in zip(first, beside, strict=True)]) * share.unsqueeze(1)
        total = part if total is None else total + part
    return total


def _cubic(places: Any, across: Any, kept: Any, read: Any) -> Any:
    """Cubic convolution (Keys 1981) of the 4 × 4 neighbours, with a = −0.75."""
    a = -0.75

    def near(d: Any) -> Any:
        return ((a + 2) * d - (a + 3)) * d * d + 1

    def far(d: Any) -> Any:
        return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a

    first = [x.detach().floor() for x in places]
    shares = []
    for x, low in zip(places, first, strict=True):
        t = x - low
        shares.append([far(t + 1), near(t), near(1 - t), far(2 - t)])
    total: Any = None
    for j in range(4):
        row: Any = None
        for i in range(4):
            cells = [kept(low + k - 1, side) for low, k, side in zip(first, (i, j), across, strict=True)]
            part = read(cells) * shares[0][i].unsqueeze(1)
            row = part if row is None else row + part
        part = row * shares[1][j].unsqueeze(1)
        total = part if total is None else total + part
    return total
