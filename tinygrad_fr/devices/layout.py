"""``torch.strided`` and the words beside it: in which order elements lie in memory."""

from __future__ import annotations

from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import ShapeError
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class layout:  # noqa: N801 - PyTorch's name
    """A way in which the elements of a tensor are kept.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.strided
        torch.strided
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"


class memory_format(layout):  # noqa: N801 - PyTorch's name
    """An order of dimensions in memory.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.contiguous_format
        torch.contiguous_format
    """


_LAST = {"channels_last": (0, 2, 3, 1), "channels_last_3d": (0, 2, 3, 4, 1)}  # dimensions, from the outermost in


def arranged(array: Any, format: Any) -> Any:
    """An array in an order of memory; the array itself where it lies in that order already.

    Example:
        >>> arranged(np.zeros((1, 2, 3, 4)), channels_last).strides
        (192, 8, 64, 16)
    """
    order = None if format is None or format is preserve_format else order_asked(array, format)
    return array if order is None else laid_in(array, order)


def order_asked(array: Any, format: Any) -> tuple[int, ...] | None:
    """The order of dimensions that a copy of an array is laid in, from the outermost in; None where it lies so already.

    Raises:
        ShapeError: the format is of another number of dimensions.

    Example:
        >>> order_asked(np.zeros((1, 2, 3, 4)), channels_last), order_asked(np.zeros((2, 4))[:, ::2], None)
        ((0, 2, 3, 1), (0, 1))
    """
    if format is None or format is preserve_format:
        if array.__class__ is not np.ndarray or array.flags.c_contiguous:
            return None
        order = tuple(order_of(array.shape, array.strides))
    else:
        order = _LAST.get(format.name, tuple(range(array.ndim)))
        if array.ndim != len(order):
            raise ShapeError(
                _("{format}: expected {n} dimensions, got {found}").format(
                    format=format, n=len(order), found=array.ndim
                )
            )
    return None if array.transpose(order).flags.c_contiguous else order


def lies(array: Any, format: Any) -> bool:
    """Whether the elements of an array lie in an order of memory, without gaps.

    Example:
        >>> lies(np.zeros((1, 2, 3, 4)), contiguous_format), lies(np.zeros((1, 2, 3, 4)), channels_last)
        (True, False)
    """
    order = _LAST.get(format.name) if format is not None else None
    if order is None:
        return bool(array.flags.c_contiguous)
    return array.ndim == len(order) and bool(array.transpose(order).flags.c_contiguous)


def like(array: Any, image: Any) -> Any:
    """What an operation made of an image, with channels last where the image has them last.

    Example:
        >>> like(np.zeros((1, 2, 3, 4)), arranged(np.zeros((1, 2, 3, 4)), channels_last)).strides
        (192, 8, 64, 16)
    """
    if image.ndim != 4 or image.flags.c_contiguous or not lies(image, channels_last):
        return array
    return arranged(array, channels_last)


def order_of(shape: Sequence[int], *strides: Sequence[int]) -> list[int]:
    """The dimensions of a result, from the outermost in memory to the innermost, as PyTorch orders them by its operands.

    Args:
        shape: of the result.
        strides: those of each operand, as it is broadcast to that shape; the first that tells two dimensions apart decides.

    Example:
        >>> order_of((2, 3), (8, 16)), order_of((2, 3), (0, 8)), order_of((2, 3), (0, 8), (8, 16))
        ([1, 0], [0, 1], [1, 0])
    """
    order = list(range(len(shape)))[::-1]  # the innermost first
    for i in range(1, len(shape)):
        at = i
        for before in range(i - 1, -1, -1):
            compared = _compared(order[before], order[at], shape, strides)
            if compared < 0:
                break
            if compared:
                order[before], order[at] = order[at], order[before]
                at = before
    return order[::-1]


def _compared(inner: int, outer: int, shape: Sequence[int], strides: Sequence[Sequence[int]]) -> int:
    """Below 0 where two dimensions stand in order, over 0 where they are to be exchanged; of repeated ones nothing can be said."""
    for own in strides:
        if own[inner] and own[outer]:
            if own[inner] != own[outer]:
                return -1 if own[inner] < own[outer] else 1
            if shape[inner] > shape[outer]:
                return 1
    return 0


def laid_by(value: Any, operands: Sequence[Any]) -> Any:
    """The result of an element-wise operation, in the order of its operands, of which the first is not row after row.

    Example:
        >>> laid_by(np.zeros((2, 3)), (np.zeros((3, 2)).T, np.zeros((2, 3)))).strides
        (8, 16)
    """
    order = _common_order(value.shape, tuple([(x.shape, x.strides) for x in operands if x.__class__ is np.ndarray]))
    return value if order is None and value.flags.c_contiguous else laid_in(value, order or range(value.ndim))


@lru_cache(maxsize=1024)
def _common_order(shape: tuple[int, ...], laid: tuple[Any, ...]) -> list[int] | None:
    """The order of a result by the shapes and strides of its operands; None where that is row after row."""
    strides = [
        (*(0,) * (len(shape) - len(own)), *(step if side != 1 else 0 for side, step in zip(own, steps, strict=True)))
        for own, steps in laid
    ]
    order = order_of(shape, *strides)
    return None if order == sorted(order) else order


def laid_in(array: Any, order: Sequence[int]) -> Any:
    """What lies without gaps in an order of dimensions, from the outermost in; the array itself where it does.

    Example:
        >>> laid_in(np.zeros((2, 3)), (1, 0)).strides
        (8, 16)
    """
    if array.transpose(order).flags.c_contiguous:
        return array
    strides, step = [0] * array.ndim, array.itemsize
    for dim in reversed(order):
        strides[dim], step = step, step * array.shape[dim]
    whole: Any = np.ndarray(array.shape, array.dtype, strides=strides)
    whole[...] = array
    return whole


def laid_as(array: Any, image: Any) -> Any:
    """What lies without gaps in the order of another array of its shape; the array itself where it does.

    Example:
        >>> laid_as(np.zeros((2, 3)), np.zeros((3, 2)).T).strides
        (8, 16)
    """
    if image.flags.c_contiguous:
        return array if array.flags.c_contiguous else array.copy()
    return laid_in(array, order_of(image.shape, image.strides))


def keeps_order(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of an array whose results of its shape lie in memory in the order of its dimensions.

    Example:
        >>> keeps_order(lambda x: np.array(x, order="C"))(np.zeros((3, 2)).T).strides
        (8, 16)
    """

    @wraps(function)
    def call(x: Any, *args: Any, **options: Any) -> Any:
        found = function(x, *args, **options)
        if x.__class__ is not np.ndarray or x.ndim < 2:
            return found
        if found.__class__ is not tuple:
            return laid_as(found, x) if found.shape == x.shape else found
        return tuple([laid_as(y, x) if y.__class__ is np.ndarray and y.shape == x.shape else y for y in found])

    return call


strided = layout("strided")
contiguous_format = memory_format("contiguous_format")
preserve_format = memory_format("preserve_format")
channels_last, channels_last_3d = memory_format("channels_last"), memory_format("channels_last_3d")
