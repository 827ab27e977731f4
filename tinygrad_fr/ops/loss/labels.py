"""Labels of a loss: the classes that they choose, which of them count, and how much."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.arguments.fits import here, refusal
from tinygrad_fr.errors import DataError, RangeError, ShapeError
from tinygrad_fr.locale import _ as tr
from tinygrad_fr.ops.arithmetic import div, mul
from tinygrad_fr.ops.comparison import where
from tinygrad_fr.ops.definition import Array
from tinygrad_fr.ops.indexing.gather import gather
from tinygrad_fr.ops.indexing.subscripts import getitem
from tinygrad_fr.ops.loss.shared import reduced
from tinygrad_fr.ops.reductions.sums import sum
from tinygrad_fr.ops.shapes.permutation import movedim
from tinygrad_fr.ops.shapes.shape import reshape_to
from tinygrad_fr.ops.shared.untracked import dtype_of, value_of
from tinygrad_fr.record.node import Node
from tinygrad_fr.sampling import Draw, Sample

if TYPE_CHECKING:
    from collections.abc import Callable


@lru_cache(maxsize=16)
def places(count: int) -> Array:
    """0, 1, 2, … which many calls share: nobody writes to them."""
    places = np.arange(count)
    places.flags.writeable = False
    return places


def of_class(rows: Any, labels: Any) -> Any:
    """The element of each row (…, C) that its label chooses."""
    picked = gather(rows, -1, labels[..., None])
    return reshape_to(picked, labels.shape)


def check_labels(name: str, target: Any) -> None:
    """Refuse a tensor of labels that PyTorch has no kernel for."""
    if isinstance(target, Node) and dtype_of(target) not in (np.int64, np.uint8):
        raise refusal(name, tr("labels of int64"), dtype_of(target), DataError)


def labels_of(name: str, input: Any, target: Any, ignore_index: int) -> tuple[Any, Any, Any]:
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


def weighed(surprises: Any, labels: Any, counts: Any, classes: int, weight: Any, reduction: str) -> Any:
    """The loss out of −ln p of each label, by the weights of their classes, without the labels that do not count."""
    shares: Any = counts.astype(dtype_of(surprises))
    if weight is not None:
        if tuple(weight.shape) != (classes,):
            raise refusal("nll_loss", tr("a weight for each class, {count}").format(count=classes), tuple(weight.shape))
        shares = mul(getitem(weight, labels), shares)
    losses = where(counts, mul(surprises, shares), 0)
    return div(sum(losses), sum(shares)) if reduction == "mean" else reduced(losses, reduction)


def labels_sample(draw: Draw) -> Sample:
    """Scores (N, C, …), labels (N, …), and weights of the classes or none."""
    n, c = draw.integer(1, 3), draw.integer(1, 3)
    sides = draw.shape(0, 1)
    weight = draw.choice([None, draw.array((c,), 0.5, 2.0)])
    return Sample(
        (draw.array((n, c, *sides)), draw.indices((n, *sides), c), weight),
        {"reduction": draw.choice(["mean", "sum", "none"])},
    )


def weighing(
    loss: Any,
    surprises_of: Callable[[Array, Array], tuple[Array, Any]],
    to_rows: Callable[[Array, Any, tuple[int, int], Array], Array],
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The shortcut of a loss of labels, as :func:`weighed` says it: a function for its value, and one for its gradients.

    Args:
        loss: the composite, whose equations refuse what does not fit.
        surprises_of: rows (n, C) and their labels (n,) → −ln p of each label, and what its gradient needs.
        to_rows: the gradient of each surprise (n,), what was left for it, the rows' shape and labels → the gradient of the rows.
    """

    def forward(
        input: Array, target: Array, weight: Array | None, ignore_index: int, reduction: str
    ) -> tuple[Array, Any]:
        rows, labels, counts = labels_of(loss.shown_as, input, target, ignore_index)
        classes, at = rows.shape[-1], labels.reshape(-1)
        if weight is not None and weight.shape != (classes,):
            return loss.equations(input, target, weight, ignore_index, reduction), None  # which refuses it
        surprises, left = surprises_of(rows.reshape(at.size, classes), at)
        shares = counts.reshape(-1).astype(surprises.dtype)
        if weight is not None:
            shares = weight[at] * shares
        with np.errstate(all="ignore"):
            losses = np.where(counts, (surprises * shares).reshape(labels.shape), surprises.dtype.type(0))
            total = np.add.reduce(shares)
            value = np.add.reduce(losses, axis=None) / total if reduction == "mean" else reduced(losses, reduction)
        return np.asarray(value), (labels, counts.reshape(-1), surprises, left, shares, total, value)

    def backward(
        g: Array,
        saved: Any,
        needs: int,
        input: Array,
        target: Array,
        weight: Array | None,
        ignore_index: int,
        reduction: str,
    ) -> tuple[Array | None, ...]:
        labels, counts, surprises, left, shares, total, value = saved
        classes_at, at = 1 if input.ndim > 1 else 0, labels.reshape(-1)
        classes = input.shape[classes_at]
        to_input = to_weight = None
        with np.errstate(all="ignore"):
            each = g / total if reduction == "mean" else g.reshape(-1) if reduction == "none" else g
            if needs & 1:
                pulls = np.where(counts, shares * each, shares.dtype.type(0))
                rows = to_rows(pulls, left, (at.size, classes), at)
                to_input = np.moveaxis(rows.reshape(*labels.shape, classes), -1, classes_at)
            if needs & 4:  # of a mean, by how far each surprise is from it
                distance = surprises - value if reduction == "mean" else surprises
                to_weight = np.zeros(classes, surprises.dtype)
                np.add.at(to_weight, at, np.where(counts, distance * each, 0))
        return to_input, None, to_weight

    return forward, backward
