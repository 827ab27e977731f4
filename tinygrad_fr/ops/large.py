"""Reductions of large arrays by kernels, where their dimensions lie together in memory."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import import_module
from math import prod
from typing import Any

from tinygrad_fr.record.accelerator import accelerator

ENOUGH = 16_384  # numbers: from so many a kernel beats numpy's reductions by more than its call costs
_NARROW = 16  # columns: below, numpy's loop over them is as good


@cache
def _kernels() -> dict[str, Any]:
    found = import_module("tinygrad_fr.kernels.reductions")
    return {name: getattr(found, name) for name in ("summed", "multiplied", "largest", "smallest")}


@lru_cache(maxsize=1024)
def _plan(shape: tuple[int, ...], axis: Any, keepdims: bool) -> Any:
    """The sides (A, R, B) that an array is seen with, and the shape of its reduction along R; None where kernels do not pay."""
    first, last = 0, len(shape)
    if axis is not None:
        dims = sorted([d % last for d in ((axis,) if isinstance(axis, int) else axis)])
        if not dims or dims[-1] - dims[0] != len(dims) - 1:
            return None
        first, last = dims[0], dims[-1] + 1
    sides = prod(shape[:first]), prod(shape[first:last]), prod(shape[last:])
    ones = (1,) * (last - first) if keepdims else ()
    return None if 1 < sides[2] < _NARROW else (sides, (*shape[:first], *ones, *shape[last:]))


def reduced(kernel: str, x: Any, axis: Any, keepdims: bool) -> Any:
    """A reduction of :mod:`tinygrad_fr.kernels.reductions` along dimensions, None for all; None where numpy is to do it."""
    if x.size < ENOUGH or x.dtype.char not in "fd" or not x.flags.c_contiguous or not accelerator().kernels:
        return None
    plan = _plan(x.shape, axis, keepdims)
    return None if plan is None else _kernels()[kernel](x.reshape(plan[0])).reshape(plan[1])
