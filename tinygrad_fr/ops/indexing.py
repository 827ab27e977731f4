"""Tables looked up by integers."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.errors import DataError
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.definition import Array, Draw, Sample, here, structured
from tinygrad_fr.ops.shape import put


def _embedding_sample(draw: Draw) -> Sample:
    rows, width = draw.integer(1, 4), draw.integer(1, 3)
    return Sample((draw.indices(draw.shape(0, 2), rows), draw.array((rows, width))), {})


@structured(symbol="E[i]", latex=r"E_{i}", sample=_embedding_sample, method=False)
def embedding(input: Array, weight: Array) -> Array:
    """Rows of a table: indices (…) and a table (V, D) give (…, D); the same as one-hot rows times the table."""
    if input.dtype.kind not in "iu":
        raise DataError(
            tr("embedding: expected integer indices, got {found} ({where})").format(found=input.dtype, where=here())
        )
    if input.size and (input.min() < 0 or input.max() >= weight.shape[0]):
        bad = int(input[(input < 0) | (input >= weight.shape[0])].flat[0])
        raise DataError(
            tr("embedding: expected indices from 0 to {last}, got {found} ({where})").format(
                last=weight.shape[0] - 1, found=bad, where=here()
            )
        )
    return weight[input]


@embedding.derivative("weight")
def _(g: Any, y: Any, input: Any, weight: Any) -> Any:
    return put(g, np.asarray(input.value if hasattr(input, "value") else input), weight.shape)
