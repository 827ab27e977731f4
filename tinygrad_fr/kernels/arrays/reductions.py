"""Sums, products and extremes along a dimension of arrays (A, R, B): of R numbers each, B apart. Float32 and float64, contiguous.

The order of additions differs from numpy's and depends on the shape alone. A float32 is added to at most 4096 / 64
others before the sum goes on in float64 (along a dimension that is not the last, to 32 in groups of four), which keeps
as many digits as numpy's order.

Extremes along the last dimension are found by comparing the bits of floats as integers: for positive floats these have
the same order, for negative ones the opposite order. LLVM vectorises this, but not a comparison that also checks for
NaN.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from tinygrad_fr.kernels.runtime.contract import contract
from tinygrad_fr.kernels.runtime.cores import parallel_for
from tinygrad_fr.kernels.runtime.jit import njit
from tinygrad_fr.kernels.runtime.wide import wide
from tinygrad_fr.kernels.runtime.work_queue import parallel

Array: TypeAlias = npt.NDArray[Any]

_BITS = {  # integers as wide as the floats, and the integers with the bits of infinity and NaN
    char: (kind, *np.array([np.inf, np.nan], char).view(kind)) for char, kind in (("f", np.int32), ("d", np.int64))
}
_ANY_ORDER = {"reassoc", "contract", "nsz"}
_BLOCK = 4096  # so many numbers are added in their own precision
_STRIP = 512  # columns that are reduced together
_WORTH = 4  # cost of a number in multiplications: most of it is waiting for memory
_LARGE = 1 << 20  # from this size on, an array of one dimension is cut into runs, one per core
_RUN = 1 << 16


@parallel
@njit(cache=True, error_model="numpy", fastmath=_ANY_ORDER, nogil=True)
def _sum_runs(flat: Any, length: int, out: Any, start: Any, stop: Any, part: int) -> None:
    wide()
    for r in range(start, stop):
        run = flat[r * length : min((r + 1) * length, flat.size)]
        total = 0.0
        for first in range(0, run.size, _BLOCK):
            block = run[first : first + _BLOCK]
            own = flat.dtype.type(0)
            for i in range(block.size):
                own += block[i]
            total += own
        out[r] = total


@parallel
@njit(cache=True, error_model="numpy", nogil=True, makes_arrays=True)
def _sum_strips(x: Any, out: Any, start: Any, stop: Any, part: int) -> None:
    wide()
    count, width = x.shape[1], x.shape[2]
    strips = (width + _STRIP - 1) // _STRIP
    zero = x.dtype.type(0)
    own = np.zeros(_STRIP, x.dtype)
    for s in range(start, stop):
        a, first = s // strips, s % strips * _STRIP
        total = out[a, first : first + _STRIP]
        total[:] = zero
        own[:] = zero
        for r in range(0, count, 4):
            left = count - r
            one = x[a, r, first : first + _STRIP]
            if left >= 4:
                two, three = x[a, r + 1, first : first + _STRIP], x[a, r + 2, first : first + _STRIP]
                four = x[a, r + 3, first : first + _STRIP]
                for i in range(total.size):
                    own[i] += (one[i] + two[i]) + (three[i] + four[i])
            else:
                for k in range(left):
                    row = x[a, r + k, first : first + _STRIP]
                    for i in range(total.size):
                        own[i] += row[i]
            if r % 128 == 124 or left <= 4:
                for i in range(total.size):
                    total[i] += own[i]
                    own[i] = zero


@parallel
@njit(cache=True, error_model="numpy", fastmath=_ANY_ORDER, nogil=True)
def _multiply_runs(flat: Any, length: int, out: Any, start: Any, stop: Any, part: int) -> None:
    wide()
    for r in range(start, stop):
        run = flat[r * length : min((r + 1) * length, flat.size)]
        total = 1.0
        for i in range(run.size):
            total *= run[i]
        if total != total:  # an infinite part times one of 0, which in another order they are not
            total = _in_order(run)
        out[r] = total


@njit(
    cache=True, error_model="numpy", fastmath={"contract"}, nogil=True
)  # if unset, a caller's option to reorder sums would apply here too
def _in_order(run: Any) -> Any:
    total = 1.0
    for i in range(run.size):
        total *= run[i]
    return total


@parallel
@njit(cache=True, error_model="numpy", nogil=True, makes_arrays=True)
def _multiply_strips(x: Any, out: Any, start: Any, stop: Any, part: int) -> None:
    wide()
    strips = (x.shape[2] + _STRIP - 1) // _STRIP
    own = np.ones(_STRIP, np.float64)
    for s in range(start, stop):
        a, first = s // strips, s % strips * _STRIP
        total = out[a, first : first + _STRIP]
        own[:] = 1.0
        for r in range(x.shape[1]):
            row = x[a, r, first : first + _STRIP]
            for i in range(row.size):
                own[i] *= row[i]
        for i in range(total.size):
            total[i] = own[i]


@parallel
@njit(cache=True, error_model="numpy", nogil=True)
def _extreme_of_runs(
    bits: Any, length: int, largest: Any, infinite: Any, nan: Any, out: Any, start: Any, stop: Any, part: int
) -> None:
    """The largest or smallest of each run of floats, given as their bits."""
    wide()
    kind = bits.dtype.type
    sign = kind(kind(-1) << kind(8 * bits.itemsize - 1))  # numba converts int32 to int64 unless it is told otherwise
    for r in range(start, stop):
        run = bits[r * length : min((r + 1) * length, bits.size)]
        most, least, far = sign, kind(~sign), sign  # far: the most where those of negative numbers come last
        for i in range(run.size):
            b = run[i]
            most = max(most, b)
            least = min(least, b)
            far = max(far, kind(b ^ sign))
        if most > infinite or far > infinite:
            out[r] = nan
        elif largest:
            out[r] = most if most >= 0 else least
        else:
            out[r] = kind(far ^ sign) if far >= 0 else least


@parallel
@njit(cache=True, error_model="numpy", nogil=True)
def _extreme_of_strips(x: Any, factor: Any, out: Any, start: Any, stop: Any, part: int) -> None:
    """The largest along the middle dimension, with a factor of 1; with −1 the smallest."""
    wide()
    strips = (x.shape[2] + _STRIP - 1) // _STRIP
    for s in range(start, stop):
        a, first = s // strips, s % strips * _STRIP
        best = out[a, first : first + _STRIP]
        best[:] = -factor * x.dtype.type(np.inf)
        for r in range(x.shape[1]):
            row = x[a, r, first : first + _STRIP]
            for i in range(best.size):
                v = row[i]
                best[i] = v if factor * v > factor * best[i] or v != v else best[i]


def _reduced(x: Array, runs: Any, strips: Any) -> Array:
    """The reduction of an array (A, R, B) along R, by the kernel for runs where B is 1, otherwise by the one for strips."""
    a, r, b = x.shape
    if b == 1:
        out = np.empty(a, x.dtype)
        parallel_for(runs, a, _WORTH * x.size, x.reshape(-1), r, out)
        return out.reshape(a, 1)
    out = np.empty((a, b), x.dtype)
    parallel_for(strips, a * -(-b // _STRIP), _WORTH * x.size, x, out)
    return out


def _extreme(x: Array, largest: bool) -> Array:
    """The largest or the smallest numbers (A, B) along R."""
    runs = _cut(x)
    if runs is not None:
        return _extreme(_extreme(runs, largest).reshape(1, -1, 1), largest)
    a, r, b = x.shape
    out = np.empty((a, b), x.dtype)
    if b == 1:
        kind, infinite, nan = _BITS[x.dtype.char]
        given = x.reshape(-1).view(kind), r, largest, infinite, nan, out.reshape(-1).view(kind)
        parallel_for(_extreme_of_runs, a, _WORTH * x.size, *given)
    else:
        factor = x.dtype.type(1 if largest else -1)
        parallel_for(_extreme_of_strips, a * -(-b // _STRIP), _WORTH * x.size, x, factor, out)
    return out


def _cut(x: Array) -> Array | None:
    """One long run, as runs for every core; None of any other."""
    a, r, b = x.shape
    return x.reshape(-1, _RUN, 1) if a == b == 1 and r >= _LARGE and r % _RUN == 0 else None


@contract("x: A R B")
def summed(x: Array) -> Array:
    """Sums (A, B) along the middle dimension."""
    runs = _cut(x)
    if runs is None:
        return _reduced(x, _sum_runs, _sum_strips)
    return np.add.reduce(summed(runs), axis=0, dtype=np.float64, keepdims=True).astype(x.dtype)


@contract("x: A R B")
def multiplied(x: Array) -> Array:
    """Products (A, B) along the middle dimension."""
    return _reduced(x, _multiply_runs, _multiply_strips)


@contract("x: A R B")
def largest(x: Array) -> Array:
    """The largest numbers (A, B) along the middle dimension; NaN where one is."""
    return _extreme(x, True)


@contract("x: A R B")
def smallest(x: Array) -> Array:
    """The smallest numbers (A, B) along the middle dimension; NaN where one is."""
    return _extreme(x, False)
