"""Outputs of a linear layer chosen by integers: what a model of many words computes for a few of them."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import here
from tinygrad_fr.errors import ShapeError
from tinygrad_fr.explanation import Explanation
from tinygrad_fr.later import imported
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import mul
from tinygrad_fr.ops.definition import Array, composite
from tinygrad_fr.ops.indexing import embedding
from tinygrad_fr.ops.reduction import sum as add_up
from tinygrad_fr.ops.rows import KERNEL_SIZE
from tinygrad_fr.ops.shape import reshape_to
from tinygrad_fr.record.accelerator import accelerator
from tinygrad_fr.sampling import Draw, Sample


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
        >>> from tinygrad_fr.ops.lookup import linear_at
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
    return imported("tinygrad_fr.kernels.rows")


def _fits(input: Array, weight: Array, index: Array) -> bool:
    """Whether kernels pay, and may be given what they do not look at; the equations refuse the rest."""
    return bool(
        weight.ndim == 2
        and 0 < index.size >= KERNEL_SIZE / max(weight.shape[-1], 1)
        and input.dtype is weight.dtype
        and input.dtype.char in "fd"
        and index.dtype.kind in "iu"
        and input.shape == (*index.shape[:-1], weight.shape[-1])
        and index.min() >= 0
        and index.max() < len(weight)
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
