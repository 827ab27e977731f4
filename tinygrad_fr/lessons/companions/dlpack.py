"""``torch.utils.dlpack``: elements that other libraries share."""

from __future__ import annotations

from typing import Any

from tinygrad_fr.handles.creation import from_dlpack

__all__ = ["from_dlpack", "to_dlpack"]


def to_dlpack(tensor: Any) -> Any:
    """The capsule that another library's ``from_dlpack`` takes.

    Example:
        >>> import tinygrad_fr as tg
        >>> type(to_dlpack(tg.ones(2))).__name__
        'PyCapsule'
    """
    return tensor.__dlpack__()
