"""``torch.utils``: data and tensorboard, under PyTorch's names."""

from tinygrad_fr.utils import data

__all__ = ["data"]
