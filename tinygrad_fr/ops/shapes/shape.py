"""The same elements in another shape: reshape, view, flatten, squeeze, unsqueeze."""

from __future__ import annotations

from math import prod
from operator import index
from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import dimension, here, refusal
from tinygrad_fr.errors import DtypeError, ShapeError
from tinygrad_fr.explanation import Explanation, message
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.definition import Array, structured
from tinygrad_fr.ops.shared.overloads import by_shape, function, overload
from tinygrad_fr.promotion import elements
from tinygrad_fr.record.node import Node
from tinygrad_fr.sampling import Sample


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


@structured(
    symbol="01",
    latex=r"x",
    reads="",
    sample=lambda d: Sample((d.array((2, 4)),), {"dtype": np.dtype("int64")}),
    method=False,
    explained=Explanation(shown_as="view", word=message("other dtype")),
)
def bits(x: Array, dtype: Any) -> Array:
    """The same bits read as numbers of another dtype; the last side is longer where these are smaller.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["bits"](tg.tensor([1.0]), tg.int32)
        tensor([1065353216], dtype=torch.int32)
    """
    y = x.view(dtype.dtype if isinstance(dtype, elements.dtype) else dtype)
    if not y.flags.aligned:
        raise ValueError(tr("the elements do not begin where those of the other dtype would"))
    return y


bits.views(lambda whole, part, dtype: bits(part, elements.shown(whole.dtype)))


@overload
@by_shape
def reshape(x: Any, *sides: Any, shape: Any = None) -> Any:
    """The same elements in another shape, given as numbers or as one tuple; one side may be -1.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.arange(6).reshape(2, -1)
        tensor([[0, 1, 2],
                [3, 4, 5]])
    """
    return reshape_to.call(x, sides_of("reshape", sides, shape))


@overload
@by_shape
def view(x: Any, *sides: Any, size: Any = None) -> Any:
    """The same elements in another shape, as :func:`reshape` gives it without ever copying.

    Raises:
        ShapeError: the elements do not lie in memory as that shape asks, as after ``permute``.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.arange(6).view(3, 2).shape
        torch.Size([3, 2])
        >>> tg.tensor([1.0]).view(tg.int32)  # the same bits, read as another dtype, without a gradient
        tensor([1065353216], dtype=torch.int32)
    """
    if len(sides) == 1 and sides[0].__class__ is not int and isinstance(sides[0], elements.dtype | np.dtype):
        return bits.call(x, sides[0])
    return _without_copy(x, sides_of("view", sides, size))


def _without_copy(x: Any, sides: tuple[int, ...]) -> Any:
    y = reshape_to.call(x, sides)
    if isinstance(x, Node) and y is not x and _copied(y.value, x.current.value):
        raise ShapeError(
            tr(
                "view: shape {shape} asks for another order of elements in memory than {node} has them in; use reshape() or contiguous() ({where})"
            ).format(shape=sides, node=x.describe(), where=here())
        )
    return y


def _copied(part: Any, whole: Any) -> bool:
    """Whether an array of another shape has elements of its own."""
    return not whole.flags.c_contiguous and part.size > 0 and not np.may_share_memory(part, whole)


@overload
@by_shape
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
@by_shape
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


def sides_of(name: str, given: tuple[Any, ...], named: Any) -> tuple[int, ...]:
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
@by_shape
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
@by_shape
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
