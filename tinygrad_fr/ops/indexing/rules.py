"""PyTorch's rules of indexing, expressed as numpy's.

The two differ where integers stand beside arrays. PyTorch applies slices, integers and None first, and puts the chosen dimension where the
arrays stand among the remaining ones; numpy treats an integer as an array, so that ``x[0, :, [1, 2]]`` moves the chosen dimension to the
front. Such an index is therefore applied in two steps: first integers, slices and None, then arrays.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import here
from tinygrad_fr.errors import DtypeError, RangeError, UsageError
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.shared.untracked import computed, dtype_of, lent, value_of
from tinygrad_fr.record.node import Node
from tinygrad_fr.source.site import warn

WHOLE = slice(None)

_LONG = np.dtype(np.int64)

# What arrays of a dtype mean in an index: numbers of elements, or a mask.
_MEANT: dict[Any, Any] = {
    np.dtype(np.int64): np.int64,
    np.dtype(np.int32): np.int64,
    np.dtype(np.uint8): np.bool_,
    np.dtype(np.bool_): np.bool_,
}


def steps(index: Any, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """The indices of numpy's that choose, one after the other, what an index of PyTorch's chooses: one, or two.

    Raises:
        RangeError: it has more parts than there are dimensions, or a part is of a type that chooses nothing.
        UsageError: a slice whose step is not positive.

    Example:
        >>> steps((0, slice(None), [1, 2]), (3, 4, 5))
        ((0, slice(None, None, None), slice(None, None, None)), (slice(None, None, None), array([1, 2])))
        >>> steps((slice(None), [1, 2]), (3, 4))
        ((slice(None, None, None), array([1, 2])),)
    """
    many = isinstance(index, tuple) or (isinstance(index, list) and _stands_for_tuple(index))
    parts = tuple([_part(part) for part in (index if many else (index,))])
    used = sum(_dimensions(part) for part in parts)
    if used > len(shape):
        raise RangeError(
            tr("expected an index of at most {most} dimensions, got {found} ({where})").format(
                most=len(shape), found=used, where=here()
            )
        )
    if not any(_chooses(part) or isinstance(part, bool) for part in parts):
        return (parts if many else parts[0],)
    # An ellipsis that stands for no dimension separates the arrays beside it in numpy, but not in PyTorch.
    spread = tuple(each for part in parts for each in ([WHOLE] * (len(shape) - used) if part is Ellipsis else [part]))
    _check_masks(spread, shape)
    if _agree(spread):
        return (spread if many else spread[0],)
    return _in_two(spread)


def cuts(index: Any, shape: tuple[int, ...]) -> bool:
    """Whether an index is of plain integers, slices and None alone, no more than there are dimensions: numpy reads it as it stands.

    Example:
        >>> cuts((0, slice(1, None)), (3, 4)), cuts(0, ()), cuts([0], (3,))
        (True, False, False)
    """
    if index.__class__ is not tuple:
        index = (index,)
    left = len(shape)
    for part in index:
        if part is None:
            continue
        left -= 1
        if part.__class__ is int:
            continue
        if part.__class__ is not slice:
            return False
        start, stop, step = part.start, part.stop, part.step
        if not (
            (start is None or start.__class__ is int)
            and (stop is None or stop.__class__ is int)
            and (step is None or (step.__class__ is int and step > 0))
        ):
            return False
    return left >= 0


def by_integers(index: Any, ndim: int) -> Any:
    """The index of numpy's for tensors of int64 alone, no more than there are dimensions; None for any other.

    Example:
        >>> from tinygrad_fr import tensor
        >>> by_integers((tensor([0, 1]), tensor([2, 2])), 2), by_integers((tensor([0]), 1), 2)
        ((array([0, 1]), array([2, 2])), None)
    """
    many = index.__class__ is tuple
    parts = index if many else (index,)
    if not 0 < len(parts) <= ndim:
        return None
    for part in parts:
        if not isinstance(part, Node):
            return None
        value = (part if part.rare is None else part.current).value
        if value.__class__ is not np.ndarray or value.dtype is not _LONG or not value.ndim:
            return None
    found = tuple([lent(part) for part in parts])
    return found if many else found[0]


def chooses(index: Any) -> bool:
    """Whether an index of numpy's chooses by arrays, rather than cutting out a part."""
    return any(_chooses(part) for part in (index if isinstance(index, tuple) else (index,)))


def _chooses(part: Any) -> bool:
    """Whether a part is an array that chooses; one of no dimension is an integer."""
    return isinstance(part, np.ndarray) and part.ndim > 0


def _stands_for_tuple(index: list[Any]) -> bool:
    """Whether a list is read as a tuple: PyTorch's old habit, for lists of less than 32 parts that are not all numbers."""
    return len(index) < 32 and any(
        part is None or part is Ellipsis or isinstance(part, slice | list | tuple | range | np.ndarray | Node)
        for part in index
    )


def _part(part: Any) -> Any:
    """One part of an index as an int, a bool, a slice, None, Ellipsis, or an array of integers or booleans."""
    if part.__class__ is int or part is None or part is Ellipsis or part.__class__ is bool:
        return part
    if isinstance(part, slice):
        return _slice(part)
    if isinstance(part, list | tuple | range):
        part = _array(part)
    if isinstance(part, Node):
        return _of_node(part)
    array = np.asarray(part)
    if not array.ndim and array.dtype.kind in "iub":
        return bool(array) if array.dtype == np.bool_ else int(array)
    if array.dtype in _MEANT and array.ndim:
        return array.astype(_MEANT[array.dtype], copy=False)
    if isinstance(part, str | bytes):
        raise DtypeError(tr("a tensor has no part of the name “{name}” ({where})").format(name=part, where=here()))
    raise _no_index(array.dtype if array.dtype != object else type(part).__name__)


def _of_node(part: Node) -> Any:
    """A tensor in an index; one integer stays an array, so that a step that is replayed takes the newest."""
    dtype = dtype_of(part)
    if dtype not in _MEANT:
        if dtype.kind == "i" and not np.shape(lent(part)):
            return computed(np.int64, part)
        raise _no_index(dtype)
    if not np.shape(lent(part)) and _MEANT[dtype] is np.bool_:
        return bool(value_of(part))
    if dtype in (np.int64, np.bool_):
        return lent(part)
    if dtype == np.uint8:
        warn(tr("an index of uint8 is a mask, as of before: use one of bool"))
    return computed(_MEANT[dtype], part)


def _no_index(found: Any) -> RangeError:
    return RangeError(
        tr(
            "expected an index of integers, booleans, slices, None or Ellipsis, or tensors of int64, int32, uint8 or bool; "
            "got {found} ({where})"
        ).format(found=found, where=here())
    )


def _array(numbers: Any) -> Any:
    """A list of numbers, or of lists of them, as an array; an empty one chooses nothing."""
    try:
        array = np.asarray(_plain(numbers))
    except ValueError as error:  # lists of different lengths
        raise RangeError(
            tr("expected an index of lists of equal lengths: {cause} ({where})").format(cause=error, where=here())
        ) from None
    return array if array.size else array.astype(np.int64)


def _plain(part: Any) -> Any:
    if isinstance(part, list | tuple | range):
        return [_plain(each) for each in part]
    return value_of(part)


def _slice(part: slice) -> slice:
    """A slice of plain integers."""
    try:
        start, stop, step = (
            None if bound is None else operator.index(bound) for bound in (part.start, part.stop, part.step)
        )
    except TypeError:
        raise DtypeError(
            tr("expected a slice of integers, got {found} ({where})").format(found=part, where=here())
        ) from None
    if step is not None and step <= 0:
        raise UsageError(
            tr(
                "expected a slice whose step is at least 1, got {found}; flip(dim) turns a dimension round ({where})"
            ).format(found=step, where=here())
        )
    return slice(start, stop, step)


def _dimensions(part: Any) -> int:
    """How many dimensions of the tensor a part speaks of."""
    if part is None or part is Ellipsis or isinstance(part, bool):
        return 0
    return part.ndim if isinstance(part, np.ndarray) and part.dtype == np.bool_ else 1


def _check_masks(parts: tuple[Any, ...], shape: tuple[int, ...]) -> None:
    dim = 0
    for part in parts:
        count = _dimensions(part)
        sides = shape[dim : dim + count]
        if isinstance(part, np.ndarray) and part.dtype == np.bool_ and part.shape != sides:
            raise RangeError(
                tr("expected a mask of shape {expected}, got {found} ({where})").format(
                    expected=sides, found=tuple(part.shape), where=here()
                )
            )
        dim += count


def _agree(parts: tuple[Any, ...]) -> bool:
    """Whether numpy places what arrays choose where PyTorch does: no bool, and no integer apart from the arrays."""
    if any(isinstance(part, bool) for part in parts):
        return False
    chosen = [i for i, part in enumerate(parts) if isinstance(part, int | np.ndarray)]
    if all(_chooses(parts[i]) for i in chosen):
        return True
    return chosen[-1] - chosen[0] == len(chosen) - 1


def _in_two(parts: tuple[Any, ...]) -> tuple[Any, ...]:
    """First what cuts (a bool is a new dimension of length 1), then what chooses."""
    cut: list[Any] = []
    chosen: list[Any] = []
    for part in parts:
        if isinstance(part, bool):
            cut.append(None)
            chosen.append(np.zeros(int(part), np.int64))
        elif _chooses(part):
            cut += [WHOLE] * _dimensions(part)
            chosen.append(part)
        else:
            cut.append(part)
            if part is None or isinstance(part, slice):
                chosen.append(WHOLE)
    return tuple(cut), tuple(chosen)
