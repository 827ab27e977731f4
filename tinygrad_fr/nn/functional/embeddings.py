"""Rows of tables looked up by integers: embedding, and embedding bags."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.errors import ShapeError, UsageError
from tinygrad_fr.locale import _
from tinygrad_fr.ops import overloaded, registry
from tinygrad_fr.ops.indexing.lookup import embedding as _rows
from tinygrad_fr.ops.shared.overloads import spoken
from tinygrad_fr.ops.shared.untracked import computed, constant, value_of
from tinygrad_fr.record.mode import escapes, setting
from tinygrad_fr.record.node import Node


@spoken
def embedding(
    input: Any,
    weight: Any,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Any:
    """Rows of a table: indices (…) and a table (V, D) give (…, D); the row ``padding_idx`` gets no gradient.

    ``sparse`` changes nothing: where few rows of many were read, the gradient is kept as these rows until it is looked at.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.embedding(tg.tensor([2, 0]), tg.tensor([[0.0, 0.1], [1.0, 1.1], [2.0, 2.1]]))[0]  # row 2
        tensor([2.0000, 2.1000])
    """
    if scale_grad_by_freq:
        raise UsageError(_("Embedding: scale_grad_by_freq is not here"))
    if max_norm is not None:
        _shorten(weight, input, max_norm, norm_type)
    rows = _rows(input, weight)
    if padding_idx is None:
        return rows
    padding_idx = padding_row("embedding", padding_idx, weight.shape[0])
    kept = computed(lambda index: (np.asarray(index) != padding_idx)[..., None], input)
    return registry["where"](kept, rows, rows.detach())


def padding_row(name: str, index: int, count: int) -> int:
    """The row of a table that counts for nothing, from 0 on.

    Raises:
        UsageError: there is no such row.

    Example:
        >>> padding_row("embedding", -1, 10)
        9
    """
    if not -count <= index < count:
        raise UsageError(
            _("{op}: expected padding_idx within {size} rows, got {found}").format(op=name, size=count, found=index)
        )
    return index % count


def _shorten(weight: Any, index: Any, longest: float, p: float) -> None:
    """Shorten the rows of a table that are about to be read, where they are longer than that: in place, unrecorded."""
    with setting(grad=False):
        table, places = weight.detach(), index.reshape(-1)
        rows = _rows(places, table)
        length = registry["vector_norm"](rows, p, -1, True)
        table[places] = registry["where"](length > longest, rows * (longest / (length + 1e-7)), rows)


@spoken
def embedding_bag(
    input: Any,
    weight: Any,
    offsets: Any = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Any:
    """Sums, means or maxima of rows of a table, one a bag: indices (B, N), or indices (N) and where each bag begins → (B, D).

    An empty bag gives 0. Rows of ``padding_idx`` count for nothing.

    Raises:
        UsageError: the mode is none of these, or the arguments do not go together.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> table = tg.tensor([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])
        >>> F.embedding_bag(tg.tensor([0, 2, 1]), table, tg.tensor([0, 2]))
        tensor([[2., 3.],
                [2., 3.]])
    """
    _check_bags(input, offsets, scale_grad_by_freq, mode, per_sample_weights)
    for each in (input, offsets, weight if mode == "max" else None):
        if isinstance(each, Node):
            escapes(each)  # which rows go where is read here, not by an operation
    flat = input.reshape(-1)
    count = flat.shape[0]
    starts = _starts_of_bags(input, offsets, include_last_offset, count)
    if max_norm is not None:
        _shorten(weight, flat, max_norm, norm_type)
    bags = np.searchsorted(starts, np.arange(count), side="right") - 1
    rows, counted = embedding(flat, weight), np.ones(count, bool)
    if padding_idx is not None:
        counted = np.asarray(value_of(flat)) != padding_row("embedding_bag", padding_idx, weight.shape[0])
        kept = np.flatnonzero(counted)
        rows, bags = rows[constant(kept)], bags[kept]
    if per_sample_weights is not None:
        shares = per_sample_weights.reshape(-1)
        rows = rows * (shares if padding_idx is None else shares[constant(np.flatnonzero(counted))]).unsqueeze(-1)
    zeros = constant(np.zeros((len(starts), weight.shape[1]), value_of(weight).dtype))
    if mode == "max":
        return _largest_of_bags(zeros, rows, bags)
    total = overloaded["index_add"](zeros, 0, constant(bags), rows)
    if mode == "sum":
        return total
    sizes = np.maximum(np.bincount(bags, minlength=len(starts)), 1)
    return total / constant(sizes[:, None].astype(value_of(weight).dtype))


def _check_bags(input: Any, offsets: Any, scale_grad_by_freq: bool, mode: str, per_sample_weights: Any) -> None:
    """Raise where the arguments of a bag of embeddings do not go together."""
    if scale_grad_by_freq:
        raise UsageError(_("embedding_bag: scale_grad_by_freq is not supported"))
    if mode not in ("sum", "mean", "max"):
        raise UsageError(_("embedding_bag: expected mode sum, mean or max, got {mode}").format(mode=mode))
    if per_sample_weights is not None and mode != "sum":
        raise UsageError(_("embedding_bag: weights of rows go with mode sum alone"))
    if per_sample_weights is not None and tuple(per_sample_weights.shape) != tuple(input.shape):
        raise ShapeError(
            _("embedding_bag: expected weights of the shape {expected} of the indices, got {found}").format(
                expected=tuple(input.shape), found=tuple(per_sample_weights.shape)
            )
        )
    if (input.ndim == 1) == (offsets is None):
        raise UsageError(_("embedding_bag: indices of 1 dimension need offsets, indices of 2 dimensions take none"))


def _starts_of_bags(input: Any, offsets: Any, include_last_offset: bool, count: int) -> Any:
    """Where each bag begins among the indices."""
    if offsets is None:
        return np.arange(input.shape[0]) * input.shape[1]
    starts = np.asarray(value_of(offsets))
    if include_last_offset:
        starts = starts[:-1]
    if starts.size and (starts[0] != 0 or (np.diff(starts) < 0).any() or starts[-1] > count):
        raise UsageError(_("embedding_bag: offsets begin at 0, never fall, and end within the indices"))
    return starts


def _largest_of_bags(zeros: Any, rows: Any, bags: Any) -> Any:
    """The largest of each bag's rows, number by number; the first of equals has the gradient."""
    if not len(bags):
        return zeros + rows.sum()
    values = np.asarray(value_of(rows))
    best = np.full(zeros.shape, -1)
    for place, bag in enumerate(bags):
        better = (best[bag] < 0) | (values[place] > values[best[bag], np.arange(values.shape[1])])
        best[bag] = np.where(better, place, best[bag])
    found = overloaded["gather"](rows, 0, constant(np.maximum(best, 0)))
    return registry["where"](constant(best >= 0), found, zeros)
