"""``torchvision.io``: images as tensors of bytes, read from files and written to them."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tinygrad_fr.data.images import opened
from tinygrad_fr.errors import DataError
from tinygrad_fr.handles.tensor import Tensor, tensor
from tinygrad_fr.locale import _


class ImageReadMode(enum.Enum):
    """What colours an image is read in.

    Example:
        >>> ImageReadMode.GRAY.value
        'L'
    """

    UNCHANGED = ""
    GRAY = "L"
    GRAY_ALPHA = "LA"
    RGB = "RGB"
    RGB_ALPHA = "RGBA"


def read_image(path: Any, mode: ImageReadMode | str = ImageReadMode.UNCHANGED) -> Tensor:
    """An image as a tensor of bytes (channels, height, width).

    Raises:
        DataError: there is no such image.

    Example:
        >>> import tempfile
        >>> with tempfile.NamedTemporaryFile(suffix=".png") as file:
        ...     Image.new("RGB", (4, 3), (1, 2, 3)).save(file.name)
        ...     read_image(file.name)[:, 0, 0].tolist()
        [1, 2, 3]
    """
    wanted = ImageReadMode[mode] if isinstance(mode, str) else mode
    with opened(Path(path)) as image:
        array = np.asarray(image.convert(wanted.value) if wanted.value else image)
    array = array[:, :, None] if array.ndim == 2 else array
    return tensor(np.ascontiguousarray(np.moveaxis(array, 2, 0)))


decode_image = read_image


def write_png(input: Tensor, filename: Any, compression_level: int = 6) -> None:
    """Write a tensor of bytes (channels, height, width) as a PNG file.

    Example:
        >>> import tempfile
        >>> from tinygrad_fr import ones, uint8
        >>> with tempfile.NamedTemporaryFile(suffix=".png") as file:
        ...     write_png(ones(1, 2, 3, dtype=uint8), file.name)
        ...     tuple(read_image(file.name).shape)
        (1, 2, 3)
    """
    _image(input).save(filename, "PNG", compress_level=compression_level)


def write_jpeg(input: Tensor, filename: Any, quality: int = 75) -> None:
    """Write a tensor of bytes (channels, height, width) as a JPEG file.

    Example:
        >>> import tempfile
        >>> from tinygrad_fr import ones, uint8
        >>> with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
        ...     write_jpeg(ones(3, 8, 8, dtype=uint8), file.name)
        ...     tuple(read_image(file.name).shape)
        (3, 8, 8)
    """
    _image(input).save(filename, "JPEG", quality=quality)


def _image(input: Tensor) -> Any:
    array = input.numpy()
    if array.dtype != np.uint8 or array.ndim != 3:
        raise DataError(
            _("expected an image of bytes (channels, height, width), got {found}").format(
                found=f"{array.dtype} {array.shape}"
            )
        )
    return Image.fromarray(array[0] if array.shape[0] == 1 else np.ascontiguousarray(np.moveaxis(array, 0, 2)))
