"""Channels last: results that PyTorch lays out in memory as their image is laid out."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from tinygrad_fr.devices.layout import like
from tinygrad_fr.record.mode import now
from tinygrad_fr.record.node import Node

if TYPE_CHECKING:
    from collections.abc import Callable


def arranged_alike(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of an image whose result has channels last where the image has them last.

    Example:
        >>> import tinygrad_fr as tg
        >>> image = tg.zeros(1, 4, 2, 3).contiguous(memory_format=tg.channels_last)
        >>> tg.nn.functional.pixel_shuffle(image, 2).is_contiguous(memory_format=tg.channels_last)
        True
    """

    @wraps(function)
    def call(image: Any, *args: Any, **options: Any) -> Any:
        result = function(image, *args, **options)
        # An array that a tape knows, or that a view shows, stays the one that it is.
        if isinstance(result, Node) and isinstance(image, Node) and result.rare is None and not now().tape.keeps_arrays:
            result.value = like(result.value, image.current.value)
        return result

    return call
