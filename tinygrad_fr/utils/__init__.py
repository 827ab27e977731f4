"""``torch.utils``: data and tensorboard, under PyTorch's names."""
