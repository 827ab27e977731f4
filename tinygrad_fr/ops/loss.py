"""Loss functions, PyTorch's names and defaults."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.errors import DataError, DtypeError, RangeError, ShapeError, UsageError
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.activation import log_softmax, logsigmoid, row_kernels
from tinygrad_fr.ops.arithmetic import abs, add, div, exp, log, minimum, mul, neg, sub
from tinygrad_fr.ops.comparison import clamp_min, eq, ge, gt, where
from tinygrad_fr.ops.definition import (
    Array,
    Draw,
    Sample,
    assumed,
    composite,
    constant,
    dtype_of,
    elementwise,
    function,
    here,
    refusal,
    value_of,
)
from tinygrad_fr.ops.indexing import gather, getitem, integers
from tinygrad_fr.ops.normalization import pairwise_distance
from tinygrad_fr.ops.reduction import mean, sum
from tinygrad_fr.ops.shape import movedim, reshape_to, unsqueeze
from tinygrad_fr.ops.special import xlogy


def _reduced(values: Any, reduction: str) -> Any:
    if reduction == "mean":
        return mean(values)
    if reduction == "sum":
        return sum(values)
    if reduction == "none":
        return values
    raise UsageError(
        tr("reduction: expected “mean”, “sum” or “none”, got “{found}” ({where})").format(found=reduction, where=here())
    )


def _told(size_average: Any, reduce: Any, reduction: str) -> str:
    """The reduction that PyTorch's old flags ask for, where one is given."""
    if size_average is None and reduce is None:
        return reduction
    if reduce is not None and not reduce:
        return "none"
    return "mean" if size_average is None or size_average else "sum"


def _same_shape(name: str, input: Any, target: Any) -> None:
    if tuple(input.shape) != tuple(target.shape):
        raise ShapeError(
            tr("{name}: input and target must have the same shape, got {input} and {target} ({where})").format(
                name=name, input=tuple(input.shape), target=tuple(target.shape), where=here()
            )
        )


def _same_count(name: str, *tensors: Any) -> None:
    if len({len(x.shape) for x in tensors}) > 1:
        raise refusal(name, tr("tensors of as many dimensions"), ", ".join(str(tuple(x.shape)) for x in tensors))


def _of_floats(name: str, target: Any) -> None:
    """Refuse integer targets, which PyTorch does not convert."""
    if dtype_of(target).kind != "f":
        raise DtypeError(
            tr("{name}: expected targets of a float dtype, got {found} ({where})").format(
                name=name, found=dtype_of(target), where=here()
            )
        )


def _pair_sample(draw: Draw) -> Sample:
    shape = draw.shape(0, 3)
    return Sample((draw.array(shape), draw.array(shape)), {"reduction": draw.choice(["mean", "sum", "none"])})


@composite(symbol="MSE", latex=r"\frac{1}{n} \sum (x - t)^2", sample=_pair_sample, method=False)
def mse_loss(input: Array, target: Array, reduction: str = "mean") -> Array:
    """Mean squared error.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.mse_loss(tg.tensor([1.0, 3.0]), tg.tensor([1.0, 1.0])).item()
        2.0
    """
    _same_shape("mse_loss", input, target)
    error = sub(input, target)
    return _reduced(mul(error, error), reduction)


def _mse_forward(input: Array, target: Array, reduction: str) -> tuple[Array, Array]:
    """The loss, and the errors, which are all that backward needs."""
    _same_shape("mse_loss", input, target)
    error = input - target if input.dtype is target.dtype else np.asarray(sub(input, target))
    return np.asarray(_reduced(error * error, reduction)), error


def _mse_backward(
    g: Array, error: Array, needs: int, input: Array, target: Array, reduction: str
) -> tuple[Array | None, ...]:
    share = error * (g * error.dtype.type(2 / max(error.size, 1) if reduction == "mean" else 2))
    return share if needs & 1 else None, -share if needs & 2 else None


mse_loss.fused(_mse_forward, _mse_backward)


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
    if labels.size and (labels.min() < 0 or labels.max() >= input.shape[1]):
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
)
def cross_entropy_of_labels(input: Array, target: Array, reduction: str = "mean") -> Array:
    """Negative log-likelihood of the target classes under the softmax of the scores.

    Scores (N, C), labels (N,) from 0 to C − 1. The gradient of the scores is (softmax − one-hot) / N.
    """
    labels = _check_classes(input, target)
    chosen = getitem(log_softmax(input, -1), (np.arange(labels.size), labels))
    return _reduced(neg(chosen), reduction)


def _cross_entropy_forward(input: Array, target: Array, reduction: str) -> tuple[Array, Array]:
    """The loss, and the softmax, which is all that backward needs."""
    labels = _check_classes(input, target)
    kernels = row_kernels(input)
    if kernels is not None:
        losses, y = kernels.cross_entropy_forward(input, labels)
        return np.asarray(_reduced(losses, reduction)), y
    shifted = input - input.max(axis=1, keepdims=True) if input.size else input.copy()
    y = np.exp(shifted)
    total = y.sum(axis=1, keepdims=True)
    losses = np.log(total[:, 0]) - shifted[np.arange(labels.size), labels]
    y /= total
    return np.asarray(_reduced(losses, reduction)), y


def _cross_entropy_backward(
    g: Array, y: Array, needs: int, input: Array, target: Array, reduction: str
) -> tuple[Array, None]:
    """(softmax − one-hot), times the share of each row in the result."""
    share = g if reduction == "none" else np.broadcast_to(g / (target.size if reduction == "mean" else 1), target.shape)
    kernels = row_kernels(y)
    if kernels is not None:
        return kernels.cross_entropy_backward(np.ascontiguousarray(share, y.dtype), y, target), None
    delta = y.copy()
    delta[np.arange(target.size), target] -= 1
    return delta * share[:, None], None


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
    bad = labels[counts & ((labels < 0) | (labels >= input.shape[classes_at]))]
    if bad.size:
        raise RangeError(
            tr("{name}: expected labels from 0 to {last}, got {found} ({where})").format(
                name=name, last=input.shape[classes_at] - 1, found=int(bad.flat[0]), where=here()
            )
        )
    return movedim(input, classes_at, -1), np.where(counts, labels, 0), counts


def _nll(rows: Any, labels: Any, counts: Any, weight: Any, reduction: str) -> Any:
    dtype = dtype_of(rows)
    shares: Any = counts.astype(dtype)
    if weight is not None:
        if tuple(weight.shape) != tuple(rows.shape[-1:]):
            raise refusal(
                "nll_loss", tr("a weight for each class, {count}").format(count=rows.shape[-1]), tuple(weight.shape)
            )
        shares = mul(getitem(weight, labels), shares)
    losses = neg(mul(_of_class(rows, labels), shares))
    losses = where(counts, losses, 0)
    return div(sum(losses), sum(shares)) if reduction == "mean" else _reduced(losses, reduction)


def _nll_sample(draw: Draw) -> Sample:
    n, c = draw.integer(1, 3), draw.integer(1, 3)
    sides = draw.shape(0, 1)
    weight = draw.choice([None, draw.array((c,), 0.5, 2.0)])
    return Sample(
        (draw.array((n, c, *sides)), draw.indices((n, *sides), c), weight),
        {"reduction": draw.choice(["mean", "sum", "none"])},
    )


@composite(symbol="NLL", latex=r"-\frac{1}{n} \sum_i x_{i, t_i}", sample=_nll_sample, method=False)
def nll_loss_of(
    input: Array, target: Array, weight: Array | None = None, ignore_index: int = -100, reduction: str = "mean"
) -> Array:
    """Negative log-likelihood of the target classes: log-probabilities (N, C, …), labels (N, …).

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.nll_loss_of(tg.tensor([[-0.5, -1.5], [-4.0, -2.0]]), tg.tensor([1, 0]), reduction="none")
        tensor([1.5, 4. ])
    """
    rows, labels, counts = _labels("nll_loss", input, target, ignore_index)
    return _nll(rows, labels, counts, weight, reduction)


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
    reduction = _told(size_average, reduce, reduction)
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
        >>> tg.cross_entropy_weighted(tg.tensor([[0.0, 100.0]]), tg.tensor([[0.25, 0.75]]))  # a quarter costs 100
        tensor(25.)
        >>> tg.cross_entropy_weighted(tg.tensor([[0.0, 100.0]]), tg.tensor([0]), tg.tensor([3.0, 1.0]), reduction="sum")
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
            else _reduced(losses, reduction)
        )
    scores, labels, counts = _labels("cross_entropy", input, target, ignore_index)
    rows = log_softmax(scores, -1)
    loss = _nll(rows, labels, counts, weight, reduction)
    if not label_smoothing:
        return loss
    spread = neg(sum(rows if weight is None else mul(rows, weight), -1))
    spread = where(counts, spread, 0)
    if reduction == "mean":
        shares = counts.astype(dtype_of(input))
        total = sum(shares) if weight is None else sum(mul(getitem(weight, labels), shares))
        spread = div(sum(spread), total)
    else:
        spread = _reduced(spread, reduction)
    return add(mul(loss, 1 - label_smoothing), mul(spread, label_smoothing / classes))


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
    reduction = _told(size_average, reduce, reduction)
    plain = weight is None and not label_smoothing and len(input.shape) == 2 and dtype_of(target).kind in "iu"
    if plain and not assumed(lambda labels: np.any(labels == ignore_index) or not np.size(labels), target):
        return cross_entropy_of_labels(input, target, reduction)
    return cross_entropy_weighted(input, target, weight, ignore_index, reduction, label_smoothing)


def _binary_sample(draw: Draw) -> Sample:
    shape = draw.shape(0, 3)
    target = np.asarray(draw.array(shape) > 0, np.float64)
    weights = [draw.choice([None, draw.array(shape, 0.5, 2.0)]) for _each in range(2)]
    return Sample((draw.array(shape), target, *weights), {"reduction": draw.choice(["mean", "sum", "none"])})


@composite(
    symbol="BCE",
    latex=r"\frac{1}{n} \sum \left[\ln(1 + e^{x}) - t x\right]",
    sample=_binary_sample,
    method=False,
)
def binary_cross_entropy_of_scores(
    input: Array, target: Array, weight: Array | None = None, pos_weight: Array | None = None, reduction: str = "mean"
) -> Array:
    """Cross-entropy of the sigmoid of the scores with targets between 0 and 1, exact for large scores.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.binary_cross_entropy_of_scores(tg.tensor([-100.0]), tg.tensor([1.0]), pos_weight=tg.tensor([3.0]))
        tensor(300.)
    """
    _same_shape("binary_cross_entropy_with_logits", input, target)
    _of_floats("binary_cross_entropy_with_logits", target)
    if pos_weight is None:
        losses = sub(mul(sub(1, target), input), logsigmoid(input))
    else:
        factor = add(1, mul(sub(pos_weight, 1), target))
        losses = sub(mul(sub(1, target), input), mul(factor, logsigmoid(input)))
    return _reduced(losses if weight is None else mul(losses, weight), reduction)


@function
def binary_cross_entropy_with_logits(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    pos_weight: Any = None,
) -> Any:
    """Cross-entropy of the sigmoid of the scores with targets between 0 and 1, exact for large scores.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.binary_cross_entropy_with_logits(tg.tensor([0.0, 200.0]), tg.tensor([1.0, 0.0]), reduction="none")
        tensor([  0.6931, 200.    ])
    """
    reduction = _told(size_average, reduce, reduction)
    return binary_cross_entropy_of_scores(input, target, weight, pos_weight, reduction)


def _probability_sample(draw: Draw) -> Sample:
    shape = draw.shape(0, 3)
    arrays = draw.array(shape, 0.1, 0.9), draw.array(shape, 0.0, 1.0)
    return Sample(
        (*arrays, draw.choice([None, draw.array(shape)])), {"reduction": draw.choice(["mean", "sum", "none"])}
    )


# PyTorch bounds the denominator of the derivative as well (by a float32), so that what is saturated sends back a finite number.
surprise = elementwise(
    "surprise",
    "-(target * maximum(log(x), -100) + (1 - target) * maximum(log1p(-x), -100))",
    {
        "x": "g * (x - target) / maximum((1 - x) * x, 9.999999960041972e-13)",
        "target": "g * (log1p(-x) - log(x))",
    },
    symbol="H",
    latex=r"-t \ln x - (1 - t) \ln(1 - x)",
    domain={"x": (0.0, 1.0)},
    method=False,
    doc="Cross-entropy of a probability x with a target between 0 and 1; logarithms count as −100 at least.",
    example={"tg.surprise(tg.tensor([0.25, 0.0]), tg.tensor([1.0, 1.0]))": "tensor([  1.3863, 100.    ])"},
)


@composite(
    symbol="BCE",
    latex=r"-\frac{1}{n} \sum \left[t \ln x + (1 - t) \ln(1 - x)\right]",
    sample=_probability_sample,
    method=False,
)
def binary_cross_entropy_of(input: Array, target: Array, weight: Array | None = None, reduction: str = "mean") -> Array:
    """Cross-entropy of probabilities with targets between 0 and 1; logarithms count as −100 at least, as PyTorch's.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.binary_cross_entropy_of(tg.tensor([0.25, 0.0]), tg.tensor([1.0, 1.0]), reduction="none")  # ln 4; never ∞
        tensor([  1.3863, 100.    ])
    """
    _same_shape("binary_cross_entropy", input, target)
    _of_floats("binary_cross_entropy", target)
    for x in (input, target):
        if assumed(lambda found: not np.all((found >= 0) & (found <= 1)), x):
            found = value_of(x)
            raise DataError(
                tr(
                    "binary_cross_entropy: expected probabilities and targets from 0 to 1, got {found} ({where})"
                ).format(found=float(found[~((found >= 0) & (found <= 1))].flat[0]), where=here())
            )
    losses = surprise(input, target)
    return _reduced(losses if weight is None else mul(losses, weight), reduction)


@function
def binary_cross_entropy(
    input: Any, target: Any, weight: Any = None, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Any:
    """Cross-entropy of probabilities with targets between 0 and 1.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.binary_cross_entropy(tg.tensor([0.5, 0.25]), tg.tensor([1.0, 1.0]), reduction="none")  # ln 2, ln 4
        tensor([0.6931, 1.3863])
    """
    reduction = _told(size_average, reduce, reduction)
    return binary_cross_entropy_of(input, target, weight, reduction)


@composite(
    symbol="L1",
    latex=r"\frac{1}{n} \sum |x - t|",
    sample=_pair_sample,
    method=False,
    kinks=("input - target",),
    at_kink="0 where input and target are equal.",
)
def l1_loss(input: Array, target: Array, reduction: str = "mean") -> Array:
    """Mean absolute error.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.l1_loss(tg.tensor([1.0, 5.0]), tg.tensor([2.0, 2.0]))
        tensor(2.)
    """
    _same_shape("l1_loss", input, target)
    return _reduced(abs(sub(input, target)), reduction)


def _bent_sample(name: str) -> Any:
    def sample(draw: Draw) -> Sample:
        pair = _pair_sample(draw)
        return Sample(pair.inputs, {**pair.attrs, name: draw.choice([1.0, 0.4])})

    return sample


@composite(
    symbol="Huber",
    latex=r"\begin{cases} \frac{1}{2} d^2 & |d| < \delta \\ \delta (|d| - \frac{\delta}{2}) & \end{cases}",
    sample=_bent_sample("delta"),
    method=False,
)
def huber_loss_of(input: Array, target: Array, reduction: str = "mean", delta: float = 1.0) -> Array:
    """Squared error near 0, absolute error further than ``delta``.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.huber_loss_of(tg.tensor([1.0, 7.0]), tg.tensor([0.0, 0.0]), "none", delta=2.0)  # 1²/2, 2 · (7 − 1)
        tensor([ 0.5, 12. ])
    """
    _same_shape("huber_loss", input, target)
    if delta <= 0:
        raise UsageError(
            tr("huber_loss: expected a positive delta, got {found} ({where})").format(found=delta, where=here())
        )
    size = abs(sub(input, target))
    far = ge(size, delta)
    small = where(far, 0, size)  # an infinity squared would leave NaN in the gradient of the branch not taken
    return _reduced(where(far, mul(sub(size, 0.5 * delta), delta), mul(mul(small, small), 0.5)), reduction)


@function
def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None) -> Any:
    """Squared error near 0, absolute error further than ``delta``.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.huber_loss(tg.tensor([0.5, 3.0]), tg.tensor([0.0, 0.0]), reduction="none")  # 0.5²/2, 3 − 0.5
        tensor([0.125, 2.5  ])
    """
    if weight is None:
        return huber_loss_of(input, target, reduction, delta)
    return _weighted_mean(huber_loss_of(input, target, "none", delta), weight, reduction)


def _weighted_mean(losses: Any, weight: Any, reduction: str) -> Any:
    losses = mul(losses, weight)
    return div(sum(losses), sum(weight)) if reduction == "mean" else _reduced(losses, reduction)


@composite(
    symbol="SL1",
    latex=r"\begin{cases} \frac{d^2}{2 \beta} & |d| < \beta \\ |d| - \frac{\beta}{2} & \end{cases}",
    sample=_bent_sample("beta"),
    method=False,
)
def smooth_l1_loss_of(input: Array, target: Array, reduction: str = "mean", beta: float = 1.0) -> Array:
    """Squared error near 0 (over 2β), absolute error further than β.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.smooth_l1_loss_of(tg.tensor([2.0, 9.0]), tg.tensor([0.0, 0.0]), "none", beta=4.0)  # 2²/8, 9 − 2
        tensor([0.5, 7. ])
    """
    _same_shape("smooth_l1_loss", input, target)
    if beta < 0:
        raise UsageError(
            tr("smooth_l1_loss: expected beta of at least 0, got {found} ({where})").format(found=beta, where=here())
        )
    size = abs(sub(input, target))
    if beta == 0:
        return _reduced(size, reduction)
    far = ge(size, beta)
    small = where(far, 0, size)
    return _reduced(where(far, sub(size, 0.5 * beta), mul(mul(small, small), 0.5 / beta)), reduction)


@function
def smooth_l1_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean", beta: float = 1.0
) -> Any:
    """Squared error near 0 (over 2β), absolute error further than β.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.smooth_l1_loss(tg.tensor([1.0, 7.0]), tg.tensor([0.0, 0.0]), beta=2.0, reduction="none")  # 1²/4, 7 − 1
        tensor([0.25, 6.  ])
    """
    reduction = _told(size_average, reduce, reduction)
    return smooth_l1_loss_of(input, target, reduction, beta)


def _divergence_sample(draw: Draw) -> Sample:
    shape = draw.shape(1, 2)
    return Sample(
        (draw.array(shape), draw.array(shape, 0.1, 0.9)),
        {"reduction": draw.choice(["mean", "sum", "none", "batchmean"]), "log_target": draw.choice([False, True])},
    )


@composite(symbol="KL", latex=r"\sum t (\ln t - x)", sample=_divergence_sample, method=False)
def kl_div_of(input: Array, target: Array, reduction: str = "mean", log_target: bool = False) -> Array:
    """Divergence of Kullback and Leibler: log-probabilities against probabilities (or their logarithms).

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.kl_div_of(tg.tensor([0.25, 0.75]).log(), tg.tensor([1.0, 0.0]), "sum").exp()  # 1 / 0.25
        tensor(4.)
    """
    losses = mul(exp(target), sub(target, input)) if log_target else sub(xlogy(target, target), mul(target, input))
    if reduction == "batchmean":
        return div(sum(losses), float(input.shape[0] if len(input.shape) else 1))
    return _reduced(losses, reduction)


@function
def kl_div(
    input: Any,
    target: Any,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Any:
    """Divergence of Kullback and Leibler; ``batchmean`` is the mathematical one.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.kl_div(tg.tensor([0.5, 0.5]).log(), tg.tensor([1.0, 0.0]), reduction="sum")  # one bit, ln 2
        tensor(0.6931)
    """
    reduction = _told(size_average, reduce, reduction)
    return kl_div_of(input, target, reduction, log_target)


@function
def hinge_embedding_loss(
    input: Any, target: Any, margin: float = 1.0, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Any:
    """The distance where the target is 1, what it lacks to the margin where it is −1.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.hinge_embedding_loss(tg.tensor([0.25, 0.25]), tg.tensor([1.0, -1.0]), reduction="none")
        tensor([0.25, 0.75])
    """
    reduction = _told(size_average, reduce, reduction)
    alike, unlike = eq(target, 1), eq(target, -1)
    losses = add(where(alike, 0, clamp_min(sub(margin, input), 0.0)), where(unlike, 0, input))
    return _reduced(losses, reduction)


@function
def soft_margin_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Any:
    """ln(1 + exp(−target · input)).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.soft_margin_loss(tg.tensor([0.0, 200.0]), tg.tensor([1.0, -1.0]), reduction="none")
        tensor([  0.6931, 200.    ])
    """
    reduction = _told(size_average, reduce, reduction)
    return _reduced(neg(logsigmoid(mul(target, input))), reduction)


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
        tensor([0. , 4.5])
    """
    reduction = _told(size_average, reduce, reduction)
    _same_count("margin_ranking_loss", input1, input2, target)
    return _reduced(clamp_min(add(mul(neg(target), sub(input1, input2)), margin), 0.0), reduction)


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
    reduction = _told(size_average, reduce, reduction)
    if len(target.shape) > 1 or {len(input1.shape), len(input2.shape)} != {len(target.shape) + 1}:
        raise refusal(
            "cosine_embedding_loss",
            tr("vectors (N, D) with targets (N,), or (D,) with ()"),
            (tuple(input1.shape), tuple(input2.shape), tuple(target.shape)),
        )
    lengths = [add(sum(mul(x, x), -1), _TINY) for x in (input1, input2)]
    cosine = div(sum(mul(input1, input2), -1), mul(lengths[0], lengths[1]) ** 0.5)
    alike = value_of(eq(target, 1))
    return _reduced(
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
        tensor(0.5)
    """
    reduction = _told(size_average, reduce, reduction)
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
    _same_count("triplet_margin_loss", anchor, positive, negative)
    distance = distance_function or pairwise_distance
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = minimum(far, distance(positive, negative))
    return _reduced(clamp_min(add(sub(near, far), margin), 0.0), reduction)


@function
def poisson_nll_loss(
    input: Any,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    size_average: Any = None,
    eps: float = 1e-8,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """Negative log-likelihood of counts: exp(x) − t x, or x − t ln(x + eps); ``full`` adds Stirling's term.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> rate, count = tg.tensor([2.0, 2.0]), tg.tensor([0.0, 1.0])
        >>> F.poisson_nll_loss(rate, count, log_input=False, reduction="none")  # 2, 2 − ln 2
        tensor([2.    , 1.3069])
    """
    reduction = _told(size_average, reduce, reduction)
    losses = sub(exp(input), mul(target, input)) if log_input else sub(input, mul(target, log(add(input, eps))))
    if full:
        stirling = add(sub(mul(target, log(target)), target), mul(log(mul(target, 2 * np.pi)), 0.5))
        losses = add(losses, where(value_of(target) > 1, stirling, 0))
    return _reduced(losses, reduction)


@function
def gaussian_nll_loss(
    input: Any, target: Any, var: Any, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Any:
    """Negative log-likelihood of normal laws: ½ (ln v + (x − t)² / v), v being eps at least (a constant there).

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> error, var = tg.tensor([3.0, 3.0]), tg.tensor([1.0, 9.0])
        >>> F.gaussian_nll_loss(error, error * 0, var, reduction="none")  # a doubt that is said costs less
        tensor([4.5   , 1.5986])
    """
    if isinstance(var, float | int):
        var = constant(np.full(tuple(input.shape), var, dtype_of(input)))
    if len(var.shape) == len(input.shape) - 1:
        var = unsqueeze(var, -1)
    if np.any(value_of(var) < 0):
        raise DataError(tr("gaussian_nll_loss: expected variances of at least 0 ({where})").format(where=here()))
    var = add(var, np.maximum(eps - value_of(var), 0).astype(dtype_of(var)))
    error = sub(input, target)
    losses = mul(add(log(var), div(mul(error, error), var)), 0.5)
    return _reduced(add(losses, 0.5 * float(np.log(2 * np.pi))) if full else losses, reduction)


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
        tensor(0.25)
    """
    reduction = _told(size_average, reduce, reduction)
    if p not in (1, 2):
        raise UsageError(
            tr("multi_margin_loss: expected p of 1 or 2, got {found} ({where})").format(found=p, where=here())
        )
    alone = len(input.shape) < 2
    rows = reshape_to(input, (1, -1)) if alone else input
    labels = integers(value_of(target)).reshape(-1)
    _within("multi_margin_loss", labels, 0, rows.shape[1])
    own = gather(rows, 1, labels[:, None])
    terms = _lacking(add(sub(margin, own), rows))
    terms = mul(terms, terms) if p == 2 else terms
    terms = where(np.arange(rows.shape[1]) == labels[:, None], 0, terms)
    if weight is not None:
        terms = mul(terms, unsqueeze(getitem(weight, labels), 1))
    losses = div(sum(terms, 1), float(rows.shape[1]))
    return _reduced(reshape_to(losses, np.shape(target)) if alone else losses, reduction)


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
        tensor(0.25)
    """
    reduction = _told(size_average, reduce, reduction)
    alone = len(input.shape) < 2
    rows = reshape_to(input, (1, -1)) if alone else input
    labels = integers(value_of(target)).reshape(tuple(rows.shape))
    _within("multilabel_margin_loss", labels, -1, rows.shape[1])
    listed = np.cumprod(labels >= 0, axis=1).astype(np.bool_)
    mine = np.zeros(labels.shape, np.bool_)
    np.logical_or.at(mine, (np.nonzero(listed)[0], labels[listed]), True)
    own = gather(rows, 1, np.where(listed, labels, 0))
    gaps = _lacking(add(sub(1.0, unsqueeze(own, 2)), unsqueeze(rows, 1)))
    losses = div(sum(where(listed[:, :, None] & ~mine[:, None, :], gaps, 0), (1, 2)), float(rows.shape[1]))
    return _reduced(reshape_to(losses, ()) if alone else losses, reduction)


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
    reduction = _told(size_average, reduce, reduction)
    losses = neg(add(mul(target, logsigmoid(input)), mul(sub(1, target), logsigmoid(neg(input)))))
    return _reduced(mean(losses if weight is None else mul(losses, weight), -1), reduction)
