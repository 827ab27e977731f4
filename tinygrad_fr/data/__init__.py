"""Data sets and loaders."""

from tinygrad_fr.data.digits import digits
from tinygrad_fr.data.loader import DataLoader, TensorDataset

__all__ = ["DataLoader", "TensorDataset", "digits"]
