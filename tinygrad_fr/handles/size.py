"""The shape of a tensor: a tuple that PyTorch's lessons know as ``torch.Size``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from tinygrad_fr.errors import DtypeError
from tinygrad_fr.locale import _
from tinygrad_fr.naming import Named
from tinygrad_fr.record.node import Node

if TYPE_CHECKING:
    from collections.abc import Iterable


class Size(tuple[int, ...], Named):
    """Lengths of dimensions.

    Raises:
        DtypeError: an element is no integer, nor a tensor of one.

    Example:
        >>> from tinygrad_fr import zeros
        >>> shape = zeros(2, 3).shape
        >>> shape, shape.numel(), shape == (2, 3), shape[1:]
        (torch.Size([2, 3]), 6, True, torch.Size([3]))
    """

    __slots__ = ()

    def __new__(cls, iterable: Iterable[Any] = ()) -> Self:
        """The lengths as integers, which tensors may hold."""
        return tuple.__new__(cls, [n if n.__class__ is int else _length(i, n) for i, n in enumerate(iterable)])

    def numel(self) -> int:
        """How many elements a tensor of this shape has."""
        return math.prod(self)

    def __getitem__(self, index: Any) -> Any:
        found = tuple.__getitem__(self, index)
        return Size(found) if index.__class__ is slice else found

    def __add__(self, other: Any) -> Any:
        return Size(tuple.__add__(self, other)) if isinstance(other, tuple) else NotImplemented

    def __radd__(self, other: Any) -> Any:
        return Size(tuple.__add__(other, self)) if isinstance(other, tuple) else NotImplemented

    def __mul__(self, times: Any) -> Any:
        return Size(tuple.__mul__(self, times))

    __rmul__ = __mul__

    def __repr__(self) -> str:
        return f"torch.Size([{', '.join(map(repr, self))}])"

    def __reduce__(self) -> tuple[Any, ...]:
        return Size, (tuple(self),)


def _length(place: int, side: Any) -> int:
    """A length that came as another integer than Python's."""
    value = side.current.value if isinstance(side, Node) else side
    whole = np.asarray(value).dtype.kind in "iub" and np.size(value) == 1
    if not whole or isinstance(side, np.ndarray):
        raise DtypeError(
            _("torch.Size: expected integers, got {found} at place {place}").format(
                found=type(side).__name__, place=place
            )
        )
    return int(side)
