"""Optimizers, PyTorch's names and defaults."""

from tinygrad_fr.optim.adam import Adam
from tinygrad_fr.optim.optimizer import Optimizer
from tinygrad_fr.optim.sgd import SGD

__all__ = ["SGD", "Adam", "Optimizer"]
