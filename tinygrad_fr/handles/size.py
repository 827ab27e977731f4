"""The shape of a tensor: a tuple that PyTorch's lessons know as ``torch.Size``."""

from __future__ import annotations

import math
from typing import Any

from tinygrad_fr.naming import Named


class Size(tuple[int, ...], metaclass=Named):
    """Lengths of dimensions.

    Example:
        >>> from tinygrad_fr import zeros
        >>> shape = zeros(2, 3).shape
        >>> shape, shape.numel(), shape == (2, 3), shape[1:]
        (torch.Size([2, 3]), 6, True, torch.Size([3]))
    """

    __slots__ = ()

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
