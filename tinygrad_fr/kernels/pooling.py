"""Pooling of images by tables of windows: largest element or sum of each, and the way back. Float32 and float64.

A table has a row for each position: the indices of the window's elements, and whether each lies in the image. Images are
flat and indices unsigned: one that might count from the end would cost a comparison an element.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.kernels.jit import njit


@njit(cache=True, error_model="numpy")
def maxima(x: Any, width: Any, rows: Any, row_in: Any, columns: Any, column_in: Any, values: Any, places: Any) -> None:
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
def back_to(gradient: Any, places: Any, x: Any) -> None:
    """Add each number (n, k) to its place of the flattened image (n, H · W)."""
    for image in range(gradient.shape[0]):
        flat = x[image]
        for k in range(gradient.shape[1]):
            flat[np.uintp(places[image, k])] += gradient[image, k]


@njit(cache=True, error_model="numpy")
def sums(x: Any, width: Any, rows: Any, row_in: Any, columns: Any, column_in: Any, y: Any) -> None:
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
def spread(y: Any, width: Any, rows: Any, row_in: Any, columns: Any, column_in: Any, x: Any) -> None:
    """The transpose of :func:`sums`: each number added to every element of its window."""
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
