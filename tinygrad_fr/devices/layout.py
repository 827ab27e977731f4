"""``torch.strided`` and the words beside it: how elements lie in memory, which is one way here."""

from __future__ import annotations


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


strided = layout("strided")
contiguous_format = memory_format("contiguous_format")
preserve_format = memory_format("preserve_format")
