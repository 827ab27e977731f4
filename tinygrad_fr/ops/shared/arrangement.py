"""The order in which elements lie in memory: results lie row after row, or as an operand does, where PyTorch's do."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.devices.layout import channels_last, laid_as, laid_in, lies, like, order_of
from tinygrad_fr.explanation import Explanation
from tinygrad_fr.ops.definition import Array, structured
from tinygrad_fr.record.mode import now
from tinygrad_fr.record.node import Node
from tinygrad_fr.sampling import Draw, Sample

if TYPE_CHECKING:
    from collections.abc import Callable


def _order_sample(draw: Draw) -> Sample:
    shape = draw.shape(1, 3)
    return Sample((draw.array(shape),), {"order": tuple(range(len(shape)))[::-1]})


@structured(
    symbol="≡",
    latex=r"x",
    reads="",
    sample=_order_sample,
    method=False,
    explained=Explanation(shown_as="contiguous", letters=("x",), sends=("G",)),
)
def arrange(x: Array, order: tuple[int, ...]) -> Array:
    """The same numbers, which lie in memory without gaps in an order of dimensions, from the outermost in.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["arrange"](tg.zeros(2, 3), (1, 0)).stride()
        (1, 2)
    """
    return laid_in(x, order)


arrange.lays_out = False  # it does so itself


@arrange.derivative("x")
def _(g: Any, y: Any, x: Any, order: Any) -> Any:
    return g


def rows(x: Any) -> Any:
    """An array or a node whose elements lie row after row; itself where they do.

    Example:
        >>> rows(np.zeros((2, 3)).T).strides
        (16, 8)
    """
    value = x.value if isinstance(x, Node) else x
    if value.__class__ is not np.ndarray or value.flags.c_contiguous:
        return x
    order = tuple(range(value.ndim))
    return arrange(x, order) if isinstance(x, Node) else laid_in(value, order)


def as_operand(y: Any, x: Any) -> Any:
    """An array or a node whose elements lie as those of an operand of its shape do."""
    image = x.value if isinstance(x, Node) else x
    value = y.value if isinstance(y, Node) else y
    if value.__class__ is not np.ndarray or (image.flags.c_contiguous and value.flags.c_contiguous):
        return y
    return arrange(y, tuple(order_of(image.shape, image.strides))) if isinstance(y, Node) else laid_as(value, image)


def as_image(y: Any, image: Any) -> Any:
    """An array or a node whose elements lie row after row, or have channels last where an image has them last."""
    last = lies(image.value if isinstance(image, Node) else image, channels_last)
    return as_operand(y, image) if last else rows(y)


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
        if isinstance(result, Node) and isinstance(image, Node):
            laid = like(result.value, image.current.value)
            if (
                now().tape.keeps_arrays or result.rare is not None
            ):  # an array that a tape knows, or that a view shows, stays
                return result if laid is result.value else arrange(result, tuple(order_of(laid.shape, laid.strides)))
            result.value = laid
        return result

    return call
