"""Optimizers, PyTorch's names and defaults."""

from tinygrad_fr.optim import lr_scheduler, swa_utils
from tinygrad_fr.optim.adafactor import Adafactor
from tinygrad_fr.optim.adam import Adam, AdamW
from tinygrad_fr.optim.adaptive import Adagrad, RMSprop
from tinygrad_fr.optim.lbfgs import LBFGS
from tinygrad_fr.optim.muon import Muon, SparseAdam
from tinygrad_fr.optim.optimizer import Optimizer
from tinygrad_fr.optim.sgd import SGD
from tinygrad_fr.optim.variants import ASGD, Adadelta, Adamax, NAdam, RAdam, Rprop

__all__ = [
    "ASGD",
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Muon",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rprop",
    "SparseAdam",
    "lr_scheduler",
    "swa_utils",
]
