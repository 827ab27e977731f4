"""Cross-entropy of two classes, of scores or of probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import here, refusal
from tinygrad_fr.errors import DataError
from tinygrad_fr.explanation import Explanation
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.activation import logsigmoid
from tinygrad_fr.ops.arithmetic import add, mul, sub
from tinygrad_fr.ops.conversion import cast
from tinygrad_fr.ops.definition import Array, composite, elementwise
from tinygrad_fr.ops.loss.shared import of_floats, reduced, reduction_of, same_shape
from tinygrad_fr.ops.shared.overloads import function
from tinygrad_fr.ops.shared.untracked import assumed, dtype_of, value_of
from tinygrad_fr.sampling import Draw, Sample


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
    explained=Explanation(shown_as="binary_cross_entropy_with_logits"),
)
def binary_cross_entropy_of_scores(
    input: Array, target: Array, weight: Array | None = None, pos_weight: Array | None = None, reduction: str = "mean"
) -> Array:
    """Cross-entropy of the sigmoid of the scores with targets between 0 and 1, exact for large scores.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["binary_cross_entropy_of_scores"](tg.tensor([-100.0]), tg.tensor([1.0]), pos_weight=tg.tensor([3.0]))
        tensor(300.)
    """
    check_scores(input, target)
    if pos_weight is None:
        losses = sub(mul(sub(1, target), input), logsigmoid(input))
    else:
        factor = add(1, mul(sub(pos_weight, 1), target))
        losses = sub(mul(sub(1, target), input), mul(factor, logsigmoid(input)))
    return reduced(losses if weight is None else mul(losses, weight), reduction)


def check_scores(input: Any, target: Any) -> None:
    """Refuse what :func:`binary_cross_entropy_of_scores` is not of."""
    same_shape("binary_cross_entropy_with_logits", input, target)
    of_floats("binary_cross_entropy_with_logits", target)


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
        tensor([  0.6931, 200.0000])
    """
    reduction = reduction_of(size_average, reduce, reduction)
    name = "binary_cross_entropy_with_logits"
    weights = _weighing(name, weight, input, target), _weighing(name, pos_weight, input, target)
    return binary_cross_entropy_of_scores(input, target, *weights, reduction)


def _weighing(name: str, weight: Any, input: Any, target: Any) -> Any:
    """Weights in the dtype of the losses, which they do not change, nor their shape."""
    if weight is None or not hasattr(weight, "dtype"):
        return weight
    shape, own = tuple(input.shape), tuple(weight.shape)
    if len(own) > len(shape) or any(a not in (1, b) for a, b in zip(own[::-1], shape[::-1], strict=False)):
        raise refusal(name, tr("weights that fit losses of shape {shape}").format(shape=shape), own)
    return cast(weight, np.result_type(dtype_of(input), dtype_of(target)))


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
    example={
        "tg.ops.registry['surprise'](tg.tensor([0.25, 0.0]), tg.tensor([1.0, 1.0]))": "tensor([  1.3863, 100.0000])"
    },
    explained=Explanation(shown_as="binary_cross_entropy"),
)


@composite(
    symbol="BCE",
    latex=r"-\frac{1}{n} \sum \left[t \ln x + (1 - t) \ln(1 - x)\right]",
    sample=_probability_sample,
    method=False,
    explained=Explanation(shown_as="binary_cross_entropy"),
)
def binary_cross_entropy_of(input: Array, target: Array, weight: Array | None = None, reduction: str = "mean") -> Array:
    """Cross-entropy of probabilities with targets between 0 and 1; logarithms count as −100 at least, as PyTorch's.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["binary_cross_entropy_of"](tg.tensor([0.25, 0.0]), tg.tensor([1.0, 1.0]), reduction="none")  # ln 4; never ∞
        tensor([  1.3863, 100.0000])
    """
    check_probabilities(input, target)
    losses = surprise(input, target)
    return reduced(losses if weight is None else mul(losses, weight), reduction)


_ONE: dict[str, tuple[Any, int]] = {
    "f": (np.dtype(np.uint32), 0x3F800000),
    "d": (np.dtype(np.uint64), 0x3FF0000000000000),
}  # the bits of 1.0


def _beyond(found: Array) -> bool:
    """Whether some number is not between 0 and 1: as bits, which one pass finds the largest of, those are greater than 1.0 is."""
    if found.dtype.char in _ONE and found.size:
        kind, one = _ONE[found.dtype.char]
        seen = found.view(kind)
        if seen.item(seen.argmax()) <= one:
            return False
    return not np.all((found >= 0) & (found <= 1))  # −0 too is a probability


def check_probabilities(input: Any, target: Any) -> None:
    """Refuse what :func:`binary_cross_entropy_of` is not of."""
    same_shape("binary_cross_entropy", input, target)
    of_floats("binary_cross_entropy", target)
    for x in (input, target):
        if assumed(_beyond, x):
            found = value_of(x)
            raise DataError(
                tr(
                    "binary_cross_entropy: expected probabilities and targets from 0 to 1, got {found} ({where})"
                ).format(found=float(found[~((found >= 0) & (found <= 1))].flat[0]), where=here())
            )


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
    reduction = reduction_of(size_average, reduce, reduction)
    return binary_cross_entropy_of(input, target, _weighing("binary_cross_entropy", weight, input, target), reduction)
