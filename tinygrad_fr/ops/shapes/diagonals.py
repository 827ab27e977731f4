"""Diagonals and triangles of matrices."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import dimension, here, refusal
from tinygrad_fr.errors import ShapeError
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.definition import Array, structured
from tinygrad_fr.ops.indexing.subscripts import getitem, place, setitem
from tinygrad_fr.ops.shapes.joining import cat
from tinygrad_fr.ops.shapes.padding import pad_constant
from tinygrad_fr.ops.shapes.permutation import movedim
from tinygrad_fr.ops.shapes.shape import reshape_to
from tinygrad_fr.ops.shared.large import ENOUGH, computed
from tinygrad_fr.ops.shared.overloads import function, overload
from tinygrad_fr.ops.shared.untracked import constant, value_of
from tinygrad_fr.record.mode import now
from tinygrad_fr.record.node import Node
from tinygrad_fr.sampling import Draw, Sample
from tinygrad_fr.views import Way, show


def _triangle_sample(draw: Draw) -> Sample:
    return Sample((draw.array(draw.shape(2, 3)),), {"diagonal": draw.integer(-2, 2)})


def _triangle(x: Any, diagonal: int, lower: bool) -> Any:
    if x.ndim < 2:
        raise ValueError("expected at least 2 dimensions")
    mask = (_kept if x.size <= _SMALL else _kept.__wrapped__)(x.shape[-2], x.shape[-1], int(diagonal), lower)
    if x.size >= ENOUGH and (found := computed("where(kept, x, 0)", x=x, kept=mask)) is not None:
        return found
    result = np.zeros(x.shape, x.dtype)
    np.copyto(result, x, where=mask)
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


def _writable(part: Any, whole: Any) -> Any:
    """A part that may be written to if its whole may, which numpy's diagonal may not."""
    part.flags.writeable = whole.flags.writeable
    return part


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
        return _writable(np.diagonal(x, offset, a, b), x)
    places = _diagonal_places(x.shape[a], x.shape[b], offset)
    last = len(x.shape) - 1
    found = getitem(x if (a, b) == (last - 1, last) else movedim(x, (a, b), (-2, -1)), (Ellipsis, *places))
    if isinstance(found, Node):
        if not now().tape.keeps_arrays:  # the same numbers, where they lie
            found.value = _writable(np.diagonal(value_of(x), offset, a, b), value_of(x))
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


def _not_negative(name: str, row: int, col: int) -> None:
    if min(row, col) < 0:
        raise refusal(name, tr("sides of at least 0"), (row, col))


@function
def tril_indices(row: int, col: int, offset: int = 0, *, dtype: Any = np.int64) -> Any:
    """Places of the lower triangle: two rows of indices.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.tril_indices(2, 2)
        tensor([[0, 1, 1],
                [0, 0, 1]])
    """
    _not_negative("tril_indices", row, col)
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
    _not_negative("triu_indices", row, col)
    return constant(np.stack(np.triu_indices(row, offset, col)).astype(dtype or np.int64))
