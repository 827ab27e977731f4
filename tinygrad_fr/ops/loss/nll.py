"""The negative log-likelihood of labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.explanation import Explanation
from tinygrad_fr.ops.arithmetic import neg
from tinygrad_fr.ops.definition import Array, composite
from tinygrad_fr.ops.indexing.indices import within
from tinygrad_fr.ops.loss.labels import (
    check_labels,
    labels_of,
    labels_sample,
    of_class,
    places,
    weighed,
    weighing,
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


def _picked(rows: Array, labels: Array) -> tuple[Array, None]:
    return -rows[np.arange(labels.size), labels], None


def _to_picked(pulls: Array, left: None, shape: tuple[int, int], labels: Array) -> Array:
    sent = np.zeros(shape, pulls.dtype)
    sent[np.arange(labels.size), labels] = -pulls
    return sent


_weighed_forward, _weighed_backward = weighing(nll_loss_of, _picked, _to_picked)


def _nll_forward(
    input: Array, target: Array, weight: Array | None, ignore_index: int, reduction: str
) -> tuple[Array, Any]:
    """The loss; and what backward needs, which is nothing where all labels of a plain batch count."""
    if weight is None and _usual(input, target, ignore_index):
        return np.asarray(-reduced(input[places(target.size), target], reduction)), None
    found: tuple[Array, Any] = _weighed_forward(input, target, weight, ignore_index, reduction)
    return found


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
    if saved is not None:
        return tuple(_weighed_backward(g, saved, needs, input, target, weight, ignore_index, reduction))
    sent = np.zeros(input.shape, input.dtype)
    sent[places(target.size), target] = -g / input.dtype.type(target.size) if reduction == "mean" else -g
    return sent, None, None


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
    check_labels("nll_loss", target)
    return nll_loss_of(input, target, weight, ignore_index, reduction)
