"""Changes that leave nothing to chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.lessons.vision.transforms import functional as F
from tinygrad_fr.lessons.vision.transforms.functional import InterpolationMode


class Compose:
    """Transforms one after the other.

    Example:
        >>> import numpy as np
        >>> Compose([ToTensor(), Normalize((0.5,), (0.5,))])(np.full((2, 2), 255, np.uint8))
        tensor([[[1., 1.],
                 [1., 1.]]])
    """

    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None:
        self.transforms = transforms

    def __call__(self, img: Any) -> Any:
        """The image, changed."""
        for transform in self.transforms:
            img = transform(img)
        return img

    def __repr__(self) -> str:
        inner = "".join(f"\n    {transform}" for transform in self.transforms)
        return f"{type(self).__name__}({inner}\n)"


class Lambda:
    """A function as a transform.

    Example:
        >>> Lambda(lambda x: x * 2)(3)
        6
    """

    def __init__(self, lambd: Callable[[Any], Any]) -> None:
        self.lambd = lambd

    def __call__(self, img: Any) -> Any:
        """What the function gives."""
        return self.lambd(img)

    def __repr__(self) -> str:
        return "Lambda()"


class ToTensor:
    """An image (height, width, channels) as a tensor (channels, height, width): bytes become numbers from 0 to 1.

    Example:
        >>> import numpy as np
        >>> ToTensor()(np.zeros((4, 5, 3), np.uint8)).shape
        torch.Size([3, 4, 5])
    """

    def __call__(self, pic: Any) -> Tensor:
        """The tensor."""
        return F.to_tensor(pic)

    def __repr__(self) -> str:
        return "ToTensor()"


class PILToTensor:
    """An image as a tensor of its own numbers.

    Example:
        >>> import numpy as np
        >>> PILToTensor()(np.zeros((4, 5), np.uint8)).shape
        torch.Size([1, 4, 5])
    """

    def __call__(self, pic: Any) -> Tensor:
        """The tensor."""
        return F.pil_to_tensor(pic)

    def __repr__(self) -> str:
        return "PILToTensor()"


class ConvertImageDtype:
    """Another kind of numbers: bytes from 0 to 255, others from 0 to 1.

    Example:
        >>> import numpy as np
        >>> ConvertImageDtype(np.float32)(PILToTensor()(np.full((1, 1), 255, np.uint8)))
        tensor([[[1.]]])
    """

    def __init__(self, dtype: Any) -> None:
        self.dtype = dtype

    def __call__(self, image: Tensor) -> Tensor:
        """The tensor."""
        return F.convert_image_dtype(image, self.dtype)


class ToPILImage:
    """A tensor (channels, height, width) of numbers from 0 to 1 as an image.

    Example:
        >>> from tinygrad_fr import Tensor
        >>> import numpy as np
        >>> ToPILImage()(Tensor(np.ones((1, 2, 3), np.float32))).size
        (3, 2)
    """

    def __init__(self, mode: str | None = None) -> None:
        self.mode = mode

    def __call__(self, pic: Any) -> Any:
        """The image."""
        return F.to_pil_image(pic, self.mode)

    def __repr__(self) -> str:
        return "ToPILImage()" if self.mode is None else f"ToPILImage(mode={self.mode})"


class Normalize:
    """Each channel less its mean, over its deviation.

    Example:
        >>> from tinygrad_fr import Tensor
        >>> import numpy as np
        >>> Normalize([1.0], [2.0])(Tensor(np.full((1, 1, 1), 5.0, np.float32)))
        tensor([[[2.]]])
    """

    def __init__(self, mean: Sequence[float], std: Sequence[float], inplace: bool = False) -> None:
        self.mean, self.std, self.inplace = mean, std, inplace

    def __call__(self, tensor: Tensor) -> Any:
        """The image, changed."""
        return F.normalize(tensor, self.mean, self.std, self.inplace)

    def __repr__(self) -> str:
        return f"Normalize(mean={self.mean}, std={self.std})"


class Resize:
    """Another size; one number is the length of the shorter side. Bilinear by default, smoothed where it shrinks.

    Example:
        >>> from PIL import Image
        >>> Resize((8, 6))(Image.new("L", (28, 28))).size
        (6, 8)
    """

    def __init__(
        self, size: Any, interpolation: Any = InterpolationMode.BILINEAR, max_size: int | None = None,
        antialias: bool | None = True,
    ) -> None:  # fmt: skip
        self.size, self.interpolation, self.max_size, self.antialias = size, interpolation, max_size, antialias

    def __call__(self, img: Any) -> Any:
        """The image, of that size."""
        return F.resize(img, self.size, self.interpolation, self.max_size, self.antialias)

    def __repr__(self) -> str:
        mode = getattr(self.interpolation, "value", self.interpolation)
        return f"Resize(size={self.size}, interpolation={mode}, max_size={self.max_size}, antialias={self.antialias})"


class Pad:
    """A border.

    Example:
        >>> from PIL import Image
        >>> Pad(2)(Image.new("L", (28, 28))).size
        (32, 32)
    """

    def __init__(self, padding: Any, fill: Any = 0, padding_mode: str = "constant") -> None:
        self.padding, self.fill, self.padding_mode = padding, fill, padding_mode

    def __call__(self, img: Any) -> Any:
        """The image with its border."""
        return F.pad(img, self.padding, self.fill, self.padding_mode)

    def __repr__(self) -> str:
        return f"Pad(padding={self.padding}, fill={self.fill}, padding_mode={self.padding_mode})"


class CenterCrop:
    """The middle of an image.

    Example:
        >>> from PIL import Image
        >>> CenterCrop(20)(Image.new("L", (28, 28))).size
        (20, 20)
    """

    def __init__(self, size: Any) -> None:
        self.size = F.sides(size)

    def __call__(self, img: Any) -> Any:
        """The window."""
        return F.center_crop(img, self.size)

    def __repr__(self) -> str:
        return f"CenterCrop(size={self.size})"


class FiveCrop:
    """The four corners and the middle.

    Example:
        >>> from PIL import Image
        >>> len(FiveCrop(20)(Image.new("L", (28, 28))))
        5
    """

    def __init__(self, size: Any) -> None:
        self.size = F.sides(size)

    def __call__(self, img: Any) -> tuple[Any, ...]:
        """The windows."""
        (_channels, height, width), (rows, columns) = F.get_dimensions(img), self.size
        down, right = height - rows, width - columns
        corners = [F.crop(img, top, left, rows, columns) for top in (0, down) for left in (0, right)]
        return (*corners, F.center_crop(img, self.size))


class Grayscale:
    """Grey levels.

    Example:
        >>> from PIL import Image
        >>> Grayscale()(Image.new("RGB", (28, 28))).mode
        'L'
    """

    def __init__(self, num_output_channels: int = 1) -> None:
        self.num_output_channels = num_output_channels

    def __call__(self, img: Any) -> Any:
        """The image in grey."""
        return F.to_grayscale(img, self.num_output_channels)

    def __repr__(self) -> str:
        return f"Grayscale(num_output_channels={self.num_output_channels})"
