"""Changes that are drawn: the same seed draws what torchvision draws, in its order."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from tinygrad_fr import empty, random
from tinygrad_fr.errors import DataError
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.lessons.vision.transforms import functional as F
from tinygrad_fr.lessons.vision.transforms.functional import InterpolationMode
from tinygrad_fr.lessons.vision.transforms.shapes import Compose
from tinygrad_fr.locale import _


def _between(low: float, high: float) -> float:
    return float(empty(1).uniform_(low, high).item())


def _whole(high: int) -> int:
    return int(random.randint(0, high, (1,)).item())


class RandomCrop:
    """A window somewhere in an image, with a border around it first.

    Example:
        >>> from PIL import Image
        >>> RandomCrop(28, padding=4)(Image.new("L", (28, 28))).size
        (28, 28)
    """

    def __init__(
        self, size: Any, padding: Any = None, pad_if_needed: bool = False, fill: Any = 0, padding_mode: str = "constant"
    ) -> None:
        self.size, self.padding, self.pad_if_needed = F.sides(size), padding, pad_if_needed
        self.fill, self.padding_mode = fill, padding_mode

    def __call__(self, img: Any) -> Any:
        """The window."""
        if self.padding is not None:
            img = F.pad(img, self.padding, self.fill, self.padding_mode)
        (_channels, height, width), (rows, columns) = F.get_dimensions(img), self.size
        if self.pad_if_needed and width < columns:
            img = F.pad(img, [columns - width, 0], self.fill, self.padding_mode)
        if self.pad_if_needed and height < rows:
            img = F.pad(img, [0, rows - height], self.fill, self.padding_mode)
        _channels, height, width = F.get_dimensions(img)
        if height < rows or width < columns:
            raise DataError(
                _("RandomCrop: expected an image of at least {expected}, got {found}").format(
                    expected=f"{rows}×{columns}", found=f"{height}×{width}"
                )
            )
        if (height, width) == (rows, columns):
            return img
        top, left = _whole(height - rows + 1), _whole(width - columns + 1)
        return F.crop(img, top, left, rows, columns)

    def __repr__(self) -> str:
        return f"RandomCrop(size={self.size}, padding={self.padding})"


class RandomResizedCrop:
    """A window of another size and shape, brought to one size.

    Example:
        >>> from PIL import Image
        >>> RandomResizedCrop(8)(Image.new("L", (28, 28))).size
        (8, 8)
    """

    def __init__(
        self, size: Any, scale: tuple[float, float] = (0.08, 1.0), ratio: tuple[float, float] = (3 / 4, 4 / 3),
        interpolation: Any = InterpolationMode.BILINEAR, antialias: bool | None = True,
    ) -> None:  # fmt: skip
        self.size, self.scale, self.ratio = F.sides(size), scale, ratio
        self.interpolation, self.antialias = interpolation, antialias

    def __call__(self, img: Any) -> Any:
        """The window."""
        return F.resized_crop(img, *self._window(img), self.size, self.interpolation, self.antialias)

    def _window(self, img: Any) -> tuple[int, int, int, int]:
        _channels, height, width = F.get_dimensions(img)
        low, high = (math.log(each) for each in self.ratio)
        for _try in range(10):
            area = height * width * _between(*self.scale)
            aspect = float(empty(1).uniform_(low, high).exp().item())
            w, h = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
            if 0 < w <= width and 0 < h <= height:
                return _whole(height - h + 1), _whole(width - w + 1), h, w
        w, h = width, height  # the middle, where no window fitted
        if width / height < min(self.ratio):
            h = round(width / min(self.ratio))
        elif width / height > max(self.ratio):
            w = round(height * max(self.ratio))
        return (height - h) // 2, (width - w) // 2, h, w


class RandomHorizontalFlip:
    """The mirror image, as often as ``p`` says.

    Example:
        >>> RandomHorizontalFlip(p=1.0)(Tensor([[[1.0, 2.0]]]))
        tensor([[[2., 1.]]])
    """

    turned = staticmethod(F.hflip)

    def __init__(self, p: float = 0.5) -> None:
        self.p = p

    def __call__(self, img: Any) -> Any:
        """The image, or its mirror image."""
        return self.turned(img) if random.rand(1).item() < self.p else img

    def __repr__(self) -> str:
        return f"{type(self).__name__}(p={self.p})"


class RandomVerticalFlip(RandomHorizontalFlip):
    """Upside down, as often as ``p`` says.

    Example:
        >>> RandomVerticalFlip(p=1.0)(Tensor([[[1.0], [2.0]]]))
        tensor([[[2.],
                 [1.]]])
    """

    turned = staticmethod(F.vflip)


class RandomGrayscale:
    """Grey levels, as often as ``p`` says, with as many channels as before.

    Example:
        >>> from PIL import Image
        >>> RandomGrayscale(p=1.0)(Image.new("RGB", (2, 2))).mode
        'RGB'
    """

    def __init__(self, p: float = 0.1) -> None:
        self.p = p

    def __call__(self, img: Any) -> Any:
        """The image, or its grey levels."""
        channels = F.get_dimensions(img)[0]
        return F.to_grayscale(img, channels) if random.rand(1).item() < self.p else img

    def __repr__(self) -> str:
        return f"RandomGrayscale(p={self.p})"


class RandomRotation:
    """Turned by an angle between two, in degrees; one number means from its opposite.

    Example:
        >>> from PIL import Image
        >>> RandomRotation(10)(Image.new("L", (28, 28))).size
        (28, 28)
    """

    def __init__(
        self, degrees: Any, interpolation: Any = InterpolationMode.NEAREST, expand: bool = False, center: Any = None,
        fill: Any = 0,
    ) -> None:  # fmt: skip
        self.degrees = (-float(degrees), float(degrees)) if isinstance(degrees, (int, float)) else tuple(degrees)
        self.told = (interpolation, expand, center, fill)

    def __call__(self, img: Any) -> Any:
        """The image, turned."""
        angle = _between(float(self.degrees[0]), float(self.degrees[1]))
        return F.rotate(img, angle, *self.told)


class ColorJitter:
    """Brightness, contrast, saturation and hue changed in an order that is drawn too.

    Example:
        >>> from PIL import Image
        >>> ColorJitter(0.5, 0.5, 0.5, 0.1)(Image.new("RGB", (2, 2))).size
        (2, 2)
    """

    def __init__(self, brightness: Any = 0, contrast: Any = 0, saturation: Any = 0, hue: Any = 0) -> None:
        self.brightness, self.contrast, self.saturation = (_around(each) for each in (brightness, contrast, saturation))
        self.hue = _around(hue, middle=0.0)

    def __call__(self, img: Any) -> Any:
        """The image, changed."""
        order = random.randperm(4).tolist()
        changes = [
            (F.adjust_brightness, self.brightness), (F.adjust_contrast, self.contrast),
            (F.adjust_saturation, self.saturation), (F.adjust_hue, self.hue),
        ]  # fmt: skip
        drawn = [(change, None if bounds is None else _between(*bounds)) for change, bounds in changes]
        for place in order:
            change, factor = drawn[place]
            if factor is not None:
                img = change(img, factor)
        return img


def _around(told: Any, middle: float = 1.0) -> tuple[float, float] | None:
    """Between what a factor is drawn; None where nothing is changed."""
    if isinstance(told, (int, float)):
        low, high = middle - told, middle + told
        low = max(low, 0.0) if middle else low
    else:
        low, high = told
    return None if low == high == middle else (float(low), float(high))


class RandomApply(Compose):
    """Several transforms or none, as often as ``p`` says.

    Example:
        >>> RandomApply([lambda x: x + 1], p=1.0)(1)
        2
    """

    def __init__(self, transforms: Sequence[Callable[[Any], Any]], p: float = 0.5) -> None:
        super().__init__(transforms)
        self.p = p

    def __call__(self, img: Any) -> Any:
        """The image, changed or not."""
        return img if self.p < random.rand(1).item() else super().__call__(img)


class RandomChoice(Compose):
    """One of several transforms.

    Example:
        >>> RandomChoice([lambda x: x + 1])(1)
        2
    """

    def __call__(self, img: Any) -> Any:
        """The image, changed once."""
        import random as python

        return python.choices(self.transforms)[0](img)


class RandomOrder(Compose):
    """Transforms in an order that is drawn.

    Example:
        >>> RandomOrder([lambda x: x + 1, lambda x: x + 2])(1)
        4
    """

    def __call__(self, img: Any) -> Any:
        """The image, changed."""
        import random as python

        order = list(range(len(self.transforms)))
        python.shuffle(order)
        for place in order:
            img = self.transforms[place](img)
        return img


class RandomErasing:
    """A window of a tensor that is erased, as often as ``p`` says.

    Example:
        >>> from tinygrad_fr import ones
        >>> RandomErasing(p=1.0)(ones(1, 8, 8)).sum().item() < 64
        True
    """

    def __init__(
        self, p: float = 0.5, scale: tuple[float, float] = (0.02, 0.33), ratio: tuple[float, float] = (0.3, 3.3),
        value: Any = 0, inplace: bool = False,
    ) -> None:  # fmt: skip
        self.p, self.scale, self.ratio, self.value, self.inplace = p, scale, ratio, value, inplace

    def __call__(self, img: Tensor) -> Tensor:
        """The tensor, erased or not."""
        if random.rand(1).item() >= self.p:
            return img
        channels, height, width = F.get_dimensions(img)
        low, high = (math.log(each) for each in self.ratio)
        for _try in range(10):
            area = height * width * _between(*self.scale)
            aspect = float(empty(1).uniform_(low, high).exp().item())
            h, w = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
            if not (h < height and w < width):
                continue
            if isinstance(self.value, str):
                value: Any = empty(channels, h, w).normal_()
            else:
                value = self.value if isinstance(self.value, (int, float)) else Tensor(list(self.value))[:, None, None]
            return F.erase(img, _whole(height - h + 1), _whole(width - w + 1), h, w, value, self.inplace)  # type: ignore[no-any-return]
        return img
