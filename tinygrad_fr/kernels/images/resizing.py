"""Images resized to their nearest elements: rows and columns chosen by tables, and the backward pass. Float32 and float64.

Indices are unsigned: an index that may be negative would cost one comparison per element.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from tinygrad_fr.kernels.runtime.contract import contract
from tinygrad_fr.kernels.runtime.cores import parallel_for, parallel_for_parts, parts_of
from tinygrad_fr.kernels.runtime.jit import njit
from tinygrad_fr.kernels.runtime.work_queue import parallel

Array: TypeAlias = npt.NDArray[Any]


@parallel
@njit(cache=True, error_model="numpy", nogil=True)
def _chosen(x: Any, rows: Any, columns: Any, y: Any, start: int, stop: int, part: int) -> None:
    """The elements of images (n, H, W) where the chosen rows and columns cross."""
    for image in range(start, stop):
        for p in range(rows.size):
            out = y[image, p]
            if p and rows[p] == rows[p - 1]:
                last = y[image, p - 1]
                for q in range(columns.size):
                    out[q] = last[q]
            else:
                line = x[image, rows[p]]
                for q in range(columns.size):
                    out[q] = line[columns[q]]


@parallel
@njit(cache=True, error_model="numpy", nogil=True)
def _added(gradient: Any, rows: Any, columns: Any, lines: Any, x: Any, start: int, stop: int, part: int) -> None:
    """The transpose of :func:`_chosen`: rows are added up first, then the columns of their sum."""
    line = lines[part]
    for image in range(start, stop):
        for p in range(rows.size):
            sent = gradient[image, p]
            if p and rows[p] == rows[p - 1]:
                for q in range(columns.size):
                    line[q] += sent[q]
            else:
                for q in range(columns.size):
                    line[q] = sent[q]
            if p + 1 == rows.size or rows[p + 1] != rows[p]:
                out = x[image, rows[p]]
                for q in range(columns.size):
                    out[columns[q]] += line[q]


@contract("x: n height width; int rows[height]: p; int columns[width]: q", tables=("rows", "columns"))
def chosen(x: Array, rows: Array, columns: Array) -> Array:
    """The elements of images (n, H, W) where the chosen rows and columns cross: (n, p, q)."""
    found = np.empty((len(x), len(rows), len(columns)), x.dtype)
    parallel_for(_chosen, len(x), found.size, x, rows.view(np.uintp), columns.view(np.uintp), found)
    return found


@contract("gradient: n p q; int rows[height]: p; int columns[width]: q", tables=("rows", "columns"))
def added(gradient: Array, rows: Array, columns: Array, height: int, width: int) -> Array:
    """The transpose of :func:`chosen`: each number of (n, p, q) added to the element of images (n, H, W) that it was."""
    found = np.zeros((len(gradient), height, width), gradient.dtype)
    work = (gradient, rows.view(np.uintp), columns.view(np.uintp))
    parts = parts_of(len(gradient), 2 * gradient.size)
    lines = np.empty((parts, gradient.shape[2]), gradient.dtype)
    parallel_for_parts(parts, _added, len(gradient), *work, lines, found)
    return found
