"""Kernels for images: convolutions, pooling, resizing."""
