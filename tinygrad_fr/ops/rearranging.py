"""Elements put in another order, repeated, padded, masked by triangles, seen through windows."""

from __future__ import annotations

from functools import lru_cache
from math import copysign
from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import dimension, here, refusal
from tinygrad_fr.devices.layout import laid_as, like
from tinygrad_fr.errors import AbsentError, DtypeError, ShapeError
from tinygrad_fr.explanation import Explanation
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import pow
from tinygrad_fr.ops.arrangement import arranged_alike, rows
from tinygrad_fr.ops.definition import Array, structured
from tinygrad_fr.ops.indexing import getitem, index_select, place, setitem
from tinygrad_fr.ops.joining import cat, stack
from tinygrad_fr.ops.kinds import NUMBERS, takes
from tinygrad_fr.ops.large import computed
from tinygrad_fr.ops.overloads import function, overload
from tinygrad_fr.ops.shape import _sides, cast, expand_to, movedim, reshape_to, transpose
from tinygrad_fr.ops.untracked import constant, dtype_of, value_of
from tinygrad_fr.promotion.dtype import converted
from tinygrad_fr.record.mode import now
from tinygrad_fr.record.node import Node
from tinygrad_fr.sampling import Draw, Sample
from tinygrad_fr.views import Way, show


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
def flip(x: Any, *order: Any, dims: Any = ()) -> Any:
    """The elements in reverse order along some dimensions.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.flip(tg.tensor([[1, 2], [3, 4]]), 0)
        tensor([[3, 4],
                [1, 2]])
    """
    chosen, n = _sides("flip", order, dims), len(x.shape)
    return flip_along.call(x, tuple([dimension(d, n) for d in chosen]) if n else ())


@overload
def fliplr(x: Any) -> Any:
    """Columns in reverse order.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.fliplr(tg.tensor([[1, 2, 3]]))
        tensor([[3, 2, 1]])
    """
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
    times, shape = _sides("repeat", times, repeats), tuple(x.shape)
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
    times = _sides("tile", times, dims)
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
    counts = value_of(repeats)
    if np.asarray(counts).dtype.kind not in "iu":
        raise DtypeError(
            tr("repeat_interleave: expected integers, got {found} ({where})").format(found=repeats, where=here())
        )
    return index_select(x, dim, np.repeat(np.arange(x.shape[dim] if len(x.shape) else 1), counts))


def _pad_sample(draw: Draw) -> Sample:
    shape = draw.shape(1, 3, min_side=2)
    widths = tuple((draw.integer(-1, 2), draw.integer(0, 2)) for _side in shape)
    return Sample((draw.array(shape),), {"widths": widths, "value": draw.choice([0.0, 1.5])})


@structured(
    symbol="▣",
    latex=r"x",
    reads="",
    sample=_pad_sample,
    method=False,
    explained=Explanation(shown_as="pad"),
)
def pad_constant(x: Array, widths: tuple[tuple[int, int], ...], value: float = 0.0) -> Array:
    """A border of one number; a negative width takes a border off.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["pad_constant"](tg.tensor([1, 2, 3]), ((2, -1),), 9)
        tensor([9, 9, 1, 2])
    """
    sides, inside, kept = [], [], []
    for side, (a, b) in zip(x.shape, widths, strict=True):
        wide = side + a + b
        if wide < 0:
            raise ValueError("the padding takes off more than there is")
        sides.append(wide)
        inside.append(slice(a if a > 0 else 0, wide - b if b > 0 else wide))
        kept.append(slice(0 if a > 0 else -a, side if b > 0 else side + b))
    zero = value == 0 and copysign(1.0, value) > 0
    result = np.zeros(sides, x.dtype) if zero else np.full(sides, converted(value, x.dtype))
    result[tuple(inside)] = x[tuple(kept)]
    return like(result, x)


pad_constant.lays_out = False  # it does so itself, but for channels that come last


@pad_constant.derivative("x")
def _(g: Any, y: Any, x: Any, widths: Any, value: float) -> Any:
    return pad_constant(g, tuple((-a, -b) for a, b in widths))


_MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


@function
def pad(x: Any, pad: Any, mode: str = "constant", value: float | None = None) -> Any:
    """Borders around the last dimensions, as pairs from the last one: constant, reflect, replicate or circular.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.pad(tg.tensor([1.0, 2.0]), (1, 2))
        tensor([0., 1., 2., 0., 0.])
    """
    n = len(x.shape)
    if len(pad) % 2 or len(pad) > 2 * n:
        raise ShapeError(
            tr("pad: expected pairs for at most {n} dimensions, got {found} ({where})").format(
                n=n, found=tuple(pad), where=here()
            )
        )
    pairs = [(int(pad[i]), int(pad[i + 1])) for i in range(0, len(pad), 2)]
    widths = [(0, 0)] * (n - len(pairs)) + pairs[::-1]
    if mode == "constant":
        return pad_constant.call(x, tuple(widths), 0.0 if value is None else value)
    if mode not in _MODES:
        raise AbsentError(
            tr("pad: expected mode constant, reflect, replicate or circular, got “{found}” ({where})").format(
                found=mode, where=here()
            )
        )
    if len(pairs) not in (1, 2, 3) or n not in (len(pairs) + 1, len(pairs) + 2):
        raise AbsentError(
            tr(
                "pad: expected pairs for the last 1, 2 or 3 of one or two dimensions more, got {pairs} pairs for {n} ({where})"
            ).format(pairs=len(pairs), n=n, where=here())
        )
    if mode != "circular":
        takes(f"pad {mode}", x, *NUMBERS)
    cropped = tuple((min(a, 0), min(b, 0)) for a, b in widths)
    if mode == "circular":  # the others see what is cropped later
        x, cropped = pad_constant(x, cropped), ((0, 0),) * n
    for dim, (before, after) in enumerate((max(a, 0), max(b, 0)) for a, b in widths):
        if not before and not after:
            continue
        side = x.shape[dim]
        limit = {"reflect": side - 1, "circular": side}.get(mode, max(before, after))
        if max(before, after) > limit or not side:
            raise ShapeError(
                tr(
                    "pad: a border of {found} is too wide for mode {mode} along a dimension of length {side} ({where})"
                ).format(found=max(before, after), mode=mode, side=side, where=here())
            )
        order = np.pad(np.arange(side), (before, after), mode=_MODES[mode])  # type: ignore[call-overload]
        x = getitem(x, (*(slice(None),) * dim, order))
    return pad_constant(x, cropped) if any(map(any, cropped)) else x


@overload
def unfold(x: Any, dimension: int, size: int, step: int) -> Any:
    """Windows of a size, a step apart, along a dimension; their elements come last.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.tensor([1, 2, 3, 4, 5]).unfold(0, 3, 2)
        tensor([[1, 2, 3],
                [3, 4, 5]])
    """
    from tinygrad_fr.arguments.fits import dimension as checked

    dim = checked(dimension, len(x.shape))
    side = x.shape[dim] if len(x.shape) else 1
    if size < 0 or step < 1:
        raise refusal("unfold", tr("a size of at least 0 and a step of at least 1"), (size, step))
    if size > side:
        raise ShapeError(
            tr("unfold: a window of {size} does not fit in a dimension of length {side} ({where})").format(
                size=size, side=side, where=here()
            )
        )
    if isinstance(x, np.ndarray) and x.ndim:
        every = np.lib.stride_tricks.sliding_window_view(x, size, dim)
        return every[(*(slice(None),) * dim, slice(None, None, step))]
    starts = np.arange(0, side - size + 1, step)
    chosen = (*(slice(None),) * dim, starts[:, None] + np.arange(size))
    windows = getitem(reshape_to(x, (1,)) if not len(x.shape) else x, chosen)
    if not len(x.shape):
        return reshape_to(windows, (size,))
    found = movedim(windows, dim + 1, -1)
    if isinstance(found, Node):
        if not now().tape.keeps_arrays:  # the same numbers, where they lie
            found.value = unfold(value_of(x), dimension, size, step)
        said = {"dimension": dimension, "size": size, "step": step}
        way = Way(unfold, lambda whole, part, **_: setitem(whole, movedim(part, -1, dim + 1), chosen))
        way.repeats = step < size
        show(found, x.current, (way, said))
    return found


def _triangle_sample(draw: Draw) -> Sample:
    return Sample((draw.array(draw.shape(2, 3)),), {"diagonal": draw.integer(-2, 2)})


def _triangle(x: Any, diagonal: int, lower: bool) -> Any:
    if x.ndim < 2:
        raise ValueError("expected at least 2 dimensions")
    kept = _kept if x.size <= _SMALL else _kept.__wrapped__
    found = computed("where(kept, x, 0)", x=x, kept=kept(x.shape[-2], x.shape[-1], int(diagonal), lower))
    if found is not None:
        return found
    result = np.zeros(x.shape, x.dtype)
    np.copyto(result, x, where=kept(x.shape[-2], x.shape[-1], int(diagonal), lower))
    return result


_SMALL = 1 << 16  # elements: masks of larger arrays are not worth their memory


@lru_cache(maxsize=64)
def _kept(rows: int, columns: int, diagonal: int, lower: bool) -> Any:
    """Where elements stand on a diagonal or below it; or above it."""
    below = np.tri(rows, columns, diagonal, dtype=np.bool_)
    mask = below if lower else ~below
    mask.flags.writeable = False
    return mask


@structured(symbol="◺", latex=r"\operatorname{tril} x", reads="", sample=_triangle_sample)
def tril(x: Array, diagonal: int = 0) -> Array:
    """The lower triangle of the last two dimensions, zeros elsewhere.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.tril(tg.tensor([[1, 2], [3, 4]]))
        tensor([[1, 0],
                [3, 4]])
    """
    return _triangle(x, diagonal, True)


@tril.derivative("x")
def _(g: Any, y: Any, x: Any, diagonal: int) -> Any:
    return tril(g, diagonal)


@structured(symbol="◹", latex=r"\operatorname{triu} x", reads="", sample=_triangle_sample)
def triu(x: Array, diagonal: int = 0) -> Array:
    """The upper triangle of the last two dimensions, zeros elsewhere.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.triu(tg.tensor([[1, 2], [3, 4]])), tg.triu(tg.tensor([[1, 2], [3, 4]]), 1)
        (tensor([[1, 2],
                [0, 4]]), tensor([[0, 2],
                [0, 0]]))
    """
    return _triangle(x, diagonal - 1, False)


@triu.derivative("x")
def _(g: Any, y: Any, x: Any, diagonal: int) -> Any:
    return triu(g, diagonal)


def _diagonal_places(rows: int, columns: int, offset: int) -> tuple[Any, Any]:
    count = max(min(rows + min(offset, 0), columns - max(offset, 0)), 0)
    return np.arange(count) + max(-offset, 0), np.arange(count) + max(offset, 0)


@overload
def diagonal(x: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """The diagonal of two dimensions, as a last dimension.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.diagonal(tg.tensor([[1, 2], [3, 4]])), tg.diagonal(tg.tensor([[1, 2], [3, 4]]), 1)
        (tensor([1, 4]), tensor([2]))
    """
    a, b = dimension(dim1, len(x.shape)), dimension(dim2, len(x.shape))
    if a == b:
        raise ShapeError(
            tr("diagonal: expected two different dimensions, got {found} ({where})").format(
                found=(dim1, dim2), where=here()
            )
        )
    if isinstance(x, np.ndarray):
        return np.diagonal(x, offset, a, b)
    places = _diagonal_places(x.shape[a], x.shape[b], offset)
    found = getitem(movedim(x, (a, b), (-2, -1)), (Ellipsis, *places))
    if isinstance(found, Node):
        if not now().tape.keeps_arrays:  # the same numbers, where they lie
            found.value = np.diagonal(value_of(x), offset, a, b)
        said = {"offset": offset, "dim1": dim1, "dim2": dim2}
        show(found, x.current, (Way(diagonal, diagonal_scatter), said))
    return found


@function
def linalg_diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:  # noqa: N803 - PyTorch's name
    """The diagonal of matrices, which are the last two dimensions unless told.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.linalg.diagonal(tg.tensor([[1, 2], [3, 4]]))
        tensor([1, 4])
    """
    return diagonal(A, offset, dim1, dim2)


@overload
def diag_embed(x: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """The last dimension laid on a diagonal of zeros.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.diag_embed(tg.tensor([1, 2])), tg.diag_embed(tg.zeros(5, 3)).shape
        (tensor([[1, 0],
                [0, 2]]), torch.Size([5, 3, 3]))
    """
    n = x.shape[-1] + abs(offset)
    spread = place(x, (Ellipsis, *_diagonal_places(n, n, offset)), (*tuple(x.shape[:-1]), n, n))
    return movedim(spread, (-2, -1), (dim1, dim2))


@overload
def diag(x: Any, diagonal: int = 0) -> Any:
    """The diagonal of a matrix, or the matrix of a diagonal.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.diag(tg.tensor([[1, 2], [3, 4]])), tg.diag(tg.tensor([1, 2]))
        (tensor([1, 4]), tensor([[1, 0],
                [0, 2]]))
    """
    if len(x.shape) == 1:
        return diag_embed(x, diagonal)
    if len(x.shape) != 2:
        raise ShapeError(
            tr("diag: expected 1 or 2 dimensions, got shape {shape} ({where})").format(
                shape=tuple(x.shape), where=here()
            )
        )
    places = _diagonal_places(x.shape[0], x.shape[1], diagonal)
    return getitem(x, places)


@overload
def diagflat(x: Any, offset: int = 0) -> Any:
    """All elements laid on a diagonal.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.diagflat(tg.tensor([[1], [2]]))
        tensor([[1, 0],
                [0, 2]])
    """
    return diag_embed(reshape_to(x, (-1,)), offset)


@overload
def diagonal_scatter(x: Any, src: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """x with a diagonal replaced.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.diagonal_scatter(tg.zeros(2, 2), tg.tensor([5.0, 6.0]))
        tensor([[5., 0.],
                [0., 6.]])
    """
    moved = movedim(x, (dim1, dim2), (-2, -1))
    places = _diagonal_places(moved.shape[-2], moved.shape[-1], offset)
    return movedim(setitem(moved, src, (Ellipsis, *places)), (-2, -1), (dim1, dim2))


@function
def block_diag(*tensors: Any) -> Any:
    """Matrices along the diagonal of a larger one.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.block_diag(tg.tensor([[1, 2]]), tg.tensor([[3]]))
        tensor([[1, 2, 0],
                [0, 0, 3]])
    """
    blocks = [reshape_to(x, (1,) * (2 - len(x.shape)) + tuple(x.shape)) for x in tensors]
    width = sum(x.shape[1] for x in blocks)
    rows, start = [], 0
    for x in blocks:
        rows.append(pad_constant(x, ((0, 0), (start, width - start - x.shape[1]))))
        start += x.shape[1]
    return cat(rows, 0)


@function
def combinations(x: Any, r: int = 2, with_replacement: bool = False) -> Any:
    """All the ways to take r elements of a vector, a row each.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.combinations(tg.tensor([1, 2, 3])).tolist()
        [[1, 2], [1, 3], [2, 3]]
    """
    if len(x.shape) != 1:
        raise refusal("combinations", tr("a vector"), tuple(x.shape))
    from itertools import combinations as without
    from itertools import combinations_with_replacement

    chosen = list((combinations_with_replacement if with_replacement else without)(range(x.shape[0]), r))
    if not r:
        return getitem(x, slice(0, 0))
    return getitem(x, np.array(chosen, np.int64).reshape(-1, r))


@function
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:  # noqa: N803 - PyTorch's name
    """Powers of the elements as columns, the highest first unless told.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.vander(tg.tensor([2, 3]), 3)
        tensor([[4, 2, 1],
                [9, 3, 1]])
    """
    if len(x.shape) != 1:
        raise refusal("vander", tr("a vector"), tuple(x.shape))
    return _powers(x, N, increasing)


def _powers(x: Any, N: int | None, increasing: bool) -> Any:  # noqa: N803
    n = x.shape[-1] if N is None else N
    if dtype_of(x).kind != "f":
        x = cast(x, np.dtype(np.int64))
    columns = [pow(x, i) for i in (range(n) if increasing else range(n - 1, -1, -1))]
    return stack(columns, -1) if columns else reshape_to(x, (*x.shape, 0))


@function
def linalg_vander(x: Any, N: int | None = None) -> Any:  # noqa: N803 - PyTorch's name
    """Powers of the elements as columns, the lowest first.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.linalg.vander(tg.tensor([2.0, 3.0]), N=3).tolist()  # x⁰, x¹, x²
        [[1.0, 2.0, 4.0], [1.0, 3.0, 9.0]]
    """
    return _powers(x if len(x.shape) else reshape_to(x, (1,)), N, True)


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
    return reshape_to(
        parts.transpose(order) if isinstance(parts, np.ndarray) else parts.permute(*order),
        (*lead, c // (r * r), h * r, w * r),
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
    return reshape_to(
        parts.transpose(order) if isinstance(parts, np.ndarray) else parts.permute(*order),
        (*lead, c * r * r, h // r, w // r),
    )


@function
def channel_shuffle(x: Any, groups: int) -> Any:
    """Channels dealt out over groups.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.channel_shuffle(tg.arange(4).reshape(1, 4, 1, 1), 2).flatten()
        tensor([0, 2, 1, 3])
    """
    n, c, *sides = x.shape
    return reshape_to(transpose(reshape_to(x, (n, groups, c // groups, *sides)), 1, 2), (n, c, *sides))


@function
def tril_indices(row: int, col: int, offset: int = 0, *, dtype: Any = np.int64) -> Any:
    """Places of the lower triangle: two rows of indices.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.tril_indices(2, 2)
        tensor([[0, 1, 1],
                [0, 0, 1]])
    """
    return constant(np.stack(np.tril_indices(row, offset, col)).astype(dtype or np.int64))


@function
def triu_indices(row: int, col: int, offset: int = 0, *, dtype: Any = np.int64) -> Any:
    """Places of the upper triangle: two rows of indices.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.triu_indices(2, 2)
        tensor([[0, 0, 1],
                [0, 1, 1]])
    """
    return constant(np.stack(np.triu_indices(row, offset, col)).astype(dtype or np.int64))


@function
def unravel_index(indices: Any, shape: Any) -> tuple[Any, ...]:
    """Indices of the flattened tensor as one index per dimension.

    Example:
        >>> import tinygrad_fr as tg
        >>> rows, columns = tg.unravel_index(tg.tensor([1, 5]), (2, 3))
        >>> rows, columns
        (tensor([0, 1]), tensor([1, 2]))
    """
    return tuple(constant(i) for i in np.unravel_index(value_of(indices), shape))


@overload
def swapaxes(x: Any, axis0: int, axis1: int) -> Any:
    """:func:`transpose` under numpy's name.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.swapaxes(tg.zeros(2, 3, 4), 0, 2).shape
        torch.Size([4, 3, 2])
    """
    return transpose(x, axis0, axis1)
