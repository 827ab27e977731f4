"""The negative log-likelihood of labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.explanation import Explanation
from tinygrad_fr.ops.arithmetic import neg
from tinygrad_fr.ops.definition import Array, composite
from tinygrad_fr.ops.loss.labels import (
    labels_of,
    labels_sample,
    of_class,
    places,
    to_surprises,
    to_weight,
    weighed,
    weighed_arrays,
    within,
)
from tinygrad_fr.ops.loss.shared import reduced, reduction_of
from tinygrad_fr.ops.shared.overloads import function


@composite(
    symbol="NLL",
    latex=r"-\frac{1}{n} \sum_i x_{i, t_i}",
    sample=labels_sample,
    method=False,
    explained=Explanation(shown_as="nll_loss"),
)
def nll_loss_of(
    input: Array, target: Array, weight: Array | None = None, ignore_index: int = -100, reduction: str = "mean"
) -> Array:
    """Negative log-likelihood of the target classes: log-probabilities (N, C, …), labels (N, …).

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["nll_loss_of"](tg.tensor([[-0.5, -1.5], [-4.0, -2.0]]), tg.tensor([1, 0]), reduction="none")
        tensor([1.5000, 4.0000])
    """
    rows, labels, counts = labels_of("nll_loss", input, target, ignore_index)
    return weighed(neg(of_class(rows, labels)), labels, counts, rows.shape[-1], weight, reduction)


def _usual(input: Array, target: Array, ignore_index: int) -> bool:
    """Whether labels (N,) of scores (N, C) all count."""
    return (
        input.ndim == 2
        and input.dtype.char in "fd"
        and target.shape == input.shape[:1]
        and target.dtype.kind in "iu"
        and target.size > 0
        and not 0 <= ignore_index < input.shape[1]
        and within(target, input.shape[1])
    )


def _nll_forward(
    input: Array, target: Array, weight: Array | None, ignore_index: int, reduction: str
) -> tuple[Array, Any]:
    """The loss; and the labels, the share of each in the sum, and the sum of the shares, which backward needs."""
    if weight is None and _usual(input, target, ignore_index):
        return np.asarray(-reduced(input[places(target.size), target], reduction)), None
    rows, labels, counts = labels_of("nll_loss", input, target, ignore_index)
    classes, at = rows.shape[-1], labels.reshape(-1)
    if weight is not None and weight.shape != (classes,):
        return nll_loss_of.equations(input, target, weight, ignore_index, reduction), None  # which refuses it
    surprises = -rows.reshape(at.size, classes)[np.arange(at.size), at]
    value, shares = weighed_arrays(surprises, labels, counts, weight, reduction)
    return value, (labels, counts, surprises, shares, value)


def _nll_backward(
    g: Array,
    saved: Any,
    needs: int,
    input: Array,
    target: Array,
    weight: Array | None,
    ignore_index: int,
    reduction: str,
) -> tuple[Array | None, ...]:
    if saved is None:
        sent = np.zeros(input.shape, input.dtype)
        sent[places(target.size), target] = -g / input.dtype.type(target.size) if reduction == "mean" else -g
        return sent, None, None
    labels, counts, surprises, shares, value = saved
    classes_at = 1 if input.ndim > 1 else 0
    classes = input.shape[classes_at]
    pulls, each = to_surprises(g, counts, shares, reduction)
    sent = np.zeros((labels.size, classes), input.dtype)
    sent[np.arange(labels.size), labels.reshape(-1)] = -pulls
    return (
        np.moveaxis(sent.reshape(*labels.shape, classes), -1, classes_at) if needs & 1 else None,
        None,
        to_weight(each, surprises, labels, counts, value, reduction, classes) if needs & 4 else None,
    )


nll_loss_of.fused(_nll_forward, _nll_backward)


@function
def nll_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """Negative log-likelihood of the target classes; see :func:`nll_loss_of`.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.nll_loss(tg.tensor([[-0.5, -1.5]]), tg.tensor([1])).item()
        1.5
    """
    reduction = reduction_of(size_average, reduce, reduction)
    return nll_loss_of(input, target, weight, ignore_index, reduction)
