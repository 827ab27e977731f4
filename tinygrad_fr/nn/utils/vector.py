"""Parameters as one vector, and back."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from tinygrad_fr.arguments.in_words import in_words
from tinygrad_fr.errors import ShapeError
from tinygrad_fr.locale import _
from tinygrad_fr.ops.shapes import joining, shape

if TYPE_CHECKING:
    from collections.abc import Iterable


@in_words
def parameters_to_vector(parameters: Iterable[Any]) -> Any:
    """All parameters, one after the other.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> parameters_to_vector(nn.Linear(2, 3).parameters()).shape
        torch.Size([9])
    """
    return joining.cat([shape.reshape_to(each, (-1,)) for each in parameters])


@in_words
def vector_to_parameters(vec: Any, parameters: Iterable[Any]) -> None:
    """Give parameters the numbers of a vector, in the same order.

    Raises:
        ShapeError: the vector has another number of elements; nothing is then changed.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> layer = nn.Linear(2, 1)
        >>> vector_to_parameters(tg.tensor([1.0, 2.0, 3.0]), layer.parameters())
        >>> layer.weight.tolist(), layer.bias.tolist()
        ([[1.0, 2.0]], [3.0])
    """
    held = list(parameters)
    sizes = [prod(each.shape) for each in held]
    if tuple(vec.shape) != (sum(sizes),):
        raise ShapeError(
            _("vector_to_parameters: expected a vector of {expected} numbers, got shape {found}").format(
                expected=sum(sizes), found=tuple(vec.shape)
            )
        )
    start = 0
    for each, size in zip(held, sizes, strict=True):
        each.data = vec.detach()[start : start + size].reshape(each.shape)
        start += size
