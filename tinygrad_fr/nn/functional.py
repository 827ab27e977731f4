"""Operations under the names of ``torch.nn.functional``."""

from tinygrad_fr.ops.activation import leaky_relu, log_softmax, relu, sigmoid, softmax, softplus, tanh
from tinygrad_fr.ops.indexing import embedding
from tinygrad_fr.ops.linalg import linear
from tinygrad_fr.ops.loss import binary_cross_entropy_with_logits, cross_entropy, mse_loss

__all__ = [
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "embedding",
    "leaky_relu",
    "linear",
    "log_softmax",
    "mse_loss",
    "relu",
    "sigmoid",
    "softmax",
    "softplus",
    "tanh",
]
