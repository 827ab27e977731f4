"""Images read at places between their pixels: what a spatial transformer does (Jaderberg et al., 2015)."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.comparison import where
from tinygrad_fr.ops.outside import constant, dtype_of
from tinygrad_fr.ops.overloads import function
from tinygrad_fr.ops.shape import reshape_to

MODES, PADDINGS = ("bilinear", "nearest"), ("zeros", "border", "reflection")


def _axis(size: int, align_corners: bool, dtype: Any) -> Any:
    """Centres of pixels from −1 to 1, or the ends of the axis at the first and last pixel."""
    steps = np.linspace(-1, 1, size) if align_corners and size > 1 else (2 * np.arange(size) + 1) / size - 1
    return (steps if size > 1 or not align_corners else np.zeros(1)).astype(dtype)


@function
def affine_grid(theta: Any, size: Any, align_corners: bool = False) -> Any:
    """Places (N, H, W, 2) where affine maps (N, 2, 3) send the pixels of images of a size (N, C, H, W).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.affine_grid(tg.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]), (1, 1, 1, 2))
        tensor([[[[-0.5000,  0.0000],
                  [ 0.5000,  0.0000]]]])
    """
    n, _channels, height, width = size
    dtype = dtype_of(theta)
    xs, ys = np.meshgrid(_axis(width, align_corners, dtype), _axis(height, align_corners, dtype))
    base = np.stack([xs, ys, np.ones_like(xs)], -1).reshape(1, -1, 3)
    found = constant(np.ascontiguousarray(np.broadcast_to(base, (n, *base.shape[1:])))) @ theta.mT
    return reshape_to(found, (n, height, width, 2))


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
    """Images (N, C, H, W) read at places (N, H', W', 2) given as (x, y) from −1 to 1 → (N, C, H', W').

    Args:
        input: the images.
        grid: the places.
        mode: ``"bilinear"`` or ``"nearest"``.
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
    n, channels, height, width = input.shape
    places = []
    for axis, side in enumerate((width, height)):
        x = grid[..., axis]
        x = (x + 1) / 2 * (side - 1) if align_corners else ((x + 1) * side - 1) / 2
        if padding_mode == "reflection":
            x = _reflected(x, 0.0, side - 1.0) if align_corners else _reflected(x, -0.5, side - 0.5)
        if padding_mode != "zeros":
            x = where((x > 0) & (x < side - 1), x, x.detach().clamp(0, side - 1))  # no gradient from the border itself
        places.append(x)
    flat = reshape_to(input, (n, channels, height * width))

    def read(column: Any, row: Any) -> Any:
        inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
        at = (row.clamp(0, height - 1) * width + column.clamp(0, width - 1)).long()
        index = reshape_to(at, (n, 1, -1)).expand(n, channels, at.shape[1] * at.shape[2])
        found = reshape_to(flat.gather(2, index), (n, channels, *at.shape[1:]))
        return found * inside.to(found.dtype).unsqueeze(1)

    x, y = places
    if mode == "nearest":
        return read(x.detach().round(), y.detach().round())
    left, top = x.detach().floor(), y.detach().floor()
    total: Any = None
    for dy in (0, 1):
        for dx in (0, 1):
            share = (x - left if dx else left + 1 - x) * (y - top if dy else top + 1 - y)
            part = read(left + dx, top + dy) * share.unsqueeze(1)
            total = part if total is None else total + part
    return total
