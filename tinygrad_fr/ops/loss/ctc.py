"""Connectionist temporal classification (Graves et al. 2006): the loss of a sequence whose alignment is unknown."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.arguments.fits import here
from tinygrad_fr.errors import ShapeError
from tinygrad_fr.explanation import Explanation
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import add, div, logaddexp, neg
from tinygrad_fr.ops.comparison import where
from tinygrad_fr.ops.definition import Array, composite
from tinygrad_fr.ops.indexing.gather import gather
from tinygrad_fr.ops.indexing.subscripts import getitem
from tinygrad_fr.ops.reductions.sums import mean, sum
from tinygrad_fr.ops.shapes.padding import pad_constant
from tinygrad_fr.ops.shapes.shape import reshape_to, unsqueeze
from tinygrad_fr.ops.shared.overloads import function
from tinygrad_fr.ops.shared.untracked import dtype_of, value_of
from tinygrad_fr.sampling import Draw, Sample

# The logarithm of a probability that is zero: finite, so that differences of two of them are numbers.
NEVER = -1e30


def _sample(draw: Draw) -> Sample:
    steps, batch, classes, length = draw.integer(4, 5), draw.integer(1, 2), draw.integer(2, 3), draw.integer(1, 2)
    targets = 1 + draw.indices((batch, length), classes - 1)
    return Sample(
        (draw.array((steps, batch, classes)),),
        {"targets": targets, "input_lengths": np.full(batch, steps), "target_lengths": np.full(batch, length)},
    )


@composite(
    symbol="CTC",
    latex=r"-\ln \sum_{\pi \to t} \prod_i p_{i, \pi_i}",
    sample=_sample,
    method=False,
    explained=Explanation(shown_as="ctc_loss"),
)
def ctc_losses(log_probs: Array, targets: Any, input_lengths: Any, target_lengths: Any, blank: int = 0) -> Array:
    """−ln of the total probability of every alignment: log-probabilities (T, N, C), targets (N, S) give (N,).

    Example:
        >>> import tinygrad_fr as tg
        >>> import numpy as np
        >>> even = tg.full((3, 1, 2), 0.5).log()  # 3 steps, 1 sequence, blank or “a”
        >>> loss = tg.ops.registry["ctc_losses"](even, np.array([[1]]), np.array([3]), np.array([1]))
        >>> loss.neg().exp()  # 6 of the 8 alignments are “a”: all but ___ and a_a
        tensor([0.7500])
    """
    batch, length = targets.shape
    labels = np.full((batch, 2 * length + 1), blank)
    labels[:, 1::2] = targets
    skips = np.zeros(labels.shape, np.bool_)
    skips[:, 2:] = (labels[:, 2:] != blank) & (labels[:, 2:] != labels[:, :-2])
    first = np.arange(labels.shape[1]) < 2

    def step(t: int) -> Any:
        return gather(getitem(log_probs, t), 1, labels)

    alpha = where(first & np.ones_like(skips), step(0), NEVER)
    for t in range(1, log_probs.shape[0]):
        moved = [
            pad_constant(getitem(alpha, (slice(None), slice(0, -k))), ((0, 0), (k, 0)), NEVER)
            if labels.shape[1] > k
            else add(alpha * 0, NEVER)
            for k in (1, 2)
        ]
        total = logaddexp(logaddexp(alpha, moved[0]), where(skips, moved[1], NEVER))
        alpha = where((t < input_lengths)[:, None], add(total, step(t)), alpha)
    last = (2 * np.asarray(target_lengths))[:, None]
    ends = gather(alpha, 1, last)
    before = where(last > 0, gather(alpha, 1, np.maximum(last - 1, 0)), NEVER)
    return reshape_to(neg(logaddexp(ends, before)), (batch,))


@function
def ctc_loss(
    log_probs: Any,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Any:
    """Loss of sequences whose alignment is unknown; "mean" divides each loss by the length of its target first.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.nn import functional as F
        >>> even = tg.full((2, 1, 2), 0.5).log()  # 2 steps, 1 sequence, blank or “a”
        >>> F.ctc_loss(even, tg.tensor([[1]]), [2], [1]).neg().exp()  # aa, a_ and _a are “a”, __ is not
        tensor(0.7500)
    """
    alone = len(log_probs.shape) == 2
    rows = unsqueeze(log_probs, 1) if alone else log_probs
    batch = rows.shape[1]
    inputs = np.atleast_1d(np.asarray(value_of(input_lengths)))
    lengths = np.atleast_1d(np.asarray(value_of(target_lengths)))
    found = np.asarray(value_of(targets))
    if found.ndim == 1 and not (alone and found.size == lengths.max(initial=0)):
        table = np.full((batch, int(lengths.max(initial=0))), blank)
        for n, part in enumerate(np.split(found, np.cumsum(lengths)[:-1])):
            table[n, : len(part)] = part
        found = table
    found = np.atleast_2d(found)[:, : int(lengths.max(initial=0))]
    if inputs.shape != (batch,) or lengths.shape != (batch,) or inputs.max(initial=0) > rows.shape[0]:
        raise ShapeError(
            tr(
                "ctc_loss: expected {batch} lengths of at most {steps} steps, got {inputs} and {lengths} ({where})"
            ).format(batch=batch, steps=rows.shape[0], inputs=inputs.tolist(), lengths=lengths.tolist(), where=here())
        )
    losses = ctc_losses(rows, found, inputs, lengths, blank)
    impossible = value_of(losses) > -NEVER / 2
    if impossible.any():
        losses = where(impossible, 0.0 if zero_infinity else np.inf, losses)
    if reduction == "mean":
        return mean(div(losses, np.maximum(lengths, 1).astype(dtype_of(log_probs))))
    if reduction == "sum":
        return sum(losses)
    return reshape_to(losses, ()) if alone else losses
