"""Images resized: every mode but “nearest” is a product with one matrix along each dimension."""

from __future__ import annotations

from functools import lru_cache
from math import floor, prod
from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import here
from tinygrad_fr.errors import ShapeError, UsageError
from tinygrad_fr.lazy_imports import imported
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.definition import Array, composite, registry
from tinygrad_fr.ops.indexing.subscripts import getitem
from tinygrad_fr.ops.products import matmul
from tinygrad_fr.ops.shapes.permutation import movedim
from tinygrad_fr.ops.shapes.shape import reshape_to
from tinygrad_fr.ops.shared.arrangement import arranged_alike
from tinygrad_fr.ops.shared.kinds import FLOATS, takes
from tinygrad_fr.ops.shared.overloads import function
from tinygrad_fr.ops.shared.untracked import computed, constant, dtype_of
from tinygrad_fr.sampling import Draw, Sample

_RANKS = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}
_KINDS = ("nearest", "nearest-exact", *_RANKS, "area")


def _positions(side: int, size: int, scale: float | None, align_corners: bool) -> Any:
    """Where each output element lies in the input."""
    if align_corners:
        return np.arange(size) * ((side - 1) / (size - 1) if size > 1 else 0.0)
    step = 1 / scale if scale else side / size
    return (np.arange(size) + 0.5) * step - 0.5


@lru_cache(maxsize=64)
def _nearest(side: int, size: int, scale: float | None, exact: bool) -> Any:
    """The input's element that each of the output is; many calls share the table: nobody writes to it."""
    step: Any = np.float32(1 / scale if scale else side / size)
    if exact:  # multiplied and subtracted in one rounding to single precision, as PyTorch's
        places = ((np.arange(size) + 0.5) * np.float64(step) - 0.5).astype(np.float32)
        places = np.maximum(places, np.float32(0)) + np.float32(0.5)
    else:  # three times 5/3 are 5 in single precision
        places = np.float32(np.arange(size)) * step
    at = np.minimum(np.floor(places).astype(np.int64), side - 1)
    at.flags.writeable = False
    return at


@lru_cache(maxsize=64)
def _matrix(cubic: bool, side: int, size: int, scale: float | None, align_corners: bool, dtype: Any) -> Any:
    """What the input's elements are multiplied by along a dimension; many calls share it: nobody writes to it."""
    matrix = (_cubic if cubic else _linear)(side, size, scale, align_corners).astype(dtype)
    matrix.flags.writeable = False
    return matrix


def _linear(side: int, size: int, scale: float | None, align_corners: bool) -> Any:
    at = np.maximum(_positions(side, size, scale, align_corners), 0)
    low = np.minimum(at.astype(np.int64), side - 1)
    part = at - low
    matrix = np.zeros((size, side))
    np.add.at(matrix, (np.arange(size), low), 1 - part)
    np.add.at(matrix, (np.arange(size), np.minimum(low + 1, side - 1)), part)
    return matrix


def _cubic(side: int, size: int, scale: float | None, align_corners: bool) -> Any:
    """Cubic convolution (Keys 1981) with a = −0.75, PyTorch's choice."""
    at = _positions(side, size, scale, align_corners)
    low = np.floor(at).astype(np.int64)
    matrix = np.zeros((size, side))
    a = -0.75
    for k in range(-1, 3):
        d = np.abs(at - low - k)
        near = ((a + 2) * d - (a + 3)) * d * d + 1
        far = ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
        np.add.at(matrix, (np.arange(size), np.clip(low + k, 0, side - 1)), np.where(d <= 1, near, far))
    return matrix


def _resize_sample(draw: Draw) -> Sample:
    mode = draw.choice(["bilinear", "nearest", "bicubic"])
    x = draw.array((1, 1, draw.integer(2, 3), draw.integer(2, 3)))
    return Sample((x,), {"size": (draw.integer(1, 5), draw.integer(1, 5)), "mode": mode})


@composite(symbol="⤢", latex=r"y = M_1 \, x \, M_2^{\top}", sample=_resize_sample, method=False)
def resize(input: Array, size: Any, mode: str = "nearest", align_corners: bool = False, scales: Any = None) -> Array:
    """The last dimensions stretched to a size.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.resize(tg.tensor([[[1.0, 2.0]]]), (4,))
        tensor([[[1., 1., 2., 2.]]])
        >>> tg.resize(tg.tensor([[[0.0, 4.0]]]), (3,), mode="linear", align_corners=True)
        tensor([[[0., 2., 4.]]])
    """
    n = len(size)
    factors: Any = scales or (None,) * n
    for d in range(n):
        side, length = input.shape[d - n], size[d]
        if mode.startswith("nearest"):
            at = _nearest(side, length, factors[d], mode == "nearest-exact")
            input = _contiguous(getitem(input, (Ellipsis, at, *(slice(None),) * (n - 1 - d))))
        else:
            matrix = _matrix(mode == "bicubic", side, length, factors[d], align_corners, dtype_of(input))
            input = _contiguous(movedim(matmul(movedim(input, d - n, -1), matrix.T), -1, d - n))
    return input


def _contiguous(x: Any) -> Any:
    """The same elements, one after the other in memory."""
    return reshape_to(reshape_to(x, (-1,)), tuple(x.shape))


def _sides(shape: tuple[int, ...], n: int) -> tuple[int, int, int]:
    """Images (N, H, W) of an input with so many dimensions that are stretched, two at most: a line is an image of one row."""
    return prod(shape[:-n]), shape[-2] if n == 2 else 1, shape[-1]


def _tables(shape: tuple[int, ...], size: Any, mode: str, scales: Any) -> list[Any]:
    """The rows and the columns that are the nearest ones."""
    n = len(size)
    found = [_nearest(shape[d - n], size[d], scales[d] if scales else None, mode == "nearest-exact") for d in range(n)]
    return found if n == 2 else [_nearest(1, 1, None, False), *found]


def _resize_forward(input: Array, size: Any, mode: str, align_corners: bool, scales: Any) -> tuple[Array, None]:
    """The nearest elements of lines and images by one kernel; anything else by the equations, on arrays."""
    n = len(size)
    if not mode.startswith("nearest") or n > 2 or input.dtype.char not in "fd" or not input.size:
        return resize.equations(input, size, mode, align_corners, scales), None
    x = np.ascontiguousarray(input).reshape(_sides(input.shape, n))
    y = imported("tinygrad_fr.kernels.images.resizing").chosen(x, *_tables(input.shape, size, mode, scales))
    return y.reshape(*input.shape[:-n], *size), None


def _resize_backward(
    g: Array, saved: None, needs: int, input: Array, size: Any, mode: str, align_corners: bool, scales: Any
) -> tuple[Array]:
    n, shape = len(size), input.shape
    if not mode.startswith("nearest"):
        for d in reversed(range(n)):
            factor = scales[d] if scales else None
            matrix = _matrix(mode == "bicubic", shape[d - n], size[d], factor, align_corners, g.dtype)
            g = np.moveaxis(np.moveaxis(g, d - n, -1) @ matrix, -1, d - n)
        return (np.ascontiguousarray(g),)
    if n > 2 or g.dtype.char not in "fd" or not input.size:
        return (_spread_back(g, shape, size, mode, scales),)
    sent = np.ascontiguousarray(g).reshape(_sides(g.shape, n))
    tables = _tables(shape, size, mode, scales)
    back = imported("tinygrad_fr.kernels.images.resizing").added(sent, *tables, *_sides(shape, n)[1:])
    return (back.reshape(shape),)


def _spread_back(g: Array, shape: tuple[int, ...], size: Any, mode: str, scales: Any) -> Array:
    """Each number added to the element that it was, one dimension after the other."""
    n = len(size)
    for d in reversed(range(n)):
        at = _nearest(shape[d - n], size[d], scales[d] if scales else None, mode == "nearest-exact")
        moved = np.moveaxis(g, d - n, 0)
        found = np.zeros((shape[d - n], *moved.shape[1:]), g.dtype)
        np.add.at(found, at, moved)
        g = np.moveaxis(found, 0, d - n)
    return np.ascontiguousarray(g)


resize.fused(_resize_forward, _resize_backward)


def _bytes(x: Any, size: Any, mode: str, align_corners: bool, scales: Any) -> Any:
    """Bytes resized in integers, as PyTorch does it: weights of 15 bits, rounded after each dimension, the last one first."""
    make = _cubic if mode == "bicubic" else _linear
    for d in (1, 0):
        side = x.shape[d - 2]
        if side == size[d]:
            continue
        matrix = make(side, size[d], scales[d], align_corners)
        bits = next(b for b in range(22) if int(0.5 + matrix.max() * 2 ** (b + 1)) >= 2**15)
        whole = np.trunc(matrix * 2**bits + np.copysign(0.5, matrix)).astype(np.int64)
        found = np.moveaxis(x, d - 2, -1).astype(np.int64) @ whole.T
        x = np.moveaxis(np.clip((found + 2 ** (bits - 1)) >> bits, 0, 255).astype(np.uint8), -1, d - 2)
    return np.ascontiguousarray(x)


@function
@arranged_alike
def interpolate(
    input: Any,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Any:
    """Images (N, C, …) stretched to a size or by a factor: nearest, nearest-exact, linear, bilinear, bicubic, trilinear, area.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> x = tg.tensor([[[1.0, 3.0]]])
        >>> F.interpolate(x, scale_factor=2).tolist()
        [[[1.0, 1.0, 3.0, 3.0]]]
        >>> F.interpolate(x, size=3, mode="linear", align_corners=True).tolist()
        [[[1.0, 2.0, 3.0]]]
    """
    n = len(input.shape) - 2
    if mode not in _KINDS or antialias:
        raise UsageError(
            tr("interpolate: expected a mode among {modes}, without antialias, got “{found}” ({where})").format(
                modes=", ".join(_KINDS), found=mode, where=here()
            )
        )
    if n < 1 or n > 3 or _RANKS.get(mode, n) != n:
        raise ShapeError(
            tr("interpolate: mode “{mode}” does not fit an input of shape {shape} ({where})").format(
                mode=mode, shape=tuple(input.shape), where=here()
            )
        )
    takes("interpolate", input, *FLOATS, *(("uint8",) if mode.startswith(("nearest", "bi")) else ()))
    if (size is None) == (scale_factor is None):
        raise UsageError(tr("interpolate: expected either size or scale_factor ({where})").format(where=here()))
    if align_corners is not None and mode not in _RANKS:
        raise UsageError(
            tr("interpolate: align_corners means nothing for mode “{mode}” ({where})").format(mode=mode, where=here())
        )
    sides = tuple(input.shape[2:])
    scales = None
    if size is not None:
        size = (size,) * n if isinstance(size, int) else tuple(size)
    else:
        scales = (scale_factor,) * n if isinstance(scale_factor, int | float) else tuple(scale_factor)
        size = tuple(floor(side * s) for side, s in zip(sides, scales, strict=True))
        scales = None if recompute_scale_factor else scales
    if len(size) != n or min(size) < 1:
        raise ShapeError(
            tr("interpolate: expected {n} positive sizes, got {found} ({where})").format(n=n, found=size, where=here())
        )
    if mode == "area":
        return registry[f"adaptive_avg_pool{n}d"](input, size)
    if dtype_of(input) == np.uint8 and not mode.startswith("nearest"):
        return constant(computed(lambda x: _bytes(x, size, mode, bool(align_corners), scales or (None, None)), input))
    return resize(input, size, mode, bool(align_corners), scales)


@function
def upsample_bilinear(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """Bilinear :func:`interpolate` with aligned corners.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.upsample_bilinear(tg.tensor([[[[0.0, 2.0], [4.0, 6.0]]]]), 3).tolist()
        [[[[0.0, 1.0, 2.0], [2.0, 3.0, 4.0], [4.0, 5.0, 6.0]]]]
    """
    return interpolate(input, size, scale_factor, "bilinear", True)


@function
def upsample_nearest(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """Nearest :func:`interpolate`.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.upsample_nearest(tg.tensor([[[[1.0, 2.0]]]]), scale_factor=2).tolist()
        [[[[1.0, 1.0, 2.0, 2.0], [1.0, 1.0, 2.0, 2.0]]]]
    """
    return interpolate(input, size, scale_factor)
