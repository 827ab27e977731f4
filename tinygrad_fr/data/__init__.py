"""Data sets and loaders."""

from tinygrad_fr.data.digits import digits
from tinygrad_fr.data.loader import DataLoader, TensorDataset
from tinygrad_fr.data.synthetic import ADDING_BASELINE, ORDER_LETTERS, adding, temporal_order

__all__ = [
    "ADDING_BASELINE",
    "ORDER_LETTERS",
    "DataLoader",
    "TensorDataset",
    "adding",
    "digits",
    "temporal_order",
]
