"""What lessons use of torchvision: data sets that are on disk, transforms of images, images side by side."""

from tinygrad_fr.lessons.vision import datasets, transforms, utils

__all__ = ["datasets", "transforms", "utils"]
