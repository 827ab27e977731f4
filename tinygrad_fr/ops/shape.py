"""Operations that move elements without computing: their derivatives move gradients back."""

from __future__ import annotations

from functools import lru_cache
from math import prod
from operator import index
from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import dimension, here, refusal
from tinygrad_fr.errors import DtypeError, ShapeError
from tinygrad_fr.explanation import Explanation, message
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.definition import Array, structured
from tinygrad_fr.ops.overloads import function, overload
from tinygrad_fr.ops.untracked import constant, dtype_of, value_of
from tinygrad_fr.promotion import elements
from tinygrad_fr.promotion.broadcast import sum_to as _sum_array_to
from tinygrad_fr.record.node import Node
from tinygrad_fr.sampling import Draw, Sample


def _permuted_sample(draw: Draw) -> Sample:
    shape = draw.shape(0, 4)
    order = list(range(len(shape)))
    for i in range(len(order) - 1, 0, -1):
        j = draw.integer(0, i)
        order[i], order[j] = order[j], order[i]
    return Sample((draw.array(shape),), {"dims": tuple(order)})


@structured(
    symbol="▭",
    latex=r"x",
    reads="",
    sample=lambda d: Sample((d.array((2, 3)),), {"shape": (3, 2)}),
    method=False,
    explained=Explanation(
        shown_as="reshape",
        word=message("other shape"),
        forward=message("The same numbers, arranged in another shape."),
        backward=message("The gradient goes back to the shape that the numbers had."),
        letters=("x",),
        sends=("G",),
    ),
)
def reshape_to(x: Array, shape: tuple[int, ...]) -> Array:
    """The same elements in another shape; one side may be -1.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["reshape_to"](tg.tensor([1, 2, 3, 4]), (2, -1))
        tensor([[1, 2],
                [3, 4]])
    """
    y = x.reshape(shape) if x.__class__ is np.ndarray else np.reshape(x, shape)
    for side in shape:
        if side < -1:  # which numpy takes for -1
            raise refusal("reshape", tr("sides of at least 0, or one of -1"), shape)
    return y


@reshape_to.derivative("x")
def _(g: Any, y: Any, x: Any, shape: Any) -> Any:
    return reshape_to(g, x.shape)


def _same_memory(x: Array, y: Array, shape: Any) -> bool:
    """Whether an array shows another's elements and is no copy."""
    return (x.__class__ is np.ndarray and x.flags.c_contiguous) or not y.size or np.may_share_memory(x, y)


reshape_to.views(lambda whole, part, shape: reshape_to(part, whole.shape), _same_memory)


@overload
def reshape(x: Any, *sides: Any, shape: Any = None) -> Any:
    """The same elements in another shape, given as numbers or as one tuple; one side may be -1.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.arange(6).reshape(2, -1)
        tensor([[0, 1, 2],
                [3, 4, 5]])
    """
    return reshape_to.call(x, _sides("reshape", sides, shape))


@overload
def view(x: Any, *sides: Any, size: Any = None) -> Any:
    """The same elements in another shape, as :func:`reshape` gives it without ever copying.

    Raises:
        ShapeError: the elements do not lie in memory as that shape asks, as after ``permute``.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.arange(6).view(3, 2).shape
        torch.Size([3, 2])
        >>> tg.tensor([1.0]).view(tg.int32)  # the same bits, read as another dtype: a copy, without a gradient
        tensor([1065353216], dtype=torch.int32)
    """
    if len(sides) == 1 and sides[0].__class__ is not int and isinstance(sides[0], elements.dtype | np.dtype):
        kind = np.dtype(sides[0])
        value = np.array(value_of(x), order="C")
        return x if value.dtype == kind else constant(value.view(kind))
    return _without_copy(x, _sides("view", sides, size))


def _without_copy(x: Any, sides: tuple[int, ...]) -> Any:
    y = reshape_to.call(x, sides)
    rare = getattr(x, "rare", None)
    if rare is not None and y.rare is None and y is not x and x.current.rare.base is not None:
        raise ShapeError(
            tr(
                "view: shape {shape} asks for another order of elements in memory than {node} has them in; use reshape() or contiguous() ({where})"
            ).format(shape=sides, node=x.describe(), where=here())
        )
    return y


@overload
def flatten(x: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """Join the dimensions from ``start_dim`` to ``end_dim`` into one.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.zeros(2, 3, 4).flatten(1).shape
        torch.Size([2, 12])
    """
    sides = shape_of(x)
    start, end = dimension(start_dim, len(sides)), dimension(end_dim, len(sides))
    if start == end and sides:
        return x
    if start > end:
        raise ShapeError(tr("flatten: start_dim must come before end_dim ({where})").format(where=here()))
    if not sides:
        return reshape_to.call(x, (1,))
    return reshape_to.call(x, (*sides[:start], prod(sides[start : end + 1]), *sides[end + 1 :]))


@overload
def unflatten(x: Any, dim: int, sizes: Any) -> Any:
    """Cut a dimension into several; one of the sizes may be -1.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.zeros(2, 12).unflatten(1, (3, -1)).shape
        torch.Size([2, 3, 4])
    """
    sides, dim = tuple(x.shape), dimension(dim, len(x.shape))
    rest = sides[dim] // max(-int(np.prod(sizes, dtype=np.int64)), 1) if -1 in sizes else 0
    return reshape_to(x, (*sides[:dim], *(rest if side == -1 else side for side in sizes), *sides[dim + 1 :]))


@overload
def ravel(x: Any) -> Any:
    """All elements in one dimension.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.tensor([[1, 2], [3, 4]]).ravel()
        tensor([1, 2, 3, 4])
    """
    tensor: Any = x
    return reshape_to(tensor.contiguous() if isinstance(x, Node) and x.rare is not None else x, (-1,))


@overload
def reshape_as(x: Any, other: Any) -> Any:
    """The same elements in the shape of another tensor.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.arange(6).reshape_as(tg.zeros(3, 2)).shape
        torch.Size([3, 2])
    """
    return reshape_to(x, tuple(other.shape))


@overload
def view_as(x: Any, other: Any) -> Any:
    """The same elements in the shape of another tensor, as :func:`view` gives it.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.arange(6).view_as(tg.zeros(3, 2)).shape
        torch.Size([3, 2])
    """
    return _without_copy(x, tuple(other.shape))


def shape_of(x: Any) -> tuple[int, ...]:
    """The shape of an operand as a plain tuple."""
    value = (x if x.rare is None else x.current).value if isinstance(x, Node) else x
    return value.shape if value.__class__ is np.ndarray else tuple(x.shape)


def _sides(name: str, given: tuple[Any, ...], named: Any) -> tuple[int, ...]:
    """The integers that a call gives, one by one, as a tuple or by name.

    Raises:
        DtypeError: it gives none, or something else.
    """
    if not given:
        if named is None:
            raise DtypeError(tr("{op}: expected integers, got none ({where})").format(op=name, where=here()))
        given = (named,)
    if len(given) == 1 and isinstance(given[0], tuple | list):
        given = tuple(given[0])
    for side in given:
        if side.__class__ is not int:
            return tuple([_side(each) for each in given])
    return given


def _side(side: Any) -> int:
    try:
        return index(side)
    except TypeError:
        raise DtypeError(
            tr("expected an integer for the length of a dimension, got {found} ({where})").format(
                found=type(side).__name__, where=here()
            )
        ) from None


@overload
def squeeze(x: Any, dim: int | tuple[int, ...] | None = None) -> Any:
    """Drop the dimensions of length 1, or those of length 1 among the ones given.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.zeros(1, 3, 1).squeeze().shape, tg.zeros(1, 3, 1).squeeze(0).shape
        (torch.Size([3]), torch.Size([3, 1]))
    """
    sides = shape_of(x)
    if dim is None:
        return reshape_to.call(x, tuple([side for side in sides if side != 1]))
    dims = (dim,) if isinstance(dim, int) else dim
    dropped = {dimension(d, len(sides)) for d in dims}
    if len(dropped) < len(dims):
        raise ShapeError(tr("expected each dimension once, got {found} ({where})").format(found=dim, where=here()))
    return reshape_to.call(x, tuple([side for i, side in enumerate(sides) if i not in dropped or side != 1]))


@overload
def unsqueeze(x: Any, dim: int) -> Any:
    """Insert a dimension of length 1 at ``dim``.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.zeros(3).unsqueeze(0).shape, tg.zeros(3).unsqueeze(-1).shape
        (torch.Size([1, 3]), torch.Size([3, 1]))
    """
    sides = shape_of(x)
    at = dimension(dim, len(sides) + 1)
    return reshape_to.call(x, (*sides[:at], 1, *sides[at:]))


@structured(
    symbol="⇄",
    latex=r"x",
    reads="",
    sample=_permuted_sample,
    method=False,
    explained=Explanation(
        shown_as="permute",
        word=message("other order"),
        forward=message("The same numbers, with dimensions exchanged."),
        backward=message("The gradient goes back to the order that the dimensions had."),
        letters=("x",),
        sends=(r"G^{\top}",),
    ),
)
def permute_to(x: Array, dims: tuple[int, ...]) -> Array:
    """The dimensions in another order.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["permute_to"](tg.zeros(2, 3, 4), (2, 0, 1)).shape
        torch.Size([4, 2, 3])
    """
    return x.transpose(dims) if x.__class__ is np.ndarray else np.transpose(x, dims)


@permute_to.derivative("x")
def _(g: Any, y: Any, x: Any, dims: Any) -> Any:
    return permute_to(g, _inverse(tuple(dims)))


@lru_cache(maxsize=256)
def _inverse(dims: tuple[int, ...]) -> tuple[int, ...]:
    """The order of dimensions that takes another one back."""
    return tuple(sorted(range(len(dims)), key=lambda i: dims[i] % len(dims)))


permute_to.views(lambda whole, part, dims: permute_to(part, _inverse(tuple(dims))))


@overload
def permute(x: Any, *order: Any, dims: Any = None) -> Any:
    """The dimensions in another order, given as numbers or as one tuple.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.zeros(2, 3, 4).permute(2, 0, 1).shape
        torch.Size([4, 2, 3])
    """
    return permute_to.call(x, _sides("permute", order, dims))


@overload
def transpose(x: Any, dim0: int, dim1: int) -> Any:
    """Exchange two dimensions.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.tensor([[1, 2], [3, 4]]).transpose(0, 1)
        tensor([[1, 3],
                [2, 4]])
    """
    n = len(shape_of(x))
    a, b = dimension(dim0, n), dimension(dim1, n)
    if not n:
        return x
    order = list(range(n))
    order[a], order[b] = b, a
    return permute_to.call(x, tuple(order))


@overload
def t(x: Any) -> Any:
    """Transpose of a matrix; a vector stays.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.t(tg.tensor([[1, 2, 3]])).shape
        torch.Size([3, 1])
    """
    n = len(shape_of(x))
    if n > 2:
        raise ShapeError(
            tr("t: expected at most 2 dimensions, got shape {shape} ({where})").format(
                shape=tuple(x.shape), where=here()
            )
        )
    return permute_to.call(x, (1, 0)) if n == 2 else x


@overload
def movedim(x: Any, source: int | tuple[int, ...], destination: int | tuple[int, ...]) -> Any:
    """Move dimensions to other places; the others keep their order.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.zeros(2, 3, 4).movedim(0, -1).shape
        torch.Size([3, 4, 2])
    """
    n = len(x.shape)
    sources = [dimension(d, n) for d in ((source,) if isinstance(source, int) else source)]
    targets = [dimension(d, n) for d in ((destination,) if isinstance(destination, int) else destination)]
    if len(sources) != len(targets) or len(set(sources)) != len(sources) or len(set(targets)) != len(targets):
        raise ShapeError(
            tr(
                "movedim: expected as many different dimensions as destinations, got {source} and {target} ({where})"
            ).format(source=source, target=destination, where=here())
        )
    if not n:
        return x
    order = [d for d in range(n) if d not in sources]
    for target, moved in sorted(zip(targets, sources, strict=True)):
        order.insert(target, moved)
    return permute_to(x, tuple(order))


@structured(
    symbol="ᵀ",
    latex=r"x^{\top}",
    reads="",
    sample=lambda d: Sample((d.array(d.shape(2, 4)),), {}),
    method=False,
    explained=Explanation(
        forward=message("Exchange rows and columns."),
        backward=message("The gradient exchanges rows and columns back."),
        letters=("x",),
        sends=(r"G^{\top}",),
    ),
)
def mT(x: Array) -> Array:  # noqa: N802 - PyTorch's name
    """Transpose of the last two dimensions.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.zeros(5, 2, 3).mT.shape
        torch.Size([5, 3, 2])
    """
    return np.swapaxes(x, -1, -2)


@mT.derivative("x")
def _(g: Any, y: Any, x: Any) -> Any:
    return mT(g)


mT.views(lambda whole, part: mT(part))


_FREELY: Any = ["multi_index", "refs_ok", "zerosize_ok"]
_UNWRITTEN: Any = [["readonly"]]


def _expand_sample(draw: Draw) -> Sample:
    shape = draw.shape(0, 3)
    own = tuple(1 if draw.choice([False, True]) else side for side in shape)
    return Sample((draw.array(own),), {"shape": (2, *shape) if draw.choice([False, True]) else shape})


@structured(
    symbol="⇉",
    latex=r"x",
    reads="",
    sample=_expand_sample,
    method=False,
    explained=Explanation(
        shown_as="expand",
        forward=message("Repeat the numbers to fill a larger shape."),
        backward=message("What was repeated adds up the gradients of its copies."),
        letters=("x",),
        sends=(r"\sum G",),
    ),
)
def expand_to(x: Array, shape: tuple[int, ...]) -> Array:
    """Repeat along dimensions of length 1 and new leading ones; -1 keeps a side.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["expand_to"](tg.tensor([[1], [2]]), (-1, 3))
        tensor([[1, 1, 1],
                [2, 2, 2]])
    """
    if -1 in shape:
        lead, own = len(shape) - len(x.shape), x.shape
        shape = tuple([own[i - lead] if side == -1 and i >= lead else side for i, side in enumerate(shape)])
    if x.__class__ is not np.ndarray or not shape or min(shape) < 0:
        return np.broadcast_to(x, shape)
    # What np.broadcast_to does, which asks more than it takes to do it.
    wide: Any = np.nditer((x,), _FREELY, _UNWRITTEN, None, "C", "safe", None, shape).itviews[0]
    return wide


@expand_to.derivative("x")
def _(g: Any, y: Any, x: Any, shape: Any) -> Any:
    return sum_to(g, x.shape)


def _unexpanded(whole: Any, part: Any, shape: Any) -> Any:
    """What was there before it was repeated: what is written to it is the same at each repetition."""
    lead = len(part.shape) - len(whole.shape)
    kept = (slice(0, 1) if side == 1 else slice(None) for side in whole.shape)
    from tinygrad_fr.ops.indexing import getitem

    return getitem(part, (*(0,) * lead, *kept))


expand_to.views(_unexpanded)
expand_to.repeats = True


@overload
def expand(x: Any, *sides: Any, size: Any = ()) -> Any:
    """Repeat along dimensions of length 1 and new leading ones; -1 keeps a side.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.tensor([[1], [2]]).expand(-1, 3)
        tensor([[1, 1, 1],
                [2, 2, 2]])
    """
    return expand_to.call(x, _sides("expand", sides, size))


@overload
def expand_as(x: Any, other: Any) -> Any:
    """Repeat to the shape of another tensor.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.tensor([1, 2]).expand_as(tg.zeros(2, 2))
        tensor([[1, 2],
                [1, 2]])
    """
    return expand_to(x, tuple(other.shape))


@overload
def broadcast_to(x: Any, size: Any) -> Any:
    """Repeat to a shape.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.broadcast_to(tg.tensor([1, 2]), (2, 2))
        tensor([[1, 2],
                [1, 2]])
    """
    return expand_to(x, tuple(size))


@function
def broadcast_tensors(*tensors: Any) -> tuple[Any, ...]:
    """Tensors repeated to the one shape that broadcasting gives them.

    Example:
        >>> import tinygrad_fr as tg
        >>> [x.shape for x in tg.broadcast_tensors(tg.zeros(3, 1), tg.zeros(2))]
        [torch.Size([3, 2]), torch.Size([3, 2])]
    """
    shape = np.broadcast_shapes(*(tuple(x.shape) for x in tensors))
    return tuple(expand_to(x, shape) for x in tensors)


@function
def broadcast_shapes(*shapes: Any) -> tuple[int, ...]:
    """The shape that broadcasting gives.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.broadcast_shapes((3, 1), (2,))
        (3, 2)
    """
    return np.broadcast_shapes(*((side,) if isinstance(side, int) else tuple(side) for side in shapes))


@overload
def sum_to_size(x: Any, *sides: Any, size: Any = ()) -> Any:
    """Sum over the dimensions along which ``size`` was broadcast.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ones(2, 3).sum_to_size(1, 3)
        tensor([[2., 2., 2.]])
    """
    return sum_to(x, _sides("sum_to_size", sides, size))


def _at_least(n: int, *tensors: Any) -> Any:
    """Each tensor with at least n dimensions; one tensor alone is not put in a tuple."""
    tensors = tuple(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], tuple | list) else tensors
    results = []
    for x in tensors:
        sides = tuple(x.shape)
        if n == 3 and len(sides) == 2:
            sides = (*sides, 1)
        elif n == 3 and len(sides) == 1:
            sides = (1, *sides, 1)
        wide = (*(1,) * (n - len(sides)), *sides)
        results.append(x if wide == tuple(x.shape) else reshape_to(x, wide))
    return results[0] if len(results) == 1 else tuple(results)


@function
def atleast_1d(*tensors: Any) -> Any:
    """Tensors with at least 1 dimension.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.atleast_1d(tg.tensor(5.0)).shape
        torch.Size([1])
    """
    return _at_least(1, *tensors)


@function
def atleast_2d(*tensors: Any) -> Any:
    """Tensors with at least 2 dimensions.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.atleast_2d(tg.zeros(3)).shape
        torch.Size([1, 3])
    """
    return _at_least(2, *tensors)


@function
def atleast_3d(*tensors: Any) -> Any:
    """Tensors with at least 3 dimensions.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.atleast_3d(tg.zeros(3)).shape, tg.atleast_3d(tg.zeros(2, 3)).shape
        (torch.Size([1, 3, 1]), torch.Size([2, 3, 1]))
    """
    return _at_least(3, *tensors)


def _sum_to_sample(draw: Draw) -> Sample:
    sample = _expand_sample(draw)
    return Sample((draw.array(sample.attrs["shape"]),), {"shape": sample.inputs[0].shape})


@structured(
    symbol="Σ",
    latex=r"\sum x",
    reads="",
    sample=_sum_to_sample,
    method=False,
    explained=Explanation(shown_as="sum_to_size", letters=("x",), sends=(r"\mathbf{1} G",)),
)
def sum_to(x: Array, shape: tuple[int, ...]) -> Array:
    """Sum over the dimensions along which ``shape`` was broadcast: what undoes broadcasting.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([[1, 2], [10, 20]])
        >>> tg.ops.registry["sum_to"](x, (2,)), tg.ops.registry["sum_to"](x, (1, 1))
        (tensor([11, 22]), tensor([[33]]))
    """
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
    explained=Explanation(shown_as="to", letters=("x",), sends=("G",)),
)
def cast(x: Array, dtype: Any) -> Array:
    """The same numbers in another dtype.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["cast"](tg.tensor([1.9, -1.9]), tg.int64)
        tensor([ 1, -1])
    """
    kind = dtype.dtype if isinstance(dtype, elements.dtype) else dtype
    return x if x.__class__ is np.ndarray and x.dtype is kind else np.asarray(x).astype(kind, copy=False)


cast.lays_out = False  # a copy keeps the order of what it copies


@cast.derivative("x")
def _(g: Any, y: Any, x: Any, dtype: Any) -> Any:
    return cast(g, dtype_of(x))
