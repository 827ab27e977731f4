"""Pooling of images by tables of windows: largest element or sum of each, and the backward pass. Float32 and float64.

A table has a row for each position: the indices of the window's elements, and whether each lies in the image. Images are
flat and indices read as unsigned: an index that may be negative would cost one comparison per element.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from tinygrad_fr.kernels.runtime.contract import contract
from tinygrad_fr.kernels.runtime.jit import njit

Array: TypeAlias = npt.NDArray[Any]


@njit(cache=True, error_model="numpy")
def _maxima(x: Any, width: Any, rows: Any, row_in: Any, columns: Any, column_in: Any, values: Any, places: Any) -> None:
    """The largest element of each window of images (n, H · W), and its place there; NaN is the largest."""
    width = np.uintp(width)
    for image in range(x.shape[0]):
        flat = x[image]
        k = 0
        for p in range(rows.shape[0]):
            for q in range(columns.shape[0]):
                best, place = x.dtype.type(-np.inf), np.uintp(rows[p, 0]) * width + np.uintp(columns[q, 0])
                for i in range(rows.shape[1]):
                    if row_in[p, i]:
                        line = np.uintp(rows[p, i]) * width
                        for j in range(columns.shape[1]):
                            if column_in[q, j]:
                                at = line + np.uintp(columns[q, j])
                                v = flat[at]
                                if v > best or (v != v and best == best):
                                    best, place = v, at
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
    width = np.uintp(width)
    for image in range(x.shape[0]):
        flat, k = x[image], 0
        for p in range(rows.shape[0]):
            for q in range(columns.shape[0]):
                total = x.dtype.type(0)
                for i in range(rows.shape[1]):
                    if row_in[p, i]:
                        line = np.uintp(rows[p, i]) * width
                        for j in range(columns.shape[1]):
                            if column_in[q, j]:
                                total += flat[line + np.uintp(columns[q, j])]
                y[image, k] = total
                k += 1


@njit(cache=True, error_model="numpy")
def _spread(y: Any, width: Any, rows: Any, row_in: Any, columns: Any, column_in: Any, x: Any) -> None:
    """The transpose of :func:`_sums`: each number added to every element of its window."""
    width = np.uintp(width)
    for image in range(x.shape[0]):
        flat, k = x[image], 0
        for p in range(rows.shape[0]):
            for q in range(columns.shape[0]):
                share = y[image, k]
                k += 1
                for i in range(rows.shape[1]):
                    if row_in[p, i]:
                        line = np.uintp(rows[p, i]) * width
                        for j in range(columns.shape[1]):
                            if column_in[q, j]:
                                flat[line + np.uintp(columns[q, j])] += share


_WINDOWS = "int rows[height]: p i; bool row_in: p i; int columns[width]: q j; bool column_in: q j"

_SOME = "i > 0 and j > 0"  # a window without elements has no largest one


@contract(f"x: n height width; {_WINDOWS}", _SOME)
def maxima(x: Array, rows: Array, row_in: Array, columns: Array, column_in: Array) -> tuple[Array, Array]:
    """The largest element of each window of images (n, H, W), and its place in the flattened image: (n, positions)."""
    n, height, width = x.shape
    values = np.empty((n, len(rows) * len(columns)), x.dtype)
    places = np.empty(values.shape, np.int64)
    _maxima(x.reshape(n, height * width), width, rows, row_in, columns, column_in, values, places)
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
    n, height, width = x.shape
    found = np.empty((n, len(rows) * len(columns)), x.dtype)
    _sums(x.reshape(n, height * width), width, rows, row_in, columns, column_in, found)
    return found


@contract(f"{_WINDOWS}; y: n p*q", _SOME)
def spread(y: Array, rows: Array, row_in: Array, columns: Array, column_in: Array, height: int, width: int) -> Array:
    """The transpose of :func:`sums`: each number (n, positions) added to every element of its window of images (n, H, W)."""
    found = np.zeros((len(y), height * width), y.dtype)
    _spread(y, width, rows, row_in, columns, column_in, found)
    return found
