"""Operations under the names of ``torch.nn.functional``."""

from __future__ import annotations

from functools import wraps
from typing import Any

import numpy as np

from tinygrad_fr.errors import DtypeError, ShapeError, UsageError
from tinygrad_fr.generators import Generator, Layout, drawn
from tinygrad_fr.locale import _
from tinygrad_fr.ops import overloaded, registry
from tinygrad_fr.ops.activation import (
    celu,
    elu,
    gelu,
    glu,
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    leaky_relu,
    logsigmoid,
    mish,
    prelu,
    relu,
    relu6,
    rrelu,
    selu,
    sigmoid,
    silu,
    softplus,
    softshrink,
    softsign,
    tanh,
    tanhshrink,
    threshold,
)
from tinygrad_fr.ops.arithmetic import div, mul
from tinygrad_fr.ops.contraction import bilinear
from tinygrad_fr.ops.convolution import col2im as fold
from tinygrad_fr.ops.convolution import (
    conv1d,
    conv2d,
    conv3d,
    conv_transpose1d,
    conv_transpose2d,
    conv_transpose3d,
)
from tinygrad_fr.ops.convolution import im2col as unfold
from tinygrad_fr.ops.ctc import (
    ctc_loss,
)
from tinygrad_fr.ops.distances import pdist
from tinygrad_fr.ops.functional_api import log_softmax, softmax, softmin
from tinygrad_fr.ops.grids import affine_grid, grid_sample
from tinygrad_fr.ops.indexing import embedding as _rows
from tinygrad_fr.ops.indexing import (
    one_hot,
)
from tinygrad_fr.ops.interpolation import (
    interpolate,
    upsample_bilinear,
    upsample_nearest,
)
from tinygrad_fr.ops.loss import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cosine_embedding_loss,
    cross_entropy,
    gaussian_nll_loss,
    hinge_embedding_loss,
    huber_loss,
    kl_div,
    l1_loss,
    margin_ranking_loss,
    mse_loss,
    multi_margin_loss,
    multilabel_margin_loss,
    multilabel_soft_margin_loss,
    nll_loss,
    poisson_nll_loss,
    smooth_l1_loss,
    soft_margin_loss,
    triplet_margin_loss,
    triplet_margin_with_distance_loss,
)
from tinygrad_fr.ops.normalization import (
    batch_norm,
    cosine_similarity,
    group_norm,
    instance_norm,
    layer_norm,
    local_response_norm,
    normalize,
    pairwise_distance,
    rms_norm,
)
from tinygrad_fr.ops.products import linear
from tinygrad_fr.ops.rearranging import (
    channel_shuffle,
    pad,
    pixel_shuffle,
    pixel_unshuffle,
    repeat_interleave,
)
from tinygrad_fr.ops.untracked import computed, constant, dtype_of, value_of
from tinygrad_fr.record.mode import escapes, setting
from tinygrad_fr.record.node import Node

# Poolings are made for 1, 2 and 3 dimensions at once.
max_pool1d = overloaded["max_pool1d"]
avg_pool1d = registry["avg_pool1d"]
adaptive_max_pool1d = overloaded["adaptive_max_pool1d"]
adaptive_avg_pool1d = registry["adaptive_avg_pool1d"]
max_unpool1d = overloaded["max_unpool1d"]
lp_pool1d = overloaded["lp_pool1d"]
max_pool2d = overloaded["max_pool2d"]
avg_pool2d = registry["avg_pool2d"]
adaptive_max_pool2d = overloaded["adaptive_max_pool2d"]
adaptive_avg_pool2d = registry["adaptive_avg_pool2d"]
max_unpool2d = overloaded["max_unpool2d"]
lp_pool2d = overloaded["lp_pool2d"]
fractional_max_pool2d = overloaded["fractional_max_pool2d"]
max_pool3d = overloaded["max_pool3d"]
avg_pool3d = registry["avg_pool3d"]
adaptive_max_pool3d = overloaded["adaptive_max_pool3d"]
adaptive_avg_pool3d = registry["adaptive_avg_pool3d"]
max_unpool3d = overloaded["max_unpool3d"]
lp_pool3d = overloaded["lp_pool3d"]
fractional_max_pool3d = overloaded["fractional_max_pool3d"]


def embedding(
    input: Any,
    weight: Any,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    *,
    sparse: bool = False,
) -> Any:
    """Rows of a table: indices (…) and a table (V, D) give (…, D); the row ``padding_idx`` gets no gradient.

    ``sparse`` changes nothing: where few rows of many were read, the gradient is kept as these rows until it is looked at.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.embedding(tg.tensor([2, 0]), tg.tensor([[0.0, 0.1], [1.0, 1.1], [2.0, 2.1]]))[0]  # row 2
        tensor([2.0000, 2.1000])
    """
    if max_norm is not None:
        _shorten(weight, input, max_norm, norm_type)
    rows = _rows(input, weight)
    if padding_idx is None:
        return rows
    if not -weight.shape[0] <= padding_idx < weight.shape[0]:
        raise UsageError(
            _("embedding: expected padding_idx within {size} rows, got {found}").format(
                size=weight.shape[0], found=padding_idx
            )
        )
    padding_idx %= weight.shape[0]
    kept = computed(lambda index: (np.asarray(index) != padding_idx)[..., None], input)
    return registry["where"](kept, rows, rows.detach())


def _shorten(weight: Any, index: Any, longest: float, p: float) -> None:
    """Shorten the rows of a table that are about to be read, where they are longer than that: in place, unrecorded."""
    with setting(grad=False):
        table, places = weight.detach(), index.reshape(-1)
        rows = _rows(places, table)
        length = registry["vector_norm"](rows, p, -1, True)
        table[places] = registry["where"](length > longest, rows * (longest / (length + 1e-7)), rows)


def embedding_bag(
    input: Any,
    weight: Any,
    offsets: Any = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Any:
    """Sums, means or maxima of rows of a table, one a bag: indices (B, N), or indices (N) and where each bag begins → (B, D).

    An empty bag gives 0. Rows of ``padding_idx`` count for nothing.

    Raises:
        UsageError: the mode is none of these, or the arguments do not go together.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> table = tg.tensor([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])
        >>> F.embedding_bag(tg.tensor([0, 2, 1]), table, tg.tensor([0, 2]))
        tensor([[2., 3.],
                [2., 3.]])
    """
    _check_bags(input, offsets, scale_grad_by_freq, mode, per_sample_weights)
    for each in (input, offsets, weight if mode == "max" else None):
        if isinstance(each, Node):
            escapes(each)  # which rows go where is read here, not by an operation
    flat = input.reshape(-1)
    count = flat.shape[0]
    starts = _starts_of_bags(input, offsets, include_last_offset, count)
    if max_norm is not None:
        _shorten(weight, flat, max_norm, norm_type)
    bags = np.searchsorted(starts, np.arange(count), side="right") - 1
    rows, counted = embedding(flat, weight), np.ones(count, bool)
    if padding_idx is not None:
        counted = np.asarray(value_of(flat)) != padding_idx % weight.shape[0]
        kept = np.flatnonzero(counted)
        rows, bags = rows[constant(kept)], bags[kept]
    if per_sample_weights is not None:
        shares = per_sample_weights.reshape(-1)
        rows = rows * (shares if padding_idx is None else shares[constant(np.flatnonzero(counted))]).unsqueeze(-1)
    zeros = constant(np.zeros((len(starts), weight.shape[1]), value_of(weight).dtype))
    if mode == "max":
        return _largest_of_bags(zeros, rows, bags)
    total = overloaded["index_add"](zeros, 0, constant(bags), rows)
    if mode == "sum":
        return total
    sizes = np.maximum(np.bincount(bags, minlength=len(starts)), 1)
    return total / constant(sizes[:, None].astype(value_of(weight).dtype))


def _check_bags(input: Any, offsets: Any, scale_grad_by_freq: bool, mode: str, per_sample_weights: Any) -> None:
    """Raise where the arguments of a bag of embeddings do not go together."""
    if scale_grad_by_freq:
        raise UsageError(_("embedding_bag: scale_grad_by_freq is not supported"))
    if mode not in ("sum", "mean", "max"):
        raise UsageError(_("embedding_bag: expected mode sum, mean or max, got {mode}").format(mode=mode))
    if per_sample_weights is not None and mode != "sum":
        raise UsageError(_("embedding_bag: weights of rows go with mode sum alone"))
    if (input.ndim == 1) == (offsets is None):
        raise UsageError(_("embedding_bag: indices of 1 dimension need offsets, indices of 2 dimensions take none"))


def _starts_of_bags(input: Any, offsets: Any, include_last_offset: bool, count: int) -> Any:
    """Where each bag begins among the indices."""
    if offsets is None:
        return np.arange(input.shape[0]) * input.shape[1]
    starts = np.asarray(value_of(offsets))
    if include_last_offset:
        starts = starts[:-1]
    if starts.size and (starts[0] != 0 or (np.diff(starts) < 0).any() or starts[-1] > count):
        raise UsageError(_("embedding_bag: offsets begin at 0, never fall, and end within the indices"))
    return starts


def _largest_of_bags(zeros: Any, rows: Any, bags: Any) -> Any:
    """The largest of each bag's rows, number by number; the first of equals has the gradient."""
    if not len(bags):
        return zeros + rows.sum()
    values = np.asarray(value_of(rows))
    best = np.full(zeros.shape, -1)
    for place, bag in enumerate(bags):
        better = (best[bag] < 0) | (values[place] > values[best[bag], np.arange(values.shape[1])])
        best[bag] = np.where(better, place, best[bag])
    found = overloaded["gather"](rows, 0, constant(np.maximum(best, 0)))
    return registry["where"](constant(best >= 0), found, zeros)


def dropout(
    input: Any, p: float = 0.5, training: bool = True, inplace: bool = False, *, generator: Generator | None = None
) -> Any:
    """Each element set to 0 with probability p, the others divided by 1 − p, while training.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> sorted(set(F.dropout(tg.ones(100), 0.75, generator=tg.Generator(0)).tolist()))
        [0.0, 4.0]
        >>> F.dropout(tg.ones(3), 0.75, training=False)
        tensor([1., 1., 1.])
    """
    return _dropped(input, tuple(input.shape), p, training, generator)


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
    dtypes = [x.dtype for x in (query, key, value)]
    if len(set(dtypes)) > 1 or dtypes[0].kind != "f":
        raise DtypeError(
            _("attention: expected queries, keys and values of one float dtype, got {found}").format(
                found=", ".join(map(str, dtypes))
            )
        )
    if min(len(x.shape) for x in (query, key, value)) < 2:
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
                expected=dtypes[0], found=dtype_of(mask)
            )
        )
    if is_causal and (dropout_p or getattr(mask, "requires_grad", False)):
        raise UsageError(_("attention: beside is_causal, expected a mask without a gradient, and no dropout"))
    sides = (*query.shape[:-1], key.shape[-2])
    own = tuple(np.shape(mask))
    if len(own) > len(sides) or any(a not in (1, b) for a, b in zip(own[::-1], sides[::-1], strict=False) if b != 1):
        raise ShapeError(
            _("attention: expected a mask that broadcasts to {expected}, got {found}").format(expected=sides, found=own)
        )


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


def _channels(input: Any, p: float, training: bool, generator: Generator | None, name: str, ndim: int | None) -> Any:
    """Dropout of what the first two dimensions choose; an input of ``ndim`` dimensions or none has no batch in front."""
    sides = tuple(input.shape)
    batch = ndim is None or len(sides) == ndim + 2
    if len(sides) < (2 if batch else 1):
        raise ShapeError(
            _("{name}: expected an input of 2 dimensions or more, got {found}").format(name=name, found=sides)
        )
    lead = sides[: 2 if batch else 1]
    return _dropped(input, (*lead, *(1,) * (len(sides) - len(lead))), p, training, generator, rows=True)


def dropout1d(input: Any, p: float = 0.5, training: bool = True, *, generator: Generator | None = None) -> Any:
    """:func:`dropout` of whole channels of (N, C, L).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.dropout1d(tg.ones(1, 3, 2), generator=tg.Generator(0)).tolist()
        [[[0.0, 0.0], [0.0, 0.0], [2.0, 2.0]]]
    """
    if len(input.shape) not in (2, 3):
        raise ShapeError(
            _("dropout1d: expected an input of 2 or 3 dimensions, got {found}").format(found=tuple(input.shape))
        )
    return _channels(input, p, training, generator, "dropout1d", 1)


def dropout2d(input: Any, p: float = 0.5, training: bool = True, *, generator: Generator | None = None) -> Any:
    """:func:`dropout` of whole channels of (N, C, H, W).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.dropout2d(tg.ones(1, 8, 3, 3), generator=tg.Generator(0)).mean((2, 3))  # a channel is there or not
        tensor([[0., 0., 2., 0., 0., 0., 2., 2.]])
    """
    return _channels(input, p, training, generator, "dropout2d", None)  # as PyTorch: (N, C, …), 3 dimensions too


def dropout3d(input: Any, p: float = 0.5, training: bool = True, *, generator: Generator | None = None) -> Any:
    """:func:`dropout` of whole channels of (N, C, D, H, W).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.dropout3d(tg.ones(1, 4, 2, 2, 2), 0.75, generator=tg.Generator(1)).sum((2, 3, 4))  # 8 elements by 4
        tensor([[32., 32., 32., 32.]])
    """
    return _channels(input, p, training, generator, "dropout3d", 3)


def _dropped(
    input: Any, shape: tuple[int, ...], p: float, training: bool, generator: Generator | None, *, rows: bool = False
) -> Any:
    """What is left of an input under a mask of a shape, drawn row after row or in the input's order of memory."""
    if not 0 <= p <= 1:
        raise UsageError(_("dropout: expected a probability from 0 to 1, got {found}").format(found=p))
    if not training or p == 0:
        return input
    kind, layout = input.dtype, Layout(input)
    mask: Any
    if p == 1:
        mask = constant(np.zeros(shape, kind))
    elif not rows and shape == tuple(input.shape):
        mask = drawn(lambda source: layout.drawn(lambda own: source.bernoulli(own, 1 - p).astype(kind)), generator)
    else:
        mask = drawn(lambda source: source.bernoulli(shape, 1 - p).astype(kind), generator)
    mask.name = "mask"
    return mul(input, mask) if p == 1 else div(mul(input, mask), 1 - p)


def alpha_dropout(
    input: Any, p: float = 0.5, training: bool = False, inplace: bool = False, *, generator: Generator | None = None
) -> Any:
    """:func:`dropout` towards selu's lowest value, scaled so that mean and variance stay (Klambauer et al. 2017).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> x = tg.randn(10000, generator=tg.Generator(0))
        >>> y = F.alpha_dropout(x, 0.5, training=True, generator=tg.Generator(1))
        >>> abs(round(y.mean().item(), 1)), round(y.std().item(), 1)
        (0.0, 1.0)
    """
    if not training or p == 0:
        return input
    low = -1.7580993408473766
    if p == 1:
        return mul(input, constant(np.zeros(tuple(input.shape), input.dtype)))
    layout = Layout(input)
    kept = drawn(lambda source: layout.drawn(lambda shape: source.bernoulli(shape, 1 - p)), generator)
    a = ((1 - p) * (1 + p * low * low)) ** -0.5 if p < 1 else 0.0
    return registry["where"](kept, input, low) * a + (-a * low * p)


def feature_alpha_dropout(
    input: Any, p: float = 0.5, training: bool = False, inplace: bool = False, *, generator: Generator | None = None
) -> Any:
    """:func:`alpha_dropout` of whole channels of (N, C, …).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> y = F.feature_alpha_dropout(tg.ones(1, 8, 2, 2), 0.5, training=True, generator=tg.Generator(0))
        >>> len(y.flatten().unique())  # channels are kept or dropped whole
        2
    """
    if not training or p == 0:
        return input
    low = -1.7580993408473766
    if p == 1:
        return mul(input, constant(np.zeros(tuple(input.shape), input.dtype)))
    sides = (*input.shape[:2], *(1,) * (input.ndim - 2))
    kept = drawn(lambda source: source.bernoulli(sides, 1 - p), generator)
    a = ((1 - p) * (1 + p * low * low)) ** -0.5
    return registry["where"](kept, input, low) * a + (-a * low * p)


def gumbel_softmax(
    logits: Any,
    tau: float = 1,
    hard: bool = False,
    eps: float = 1e-10,
    dim: int = -1,
    *,
    generator: Generator | None = None,
) -> Any:
    """A draw from a categorical law that gradients pass through; ``hard`` gives one-hot values with the soft gradients.

    ``eps`` stands where PyTorch has it, and is read by neither.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.gumbel_softmax(tg.tensor([0.0, 50.0]), hard=True, generator=tg.Generator(0))
        tensor([0., 1.])
    """
    shape, kind = tuple(logits.shape), logits.dtype
    noise = drawn(lambda source: -np.log(source.exponential(shape, 1.0, kind)), generator)
    soft = softmax(div(logits + noise, tau), dim)
    if not hard:
        return soft
    best = value_of(soft).argmax(axis=dim, keepdims=True)
    one = np.zeros(soft.shape, soft.dtype)
    np.put_along_axis(one, best, 1.0, dim)
    return constant(one) - soft.detach() + soft


__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "adaptive_max_pool3d",
    "affine_grid",
    "alpha_dropout",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "batch_norm",
    "bilinear",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "celu",
    "channel_shuffle",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "cosine_embedding_loss",
    "cosine_similarity",
    "cross_entropy",
    "ctc_loss",
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "elu",
    "embedding",
    "feature_alpha_dropout",
    "fold",
    "fractional_max_pool2d",
    "fractional_max_pool3d",
    "gaussian_nll_loss",
    "gelu",
    "glu",
    "grid_sample",
    "group_norm",
    "gumbel_softmax",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hinge_embedding_loss",
    "huber_loss",
    "instance_norm",
    "interpolate",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "linear",
    "local_response_norm",
    "log_softmax",
    "logsigmoid",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
    "margin_ranking_loss",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "max_unpool1d",
    "max_unpool2d",
    "max_unpool3d",
    "mish",
    "mse_loss",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
    "nll_loss",
    "normalize",
    "one_hot",
    "pad",
    "pairwise_distance",
    "pdist",
    "pixel_shuffle",
    "pixel_unshuffle",
    "poisson_nll_loss",
    "prelu",
    "relu",
    "relu6",
    "rms_norm",
    "rrelu",
    "scaled_dot_product_attention",
    "selu",
    "sigmoid",
    "silu",
    "smooth_l1_loss",
    "soft_margin_loss",
    "softmax",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
    "threshold",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
    "unfold",
    "upsample_bilinear",
    "upsample_nearest",
]


def _in_place_too(op: Any) -> Any:
    """An activation that may also take the place of its input, as PyTorch's ``inplace=True`` says."""
    own = len(op.args)

    @wraps(op)
    def call(input: Any, *args: Any, inplace: bool = False, **options: Any) -> Any:
        if not inplace and not args and not options and isinstance(input, Node):
            return op.call(input)
        if len(args) == own:  # PyTorch's last argument, by its place
            args, inplace = args[:-1], args[-1]
        if not inplace or not isinstance(input, Node):
            return op(input, *args, **options)
        handle: Any = input
        return handle._replace(lambda me: op(me, *args, **options))

    call.__module__, call.__qualname__ = __name__, op.name  # where a copy of a module finds it
    return call


celu, elu, hardsigmoid, hardswish, hardtanh, leaky_relu, mish, relu, relu6, selu, silu, threshold = map(
    _in_place_too, (celu, elu, hardsigmoid, hardswish, hardtanh, leaky_relu, mish, relu, relu6, selu, silu, threshold)
)
for _name in __all__:  # what these functions refuse is said in one sentence here too
    _spoken = overloaded.get(_name)
    if getattr(_spoken, "__wrapped__", None) is globals()[_name]:
        globals()[_name] = _spoken
