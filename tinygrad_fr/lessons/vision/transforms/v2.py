"""``torchvision.transforms.v2``: the newer names of the same changes."""

from __future__ import annotations

from typing import Any

from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.lessons.vision.transforms import *  # noqa: F403 - the same names
from tinygrad_fr.lessons.vision.transforms import functional as F
from tinygrad_fr.lessons.vision.transforms.shapes import PILToTensor


class ToImage(PILToTensor):
    """An image as a tensor of its own numbers.

    Example:
        >>> import numpy as np
        >>> ToImage()(np.zeros((4, 5), np.uint8)).shape
        torch.Size([1, 4, 5])
    """

    def __call__(self, pic: Any) -> Tensor:
        """The tensor."""
        return pic if isinstance(pic, Tensor) else super().__call__(pic)


class ToDtype:
    """Another kind of numbers; ``scale`` makes bytes numbers from 0 to 1.

    Example:
        >>> import numpy as np
        >>> ToDtype(np.float32, scale=True)(ToImage()(np.full((1, 1), 255, np.uint8)))
        tensor([[[1.]]])
    """

    def __init__(self, dtype: Any, scale: bool = False) -> None:
        self.dtype, self.scale = dtype, scale

    def __call__(self, image: Tensor) -> Tensor:
        """The tensor."""
        return F.convert_image_dtype(image, self.dtype) if self.scale else image.to(self.dtype)
