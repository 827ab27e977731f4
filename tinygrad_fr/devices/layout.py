"""``torch.strided`` and the words beside it: in which order elements lie in memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.errors import ShapeError
from tinygrad_fr.locale import _


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
    if format is None or format is preserve_format:
        return array
    order = _LAST.get(format.name)
    if order is None:
        return np.ascontiguousarray(array)
    if array.ndim != len(order):
        raise ShapeError(
            _("{format}: expected {n} dimensions, got {found}").format(format=format, n=len(order), found=array.ndim)
        )
    return np.ascontiguousarray(array.transpose(order)).transpose(np.argsort(order)).copy("K")  # whole, as no view is


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


strided = layout("strided")
contiguous_format = memory_format("contiguous_format")
preserve_format = memory_format("preserve_format")
channels_last, channels_last_3d = memory_format("channels_last"), memory_format("channels_last_3d")
