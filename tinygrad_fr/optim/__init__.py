"""Optimizers, PyTorch's names and defaults."""

from tinygrad_fr.optim import lr_scheduler
from tinygrad_fr.optim.adam import Adam, AdamW
from tinygrad_fr.optim.adaptive import Adagrad, RMSprop
from tinygrad_fr.optim.optimizer import Optimizer
from tinygrad_fr.optim.sgd import SGD

__all__ = ["SGD", "Adagrad", "Adam", "AdamW", "Optimizer", "RMSprop", "lr_scheduler"]
