"""Kernels for large arrays: reductions, moves and expressions, where the memory layout allows one."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import import_module
from math import prod
from typing import Any

import numpy as np

from tinygrad_fr.errors import RangeError
from tinygrad_fr.promotion import broadcast
from tinygrad_fr.record.accelerator import accelerator

ENOUGH = 16_384  # numbers: from so many on, a kernel saves more time than its call costs
_FLOATS = frozenset((np.dtype(np.float32), np.dtype(np.float64)))  # in this machine's order of bytes
_NARROW = 16  # columns: below, numpy's loop over them is as good


@cache
def _kernels() -> dict[str, Any]:
    found = import_module("tinygrad_fr.kernels.arrays.reductions")
    return {name: getattr(found, name) for name in ("summed", "multiplied", "largest", "smallest")}


def _fits(x: Any) -> bool:
    return x.size >= ENOUGH and x.dtype in _FLOATS and x.flags.c_contiguous and accelerator().kernels


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
    """A reduction of :mod:`tinygrad_fr.kernels.arrays.reductions` along dimensions, None for all; None where numpy is to do it."""
    if not _fits(x):
        return None
    plan = _plan(x.shape, axis, keepdims)
    return None if plan is None else _kernels()[kernel](x.reshape(plan[0])).reshape(plan[1])


def sum_to(array: Any, shape: tuple[int, ...]) -> Any:
    """Sum an array over the dimensions along which ``shape`` was broadcast to its shape."""
    lead = array.ndim - len(shape)
    if array.size < ENOUGH or lead < 0:
        return broadcast.sum_to(array, shape)
    longer = [i for i, side in enumerate(shape, lead) if side == 1 and array.shape[i] != 1]
    found = reduced("summed", array, (*range(lead), *longer), False)
    return broadcast.sum_to(array, shape) if found is None else found.reshape(shape)


def running_sums(x: Any, dim: int) -> Any:
    """Running sums along the last dimension; None where numpy is to do it."""
    if x.size < ENOUGH or dim not in (-1, x.ndim - 1) or not _fits(laid := np.ascontiguousarray(x)):
        return None
    return _moves().running_sums(laid.reshape(-1, x.shape[-1])).reshape(x.shape)


def gathered(x: Any, dim: int, index: Any) -> Any:
    """The elements that an index chooses along a dimension; None where numpy is to do it, or says what is wrong."""
    shape, chosen = x.shape, index.shape
    dim %= max(x.ndim, 1)
    if index.size < ENOUGH or not _fits(x) or not index.flags.c_contiguous or len(chosen) != len(shape):
        return None
    lead, rest = shape[:dim], shape[dim + 1 :]
    if chosen[:dim] != lead or chosen[dim + 1 :] != rest:
        return None
    sides = prod(lead), -1, prod(rest)
    try:
        found = _moves().gathered(x.reshape(sides), index.reshape(sides))
    except RangeError:
        return None
    return found.reshape(chosen)


def scattered(g: Any, shape: tuple[int, ...], dim: int, index: Any) -> Any:
    """Zeros of a shape with g added where an index says, along a dimension; None where numpy is to do it."""
    dim %= max(len(shape), 1)
    if index.size < ENOUGH or g.__class__ is not np.ndarray or not _fits(g) or not index.flags.c_contiguous:
        return None
    if index.shape != (*shape[:dim], index.shape[dim], *shape[dim + 1 :]) or g.shape != index.shape:
        return None
    sides = prod(shape[:dim]), -1, prod(shape[dim + 1 :])
    try:
        return _moves().scattered(g.reshape(sides), index.reshape(sides), shape[dim]).reshape(shape)
    except RangeError:
        return None


def contiguous(array: Any) -> Any:
    """An array whose elements lie one after the other; the array itself where they do."""
    if array.ndim == 2 and not array.flags.c_contiguous and _fits(array.T):
        return _moves().turned(array.T)
    return np.ascontiguousarray(array)


@cache
def _moves() -> Any:
    return import_module("tinygrad_fr.kernels.arrays.moves")


@cache
def _expression(text: str, names: tuple[str, ...]) -> Any:
    return import_module("tinygrad_fr.kernels.elementwise").kernel(names, text)


def computed(text: str, **operands: Any) -> Any:
    """An expression of large arrays, of numbers, and of rows or columns that are repeated; None where numpy is to do it."""
    first = next(iter(operands.values()))
    return _expression(text, tuple(operands))(*operands.values()) if _fits(first) else None
