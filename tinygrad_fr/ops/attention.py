"""Attention."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import here
from tinygrad_fr.errors import ShapeError
from tinygrad_fr.explanation import Explanation, message
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import add, mul
from tinygrad_fr.ops.comparison import where
from tinygrad_fr.ops.definition import Array, composite
from tinygrad_fr.ops.products import matmul
from tinygrad_fr.ops.shapes.permutation import mT
from tinygrad_fr.ops.shared.untracked import assumed, computed, dtype_of
from tinygrad_fr.ops.softmax import softmax
from tinygrad_fr.sampling import Draw, Sample


def _attention_sample(draw: Draw) -> Sample:
    length, source, width = draw.integer(1, 3), draw.integer(1, 3), draw.integer(1, 3)
    batch = draw.choice([(), (2,)])
    causal = draw.choice([False, True])
    mask = None if causal else draw.choice([None, draw.array((length, source))])
    arrays = draw.array((*batch, length, width)), draw.array((*batch, source, width)), draw.array((*batch, source, 2))
    dropped = draw.choice([None, draw.array((length, source), 0.0, 2.0)])
    return Sample((*arrays, mask, dropped), {"is_causal": causal})


@composite(
    symbol="attention",
    latex=r"\operatorname{softmax}\left(\frac{Q K^{\top}}{\sqrt{d}} + M\right) V",
    sample=_attention_sample,
    method=False,
    explained=Explanation(
        shown_as="scaled_dot_product_attention",
        forward=message("Each position reads the others, in proportion to how well query and key agree."),
    ),
)
def attention(
    query: Array,
    key: Array,
    value: Array,
    attn_mask: Array | None = None,
    dropout_mask: Array | None = None,
    is_causal: bool = False,
    scale: float | None = None,
) -> Array:
    """Each query's mean of the values, weighted by the softmax of its products with the keys.

    Queries (…, L, E), keys (…, S, E), values (…, S, D) give (…, L, D). A boolean mask (…, L, S) says who takes part, a
    float one is added to the products; a query that may look at nothing gets zeros. The weights are multiplied by ``dropout_mask`` where one is given.

    Example:
        >>> import tinygrad_fr as tg
        >>> query, key, value = tg.tensor([[0.0], [100.0]]), tg.tensor([[5.0], [7.0]]), tg.tensor([[10.0], [20.0]])
        >>> tg.ops.registry["attention"](query, key, value)  # the mean of both, and the value of the larger key
        tensor([[15.],
                [20.]])
    """
    if query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]:
        raise ShapeError(
            tr(
                "attention: expected queries (…, L, E), keys (…, S, E) and values (…, S, D), got {q}, {k}, {v} ({where})"
            ).format(q=tuple(query.shape), k=tuple(key.shape), v=tuple(value.shape), where=here())
        )
    weights = weights_of(query, key, attn_mask, is_causal, scale)
    return matmul(weights if dropout_mask is None else mul(weights, dropout_mask), value)


def scale_of(query: Any, scale: float | None) -> float:
    """What products of queries and keys are multiplied by."""
    return 1 / sqrt(query.shape[-1]) if scale is None else scale


def weights_of(query: Any, key: Any, attn_mask: Any, is_causal: bool, scale: float | None) -> Any:
    """How much each query looks at each key (…, L, S)."""
    scores = mul(matmul(query, mT(key)), scale_of(query, scale))
    if is_causal:
        scores = where(np.tri(query.shape[-2], key.shape[-2], dtype=np.bool_), scores, -np.inf)
    if attn_mask is not None:
        is_bool, sides = dtype_of(attn_mask) == np.bool_, tuple(scores.shape)
        scores = where(attn_mask, scores, -np.inf) if is_bool else add(scores, attn_mask)
        if tuple(scores.shape) != sides:
            raise ShapeError(
                tr("attention: expected a mask that broadcasts to {expected}, got {found}").format(
                    expected=sides, found=tuple(attn_mask.shape)
                )
            )
    if not assumed(_some_see_nothing, scores):
        return softmax(scores, -1)
    blank = computed(_nothing_seen, scores)  # a query that may attend to nothing gets zeros, and sends no gradient
    return where(blank, 0, softmax(where(blank, 0, scores), -1))


def _some_see_nothing(scores: Any) -> Any:
    """Whether a query may attend to nothing; for most scores the least of them answers that."""
    if scores.size and scores.min() > -np.inf:
        return False
    return bool(np.any(_nothing_seen(scores)))


def _nothing_seen(scores: Any) -> Any:
    return np.all(scores == -np.inf, axis=-1, keepdims=True)
