"""Dimensions in another order: permute, transpose, movedim."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import dimension, here
from tinygrad_fr.errors import ShapeError
from tinygrad_fr.explanation import Explanation, message
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.definition import Array, structured
from tinygrad_fr.ops.shapes.shape import shape_of, sides_of
from tinygrad_fr.ops.shared.overloads import by_shape, overload
from tinygrad_fr.record.accelerator import accelerator
from tinygrad_fr.sampling import Draw, Sample


def _permuted_sample(draw: Draw) -> Sample:
    shape = draw.shape(0, 4)
    order = list(range(len(shape)))
    for i in range(len(order) - 1, 0, -1):
        j = draw.integer(0, i)
        order[i], order[j] = order[j], order[i]
    return Sample((draw.array(shape),), {"dims": tuple(order)})


@structured(
    symbol="⇄",
    latex=r"x",
    reads="",
    sample=_permuted_sample,
    method=False,
    explained=Explanation(
        shown_as="permute",
        word=message("other order"),
        forward=message("The same numbers, with dimensions exchanged."),
        backward=message("The gradient goes back to the order that the dimensions had."),
        letters=("x",),
        sends=(r"G^{\top}",),
    ),
)
def permute_to(x: Array, dims: tuple[int, ...]) -> Array:
    """The dimensions in another order.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["permute_to"](tg.zeros(2, 3, 4), (2, 0, 1)).shape
        torch.Size([4, 2, 3])
    """
    return x.transpose(dims) if x.__class__ is np.ndarray else np.transpose(x, dims)


@permute_to.derivative("x")
def _(g: Any, y: Any, x: Any, dims: Any) -> Any:
    return permute_to(g, _inverse(tuple(dims)))


@lru_cache(maxsize=256)
def _inverse(dims: tuple[int, ...]) -> tuple[int, ...]:
    """The order of dimensions that takes another one back."""
    return tuple(sorted(range(len(dims)), key=lambda i: dims[i] % len(dims)))


permute_to.views(lambda whole, part, dims: permute_to(part, _inverse(tuple(dims))))


@overload
@by_shape
def permute(x: Any, *order: Any, dims: Any = None) -> Any:
    """The dimensions in another order, given as numbers or as one tuple.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.zeros(2, 3, 4).permute(2, 0, 1).shape
        torch.Size([4, 2, 3])
    """
    return permute_to.call(x, sides_of("permute", order, dims))


@overload
@by_shape
def transpose(x: Any, dim0: int, dim1: int) -> Any:
    """Exchange two dimensions.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.tensor([[1, 2], [3, 4]]).transpose(0, 1)
        tensor([[1, 3],
                [2, 4]])
    """
    n = len(shape_of(x))
    a, b = dimension(dim0, n), dimension(dim1, n)
    if not n:
        return x
    order = list(range(n))
    order[a], order[b] = b, a
    return permute_to.call(x, tuple(order))


@overload
@by_shape
def t(x: Any) -> Any:
    """Transpose of a matrix; a vector stays.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.t(tg.tensor([[1, 2, 3]])).shape
        torch.Size([3, 1])
    """
    n = len(shape_of(x))
    if n > 2:
        raise ShapeError(
            tr("t: expected at most 2 dimensions, got shape {shape} ({where})").format(
                shape=tuple(x.shape), where=here()
            )
        )
    return permute_to.call(x, (1, 0)) if n == 2 else x


def backwards(x: Any) -> Any:
    """The tensor with its dimensions in reverse order."""
    ndim = len(shape_of(x))
    return permute_to.call(x, (1, 0) if ndim == 2 else tuple(range(ndim))[::-1])


backwards = accelerator().call(by_shape(backwards), backwards)


@overload
@by_shape
def movedim(x: Any, source: int | tuple[int, ...], destination: int | tuple[int, ...]) -> Any:
    """Move dimensions to other places; the others keep their order.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.zeros(2, 3, 4).movedim(0, -1).shape
        torch.Size([3, 4, 2])
    """
    n = len(x.shape)
    sources = [dimension(d, n) for d in ((source,) if isinstance(source, int) else source)]
    targets = [dimension(d, n) for d in ((destination,) if isinstance(destination, int) else destination)]
    if len(sources) != len(targets) or len(set(sources)) != len(sources) or len(set(targets)) != len(targets):
        raise ShapeError(
            tr(
                "movedim: expected as many different dimensions as destinations, got {source} and {target} ({where})"
            ).format(source=source, target=destination, where=here())
        )
    if not n:
        return x
    order = [d for d in range(n) if d not in sources]
    for target, moved in sorted(zip(targets, sources, strict=True)):
        order.insert(target, moved)
    return permute_to(x, tuple(order))


@structured(
    symbol="ᵀ",
    latex=r"x^{\top}",
    reads="",
    sample=lambda d: Sample((d.array(d.shape(2, 4)),), {}),
    method=False,
    explained=Explanation(
        forward=message("Exchange rows and columns."),
        backward=message("The gradient exchanges rows and columns back."),
        letters=("x",),
        sends=(r"G^{\top}",),
    ),
)
def mT(x: Array) -> Array:  # noqa: N802 - PyTorch's name
    """Transpose of the last two dimensions.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.zeros(5, 2, 3).mT.shape
        torch.Size([5, 3, 2])
    """
    return np.swapaxes(x, -1, -2)


@mT.derivative("x")
def _(g: Any, y: Any, x: Any) -> Any:
    return mT(g)


mT.views(lambda whole, part: mT(part))


@overload
def conj(x: Any) -> Any:
    """The tensor itself: elements are real.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([1.0, 2.0])
        >>> x.conj() is x
        True
    """
    return x


@overload
@by_shape
def adjoint(x: Any) -> Any:
    """The transpose of a matrix, or of each in a batch: elements are real. A single number stays.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.adjoint(tg.zeros(5, 2, 3)).shape
        torch.Size([5, 3, 2])
    """
    n = len(shape_of(x))
    if n == 1:
        raise ShapeError(
            tr("expected a matrix, or several, to exchange rows and columns, got shape {shape} ({where})").format(
                shape=tuple(x.shape), where=here()
            )
        )
    return mT.call(x) if n else x


@overload
@by_shape
def swapaxes(x: Any, axis0: int, axis1: int) -> Any:
    """:func:`transpose` under numpy's name.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.swapaxes(tg.zeros(2, 3, 4), 0, 2).shape
        torch.Size([4, 3, 2])
    """
    return transpose(x, axis0, axis1)
