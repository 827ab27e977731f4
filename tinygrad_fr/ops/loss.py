"""Loss functions, PyTorch's names and defaults."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.errors import DataError, ShapeError, UsageError
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.activation import log_softmax, row_kernels, softplus
from tinygrad_fr.ops.arithmetic import mul, neg, sub
from tinygrad_fr.ops.definition import Array, Draw, Sample, composite, here
from tinygrad_fr.ops.reduction import mean, sum
from tinygrad_fr.ops.shape import take


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


def _same_shape(name: str, input: Any, target: Any) -> None:
    if tuple(input.shape) != tuple(target.shape):
        raise ShapeError(
            tr("{name}: input and target must have the same shape, got {input} and {target} ({where})").format(
                name=name, input=tuple(input.shape), target=tuple(target.shape), where=here()
            )
        )


def _pair_sample(draw: Draw) -> Sample:
    shape = draw.shape(0, 3)
    return Sample((draw.array(shape), draw.array(shape)), {"reduction": draw.choice(["mean", "sum", "none"])})


@composite(symbol="MSE", latex=r"\frac{1}{n} \sum (x - t)^2", sample=_pair_sample, method=False)
def mse_loss(input: Array, target: Array, reduction: str = "mean") -> Array:
    """Mean squared error."""
    _same_shape("mse_loss", input, target)
    error = sub(input, target)
    return _reduced(mul(error, error), reduction)


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
        raise DataError(
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
)
def cross_entropy(input: Array, target: Array, reduction: str = "mean") -> Array:
    """Negative log-likelihood of the target classes under the softmax of the scores.

    Scores (N, C), labels (N,) from 0 to C − 1. The gradient of the scores is (softmax − one-hot) / N.
    """
    labels = _check_classes(input, target)
    chosen = take(log_softmax(input, -1), (np.arange(labels.size), labels))
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


cross_entropy.fused(_cross_entropy_forward, _cross_entropy_backward)


def _binary_sample(draw: Draw) -> Sample:
    shape = draw.shape(0, 3)
    target = (draw.array(shape) > 0).astype(np.float64)
    return Sample((draw.array(shape), target), {"reduction": draw.choice(["mean", "sum", "none"])})


@composite(
    symbol="BCE",
    latex=r"\frac{1}{n} \sum \left[\ln(1 + e^{x}) - t x\right]",
    sample=_binary_sample,
    method=False,
)
def binary_cross_entropy_with_logits(input: Array, target: Array, reduction: str = "mean") -> Array:
    """Cross-entropy of the sigmoid of the scores with targets between 0 and 1, exact for large scores."""
    _same_shape("binary_cross_entropy_with_logits", input, target)
    return _reduced(sub(softplus(input), mul(target, input)), reduction)
