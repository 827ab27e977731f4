"""Losses of regression: squared error, absolute error, and those between the two."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import here
from tinygrad_fr.errors import DtypeError, UsageError
from tinygrad_fr.explanation import Explanation, message
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import abs, mul, sub
from tinygrad_fr.ops.conversion import cast
from tinygrad_fr.ops.definition import Array, Kinds, composite, elementwise
from tinygrad_fr.ops.loss.shared import reduced, same_shape, squares_reduced
from tinygrad_fr.ops.shared.untracked import dtype_of
from tinygrad_fr.sampling import Draw, Sample


def _pair_sample(draw: Draw) -> Sample:
    shape = draw.shape(0, 3)
    return Sample((draw.array(shape), draw.array(shape)), {"reduction": draw.choice(["mean", "sum", "none"])})


@composite(
    symbol="MSE",
    latex=r"\frac{1}{n} \sum (x - t)^2",
    sample=_pair_sample,
    method=False,
    explained=Explanation(
        word=message("mean squared error"),
        forward=message("Measure the error: the mean of the squared differences."),
        backward=message("The gradient is in proportion to the difference: large errors pull hard."),
        letters=("x", "t"),
        sends=(r"\frac{2}{n} (x - t) G", r"\frac{2}{n} (t - x) G"),
    ),
)
def mse_loss(input: Array, target: Array, reduction: str = "mean") -> Array:
    """Mean squared error.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> F.mse_loss(tg.tensor([1.0, 3.0]), tg.tensor([1.0, 1.0])).item()
        2.0
    """
    same_shape("mse_loss", input, target)
    error = sub(input, target)
    return reduced(mul(error, error), reduction)


def _mse_forward(input: Array, target: Array, reduction: str) -> tuple[Array, Array]:
    """The loss, and the errors, which are all that backward needs."""
    same_shape("mse_loss", input, target)
    error = sub.of_arrays(input, target) if input.dtype is target.dtype else np.asarray(sub(input, target))
    return np.asarray(squares_reduced(error, reduction)), error


def _mse_backward(
    g: Array, error: Array, needs: int, input: Array, target: Array, reduction: str
) -> tuple[Array | None, ...]:
    share = mul.of_arrays(error, g * error.dtype.type(2 / max(error.size, 1) if reduction == "mean" else 2))
    return share if needs & 1 else None, -share if needs & 2 else None


mse_loss.fused(_mse_forward, _mse_backward)


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
    check_absolute(input, target)
    return reduced(abs(sub(input, target)), reduction)


def check_absolute(input: Any, target: Any) -> None:
    """Refuse what :func:`l1_loss` is not of."""
    same_shape("l1_loss", input, target)


def _bent_sample(name: str) -> Any:
    def sample(draw: Draw) -> Sample:
        pair = _pair_sample(draw)
        return Sample(pair.inputs, {**pair.attrs, name: draw.choice([1.0, 0.4])})

    return sample


_PROMOTED = Kinds(common="f")  # integers beside floats, as PyTorch takes them

# The errors of single elements, which the losses below reduce.

bent_error = elementwise(
    "bent_error",
    "where(abs(x - t) < delta, 0.5 * (x - t) * (x - t), delta * (abs(x - t) - 0.5 * delta))",
    {
        "x": "g * where(abs(x - t) >= delta, delta * sign(x - t), x - t)",
        "t": "-g * where(abs(x - t) >= delta, delta * sign(x - t), x - t)",
    },
    attrs={"delta": 1.0},
    doc="Squared error near 0, absolute error further than ``delta``: Huber's loss of each element.",
    kinds=_PROMOTED,
    method=False,
    explained=Explanation(shown_as="huber_loss"),
)
rounded_error = elementwise(
    "rounded_error",
    "where(abs(x - t) < beta, 0.5 * (x - t) * (x - t) / beta, abs(x - t) - 0.5 * beta)",
    {
        "x": "g * where(abs(x - t) >= beta, sign(x - t), (x - t) / beta)",
        "t": "-g * where(abs(x - t) >= beta, sign(x - t), (x - t) / beta)",
    },
    attrs={"beta": 1.0},
    doc="Squared error near 0 (over 2β), absolute error further than β: the smooth L1 loss of each element.",
    kinds=_PROMOTED,
    method=False,
    explained=Explanation(shown_as="smooth_l1_loss"),
)


@composite(
    symbol="Huber",
    latex=r"\begin{cases} \frac{1}{2} d^2 & |d| < \delta \\ \delta (|d| - \frac{\delta}{2}) & \end{cases}",
    sample=_bent_sample("delta"),
    method=False,
    explained=Explanation(shown_as="huber_loss"),
)
def huber_loss_of(input: Array, target: Array, reduction: str = "mean", delta: float = 1.0) -> Array:
    """Squared error near 0, absolute error further than ``delta``.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["huber_loss_of"](tg.tensor([1.0, 7.0]), tg.tensor([0.0, 0.0]), "none", delta=2.0)  # 1²/2, 2 · (7 − 1)
        tensor([ 0.5000, 12.0000])
    """
    check_bent(input, target, delta)
    errors, kind = bent_error(input, target, delta=float(delta)), dtype_of(input)
    # The input's dtype is the result's, whatever the target is made of.
    return reduced(errors if kind == dtype_of(errors) else cast(errors, kind), reduction)


def check_bent(input: Any, target: Any, delta: float) -> None:
    """Refuse what :func:`huber_loss_of` is not of."""
    same_shape("huber_loss", input, target)
    if delta <= 0:
        raise UsageError(
            tr("huber_loss: expected a positive delta, got {found} ({where})").format(found=delta, where=here())
        )
    kind = dtype_of(input)
    if kind.kind != "f":
        raise DtypeError(
            tr("{op}: not for elements of {found} ({where})").format(op="huber_loss", found=kind, where=here())
        )


@composite(
    symbol="SL1",
    latex=r"\begin{cases} \frac{d^2}{2 \beta} & |d| < \beta \\ |d| - \frac{\beta}{2} & \end{cases}",
    sample=_bent_sample("beta"),
    method=False,
    explained=Explanation(shown_as="smooth_l1_loss"),
)
def smooth_l1_loss_of(input: Array, target: Array, reduction: str = "mean", beta: float = 1.0) -> Array:
    """Squared error near 0 (over 2β), absolute error further than β.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.ops.registry["smooth_l1_loss_of"](tg.tensor([2.0, 9.0]), tg.tensor([0.0, 0.0]), "none", beta=4.0)  # 2²/8, 9 − 2
        tensor([0.5000, 7.0000])
    """
    check_rounded(input, target, beta)
    if beta == 0:
        return reduced(abs(sub(input, target)), reduction)
    return reduced(rounded_error(input, target, beta=float(beta)), reduction)


def check_rounded(input: Any, target: Any, beta: float) -> None:
    """Refuse what :func:`smooth_l1_loss_of` is not of."""
    same_shape("smooth_l1_loss", input, target)
    if beta < 0:
        raise UsageError(
            tr("smooth_l1_loss: expected beta of at least 0, got {found} ({where})").format(found=beta, where=here())
        )
