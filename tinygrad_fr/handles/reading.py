"""Arrays out of what a person gives: lists, numbers, other arrays."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tinygrad_fr.errors import DataError, DtypeError, ShapeError
from tinygrad_fr.locale import _
from tinygrad_fr.ops.shapes import joining
from tinygrad_fr.ops.shapes.shape import reshape, sides_of
from tinygrad_fr.promotion.dtype import as_dtype, converted, get_default_dtype, promoted, result_type
from tinygrad_fr.record.mode import now
from tinygrad_fr.record.node import KINDS, Node

if TYPE_CHECKING:
    from collections.abc import Callable

Array = npt.NDArray[Any]


_PLAIN = frozenset((bool, int, float))


def holds_nodes(data: Any) -> bool:
    """Whether nested lists hold a node somewhere."""
    return not _PLAIN.issuperset(map(type, data)) and any(
        isinstance(x, Node) or (isinstance(x, list | tuple) and holds_nodes(x)) for x in data
    )


def stacked(data: Any) -> Any:
    """A tensor out of nested lists of nodes and numbers, still connected. A tensor of one element counts as its number."""
    parts = [stacked(x) if isinstance(x, list | tuple) else _number(x) for x in data]
    tensors = any(isinstance(x, Node) and not isinstance(x.current.value, float) for x in parts)
    scalar: Any = KINDS[float]
    tensor: Any = KINDS[list]
    parts = [
        x if isinstance(x, Node) else (tensor(x) if tensors else scalar(float(x), requires_grad=False)) for x in parts
    ]
    return joining.stack(parts)


def _number(x: Any) -> Any:
    if not isinstance(x, Node) or not isinstance(x.current.value, np.ndarray):
        return x
    value = x.current.value
    return reshape(x, ()) if value.ndim and value.size == 1 else x


def new_array(data: Any, dtype: Any = None) -> Array:
    """A new array of what the user gave, in the dtype that PyTorch would choose."""
    source = data
    if isinstance(data, Node):
        data = data.current.value
    wanted = as_dtype(dtype) if dtype is not None else None
    array = np.array(data, dtype=wanted) if isinstance(data, np.ndarray | np.generic) else _read(data, wanted)
    if (own := as_dtype(array.dtype)) is not array.dtype:
        array = array.astype(own)
    now().tape.copied(source, array)
    return array


def _read(data: Any, wanted: Any) -> Array:
    """Numbers in lists as an array.

    Raises:
        DataError: what stands in the lists is no number, or they have several lengths.
        DtypeError: no number and no list of numbers.
    """
    if isinstance(word := _first(data), str | bytes):
        kind = DtypeError if word is data else DataError
        raise kind(_("expected numbers, got {found}").format(found=repr(word)))
    try:
        array = np.array(data, dtype=wanted if wanted is None or wanted.kind == "f" else None)
    except (ValueError, TypeError, OverflowError) as error:
        raise DataError(_("expected numbers in lists of equal lengths: {cause}").format(cause=error)) from None
    if wanted is not None:
        return array if wanted.kind == "f" else _of_numbers(array, wanted)
    if array.dtype in (np.uint64, np.object_) and _integers(array):
        raise DataError(
            _("expected integers of at most 64 bits with their sign, got {found}").format(found=array.max())
        )
    kinds = _kinds(data)
    if kinds:
        return array.astype(functools.reduce(promoted, sorted(kinds, key=lambda kind: kind.name)), copy=False)
    return array.astype(get_default_dtype()) if array.dtype == np.float64 else array


def _first(data: Any) -> Any:
    """What stands first in nested lists."""
    while isinstance(data, list | tuple) and data:
        data = data[0]
    return data


def _kinds(data: Any) -> set[Any]:
    """The dtypes in nested lists where numpy's numbers are among them; empty where all are Python's."""
    found: set[Any] = set()
    plain: set[Any] = set()

    def look(parts: Any) -> None:
        kinds = set(map(type, parts))
        if kinds <= _PLAIN:  # most lists
            plain.update(kinds)
            return
        for each in parts:
            if isinstance(each, list | tuple):
                look(each)
            elif isinstance(each, np.generic | np.ndarray):
                found.add(each.dtype)
            else:
                plain.add(type(each))

    look((data,))
    if found:
        kinds = {float: get_default_dtype(), int: np.dtype(np.int64), bool: np.dtype(np.bool_)}
        found |= {kinds[kind] for kind in plain if kind in kinds}
    return found if all(kind.kind in "biuf" for kind in found) else set()


def _integers(array: Array) -> bool:
    """Whether the elements are integers, if numpy has no dtype for them."""
    return all(isinstance(x, int) for x in array.ravel().tolist())


def _of_numbers(array: Array, dtype: Any) -> Array:
    """Numbers that a person wrote, as elements of an integer dtype or booleans: each must fit."""
    if array.dtype.kind not in "biuf" and not _integers(array):
        raise DataError(_("expected numbers, got {found}").format(found=array.ravel()[0]))
    if dtype.kind == "b":
        return array.astype(dtype) if array.dtype.kind in "biuf" else np.asarray(array != 0)
    if array.size:
        for end in (array.min(), array.max()):  # NaN is both
            converted(end.item() if isinstance(end, np.generic) else end, dtype)
    if array.dtype == np.object_:  # integers of which one takes the 64th bit
        return np.array([x % (1 << 64) for x in array.ravel().tolist()], np.uint64).astype(dtype).reshape(array.shape)
    return array.astype(dtype, copy=False)


def array_of(size: Any, value: Any, dtype: Any = None) -> Array:
    """An array of one number, which must fit in the dtype."""
    if isinstance(value, Node | np.generic):
        value = np.asarray(value.current.value if isinstance(value, Node) else value).item()
    if not isinstance(value, int | float):
        raise DtypeError(_("expected numbers, got {found}").format(found=repr(value)))
    wanted = result_type(value) if dtype is None else as_dtype(dtype)
    return np.full(size, converted(value, wanted))


def checked_sides(*numbers: int | None) -> None:
    """Refuse a negative number of elements."""
    for n in numbers:
        if n is not None and n < 0:
            raise ShapeError(_("expected a number of elements of at least 0, got {found}").format(found=n))


def size_of(given: tuple[Any, ...]) -> tuple[int, ...]:
    """The size that a call gives, as several integers or as one sequence of them.

    Raises:
        DtypeError: something in it is no integer.
        ShapeError: an integer is negative.

    Example:
        >>> size_of((2, 3)), size_of(([2, 3],)), size_of(())
        ((2, 3), (2, 3), ())
    """
    size = sides_of("size", given, ())
    checked_sides(*size)
    return size


def filled(fill: Callable[..., Array], size: tuple[Any, ...], dtype: Any) -> Array:
    """An array of a size, given as several integers or as one sequence of them."""
    return fill(size_of(size), as_dtype(dtype))


def stranger(other: Any) -> bool:
    """Whether an operand is of a class of one's own that is no tensor."""
    return type(other).__module__ not in ("builtins", "numpy") and not isinstance(other, (Node, np.ndarray, int, float))
