"""What lessons use of torchvision: data sets that are on disk, transforms of images, networks, images side by side."""

from tinygrad_fr.lessons.vision import datasets, io, models, transforms, utils

__version__ = "0.28.0"  # the one whose names and numbers these are

__all__ = ["datasets", "io", "models", "transforms", "utils"]
