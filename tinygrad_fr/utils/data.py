"""``torch.utils.data``: data sets, samplers and loaders, under PyTorch's names."""

from tinygrad_fr.data.loader import DataLoader, Dataset, TensorDataset

__all__ = ["DataLoader", "Dataset", "TensorDataset"]
