"""Data sets, loaders, readers of files, transforms."""

from tinygrad_fr.data import transforms
from tinygrad_fr.data.arrays import read_arrays
from tinygrad_fr.data.corpus import Corpus, Vocabulary, cooccurrences, kept, read_text, windows
from tinygrad_fr.data.digits import digits
from tinygrad_fr.data.idx import read_idx, read_mnist
from tinygrad_fr.data.images import read_images
from tinygrad_fr.data.labelled import Labelled
from tinygrad_fr.data.large import MappedDataset, ParquetDataset
from tinygrad_fr.data.loader import DataLoader, Dataset, IterableDataset, Subset, TensorDataset, random_split
from tinygrad_fr.data.own import load
from tinygrad_fr.data.parquet import read_parquet
from tinygrad_fr.data.planar import PLANAR, planar
from tinygrad_fr.data.synthetic import (
    ADDING_BASELINE,
    COPIED,
    COPY_SYMBOLS,
    ORDER_LETTERS,
    REBER,
    adding,
    copy_memory,
    mackey_glass,
    reber,
    reber_next,
    temporal_order,
)
from tinygrad_fr.data.table import read_csv, text_of
from tinygrad_fr.data.wordspace import Near, WordSpace

__all__ = [
    "ADDING_BASELINE",
    "COPIED",
    "COPY_SYMBOLS",
    "ORDER_LETTERS",
    "PLANAR",
    "REBER",
    "Corpus",
    "DataLoader",
    "Dataset",
    "IterableDataset",
    "Labelled",
    "MappedDataset",
    "Near",
    "ParquetDataset",
    "Subset",
    "TensorDataset",
    "Vocabulary",
    "WordSpace",
    "adding",
    "cooccurrences",
    "copy_memory",
    "digits",
    "kept",
    "load",
    "mackey_glass",
    "planar",
    "random_split",
    "read_arrays",
    "read_csv",
    "read_idx",
    "read_images",
    "read_mnist",
    "read_parquet",
    "read_text",
    "reber",
    "reber_next",
    "temporal_order",
    "text_of",
    "transforms",
    "windows",
]
