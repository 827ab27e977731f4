"""Shortcuts of the normalisations: value and first derivative in a few passes, proven equal to the equations.

All four view their input as (N, A, B, S): A · B channels, and S elements of each channel in a sample. Batch normalisation goes over
N and S, with B = 1; the others go over B and S, separately for samples and groups.
"""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import Any, NamedTuple

import numpy as np

from tinygrad_fr.devices.layout import like
from tinygrad_fr.lazy_imports import imported
from tinygrad_fr.ops import normalization
from tinygrad_fr.ops.definition import Array
from tinygrad_fr.ops.normalization import Statistics, batch_sides, group_sides, least_square, own_shape
from tinygrad_fr.ops.shared.known import Known
from tinygrad_fr.ops.softmax import ROWS_KERNEL_SIZE
from tinygrad_fr.sums import added

SHORT = 16  # elements of a channel: numpy's passes over all runs beat a kernel's start of each


class _Seen(NamedTuple):
    """How an input is normalised."""

    sides: tuple[int, int, int, int]
    eps: float
    way: str  # by rows, by columns or by runs
    over_batch: bool = False
    centred: bool = True

    @property
    def plainly(self) -> tuple[tuple[int, ...], Any, tuple[int, ...], Any]:
        """The same for numpy's passes, in the fewest dimensions: a shape, what is averaged over, a weight's shape, what its gradient adds up."""
        n, a, b, s = self.sides
        if self.over_batch:
            return ((n, a), 0, (a,), 0) if s == 1 else ((n, a, s), (0, 2), (a, 1), (0, 2))
        return ((n, b), 1, (b,), 0) if a == s == 1 else (self.sides, (2, 3), (a, b, 1), (0, 3))


def _layer(x: Array, w: Any, normalized_shape: Any, eps: float) -> _Seen:
    own = prod(own_shape(x, w, normalized_shape, "layer_norm"))
    return _Seen((x.size // max(own, 1), 1, own, 1), eps, "rows")


def _rms(x: Array, w: Any, normalized_shape: Any, eps: float | None) -> _Seen:
    own = prod(own_shape(x, w, normalized_shape, "rms_norm"))
    return _Seen((x.size // max(own, 1), 1, own, 1), least_square(x) if eps is None else eps, "rows", centred=False)


def _group(x: Array, _w: Any, num_groups: int, eps: float) -> _Seen:
    sides = group_sides(x, num_groups)
    return _Seen(sides, eps, "rows" if sides[1] == sides[3] == 1 else "runs")


def _batch(x: Array, _w: Any, eps: float) -> _Seen:
    n, c, s = batch_sides(x)
    return _Seen((n, c, 1, s), eps, "columns" if s == 1 else "runs", over_batch=True)


def _kernels(x: Array, seen: _Seen) -> Any:
    """The kernels, where they pay."""
    if x.size < ROWS_KERNEL_SIZE or x.dtype.char not in "fd" or (seen.way == "runs" and seen.sides[3] < SHORT):
        return None
    return imported("tinygrad_fr.kernels.layers.normalization")


def _read(seen: _Seen, x: Array, w: Any, b: Any) -> tuple[Array, Array, Array]:
    """Arrays of one dtype, contiguous; no weight is ones, no bias zeros."""
    dtype = x.dtype
    if (w is not None and w.dtype is not dtype) or (b is not None and b.dtype is not dtype):
        dtype = np.result_type(*(a for a in (x, w, b) if a is not None))
    channels = seen.sides[1] * seen.sides[2]
    return _laid(x, dtype), _per_channel(w, 1, channels, dtype), _per_channel(b, 0, channels, dtype)


def _laid(x: Array, dtype: Any) -> Array:
    return x if x.dtype is dtype and x.flags.c_contiguous else np.ascontiguousarray(x, dtype)


def _per_channel(x: Any, number: int, channels: int, dtype: Any) -> Array:
    """A weight in one dimension; where there is none, a number for every channel."""
    if x is None:
        return (_filled if channels <= _FEW else _filled.__wrapped__)(number, channels, dtype)
    laid = _laid(x, dtype)
    return laid if laid.ndim == 1 else laid.reshape(-1)


_FEW = 4096  # channels: more numbers are not worth the memory that keeping them takes


@lru_cache(maxsize=64)
def _filled(number: int, channels: int, dtype: Any) -> Array:
    """A number for every channel, which many calls share: nobody writes to it."""
    return np.full(channels, number, dtype)


def _wide(x: Any) -> Any:
    """Halves in single precision, whose squares do not overflow, as PyTorch's."""
    return x.astype(np.float32) if x is not None and x.dtype.char == "e" else x


def _forward(seen: _Seen, x: Array, w: Any, b: Any) -> tuple[Array, Any]:
    """The result; the means and one over the deviations, which backward needs."""
    if x.dtype.char == "e":
        y, saved = _forward(seen, *map(_wide, (x, w, b)))
        return y.astype(x.dtype), saved
    kernels, way = _kernels(x, seen), seen.way
    if kernels is None:
        return _plain_forward(seen, x, w, b)
    shape = x.shape
    x, w, b = _read(seen, x, w, b)
    if way == "rows":
        y, mean, rate = kernels.rows_forward(_seen_as(x, (-1, w.size)), w, b, seen.eps, seen.centred)
        return _seen_as(y, shape), Statistics(mean, rate, None)
    if way == "columns":
        y, *saved = kernels.columns_forward(_seen_as(x, (-1, w.size)), w, b, seen.eps)
    else:
        y, *saved = kernels.runs_forward(x.reshape(seen.sides), w, b, seen.eps, seen.over_batch)
    return _seen_as(y, shape), Statistics(*saved)


def _backward(seen: _Seen, g: Array, saved: Any, x: Array, w: Any) -> tuple[Array, Array, Array]:
    if x.dtype.char == "e":
        dx, dw, db = _backward(seen, _wide(g), saved, _wide(x), _wide(w))
        return dx.astype(x.dtype), dw.astype(x.dtype), db.astype(x.dtype)
    shape, own = x.shape, np.shape(w)
    kernels, way = _kernels(x, seen), seen.way
    if kernels is None:
        dx, dw, db = _plain_backward(seen, g, saved, x, w)
    else:
        x, w, _b = _read(seen, x, w, None)
        sides = seen.sides if way == "runs" else (-1, w.size)
        g, x = _seen_as(np.ascontiguousarray(g, x.dtype), sides), _seen_as(x, sides)
        if way == "rows":
            dx, dw, db = kernels.rows_backward(g, x, w, *saved[:2], seen.centred)
        elif way == "columns":
            dx, dw, db = kernels.columns_backward(g, x, w, *saved[:2])
        else:
            dx, dw, db = kernels.runs_backward(g, x, w, *saved[:2], seen.over_batch)
    return _seen_as(dx, shape), dw.reshape(own) if own else dw, db


def _seen_as(x: Array, sides: tuple[int, ...]) -> Array:
    """An array with other sides; itself where it has them, since a view costs more than the question."""
    return x if len(sides) == x.ndim == 2 and x.shape[1] == sides[1] else x.reshape(sides)


def _mean(x: Array, axes: Any, keepdims: bool = True) -> Array:
    """Means over some dimensions; those of no elements at all are NaN."""
    total = added(x, axes, keepdims)
    return np.asarray(total / x.dtype.type(x.size // max(total.size, 1)))


def _plain_forward(seen: _Seen, x: Array, w: Any, b: Any) -> tuple[Array, Any]:
    whole = x.shape
    shape, axes, wide, _over = seen.plainly
    x = x.reshape(shape)
    mean = _mean(x, axes) if seen.centred else x.dtype.type(0)
    y = x - mean
    variance = _mean(y * y, axes)
    rate = 1 / np.sqrt(variance + x.dtype.type(seen.eps))
    y *= rate
    if w is not None:
        y *= w.reshape(wide)
    if b is not None:
        y += b.reshape(wide)
    return y.reshape(whole), Statistics(mean, rate, variance)


def _plain_backward(seen: _Seen, g: Array, saved: Any, x: Array, w: Any) -> tuple[Array, Array, Array]:
    whole = x.shape
    shape, axes, wide, over = seen.plainly
    g, x = g.reshape(shape), x.reshape(shape)
    mean, rate = saved[0], saved[1]
    own = x - mean
    own *= rate
    weighted = g if w is None else g * w.reshape(wide)
    dx = weighted - own * _mean(weighted * own, axes)
    if seen.centred:
        dx -= _mean(weighted, axes)
    dx *= rate
    return dx.reshape(whole), added(g * own, over).reshape(-1), added(g, over).reshape(-1)


def _shortcut(composite: Any, see: Any, of_channels: bool) -> None:
    """Name the shortcut of a normalisation, of its input, a weight, and a bias unless it has none."""

    known = Known(see)

    def forward(x: Array, w: Any, b: Any = None, **attrs: Any) -> tuple[Array, Any]:
        y, saved = _forward(known((x, w), attrs), x, w, b)
        y = np.asarray(y, order="C")
        return like(y, x) if of_channels else y, saved

    def backward(g: Array, saved: Any, needs: int, x: Array, w: Any, *b: Any, **attrs: Any) -> tuple[Any, ...]:
        dx, dw, db = _backward(known((x, w), attrs), g, saved, x, w)
        return (dx, None if w is None else dw, *(None if each is None else db.reshape(np.shape(each)) for each in b))

    def reads(node: Any, position: int) -> bool:
        """The input always, the weight for what the input is sent, of a bias the shape alone."""
        return position == 0 or (position == 1 and bool(node.needs & 1))

    backward.reads = reads  # type: ignore[attr-defined] # it is handed on to kernels, whose text is not followed
    composite.fused(forward, backward)


for _composite, _see, _of_channels in (
    (normalization.layer_norm_of, _layer, False),
    (normalization.rms_norm_of, _rms, True),
    (normalization.group_norm_of, _group, True),
    (normalization.batch_norm_of, _batch, True),
):
    _shortcut(_composite, _see, _of_channels)
