"""Inverse of max pooling: elements put back where it found them."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import here, refusal
from tinygrad_fr.errors import ShapeError
from tinygrad_fr.explanation import Explanation
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.definition import Array, structured
from tinygrad_fr.ops.indexing.gather import gather_along
from tinygrad_fr.ops.indexing.indices import of_dtypes
from tinygrad_fr.ops.shapes.shape import reshape_to
from tinygrad_fr.ops.shared.untracked import computed
from tinygrad_fr.ops.spatial.pooling_examples import enter
from tinygrad_fr.ops.spatial.sides import each
from tinygrad_fr.sampling import Draw, Sample


def _inside(index: Any, sides: tuple[int, ...]) -> Any:
    """Places in a flattened output of these sides, or an error that names it."""
    if index.size and (index.min() < 0 or index.max() >= prod(sides)):
        raise ShapeError(
            tr("max_unpool: an index lies outside the output {sides} ({where})").format(sides=sides, where=here())
        )
    return index


def _unpool_sample(draw: Draw) -> Sample:
    size = draw.integer(2, 5)
    places = np.arange(size)[draw.integer(0, 1) :: draw.integer(1, 2)]
    return Sample((draw.array((2, len(places))),), {"index": np.stack([places, places[::-1]]), "size": size})


@structured(
    symbol="[ ]←",
    latex=r"0_{i} \leftarrow x",
    reads="",
    sample=_unpool_sample,
    method=False,
    explained=Explanation(shown_as="max_unpool1d"),
)
def unpool_rows(x: Array, index: Any, size: int) -> Array:
    """Rows of zeros with elements where the index says: the last one stays where windows overlap.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["unpool_rows"](tg.tensor([[3.0, 5.0]]), tg.tensor([[1, 3]]), 4)
        tensor([[0., 3., 0., 5.]])
    """
    result = np.zeros((*x.shape[:-1], size), x.dtype)
    np.put_along_axis(result, np.asarray(index), x, -1)
    return result


@unpool_rows.derivative("x")
def _(
    g: Any, y: Any, x: Any, index: Any, size: int
) -> Any:  # as PyTorch: where windows overlap, each receives the whole
    return gather_along(g, len(x.shape) - 1, index)


def _max_unpool(n: int) -> None:
    """Enter the inverse of max pooling over n dimensions."""

    def unpool(
        input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
    ) -> Any:
        if tuple(indices.shape) != tuple(input.shape):
            raise refusal(f"max_unpool{n}d", tr("indices of the input’s shape"), tuple(indices.shape))
        kernel = each("kernel_size", kernel_size, n)
        steps = kernel if stride is None or stride == () else each("stride", stride, n)
        border = each("padding", padding, n)
        sides = tuple(
            (side - 1) * s - 2 * p + k for side, s, p, k in zip(input.shape[-n:], steps, border, kernel, strict=True)
        )
        sides = sides if output_size is None else tuple(output_size)[-n:]
        lead = tuple(input.shape[:-n])
        index = of_dtypes(f"max_unpool{n}d", indices, "int64")
        flat = computed(lambda index: _inside(index, sides).reshape(*lead, prod(input.shape[-n:])), index)
        return reshape_to(unpool_rows(reshape_to(input, flat.shape), flat, prod(sides)), (*lead, *sides))

    enter(unpool, f"max_unpool{n}d", "Elements put back where max pooling found them, zeros elsewhere.")


for _n in (1, 2, 3):
    _max_unpool(_n)
