"""Softmax over many classes, cut into clusters by how often they come (Grave et al., 2017)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

from tinygrad_fr.errors import UsageError
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.locale import _
from tinygrad_fr.nn import functional as F
from tinygrad_fr.nn.container import ModuleList, Sequential
from tinygrad_fr.nn.linear import Linear
from tinygrad_fr.nn.module import Module
from tinygrad_fr.nn.placed import placed
from tinygrad_fr.ops.shapes.joining import cat


class Adapted(NamedTuple):
    """What the layer gives: the log-probability of each target, and the loss."""

    output: Tensor
    loss: Tensor


@placed
class AdaptiveLogSoftmaxWithLoss(Module):
    """Log-probabilities over many classes: frequent ones in the head, rare ones in clusters that are computed where needed.

    Args:
        in_features: width of the input.
        n_classes: how many classes there are, the most frequent first.
        cutoffs: where clusters begin.
        div_value: each cluster's inner width is that of the one before divided by this.
        head_bias: whether the head has a bias.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr import nn
        >>> layer = nn.AdaptiveLogSoftmaxWithLoss(4, 10, cutoffs=[3, 6])
        >>> layer.log_prob(tg.ones(2, 4)).exp().sum(1)
        tensor([1.0000, 1.0000], grad_fn=<SumBackward1>)
    """

    def __init__(
        self, in_features: int, n_classes: int, cutoffs: Any, div_value: float = 4.0, head_bias: bool = False
    ) -> None:
        super().__init__()
        cutoffs = list(cutoffs)
        if not cutoffs or cutoffs != sorted({*cutoffs}) or cutoffs[0] <= 0 or cutoffs[-1] > n_classes - 1:
            raise UsageError(
                _("cutoffs: expected different classes between 1 and {last} in order, got {found}").format(
                    last=n_classes - 1, found=cutoffs
                )
            )
        self.in_features, self.n_classes, self.div_value, self.head_bias = in_features, n_classes, div_value, head_bias
        self.cutoffs = [*cutoffs, n_classes]
        self.shortlist_size, self.n_clusters = cutoffs[0], len(cutoffs)
        self.head_size = self.shortlist_size + self.n_clusters
        self.head = Linear(in_features, self.head_size, head_bias)
        self.tail = ModuleList()
        for i, (first, last) in enumerate(pairwise(self.cutoffs)):
            inner = int(in_features // div_value ** (i + 1))
            self.tail.append(
                Sequential(Linear(in_features, inner, bias=False), Linear(inner, last - first, bias=False))
            )

    def log_prob(self, input: Any) -> Any:
        """Log-probabilities of all classes: (N, in_features) → (N, n_classes)."""
        head = F.log_softmax(self.head(input), 1)
        parts = [head[:, : self.shortlist_size]]
        for i, cluster in enumerate(self.tail):
            parts.append(F.log_softmax(cluster(input), 1) + head[:, self.shortlist_size + i].unsqueeze(1))
        return cat(parts, 1)

    def forward(self, input_: Any, target_: Any) -> Adapted:
        """Log-probabilities of the targets (N), and the mean of their negatives."""
        rows, classes = (input_, target_) if target_.ndim else (input_.unsqueeze(0), target_.unsqueeze(0))
        output = self.log_prob(rows).gather(1, classes.unsqueeze(1)).squeeze(1)
        loss = (-output).mean()
        return Adapted(output if target_.ndim else output.squeeze(0), loss)

    def predict(self, input: Any) -> Any:
        """The likeliest class of each row."""
        return self.log_prob(input).argmax(1)
