"""Subscripts: what ``x[index]`` reads, what ``x[index] = value`` writes, and their derivatives."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import here
from tinygrad_fr.errors import DtypeError
from tinygrad_fr.explanation import Explanation, message
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import add
from tinygrad_fr.ops.definition import Array, structured
from tinygrad_fr.ops.indexing.rows import KERNEL_SIZE, added_rows
from tinygrad_fr.ops.indexing.rules import by_integers, chooses, cuts, steps
from tinygrad_fr.ops.shapes.broadcasting import broadcast_to
from tinygrad_fr.ops.shapes.shape import reshape_to
from tinygrad_fr.ops.shared.overloads import cutting
from tinygrad_fr.ops.shared.untracked import dtype_of, value_of
from tinygrad_fr.promotion.dtype import converted
from tinygrad_fr.record.node import Node
from tinygrad_fr.sampling import Draw, Sample
from tinygrad_fr.views import put_at

_LONG, _WHOLE = np.dtype(np.int64), slice(None)


def _getitem_sample(draw: Draw) -> Sample:
    shape = draw.shape(1, 3, min_side=2)
    index = draw.choice(
        [0, -1, slice(None, None, 2), (Ellipsis, 0), (None, slice(1, None)), np.array([0, 1, 0]), slice(0, 0)]
    )
    return Sample((draw.array(shape),), {"index": index})


@structured(
    symbol="[ ]",
    latex=r"x_{i}",
    reads="",
    sample=_getitem_sample,
    method=False,
    explained=Explanation(
        shown_as="index",
        word=message("selection"),
        forward=message("Pick some of the numbers."),
        backward=message("The chosen numbers receive the gradient; the others receive 0."),
        letters=("x",),
        sends=(r"0_{i} \leftarrow G",),
    ),
)
def getitem(x: Array, index: Any) -> Array:
    """Elements chosen by slices, integers, None, ellipsis, and integer or boolean arrays, as numpy chooses them.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["getitem"](tg.tensor([10, 20, 30]), slice(1, None))
        tensor([20, 30])
    """
    if (taken := _taken(x, index)) is not None:
        return taken
    if (
        index.__class__ is not int and index.__class__ is not slice and basic(index)
    ):  # numpy copies where an array chooses
        parts = index if isinstance(index, tuple) else (index,)
        index = tuple([int(part) if part.__class__ is np.ndarray else part for part in parts])
    result: Array = x[index]
    if isinstance(result, np.generic):  # one element: an array on it, where numpy gives a copy
        return x[(*index, ...) if isinstance(index, tuple) else (index, ...)]
    return result


def _taken(x: Any, index: Any) -> Any:
    """The elements that one array of int64 chooses along a dimension, whole ones before it, which numpy takes faster; None for other indices."""
    dim = 0
    if index.__class__ is tuple:
        dim = len(index) - 1
        for part in index[:-1]:
            if part.__class__ is not slice or part != _WHOLE:
                return None
        index = index[-1] if index else None
    if index.__class__ is not np.ndarray or index.dtype is not _LONG or not index.ndim:
        return None
    return x.take(index, dim) if x.__class__ is np.ndarray and dim < x.ndim else None


@getitem.derivative("x")
def _(g: Any, y: Any, x: Any, index: Any) -> Any:
    return place(g, index, x.shape)


def basic(index: Any) -> bool:
    """Whether an index cuts out a part, by integers, slices, None and an ellipsis: then the result is a view.

    An array of one integer and no dimension is an integer, as in PyTorch and numpy.
    """
    if index.__class__ is int or index.__class__ is slice:
        return True
    for part in index if isinstance(index, tuple) else (index,):
        if part.__class__ is int or part.__class__ is slice or part is None or part is Ellipsis:
            continue
        if part.__class__ is np.ndarray:
            if part.ndim or part.dtype.kind not in "iu":
                return False
        elif not isinstance(part, slice | int | np.integer) or isinstance(part, bool):
            return False
    return True


def _place_sample(draw: Draw) -> Sample:
    sample = _getitem_sample(draw)
    index = sample.attrs["index"]
    return Sample((draw.array(sample.inputs[0][index].shape),), {"index": index, "shape": sample.inputs[0].shape})


@structured(
    symbol="[ ]←",
    latex=r"0_{i} \leftarrow x",
    reads="",
    sample=_place_sample,
    method=False,
    explained=Explanation(shown_as="index_backward"),
)
def place(x: Array, index: Any, shape: tuple[int, ...]) -> Array:
    """Zeros of ``shape`` with x added at an index; elements chosen twice receive both: the transpose of ``getitem``.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["place"](tg.tensor([1.0, 2.0]), slice(1, 3), (4,))
        tensor([0., 1., 2., 0.])
    """
    if not _repeats(index):
        result = np.zeros(shape, dtype=x.dtype)
        result[index] = x
        return result
    if x.size >= KERNEL_SIZE and (leading := _leading(index, shape)) is not None:
        (numbers, sides), row = leading, shape[leading[1] :]
        if x.shape[x.ndim - len(row) :] == row:  # else numpy says what is wrong
            return added_rows(x.reshape(len(numbers), *row), numbers, prod(shape[:sides])).reshape(shape)
    result = np.zeros(shape, dtype=x.dtype)
    np.add.at(result, index, x)
    return result


@place.derivative("x")
def _(g: Any, y: Any, x: Any, index: Any, shape: Any) -> Any:
    return getitem(g, index)


def _leading(index: Any, shape: tuple[int, ...]) -> tuple[Array, int] | None:
    """Where integer arrays choose along the first dimensions alone: rows by number, and how many dimensions."""
    parts = [np.asarray(part) for part in (index if isinstance(index, tuple) else (index,))]
    sides = shape[: len(parts)]
    if len(sides) < len(parts) or any(part.dtype.kind not in "iu" for part in parts):
        return None
    wide = np.broadcast_arrays(*(part.astype(np.int64, copy=False) for part in parts))
    numbers: Any = None
    for part, side in zip(wide, sides, strict=True):
        least = part.min(initial=0)
        if least < -side or part.max(initial=0) >= side:
            return None  # which numpy refuses
        counted = np.where(part < 0, part + side, part) if least < 0 else part
        numbers = counted if numbers is None else numbers * side + counted
    return numbers.reshape(-1), len(parts)


def _repeats(index: Any) -> bool:
    """Whether an index may choose an element twice: only integer arrays can."""
    parts = index if isinstance(index, tuple) else (index,)
    return any(isinstance(part, np.ndarray | list) and np.asarray(part).dtype.kind in "iu" for part in parts)


def _setitem_sample(draw: Draw) -> Sample:
    sample = _getitem_sample(draw)
    x, index = sample.inputs[0], sample.attrs["index"]
    if isinstance(index, np.ndarray):
        index = np.array([1, 0])
    return Sample((x, draw.array(x[index].shape)), {"index": index})


@structured(
    symbol="[ ]=",
    latex=r"x_{i} \leftarrow v",
    reads="",
    sample=_setitem_sample,
    method=False,
    explained=Explanation(shown_as="index_put"),
)
def setitem(x: Array, value: Array, index: Any) -> Array:
    """A copy of x with ``value`` at an index: what ``x[index] = value`` records.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["setitem"](tg.tensor([1, 2, 3]), tg.tensor(9), 0)
        tensor([9, 2, 3])
    """
    result = np.array(x)  # which lies as x does
    if isinstance(value, np.ndarray) and value.ndim:
        sides = value.shape[next((i for i, side in enumerate(value.shape) if side != 1), value.ndim) :]
        value = value.reshape(sides)  # which dimensions of length 1 in front do not change
    result[index] = converted(value, x.dtype) if isinstance(value, float | int) else value
    return result


setitem.lays_out = False


def _put_at(whole: Any, part: Any, places: Any) -> Any:
    """Elements that the part shows several times are the same: one of each is put, and gets the gradient."""
    numbers, first = np.unique(places, return_index=True)
    flat = setitem(reshape_to(whole, (-1,)), getitem(reshape_to(part, (-1,)), first), numbers)
    return reshape_to(flat, tuple(whole.shape))


put_at.append(_put_at)


getitem.views(lambda whole, part, index: setitem(whole, part, index), lambda x, y, index: basic(index))


@setitem.derivative("x")
def _(g: Any, y: Any, x: Any, value: Any, index: Any) -> Any:
    return setitem(g, 0, index)


@setitem.derivative("value")
def _(g: Any, y: Any, x: Any, value: Any, index: Any) -> Any:
    return getitem(g, index)  # as PyTorch: where two are written to one place, each receives its whole gradient


@cutting(getitem, cuts)
def at(x: Any, index: Any) -> Any:
    """What ``x[index]`` is: elements chosen as PyTorch chooses them.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.arange(24).reshape(2, 3, 4)
        >>> at(x, (0, slice(None), [1, 2])).tolist()
        [[1, 2], [5, 6], [9, 10]]
    """
    shape = x.current.value.shape if isinstance(x, Node) else x.shape
    if cuts(index, shape):
        return getitem.call(x, index)
    taken = by_integers(index, len(shape))
    if taken is not None:
        return getitem.call(x, taken)
    _read_masks(index)
    for step in steps(index, shape):
        x = getitem.call(x, step)
    return x


def _read_masks(index: Any) -> None:
    """Say that the masks of an index are read: how many elements they choose is the size of the result."""
    for part in index if isinstance(index, tuple | list) else (index,):
        if isinstance(part, Node) and dtype_of(part) in (np.bool_, np.uint8):
            value_of(part)


def with_written(x: Any, index: Any, value: Any) -> Any:
    """What x becomes by ``x[index] = value``.

    Raises:
        DtypeError: arrays choose where tensors of another dtype are written, which PyTorch converts for slices alone.

    Example:
        >>> import tinygrad_fr as tg
        >>> with_written(tg.zeros(2, 2, 2), (0, slice(None), [1]), tg.tensor([5.0])).tolist()
        [[[0.0, 5.0], [0.0, 5.0]], [[0.0, 0.0], [0.0, 0.0]]]
    """
    _refuse_old_mask(index, value)
    first, *then = (index,) if cuts(index, x.shape) else steps(index, x.shape)
    _written_dtype("index_put", x, value, then[0] if then else first)
    if not then:
        return setitem(x, value, first)
    part = getitem(x, first)
    return setitem(x, setitem(part, value, then[0]), first)


def _refuse_old_mask(index: Any, value: Any) -> None:
    """Refuse one number written where a mask of uint8 chooses alone, which PyTorch's masked_fill does not take."""
    parts = index if isinstance(index, tuple) else (index,)
    found = [part.current.value for part in parts if isinstance(part, Node)]
    one = np.size(value.current.value if isinstance(value, Node) else value) == 1
    if one and len(found) == 1 and found[0].dtype == np.uint8 and found[0].ndim:
        raise DtypeError(
            tr("masked_fill: expected a mask of booleans, got {found} ({where})").format(
                found=found[0].dtype, where=here()
            )
        )


def with_added(x: Any, index: Any, value: Any) -> Any:
    """x with values added where an index chooses; what is chosen twice receives both.

    Example:
        >>> import tinygrad_fr as tg
        >>> with_added(tg.zeros(3), [0, 2, 2], tg.tensor([1.0, 2.0, 3.0]))
        tensor([1., 0., 5.])
    """
    _read_masks(index)
    shapes = [tuple(x.shape)]
    chain = steps(index, x.shape)
    _written_dtype("index_put", x, value, chain[-1])
    for step in chain:
        shapes.append(np.empty(shapes[-1], np.bool_)[step].shape)
    found = broadcast_to(value, shapes.pop())
    for step in reversed(chain):
        found = place(found, step, shapes.pop())
    return add(x, found)


def _written_dtype(name: str, x: Any, value: Any, index: Any) -> None:
    """Refuse what PyTorch does: tensors of another dtype where arrays choose, but for one number where a mask does."""
    found = value.current.value if isinstance(value, Node) else value
    if not isinstance(found, np.ndarray) or found.dtype == dtype_of(x) or not chooses(index):
        return
    arrays = [part for part in (index if isinstance(index, tuple) else (index,)) if chooses(part)]
    if found.size == 1 and len(arrays) == 1 and arrays[0].dtype == np.bool_:
        return
    if all(not np.ndim(part) for part in arrays):  # True and False alone
        return
    raise DtypeError(
        tr("{name}: expected values of the tensor's dtype, {expected}, got {found} ({where})").format(
            name=name, expected=dtype_of(x), found=found.dtype, where=here()
        )
    )
