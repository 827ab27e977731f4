"""Losses as modules."""

from __future__ import annotations

from typing import Any

from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _
from tinygrad_fr.nn import functional as F
from tinygrad_fr.nn.applied import Applied, signature
from tinygrad_fr.nn.distance import PairwiseDistance
from tinygrad_fr.nn.module import Module
from tinygrad_fr.ops.arithmetic import minimum
from tinygrad_fr.ops.loss.shared import reduction_of

_OLD: Any = {"size_average": None, "reduce": None, "reduction": "mean"}


class _Loss(Applied, said=""):
    """A loss writes nothing of its settings; one's own has the reduction as an attribute."""

    _settings, _names = signature(_OLD), tuple(_OLD)


class _WeightedLoss(_Loss):
    """What losses of one's own with a weight for each class derive from."""

    _settings, _names = signature({"weight": None, **_OLD}), ("weight", *_OLD)


class _Legacy(_Loss):
    """A loss whose function takes the reduction alone: PyTorch's old flags are read here."""

    def forward(self, *inputs: Any, **named: Any) -> Any:
        """Apply the function."""
        chosen = dict(self._chosen)
        old = chosen.pop("size_average"), chosen.pop("reduce")
        return getattr(F, self._function)(
            *inputs, **named, **{**chosen, "reduction": reduction_of(*old, chosen["reduction"])}
        )


class L1Loss(_Legacy, function="l1_loss", **_OLD):
    """Mean absolute error.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.L1Loss()(tensor([1.0, 5.0]), tensor([2.0, 2.0]))  # (1 + 3) / 2
        tensor(2.)
    """


class MSELoss(_Legacy, function="mse_loss", **_OLD):
    """Mean squared error.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.MSELoss()(tensor([1.0, 5.0]), tensor([2.0, 2.0]))  # (1 + 9) / 2
        tensor(5.)
    """


class HuberLoss(_Loss, function="huber_loss", reduction="mean", delta=1.0):
    """d²/2 for errors d under δ, δ (d − δ/2) further.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.HuberLoss(reduction="none")(tensor([0.5, 3.0]), tensor([0.0, 0.0]))
        tensor([0.1250, 2.5000])
    """


class SmoothL1Loss(_Loss, function="smooth_l1_loss", **_OLD, beta=1.0):
    """d²/(2β) for errors d under β, d − β/2 further.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.SmoothL1Loss(reduction="none", beta=2.0)(tensor([1.0, 3.0]), tensor([0.0, 0.0]))
        tensor([0.2500, 2.0000])
    """


class CrossEntropyLoss(
    _Loss,
    function="cross_entropy",
    weight=None,
    size_average=None,
    ignore_index=-100,
    reduce=None,
    reduction="mean",
    label_smoothing=0.0,
):
    """Cross-entropy of the softmax of scores (N, C, …) with labels (N, …) or probabilities (N, C, …).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.CrossEntropyLoss()(tensor([[0.0, 1.0986]]), tensor([1]))  # −ln ¾: softmax makes 1 : 3
        tensor(0.2877)
    """


class NLLLoss(
    _Loss, function="nll_loss", weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean"
):
    """Negative log-likelihood of labels (N, …) under log-probabilities (N, C, …).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.NLLLoss()(tensor([[-0.5, -2.0], [-3.0, -0.1]]), tensor([0, 1]))  # (0.5 + 0.1) / 2
        tensor(0.3000)
    """


class BCELoss(_Loss, function="binary_cross_entropy", weight=None, **_OLD):
    """Cross-entropy of probabilities: −t ln p − (1 − t) ln(1 − p).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.BCELoss(reduction="none")(tensor([0.5, 0.25]), tensor([1.0, 0.0]))  # −ln ½, −ln ¾
        tensor([0.6931, 0.2877])
    """


class BCEWithLogitsLoss(_Loss, function="binary_cross_entropy_with_logits", weight=None, **_OLD, pos_weight=None):
    """Cross-entropy of the sigmoid of scores, which does not overflow.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.BCEWithLogitsLoss(reduction="none")(tensor([0.0, 100.0]), tensor([1.0, 0.0]))  # ln 2, 100
        tensor([  0.6931, 100.0000])
    """


class KLDivLoss(_Loss, function="kl_div", **_OLD, log_target=False):
    """Divergence of Kullback and Leibler of log-probabilities x from probabilities t: t (ln t − x).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> half = tensor([[0.5, 0.5]])
        >>> nn.KLDivLoss(reduction="batchmean")(half.log(), tensor([[1.0, 0.0]]))  # ln 2, one bit
        tensor(0.6931)
    """


class PoissonNLLLoss(
    _Loss,
    function="poisson_nll_loss",
    log_input=True,
    full=False,
    size_average=None,
    eps=1e-8,
    reduce=None,
    reduction="mean",
):
    """Negative log-likelihood of counts t under a Poisson law of mean exp(x): exp(x) − t x.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.PoissonNLLLoss(reduction="none")(tensor([0.0, 1.0]), tensor([3.0, 2.0]))  # 1 and e − 2
        tensor([1.0000, 0.7183])
    """

    def forward(self, log_input: Any, target: Any) -> Any:
        """Apply the function, whose setting has the name of what comes in here."""
        return super().forward(log_input, target)


class GaussianNLLLoss(_Loss, function="gaussian_nll_loss", full=False, eps=1e-6, reduction="mean"):
    """Negative log-likelihood of normal laws of mean x and variance v: (ln v + (x − t)²/v) / 2.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.GaussianNLLLoss()(tensor([1.0]), tensor([3.0]), tensor([1.0]))  # 2² / 2
        tensor(2.)
    """


class HingeEmbeddingLoss(_Loss, function="hinge_embedding_loss", margin=1.0, **_OLD):
    """Distances x where t = 1, what they lack to a margin where t = −1.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.HingeEmbeddingLoss(reduction="none")(tensor([0.25, 0.25]), tensor([1.0, -1.0]))
        tensor([0.2500, 0.7500])
    """


class SoftMarginLoss(_Loss, function="soft_margin_loss", **_OLD):
    """ln(1 + exp(−t x)), t being 1 or −1.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.SoftMarginLoss(reduction="none")(tensor([0.0, 100.0]), tensor([1.0, -1.0]))  # ln 2, 100
        tensor([  0.6931, 100.0000])
    """


class MarginRankingLoss(_Loss, function="margin_ranking_loss", margin=0.0, **_OLD):
    """Which of two should stand higher, the first for t = 1: max(0, margin − t (x₁ − x₂)).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.MarginRankingLoss(0.5, reduction="none")(tensor([1.0, 2.0]), tensor([3.0, 0.0]), tensor([1.0, 1.0]))
        tensor([2.5000, 0.0000])
    """


class CosineEmbeddingLoss(_Loss, function="cosine_embedding_loss", margin=0.0, **_OLD):
    """1 − cos of pairs that belong together (t = 1), max(0, cos − margin) of others (t = −1).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> x, y = tensor([[3.0, 4.0], [3.0, 4.0]]), tensor([[4.0, 3.0], [4.0, 3.0]])  # cos = 0.96
        >>> nn.CosineEmbeddingLoss(reduction="none")(x, y, tensor([1.0, -1.0]))
        tensor([0.0400, 0.9600])
    """


class MultiMarginLoss(_Loss, function="multi_margin_loss", p=1, margin=1.0, weight=None, **_OLD):
    """Margins of the other classes: Σ max(0, margin − x_label + x_j)^p / C.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.MultiMarginLoss()(tensor([[1.0, 0.5, 0.0, 1.5]]), tensor([0]))  # (0.5 + 0 + 1.5) / 4
        tensor(0.5000)
    """

    p: int

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.p not in (1, 2):
            raise UsageError(_("MultiMarginLoss: expected p of 1 or 2, got {found}").format(found=self.p))


class MultiLabelMarginLoss(_Loss, function="multilabel_margin_loss", **_OLD):
    """Margins of several labels, listed up to the first −1: Σ max(0, 1 − x_label + x_j) / C.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.MultiLabelMarginLoss()(tensor([[1.0, 0.5]]), tensor([[0, -1]]))  # (1 − 1 + 0.5) / 2
        tensor(0.2500)
    """


class MultiLabelSoftMarginLoss(_Loss, function="multilabel_soft_margin_loss", weight=None, **_OLD):
    """Binary cross-entropy of the sigmoid of scores (N, C), a mean over classes.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.MultiLabelSoftMarginLoss()(tensor([[0.0, 0.0]]), tensor([[1.0, 0.0]]))  # ln 2
        tensor(0.6931)
    """


class TripletMarginLoss(_Loss, function="triplet_margin_loss", margin=1.0, p=2.0, eps=1e-6, swap=False, **_OLD):
    """A positive nearer than a negative: max(0, ‖a − p‖ − ‖a − n‖ + margin).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.TripletMarginLoss()(tensor([[0.0, 0.0]]), tensor([[3.0, 4.0]]), tensor([[0.0, 5.5]]))  # 5 − 5.5 + 1
        tensor(0.5000)
    """

    margin: float

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.margin <= 0:
            raise UsageError(_("TripletMarginLoss: expected a margin over 0, got {found}").format(found=self.margin))


class CTCLoss(_Loss, function="ctc_loss", blank=0, reduction="mean", zero_infinity=False):
    """Sequences of unknown alignment: −ln of the probability of all that read as the target without repeats and blanks.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> even = tensor([[[0.5, 0.5]]] * 2).log()  # two steps, each blank or 1
        >>> nn.CTCLoss()(even, tensor([[1]]), tensor([2]), tensor([1]))  # −ln ¾: 11, 1–, –1
        tensor(0.2877)
    """


class TripletMarginWithDistanceLoss(Module):
    """max(0, d(a, p) − d(a, n) + margin) with a distance of one's own; that of Euclid unless told.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> loss = nn.TripletMarginWithDistanceLoss(distance_function=lambda a, b: (a - b).abs().sum(-1))
        >>> loss(tensor([[0.0, 0.0]]), tensor([[3.0, 4.0]]), tensor([[0.0, 7.5]]))  # 7 − 7.5 + 1
        tensor(0.5000)
    """

    def __init__(
        self, *, distance_function: Any = None, margin: float = 1.0, swap: bool = False, reduction: str = "mean"
    ) -> None:
        super().__init__()
        self.distance_function = PairwiseDistance() if distance_function is None else distance_function
        self.margin, self.swap, self.reduction = margin, swap, reduction

    def forward(self, anchor: Any, positive: Any, negative: Any) -> Any:
        """Apply the loss."""
        near, far = self.distance_function(anchor, positive), self.distance_function(anchor, negative)
        if self.swap:
            far = minimum(far, self.distance_function(positive, negative))
        hinge = (near - far + self.margin).clamp(min=0)
        return hinge if self.reduction == "none" else getattr(hinge, self.reduction)()
