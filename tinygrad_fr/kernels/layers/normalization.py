"""Normalisations: statistics, the normalised numbers and their gradients. Float32 and float64, contiguous.

The second pass over the numbers finds them in the processor's cache, so the mean is subtracted before squares are summed. A sum of
squares minus the squared mean would lose digits.

Numbers come either as runs that share one weight (one channel of one image), of which a group is normalised together, or as rows with
one weight per column.
"""

from __future__ import annotations

from math import sqrt
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from tinygrad_fr.kernels.runtime.contract import contract
from tinygrad_fr.kernels.runtime.cores import parallel_for, parallel_for_parts, parts_of
from tinygrad_fr.kernels.runtime.jit import njit
from tinygrad_fr.kernels.runtime.work_queue import parallel
from tinygrad_fr.sums import added

Array: TypeAlias = npt.NDArray[Any]

_ANY_ORDER = {"reassoc", "contract", "nsz"}
_WORTH = 9  # cost of a number in multiplications
_LONG = 2048  # numbers of a row of which each core takes a part
_BLOCK = 1024  # numbers added up in their own precision; blocks are added up in float64


class _Groups(NamedTuple):
    """Which runs are normalised together: run ``first · group + next · k`` is the k-th of its group.

    The batch's (N, C, 1, S) has C groups of N runs; samples (N, G, B, S) have N · G groups of B neighbours.
    """

    groups: int
    first: int
    runs: int
    next: int


def _groups(x: Array, over_batch: bool) -> _Groups:
    n, a, b, _s = x.shape
    return _Groups(a, 1, n, a) if over_batch else _Groups(n * a, b, b, 1)


def _by_channel(runs: Array, w: Array) -> Array:
    """Numbers of the runs (R,) added up for each channel."""
    found: Array = added(runs.reshape(runs.size // max(w.size, 1), w.size), 0)
    return found


def _joined(parts: Array) -> Array:
    """The sum (D,) of what each part of the work has added up (P, D)."""
    found: Array = parts[0] if len(parts) == 1 else parts.sum(axis=0)
    return found


def _flat(x: Array) -> Array:
    """Runs (R, S); numpy cannot guess a side of an array without elements."""
    return x.reshape(x.shape[0] * x.shape[1] * x.shape[2], x.shape[3])


@njit(cache=True, error_model="numpy", fastmath=_ANY_ORDER, nogil=True)
def _sum(run: Any) -> Any:
    total = 0.0
    for start in range(0, run.size, _BLOCK):
        block = run[start : start + _BLOCK]
        part = run.dtype.type(0)
        for i in range(block.size):
            part += block[i]
        total += part
    return total


@njit(cache=True, error_model="numpy", fastmath=_ANY_ORDER, nogil=True)
def _squares(run: Any, mean: Any) -> Any:
    total = 0.0
    for start in range(0, run.size, _BLOCK):
        block = run[start : start + _BLOCK]
        part = run.dtype.type(0)
        for i in range(block.size):
            centred = block[i] - mean
            part += centred * centred
        total += part
    return total


@njit(cache=True, error_model="numpy", fastmath=_ANY_ORDER, nogil=True)
def _pulls(pull: Any, run: Any, mean: Any) -> Any:
    """Sums of a run's gradient, and of its products with the centred run."""
    straight = across = 0.0
    for start in range(0, run.size, _BLOCK):
        block, sent = run[start : start + _BLOCK], pull[start : start + _BLOCK]
        first = second = run.dtype.type(0)
        for i in range(block.size):
            first += sent[i]
            second += sent[i] * (block[i] - mean)
        straight += first
        across += second
    return straight, across


@parallel
@njit(cache=True, error_model="numpy", fastmath={"contract"}, nogil=True)
def _runs(
    x: Any, w: Any, b: Any, eps: float, first: int, runs: int, next: int, y: Any, means: Any, rates: Any,
    variances: Any, start: int, stop: int, part: int,
) -> None:  # fmt: skip
    length = runs * x.shape[1]
    for g in range(start, stop):
        total = 0.0
        for k in range(runs):
            total += _sum(x[g * first + k * next])
        mean = x.dtype.type(total / length)
        total = 0.0
        for k in range(runs):
            total += _squares(x[g * first + k * next], mean)
        rate = x.dtype.type(1 / sqrt(total / length + eps))
        means[g], rates[g], variances[g] = mean, rate, total / length
        for k in range(runs):
            r = g * first + k * next
            run, out = x[r], y[r]
            scale, shift = rate * w[r % w.size], b[r % w.size]
            for i in range(run.size):
                out[i] = (run[i] - mean) * scale + shift


@parallel
@njit(cache=True, error_model="numpy", fastmath={"contract"}, nogil=True)
def _runs_back(
    pull: Any, x: Any, w: Any, means: Any, rates: Any, first: int, runs: int, next: int, dx: Any, dw: Any, db: Any,
    start: int, stop: int, part: int,
) -> None:  # fmt: skip
    length = runs * x.shape[1]
    for g in range(start, stop):
        mean, rate = means[g], rates[g]
        level = slope = 0.0
        for k in range(runs):
            r = g * first + k * next
            straight, across = _pulls(pull[r], x[r], mean)
            across *= rate
            db[r], dw[r] = straight, across
            level += straight * w[r % w.size]
            slope += across * w[r % w.size]
        offset, tilt = x.dtype.type(rate * level / length), x.dtype.type(rate * rate * slope / length)
        for k in range(runs):
            r = g * first + k * next
            sent, run, out, scale = pull[r], x[r], dx[r], rate * w[r % w.size]
            for i in range(run.size):
                out[i] = sent[i] * scale - offset - (run[i] - mean) * tilt


@parallel
@njit(cache=True, error_model="numpy", fastmath={"contract"}, nogil=True)
def _rows(
    x: Any, w: Any, b: Any, eps: float, centred: bool, y: Any, means: Any, rates: Any, start: int, stop: int, part: int
) -> None:
    for r in range(start, stop):
        row, out = x[r], y[r]
        mean = x.dtype.type(_sum(row) / row.size if centred else 0.0)
        rate = x.dtype.type(1 / sqrt(_squares(row, mean) / row.size + eps))
        means[r], rates[r] = mean, rate
        for i in range(row.size):
            out[i] = (row[i] - mean) * rate * w[i] + b[i]


@parallel
@njit(cache=True, error_model="numpy", fastmath=_ANY_ORDER, nogil=True)
def _rows_back(
    pull: Any, x: Any, w: Any, means: Any, rates: Any, centred: bool, dx: Any, dws: Any, dbs: Any,
    start: int, stop: int, part: int,
) -> None:  # fmt: skip
    zero = x.dtype.type(0)
    dw, db = dws[part], dbs[part]
    for r in range(start, stop):
        sent, row, out, mean, rate = pull[r], x[r], dx[r], means[r], rates[r]
        level = slope = zero
        for i in range(row.size):
            own, weighted = (row[i] - mean) * rate, sent[i] * w[i]
            level += weighted
            slope += weighted * own
            dw[i] += sent[i] * own
            db[i] += sent[i]
        offset = level / row.size if centred else zero
        offset, tilt = x.dtype.type(rate * offset), x.dtype.type(rate * rate * slope / row.size)
        for i in range(row.size):
            out[i] = sent[i] * (rate * w[i]) - offset - (row[i] - mean) * tilt


# Each part adds up in memory of its own: the processor's cores would wait for each other's lines of cache.
@parallel
@njit(cache=True, error_model="numpy", fastmath={"contract"}, nogil=True, makes_arrays=True)
def _columns(
    x: Any, w: Any, b: Any, eps: float, y: Any, means: Any, rates: Any, variances: Any, start: int, stop: int, part: int
) -> None:
    count, total, scale = x.shape[0], np.zeros(stop - start), np.empty(stop - start, x.dtype)
    mean, weight, bias = np.empty_like(scale), w[start:stop], b[start:stop]
    for r in range(count):
        row = x[r, start:stop]
        for c in range(total.size):
            total[c] += row[c]
    for c in range(total.size):
        mean[c] = total[c] / count
        total[c] = 0.0
    for r in range(count):
        row = x[r, start:stop]
        for c in range(total.size):
            centred = row[c] - mean[c]
            total[c] += centred * centred
    for c in range(total.size):
        rate = x.dtype.type(1 / sqrt(total[c] / count + eps))
        means[start + c], rates[start + c], variances[start + c] = mean[c], rate, total[c] / count
        scale[c] = rate * weight[c]
    for r in range(count):
        row, out = x[r, start:stop], y[r, start:stop]
        for c in range(total.size):
            out[c] = (row[c] - mean[c]) * scale[c] + bias[c]


@parallel
@njit(cache=True, error_model="numpy", fastmath={"contract"}, nogil=True, makes_arrays=True)
def _columns_back(
    pull: Any, x: Any, w: Any, means: Any, rates: Any, dx: Any, dw: Any, db: Any, start: int, stop: int, part: int
) -> None:
    count, slope, level = x.shape[0], np.zeros(stop - start), np.zeros(stop - start)
    mean, scale = means[start:stop].copy(), np.empty(stop - start, x.dtype)
    offset, tilt = np.empty_like(scale), np.empty_like(scale)
    for r in range(count):
        row, sent = x[r, start:stop], pull[r, start:stop]
        for c in range(level.size):
            level[c] += sent[c]
            slope[c] += sent[c] * (row[c] - mean[c])
    for c in range(slope.size):
        rate = rates[start + c]
        scale[c] = rate * w[start + c]
        offset[c], tilt[c] = level[c] / count, rate * x.dtype.type(slope[c] * rate / count)
        dw[start + c], db[start + c] = slope[c] * rate, level[c]
    for r in range(count):
        row, sent, out = x[r, start:stop], pull[r, start:stop], dx[r, start:stop]
        for c in range(scale.size):
            out[c] = (sent[c] - offset[c] - (row[c] - mean[c]) * tilt[c]) * scale[c]


def _cost_of_columns(x: Array) -> float:
    """One core is quicker where rows are short: each would fetch the other's numbers ahead of time."""
    return _WORTH * x.size if x.shape[1] >= _LONG else 0


@contract("x: N D; w, b: D")
def columns_forward(x: Array, w: Array, b: Array, eps: float) -> tuple[Array, Array, Array, Array]:
    """Columns of (N, D) normalised each, times w + b (D,); with means, one over deviations, and variances."""
    y = np.empty_like(x)
    means, rates, variances = np.empty((3, x.shape[1]), x.dtype)
    parallel_for(_columns, x.shape[1], _cost_of_columns(x), x, w, b, eps, y, means, rates, variances)
    return y, means, rates, variances


@contract("x: N D; pull: N D; w: D; means, rates: D")
def columns_backward(pull: Array, x: Array, w: Array, means: Array, rates: Array) -> tuple[Array, Array, Array]:
    """Gradients of x (N, D), and of w and b (D,)."""
    dx, dw, db = np.empty_like(x), np.zeros(x.shape[1]), np.zeros(x.shape[1])
    parallel_for(_columns_back, x.shape[1], _cost_of_columns(x), pull, x, w, means, rates, dx, dw, db)
    return dx, dw, db


@contract("x: N A B S; w, b: A*B", "B == 1 or not over_batch")
def runs_forward(x: Array, w: Array, b: Array, eps: float, over_batch: bool) -> tuple[Array, Array, Array, Array]:
    """Runs of S numbers normalised in groups, the batch's or each sample's, times w + b of their channels (A · B,).

    Args:
        x: (N, A, B, S); groups are of the N runs of a channel with ``over_batch`` (then B is 1), else of B neighbours.

    Returns:
        y, as x; each group's mean, one over its standard deviation, and its variance.
    """
    groups, shape = _groups(x, over_batch), x.shape
    x = _flat(x)
    y = np.empty_like(x)
    means, rates, variances = np.empty((3, groups.groups), x.dtype)
    count, first, runs, step = groups
    parallel_for(_runs, count, _WORTH * x.size, x, w, b, eps, first, runs, step, y, means, rates, variances)
    return y.reshape(shape), means, rates, variances


@contract("x: N A B S; pull: N A B S; w: A*B; means, rates: (N-over_batch*(N-1))*A", "B == 1 or not over_batch")
def runs_backward(
    pull: Array, x: Array, w: Array, means: Array, rates: Array, over_batch: bool
) -> tuple[Array, Array, Array]:
    """Gradients of x (N, A, B, S), and of w and b (A · B,)."""
    groups, shape = _groups(x, over_batch), x.shape
    pull, x = _flat(pull), _flat(x)
    dx, dw, db = np.empty_like(x), np.empty(len(x)), np.empty(len(x))
    count, first, runs, step = groups
    parallel_for(_runs_back, count, _WORTH * x.size, pull, x, w, means, rates, first, runs, step, dx, dw, db)
    return dx.reshape(shape), _by_channel(dw, w), _by_channel(db, w)


@contract("x: R D; w, b: D")
def rows_forward(x: Array, w: Array, b: Array, eps: float, centred: bool) -> tuple[Array, Array, Array]:
    """Rows (R, D) normalised each, their means taken out or not, times w + b (D,); with means and 1 / deviations."""
    y, means, rates = np.empty_like(x), np.empty(len(x), x.dtype), np.empty(len(x), x.dtype)
    parallel_for(_rows, len(x), _WORTH * x.size, x, w, b, eps, centred, y, means, rates)
    return y, means, rates


@contract("x: R D; pull: R D; w: D; means, rates: R")
def rows_backward(
    pull: Array, x: Array, w: Array, means: Array, rates: Array, centred: bool
) -> tuple[Array, Array, Array]:
    """Gradients of x (R, D), and of w and b (D,)."""
    parts = parts_of(len(x), _WORTH * x.size)
    dx, dw, db = np.empty_like(x), np.zeros((parts, w.size)), np.zeros((parts, w.size))
    parallel_for_parts(parts, _rows_back, len(x), pull, x, w, means, rates, centred, dx, dw, db)
    return dx, _joined(dw).astype(x.dtype), _joined(db).astype(x.dtype)
