"""Losses with a margin: of scores, ranks and distances."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import here, refusal
from tinygrad_fr.errors import RangeError, UsageError
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.activation import logsigmoid
from tinygrad_fr.ops.arithmetic import add, div, minimum, mul, neg, sub
from tinygrad_fr.ops.comparison import clamp_min, eq, gt, where
from tinygrad_fr.ops.indexing.gather import gather
from tinygrad_fr.ops.indexing.indices import read_of_dtypes
from tinygrad_fr.ops.indexing.subscripts import getitem
from tinygrad_fr.ops.loss.shared import reduced, reduction_of, same_count
from tinygrad_fr.ops.normalization import pairwise_distance
from tinygrad_fr.ops.reductions.sums import mean, sum
from tinygrad_fr.ops.shapes.shape import reshape_to, unsqueeze
from tinygrad_fr.ops.shared.overloads import function
from tinygrad_fr.ops.shared.untracked import value_of


@function
def hinge_embedding_loss(
    input: Any, target: Any, margin: float = 1.0, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Any:
    """The distance where the target is 1, what it lacks to the margin where it is −1.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.hinge_embedding_loss(tg.tensor([0.25, 0.25]), tg.tensor([1.0, -1.0]), reduction="none")
        tensor([0.2500, 0.7500])
    """
    reduction = reduction_of(size_average, reduce, reduction)
    alike, unlike = eq(target, 1), eq(target, -1)
    losses = add(where(alike, 0, clamp_min(sub(margin, input), 0.0)), where(unlike, 0, input))
    return reduced(losses, reduction)


@function
def soft_margin_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Any:
    """ln(1 + exp(−target · input)).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.soft_margin_loss(tg.tensor([0.0, 200.0]), tg.tensor([1.0, -1.0]), reduction="none")
        tensor([  0.6931, 200.0000])
    """
    reduction = reduction_of(size_average, reduce, reduction)
    return reduced(neg(logsigmoid(mul(target, input))), reduction)


@function
def margin_ranking_loss(
    input1: Any,
    input2: Any,
    target: Any,
    margin: float = 0.0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """max(0, −target (input1 − input2) + margin): which of two should stand higher.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> a, b = tg.tensor([5.0, 1.0]), tg.tensor([1.0, 5.0])
        >>> F.margin_ranking_loss(a, b, tg.tensor([1.0, 1.0]), margin=0.5, reduction="none")  # right, wrong by 4 + ½
        tensor([0.0000, 4.5000])
    """
    reduction = reduction_of(size_average, reduce, reduction)
    same_count("margin_ranking_loss", input1, input2, target)
    return reduced(clamp_min(add(mul(neg(target), sub(input1, input2)), margin), 0.0), reduction)


_TINY = float(np.float32(1e-12))  # PyTorch's, a float32


@function
def cosine_embedding_loss(
    input1: Any,
    input2: Any,
    target: Any,
    margin: float = 0.0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """1 − cosine where the target is 1, what the cosine exceeds the margin by where it is −1.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> a, b = tg.tensor([[1.0, 0.0], [1.0, 0.0]]), tg.tensor([[0.0, 1.0], [1.0, 0.0]])
        >>> F.cosine_embedding_loss(a, b, tg.tensor([1.0, -1.0]), reduction="none")  # apart, and together, wrongly
        tensor([1., 1.])
    """
    reduction = reduction_of(size_average, reduce, reduction)
    if len(target.shape) > 1 or {len(input1.shape), len(input2.shape)} != {len(target.shape) + 1}:
        raise refusal(
            "cosine_embedding_loss",
            tr("vectors (N, D) with targets (N,), or (D,) with ()"),
            (tuple(input1.shape), tuple(input2.shape), tuple(target.shape)),
        )
    lengths = [add(sum(mul(x, x), -1), _TINY) for x in (input1, input2)]
    cosine = div(sum(mul(input1, input2), -1), mul(lengths[0], lengths[1]) ** 0.5)
    alike = value_of(eq(target, 1))
    return reduced(
        where(alike, sub(1, cosine), where(value_of(eq(target, -1)), clamp_min(sub(cosine, margin), 0.0), 0)), reduction
    )


@function
def triplet_margin_loss(
    anchor: Any, positive: Any, negative: Any, margin: float = 1.0, p: float = 2, eps: float = 1e-6, swap: bool = False,
    size_average: Any = None, reduce: Any = None, reduction: str = "mean",
) -> Any:  # fmt: skip
    """max(0, d(anchor, positive) − d(anchor, negative) + margin).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> a, near, far = tg.tensor([[0.0, 0.0]]), tg.tensor([[3.0, 4.0]]), tg.tensor([[0.0, 5.5]])
        >>> F.triplet_margin_loss(a, near, far)  # 5 − 5.5 + 1
        tensor(0.5000)
    """
    reduction = reduction_of(size_average, reduce, reduction)
    return triplet_margin_with_distance_loss(
        anchor,
        positive,
        negative,
        distance_function=lambda a, b: pairwise_distance(a, b, p, eps),
        margin=margin,
        swap=swap,
        reduction=reduction,
    )


@function
def triplet_margin_with_distance_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    *,
    distance_function: Any = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Any:
    """:func:`triplet_margin_loss` with a distance of one's own.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> a, near, far = tg.tensor([[0.0, 0.0]]), tg.tensor([[3.0, 4.0]]), tg.tensor([[0.0, 6.0]])
        >>> blocks = lambda x, y: (x - y).abs().sum(-1)
        >>> F.triplet_margin_with_distance_loss(a, near, far, distance_function=blocks)  # 7 − 6 + 1
        tensor(2.)
    """
    if margin <= 0:
        raise refusal("triplet_margin_loss", tr("a positive margin"), margin)
    same_count("triplet_margin_loss", anchor, positive, negative)
    distance = distance_function or pairwise_distance
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = minimum(far, distance(positive, negative))
    return reduced(clamp_min(add(sub(near, far), margin), 0.0), reduction)


def _within(name: str, labels: Any, first: int, classes: int) -> None:
    outside = labels[(labels < first) | (labels >= classes)]
    if outside.size:
        raise RangeError(
            tr("{name}: expected labels from {first} to {last}, got {found} ({where})").format(
                name=name, first=first, last=classes - 1, found=int(outside.flat[0]), where=here()
            )
        )


def _lacking(gaps: Any) -> Any:
    """What is lacking to a margin, 0 where nothing is; nothing is sent back from exactly 0 or NaN, as in PyTorch."""
    return where(gt(gaps, 0), gaps, 0)


@function
def multi_margin_loss(
    input: Any,
    target: Any,
    p: int = 1,
    margin: float = 1.0,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """Σ max(0, margin − x_t + x_c)ᵖ / C over the classes c that are not t.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.multi_margin_loss(tg.tensor([[1.0, 0.5]]), tg.tensor([0]))  # it leads by 0.5 of 1
        tensor(0.2500)
    """
    reduction = reduction_of(size_average, reduce, reduction)
    if p not in (1, 2):
        raise UsageError(
            tr("multi_margin_loss: expected p of 1 or 2, got {found} ({where})").format(found=p, where=here())
        )
    alone = len(input.shape) < 2
    rows = reshape_to(input, (1, -1)) if alone else input
    labels = read_of_dtypes("multi_margin_loss", target, "int64").reshape(-1)
    _within("multi_margin_loss", labels, 0, rows.shape[1])
    own = gather(rows, 1, labels[:, None])
    terms = _lacking(add(sub(margin, own), rows))
    terms = mul(terms, terms) if p == 2 else terms
    terms = where(np.arange(rows.shape[1]) == labels[:, None], 0, terms)
    if weight is not None:
        terms = mul(terms, unsqueeze(getitem(weight, labels), 1))
    losses = div(sum(terms, 1), float(rows.shape[1]))
    return reduced(reshape_to(losses, np.shape(target)) if alone else losses, reduction)


@function
def multilabel_margin_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Any:
    """Σ max(0, 1 − (x_t − x_c)) / C over the targets t, listed up to the first −1, and the other classes c.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> scores, labels = tg.tensor([[2.0, 0.0, 1.5, 1.5]]), tg.tensor([[0, -1, -1, -1]])
        >>> F.multilabel_margin_loss(scores, labels)  # (0 + ½ + ½) / 4
        tensor(0.2500)
    """
    reduction = reduction_of(size_average, reduce, reduction)
    alone = len(input.shape) < 2
    rows = reshape_to(input, (1, -1)) if alone else input
    labels = read_of_dtypes("multilabel_margin_loss", target, "int64").reshape(tuple(rows.shape))
    _within("multilabel_margin_loss", labels, -1, rows.shape[1])
    listed = np.cumprod(labels >= 0, axis=1).astype(np.bool_)
    mine = np.zeros(labels.shape, np.bool_)
    np.logical_or.at(mine, (np.nonzero(listed)[0], labels[listed]), True)
    own = gather(rows, 1, np.where(listed, labels, 0))
    gaps = _lacking(add(sub(1.0, unsqueeze(own, 2)), unsqueeze(rows, 1)))
    losses = div(sum(where(listed[:, :, None] & ~mine[:, None, :], gaps, 0), (1, 2)), float(rows.shape[1]))
    return reduced(reshape_to(losses, ()) if alone else losses, reduction)


@function
def multilabel_soft_margin_loss(
    input: Any, target: Any, weight: Any = None, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Any:
    """Binary cross-entropy of scores, averaged over the classes.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.multilabel_soft_margin_loss(tg.tensor([[0.0, 200.0]]), tg.tensor([[1.0, 1.0]]))  # (ln 2 + 0) / 2
        tensor(0.3466)
    """
    reduction = reduction_of(size_average, reduce, reduction)
    losses = neg(add(mul(target, logsigmoid(input)), mul(sub(1, target), logsigmoid(neg(input)))))
    return reduced(mean(losses if weight is None else mul(losses, weight), -1), reduction)
