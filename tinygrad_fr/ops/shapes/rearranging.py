"""Elements put in another order or repeated: flip, roll, repeat, and channels exchanged with pixels."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import dimension, here, refusal
from tinygrad_fr.devices.layout import laid_as, like
from tinygrad_fr.errors import ShapeError
from tinygrad_fr.explanation import Explanation
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.conversion import cast
from tinygrad_fr.ops.definition import Array, structured
from tinygrad_fr.ops.indexing.gather import index_select
from tinygrad_fr.ops.indexing.indices import read_of_dtypes
from tinygrad_fr.ops.shapes.broadcasting import expand_to
from tinygrad_fr.ops.shapes.permutation import transpose
from tinygrad_fr.ops.shapes.shape import reshape_to, shape_of, sides_of
from tinygrad_fr.ops.shared.arrangement import arranged_alike, rows
from tinygrad_fr.ops.shared.overloads import function, overload
from tinygrad_fr.ops.shared.untracked import dtype_of
from tinygrad_fr.sampling import Draw, Sample


def _flip_sample(draw: Draw) -> Sample:
    shape = draw.shape(1, 3)
    return Sample((draw.array(shape),), {"dims": draw.choice([(0,), (-1,), tuple(range(len(shape)))])})


@structured(
    symbol="↔",
    latex=r"x",
    reads="",
    sample=_flip_sample,
    method=False,
    explained=Explanation(shown_as="flip"),
)
def flip_along(x: Array, dims: tuple[int, ...]) -> Array:
    """The elements in reverse order along some dimensions.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["flip_along"](tg.tensor([[1, 2], [3, 4]]), (0, 1))
        tensor([[4, 3],
                [2, 1]])
    """
    if len(dims) == 1 and -x.ndim <= dims[0] < x.ndim:
        return laid_as(x[(*(slice(None),) * (dims[0] % x.ndim), slice(None, None, -1))], x)
    return laid_as(np.flip(x, dims), x)


flip_along.lays_out = False  # its result lies as x does


@flip_along.derivative("x")
def _(g: Any, y: Any, x: Any, dims: Any) -> Any:
    return flip_along(g, dims)


@overload
def flip(x: Any, *order: Any, dims: Any = None) -> Any:
    """The elements in reverse order along some dimensions.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.flip(tg.tensor([[1, 2], [3, 4]]), 0)
        tensor([[3, 4],
                [1, 2]])
    """
    chosen, n = sides_of("flip", order, dims), len(shape_of(x))
    return flip_along.call(x, tuple([dimension(d, n) for d in chosen]) if n else ())


@overload
def fliplr(x: Any) -> Any:
    """Columns in reverse order.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.fliplr(tg.tensor([[1, 2, 3]]))
        tensor([[3, 2, 1]])
    """
    if len(x.shape) < 2:
        raise refusal("fliplr", tr("a tensor of at least {n} dimensions").format(n=2), tuple(x.shape))
    return flip(x, 1)


@overload
def flipud(x: Any) -> Any:
    """Rows in reverse order.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.flipud(tg.tensor([[1, 2], [3, 4]]))
        tensor([[3, 4],
                [1, 2]])
    """
    if not len(x.shape):
        raise refusal("flipud", tr("at least 1 dimension"), ())
    return flip(x, 0)


def _roll_sample(draw: Draw) -> Sample:
    shape = draw.shape(1, 3)
    return Sample((draw.array(shape),), {"shifts": (draw.integer(-3, 3),), "dims": (draw.integer(0, len(shape) - 1),)})


@structured(
    symbol="↻",
    latex=r"x",
    reads="",
    sample=_roll_sample,
    method=False,
    explained=Explanation(shown_as="roll"),
)
def roll_along(x: Array, shifts: tuple[int, ...], dims: tuple[int, ...]) -> Array:
    """The elements moved along some dimensions; what leaves at one end comes back at the other.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["roll_along"](tg.tensor([1, 2, 3, 4]), (1,), (0,))
        tensor([4, 1, 2, 3])
    """
    if not len(dims) == len(shifts) == 1 or not x.size or not -x.ndim <= dims[0] < x.ndim:
        return like(rows(np.roll(x, shifts, dims)), x)
    dim, side = dims[0] % x.ndim, x.shape[dims[0]]
    last, before = side - shifts[0] % side, (slice(None),) * dim
    return like(rows(np.concatenate((x[(*before, slice(last, None))], x[(*before, slice(None, last))]), dim)), x)


roll_along.lays_out = False  # channels that come last stay there


@roll_along.derivative("x")
def _(g: Any, y: Any, x: Any, shifts: Any, dims: Any) -> Any:
    return roll_along(g, tuple(-shift for shift in shifts), dims)


@overload
def roll(x: Any, shifts: Any, dims: Any = None) -> Any:
    """The elements moved along some dimensions, or through the flattened tensor; what leaves comes back.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.roll(tg.tensor([1, 2, 3, 4]), 1)
        tensor([4, 1, 2, 3])
    """
    shifts = (shifts,) if isinstance(shifts, int) else tuple(shifts)
    places = () if dims is None else (dims,) if isinstance(dims, int) else tuple(dims)
    if not shifts or len(shifts) != max(len(places), 1):
        raise refusal("roll", tr("as many shifts as dimensions"), (shifts, places))
    if not places:
        return reshape_to(roll_along(reshape_to(x, (-1,)), shifts, (0,) * len(shifts)), tuple(x.shape))
    return roll_along.call(x, shifts, places)


@overload
def rot90(x: Any, k: int = 1, dims: tuple[int, int] = (0, 1)) -> Any:
    """x turned k times by 90°, from the first of two dimensions towards the second.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.rot90(tg.tensor([[1, 2], [3, 4]]))
        tensor([[2, 4],
                [1, 3]])
    """
    a, b = (dimension(d, len(x.shape)) for d in dims)
    if a == b:
        raise refusal("rot90", tr("two different dimensions"), tuple(dims))
    turned = {0: lambda: cast(x, x.dtype), 1: lambda: transpose(flip(x, b), a, b), 2: lambda: flip(x, a, b)}
    return turned.get(k % 4, lambda: flip(transpose(x, a, b), b))()


@overload
def repeat(x: Any, *times: Any, repeats: Any = None) -> Any:
    """The whole tensor repeated along each dimension; more numbers than dimensions add leading ones.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.tensor([1, 2]).repeat(2, 2)
        tensor([[1, 2, 1, 2],
                [1, 2, 1, 2]])
    """
    times, shape = sides_of("repeat", times, repeats), tuple(x.shape)
    if min(times, default=0) < 0:
        raise refusal("repeat", tr("numbers of repeats of at least 0"), times)
    if len(times) < len(shape):
        raise ShapeError(
            tr("repeat: expected at least {n} numbers of repeats, got {found} ({where})").format(
                n=len(shape), found=times, where=here()
            )
        )
    sides = (1,) * (len(times) - len(shape)) + shape
    pairs = list(zip(times, sides, strict=True))
    wide = reshape_to.call(x, tuple([each for side in sides for each in (1, side)]))
    spread = expand_to.call(wide, tuple([each for pair in pairs for each in pair]))
    result: Any = reshape_to.call(spread, tuple([n * side for n, side in pairs]))
    return result.clone() if getattr(result, "rare", None) is not None else result


@overload
def tile(x: Any, *times: Any, dims: Any = None) -> Any:
    """The whole tensor repeated; fewer numbers than dimensions repeat the last ones.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.tile(tg.tensor([[1, 2]]), 2)
        tensor([[1, 2, 1, 2]])
    """
    times = sides_of("tile", times, dims)
    return repeat(x, (1,) * (len(x.shape) - len(times)) + times)


@overload
def repeat_interleave(x: Any, repeats: Any, dim: int | None = None, *, output_size: Any = None) -> Any:
    """Each element repeated where it stands, along ``dim`` or in the flattened tensor.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.repeat_interleave(tg.tensor([1, 2, 3]), 2), tg.repeat_interleave(tg.tensor([1, 2]), tg.tensor([3, 1]))
        (tensor([1, 1, 2, 2, 3, 3]), tensor([1, 1, 1, 2]))
    """
    if dim is None:
        x, dim = reshape_to(x, (-1,)), 0
    counts = read_of_dtypes("repeat_interleave", repeats, "int32", "int64")
    return index_select(x, dim, np.repeat(np.arange(x.shape[dim] if len(x.shape) else 1), counts))


@function
@arranged_alike
def pixel_shuffle(x: Any, upscale_factor: int) -> Any:
    """(…, C r², H, W) to (…, C, H r, W r): channels become finer pixels.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.pixel_shuffle(tg.arange(4).reshape(1, 4, 1, 1), 2).tolist()
        [[[[0, 1], [2, 3]]]]
    """
    r = upscale_factor
    *lead, c, h, w = x.shape
    if c % (r * r):
        raise ShapeError(
            tr("pixel_shuffle: the number of channels must be a multiple of {n}, got {found} ({where})").format(
                n=r * r, found=c, where=here()
            )
        )
    k = len(lead)
    parts = reshape_to(x, (*lead, c // (r * r), r, r, h, w))
    order = (*range(k), k, k + 3, k + 1, k + 4, k + 2)
    return _own(
        reshape_to(
            parts.transpose(order) if isinstance(parts, np.ndarray) else parts.permute(*order),
            (*lead, c // (r * r), h * r, w * r),
        )
    )


@function
@arranged_alike
def pixel_unshuffle(x: Any, downscale_factor: int) -> Any:
    """(…, C, H r, W r) to (…, C r², H, W): the inverse of :func:`pixel_shuffle`.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.pixel_unshuffle(tg.arange(4).reshape(1, 1, 2, 2), 2).tolist()
        [[[[0]], [[1]], [[2]], [[3]]]]
    """
    r = downscale_factor
    *lead, c, h, w = x.shape
    if h % r or w % r:
        raise ShapeError(
            tr("pixel_unshuffle: height and width must be multiples of {n}, got {found} ({where})").format(
                n=r, found=(h, w), where=here()
            )
        )
    k = len(lead)
    parts = reshape_to(x, (*lead, c, h // r, r, w // r, r))
    order = (*range(k), k, k + 2, k + 4, k + 1, k + 3)
    return _own(
        reshape_to(
            parts.transpose(order) if isinstance(parts, np.ndarray) else parts.permute(*order),
            (*lead, c * r * r, h // r, w // r),
        )
    )


@function
@arranged_alike
def channel_shuffle(x: Any, groups: int) -> Any:
    """Channels dealt out over groups.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.channel_shuffle(tg.arange(4).reshape(1, 4, 1, 1), 2).flatten()
        tensor([0, 2, 1, 3])
    """
    n, c, *sides = x.shape
    return _own(reshape_to(transpose(reshape_to(x, (n, groups, c // groups, *sides)), 1, 2), (n, c, *sides)))


def _own(y: Any) -> Any:
    """A result in memory of its own: in PyTorch it shows the input's elements never, here where nothing moves."""
    return cast.call(y, dtype_of(y)) if getattr(y, "_base", None) is not None else y
