"""The shortcut of attention: the weights are seen a block of queries at a time, and thrown away where they are many.

A block is small enough for the cache, and holds whole rows of weights; under a causal mask it stops at the last key that it
may look at, so half of the products are not computed. What backward needs of the weights is the logarithm of each row's sum,
from which a block of them is computed again; few weights are kept instead.
"""

from __future__ import annotations

from importlib import import_module
from itertools import count
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tinygrad_fr.kernels.cores import spread
from tinygrad_fr.kernels.products import SPEED
from tinygrad_fr.ops.attention import attention, scale_of, weights_of
from tinygrad_fr.ops.definition import Array

if TYPE_CHECKING:
    from collections.abc import Callable

SMALL = 4096  # weights: up to so many, numpy's passes over all of them are as quick
BLOCK = 131_072  # weights of a block
GROUPS = 4  # of heads, where there are as many: what cores share
KEPT = 4_000_000  # weights: so many are kept for backward, which is quicker than computing them again


class _Block(NamedTuple):
    """Some queries of some heads, and the keys that any of them may look at."""

    number: int
    heads: slice
    queries: slice
    keys: slice
    first: int  # how many keys the first query may look at; the next one more, as far as there are


class _Heads(NamedTuple):
    """Batch and heads in one dimension (N, L, E), (N, S, E), (N, S, D); queries are multiplied by the scale."""

    query: Array
    key: Array
    value: Array
    mask: Array | None
    causal: bool

    def groups(self) -> list[list[_Block]]:
        """Blocks, those of the same heads together; enough groups for several cores where heads are many."""
        (heads, length, _width), source = self.query.shape, self.key.shape[1]
        rows = max(1, min(length, BLOCK // source))
        together = max(1, min(BLOCK // (rows * source), -(-heads // GROUPS)))
        found, number = [], count()
        for head in range(0, heads, together):
            own, group = slice(head, min(head + together, heads)), []
            for row in range(0, length, rows):
                last = min(row + rows, length)
                seen = min(last, source) if self.causal else source
                first = row + 1 if self.causal else source
                group.append(_Block(next(number), own, slice(row, last), slice(0, seen), first))
            found.append(group)
        return found

    def scores(self, block: _Block) -> Array:
        """Products of queries and keys, masked."""
        keys = self.key[block.heads, block.keys]
        scores: Array = np.matmul(self.query[block.heads, block.queries], keys.swapaxes(1, 2))
        if self.mask is not None:
            own = self.mask[block.heads, block.queries]
            if own.dtype == np.bool_:
                np.copyto(scores, -np.inf, where=~own)
            else:
                scores += own
        return scores

    def each(self, work: Callable[[_Block], None], products: int) -> None:
        """Share groups among cores."""
        groups = self.groups()
        (heads, length, width), source = self.query.shape, self.key.shape[1]
        cost = length * source * max(width, self.value.shape[2])

        def part(start: int, stop: int, _part: int) -> None:
            for group in groups[start:stop]:
                for block in group:
                    work(block)

        spread(part, len(groups), products * heads * cost / SPEED)


def _seen(query: Array, key: Array, value: Array, mask: Array | None, causal: bool, scale: float | None) -> _Heads:
    (length, _e), source, lead = query.shape[-2:], key.shape[-2], query.shape[:-2]
    size = query.dtype.type(scale_of(query, scale))
    q, k, v = (np.ascontiguousarray(x).reshape(-1, *x.shape[-2:]) for x in (query * size, key, value))
    if causal or mask is None:
        return _Heads(q, k, v, None, causal)
    if prod(mask.shape[:-2]) == 1:  # one for all heads: not a copy for each
        mask = np.broadcast_to(np.atleast_2d(mask).reshape(np.atleast_2d(mask).shape[-2:]), (length, source))
        return _Heads(q, k, v, np.broadcast_to(mask, (prod(lead), length, source)), False)
    return _Heads(q, k, v, np.broadcast_to(mask, (*lead, length, source)).reshape(-1, length, source), False)


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
    """The result; of each block the weights, or the logarithms of its rows' sums; where blocks do not pay, all weights."""
    if not _fits(query, key, value, attn_mask, dropout_mask):
        if query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]:
            attention.equations(query, key, value)  # which refuses them
        weights = np.asarray(weights_of(query, key, attn_mask, is_causal, scale))
        return np.matmul(weights if dropout_mask is None else weights * dropout_mask, value), weights
    kernels = import_module("tinygrad_fr.kernels.softmax")
    seen = _seen(query, key, value, attn_mask, is_causal, scale)
    heads, length, _width = seen.query.shape
    out = np.empty((heads, length, value.shape[-1]), query.dtype)
    kept = heads * length * key.shape[-2] <= KEPT
    saved: dict[int, Array] = {}

    def work(block: _Block) -> None:
        weights = seen.scores(block)
        sums = kernels.weights_forward(weights, block.first)
        if seen.mask is not None and seen.mask.dtype == np.bool_:
            nothing = ~seen.mask[block.heads, block.queries].any(axis=-1)
            weights[nothing], sums[nothing] = 0.0, np.inf  # who may look at nothing gets zeros
        np.matmul(weights, seen.value[block.heads, block.keys], out=out[block.heads, block.queries])
        saved[block.number] = weights if kept else sums

    seen.each(work, 2)
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
    kernels = import_module("tinygrad_fr.kernels.softmax")
    seen = _seen(query, key, value, attn_mask, is_causal, scale)
    heads, length, _width = seen.query.shape
    pulls = np.ascontiguousarray(g).reshape(heads, length, value.shape[-1])
    to_query, to_key, to_value = np.empty_like(seen.query), np.zeros_like(seen.key), np.zeros_like(seen.value)
    to_mask = np.zeros((heads, length, key.shape[-2]), query.dtype) if needs & 8 else None

    def work(block: _Block) -> None:
        rows, columns = (block.heads, block.queries), (block.heads, block.keys)
        weights = saved[block.number]
        if weights.ndim == 2:
            weights = seen.scores(block)
            kernels.weights_again(weights, block.first, saved[block.number])
        pull = pulls[rows]
        _add(to_value[columns], weights.swapaxes(1, 2), pull, block)
        to_scores = np.matmul(pull, seen.value[columns].swapaxes(1, 2))
        kernels.weights_backward(to_scores, weights)
        np.matmul(to_scores, seen.key[columns], out=to_query[rows])
        _add(to_key[columns], to_scores.swapaxes(1, 2), seen.query[rows], block)
        if to_mask is not None:
            to_mask[block.heads, block.queries, block.keys] = to_scores

    seen.each(work, 5)
    to_query *= query.dtype.type(scale_of(query, scale))
    return (
        to_query.reshape(query.shape),
        to_key.reshape(key.shape),
        to_value.reshape(value.shape),
        to_mask.reshape(*query.shape[:-1], key.shape[-2]) if to_mask is not None else None,
        None,
    )


def _add(total: Array, a: Array, b: Array, block: _Block) -> None:
    """Add a product to what earlier queries sent to the same keys."""
    if block.queries.start == 0:
        np.matmul(a, b, out=total)
    else:
        total += np.matmul(a, b)


def _whole(
    g: Array, weights: Array, needs: int, query: Array, key: Array, value: Array, dropout: Array | None, scale: Any
) -> tuple[Array | None, ...]:
    """The way back from all the weights at once."""
    from tinygrad_fr.ops.activation import softmax_backward

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
