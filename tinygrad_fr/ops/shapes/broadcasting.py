"""Elements repeated to a larger shape, and the sums that undo it."""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from tinygrad_fr.explanation import Explanation, message
from tinygrad_fr.ops.definition import Array, structured
from tinygrad_fr.ops.shapes.shape import sides_of
from tinygrad_fr.ops.shared.overloads import by_shape, function, overload
from tinygrad_fr.promotion.broadcast import sum_to as _sum_array_to
from tinygrad_fr.sampling import Draw, Sample


def _expand_sample(draw: Draw) -> Sample:
    shape = draw.shape(0, 3)
    own = tuple(1 if draw.choice([False, True]) else side for side in shape)
    return Sample((draw.array(own),), {"shape": (2, *shape) if draw.choice([False, True]) else shape})


@structured(
    symbol="⇉",
    latex=r"x",
    reads="",
    sample=_expand_sample,
    method=False,
    explained=Explanation(
        shown_as="expand",
        forward=message("Repeat the numbers to fill a larger shape."),
        backward=message("What was repeated adds up the gradients of its copies."),
        letters=("x",),
        sends=(r"\sum G",),
    ),
)
def expand_to(x: Array, shape: tuple[int, ...]) -> Array:
    """Repeat along dimensions of length 1 and new leading ones; -1 keeps a side.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["expand_to"](tg.tensor([[1], [2]]), (-1, 3))
        tensor([[1, 1, 1],
                [2, 2, 2]])
    """
    plain = x.__class__ is np.ndarray and shape.__class__ is tuple and x.flags.c_contiguous
    if plain and (steps := _steps(x.shape, shape)) is not None:
        sides, strides = steps  # what np.broadcast_to finds out takes longer than the view
        wide = np.ndarray(sides, x.dtype, x, 0, [step * x.itemsize for step in strides])
        wide.flags.writeable = False
        return wide
    if -1 in shape:
        lead, own = len(shape) - len(x.shape), x.shape
        shape = tuple([own[i - lead] if side == -1 and i >= lead else side for i, side in enumerate(shape)])
    if x.__class__ is np.ndarray and x.shape == shape:
        return x[...]  # which may be written to, for nothing repeats
    return np.broadcast_to(x, shape)


@lru_cache(maxsize=256)
def _steps(own: tuple[int, ...], shape: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """The lengths of what repeats a contiguous array, and how many elements a step along each goes; None where nothing repeats.

    Also None where numpy is to say that the shapes do not fit, and where there are no elements.
    """
    lead = len(shape) - len(own)
    if lead < 0:
        return None
    sides = (*shape[:lead], *(was if side == -1 else side for was, side in zip(own, shape[lead:], strict=True)))
    fits = all(was in (1, side) for was, side in zip(own, sides[lead:], strict=True))
    if not fits or min(sides, default=0) < 1 or sides == own:
        return None
    within = [0 if was == 1 else prod(own[i + 1 :]) for i, was in enumerate(own)]
    return sides, (*[0] * lead, *within)


@expand_to.derivative("x")
def _(g: Any, y: Any, x: Any, shape: Any) -> Any:
    return sum_to(g, x.shape)


def _unexpanded(whole: Any, part: Any, shape: Any) -> Any:
    """What was there before it was repeated: what is written to it is the same at each repetition."""
    lead = len(part.shape) - len(whole.shape)
    kept = (slice(0, 1) if side == 1 else slice(None) for side in whole.shape)
    from tinygrad_fr.ops.indexing.subscripts import getitem

    return getitem(part, (*(0,) * lead, *kept))


expand_to.views(_unexpanded)


expand_to.repeats = True


@overload
@by_shape
def expand(x: Any, *sides: Any, size: Any = ()) -> Any:
    """Repeat along dimensions of length 1 and new leading ones; -1 keeps a side.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.tensor([[1], [2]]).expand(-1, 3)
        tensor([[1, 1, 1],
                [2, 2, 2]])
    """
    return expand_to.call(x, sides_of("expand", sides, size))


@overload
def expand_as(x: Any, other: Any) -> Any:
    """Repeat to the shape of another tensor.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.tensor([1, 2]).expand_as(tg.zeros(2, 2))
        tensor([[1, 2],
                [1, 2]])
    """
    return expand_to(x, tuple(other.shape))


@overload
def broadcast_to(x: Any, *sides: Any, size: Any = None) -> Any:
    """Repeat to a shape, given as a tuple or side by side.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.broadcast_to(tg.tensor([1, 2]), (2, 2))
        tensor([[1, 2],
                [1, 2]])
    """
    return expand_to(x, sides_of("broadcast_to", sides, size))


@function
def broadcast_tensors(*tensors: Any) -> tuple[Any, ...]:
    """Tensors repeated to the one shape that broadcasting gives them.

    Example:
        >>> import tinygrad_fr as tg
        >>> [x.shape for x in tg.broadcast_tensors(tg.zeros(3, 1), tg.zeros(2))]
        [torch.Size([3, 2]), torch.Size([3, 2])]
    """
    shape = np.broadcast_shapes(*(tuple(x.shape) for x in tensors))
    return tuple(expand_to(x, shape) for x in tensors)


@function
def broadcast_shapes(*shapes: Any) -> tuple[int, ...]:
    """The shape that broadcasting gives.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.broadcast_shapes((3, 1), (2,))
        (3, 2)
    """
    return np.broadcast_shapes(*((side,) if isinstance(side, int) else tuple(side) for side in shapes))


@overload
def sum_to_size(x: Any, *sides: Any, size: Any = ()) -> Any:
    """Sum over the dimensions along which ``size`` was broadcast.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ones(2, 3).sum_to_size(1, 3)
        tensor([[2., 2., 2.]])
    """
    wanted = sides_of("sum_to_size", sides, size)
    return x if wanted == tuple(x.shape) else sum_to(x, wanted)


def _sum_to_sample(draw: Draw) -> Sample:
    sample = _expand_sample(draw)
    return Sample((draw.array(sample.attrs["shape"]),), {"shape": sample.inputs[0].shape})


@structured(
    symbol="Σ",
    latex=r"\sum x",
    reads="",
    sample=_sum_to_sample,
    method=False,
    explained=Explanation(shown_as="sum_to_size", letters=("x",), sends=(r"\mathbf{1} G",)),
)
def sum_to(x: Array, shape: tuple[int, ...]) -> Array:
    """Sum over the dimensions along which ``shape`` was broadcast: what undoes broadcasting.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([[1, 2], [10, 20]])
        >>> tg.ops.registry["sum_to"](x, (2,)), tg.ops.registry["sum_to"](x, (1, 1))
        (tensor([11, 22]), tensor([[33]]))
    """
    return _sum_array_to(np.asarray(x), shape)


@sum_to.derivative("x")
def _(g: Any, y: Any, x: Any, shape: Any) -> Any:
    return expand_to(g, x.shape)
