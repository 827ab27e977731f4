"""Shortcuts of the normalisations: value and first derivative in a few passes, proven equal to the equations.

All four view their input as (N, A, B, S): A · B channels, and S elements of each channel in a sample. Batch normalisation goes over
N and S, with B = 1; the others go over B and S, separately for samples and groups.
"""

from __future__ import annotations

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


class _Plan(NamedTuple):
    """What calls on arrays of one form share.

    Attributes:
        seen: how the input is normalised.
        kernels: what does it, None for numpy's passes.
        sides: with which a kernel sees the input.
        dtype: of input and weight together, halves in single precision.
        one: a weight where there is none, and a bias likewise; nobody writes to them. Those of many channels are made for each call.
    """

    seen: _Seen
    kernels: Any
    sides: tuple[int, ...]
    dtype: Any
    one: Array | None
    zero: Array | None


_FEW = 4096  # channels: more numbers are not worth the memory that keeping them takes


def _planned(see: Any) -> Any:
    """The plan of a normalisation, which reads the forms of its input and weight alone."""

    def plan(x: Array, w: Any, **attrs: Any) -> _Plan:
        seen: _Seen = see(x, w, **attrs)
        n, a, b, s = seen.sides
        pays = x.size >= ROWS_KERNEL_SIZE and x.dtype.char in "fde" and (seen.way != "runs" or s >= SHORT)
        dtype = np.result_type(
            *(np.float32 if each.dtype.char == "e" else each.dtype for each in (x, w) if each is not None)
        )
        one, zero = (np.full(a * b, number, dtype) if a * b <= _FEW else None for number in (1, 0))
        return _Plan(
            seen,
            imported("tinygrad_fr.kernels.layers.normalization") if pays else None,
            seen.sides if seen.way == "runs" else (n, b if seen.way == "rows" else a),
            dtype,
            one,
            zero,
        )

    return plan


def _read(plan: _Plan, x: Array, w: Any, b: Any) -> tuple[Array, Array, Array]:
    """Arrays of one dtype, contiguous, as the kernels see them; no weight is ones, no bias zeros."""
    _seen, _kernels, sides, dtype, one, zero = plan
    if b is not None and b.dtype is not dtype and (common := np.result_type(dtype, b)) is not dtype:
        dtype, one, zero = common, None, None
    x = _laid(x, dtype)
    return (
        x if x.shape == sides else x.reshape(sides),
        _per_channel(w, 1, one, plan, dtype),
        _per_channel(b, 0, zero, plan, dtype),
    )


def _laid(x: Array, dtype: Any) -> Array:
    return x if x.dtype is dtype and x.flags.c_contiguous else np.ascontiguousarray(x, dtype)


def _per_channel(x: Any, number: int, kept: Array | None, plan: _Plan, dtype: Any) -> Array:
    """A weight in one dimension; where there is none, a number for every channel."""
    if x is None:
        return np.full(plan.seen.sides[1] * plan.seen.sides[2], number, dtype) if kept is None else kept
    laid = _laid(x, dtype)
    return laid if laid.ndim == 1 else laid.reshape(-1)


def _wide(x: Any) -> Any:
    """Halves in single precision, whose squares do not overflow, as PyTorch's."""
    return x.astype(np.float32) if x is not None and x.dtype.char == "e" else x


def _forward(plan: _Plan, x: Array, w: Any, b: Any) -> tuple[Array, Any]:
    """The result; the means and one over the deviations, which backward needs."""
    if x.dtype.char == "e":
        y, saved = _forward(plan, *map(_wide, (x, w, b)))
        return y.astype(x.dtype), saved
    seen, kernels = plan[:2]
    if kernels is None:
        return _plain_forward(seen, x, w, b)
    whole = x.shape
    x, w, b = _read(plan, x, w, b)
    if seen.way == "rows":
        y, mean, rate = kernels.rows_forward(x, w, b, seen.eps, seen.centred)
        saved = Statistics(mean, rate, None)
    elif seen.way == "columns":
        y, *found = kernels.columns_forward(x, w, b, seen.eps)
        saved = Statistics(*found)
    else:
        y, *found = kernels.runs_forward(x, w, b, seen.eps, seen.over_batch)
        saved = Statistics(*found)
    return y if y.shape == whole else y.reshape(whole), saved


def _backward(plan: _Plan, g: Array, saved: Any, x: Array, w: Any) -> tuple[Array, Array, Array]:
    if x.dtype.char == "e":
        dx, dw, db = _backward(plan, _wide(g), saved, _wide(x), _wide(w))
        return dx.astype(x.dtype), dw.astype(x.dtype), db.astype(x.dtype)
    seen, kernels = plan[:2]
    shape, own = x.shape, np.shape(w)
    if kernels is None:
        dx, dw, db = _plain_backward(seen, g, saved, x, w)
    else:
        x, w, _b = _read(plan, x, w, None)
        g = np.ascontiguousarray(g, x.dtype).reshape(x.shape)
        if seen.way == "rows":
            dx, dw, db = kernels.rows_backward(g, x, w, *saved[:2], seen.centred)
        elif seen.way == "columns":
            dx, dw, db = kernels.columns_backward(g, x, w, *saved[:2])
        else:
            dx, dw, db = kernels.runs_backward(g, x, w, *saved[:2], seen.over_batch)
    return dx.reshape(shape), dw.reshape(own) if own else dw, db


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

    known = Known(_planned(see))

    def forward(x: Array, w: Any, b: Any = None, **attrs: Any) -> tuple[Array, Any]:
        y, saved = _forward(known((x, w), attrs), x, w, b)
        if not y.flags.c_contiguous:
            y = np.ascontiguousarray(y)
        return like(y, x) if of_channels and not x.flags.c_contiguous else y, saved

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


def _running_forward(x: Array, mean: Array, var: Array, w: Any, b: Any, eps: float) -> tuple[Array, None]:
    """A batch normalised by given statistics, in three passes."""
    kind = x.dtype
    if x.dtype.char not in "fd" or any(each is not None and each.dtype is not kind for each in (mean, var, w, b)):
        return np.asarray(normalization.batch_norm_running.equations(x, mean, var, w, b, eps)), None
    scale, shape = _rate(var, w, eps)[1], (-1, *(1,) * (x.ndim - 2))
    y = x - mean.reshape(shape)
    y *= scale.reshape(shape)
    if b is not None:
        y += b.reshape(shape)
    return y, None


def _rate(var: Array, w: Any, eps: float) -> tuple[Array, Array]:
    """One over each channel's deviation, and what the channel is multiplied by."""
    rate = 1 / np.sqrt(var + var.dtype.type(eps))
    return rate, rate if w is None else rate * w


def _running_backward(
    g: Array, saved: None, needs: int, x: Array, mean: Array, var: Array, w: Any, b: Any, eps: float
) -> tuple[Any, ...]:
    (rate, scale), shape, over = _rate(var, w, eps), (-1, *(1,) * (x.ndim - 2)), (0, *range(2, x.ndim))
    to_x = g * scale.reshape(shape) if needs & 1 else None
    level = added(g, over) if needs & 18 else None
    across = added(g * (x - mean.reshape(shape)), over) if needs & 12 else None
    return (
        to_x,
        -level * scale if level is not None and needs & 2 else None,
        across * scale * rate * rate / -2 if across is not None and needs & 4 else None,
        across * rate if across is not None and needs & 8 else None,
        level if needs & 16 else None,
    )


normalization.batch_norm_running.fused(_running_forward, _running_backward)
