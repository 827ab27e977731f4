"""Attention of whole heads: a block of queries at a time, whose weights are discarded or kept.

A block holds whole rows of weights and is small enough for the cache; under a causal mask it stops at the last key that
any of its queries may attend to. If the weights are discarded, only the logarithm of each row's sum is kept, from which
the backward pass recomputes them. Arrays are passed as an address and strides of batches, heads, rows (and, for a mask,
columns), so that heads that are parts of one array are read in place.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from numba.np.numpy_support import carray

from tinygrad_fr.kernels.arrays.products import SPEED
from tinygrad_fr.kernels.layers.softmax import largest, to_exponentials, weights_back
from tinygrad_fr.kernels.runtime.blas import gemm, pointer, routine
from tinygrad_fr.kernels.runtime.contract import contract
from tinygrad_fr.kernels.runtime.cores import parallel_for
from tinygrad_fr.kernels.runtime.jit import njit
from tinygrad_fr.kernels.runtime.memory import address
from tinygrad_fr.kernels.runtime.work_queue import parallel
from tinygrad_fr.kernels.vectormath import log

Array: TypeAlias = npt.NDArray[Any]

BLOCK = 131_072  # number of weights in a block
KEPT = 4_000_000  # up to so many weights are kept for backward, which is faster than recomputing them


@njit(cache=True, error_model="numpy", nogil=True)
def _head(array: Any, n: int, heads: int, size: int) -> int:
    """The address of a head: of an array (address, batch, head, row, …)."""
    found: int = array[0] + size * (n // heads * array[1] + n % heads * array[2])
    return found


@njit(cache=True, error_model="numpy", nogil=True, makes_arrays=True)
def _prepare(row: Any, scale: Any, mask: int, step: int, one: Any) -> None:
    """Scale a row of scores, and add a row of the mask, which lies at an address or nowhere."""
    if mask == 0:
        for k in range(row.size):
            row[k] *= scale
    elif step == 0:
        shift = carray(pointer(mask, 0, one), 1)[0]
        for k in range(row.size):
            row[k] = row[k] * scale + shift
    else:
        shifts = carray(pointer(mask, 0, one), row.size)
        for k in range(row.size):
            row[k] = row[k] * scale + shifts[k]


@njit(cache=True, error_model="numpy", nogil=True, makes_arrays=True)
def _scores(
    at: int, scales: Any, size: int, w: int, wide: int, q: int, query: Any, k: int, key: Any, shift: int, mask: Any,
    first: int, count: int, seen: int, width: int, causal: bool,
) -> None:  # fmt: skip
    """Write a block of masked scores (count, seen) at w, its rows so many numbers apart; unseen numbers stay as they are."""
    one = scales.dtype.type(1)
    gemm(at, False, True, count, seen, width, q + size * first * query[3], query[3], k, key[3], w, wide, False, one)
    for i in range(count):
        row = carray(pointer(w, i * wide, one), min(first + i + 1, seen) if causal else seen)
        _prepare(row, scales[0], shift + size * (first + i) * mask[3] if shift else 0, mask[4], one)


@parallel
@njit(cache=True, error_model="numpy", nogil=True, makes_arrays=True)
def _forward(
    at: int, scales: Any, size: int, sides: Any, query: Any, key: Any, value: Any, mask: Any, out: Any, weights: int,
    sums: int, start: int, stop: int, part: int,
) -> None:  # fmt: skip
    """Results, and weights or the logarithms of their sums, of heads from start to stop.

    Args:
        at: the address of BLAS's product.
        scales: the scale of the scores, in an array of the others' dtype.
        size: bytes of a number.
        sides: heads of a batch, L, S, E, D, queries of a block, whether causal, whether a query without keys gets zeros.
        query: (…, L, E): address, batch, head, row.
        key: (…, S, E), likewise.
        value: (…, S, D), likewise.
        mask: (…, L, S): address (0 where there is none), batch, head, row, column.
        out: (…, L, D), likewise.
        weights: address of weights (heads, L, S) to be written, or 0.
        sums: address of logarithms of sums (heads, L).
        start: the first head.
        stop: the one after the last.
        part: which part it is.
    """
    heads, length, source, width, wide, rows, causal, blank = sides
    one = scales.dtype.type(1)
    held = np.empty(0 if weights else rows * source, scales.dtype)
    for n in range(start, stop):
        q, k, v, o = (
            _head(query, n, heads, size), _head(key, n, heads, size), _head(value, n, heads, size), _head(out, n, heads, size),
        )  # fmt: skip
        shift = _head(mask, n, heads, size) if mask[0] else 0
        for first in range(0, length, rows):
            count = min(rows, length - first)
            seen = min(first + count, source) if causal else source
            w = weights + size * (n * length + first) * source if weights else held.ctypes.data
            _scores(at, scales, size, w, source, q, query, k, key, shift, mask, first, count, seen, width, causal)
            for i in range(count):
                whole = carray(pointer(w, i * source, one), seen)
                row = whole[: min(first + i + 1, seen)] if causal else whole
                top = largest(row)
                logarithm = carray(pointer(sums, n * length + first + i, one), 1)
                if blank and top == -np.inf:
                    whole[:] = 0
                    logarithm[0] = np.inf
                    continue
                total = to_exponentials(row, top)
                share = one / total
                for j in range(row.size):
                    row[j] *= share
                whole[row.size :] = 0
                logarithm[0] = top + log(total)
            shown = o + size * first * out[3]
            gemm(at, False, False, count, wide, seen, w, source, v, value[3], shown, out[3], False, one)


@parallel
@njit(cache=True, error_model="numpy", nogil=True, makes_arrays=True)
def _backward(
    at: int, scales: Any, size: int, sides: Any, query: Any, key: Any, value: Any, mask: Any, pull: Any, weights: int,
    sums: int, to_query: Any, to_key: Any, to_value: Any, to_mask: int, start: int, stop: int, part: int,
) -> None:  # fmt: skip
    """Gradients of heads from start to stop, of the result's.

    Args:
        at: as for :func:`_forward`, and so on.
        pull: (…, L, D), the gradient of the result.
        to_query: written.
        to_key: added to.
        to_value: added to.
        to_mask: address of (heads, L, S) to be written, or 0.
    """
    heads, length, source, width, wide, rows, causal, _blank = sides
    scale, one = scales[0], scales.dtype.type(1)
    held, pulled = np.empty(0 if weights else rows * source, scales.dtype), np.empty(rows * source, scales.dtype)
    for n in range(start, stop):
        q, k, v, g = (
            _head(query, n, heads, size), _head(key, n, heads, size), _head(value, n, heads, size), _head(pull, n, heads, size),
        )  # fmt: skip
        dq, dk, dv = _head(to_query, n, heads, size), _head(to_key, n, heads, size), _head(to_value, n, heads, size)
        shift = _head(mask, n, heads, size) if mask[0] else 0
        for first in range(0, length, rows):
            count = min(rows, length - first)
            seen = min(first + count, source) if causal else source
            own_q, own_g = q + size * first * query[3], g + size * first * pull[3]
            w = weights + size * (n * length + first) * source if weights else held.ctypes.data
            if not weights:
                _scores(at, scales, size, w, source, q, query, k, key, shift, mask, first, count, seen, width, causal)
                for i in range(count):
                    whole = carray(pointer(w, i * source, one), seen)
                    row = whole[: min(first + i + 1, seen)] if causal else whole
                    to_exponentials(row, carray(pointer(sums, n * length + first + i, one), 1)[0])
                    whole[row.size :] = 0
            gemm(at, True, False, seen, wide, count, w, source, own_g, pull[3], dv, to_value[3], True, one)
            p = pulled.ctypes.data
            gemm(at, False, True, count, seen, wide, own_g, pull[3], v, value[3], p, source, False, one)
            for i in range(count):
                row = carray(pointer(p, i * source, one), seen)
                weights_back(row, carray(pointer(w, i * source, one), seen))
                if to_mask:
                    carray(pointer(to_mask, (n * length + first + i) * source, one), seen)[:] = row
                for j in range(seen):
                    row[j] *= scale
            own_dq = dq + size * first * to_query[3]
            gemm(at, False, False, count, width, seen, p, source, k, key[3], own_dq, to_query[3], False, one)
            gemm(at, True, False, seen, width, count, p, source, own_q, query[3], dk, to_key[3], True, one)


class Saved(NamedTuple):
    """What backward needs: the weights (heads, L, S), or none of them and the logarithms of their sums (B, H, L)."""

    weights: Array
    sums: Array


class How(NamedTuple):
    """How scores become weights.

    Attributes:
        scale: of the scores.
        causal: whether a query sees no key after its own place.
        blank: whether a query without keys gets zeros.
    """

    scale: float
    causal: bool
    blank: bool


def _rows(name: str) -> str:
    """That numbers of a row are neighbours, and rows do not overlap; where there are any."""
    near = f"{name}.strides[3] == {name}.itemsize and {name}.strides[2] >= {name}.shape[3] * {name}.itemsize"
    return f"{name}.size == 0 or {near}"


_ROWS = tuple(map(_rows, ("query", "key", "value")))
_COLUMNS = "mask is None or mask.size == 0 or mask.strides[3] in (0, mask.itemsize)"
_OPERANDS = "~query: B H L E; ~key: B H S E; ~value: B H S D; ~mask?: B H L S"


def _place(x: Array) -> tuple[int, ...]:
    """Address, and how many numbers apart batches, heads, rows and columns lie; columns of all but a mask are neighbours."""
    return (address(x), *(stride // x.itemsize for stride in x.strides))


def _share(
    kernel: Any, products: int, query: Array, key: Array, value: Array, mask: Array | None, how: How, *more: Any
) -> None:
    """Share the heads among cores; arrays are passed as addresses."""
    (batches, heads, length, width), source, wide = query.shape, key.shape[2], value.shape[3]
    rows = max(1, min(length, BLOCK // source))
    sides = (heads, length, source, width, wide, rows, how.causal, how.blank)
    arrays = (_place(query), _place(key), _place(value), (0, 0, 0, 0, 0) if mask is None else _place(mask))
    cost = products * batches * heads * length * source * max(width, wide) / SPEED
    scales = np.array([how.scale], query.dtype)
    at = routine(query.dtype.char, rows * source * max(width, wide))
    parallel_for(kernel, batches * heads, cost, at, scales, query.itemsize, sides, *arrays, *more)


@contract(_OPERANDS, "S > 0 and D > 0", *_ROWS, _COLUMNS)
def forward(query: Array, key: Array, value: Array, mask: Array | None, how: How) -> tuple[Array, Saved]:
    """The result (B, H, L, D) of queries (B, H, L, E), keys (B, H, S, E), values (B, H, S, D) and a mask of floats.

    Numbers of a row are neighbours; rows, heads and batches may lie apart.
    """
    (batches, heads, length, _width), source = query.shape, key.shape[2]
    out = np.empty((*query.shape[:3], value.shape[3]), query.dtype)
    kept = batches * heads * length * source <= KEPT
    weights = np.empty((batches * heads, length, source) if kept else (0, 0, 0), query.dtype)
    sums = np.empty(query.shape[:3], query.dtype)
    where = _place(out), address(weights) if kept else 0, address(sums)
    _share(_forward, 2, query, key, value, mask, how, *where)
    return out, Saved(weights, sums)


@contract(
    f"{_OPERANDS}; ~pull: B H L D; saved.1: B H L; saved.0: _ _ _",
    "S > 0 and D > 0",
    *_ROWS,
    _rows("pull"),
    _COLUMNS,
    "saved[0].size == 0 or saved[0].shape == (B * H, L, S)",
)
def backward(
    pull: Array, saved: Saved, query: Array, key: Array, value: Array, mask: Array | None, how: How, to_mask: bool
) -> tuple[Array, Array, Array, Array | None]:
    """Gradients of query, key, value and, if asked for, of the mask (B, H, L, S), of the result's."""
    to_query = np.empty(query.shape, query.dtype)
    to_key, to_value = np.zeros(key.shape, key.dtype), np.zeros(value.shape, value.dtype)
    grown = np.zeros((*query.shape[:3], key.shape[2]), query.dtype) if to_mask else None
    weights = address(saved.weights) if saved.weights.size else 0
    places = (_place(x) for x in (to_query, to_key, to_value))
    where = _place(pull), weights, address(saved.sums), *places, 0 if grown is None else address(grown)
    _share(_backward, 5, query, key, value, mask, how, *where)
    return to_query, to_key, to_value, grown
