"""Rows of tables that integers choose: embedding, one-hot rows, and a few outputs of a linear layer of many."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import here, refusal
from tinygrad_fr.errors import DataError, RangeError, ShapeError
from tinygrad_fr.explanation import Explanation, message
from tinygrad_fr.lazy_imports import imported
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import mul
from tinygrad_fr.ops.definition import Array, composite, structured
from tinygrad_fr.ops.indexing.indices import integers, within
from tinygrad_fr.ops.indexing.rows import KERNEL_SIZE, added_rows
from tinygrad_fr.ops.indexing.subscripts import place
from tinygrad_fr.ops.reductions.sums import sum as add_up
from tinygrad_fr.ops.shapes.shape import reshape_to
from tinygrad_fr.ops.shared.kinds import takes
from tinygrad_fr.ops.shared.overloads import function
from tinygrad_fr.ops.shared.untracked import computed, constant, value_of
from tinygrad_fr.record.accelerator import accelerator
from tinygrad_fr.sampling import Draw, Sample


def _embedding_sample(draw: Draw) -> Sample:
    rows, width = draw.integer(1, 4), draw.integer(1, 3)
    return Sample((draw.indices(draw.shape(0, 2), rows), draw.array((rows, width))), {})


@structured(
    symbol="E[i]",
    latex=r"E_{i}",
    sample=_embedding_sample,
    method=False,
    explained=Explanation(
        word=message("row of the table"),
        forward=message("Look rows up in the table."),
        backward=message("Only the rows that were looked up receive a gradient."),
        letters=("i", "E"),
        sends=(None, r"0_{i} \leftarrow G"),
    ),
)
def embedding(input: Array, weight: Array) -> Array:
    """Rows of a table: indices (…) and a table (V, D) give (…, D); the same as one-hot rows times the table.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.embedding(tg.tensor([2, 0]), tg.tensor([[0.0], [1.0], [2.0]])).tolist()
        [[2.0], [0.0]]
    """
    if weight.ndim != 2:
        raise refusal("embedding", "(V, D)", weight.shape)
    if input.dtype not in (np.int64, np.int32):
        raise DataError(
            tr("embedding: expected integer indices, got {found} ({where})").format(found=input.dtype, where=here())
        )
    if not within(input, weight.shape[0]):
        bad = int(input[(input < 0) | (input >= weight.shape[0])].flat[0])
        raise RangeError(
            tr("embedding: expected indices from 0 to {last}, got {found} ({where})").format(
                last=weight.shape[0] - 1, found=bad, where=here()
            )
        )
    return weight.take(input.astype(np.int64, copy=False), axis=0, mode="clip")  # twice as quick as weight[input]


@embedding.derivative("weight")
def _(g: Any, y: Any, input: Any, weight: Any) -> Any:
    index = np.asarray(value_of(input))
    if not isinstance(g, np.ndarray):
        return place(g, index, weight.shape)
    rows = g.reshape(index.size, weight.shape[1])
    return accelerator().rows(index.reshape(-1), len(weight), lambda own, count: added_rows(rows, own, count))


@function
def one_hot(tensor: Any, num_classes: int = -1) -> Any:
    """Integers (…) as rows of zeros with a 1: (…, classes), as many as the largest needs unless told.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.one_hot(tg.tensor([2, 0]), 3).tolist()
        [[0, 0, 1], [1, 0, 0]]
    """
    takes("one_hot", tensor, "int64")
    classes = int(integers(value_of(tensor)).max()) + 1 if num_classes == -1 else num_classes

    def rows(labels: Any) -> Any:
        labels = integers(labels)
        if not within(labels, classes):
            raise DataError(
                tr("one_hot: expected classes from 0 to {last}, got {found} ({where})").format(
                    last=classes - 1, found=int(labels.max() if labels.max() >= classes else labels.min()), where=here()
                )
            )
        return (labels[..., None] == np.arange(classes)).astype(np.int64, order="C")

    return constant(computed(rows, tensor))


def _sample(draw: Draw) -> Sample:
    batch = draw.choice([(), (2,), (2, 3)])
    width, rows, chosen = draw.integer(1, 3), draw.integer(1, 4), draw.integer(0, 3)
    return Sample((draw.array((*batch, width)), draw.array((rows, width)), draw.indices((*batch, chosen), rows)), {})


@composite(
    symbol="W[i] x",
    latex=r"W_{i} \, x",
    sample=_sample,
    method=False,
    explained=Explanation(shown_as="linear"),
)
def linear_at(input: Array, weight: Array, index: Array) -> Array:
    """Some outputs of a linear layer: (…, n) with weight (m, n) and integers (…, k) gives (…, k), row index · input each.

    The others are not computed, and their rows of the weight get no gradient: negative sampling and its kin.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.ops.indexing.lookup import linear_at
        >>> linear_at(tg.tensor([1.0, 2.0]), tg.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), tg.tensor([2, 0]))
        tensor([3., 1.])
    """
    if input.shape[-1:] != weight.shape[-1:] or len(weight.shape) != 2 or input.shape[:-1] != index.shape[:-1]:
        raise ShapeError(
            tr("linear_at: expected shapes (…, n), (m, n) and (…, k), got {input}, {weight}, {index} ({where})").format(
                input=tuple(input.shape), weight=tuple(weight.shape), index=tuple(index.shape), where=here()
            )
        )
    vectors = reshape_to(input, (*input.shape[:-1], 1, input.shape[-1]))
    return add_up(mul(embedding(index, weight), vectors), -1)


def _kernels() -> Any:
    return imported("tinygrad_fr.kernels.arrays.rows")


def _fits(input: Array, weight: Array, index: Array) -> bool:
    """Whether kernels pay, and may be given what they do not look at; the equations refuse the rest."""
    return bool(
        weight.ndim == 2
        and 0 < index.size >= KERNEL_SIZE / max(weight.shape[-1], 1)
        and input.dtype is weight.dtype
        and input.dtype.char in "fd"
        and index.dtype.kind in "iu"
        and input.shape == (*index.shape[:-1], weight.shape[-1])
        and within(index, len(weight))
    )


def _flat(input: Array, index: Array) -> tuple[Array, Array]:
    """Vectors (N, n) and integers (N, k)."""
    return (
        np.ascontiguousarray(input).reshape(prod(input.shape[:-1]), input.shape[-1]),
        np.ascontiguousarray(index, np.int64).reshape(prod(index.shape[:-1]), index.shape[-1]),
    )


def _forward(input: Array, weight: Array, index: Array) -> tuple[Array, Any]:
    if not _fits(input, weight, index):
        return np.asarray(linear_at.equations(input, weight, index)), None
    vectors, places = _flat(input, index)
    return _kernels().products(vectors, np.ascontiguousarray(weight), places).reshape(index.shape), True


def _backward(g: Array, fits: bool | None, needs: int, input: Array, weight: Array, index: Array) -> tuple[Any, ...]:
    vectors, places = _flat(input, index)
    pulls = np.ascontiguousarray(g, input.dtype).reshape(places.shape)
    to_input = to_weight = None
    if not fits:
        if needs & 1:
            to_input = np.matmul(pulls[:, None, :], weight[places]).reshape(input.shape)
        if needs & 2:
            to_weight = np.zeros_like(weight)
            np.add.at(to_weight, places, pulls[..., None] * vectors[:, None])
        return to_input, to_weight, None
    kernels = _kernels()
    if needs & 1:
        to_input = kernels.products_to_vectors(pulls, np.ascontiguousarray(weight), places).reshape(input.shape)
    if needs & 2:
        to_weight = accelerator().rows(
            places, len(weight), lambda own, count: kernels.products_to_table(pulls, vectors, own, count)
        )
    return to_input, to_weight, None


linear_at.fused(_forward, _backward)
