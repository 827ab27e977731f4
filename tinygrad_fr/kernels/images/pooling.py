"""Pooling of images by tables of windows: largest element or sum of each, and the backward pass. Float32 and float64.

A table has a row for each position: the indices of the window's elements, and whether each lies in the image. Images are
flat and indices unsigned: an index that may be negative would cost one comparison per element.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from tinygrad_fr.kernels.runtime.contract import contract
from tinygrad_fr.kernels.runtime.jit import njit

Array: TypeAlias = npt.NDArray[Any]


@njit(cache=True, error_model="numpy")
def _maxima(x: Any, width: Any, rows: Any, row_in: Any, columns: Any, column_in: Any, values: Any, places: Any) -> None:
    """The largest element of each window of images (n, H · W), and its place there; NaN is the largest."""
    for image in range(x.shape[0]):
        flat = x[image]
        k = 0
        for p in range(rows.shape[0]):
            for q in range(columns.shape[0]):
                best, place = x.dtype.type(-np.inf), rows[p, 0] * width + columns[q, 0]
                for i in range(rows.shape[1]):
                    if row_in[p, i]:
                        line = rows[p, i] * width
                        for j in range(columns.shape[1]):
                            if column_in[q, j]:
                                v = flat[line + columns[q, j]]
                                if v > best or (v != v and best == best):
                                    best, place = v, line + columns[q, j]
                values[image, k], places[image, k] = best, place
                k += 1


@njit(cache=True, error_model="numpy")
def _back_to(gradient: Any, places: Any, x: Any) -> None:
    """Add each number (n, k) to its place of the flattened image (n, H · W)."""
    for image in range(gradient.shape[0]):
        flat = x[image]
        for k in range(gradient.shape[1]):
            flat[np.uintp(places[image, k])] += gradient[image, k]


@njit(cache=True, error_model="numpy")
def _sums(x: Any, width: Any, rows: Any, row_in: Any, columns: Any, column_in: Any, y: Any) -> None:
    """The sum of each window of images (n, H · W)."""
    for image in range(x.shape[0]):
        flat, k = x[image], 0
        for p in range(rows.shape[0]):
            for q in range(columns.shape[0]):
                total = x.dtype.type(0)
                for i in range(rows.shape[1]):
                    if row_in[p, i]:
                        line = rows[p, i] * width
                        for j in range(columns.shape[1]):
                            if column_in[q, j]:
                                total += flat[line + columns[q, j]]
                y[image, k] = total
                k += 1


@njit(cache=True, error_model="numpy")
def _spread(y: Any, width: Any, rows: Any, row_in: Any, columns: Any, column_in: Any, x: Any) -> None:
    """The transpose of :func:`_sums`: each number added to every element of its window."""
    for image in range(x.shape[0]):
        flat, k = x[image], 0
        for p in range(rows.shape[0]):
            for q in range(columns.shape[0]):
                share = y[image, k]
                k += 1
                for i in range(rows.shape[1]):
                    if row_in[p, i]:
                        line = rows[p, i] * width
                        for j in range(columns.shape[1]):
                            if column_in[q, j]:
                                flat[line + columns[q, j]] += share


_WINDOWS = "int rows[height]: p i; bool row_in: p i; int columns[width]: q j; bool column_in: q j"

_SOME = "i > 0 and j > 0"  # a window without elements has no largest one


class Tables(NamedTuple):
    """The windows of images: of each position down, and of each across, the indices and whether each lies in the image."""

    rows: Array
    row_in: Array
    columns: Array
    column_in: Array

    def seen(self, width: int) -> tuple[Any, ...]:
        """The tables as a loop reads them: unsigned."""
        return np.uintp(width), self.rows.view(np.uintp), self.row_in, self.columns.view(np.uintp), self.column_in


@contract(f"x: n height width; {_WINDOWS}", _SOME)
def maxima(x: Array, rows: Array, row_in: Array, columns: Array, column_in: Array) -> tuple[Array, Array]:
    """The largest element of each window of images (n, H, W), and its place in the flattened image: (n, positions)."""
    windows, n = Tables(rows, row_in, columns, column_in), len(x)
    values = np.empty((n, len(rows) * len(columns)), x.dtype)
    places = np.empty(values.shape, np.int64)
    _maxima(x.reshape(n, x.shape[1] * x.shape[2]), *windows.seen(x.shape[2]), values, places)
    return values, places


@contract("gradient: n k; int places[size]: n k")
def back_to(gradient: Array, places: Array, size: int) -> Array:
    """Zeros (n, size) with each number (n, k) added to its place."""
    found = np.zeros((len(gradient), size), gradient.dtype)
    _back_to(gradient, places, found)
    return found


@contract(f"x: n height width; {_WINDOWS}", _SOME)
def sums(x: Array, rows: Array, row_in: Array, columns: Array, column_in: Array) -> Array:
    """The sum of each window of images (n, H, W): (n, positions)."""
    windows, n = Tables(rows, row_in, columns, column_in), len(x)
    found = np.empty((n, len(rows) * len(columns)), x.dtype)
    _sums(x.reshape(n, x.shape[1] * x.shape[2]), *windows.seen(x.shape[2]), found)
    return found


@contract(f"{_WINDOWS}; y: n p*q", _SOME)
def spread(y: Array, rows: Array, row_in: Array, columns: Array, column_in: Array, height: int, width: int) -> Array:
    """The transpose of :func:`sums`: each number (n, positions) added to every element of its window of images (n, H, W)."""
    windows = Tables(rows, row_in, columns, column_in)
    found = np.zeros((len(y), height * width), y.dtype)
    _spread(y, *windows.seen(width), found)
    return found
