"""Addresses of arrays, and the memory that they free."""

from __future__ import annotations

import ctypes
import os
import sys
from typing import Any

import numpy as np

_read = ctypes.c_void_p.from_address
_HEAD = object.__basicsize__


def _as_told(array: Any) -> int:
    found: int = array.__array_interface__["data"][0]
    return found


_sample = np.empty(1)
# numpy's structure of an array begins with this address (PyArrayObject_fields in numpy/ndarraytypes.h): five times as fast.
_READABLE = sys.implementation.name == "cpython" and _read(id(_sample) + _HEAD).value == _as_told(_sample)


def address(array: Any) -> int:
    """The address of an array."""
    if _READABLE and array.__class__ is np.ndarray:
        return _read(id(array) + _HEAD).value or 0
    return _as_told(array)


def aligned(count: int, dtype: Any) -> Any:
    """An empty array that starts at a cache line, which makes loads of vectors faster."""
    size = np.dtype(dtype).itemsize
    raw = np.empty(count * size + 64, np.uint8)
    start = -address(raw) % 64
    return raw[start : start + count * size].view(dtype)


class Spent(tuple[Any, ...]):
    """What a kernel saved for its backward pass, where nobody reads it again: that pass may write over it."""

    __slots__ = ()


_TRIM, _MAP = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of malloc.h
_KEPT, _LARGE = 256 << 20, 32 << 20  # bytes; glibc takes no more than the second


def keep_freed() -> None:
    """Keep freed memory for the next step, if the C library is glibc and nobody has configured it otherwise.

    By default, glibc returns the end of its memory to the system after every step of a small program, and the system
    gives it back page by page, cleared. That can take nine tenths of a step.
    """
    said = {"MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TOP_PAD_", "GLIBC_TUNABLES"} & set(os.environ)
    if said or "CS_GNU_LIBC_VERSION" not in getattr(os, "confstr_names", ()):
        return
    library = ctypes.CDLL(None)
    library.mallopt(_TRIM, _KEPT)
    library.mallopt(_MAP, _LARGE)
