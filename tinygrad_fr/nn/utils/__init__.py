"""``torch.nn.utils``: gradients clipped, parameters as one vector, sequences of different lengths."""

from tinygrad_fr.nn.utils import rnn
from tinygrad_fr.nn.utils.clip import clip_grad_norm_, clip_grad_value_
from tinygrad_fr.nn.utils.vector import parameters_to_vector, vector_to_parameters

__all__ = ["clip_grad_norm_", "clip_grad_value_", "parameters_to_vector", "rnn", "vector_to_parameters"]
