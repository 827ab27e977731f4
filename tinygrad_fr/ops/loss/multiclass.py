"""Cross-entropy with labels or probabilities, and the negative log-likelihood."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import here, refusal
from tinygrad_fr.errors import DataError, RangeError, ShapeError, UsageError
from tinygrad_fr.explanation import Explanation, message
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import add, div, mul, neg
from tinygrad_fr.ops.comparison import where
from tinygrad_fr.ops.definition import Array, composite
from tinygrad_fr.ops.indexing.gather import gather
from tinygrad_fr.ops.indexing.subscripts import getitem
from tinygrad_fr.ops.loss.shared import reduced, reduction_of
from tinygrad_fr.ops.reductions.sums import sum
from tinygrad_fr.ops.shapes.permutation import movedim
from tinygrad_fr.ops.shapes.shape import reshape_to, shape_of
from tinygrad_fr.ops.shared.overloads import function
from tinygrad_fr.ops.shared.untracked import assumed, dtype_of, value_of
from tinygrad_fr.ops.softmax import log_softmax, row_kernels
from tinygrad_fr.sampling import Draw, Sample


def _classes_sample(draw: Draw) -> Sample:
    n, c = draw.integer(1, 4), draw.integer(1, 4)
    return Sample((draw.array((n, c)), draw.indices((n,), c)), {"reduction": draw.choice(["mean", "sum", "none"])})


_UNSIGNED = {kind: np.dtype(f"u{np.dtype(kind).itemsize}") for kind in "bhilqBHILQ"}


def _within(labels: Array, classes: int) -> bool:
    """Whether every label is one of the classes: unsigned, a negative one is larger than any."""
    if not labels.size:
        return True
    seen = labels.view(_UNSIGNED[labels.dtype.char])
    return bool(seen.item(seen.argmax()) < classes)


@lru_cache(maxsize=16)
def _places(count: int) -> Array:
    """0, 1, 2, … which many calls share: nobody writes to them."""
    places = np.arange(count)
    places.flags.writeable = False
    return places


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
    if not _within(labels, input.shape[1]):
        bad = int(labels[(labels < 0) | (labels >= input.shape[1])][0])
        raise RangeError(
            tr("cross_entropy: expected labels from 0 to {last}, got {found} ({where})").format(
                last=input.shape[1] - 1, found=bad, where=here()
            )
        )
    return labels


@composite(
    symbol="CE",
    latex=r"-\frac{1}{n} \sum_i \ln \operatorname{softmax}(x_i)_{t_i}",
    sample=_classes_sample,
    method=False,
    name="cross_entropy",
    explained=Explanation(
        word=message("cross-entropy"),
        forward=message("Measure the error: how improbable the right answer seems to the network."),
        backward=message("The gradient is simple: the probabilities minus the right answer, p − y."),
        letters=("x", "t"),
        sends=(r"\frac{1}{n} (\operatorname{softmax}(x) - t) G", None),
        course=(3,),
    ),
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
    labels = _check_classes(input, target)
    kernels = row_kernels(input)
    if kernels is not None:
        losses, y = kernels.cross_entropy_forward(input, labels)
        return np.asarray(reduced(losses, reduction)), (y, None)
    shifted = input - np.maximum.reduce(input, axis=1, keepdims=True) if input.size else input.copy()
    y = np.exp(shifted)
    total = np.add.reduce(y, axis=1)
    losses = np.log(total) - shifted[_places(labels.size), labels]
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
    delta[_places(target.size), target] -= share
    return delta, None


cross_entropy_of_labels.fused(_cross_entropy_forward, _cross_entropy_backward)


def _of_class(rows: Any, labels: Any) -> Any:
    """The element of each row (…, C) that its label chooses."""
    picked = gather(rows, -1, labels[..., None])
    return reshape_to(picked, labels.shape)


def _labels(name: str, input: Any, target: Any, ignore_index: int) -> tuple[Any, Any, Any]:
    """Scores with the classes last, labels, and which of these count."""
    labels = np.asarray(value_of(target))
    classes_at = 1 if len(input.shape) > 1 else 0
    lead = tuple(side for d, side in enumerate(input.shape) if d != classes_at)
    if not len(input.shape) or labels.shape != lead:
        raise ShapeError(
            tr("{name}: expected scores (N, C, …) and labels (N, …), got {input} and {target} ({where})").format(
                name=name, input=tuple(input.shape), target=labels.shape, where=here()
            )
        )
    if labels.dtype.kind not in "iu":
        raise DataError(
            tr("{name}: expected integer labels, got {found} ({where})").format(
                name=name, found=labels.dtype, where=here()
            )
        )
    counts = labels != ignore_index
    if (
        labels.size
        and np.minimum.reduce(labels, axis=None) >= 0
        and np.maximum.reduce(labels, axis=None) < input.shape[classes_at]
    ):
        bad = labels.reshape(-1)[:0]
    else:
        bad = labels[counts & ((labels < 0) | (labels >= input.shape[classes_at]))]
    if bad.size:
        raise RangeError(
            tr("{name}: expected labels from 0 to {last}, got {found} ({where})").format(
                name=name, last=input.shape[classes_at] - 1, found=int(bad.flat[0]), where=here()
            )
        )
    rows = input if classes_at == len(input.shape) - 1 else movedim(input, classes_at, -1)
    return rows, labels if counts.all() else np.where(counts, labels, 0), counts


def _weighed(surprises: Any, labels: Any, counts: Any, classes: int, weight: Any, reduction: str) -> Any:
    """The loss out of −ln p of each label, by the weights of their classes, without the labels that do not count."""
    shares: Any = counts.astype(dtype_of(surprises))
    if weight is not None:
        if tuple(weight.shape) != (classes,):
            raise refusal("nll_loss", tr("a weight for each class, {count}").format(count=classes), tuple(weight.shape))
        shares = mul(getitem(weight, labels), shares)
    losses = where(counts, mul(surprises, shares), 0)
    return div(sum(losses), sum(shares)) if reduction == "mean" else reduced(losses, reduction)


def _nll_sample(draw: Draw) -> Sample:
    n, c = draw.integer(1, 3), draw.integer(1, 3)
    sides = draw.shape(0, 1)
    weight = draw.choice([None, draw.array((c,), 0.5, 2.0)])
    return Sample(
        (draw.array((n, c, *sides)), draw.indices((n, *sides), c), weight),
        {"reduction": draw.choice(["mean", "sum", "none"])},
    )


@composite(
    symbol="NLL",
    latex=r"-\frac{1}{n} \sum_i x_{i, t_i}",
    sample=_nll_sample,
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
    rows, labels, counts = _labels("nll_loss", input, target, ignore_index)
    return _weighed(neg(_of_class(rows, labels)), labels, counts, rows.shape[-1], weight, reduction)


def _usual(input: Array, target: Array, ignore_index: int) -> bool:
    """Whether labels (N,) of scores (N, C) all count."""
    return (
        input.ndim == 2
        and input.dtype.char in "fd"
        and target.shape == input.shape[:1]
        and target.dtype.kind in "iu"
        and target.size > 0
        and not 0 <= ignore_index < input.shape[1]
        and _within(target, input.shape[1])
    )


def _nll_forward(
    input: Array, target: Array, weight: Array | None, ignore_index: int, reduction: str
) -> tuple[Array, Any]:
    """The loss; and the labels, the share of each in the sum, and the sum of the shares, which backward needs."""
    if weight is None and _usual(input, target, ignore_index):
        return np.asarray(-reduced(input[_places(target.size), target], reduction)), None
    rows, labels, counts = _labels("nll_loss", input, target, ignore_index)
    chosen = rows.reshape(labels.size, rows.shape[-1])[np.arange(labels.size), labels.reshape(-1)]
    shares = counts.reshape(-1).astype(input.dtype)
    if weight is not None:
        if weight.shape != rows.shape[-1:]:
            return nll_loss_of.equations(input, target, weight, ignore_index, reduction), None  # which refuses it
        shares = weight[labels.reshape(-1)] * shares
    with np.errstate(all="ignore"):
        losses = np.where(counts, -(chosen * shares).reshape(labels.shape), input.dtype.type(0))
        total = np.add.reduce(shares)
        value = np.add.reduce(losses, axis=None) / total if reduction == "mean" else reduced(losses, reduction)
    return np.asarray(value), (labels, counts, chosen, shares, total, value)


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
        sent[_places(target.size), target] = -g / input.dtype.type(target.size) if reduction == "mean" else -g
        return sent, None, None
    labels, counts, chosen, shares, total, value = saved
    at, flat = labels.reshape(-1), counts.reshape(-1)
    classes_at = 1 if input.ndim > 1 else 0
    with np.errstate(all="ignore"):
        each = g / total if reduction == "mean" else g.reshape(-1) if reduction == "none" else g
        sent = np.zeros((at.size, input.shape[classes_at]), input.dtype)
        sent[np.arange(at.size), at] = np.where(flat, -(shares * each), 0)
        back = np.moveaxis(sent.reshape(*labels.shape, input.shape[classes_at]), -1, classes_at) if needs & 1 else None
        if not needs & 4:
            return back, None, None
        of_weight = np.zeros(input.shape[classes_at], input.dtype)
        distance = chosen + value if reduction == "mean" else chosen
        np.add.at(of_weight, at, np.where(flat, -distance * each, 0))
        return back, None, of_weight


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


def _general_sample(draw: Draw) -> Sample:
    sample = _nll_sample(draw)
    x, target, weight = sample.inputs
    attrs = {**sample.attrs, "label_smoothing": draw.choice([0.0, 0.1])}
    if draw.choice([True, False]):
        target = draw.array(x.shape, 0.0, 1.0)
    return Sample((x, target, weight), attrs)


@composite(
    symbol="CE",
    latex=r"-\frac{1}{n} \sum_i \sum_c w_c \, q_{i, c} \ln \operatorname{softmax}(x_i)_c",
    sample=_general_sample,
    method=False,
    explained=Explanation(shown_as="cross_entropy"),
)
def cross_entropy_weighted(
    input: Array,
    target: Array,
    weight: Array | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Array:
    """Cross-entropy with weights, ignored labels, smoothing, or class probabilities of the input's shape.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["cross_entropy_weighted"](tg.tensor([[0.0, 100.0]]), tg.tensor([[0.25, 0.75]]))  # a quarter costs 100
        tensor(25.)
        >>> tg.ops.registry["cross_entropy_weighted"](tg.tensor([[0.0, 100.0]]), tg.tensor([0]), tg.tensor([3.0, 1.0]), reduction="sum")
        tensor(300.)
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
    scores, labels, counts = _labels("cross_entropy", input, target, ignore_index)
    if not label_smoothing:
        flat = reshape_to(scores, (labels.size, classes))
        surprises = reshape_to(cross_entropy_of_labels(flat, labels.reshape(-1), "none"), labels.shape)
        return _weighed(surprises, labels, counts, classes, weight, reduction)
    rows = log_softmax(scores, -1)
    loss = _weighed(neg(_of_class(rows, labels)), labels, counts, classes, weight, reduction)
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
    plain = weight is None and not label_smoothing and len(shape_of(input)) == 2 and dtype_of(target).kind in "iu"
    if plain and not assumed(lambda labels: _ignored(labels, ignore_index), target):
        return cross_entropy_of_labels(input, target, reduction)
    return cross_entropy_weighted(input, target, weight, ignore_index, reduction, label_smoothing)
