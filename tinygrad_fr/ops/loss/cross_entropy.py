"""Cross-entropy with labels or probabilities."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import here
from tinygrad_fr.errors import DataError, RangeError, ShapeError, TinygradError, UsageError
from tinygrad_fr.explanation import Explanation, message
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import add, div, mul, neg
from tinygrad_fr.ops.comparison import where
from tinygrad_fr.ops.definition import Array, composite
from tinygrad_fr.ops.indexing.indices import within
from tinygrad_fr.ops.indexing.subscripts import getitem
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
from tinygrad_fr.ops.reductions.sums import sum
from tinygrad_fr.ops.shapes.permutation import movedim
from tinygrad_fr.ops.shapes.shape import reshape_to, shape_of
from tinygrad_fr.ops.shared.overloads import function
from tinygrad_fr.ops.shared.untracked import assumed, dtype_of
from tinygrad_fr.ops.softmax import log_softmax, row_kernels
from tinygrad_fr.sampling import Draw, Sample


def _classes_sample(draw: Draw) -> Sample:
    n, c = draw.integer(1, 4), draw.integer(1, 4)
    return Sample((draw.array((n, c)), draw.indices((n,), c)), {"reduction": draw.choice(["mean", "sum", "none"])})


def _check_classes(input: Any, target: Any) -> np.ndarray[Any, Any]:
    labels = np.asarray(target.value if hasattr(target, "value") else target)
    if len(input.shape) != 2 or labels.shape != tuple(input.shape[:1]):
        raise ShapeError(
            tr("cross_entropy: expected scores (N, C) and labels (N,), got {input} and {target} ({where})").format(
                input=tuple(input.shape), target=labels.shape, where=here()
            )
        )
    if labels.dtype.kind not in "iu":
        raise DataError(
            tr("cross_entropy: expected integer labels, got {found} ({where})").format(found=labels.dtype, where=here())
        )
    if not within(labels, input.shape[1]):
        bad = int(labels[(labels < 0) | (labels >= input.shape[1])][0])
        raise RangeError(
            tr("cross_entropy: expected labels from 0 to {last}, got {found} ({where})").format(
                last=input.shape[1] - 1, found=bad, where=here()
            )
        )
    return labels


_MEASURE = Explanation(
    word=message("cross-entropy"),
    forward=message("Measure the error: how improbable the right answer seems to the network."),
    backward=message("The gradient is simple: the probabilities minus the right answer, p − y."),
    letters=("x", "t"),
    sends=(r"\frac{1}{n} (\operatorname{softmax}(x) - t) G", None),
    course=(3,),
)


@composite(
    symbol="CE",
    latex=r"-\frac{1}{n} \sum_i \ln \operatorname{softmax}(x_i)_{t_i}",
    sample=_classes_sample,
    method=False,
    name="cross_entropy",
    explained=_MEASURE,
)
def cross_entropy_of_labels(input: Array, target: Array, reduction: str = "mean") -> Array:
    """Negative log-likelihood of the target classes under the softmax of the scores.

    Scores (N, C), labels (N,) from 0 to C − 1. The gradient of the scores is (softmax − one-hot) / N.
    """
    labels = _check_classes(input, target)
    chosen = getitem(log_softmax(input, -1), (np.arange(labels.size), labels))
    return reduced(neg(chosen), reduction)


def _cross_entropy_forward(input: Array, target: Array, reduction: str) -> tuple[Array, tuple[Array, Any]]:
    """The loss, and the softmax, which is all that backward needs: as it is, or as exponentials with their sums."""
    kernels = row_kernels(input)
    if kernels is not None:
        try:
            losses, y = kernels.cross_entropy_forward(input, target)
        except TinygradError:  # the kernel asks the same, and says it in other words
            _check_classes(input, target)
            raise
        return np.asarray(reduced(losses, reduction)), (y, None)
    labels = _check_classes(input, target)
    shifted = input - np.maximum.reduce(input, axis=1, keepdims=True) if input.size else input.copy()
    y = np.exp(shifted)
    total = np.add.reduce(y, axis=1)
    losses = np.log(total) - shifted[places(labels.size), labels]
    return np.asarray(reduced(losses, reduction)), (y, total)


def _cross_entropy_backward(
    g: Array, saved: tuple[Array, Any], needs: int, input: Array, target: Array, reduction: str
) -> tuple[Array, None]:
    """(softmax − one-hot), times the share of each row in the result."""
    y, total = saved
    share = g / target.size if reduction == "mean" else g
    if total is None:
        kernels: Any = row_kernels(y)
        wide = np.broadcast_to(share, target.shape)
        return kernels.cross_entropy_backward(np.ascontiguousarray(wide, y.dtype), y, target), None
    delta = y * (share / total)[:, None]
    delta[places(target.size), target] -= share
    return delta, None


cross_entropy_of_labels.fused(_cross_entropy_forward, _cross_entropy_backward)


@composite(
    symbol="CE",
    latex=r"-\sum_i s_i \ln \operatorname{softmax}(x_i)_{t_i}",
    sample=labels_sample,
    method=False,
    explained=replace(
        _MEASURE,
        shown_as="cross_entropy",
        forward=message(
            "Measure the error: how improbable the right answers seem to the network, each by its share sᵢ, which the weight of its class gives it."
        ),
        letters=("x", "t"),
        sends=(r"s (\operatorname{softmax}(x) - t) G", None),
        course=(),
    ),
)
def cross_entropy_of_classes(
    input: Array, target: Array, weight: Array | None = None, ignore_index: int = -100, reduction: str = "mean"
) -> Array:
    """Cross-entropy of scores (N, C, …) with labels (N, …): by weights of their classes, without those that do not count.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["cross_entropy_of_classes"](tg.tensor([[0.0, 100.0]]), tg.tensor([0]), tg.tensor([3.0, 1.0]), reduction="sum")
        tensor(300.)
    """
    scores, labels, counts = labels_of("cross_entropy", input, target, ignore_index)
    flat = reshape_to(scores, (labels.size, scores.shape[-1]))
    surprises = reshape_to(cross_entropy_of_labels(flat, labels.reshape(-1), "none"), labels.shape)
    return weighed(surprises, labels, counts, scores.shape[-1], weight, reduction)


def _surprises(rows: Array, labels: Array) -> tuple[Array, Any]:
    return _cross_entropy_forward(rows, labels, "none")


def _to_scores(pulls: Array, softmax: Any, shape: tuple[int, int], labels: Array) -> Array:
    scores: Array = np.empty(shape, pulls.dtype)  # whose values are not read
    return _cross_entropy_backward(pulls, softmax, 1, scores, labels, "none")[0]


cross_entropy_of_classes.fused(*weighing(cross_entropy_of_classes, _surprises, _to_scores))


def _general_sample(draw: Draw) -> Sample:
    sample = labels_sample(draw)
    x, target, weight = sample.inputs
    attrs = {**sample.attrs, "label_smoothing": 0.1}
    if draw.choice([True, False]):
        target, attrs["label_smoothing"] = draw.array(x.shape, 0.0, 1.0), draw.choice([0.0, 0.1])
    return Sample((x, target, weight), attrs)


@composite(
    symbol="CE",
    latex=r"-\frac{1}{n} \sum_i \sum_c w_c \, q_{i, c} \ln \operatorname{softmax}(x_i)_c",
    sample=_general_sample,
    method=False,
    explained=Explanation(shown_as="cross_entropy"),
)
def cross_entropy_smoothed(
    input: Array,
    target: Array,
    weight: Array | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Array:
    """Cross-entropy with labels that are smoothed, or with class probabilities of the input's shape.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["cross_entropy_smoothed"](tg.tensor([[0.0, 100.0]]), tg.tensor([[0.25, 0.75]]))  # a quarter costs 100
        tensor(25.)
    """
    if not 0 <= label_smoothing <= 1:
        raise UsageError(
            tr("cross_entropy: expected label_smoothing from 0 to 1, got {found} ({where})").format(
                found=label_smoothing, where=here()
            )
        )
    classes_at = 1 if len(input.shape) > 1 else 0
    classes = input.shape[classes_at]
    if dtype_of(target).kind == "f" and tuple(target.shape) == tuple(input.shape):
        rows = log_softmax(movedim(input, classes_at, -1), -1)
        q = movedim(target, classes_at, -1)
        if label_smoothing:
            q = add(mul(q, 1 - label_smoothing), label_smoothing / classes)
        terms = mul(rows, q) if weight is None else mul(mul(rows, q), weight)
        losses = neg(sum(terms, -1))
        return (
            div(sum(losses), float(max(1, losses.size if isinstance(losses, np.ndarray) else losses.numel())))
            if reduction == "mean"
            else reduced(losses, reduction)
        )
    scores, labels, counts = labels_of("cross_entropy", input, target, ignore_index)
    rows = log_softmax(scores, -1)
    loss = weighed(neg(of_class(rows, labels)), labels, counts, classes, weight, reduction)
    spread = neg(sum(rows if weight is None else mul(rows, weight), -1))
    spread = where(counts, spread, 0)
    if reduction == "mean":
        shares = counts.astype(dtype_of(input))
        total = sum(shares) if weight is None else sum(mul(getitem(weight, labels), shares))
        spread = div(sum(spread), total)
    else:
        spread = reduced(spread, reduction)
    return add(mul(loss, 1 - label_smoothing), mul(spread, label_smoothing / classes))


def _ignored(labels: Array, ignore_index: int) -> bool:
    """Whether some label does not count; of none, whether all do not."""
    labels = np.asarray(labels)
    if not labels.size:
        return True
    if ignore_index < 0 and labels.item(labels.argmin()) >= 0:
        return False
    return bool(np.logical_or.reduce(labels == ignore_index, axis=None))


@function
def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """Cross-entropy of the softmax of scores (N, C, …) with labels (N, …) or class probabilities (N, C, …).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> round(F.cross_entropy(tg.tensor([[0.0, 0.0]]), tg.tensor([1])).item(), 4)  # ln 2: no idea which
        0.6931
    """
    reduction = reduction_of(size_average, reduce, reduction)
    if label_smoothing or dtype_of(target).kind not in "iu":
        return cross_entropy_smoothed(input, target, weight, ignore_index, reduction, label_smoothing)
    check_labels("cross_entropy", target)
    plain = weight is None and len(shape_of(input)) == 2
    if plain and not assumed(lambda labels: _ignored(labels, ignore_index), target):
        return cross_entropy_of_labels(input, target, reduction)
    return cross_entropy_of_classes(input, target, weight, ignore_index, reduction)
