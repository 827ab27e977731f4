"""Modules that keep the elements and change the shape alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinygrad_fr.nn.module import Module

if TYPE_CHECKING:
    from tinygrad_fr.handles.tensor import Tensor


class Flatten(Module):
    """Dimensions joined into one: all but the first, unless told.

    Example:
        >>> from tinygrad_fr import nn, zeros
        >>> nn.Flatten()(zeros(5, 3, 4, 4)).shape
        torch.Size([5, 48])
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input: Any) -> Tensor:
        """(N, …) → (N, product)."""
        return input.flatten(self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        """Ends."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """One dimension cut into several, whose product it must be.

    Example:
        >>> from tinygrad_fr import nn, zeros
        >>> nn.Unflatten(1, (3, 4))(zeros(5, 12)).shape
        torch.Size([5, 3, 4])
    """

    def __init__(self, dim: int, unflattened_size: Any) -> None:
        super().__init__()
        self.dim, self.unflattened_size = dim, unflattened_size

    def forward(self, input: Any) -> Tensor:
        """Cut the dimension."""
        return input.unflatten(self.dim, self.unflattened_size)

    def extra_repr(self) -> str:
        """The dimension and its parts."""
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"
