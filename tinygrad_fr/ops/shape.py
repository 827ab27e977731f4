"""Operations that move elements without computing: their derivatives move gradients back."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import ShapeError
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.definition import Array, Arrays, Draw, Sample, front, get_default_dtype, here, structured
from tinygrad_fr.ops.definition.op import sum_to as _sum_array_to

if TYPE_CHECKING:
    from collections.abc import Sequence


def _permuted_sample(draw: Draw) -> Sample:
    shape = draw.shape(0, 4)
    order = list(range(len(shape)))
    for i in range(len(order) - 1, 0, -1):
        j = draw.integer(0, i)
        order[i], order[j] = order[j], order[i]
    return Sample((draw.array(shape),), {"dims": tuple(order)})


@structured(
    symbol="▭", latex=r"x", reads="", sample=lambda d: Sample((d.array((2, 3)),), {"shape": (3, 2)}), method=False
)
def reshape_to(x: Array, shape: tuple[int, ...]) -> Array:
    """The same elements in another shape; one side may be -1."""
    return np.reshape(x, shape)


@reshape_to.derivative("x")
def _(g: Any, y: Any, x: Any, shape: Any) -> Any:
    return reshape_to(g, x.shape)


@front
def reshape(x: Any, *shape: Any) -> Any:
    """The same elements in another shape, given as numbers or as one tuple; one side may be -1."""
    return reshape_to(x, _flat(shape))


@front
def view(x: Any, *shape: Any) -> Any:
    """Alias of :func:`reshape`."""
    return reshape_to(x, _flat(shape))


@front
def flatten(x: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """Join the dimensions from ``start_dim`` to ``end_dim`` into one."""
    sides = tuple(x.shape)
    if not sides:
        return reshape_to(x, (1,))
    start, end = start_dim % len(sides), end_dim % len(sides)
    return reshape_to(x, (*sides[:start], int(np.prod(sides[start : end + 1], dtype=np.int64)), *sides[end + 1 :]))


def _flat(shape: tuple[Any, ...]) -> tuple[int, ...]:
    return tuple(shape[0]) if len(shape) == 1 and not isinstance(shape[0], int) else shape


@front
def squeeze(x: Any, dim: int | None = None) -> Any:
    """Drop the dimensions of length 1, or one of them."""
    sides = tuple(x.shape)
    if dim is None:
        return reshape_to(x, tuple(side for side in sides if side != 1))
    dim %= max(len(sides), 1)
    return reshape_to(x, tuple(side for i, side in enumerate(sides) if i != dim or side != 1))


@front
def unsqueeze(x: Any, dim: int) -> Any:
    """Insert a dimension of length 1 at ``dim``."""
    sides = list(x.shape)
    sides.insert(dim % (len(sides) + 1), 1)
    return reshape_to(x, tuple(sides))


@structured(symbol="⇄", latex=r"x", reads="", sample=_permuted_sample, method=False)
def permute_to(x: Array, dims: tuple[int, ...]) -> Array:
    """The dimensions in another order."""
    return np.transpose(x, dims)


@permute_to.derivative("x")
def _(g: Any, y: Any, x: Any, dims: Any) -> Any:
    return permute_to(g, tuple(int(i) for i in np.argsort([d % len(dims) for d in dims])))


@front
def permute(x: Any, *dims: Any) -> Any:
    """The dimensions in another order, given as numbers or as one tuple."""
    return permute_to(x, _flat(dims))


@front
def transpose(x: Any, dim0: int, dim1: int) -> Any:
    """Exchange two dimensions."""
    order = list(range(len(x.shape)))
    order[dim0], order[dim1] = order[dim1], order[dim0]
    return permute_to(x, tuple(order))


@structured(
    symbol="ᵀ", latex=r"x^{\top}", reads="", sample=lambda d: Sample((d.array(d.shape(2, 4)),), {}), method=False
)
def mT(x: Array) -> Array:  # noqa: N802 - PyTorch's name
    """Transpose of the last two dimensions."""
    return np.swapaxes(x, -1, -2)


@mT.derivative("x")
def _(g: Any, y: Any, x: Any) -> Any:
    return mT(g)


def _expand_sample(draw: Draw) -> Sample:
    shape = draw.shape(0, 3)
    own = tuple(1 if draw.choice([False, True]) else side for side in shape)
    return Sample((draw.array(own),), {"shape": (2, *shape) if draw.choice([False, True]) else shape})


@structured(symbol="⇉", latex=r"x", reads="", sample=_expand_sample, method=False)
def expand_to(x: Array, shape: tuple[int, ...]) -> Array:
    """Repeat along dimensions of length 1 and new leading ones; -1 keeps a side."""
    lead = len(shape) - len(x.shape)
    sides = tuple(x.shape[i - lead] if side == -1 and i >= lead else side for i, side in enumerate(shape))
    return np.broadcast_to(x, sides)


@expand_to.derivative("x")
def _(g: Any, y: Any, x: Any, shape: Any) -> Any:
    return sum_to(g, x.shape)


@front
def expand(x: Any, *shape: Any) -> Any:
    """Repeat along dimensions of length 1 and new leading ones; -1 keeps a side."""
    return expand_to(x, _flat(shape))


def _sum_to_sample(draw: Draw) -> Sample:
    sample = _expand_sample(draw)
    return Sample((draw.array(sample.attrs["shape"]),), {"shape": sample.inputs[0].shape})


@structured(symbol="Σ", latex=r"\sum x", reads="", sample=_sum_to_sample, method=False)
def sum_to(x: Array, shape: tuple[int, ...]) -> Array:
    """Sum over the dimensions along which ``shape`` was broadcast: what undoes broadcasting."""
    return _sum_array_to(np.asarray(x), shape)


@sum_to.derivative("x")
def _(g: Any, y: Any, x: Any, shape: Any) -> Any:
    return expand_to(g, x.shape)


@structured(
    symbol="≡",
    latex=r"x",
    reads="",
    sample=lambda d: Sample((d.array(d.shape()),), {"dtype": np.dtype("float64")}),
    method=False,
)
def cast(x: Array, dtype: Any) -> Array:
    """The same numbers in another dtype."""
    return np.asarray(x).astype(dtype, copy=False)


@cast.derivative("x")
def _(g: Any, y: Any, x: Any, dtype: Any) -> Any:
    return cast(g, x.value.dtype if hasattr(x, "value") else np.asarray(x).dtype)


def _several(draw: Draw) -> tuple[tuple[int, ...], int, list[Array]]:
    shape = draw.shape(1, 3)
    dim = draw.integer(0, len(shape) - 1)
    sides = [(*shape[:dim], draw.integer(1, 3), *shape[dim + 1 :]) for _each in range(draw.integer(1, 3))]
    return shape, dim, [draw.array(side) for side in sides]


def _cat_sample(draw: Draw) -> Sample:
    _shape, dim, arrays = _several(draw)
    return Sample((arrays,), {"dim": dim})


def _stack_sample(draw: Draw) -> Sample:
    shape = draw.shape(0, 3)
    arrays = [draw.array(shape) for _each in range(draw.integer(1, 3))]
    return Sample((arrays,), {"dim": draw.integer(-len(shape) - 1, len(shape))})


@structured(symbol="[ , ]", latex=r"[x_1, x_2, \ldots]", reads="", sample=_cat_sample, method=False)
def cat(tensors: Arrays, dim: int = 0) -> Array:
    """Put tensors end to end along one of their dimensions."""
    if not tensors:
        raise ShapeError(tr("cat: expected at least one tensor, got none ({where})").format(where=here()))
    return np.concatenate(tensors, axis=dim)


@cat.derivative()
def _(g: Any, y: Any, tensors: Any, dim: int) -> Any:
    ends = np.cumsum([0, *(x.shape[dim] for x in tensors)])
    before = (slice(None),) * (dim % len(tensors[0].shape))
    return [take(g, (*before, slice(int(a), int(b)))) for a, b in pairwise(ends)]


@structured(symbol="☰", latex=r"[x_1, x_2, \ldots]", reads="", sample=_stack_sample, method=False)
def stack(tensors: Arrays, dim: int = 0) -> Array:
    """Put tensors of one shape, or scalars, side by side along a new dimension."""
    if not tensors:
        raise ShapeError(tr("stack: expected at least one tensor, got none ({where})").format(where=here()))
    if all(isinstance(x, float) for x in tensors):
        return np.array(tensors, dtype=get_default_dtype())
    return np.stack(tensors, axis=dim)


@stack.derivative()
def _(g: Any, y: Any, tensors: Any, dim: int) -> Any:
    before = (slice(None),) * (dim % len(g.shape))
    return [take(g, (*before, i)) for i in range(len(tensors))]


@front
def split(x: Any, split_size: int | Sequence[int], dim: int = 0) -> tuple[Any, ...]:
    """Cut a tensor along a dimension into pieces of one size, or of the sizes given."""
    side = x.shape[dim]
    if isinstance(split_size, int):
        sizes = [split_size] * (side // split_size) + ([side % split_size] if side % split_size else [])
    else:
        sizes = list(split_size)
        if sum(sizes) != side:
            raise ShapeError(
                tr("split: the sizes {sizes} must add up to {side}, the length of dimension {dim} ({where})").format(
                    sizes=sizes, side=side, dim=dim, where=here()
                )
            )
    before = (slice(None),) * (dim % len(x.shape))
    ends = np.cumsum([0, *sizes])
    return tuple(take(x, (*before, slice(int(a), int(b)))) for a, b in pairwise(ends))


@front
def chunk(x: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """Cut a tensor along a dimension into ``chunks`` pieces of equal size, the last one smaller if need be."""
    return split(x, -(-x.shape[dim] // chunks), dim)


@front
def unbind(x: Any, dim: int = 0) -> tuple[Any, ...]:
    """The slices of a tensor along a dimension."""
    before = (slice(None),) * (dim % len(x.shape))
    return tuple(take(x, (*before, i)) for i in range(x.shape[dim]))


def _take_sample(draw: Draw) -> Sample:
    shape = draw.shape(1, 3, min_side=2)
    index = draw.choice(
        [0, -1, slice(None, None, 2), (Ellipsis, 0), (None, slice(1, None)), np.array([0, 1, 0]), slice(0, 0)]
    )
    return Sample((draw.array(shape),), {"index": index})


@structured(symbol="[ ]", latex=r"x_{i}", reads="", sample=_take_sample, method=False)
def take(x: Array, index: Any) -> Array:
    """Elements chosen by slices, integers, None, ellipsis, and integer or boolean arrays, as numpy chooses them."""
    return x[index]


@take.derivative("x")
def _(g: Any, y: Any, x: Any, index: Any) -> Any:
    return put(g, index, x.shape)


def _put_sample(draw: Draw) -> Sample:
    sample = _take_sample(draw)
    index = sample.attrs["index"]
    return Sample((draw.array(sample.inputs[0][index].shape),), {"index": index, "shape": sample.inputs[0].shape})


@structured(symbol="[ ]←", latex=r"0_{i} \leftarrow x", reads="", sample=_put_sample, method=False)
def put(x: Array, index: Any, shape: tuple[int, ...]) -> Array:
    """Zeros of ``shape`` with x added at an index; elements chosen twice receive both: the transpose of ``take``."""
    result = np.zeros(shape, dtype=x.dtype)
    if _repeats(index):
        np.add.at(result, index, x)
    else:
        result[index] = x
    return result


@put.derivative("x")
def _(g: Any, y: Any, x: Any, index: Any, shape: Any) -> Any:
    return take(g, index)


def _repeats(index: Any) -> bool:
    """Whether an index may choose an element twice: only integer arrays can."""
    parts = index if isinstance(index, tuple) else (index,)
    return any(isinstance(part, np.ndarray | list) and np.asarray(part).dtype.kind in "iu" for part in parts)


def _assign_sample(draw: Draw) -> Sample:
    sample = _take_sample(draw)
    x, index = sample.inputs[0], sample.attrs["index"]
    if isinstance(index, np.ndarray):
        index = np.array([1, 0])
    return Sample((x, draw.array(x[index].shape)), {"index": index})


@structured(symbol="[ ]=", latex=r"x_{i} \leftarrow v", reads="", sample=_assign_sample, method=False)
def assign(x: Array, value: Array, index: Any) -> Array:
    """A copy of x with ``value`` at an index: what ``x[index] = value`` records."""
    result = np.array(x)
    result[index] = value
    return result


@assign.derivative("x")
def _(g: Any, y: Any, x: Any, value: Any, index: Any) -> Any:
    kept = np.ones(x.shape, dtype=np.bool_)
    kept[index] = False
    return g * kept


@assign.derivative("value")
def _(g: Any, y: Any, x: Any, value: Any, index: Any) -> Any:
    return take(g, index)


@structured(symbol="[·]", latex=r"x", reads="", sample=lambda d: Sample((d.array((1,)),), {}))
def to_scalar(x: Array) -> float:
    """The only element of a tensor as a Scalar of the same record."""
    return float(np.asarray(x).item())


@to_scalar.derivative("x")
def _(g: Any, y: Any, x: Any) -> Any:
    return _spread(g, x)


def _spread(g: Any, x: Any) -> Any:
    if isinstance(g, float):
        return np.full(x.shape, g, dtype=x.dtype)
    return reshape_to(stack([g]), x.shape)
