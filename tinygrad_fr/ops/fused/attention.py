"""The shortcut of attention: weights are computed for a block of queries at a time, and discarded where there are many.

Under a causal mask half of the products are skipped. See :mod:`tinygrad_fr.kernels.layers.attention`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tinygrad_fr.lazy_imports import imported
from tinygrad_fr.ops.attention import attention, scale_of, weights_of
from tinygrad_fr.ops.definition import Array

SMALL = 4096  # weights: up to so many, numpy's passes over all of them are as quick


class _Heads(NamedTuple):
    """What the kernels take: batches and heads (B, H, L, E), (B, H, S, E), (B, H, S, D), a mask of floats, and how."""

    query: Array
    key: Array
    value: Array
    mask: Array | None
    how: Any


def _kernels() -> Any:
    return imported("tinygrad_fr.kernels.layers.attention")


def _four(x: Array) -> Array:
    """As batches of heads; copied where rows are not whole or overlap."""
    x = x if x.ndim == 4 else x.reshape(1, -1, *x.shape[-2:])
    if x.strides[3] != x.itemsize or x.strides[2] < x.shape[3] * x.itemsize:
        x = x.copy()  # where there is one row, numpy calls it contiguous wherever the next would lie
    return x


def _mask_of(mask: Array, lead: tuple[int, ...], length: int, source: int, dtype: Any) -> Array:
    """A mask in floats, repeated over all weights without a copy."""
    if mask.dtype == np.bool_:
        mask = np.where(mask, dtype.type(0), dtype.type(-np.inf))
    if len(lead) != 2:
        few = mask.ndim <= 2 or max(mask.shape[:-2]) == 1
        mask = mask.reshape(mask.shape[-2:]) if few else np.broadcast_to(mask, (*lead, length, source))
        mask = mask if few else mask.reshape(1, -1, length, source)
        lead = (1, int(np.prod(lead)))
    if mask.ndim and mask.shape[-1] > 1 and mask.strides[-1] not in (0, mask.itemsize):
        mask = mask.copy()  # the kernels read neighbours, or one number again and again
    return np.broadcast_to(mask, (*lead, length, source))


def _seen(query: Array, key: Array, value: Array, mask: Array | None, causal: bool, scale: float | None) -> _Heads:
    length, source, lead = query.shape[-2], key.shape[-2], query.shape[:-2]
    own = None if mask is None else _mask_of(mask, lead, length, source, query.dtype)
    how = _kernels().How(scale_of(query, scale), causal, mask is not None)
    return _Heads(_four(query), _four(key), _four(value), own, how)


def _within(mask: Array, query: Array, key: Array) -> bool:
    """Whether a mask repeats itself over the weights, and does not repeat them."""
    weights = (*query.shape[:-1], key.shape[-2])
    sides = zip(reversed(mask.shape), reversed(weights), strict=False)
    return mask.ndim <= len(weights) and all(side in (1, own) for side, own in sides)


def _fits(query: Array, key: Array, value: Array, mask: Array | None, dropout: Array | None) -> bool:
    """Whether blocks pay, and shapes and dtypes are those of one attention a head."""
    return (
        dropout is None
        and min(query.ndim, key.ndim, value.ndim) >= 2
        and query.shape[:-2] == key.shape[:-2] == value.shape[:-2]
        and query.shape[-1] == key.shape[-1]
        and key.shape[-2] == value.shape[-2]
        and query.dtype is key.dtype
        and query.dtype is value.dtype
        and query.dtype.char in "fd"
        and (mask is None or ((mask.dtype is query.dtype or mask.dtype == np.bool_) and _within(mask, query, key)))
        and value.shape[-1] > 0
        and (query.size // max(query.shape[-1], 1)) * key.shape[-2] > SMALL
    )


def _forward(
    query: Array,
    key: Array,
    value: Array,
    attn_mask: Array | None,
    dropout_mask: Array | None,
    is_causal: bool,
    scale: float | None,
) -> tuple[Array, Any]:
    """The result; the weights if they are few, the logarithms of their sums; where blocks do not pay, weights alone."""
    if not _fits(query, key, value, attn_mask, dropout_mask):
        if query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]:
            attention.equations(query, key, value)  # which refuses them
        weights = np.asarray(weights_of(query, key, attn_mask, is_causal, scale))
        return np.matmul(weights if dropout_mask is None else weights * dropout_mask, value), weights
    seen = _seen(query, key, value, attn_mask, is_causal, scale)
    out, saved = _kernels().forward(*seen)
    return out.reshape(*query.shape[:-1], value.shape[-1]), saved


def _backward(
    g: Array,
    saved: Any,
    needs: int,
    query: Array,
    key: Array,
    value: Array,
    attn_mask: Array | None,
    dropout_mask: Array | None,
    is_causal: bool,
    scale: float | None,
) -> tuple[Array | None, ...]:
    if not _fits(query, key, value, attn_mask, dropout_mask):
        return _whole(g, saved, needs, query, key, value, dropout_mask, scale)
    seen = _seen(query, key, value, attn_mask, is_causal, scale)
    pull = _four(np.asarray(g, query.dtype))
    to_query, to_key, to_value, to_mask = _kernels().backward(pull, saved, *seen, bool(needs & 8))
    return (
        to_query.reshape(query.shape),
        to_key.reshape(key.shape),
        to_value.reshape(value.shape),
        to_mask.reshape(*query.shape[:-1], key.shape[-2]) if to_mask is not None else None,
        None,
    )


def _whole(
    g: Array, weights: Array, needs: int, query: Array, key: Array, value: Array, dropout: Array | None, scale: Any
) -> tuple[Array | None, ...]:
    """The backward pass from all the weights at once."""
    from tinygrad_fr.ops.softmax import softmax_backward

    used = weights if dropout is None else weights * dropout
    to_used = np.matmul(g, np.swapaxes(value, -1, -2))
    (to_scores,) = softmax_backward(to_used if dropout is None else to_used * dropout, weights, 1, weights, -1)
    size = weights.dtype.type(scale_of(query, scale))
    return (
        np.matmul(to_scores, key) * size if needs & 1 else None,
        np.matmul(np.swapaxes(to_scores, -1, -2), query) * size if needs & 2 else None,
        np.matmul(np.swapaxes(used, -1, -2), g) if needs & 4 else None,
        to_scores if needs & 8 else None,
        to_used * weights if needs & 16 else None,
    )


attention.fused(_forward, _backward)
