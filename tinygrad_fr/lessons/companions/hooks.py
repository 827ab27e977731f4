"""``torch.utils.hooks``: what registering a hook gives, for annotations and ``isinstance``."""

from __future__ import annotations

from typing import Any

from tinygrad_fr.naming import home

__all__ = ["RemovableHandle"]


class _Removable(type):
    def __instancecheck__(cls, held: Any) -> bool:
        return callable(getattr(held, "remove", None)) and home(type(held)).startswith("tinygrad_fr.")


class RemovableHandle(metaclass=_Removable):
    """What takes a hook off again: every handle that a hook's registration gives is one.

    Example:
        >>> from tinygrad_fr import nn
        >>> handle = nn.ReLU().register_forward_hook(print)
        >>> isinstance(handle, RemovableHandle)
        True
    """
