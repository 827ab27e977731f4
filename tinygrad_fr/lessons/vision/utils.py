"""``torchvision.utils``: images side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.handles.tensor import tensor as new_tensor


def make_grid(
    tensor: Any,
    nrow: int = 8,
    padding: int = 2,
    normalize: bool = False,
    value_range: tuple[float, float] | None = None,
    scale_each: bool = False,
    pad_value: float = 0.0,
) -> Tensor:
    """Images (n, channels, height, width) in rows, as one image of three channels.

    Example:
        >>> make_grid(Tensor(np.ones((5, 1, 4, 4), np.float32)), nrow=3).shape
        torch.Size([3, 14, 20])
    """
    if isinstance(tensor, Tensor):
        images = np.array(tensor.detach().numpy())
        images = images[None, None] if images.ndim == 2 else images[None] if images.ndim == 3 else images
    else:
        images = np.stack([np.asarray(each.detach().numpy()) for each in tensor])
    if images.shape[1] == 1:
        images = np.repeat(images, 3, axis=1)
    if normalize:
        for part in images if scale_each else [images]:
            low, high = value_range or (float(part.min()), float(part.max()))
            part[...] = (np.clip(part, low, high) - low) / max(high - low, 1e-5)
    if len(images) == 1:
        return new_tensor(images[0])
    columns = min(nrow, len(images))
    rows = -(-len(images) // columns)
    height, width = images.shape[2] + padding, images.shape[3] + padding
    grid = np.full((images.shape[1], rows * height + padding, columns * width + padding), pad_value, images.dtype)
    for i, image in enumerate(images):
        top, left = i // columns * height + padding, i % columns * width + padding
        grid[:, top : top + height - padding, left : left + width - padding] = image
    return new_tensor(grid)


def save_image(tensor: Any, fp: Any, format: str | None = None, **options: Any) -> None:
    """Write images side by side in a file.

    Example:
        >>> import io
        >>> file = io.BytesIO()
        >>> save_image(Tensor(np.ones((4, 1, 8, 8), np.float32)), file, format="png")
        >>> Image.open(file).size
        (42, 12)
    """
    grid = make_grid(tensor, **options).numpy()
    array = np.clip(grid * 255 + 0.5, 0, 255).astype(np.uint8)
    Image.fromarray(np.moveaxis(array, 0, 2)).save(fp if hasattr(fp, "write") else Path(fp), format=format)
