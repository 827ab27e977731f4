"""``torchvision.transforms``: changes of one image, as lessons chain them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from PIL import Image

from tinygrad_fr import random
from tinygrad_fr.errors import DataError
from tinygrad_fr.handles.tensor import Tensor, tensor
from tinygrad_fr.locale import _


def _sides(size: Any) -> tuple[int, int]:
    height, width = (size, size) if isinstance(size, int) else tuple(size) if len(size) == 2 else (size[0], size[0])
    return int(height), int(width)


def _height_width(image: Any) -> tuple[int, int]:
    if isinstance(image, Image.Image):
        return image.height, image.width
    return image.shape[-2], image.shape[-1]


def _window(image: Any, top: int, left: int, height: int, width: int) -> Any:
    if isinstance(image, Image.Image):
        return image.crop((left, top, left + width, top + height))
    return image[..., top : top + height, left : left + width]


def _padded(image: Any, left: int, top: int, right: int, bottom: int, fill: float) -> Any:
    if isinstance(image, Image.Image):
        wide = Image.new(image.mode, (image.width + left + right, image.height + top + bottom), fill)
        wide.paste(image, (left, top))
        return wide
    room = [(0, 0)] * (image.ndim - 2) + [(top, bottom), (left, right)]
    return Tensor(np.pad(image.detach().numpy(), room, constant_values=fill))


class Compose:
    """Transforms one after the other.

    Example:
        >>> Compose([ToTensor(), Normalize((0.5,), (0.5,))])(np.full((2, 2), 255, np.uint8))
        tensor([[[1., 1.],
                 [1., 1.]]])
    """

    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None:
        self.transforms = transforms

    def __call__(self, image: Any) -> Any:
        """The image, changed."""
        for transform in self.transforms:
            image = transform(image)
        return image


class Lambda:
    """A function as a transform.

    Example:
        >>> Lambda(lambda x: x * 2)(3)
        6
    """

    def __init__(self, lambd: Callable[[Any], Any]) -> None:
        self.function = lambd

    def __call__(self, image: Any) -> Any:
        """What the function gives."""
        return self.function(image)


class ToTensor:
    """An image (height, width, channels) as a tensor (channels, height, width): bytes become numbers from 0 to 1.

    Example:
        >>> ToTensor()(np.zeros((4, 5, 3), np.uint8)).shape
        torch.Size([3, 4, 5])
    """

    def __call__(self, image: Any) -> Tensor:
        """The tensor."""
        array = np.asarray(image)
        if array.dtype == np.bool_:
            array = array.astype(np.uint8) * 255
        array = array[:, :, None] if array.ndim == 2 else array
        if array.ndim != 3:
            raise DataError(
                _("ToTensor: expected an image of 2 or 3 dimensions, got shape {found}").format(found=array.shape)
            )
        turned = np.ascontiguousarray(np.moveaxis(array, 2, 0))
        return tensor(turned.astype(np.float32) / np.float32(255) if turned.dtype == np.uint8 else turned)


class PILToTensor:
    """An image as a tensor of its own numbers.

    Example:
        >>> PILToTensor()(np.zeros((4, 5), np.uint8)).dtype.name
        'uint8'
    """

    def __call__(self, image: Any) -> Tensor:
        """The tensor."""
        array = np.asarray(image)
        return Tensor(np.moveaxis(array[:, :, None] if array.ndim == 2 else array, 2, 0))


class ToPILImage:
    """A tensor (channels, height, width) of numbers from 0 to 1 as an image.

    Example:
        >>> ToPILImage()(Tensor(np.ones((1, 2, 3), np.float32))).size
        (3, 2)
    """

    def __call__(self, image: Any) -> Any:
        """The image."""
        array = np.asarray(image.detach().numpy() if isinstance(image, Tensor) else image)
        if array.dtype.kind == "f":
            array = (array * 255).astype(np.uint8)
        return Image.fromarray(array[0] if array.shape[0] == 1 else np.moveaxis(array, 0, 2))


class Normalize:
    """Each channel less its mean, over its deviation.

    Example:
        >>> Normalize([1.0], [2.0])(Tensor(np.full((1, 1, 1), 5.0, np.float32)))
        tensor([[[2.]]])
    """

    def __init__(self, mean: Sequence[float], std: Sequence[float], inplace: bool = False) -> None:
        self.mean, self.std = mean, std

    def __call__(self, image: Tensor) -> Tensor:
        """The image, changed."""
        mean, std = (Tensor(np.asarray(x, image.dtype).reshape(-1, 1, 1)) for x in (self.mean, self.std))
        return (image - mean) / std  # type: ignore[no-any-return]


class Resize:
    """Another size; one number is the length of the shorter side. Bilinear, smoothed where it shrinks.

    Example:
        >>> Resize((8, 6))(Image.new("L", (28, 28))).size
        (6, 8)
    """

    def __init__(self, size: Any, interpolation: Any = None, max_size: Any = None, antialias: Any = True) -> None:
        self.size = size

    def __call__(self, image: Any) -> Any:
        """The image, of that size."""
        height, width = _height_width(image)
        if isinstance(self.size, int) or len(self.size) == 1:
            short = self.size if isinstance(self.size, int) else self.size[0]
            scale = short / min(height, width)
            sides = (short, int(short * width / height)) if height <= width else (int(short * height / width), short)
            if scale == 1:
                return image
        else:
            sides = _sides(self.size)
        if isinstance(image, Image.Image):
            return image.resize((sides[1], sides[0]), Image.Resampling.BILINEAR)
        from tinygrad_fr.nn.functional import interpolate

        return interpolate(image.unsqueeze(0), size=sides, mode="bilinear", antialias=True).squeeze(0)


class Pad:
    """A border of one number.

    Example:
        >>> Pad(2)(Image.new("L", (28, 28))).size
        (32, 32)
    """

    def __init__(self, padding: Any, fill: float = 0, padding_mode: str = "constant") -> None:
        if padding_mode != "constant":
            raise DataError(_("Pad: expected padding_mode “constant”, got “{found}”").format(found=padding_mode))
        self.padding, self.fill = padding, fill

    def __call__(self, image: Any) -> Any:
        """The image with its border."""
        told = (self.padding,) if isinstance(self.padding, int) else tuple(self.padding)
        left, top, right, bottom = told * 4 if len(told) == 1 else told * 2 if len(told) == 2 else told
        return _padded(image, left, top, right, bottom, self.fill)


class CenterCrop:
    """The middle of an image.

    Example:
        >>> CenterCrop(20)(Image.new("L", (28, 28))).size
        (20, 20)
    """

    def __init__(self, size: Any) -> None:
        self.size = _sides(size)

    def __call__(self, image: Any) -> Any:
        """The window."""
        (height, width), (rows, columns) = _height_width(image), self.size
        return _window(image, round((height - rows) / 2), round((width - columns) / 2), rows, columns)


class RandomCrop:
    """A window somewhere in an image, with a border around it first.

    Example:
        >>> RandomCrop(28, padding=4)(Image.new("L", (28, 28))).size
        (28, 28)
    """

    def __init__(self, size: Any, padding: Any = None, pad_if_needed: bool = False, fill: float = 0) -> None:
        self.size, self.padding, self.fill = _sides(size), padding, fill

    def __call__(self, image: Any) -> Any:
        """The window."""
        if self.padding is not None:
            image = Pad(self.padding, self.fill)(image)
        (height, width), (rows, columns) = _height_width(image), self.size
        if height < rows or width < columns:
            raise DataError(
                _("RandomCrop: expected an image of at least {expected}, got {found}").format(
                    expected=f"{rows}×{columns}", found=f"{height}×{width}"
                )
            )
        if (height, width) == (rows, columns):
            return image
        top = random.randint(0, height - rows + 1, (1,)).item()
        left = random.randint(0, width - columns + 1, (1,)).item()
        return _window(image, top, left, rows, columns)


class RandomHorizontalFlip:
    """The mirror image, as often as ``p`` says.

    Example:
        >>> RandomHorizontalFlip(p=1.0)(Tensor([[[1.0, 2.0]]]))
        tensor([[[2., 1.]]])
    """

    side = -1

    def __init__(self, p: float = 0.5) -> None:
        self.p = p

    def __call__(self, image: Any) -> Any:
        """The image, or its mirror image."""
        if random.rand(1).item() >= self.p:
            return image
        if isinstance(image, Image.Image):
            left, down = Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.FLIP_TOP_BOTTOM
            return image.transpose(left if self.side == -1 else down)
        return image.flip(self.side)


class RandomVerticalFlip(RandomHorizontalFlip):
    """Upside down, as often as ``p`` says.

    Example:
        >>> RandomVerticalFlip(p=1.0)(Tensor([[[1.0], [2.0]]]))
        tensor([[[2.],
                 [1.]]])
    """

    side = -2


class Grayscale:
    """Grey levels.

    Example:
        >>> Grayscale()(Image.new("RGB", (28, 28))).mode
        'L'
    """

    def __init__(self, num_output_channels: int = 1) -> None:
        self.channels = num_output_channels

    def __call__(self, image: Any) -> Any:
        """The image in grey."""
        grey = image.convert("L")
        return grey if self.channels == 1 else Image.merge("RGB", (grey, grey, grey))
