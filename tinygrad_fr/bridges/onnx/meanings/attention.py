"""ONNX's attention, with all that it may be told: heads in one side, a cache, windows, a cap."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr.bridges.onnx.meanings.meaning import At, array_of, means, typed
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.nn import functional as F


def heads(x: Any, count: int) -> Any:
    """(N, L, heads · E) as (N, heads, L, E)."""
    n, length, width = x.shape
    return tg.permute(tg.reshape(x, (n, length, count, width // count)), 0, 2, 1, 3)


def _fits(at: At, x: Any, count: Any) -> Any:
    if not count or x.shape[-1] % count:
        raise at.refuse(_("{count} heads do not share a side of {side}").format(count=count, side=x.shape[-1]))
    return heads(x, count)


@means(
    "Attention",
    takes=(
        "is_causal kv_num_heads q_num_heads qk_matmul_output_mode scale softcap softmax_precision left_window_size"
        " right_window_size"
    ),
    gives=4,
    fixed=[3, 6],
)
def _attention(
    at: At, q: Any, k: Any, v: Any, mask: Any = None, past_k: Any = None, past_v: Any = None, lengths: Any = None
) -> Any:
    flat = q.ndim == 3
    if flat:
        q = _fits(at, q, at.get("q_num_heads"))
        k, v = (_fits(at, x, at.get("kv_num_heads")) for x in (k, v))
    if q.ndim != 4 or (past_k is None) != (past_v is None) or (lengths is not None and past_k is not None):
        raise at.refuse(_("only (N, heads, L, E) queries, keys and values with a mask are attended to here"))
    start = 0 if past_k is None else past_k.shape[2]
    if past_k is not None:
        k, v = tg.cat([past_k, k], 2), tg.cat([past_v, v], 2)
    present = k, v
    if q.shape[1] != k.shape[1]:
        if q.shape[1] % k.shape[1]:
            raise at.refuse(_("{count} heads do not share a side of {side}").format(count=k.shape[1], side=q.shape[1]))
        k, v = (tg.repeat_interleave(x, q.shape[1] // k.shape[1], 1) for x in (k, v))
    scale = at.get("scale")
    scale = 1 / sqrt(q.shape[-1]) if scale is None else scale
    kept, added = _masks(at, q, k, mask, start, lengths)
    cap, width = at.get("softcap") or 0.0, _precision(at, q.dtype)
    blind = _blind(kept, added)
    if (
        at.outputs < 4
        and not cap
        and not np.any(blind)
        and q.dtype != np.float16
        and width == q.dtype
        and not (kept is not None and isinstance(added, Tensor))
    ):
        bias = added if kept is None else kept if added is None else np.where(kept, added, -np.inf).astype(q.dtype)
        y, seen = tg.ops.registry["attention"](q, k, v, bias, None, False, scale), None
    else:
        y, seen = _opened(at, q, k, v, kept, added, blind, sqrt(scale) if scale > 0 else None, scale, cap, width)
    if flat:
        y = tg.permute(y, 0, 2, 1, 3)
        y = tg.reshape(y, (*y.shape[:2], -1))
    return (y, *present, seen)[: at.outputs] if at.outputs > 1 else y


def _precision(at: At, own: Any) -> Any:
    from onnx import helper

    said = at.get("softmax_precision")
    if said is None:
        return own
    dtype = np.dtype(helper.tensor_dtype_to_np_dtype(said))
    if dtype.kind != "f":
        raise at.refuse(_("no tensor here holds {dtype}").format(dtype=dtype))
    return dtype


def _masks(at: At, q: Any, k: Any, mask: Any, start: int, lengths: Any) -> tuple[Any, Any]:
    """Who may look at whom (None for all), and what is added to their products (None for nothing)."""
    here, there = q.shape[2], k.shape[2]
    kept, added = None, None
    if mask is not None:
        short = there - mask.shape[-1]
        if short < 0 and mask.shape[-1] != 1:
            raise at.refuse(_("the mask has {found} places for {n} keys").format(found=mask.shape[-1], n=there))
        if mask.dtype == np.bool_:
            kept = array_of(mask)
            kept = np.pad(kept, [(0, 0)] * (kept.ndim - 1) + [(0, max(0, short))])
        else:
            added = F.pad(mask, (0, short), value=-np.inf) if short > 0 else mask
    offset: Any = np.asarray(start)
    if lengths is not None:
        offset = array_of(lengths).reshape(-1, 1, 1, 1) - here
        inside = np.arange(there) < array_of(lengths).reshape(-1, 1, 1, 1)
        kept = inside if kept is None else kept & inside
    apart = np.arange(here)[:, None] + offset - np.arange(there)  # how far a key lies before a query
    left, right = at.attributes.get("left_window_size"), at.attributes.get("right_window_size")
    for bound in (
        apart >= 0 if at.get("is_causal") else None,
        apart <= left if left is not None and left >= 0 else None,
        -apart <= right if right is not None and right >= 0 else None,
    ):
        if bound is not None:
            kept = bound if kept is None else kept & bound
    return kept, added


def _blind(kept: Any, added: Any) -> Any:
    """Which queries may look at nothing."""
    open_ = np.asarray(True) if kept is None else kept
    if added is not None:
        open_ = open_ & ~np.isneginf(array_of(added))
    return ~np.any(open_, axis=-1, keepdims=True) if np.ndim(open_) else np.asarray(False)


def _opened(
    at: At, q: Any, k: Any, v: Any, kept: Any, added: Any, blind: Any, root: Any, scale: float, cap: float, width: Any
) -> Any:
    """Attention in single steps, and the products, or what became of them, that a node may ask for."""
    if root is None:
        scores = tg.mul(tg.matmul(q, tg.mT(k)), np.asarray(scale, q.dtype))
    else:
        by = np.asarray(root, q.dtype)
        scores = tg.matmul(tg.mul(q, by), tg.mul(tg.mT(k), by))
    mode = at.get("qk_matmul_output_mode") or 0
    seen = scores
    if cap:
        bound = np.asarray(cap, q.dtype)
        scores = tg.mul(tg.tanh(tg.div(scores, bound)), bound)
    if mode == 1:
        seen = scores
    if added is not None:
        scores = tg.add(scores, added)
    if kept is not None:
        scores = tg.where(kept, scores, np.asarray(-np.inf, q.dtype))
    if mode == 2:
        seen = scores
    scores = tg.where(blind, np.zeros((), q.dtype), scores) if np.any(blind) else scores
    weights = F.softmax(typed(scores, width), -1)
    weights = tg.where(blind, np.zeros((), width), weights) if np.any(blind) else weights
    weights = typed(weights, q.dtype)
    if mode == 3:
        seen = weights
    if mode not in (0, 1, 2, 3):
        raise at.refuse(_("qk_matmul_output_mode {mode} has no counterpart here").format(mode=mode))
    return tg.matmul(weights, v), seen


@means("RotaryEmbedding", takes="interleaved num_heads rotary_embedding_dim", fixed=[3])
def _rotary(at: At, x: Any, cos: Any, sin: Any, places: Any = None) -> Any:
    flat = x.ndim == 3
    y = _fits(at, x, at.get("num_heads")) if flat else x  # (N, heads, L, E)
    width = at.get("rotary_embedding_dim") or y.shape[-1]
    if places is not None:
        cos, sin = (table[array_of(places)] for table in (cos, sin))
    cos, sin = (tg.reshape(t, (t.shape[0], 1, *t.shape[1:])) for t in (cos, sin))
    if cos.shape[-1] != width // 2:
        raise at.refuse(_("expected angles for {n} pairs, got {found}").format(n=width // 2, found=cos.shape[-1]))
    turned, rest = y[..., :width], y[..., width:]
    if at.get("interleaved"):
        one, other = turned[..., 0::2], turned[..., 1::2]
    else:
        one, other = turned[..., : width // 2], turned[..., width // 2 :]
    real = tg.sub(tg.mul(cos, one), tg.mul(sin, other))
    imaginary = tg.add(tg.mul(sin, one), tg.mul(cos, other))
    if at.get("interleaved"):
        y = tg.reshape(tg.stack([real, imaginary], -1), turned.shape)
    else:
        y = tg.cat([real, imaginary], -1)
    if width < x.shape[-1] and rest.shape[-1]:
        y = tg.cat([y, rest], -1)
    if flat:
        y = tg.reshape(tg.permute(y, 0, 2, 1, 3), x.shape)
    return y
