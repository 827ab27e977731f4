"""Attention."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

from tinygrad_fr.errors import ShapeError
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.activation import softmax
from tinygrad_fr.ops.arithmetic import add, mul
from tinygrad_fr.ops.comparison import where
from tinygrad_fr.ops.definition import Array, Draw, Sample, composite, function, here, value_of
from tinygrad_fr.ops.linalg import matmul
from tinygrad_fr.ops.rearranging import repeat_interleave
from tinygrad_fr.ops.shape import mT


def _attention_sample(draw: Draw) -> Sample:
    length, source, width = draw.integer(1, 3), draw.integer(1, 3), draw.integer(1, 3)
    batch = draw.choice([(), (2,)])
    causal = draw.choice([False, True])
    mask = None if causal else draw.choice([None, draw.array((length, source))])
    arrays = draw.array((*batch, length, width)), draw.array((*batch, source, width)), draw.array((*batch, source, 2))
    return Sample((*arrays, mask), {"is_causal": causal})


@composite(
    symbol="attention",
    latex=r"\operatorname{softmax}\left(\frac{Q K^{\top}}{\sqrt{d}} + M\right) V",
    sample=_attention_sample,
    method=False,
)
def attention(
    query: Array,
    key: Array,
    value: Array,
    attn_mask: Array | None = None,
    is_causal: bool = False,
    scale: float | None = None,
) -> Array:
    """Each query's mean of the values, weighted by the softmax of its products with the keys.

    Queries (…, L, E), keys (…, S, E), values (…, S, D) give (…, L, D). A boolean mask (…, L, S) says who takes part, a
    float one is added to the products.
    """
    if query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]:
        raise ShapeError(
            tr(
                "attention: expected queries (…, L, E), keys (…, S, E) and values (…, S, D), got {q}, {k}, {v} ({where})"
            ).format(q=tuple(query.shape), k=tuple(key.shape), v=tuple(value.shape), where=here())
        )
    scores = mul(matmul(query, mT(key)), 1 / sqrt(query.shape[-1]) if scale is None else scale)
    kept = None
    if is_causal:
        kept = np.tri(query.shape[-2], key.shape[-2], dtype=np.bool_)
    elif attn_mask is not None and value_of(attn_mask).dtype == np.bool_:
        kept = value_of(attn_mask)
    elif attn_mask is not None:
        scores = add(scores, attn_mask)
    if kept is None:
        return matmul(softmax(scores, -1), value)
    weights = softmax(where(kept, scores, -np.inf), -1)
    if not np.all(np.any(kept, axis=-1)):  # who may look at nothing gets zeros
        weights = where(np.any(kept, axis=-1, keepdims=True), weights, 0.0)
    return matmul(weights, value)


@function
def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Any:
    """Each query's mean of the values, weighted by the softmax of its products with the keys; see :func:`attention`."""
    if dropout_p:
        raise ShapeError(
            tr("attention: dropout inside attention is not supported; apply dropout to its result ({where})").format(
                where=here()
            )
        )
    if is_causal and attn_mask is not None:
        raise ShapeError(tr("attention: expected a mask or is_causal, not both ({where})").format(where=here()))
    if enable_gqa:
        key = repeat_interleave(key, query.shape[-3] // key.shape[-3], -3)
        value = repeat_interleave(value, query.shape[-3] // value.shape[-3], -3)
    return attention(query, key, value, attn_mask, is_causal, scale)
