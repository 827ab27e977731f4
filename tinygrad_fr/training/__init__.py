"""Training a model by its recipe, keeping the run, and measuring it."""

from tinygrad_fr.training.baseline import Baseline, baselines
from tinygrad_fr.training.divergence import DivergedError
from tinygrad_fr.training.evaluation import Evaluation, evaluate
from tinygrad_fr.training.folder import Config, RunFolder
from tinygrad_fr.training.loop import Run, Training, built, train
from tinygrad_fr.training.metrics import Confusion, confusion
from tinygrad_fr.training.state import Epoch, State
from tinygrad_fr.training.tensorboard import Board
from tinygrad_fr.training.weights import load_weights, save_weights

__all__ = [
    "Baseline",
    "Board",
    "Config",
    "Confusion",
    "DivergedError",
    "Epoch",
    "Evaluation",
    "Run",
    "RunFolder",
    "State",
    "Training",
    "baselines",
    "built",
    "confusion",
    "evaluate",
    "load_weights",
    "save_weights",
    "train",
]
