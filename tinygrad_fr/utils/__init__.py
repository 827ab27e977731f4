"""``torch.utils``: data, checkpoint and tensorboard, under PyTorch's names."""

from tinygrad_fr.utils import checkpoint, data

__all__ = ["checkpoint", "data"]
