"""Training a model by its recipe."""

from tinygrad_fr.training.loop import Epoch, Run, evaluate, train

__all__ = ["Epoch", "Run", "evaluate", "train"]
