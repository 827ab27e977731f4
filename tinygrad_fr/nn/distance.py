"""Distances of vectors as modules."""

from __future__ import annotations

from tinygrad_fr.nn.applied import Applied


class CosineSimilarity(Applied, function="cosine_similarity", dim=1, eps=1e-8, said=""):
    """Cosine of the angle of two vectors along a dimension.

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.CosineSimilarity()(tensor([[3.0, 4.0], [1.0, 0.0]]), tensor([[4.0, 3.0], [0.0, 9.0]]))  # 24/25 and 0
        tensor([0.9600, 0.0000])
    """


class PairwiseDistance(Applied, function="pairwise_distance", p=2.0, eps=1e-6, keepdim=False, said=""):
    """p-norm of the difference of two vectors: (N, D) and (N, D) → (N).

    Example:
        >>> from tinygrad_fr import nn, tensor
        >>> nn.PairwiseDistance()(tensor([[0.0, 0.0]]), tensor([[3.0, 4.0]]))
        tensor([5.0000])
    """
