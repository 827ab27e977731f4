"""The shapes of indices and sources that PyTorch takes, and what stands for a tensor without dimensions: a vector of one."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import dimension, refusal
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.indexing.subscripts import getitem, setitem
from tinygrad_fr.ops.shapes.shape import reshape_to, shape_of
from tinygrad_fr.ops.shared.untracked import computed
from tinygrad_fr.record.node import Node


def sides(x: Any) -> tuple[int, ...]:
    """The shape of an operand; that of a number is a vector's of one."""
    return shape_of(x) or (1,)


def vector(x: Any) -> Any:
    """An operand without dimensions as a vector of one, any other as it is."""
    if len(x.shape):
        return x
    return reshape_to(x, (1,)) if isinstance(x, Node) else computed(np.atleast_1d, x)


def fit(name: str, x: Any, dim: int, index: Any, src: Any = None) -> None:
    """Refuse an index that is longer than x along a dimension other than ``dim``, or than the source along any.

    Raises:
        ShapeError: it is, or the three do not have as many dimensions.
    """
    if not index.size:
        return
    own, chosen = sides(x), sides(index)
    at = dimension(dim, len(own))
    if own == chosen and (src is None or sides(src) == chosen):
        return
    if len(own) != len(chosen) or any(a > b for i, (a, b) in enumerate(zip(chosen, own, strict=True)) if i != at):
        raise refusal(
            name,
            tr("an index that fits elements of shape {shape} along all other dimensions").format(shape=own),
            chosen,
        )
    if src is not None and not holds(src, chosen):
        raise refusal(name, tr("a source as large as the index, of shape {shape}").format(shape=chosen), sides(src))


def holds(src: Any, chosen: tuple[int, ...]) -> bool:
    """Whether a source has an element for each place of an index."""
    given = sides(src)
    return len(given) == len(chosen) and all(a <= b for a, b in zip(chosen, given, strict=True))


def one_by_one(name: str, index: Any) -> None:
    """Refuse indices that do not stand in a row.

    Raises:
        ShapeError: they have more than one dimension.
    """
    if index.ndim > 1:
        raise refusal(name, tr("a vector of indices"), tuple(index.shape))


def slices_fit(name: str, x: Any, dim: int, count: int, source: Any, *, wide: bool) -> None:
    """Refuse a source that has not one slice of x for each of so many indices.

    Args:
        name: of the function.
        x: what slices are of.
        dim: the dimension that they stand along.
        count: how many indices there are.
        source: the slices.
        wide: whether a source without dimensions is one element of a vector.

    Raises:
        ShapeError: it has not.
    """
    whole, given = shape_of(x), shape_of(source)
    at = dimension(dim, max(len(whole), 1))
    rest = (whole[:at] + whole[at + 1 :], given[:at] + given[at + 1 :]) if wide or (whole and given) else (whole, given)
    if rest[0] != rest[1] or (given[at] if given else 1) != count:
        raise refusal(name, tr("a source of one slice for each index"), given)


def unread(x: Any, src: Any) -> Any:
    """x, where nothing is written: the source gets a gradient of zeros."""
    if not (isinstance(src, Node) and src.needs):
        return x
    found = vector(x)
    nothing = reshape_to(getitem(reshape_to(src, (-1,)), slice(0, 0)), (0, *found.shape[1:]))
    return reshape_to(setitem(found, nothing, slice(0, 0)), tuple(x.shape))
