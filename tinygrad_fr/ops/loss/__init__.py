"""Loss functions, PyTorch's names and defaults."""

from tinygrad_fr.ops.loss.binary import binary_cross_entropy, binary_cross_entropy_with_logits
from tinygrad_fr.ops.loss.cross_entropy import cross_entropy
from tinygrad_fr.ops.loss.ctc import ctc_loss
from tinygrad_fr.ops.loss.functions import huber_loss, l1_loss, mse_loss, smooth_l1_loss
from tinygrad_fr.ops.loss.likelihood import gaussian_nll_loss, kl_div, poisson_nll_loss
from tinygrad_fr.ops.loss.margin import (
    cosine_embedding_loss,
    hinge_embedding_loss,
    margin_ranking_loss,
    multi_margin_loss,
    multilabel_margin_loss,
    multilabel_soft_margin_loss,
    soft_margin_loss,
    triplet_margin_loss,
    triplet_margin_with_distance_loss,
)
from tinygrad_fr.ops.loss.nll import nll_loss

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cosine_embedding_loss",
    "cross_entropy",
    "ctc_loss",
    "gaussian_nll_loss",
    "hinge_embedding_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "margin_ranking_loss",
    "mse_loss",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
    "nll_loss",
    "poisson_nll_loss",
    "smooth_l1_loss",
    "soft_margin_loss",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
]
