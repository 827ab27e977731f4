"""Integer indices as arrays, checked: their dtype, their sign, and the dimension that they go along."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import dimension, here
from tinygrad_fr.errors import DataError, RangeError
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.shared.kinds import takes
from tinygrad_fr.ops.shared.untracked import computed, value_of
from tinygrad_fr.record.node import Node

_LONG = np.dtype(np.int64)


def integers(index: Any) -> Any:
    """An integer array: what chooses."""
    return computed(_integers, index) if isinstance(index, Node) else _integers(np.asarray(index))


def _integers(found: Any) -> Any:
    if found.dtype is _LONG:
        return found
    if found.dtype.kind not in "iu" and found.size:
        raise DataError(tr("expected integer indices, got {found} ({where})").format(found=found.dtype, where=here()))
    return found.astype(np.int64, copy=False)


def of_dtypes(name: str, index: Any, *dtypes: str) -> Any:
    """An integer array of indices or labels; where it is a tensor, of one of these dtypes.

    Raises:
        DtypeError: it has another dtype.
    """
    _check_dtype(name, index, dtypes)
    return integers(index)


def read_of_dtypes(name: str, index: Any, *dtypes: str) -> Any:
    """The same, for what is computed outside the record: a compiled step cannot be one that reads it.

    Raises:
        DtypeError: it has another dtype.
    """
    _check_dtype(name, index, dtypes)
    return integers(value_of(index))


def _check_dtype(name: str, index: Any, dtypes: tuple[str, ...]) -> None:
    if isinstance(index, Node) and index.value.dtype is not _LONG:
        takes(name, index, *dtypes)


def places(name: str, index: Any, *dtypes: str) -> Any:
    """An integer array of indices counted from 0 alone; where it is a tensor, of one of these dtypes.

    Raises:
        DtypeError: it has another dtype.
        RangeError: an index is negative.
    """
    if not isinstance(index, Node):
        return _from_zero(np.asarray(index))
    value = index.value
    if value.dtype is not _LONG and np.size(value):  # PyTorch takes an empty one of any dtype
        takes(name, index, *(dtypes or ("int32", "int64")))
    return computed(_from_zero, index)


def read_places(name: str, index: Any) -> Any:
    """The same, for what is computed outside the record: a compiled step cannot be one that reads it."""
    places(name, index)
    return _from_zero(np.asarray(value_of(index)))


def _from_zero(found: Any) -> Any:
    found = _integers(found)
    if found.size and found.item(found.argmin()) < 0:
        raise RangeError(
            tr("expected indices of at least 0, got {found} ({where})").format(found=int(found.min()), where=here())
        )
    return found


_UNSIGNED = {kind: np.dtype(f"u{np.dtype(kind).itemsize}") for kind in "bhilqBHILQ"}


def within(index: Any, bound: int) -> bool:
    """Whether all numbers of an integer array are from 0 to below a bound: unsigned, a negative one is larger than any.

    Example:
        >>> within(np.array([0, 2]), 3), within(np.array([0, 3]), 3), within(np.array([-1, 0]), 3)
        (True, False, False)
    """
    if not index.size:
        return True
    seen = index.view(_UNSIGNED[index.dtype.char])
    return bool(seen.item(seen.argmax()) < bound)


def grid(index: Any, dim: int) -> tuple[Any, ...]:
    """The index of numpy that goes along ``dim`` by ``index`` and straight along the other dimensions."""
    along: list[Any] = list(straight(index.shape))
    along[dim] = index
    return tuple(along)


@lru_cache(maxsize=256)
def straight(shape: tuple[int, ...]) -> tuple[Any, ...]:
    """The places along each dimension, which many calls share."""
    found = tuple(np.ogrid[tuple(slice(side) for side in shape)])
    for places_ in found:
        places_.flags.writeable = False
    return found


def checked_index(x: Any, dim: int, index: Any) -> tuple[int, Any]:
    """A dimension and an integer index of as many dimensions as x, both within it."""
    index = integers(value_of(index))
    dim = dimension(dim, len(x.shape))
    if index.ndim != len(x.shape) and index.size and max(index.ndim, 1) != max(len(x.shape), 1):
        raise ValueError("the index must have as many dimensions as the input")
    side = x.shape[dim] if len(x.shape) else 1
    if not within(index, side) and (index.min() < -side or index.max() >= side):
        raise IndexError(f"index {index.max()} is out of bounds for dimension {dim} of length {side}")
    if index.shape == x.shape:
        return dim, index
    if index.size and any(
        given > there for i, (given, there) in enumerate(zip(index.shape, x.shape, strict=False)) if i != dim
    ):
        raise ValueError("the index is larger than the input along another dimension")
    return dim, index
