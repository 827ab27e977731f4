"""Rows of a table added up where an index says."""

from __future__ import annotations

from math import prod

import numpy as np

from tinygrad_fr.lazy_imports import imported
from tinygrad_fr.ops.definition import Array
from tinygrad_fr.record.accelerator import accelerator

KERNEL_SIZE = 4096  # numbers: from so many on, a kernel saves more time than loading it costs


def added_rows(x: Array, index: Array, count: int) -> Array:
    """Zeros (count, …) with each x[i] added to row index[i]."""
    if x.size < KERNEL_SIZE or x.dtype.char not in "fd" or not accelerator().kernels:
        out = np.zeros((count, *x.shape[1:]), x.dtype)
        np.add.at(out, index, x)
        return out
    kernels = imported("tinygrad_fr.kernels.arrays.rows")
    flat = np.ascontiguousarray(x).reshape(len(x), prod(x.shape[1:]))
    return kernels.added(flat, np.ascontiguousarray(index), count).reshape(count, *x.shape[1:])
