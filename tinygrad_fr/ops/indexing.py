"""Elements chosen by position: indexing, gather and scatter, tables looked up by integers."""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import dimension, here, refusal
from tinygrad_fr.errors import DataError, DtypeError, RangeError, ShapeError
from tinygrad_fr.explanation import Explanation, message
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import add
from tinygrad_fr.ops.definition import Array, structured
from tinygrad_fr.ops.index_rules import by_integers, chooses, cuts, steps
from tinygrad_fr.ops.kinds import takes
from tinygrad_fr.ops.large import gathered, scattered
from tinygrad_fr.ops.overloads import function, overload
from tinygrad_fr.ops.rows import KERNEL_SIZE, added_rows
from tinygrad_fr.ops.shape import broadcast_to, cast, reshape_to
from tinygrad_fr.ops.untracked import computed, constant, dtype_of, value_of
from tinygrad_fr.promotion.dtype import converted
from tinygrad_fr.record.accelerator import accelerator
from tinygrad_fr.record.node import Node
from tinygrad_fr.sampling import Draw, Sample
from tinygrad_fr.views import put_at


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
    result: Array = x[index]
    if isinstance(result, np.generic):  # one element: an array on it, where numpy gives a copy
        return x[(*index, ...) if isinstance(index, tuple) else (index, ...)]
    return result


@getitem.derivative("x")
def _(g: Any, y: Any, x: Any, index: Any) -> Any:
    return place(g, index, x.shape)


def basic(index: Any) -> bool:
    """Whether an index chooses without arrays, by integers, slices, None and an ellipsis: then the result is a view."""
    if index.__class__ is int or index.__class__ is slice:
        return True
    if index.__class__ is np.ndarray:
        return False
    for part in index if isinstance(index, tuple) else (index,):
        if part.__class__ is int or part.__class__ is slice or part is None or part is Ellipsis:
            continue
        if not isinstance(part, slice | int | np.integer) or isinstance(part, bool):
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
        numbers, sides = leading
        return added_rows(x.reshape(len(numbers), *shape[sides:]), numbers, prod(shape[:sides])).reshape(shape)
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
    flat = setitem(reshape_to(whole, (-1,)), reshape_to(part, (-1,)), places.reshape(-1))
    return reshape_to(flat, tuple(whole.shape))


put_at.append(_put_at)
getitem.views(lambda whole, part, index: setitem(whole, part, index), lambda x, y, index: basic(index))


@setitem.derivative("x")
def _(g: Any, y: Any, x: Any, value: Any, index: Any) -> Any:
    return setitem(g, 0, index)


@setitem.derivative("value")
def _(g: Any, y: Any, x: Any, value: Any, index: Any) -> Any:
    return getitem(g, index)  # as PyTorch: where two are written to one place, each receives its whole gradient


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


def places(name: str, index: Any, *dtypes: str) -> Any:
    """An integer array of indices counted from 0 alone; where it is a tensor, of one of these dtypes.

    Raises:
        DtypeError: it has another dtype.
        RangeError: an index is negative.
    """
    if not isinstance(index, Node):
        return _from_zero(np.asarray(index))
    value = index.value
    if np.size(value) and value.dtype is not _LONG:  # PyTorch takes an empty one of any dtype
        takes(name, index, *(dtypes or ("int32", "int64")))
    return computed(_from_zero, index)


def _from_zero(found: Any) -> Any:
    found = _integers(found)
    if found.size and found.item(found.argmin()) < 0:
        raise RangeError(
            tr("expected indices of at least 0, got {found} ({where})").format(found=int(found.min()), where=here())
        )
    return found


def grid(index: Any, dim: int) -> tuple[Any, ...]:
    """The index of numpy that goes along ``dim`` by ``index`` and straight along the other dimensions."""
    along: list[Any] = list(_straight(index.shape))
    along[dim] = index
    return tuple(along)


@lru_cache(maxsize=256)
def _straight(shape: tuple[int, ...]) -> tuple[Any, ...]:
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
    if index.size and (index.min() < -side or index.max() >= side):
        raise IndexError(f"index {index.max()} is out of bounds for dimension {dim} of length {side}")
    if index.size and any(
        given > there for i, (given, there) in enumerate(zip(index.shape, x.shape, strict=False)) if i != dim
    ):
        raise ValueError("the index is larger than the input along another dimension")
    return dim, index


_SMALL = 4096


def gather_sample(draw: Draw) -> Sample:
    """A tensor, and an index that is smaller than it or not."""
    shape = draw.shape(1, 3, min_side=2)
    dim = draw.integer(0, len(shape) - 1)
    sides = tuple(draw.integer(1, 4) if i == dim else draw.integer(1, side) for i, side in enumerate(shape))
    return Sample((draw.array(shape),), {"dim": dim, "index": draw.indices(sides, shape[dim])})


@structured(
    symbol="x[i]",
    latex=r"y_{i} = x_{\text{index}_i}",
    reads="",
    sample=gather_sample,
    method=False,
    explained=Explanation(shown_as="gather"),
)
def gather_along(x: Array, dim: int, index: Any) -> Array:
    """Elements along ``dim`` chosen by an integer array of as many dimensions.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["gather_along"](tg.tensor([[10, 20, 30], [40, 50, 60]]), 1, tg.tensor([[2], [0]]))
        tensor([[30],
                [40]])
    """
    if index.__class__ is np.ndarray and x.ndim == index.ndim and 0 < index.size <= _SMALL and index.dtype.kind == "i":
        try:  # numpy finds a place outside while it takes the elements
            return x[grid(index, dimension(dim, x.ndim))]
        except IndexError:
            pass
    if (found := gathered(x, dim, integers(value_of(index)))) is not None:
        return found
    dim, index = checked_index(x, dim, index)
    if not index.size:
        return np.zeros(index.shape, x.dtype)
    if not x.ndim:
        return np.reshape(np.repeat(x, index.size), index.shape)
    result: Array = x.take(_flat(index, x.shape, dim)) if x.flags.c_contiguous else x[grid(index, dim)]
    return result


@gather_along.derivative("x")
def _(g: Any, y: Any, x: Any, dim: int, index: Any) -> Any:
    return spread(g, x.shape, dim, index)


def spread(g: Any, shape: tuple[int, ...], dim: int, index: Any) -> Any:
    """Zeros of a shape with g added where the index says: the transpose of gather."""
    index = integers(index)
    if g.__class__ is np.ndarray and index.size and len(shape) == index.ndim and index.size <= _SMALL:
        found = np.zeros(prod(shape), g.dtype)
        np.add.at(found, _flat(index, shape, dim % len(shape)).reshape(-1), g.reshape(-1))
        return found.reshape(shape)
    if not shape:
        return cast(reshape_to(g, (-1,)).sum(), dtype_of(g))
    if not index.size:
        return place(reshape_to(g, (0,)), (np.zeros(0, np.int64),) * len(shape), tuple(shape))
    if (added := scattered(g, tuple(shape), dim, index)) is not None:
        return added
    found = place(reshape_to(g, (-1,)), _flat(index, shape, dim % len(shape)).reshape(-1), (prod(shape),))
    return reshape_to(found, tuple(shape))


def _flat(index: Array, shape: tuple[int, ...], dim: int) -> Array:
    """The places among all elements of a shape that an index chooses along ``dim``, straight along the other dimensions."""
    steps = [prod(shape[i + 1 :]) for i in range(len(shape))]
    found: Array = np.where(index < 0, index + shape[dim], index) if index.min() < 0 else index
    found = found * steps[dim]
    for i, (along, step) in enumerate(zip(_straight(index.shape), steps, strict=True)):
        if i != dim:
            found += along * step
    return found


@overload
def gather(x: Any, dim: int, index: Any, *, sparse_grad: bool = False) -> Any:
    """Elements along ``dim`` chosen by an integer tensor of as many dimensions.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.gather(tg.tensor([[1, 2], [3, 4]]), 1, tg.tensor([[1], [0]]))  # a column of each row
        tensor([[2],
                [3]])
    """
    return gather_along.call(x, dim, places("gather", index))


@overload
def take_along_dim(x: Any, indices: Any, dim: int | None = None) -> Any:
    """Elements along ``dim`` chosen by indices that broadcast with x; of the flattened tensor without ``dim``.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([[3, 1, 2], [4, 6, 5]])
        >>> tg.take_along_dim(x, x.argsort(1), 1)
        tensor([[1, 2, 3],
                [4, 5, 6]])
    """
    if dim is None:
        return gather_along(reshape_to(x, (-1,)), 0, computed(np.ravel, integers(indices)))
    dim, index = dimension(dim, len(x.shape)), integers(indices)
    rest = np.broadcast_shapes(
        tuple(1 if i == dim else side for i, side in enumerate(x.shape)),
        tuple(1 if i == dim else side for i, side in enumerate(index.shape)),
    )
    wide = tuple(x.shape[dim] if i == dim else side for i, side in enumerate(rest))
    chosen = tuple(index.shape[dim] if i == dim else side for i, side in enumerate(rest))
    return gather_along(broadcast_to(x, wide), dim, computed(lambda index: np.broadcast_to(index, chosen), index))


@overload
def index_select(x: Any, dim: int, index: Any) -> Any:
    """Slices along ``dim`` chosen by a vector of integers.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.index_select(tg.tensor([[1, 2, 3], [4, 5, 6]]), 1, tg.tensor([2, 0]))
        tensor([[3, 1],
                [6, 4]])
    """
    shape = x.shape
    dim, index = dimension(dim, len(shape)), places("index_select", index)
    if index.ndim > 1:
        raise ShapeError(
            tr("index_select: expected a vector of indices, got shape {found} ({where})").format(
                found=tuple(index.shape), where=here()
            )
        )
    if not len(shape):
        return reshape_to(x, ()) if index.size else reshape_to(x, (0,))
    return getitem.call(x, (*(slice(None),) * dim, index if index.ndim else computed(np.ravel, index)))


@overload
def masked_select(x: Any, mask: Any) -> Any:
    """The elements where a mask holds, in one dimension; x and the mask broadcast.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([[1, -2], [-3, 4]])
        >>> tg.masked_select(x, x > 0)
        tensor([1, 4])
    """
    chosen = np.asarray(value_of(mask))
    if chosen.dtype != np.bool_:
        raise DataError(tr("expected a boolean mask, got {found} ({where})").format(found=chosen.dtype, where=here()))
    shape = np.broadcast_shapes(tuple(x.shape), chosen.shape)
    return getitem(broadcast_to(x, shape), np.broadcast_to(chosen, shape))


def take(x: Any, index: Any) -> Any:
    """Elements of the flattened tensor, in the shape of the index.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.take(tg.tensor([[1, 2], [3, 4]]), tg.tensor([3, 0]))
        tensor([4, 1])
    """
    if isinstance(index, Node):
        takes("take", index, "int64")
    return getitem(reshape_to(x, (-1,)), integers(index))


overload(take)


@overload
def select(x: Any, dim: int, index: int) -> Any:
    """One slice along ``dim``.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.select(tg.tensor([[1, 2], [3, 4]]), 1, 0)
        tensor([1, 3])
    """
    return getitem(x, (*(slice(None),) * dimension(dim, len(x.shape)), index))


@overload
def narrow(x: Any, dim: int, start: int, length: int) -> Any:
    """``length`` slices along ``dim`` from ``start``.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.narrow(tg.arange(10), 0, 3, 4)
        tensor([3, 4, 5, 6])
    """
    dim = dimension(dim, len(x.shape))
    side = x.shape[dim]
    start = int(start) + side if start < 0 else int(start)
    if length < 0 or start < 0 or start + length > side:
        raise ShapeError(
            tr("narrow: {length} slices from {start} do not fit in dimension {dim} of length {side} ({where})").format(
                length=length, start=start, dim=dim, side=side, where=here()
            )
        )
    return getitem(x, (*(slice(None),) * dim, slice(start, start + length)))


@overload
def select_scatter(x: Any, src: Any, dim: int, index: int) -> Any:
    """x with one slice along ``dim`` replaced.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.select_scatter(tg.zeros(2, 2), tg.tensor([1.0, 2.0]), 0, 1)
        tensor([[0., 0.],
                [1., 2.]])
    """
    return setitem(x, src, (*(slice(None),) * dimension(dim, len(x.shape)), index))


@overload
def slice_scatter(x: Any, src: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1) -> Any:
    """x with a slice along ``dim`` replaced.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.slice_scatter(tg.zeros(4), tg.tensor([1.0, 2.0]), start=1, end=3)
        tensor([0., 1., 2., 0.])
    """
    return setitem(x, src, (*(slice(None),) * dimension(dim, len(x.shape)), slice(start, end, step)))


@overload
def nonzero(x: Any, *, as_tuple: bool = False) -> Any:
    """Indices of the elements that are not zero: a row each, or a tuple of one tensor a dimension.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.nonzero(tg.tensor([[0, 5], [7, 0]])).tolist()
        [[0, 1], [1, 0]]
    """
    found = value_of(x).nonzero() if len(x.shape) else (np.zeros(int(value_of(x) != 0), np.int64),)
    if as_tuple:
        return tuple(constant(i) for i in found)
    return constant(np.argwhere(value_of(x)))


@overload
def argwhere(x: Any) -> Any:
    """Indices of the elements that are not zero, a row each.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.argwhere(tg.tensor([0.0, 5.0, 7.0]) > 0).tolist()
        [[1], [2]]
    """
    return constant(np.argwhere(value_of(x)))


def _embedding_sample(draw: Draw) -> Sample:
    rows, width = draw.integer(1, 4), draw.integer(1, 3)
    return Sample((draw.indices(draw.shape(0, 2), rows), draw.array((rows, width))), {})


@structured(
    symbol="E[i]",
    latex=r"E_{i}",
    sample=_embedding_sample,
    method=False,
    explained=Explanation(
        word=message("row of the table"),
        forward=message("Look rows up in the table."),
        backward=message("Only the rows that were looked up receive a gradient."),
        letters=("i", "E"),
        sends=(None, r"0_{i} \leftarrow G"),
    ),
)
def embedding(input: Array, weight: Array) -> Array:
    """Rows of a table: indices (…) and a table (V, D) give (…, D); the same as one-hot rows times the table.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.embedding(tg.tensor([2, 0]), tg.tensor([[0.0], [1.0], [2.0]])).tolist()
        [[2.0], [0.0]]
    """
    if weight.ndim != 2:
        raise refusal("embedding", "(V, D)", weight.shape)
    if input.dtype not in (np.int64, np.int32):
        raise DataError(
            tr("embedding: expected integer indices, got {found} ({where})").format(found=input.dtype, where=here())
        )
    if input.size and (input.min() < 0 or input.max() >= weight.shape[0]):
        bad = int(input[(input < 0) | (input >= weight.shape[0])].flat[0])
        raise RangeError(
            tr("embedding: expected indices from 0 to {last}, got {found} ({where})").format(
                last=weight.shape[0] - 1, found=bad, where=here()
            )
        )
    return weight.take(input.astype(np.int64, copy=False), axis=0, mode="clip")  # twice as quick as weight[input]


@embedding.derivative("weight")
def _(g: Any, y: Any, input: Any, weight: Any) -> Any:
    index = np.asarray(value_of(input))
    if not isinstance(g, np.ndarray):
        return place(g, index, weight.shape)
    rows = g.reshape(index.size, weight.shape[1])
    return accelerator().rows(index.reshape(-1), len(weight), lambda own, count: added_rows(rows, own, count))


@function
def one_hot(tensor: Any, num_classes: int = -1) -> Any:
    """Integers (…) as rows of zeros with a 1: (…, classes), as many as the largest needs unless told.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.one_hot(tg.tensor([2, 0]), 3).tolist()
        [[0, 0, 1], [1, 0, 0]]
    """
    takes("one_hot", tensor, "int64")
    classes = int(integers(value_of(tensor)).max()) + 1 if num_classes == -1 else num_classes

    def rows(labels: Any) -> Any:
        if labels.size and (labels.min() < 0 or labels.max() >= classes):
            raise DataError(
                tr("one_hot: expected classes from 0 to {last}, got {found} ({where})").format(
                    last=classes - 1, found=int(labels.max() if labels.max() >= classes else labels.min()), where=here()
                )
            )
        return (labels[..., None] == np.arange(classes)).astype(np.int64)

    return constant(computed(rows, integers(tensor)))
