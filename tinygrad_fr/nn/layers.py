"""Layers without memory."""

from __future__ import annotations

import math
from typing import Any

from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.nn.module import Module, Parameter
from tinygrad_fr.ops import activation, indexing, linalg, loss, shape
from tinygrad_fr.random import randn, uniform


class Linear(Module):
    """y = W x + b, on the last dimension: (…, in_features) → (…, out_features).

    Weights and biases start uniform in ±1/√in_features, as PyTorch's.
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        bound = 1 / math.sqrt(in_features) if in_features else 0.0
        self.weight = Parameter(uniform((out_features, in_features), -bound, bound))
        self.register_parameter("bias", Parameter(uniform((out_features,), -bound, bound)) if bias else None)

    bias: Parameter | None

    def forward(self, x: Any) -> Tensor:
        """Apply the map to (…, in_features)."""
        return linalg.linear(x, self.weight, self.bias)

    def extra_repr(self) -> str:
        """Sizes."""
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class Embedding(Module):
    """A table of ``num_embeddings`` vectors of ``embedding_dim``, looked up by integers: (…) → (…, embedding_dim)."""

    def __init__(self, num_embeddings: int, embedding_dim: int) -> None:
        super().__init__()
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.weight = Parameter(randn(num_embeddings, embedding_dim))

    def forward(self, indices: Any) -> Tensor:
        """Look the rows up."""
        return indexing.embedding(indices, self.weight)

    def extra_repr(self) -> str:
        """Sizes."""
        return f"{self.num_embeddings}, {self.embedding_dim}"


class Flatten(Module):
    """Join all dimensions but the first."""

    def forward(self, x: Any) -> Tensor:
        """(N, …) → (N, product)."""
        return shape.flatten(x, 1)


class Tanh(Module):
    """Hyperbolic tangent."""

    def forward(self, x: Any) -> Tensor:
        """Apply it to each element."""
        return activation.tanh(x)


class Sigmoid(Module):
    """Logistic sigmoid."""

    def forward(self, x: Any) -> Tensor:
        """Apply it to each element."""
        return activation.sigmoid(x)


class ReLU(Module):
    """Rectified linear unit."""

    def forward(self, x: Any) -> Tensor:
        """Apply it to each element."""
        return activation.relu(x)


class LeakyReLU(Module):
    """Rectified linear unit with a small slope for negative inputs."""

    def __init__(self, negative_slope: float = 0.01) -> None:
        super().__init__()
        self.negative_slope = negative_slope

    def forward(self, x: Any) -> Tensor:
        """Apply it to each element."""
        return activation.leaky_relu(x, self.negative_slope)


class Softmax(Module):
    """Exponentials normalised to sum to 1 along a dimension."""

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, x: Any) -> Tensor:
        """Apply it along the dimension."""
        return activation.softmax(x, self.dim)


class _Loss(Module):
    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = reduction


class MSELoss(_Loss):
    """Mean squared error."""

    def forward(self, input: Any, target: Any) -> Tensor:
        """Compare two tensors of one shape."""
        return loss.mse_loss(input, target, self.reduction)


class CrossEntropyLoss(_Loss):
    """Cross-entropy of the softmax of scores (N, C) with labels (N,)."""

    def forward(self, input: Any, target: Any) -> Tensor:
        """Compare scores with labels."""
        return loss.cross_entropy(input, target, self.reduction)


class BCEWithLogitsLoss(_Loss):
    """Cross-entropy of the sigmoid of scores with targets between 0 and 1."""

    def forward(self, input: Any, target: Any) -> Tensor:
        """Compare two tensors of one shape."""
        return loss.binary_cross_entropy_with_logits(input, target, self.reduction)
