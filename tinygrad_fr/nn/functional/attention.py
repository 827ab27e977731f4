"""Scaled dot-product attention under PyTorch’s arguments."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.errors import DtypeError, ShapeError, UsageError
from tinygrad_fr.generators import Generator, drawn
from tinygrad_fr.locale import _
from tinygrad_fr.ops import registry
from tinygrad_fr.ops.shapes.rearranging import repeat_interleave
from tinygrad_fr.ops.shapes.shape import shape_of
from tinygrad_fr.ops.shared.overloads import spoken
from tinygrad_fr.ops.shared.untracked import constant, dtype_of


@spoken
def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
    *,
    generator: Generator | None = None,
) -> Any:
    """Each query's mean of the values, weighted by the softmax of its products with the keys; see ``attention``.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> query, key, value = tg.ones(1, 2), tg.zeros(2, 2), tg.tensor([[1.0, 2.0], [3.0, 6.0]])
        >>> F.scaled_dot_product_attention(query, key, value).tolist()  # keys alike: the mean
        [[2.0, 4.0]]
    """
    _check_attention(query, key, value, attn_mask, dropout_p, is_causal)
    if enable_gqa:
        key, value = (_for_heads(query, x) for x in (key, value))
    if attn_mask is not None and dtype_of(attn_mask) != np.bool_ and dtype_of(attn_mask) != query.dtype:
        attn_mask = registry["cast"](attn_mask, query.dtype)
    kept = None
    if dropout_p:
        shape, kind = (*query.shape[:-1], key.shape[-2]), query.dtype
        if dropout_p < 1:
            kept = drawn(
                lambda source: (source.bernoulli(shape, 1 - dropout_p) / (1 - dropout_p)).astype(kind), generator
            )
        else:
            kept = constant(np.zeros(shape, kind))
    return registry["attention"](query, key, value, attn_mask, kept, is_causal, scale)


def _check_attention(query: Any, key: Any, value: Any, mask: Any, dropout_p: float, is_causal: bool) -> None:
    """Refuse what PyTorch refuses."""
    dtypes = [dtype_of(x) for x in (query, key, value)]
    if len(set(dtypes)) > 1 or dtypes[0].kind != "f":
        raise DtypeError(
            _("attention: expected queries, keys and values of one float dtype, got {found}").format(
                found=", ".join(str(x.dtype) for x in (query, key, value))
            )
        )
    if min([len(shape_of(x)) for x in (query, key, value)]) < 2:
        raise ShapeError(
            _("attention: expected queries, keys and values of 2 dimensions at least, got {found}").format(
                found=", ".join(str(tuple(x.shape)) for x in (query, key, value))
            )
        )
    if not 0 <= dropout_p <= 1:
        raise UsageError(_("dropout: expected a probability from 0 to 1, got {found}").format(found=dropout_p))
    if mask is None:
        return
    if dtype_of(mask) not in (np.bool_, np.float32, dtypes[0]):
        raise DtypeError(
            _("attention: expected a mask of bool, float32 or {expected}, got {found}").format(
                expected=query.dtype, found=dtype_of(mask)
            )
        )
    if is_causal and (dropout_p or getattr(mask, "requires_grad", False)):
        raise UsageError(_("attention: beside is_causal, expected a mask without a gradient, and no dropout"))


def _for_heads(query: Any, x: Any) -> Any:
    """Keys or values repeated for each group of the queries' heads."""
    times, rest = divmod(query.shape[-3], x.shape[-3])
    if rest:
        raise ShapeError(
            _("attention: expected a number of heads of keys and values that divides {heads}, got {found}").format(
                heads=query.shape[-3], found=x.shape[-3]
            )
        )
    return repeat_interleave(x, times, -3)
