"""Data sets, loaders, readers of files, transforms."""

from tinygrad_fr.data import transforms
from tinygrad_fr.data.arrays import read_arrays
from tinygrad_fr.data.digits import digits
from tinygrad_fr.data.idx import read_idx, read_mnist
from tinygrad_fr.data.images import read_images
from tinygrad_fr.data.labelled import Labelled
from tinygrad_fr.data.loader import DataLoader, TensorDataset
from tinygrad_fr.data.own import load
from tinygrad_fr.data.synthetic import ADDING_BASELINE, ORDER_LETTERS, adding, temporal_order
from tinygrad_fr.data.table import read_csv, text_of

__all__ = [
    "ADDING_BASELINE",
    "ORDER_LETTERS",
    "DataLoader",
    "Labelled",
    "TensorDataset",
    "adding",
    "digits",
    "load",
    "read_arrays",
    "read_csv",
    "read_idx",
    "read_images",
    "read_mnist",
    "temporal_order",
    "text_of",
    "transforms",
]
