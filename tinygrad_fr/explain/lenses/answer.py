"""The predictions of a run and the targets, read from the loss that compared them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.explain.equations.tracing import operation
from tinygrad_fr.locale import _, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from tinygrad_fr.explain.observed import Observed
    from tinygrad_fr.graph import Vertex

_CLASSES = ("cross_entropy", "nll_loss")
_YES_OR_NO = ("binary_cross_entropy_with_logits", "binary_cross_entropy_of_scores", "binary_cross_entropy")
_NUMBERS = ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss")
_IGNORED = -100  # PyTorch's ``ignore_index``


@dataclass(frozen=True)
class Answer:
    """The answers of the first row of a batch.

    Attributes:
        predicted: the prediction at each place: class names, or numbers.
        true: the targets; empty if they are not known.
        shares: the model's own confidence in each, between 0 and 1; empty for numbers.
        alike: whether the answers are those of the rows of a batch, and not places of one row.

    Example:
        >>> Answer(("3", "4"), ("5", "4"), (0.75, 0.5)).right
        1
    """

    predicted: tuple[str, ...]
    true: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()
    alike: bool = False

    @property
    def right(self) -> int:
        """The number of right answers."""
        return sum(p == t for p, t in zip(self.predicted, self.true, strict=False))

    def sentence(self) -> str:
        """The last answer in words, and how many of all are right where there are several."""
        if self.alike and self.true and len(self.predicted) > 1:
            return _("{right} of {all} answers are right").format(right=self.right, all=len(self.predicted))
        said = self.predicted[-1]
        if self.shares:
            said = _("{answer} ({share} %)").format(answer=said, share=number(100 * self.shares[-1], 0))
        if not self.true:
            return _("predicted {answer}").format(answer=said)
        told = _("predicted {answer}, true {true}").format(answer=said, true=self.true[-1])
        if len(self.predicted) == 1:
            return told
        return _("last place: {told}; {right} right of {all}").format(
            told=told, right=self.right, all=len(self.predicted)
        )


def answer(run: Observed) -> Answer | None:
    """The predictions of an observed run, read from the operands of its last loss; None if no loss gives them.

    Example:
        >>> from tinygrad_fr.explain import observed
        >>> from tinygrad_fr.plugins import Catalogue
        >>> found = answer(observed(Catalogue().load("lenet")))
        >>> found is not None and found.true
        ('6',)
    """
    judged = next((vertex for vertex in reversed(run.graph.nodes) if _kind(vertex)), None)
    if judged is None:
        return None
    scores, target = (_value(run, operand) for operand in judged.inputs[:2])
    if scores is None or target is None:
        return None
    own = run.batch.inputs is None  # a script, which has its own data and says itself what is true
    names, known = run.model.classes(run.settings), own or run.batch.target is not None
    kind = _kind(judged)
    if kind is _CLASSES:
        ignored = judged.attrs.get("ignore_index", _IGNORED)
        found = _of_classes(run, operation(judged), scores, target, names, known, ignored)
        return replace(found, alike=True) if own and found is not None else found
    return _of_numbers(scores, target, names if kind is _YES_OR_NO else None, operation(judged), known)


def _kind(vertex: Vertex) -> tuple[str, ...]:
    return next((kind for kind in (_CLASSES, _YES_OR_NO, _NUMBERS) if operation(vertex).startswith(kind)), ())


def _value(run: Observed, operand: Any) -> npt.NDArray[Any] | None:
    value = run.graph.by_id[operand].value if isinstance(operand, int) else operand.value
    return None if value is None or isinstance(value, tuple) else np.asarray(value)


def _of_classes(
    run: Observed, name: str, scores: Any, target: Any, names: Sequence[str], known: bool, ignored: int
) -> Answer | None:
    """The likeliest class at each place of the first row."""
    if target.shape == scores.shape and target.dtype.kind == "f":  # shares of each class instead of its number
        target = target.argmax(axis=1 if scores.ndim > 1 else 0)
    rows = np.moveaxis(scores, 1, -1) if scores.ndim > 1 else scores[None]
    target = target.reshape(rows.shape[:-1])
    if rows.ndim > 2:
        rows, target = rows[0], target[0]
    elif (batch := _rows(run)) > 1:  # rows of a batch; places of several rows laid end to end cannot be told apart
        if batch != len(rows):
            return None
        rows, target = rows[:1], target[:1]
    rows, target = rows.reshape(-1, rows.shape[-1]).astype(np.float64), target.reshape(-1)
    if len(names) != rows.shape[1]:  # those of another question
        names = ()
    kept = target != ignored
    rows, target = rows[kept], target[kept]
    if not len(rows):
        return None
    shares = np.exp(rows if name.startswith("nll_loss") else rows - _log_sum_exp(rows))
    best = rows.argmax(axis=1)
    return Answer(
        tuple(_named(i, names) for i in best.tolist()),
        tuple(_named(i, names) for i in target.tolist()) if known else (),
        tuple(shares[np.arange(len(best)), best].tolist()),
    )


def _of_numbers(scores: Any, target: Any, names: Sequence[str] | None, name: str, known: bool) -> Answer | None:
    """The number of the first row, or which of two classes it stands for; None where a row has several."""
    if scores.shape != target.shape or (scores.ndim and scores[0].size != 1):
        return None
    given, wanted = float(scores.reshape(-1)[0]), float(target.reshape(-1)[0])
    if names is None:
        return Answer((number(given),), (number(wanted),) if known else ())
    share = given if name in ("binary_cross_entropy", "binary_cross_entropy_of") else 1 / (1 + np.exp(-given))
    yes = share > 0.5
    return Answer(
        (_named(int(yes), names),),
        (_named(int(wanted > 0.5), names),) if known else (),
        (float(max(share, 1 - share)),),
    )


def _rows(run: Observed) -> int:
    inputs = run.batch.inputs
    first = inputs[0] if isinstance(inputs, tuple) else inputs
    shape = getattr(first, "shape", ())
    return int(shape[0]) if shape else 1


def _log_sum_exp(rows: Any) -> Any:
    highest = rows.max(axis=1, keepdims=True)
    return highest + np.log(np.exp(rows - highest).sum(axis=1, keepdims=True))


def _named(index: int, names: Sequence[str]) -> str:
    if index >= len(names):
        return str(index)
    return f"“{names[index] if names[index].strip() else '␣'}”"
