"""Pooling of images by tables of windows: largest element or sum of each, and the backward pass. Float32 and float64.

Windows of rows are tables (positions, elements of a window): the index of each element, and whether it lies in the image. Those of
columns are (elements, positions), so that the inner loop goes along a row of the result. Indices are read as unsigned: one that
may be negative would cost a comparison per element.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from tinygrad_fr.kernels.runtime.contract import contract
from tinygrad_fr.kernels.runtime.cores import parallel_for
from tinygrad_fr.kernels.runtime.jit import njit
from tinygrad_fr.kernels.runtime.work_queue import parallel

Array: TypeAlias = npt.NDArray[Any]


@parallel
@njit(cache=True, error_model="numpy", nogil=True)
def _maxima(
    x: Any, rows: Any, row_in: Any, columns: Any, column_in: Any, values: Any, places: Any, start: int, stop: int, part: int
) -> None:  # fmt: skip
    """The largest element of each window of images (n, H, W), and its place there; NaN is the largest."""
    width, across = np.uintp(x.shape[2]), columns.shape[1]
    for image in range(start, stop):
        for p in range(rows.shape[0]):
            best, place = values[image, p * across : (p + 1) * across], places[image, p * across : (p + 1) * across]
            for q in range(across):
                best[q], place[q] = -np.inf, np.uintp(rows[p, 0]) * width + np.uintp(columns[0, q])
            for i in range(rows.shape[1]):
                if row_in[p, i]:
                    first, line = np.uintp(rows[p, i]) * width, x[image, np.uintp(rows[p, i])]
                    for j in range(columns.shape[0]):
                        inside, at = column_in[j], columns[j]
                        for q in range(across):
                            if inside[q]:
                                v, old = line[np.uintp(at[q])], best[q]
                                if v > old or (v != v and old == old):
                                    best[q], place[q] = v, first + np.uintp(at[q])


@parallel
@njit(cache=True, error_model="numpy", nogil=True)
def _back_to(gradient: Any, places: Any, x: Any, start: int, stop: int, part: int) -> None:
    """Add each number (n, k) to its place of the flattened image (n, H · W)."""
    for image in range(start, stop):
        flat = x[image]
        for k in range(gradient.shape[1]):
            flat[np.uintp(places[image, k])] += gradient[image, k]


@parallel
@njit(cache=True, error_model="numpy", nogil=True)
def _sums(
    x: Any, rows: Any, row_in: Any, columns: Any, column_in: Any, y: Any, start: int, stop: int, part: int
) -> None:
    """The sum of each window of images (n, H, W), added to zeros."""
    across = columns.shape[1]
    for image in range(start, stop):
        for p in range(rows.shape[0]):
            total = y[image, p * across : (p + 1) * across]
            for i in range(rows.shape[1]):
                if row_in[p, i]:
                    line = x[image, np.uintp(rows[p, i])]
                    for j in range(columns.shape[0]):
                        inside, at = column_in[j], columns[j]
                        for q in range(across):
                            if inside[q]:
                                total[q] += line[np.uintp(at[q])]


@parallel
@njit(cache=True, error_model="numpy", nogil=True)
def _spread(
    y: Any, rows: Any, row_in: Any, columns: Any, column_in: Any, x: Any, start: int, stop: int, part: int
) -> None:
    """The transpose of :func:`_sums`: each number added to every element of its window, windows in their order."""
    across = columns.shape[1]
    for image in range(start, stop):
        for p in range(rows.shape[0]):
            share = y[image, p * across : (p + 1) * across]
            for i in range(rows.shape[1]):
                if row_in[p, i]:
                    line = x[image, np.uintp(rows[p, i])]
                    for j in range(columns.shape[0] - 1, -1, -1):  # an element's last place is in its first window
                        inside, at = column_in[j], columns[j]
                        for q in range(across):
                            if inside[q]:
                                line[np.uintp(at[q])] += share[q]


def _share(kernel: Any, per_image: int, images: int, *arrays: Array) -> None:
    parallel_for(kernel, images, 4.0 * per_image * images, *arrays)


_WINDOWS = "int rows[height]: p i; bool row_in: p i; int columns[width]: j q; bool column_in: j q"

_TABLES = "rows", "row_in", "columns", "column_in"
_SOME = "i > 0 and j > 0"  # a window without elements has no largest one


@contract(f"x: n height width; {_WINDOWS}", _SOME, tables=_TABLES)
def maxima(x: Array, rows: Array, row_in: Array, columns: Array, column_in: Array) -> tuple[Array, Array]:
    """The largest element of each window of images (n, H, W), and its place in the flattened image: (n, positions)."""
    values = np.empty((len(x), len(rows) * columns.shape[1]), x.dtype)
    places = np.empty(values.shape, np.int64)
    _share(_maxima, rows.size * columns.size, len(x), x, rows, row_in, columns, column_in, values, places)
    return values, places


@contract("gradient: n k; int places[size]: n k")
def back_to(gradient: Array, places: Array, size: int) -> Array:
    """Zeros (n, size) with each number (n, k) added to its place."""
    found = np.zeros((len(gradient), size), gradient.dtype)
    _share(_back_to, gradient.shape[1], len(gradient), gradient, places, found)
    return found


@contract(f"x: n height width; {_WINDOWS}", _SOME, tables=_TABLES)
def sums(x: Array, rows: Array, row_in: Array, columns: Array, column_in: Array) -> Array:
    """The sum of each window of images (n, H, W): (n, positions)."""
    found = np.zeros((len(x), len(rows) * columns.shape[1]), x.dtype)
    _share(_sums, rows.size * columns.size, len(x), x, rows, row_in, columns, column_in, found)
    return found


@contract(f"{_WINDOWS}; y: n p*q", _SOME, tables=_TABLES)
def spread(y: Array, rows: Array, row_in: Array, columns: Array, column_in: Array, height: int, width: int) -> Array:
    """The transpose of :func:`sums`: each number (n, positions) added to every element of its window of images (n, H, W)."""
    found = np.zeros((len(y), height, width), y.dtype)
    _share(_spread, rows.size * columns.size, len(y), y, rows, row_in, columns, column_in, found)
    return found
