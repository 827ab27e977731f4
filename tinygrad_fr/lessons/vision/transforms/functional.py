"""``torchvision.transforms.functional``: the changes themselves, of an image of Pillow or of a tensor (…, height, width)."""

from __future__ import annotations

import enum
from typing import Any

import numpy as np
from PIL import Image, ImageEnhance

from tinygrad_fr.errors import DataError
from tinygrad_fr.handles.tensor import Tensor
from tinygrad_fr.handles.tensor import tensor as new_tensor
from tinygrad_fr.locale import _
from tinygrad_fr.nn.functional import interpolate


class InterpolationMode(enum.Enum):
    """How numbers between pixels are found.

    Example:
        >>> InterpolationMode.NEAREST.value
        'nearest'
    """

    NEAREST = "nearest"
    NEAREST_EXACT = "nearest-exact"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    BOX = "box"
    HAMMING = "hamming"
    LANCZOS = "lanczos"


_PILLOW = {
    "nearest": Image.Resampling.NEAREST, "nearest-exact": Image.Resampling.NEAREST, "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC, "box": Image.Resampling.BOX, "hamming": Image.Resampling.HAMMING,
    "lanczos": Image.Resampling.LANCZOS,
}  # fmt: skip
_NUMBERED = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic", 4: "box", 5: "hamming"}  # Pillow's own numbers


def _mode(interpolation: Any) -> str:
    value = getattr(interpolation, "value", interpolation)
    return _NUMBERED[int(value)] if not isinstance(value, str) else value


def sides(size: Any) -> tuple[int, int]:
    """Height and width, where one number means both.

    Example:
        >>> sides(3), sides((4, 5))
        ((3, 3), (4, 5))
    """
    height, width = (size, size) if isinstance(size, (int, float)) else size if len(size) == 2 else (size[0], size[0])
    return int(height), int(width)


def get_dimensions(img: Any) -> list[int]:
    """Channels, height and width.

    Example:
        >>> get_dimensions(Image.new("RGB", (4, 5)))
        [3, 5, 4]
    """
    if isinstance(img, Image.Image):
        return [len(img.getbands()), img.height, img.width]
    return [img.shape[-3] if img.ndim > 2 else 1, img.shape[-2], img.shape[-1]]


def get_image_size(img: Any) -> list[int]:
    """Width and height.

    Example:
        >>> get_image_size(Image.new("L", (4, 5)))
        [4, 5]
    """
    _channels, height, width = get_dimensions(img)
    return [width, height]


def to_tensor(pic: Any) -> Tensor:
    """An image (height, width, channels) as a tensor (channels, height, width): bytes become numbers from 0 to 1.

    Raises:
        DataError: it has neither 2 nor 3 dimensions.

    Example:
        >>> to_tensor(np.zeros((4, 5, 3), np.uint8)).shape
        torch.Size([3, 4, 5])
    """
    array = np.asarray(pic)
    if array.dtype == np.bool_:
        array = array.astype(np.uint8) * 255
    array = array[:, :, None] if array.ndim == 2 else array
    if array.ndim != 3:
        raise DataError(
            _("ToTensor: expected an image of 2 or 3 dimensions, got shape {found}").format(found=array.shape)
        )
    turned = np.ascontiguousarray(np.moveaxis(array, 2, 0))
    return new_tensor(turned.astype(np.float32) / np.float32(255) if turned.dtype == np.uint8 else turned)


def pil_to_tensor(pic: Any) -> Tensor:
    """An image as a tensor of its own numbers.

    Example:
        >>> pil_to_tensor(Image.new("L", (5, 4))).shape
        torch.Size([1, 4, 5])
    """
    array = np.asarray(pic)
    return new_tensor(np.ascontiguousarray(np.moveaxis(array[:, :, None] if array.ndim == 2 else array, 2, 0)))


def to_pil_image(pic: Any, mode: str | None = None) -> Any:
    """A tensor (channels, height, width), or an array (height, width, channels), as an image.

    Example:
        >>> from tinygrad_fr import tensor
        >>> to_pil_image(tensor(np.ones((1, 2, 3), np.float32))).size
        (3, 2)
    """
    if isinstance(pic, Tensor):
        array = np.asarray(pic.detach().numpy())
        if array.dtype.kind == "f" and mode != "F":
            array = (array * 255).astype(np.uint8)
        array = array if array.ndim == 2 else np.moveaxis(array, 0, 2)
    else:
        array = np.asarray(pic)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    image = Image.fromarray(np.ascontiguousarray(array))
    return image.convert(mode) if mode is not None and image.mode != mode else image


def convert_image_dtype(image: Tensor, dtype: Any = np.float32) -> Tensor:
    """A tensor of an image in another kind of numbers: bytes from 0 to 255, others from 0 to 1.

    Example:
        >>> from tinygrad_fr import tensor
        >>> convert_image_dtype(tensor(np.full((1, 1, 1), 255, np.uint8)))
        tensor([[[1.]]])
    """
    kind = np.dtype(dtype)
    array = image.detach().numpy()
    if array.dtype == kind:
        return image
    if array.dtype.kind in "iu" and kind.kind == "f":
        return new_tensor(array.astype(kind) / kind.type(np.iinfo(array.dtype).max))
    if array.dtype.kind == "f" and kind.kind in "iu":
        return new_tensor((array * (np.iinfo(kind).max + 1.0 - 1e-3)).astype(kind))
    return new_tensor(array.astype(kind))


def normalize(tensor: Any, mean: Any, std: Any, inplace: bool = False) -> Any:
    """Each channel less its mean, over its deviation.

    Raises:
        DataError: the numbers of the image are whole, or a deviation is 0.

    Example:
        >>> from tinygrad_fr import ones
        >>> normalize(ones(1, 1, 1) * 5, [1.0], [2.0])
        tensor([[[2.]]])
    """
    if np.dtype(tensor.dtype).kind != "f":
        raise DataError(_("Normalize: expected an image of floats, got {found}").format(found=tensor.dtype))
    m, s = (new_tensor(np.asarray(x, tensor.dtype).reshape(-1, 1, 1)) for x in (mean, std))
    if (s == 0).any():
        raise DataError(_("Normalize: expected deviations other than 0, got {found}").format(found=std))
    return tensor.sub_(m).div_(s) if inplace else (tensor - m) / s


def resize(
    img: Any, size: Any, interpolation: Any = InterpolationMode.BILINEAR, max_size: int | None = None,
    antialias: bool | None = True,
) -> Any:  # fmt: skip
    """Another size; one number is the length of the shorter side.

    Example:
        >>> resize(Image.new("L", (28, 28)), (8, 6)).size
        (6, 8)
    """
    _channels, height, width = get_dimensions(img)
    if isinstance(size, int) or len(size) == 1:
        short = size if isinstance(size, int) else size[0]
        long = int(short * max(height, width) / min(height, width))
        if max_size is not None and long > max_size:
            short, long = int(max_size * short / long), max_size
        wanted = (short, long) if height <= width else (long, short)
    else:
        wanted = sides(size)
    if wanted == (height, width):
        return img
    mode = _mode(interpolation)
    if isinstance(img, Image.Image):
        return img.resize((wanted[1], wanted[0]), _PILLOW[mode])
    batch = img if img.ndim == 4 else img.unsqueeze(0)
    whole = np.dtype(img.dtype).kind in "iu"
    given = batch.float() if whole else batch
    if mode not in ("bilinear", "bicubic"):
        found = interpolate(given, size=wanted, mode=mode)
    elif antialias and (wanted[0] < height or wanted[1] < width):
        across, down = (_filtered(old, new, mode) for old, new in ((width, wanted[1]), (height, wanted[0])))
        found = new_tensor(down) @ (given @ new_tensor(across.T))
    else:
        found = interpolate(given, size=wanted, mode=mode, align_corners=False)
    if whole:
        found = found.round().clamp(0, 255).to(img.dtype)
    return found if img.ndim == 4 else found.squeeze(0)


def _filtered(old: int, new: int, mode: str) -> Any:
    """What each new number takes of each old one, where a side shrinks: an average over all that it stands for."""
    scale = old / new
    wide = max(scale, 1.0)
    reach = (1.0 if mode == "bilinear" else 2.0) * wide
    weights = np.zeros((new, old))
    for place in range(new):
        middle = scale * (place + 0.5)
        first, last = max(int(middle - reach + 0.5), 0), min(int(middle + reach + 0.5), old)
        away = np.abs((np.arange(first, last) - middle + 0.5) / wide)
        part = np.maximum(1 - away, 0) if mode == "bilinear" else _cubic(away)
        weights[place, first:last] = part / part.sum()
    return weights.astype(np.float32)


def _cubic(x: Any, a: float = -0.5) -> Any:
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = a * (((x - 5) * x + 8) * x - 4)
    return np.where(x < 1, near, np.where(x < 2, far, 0.0))


def crop(img: Any, top: int, left: int, height: int, width: int) -> Any:
    """A window of an image; what lies outside is 0.

    Example:
        >>> crop(Image.new("L", (28, 28)), 0, 0, 4, 5).size
        (5, 4)
    """
    if isinstance(img, Image.Image):
        return img.crop((left, top, left + width, top + height))
    _channels, high, wide = get_dimensions(img)
    outside = (max(-left, 0), max(-top, 0), max(left + width - wide, 0), max(top + height - high, 0))
    inside = img[..., max(top, 0) : max(top + height, 0), max(left, 0) : max(left + width, 0)]
    return pad(inside, list(outside)) if any(outside) else inside


def center_crop(img: Any, output_size: Any) -> Any:
    """The middle of an image, with a border of 0 where it is too small.

    Example:
        >>> center_crop(Image.new("L", (28, 28)), 20).size
        (20, 20)
    """
    rows, columns = sides(output_size)
    _channels, height, width = get_dimensions(img)
    if columns > width or rows > height:
        room = [
            (columns - width) // 2 if columns > width else 0, (rows - height) // 2 if rows > height else 0,
            (columns - width + 1) // 2 if columns > width else 0, (rows - height + 1) // 2 if rows > height else 0,
        ]  # fmt: skip
        img = pad(img, room)
        _channels, height, width = get_dimensions(img)
        if (columns, rows) == (width, height):
            return img
    return crop(img, round((height - rows) / 2.0), round((width - columns) / 2.0), rows, columns)


_PADDED = ("constant", "edge", "reflect", "symmetric")


def pad(img: Any, padding: Any, fill: Any = 0, padding_mode: str = "constant") -> Any:
    """A border: one number for all sides, two for left/right and top/bottom, or left, top, right, bottom.

    Raises:
        DataError: a kind of border that does not exist.

    Example:
        >>> pad(Image.new("L", (28, 28)), 2).size
        (32, 32)
    """
    if padding_mode not in _PADDED:
        raise DataError(
            _("Pad: expected padding_mode to be one of {known}, got “{found}”").format(
                known=", ".join(_PADDED), found=padding_mode
            )
        )
    told = (padding,) if isinstance(padding, int) else tuple(padding)
    left, top, right, bottom = told * 4 if len(told) == 1 else told * 2 if len(told) == 2 else told
    more = {"constant_values": fill} if padding_mode == "constant" else {}
    if isinstance(img, Image.Image):
        if padding_mode == "constant":
            wide = Image.new(img.mode, (img.width + left + right, img.height + top + bottom), fill)
            wide.paste(img, (left, top))
            return wide
        array = np.asarray(img)
        room = [(top, bottom), (left, right), *[(0, 0)] * (array.ndim - 2)]
        return Image.fromarray(np.pad(array, room, mode=padding_mode))  # type: ignore[call-overload]
    array = img.detach().numpy()
    room = [(0, 0)] * (array.ndim - 2) + [(top, bottom), (left, right)]
    bordered: Any = np.pad
    return new_tensor(bordered(array, room, mode=padding_mode, **more))


def hflip(img: Any) -> Any:
    """The mirror image.

    Example:
        >>> from tinygrad_fr import tensor
        >>> hflip(tensor([[[1.0, 2.0]]]))
        tensor([[[2., 1.]]])
    """
    return img.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if isinstance(img, Image.Image) else img.flip(-1)


def vflip(img: Any) -> Any:
    """Upside down.

    Example:
        >>> from tinygrad_fr import tensor
        >>> vflip(tensor([[[1.0], [2.0]]])).flatten().tolist()
        [2.0, 1.0]
    """
    return img.transpose(Image.Transpose.FLIP_TOP_BOTTOM) if isinstance(img, Image.Image) else img.flip(-2)


def resized_crop(
    img: Any, top: int, left: int, height: int, width: int, size: Any,
    interpolation: Any = InterpolationMode.BILINEAR, antialias: bool | None = True,
) -> Any:  # fmt: skip
    """A window, at another size.

    Example:
        >>> resized_crop(Image.new("L", (28, 28)), 0, 0, 4, 5, (8, 8)).size
        (8, 8)
    """
    return resize(crop(img, top, left, height, width), size, interpolation, antialias=antialias)


def pictured(img: Any, name: str) -> Any:
    """An image of Pillow, which is all that some changes are here for.

    Raises:
        DataError: it is a tensor.

    Example:
        >>> pictured(Image.new("L", (2, 2)), "rotate").size
        (2, 2)
    """
    if isinstance(img, Image.Image):
        return img
    raise DataError(_("{name}: expected an image of Pillow, got a tensor: put it before ToTensor").format(name=name))


def rotate(
    img: Any, angle: float, interpolation: Any = InterpolationMode.NEAREST, expand: bool = False, center: Any = None,
    fill: Any = None,
) -> Any:  # fmt: skip
    """Turned counter-clockwise by an angle in degrees.

    Example:
        >>> rotate(Image.new("L", (3, 5)), 90, expand=True).size
        (5, 3)
    """
    img = pictured(img, "rotate")
    filled = fill if fill is None or not isinstance(fill, (int, float)) or img.mode == "L" else (int(fill),) * 3
    return img.rotate(angle, _PILLOW[_mode(interpolation)], expand, center, fillcolor=filled)


def to_grayscale(img: Any, num_output_channels: int = 1) -> Any:
    """Grey levels.

    Example:
        >>> to_grayscale(Image.new("RGB", (2, 2))).mode
        'L'
    """
    if isinstance(img, Image.Image):
        grey = img.convert("L")
        return grey if num_output_channels == 1 else Image.merge("RGB", (grey,) * 3)
    return rgb_to_grayscale(img, num_output_channels)


def rgb_to_grayscale(img: Any, num_output_channels: int = 1) -> Any:
    """Grey levels of a tensor (3, height, width).

    Example:
        >>> from tinygrad_fr import tensor
        >>> rgb_to_grayscale(tensor(np.ones((3, 1, 1), np.float32))).shape
        torch.Size([1, 1, 1])
    """
    if isinstance(img, Image.Image):
        return to_grayscale(img, num_output_channels)
    red, green, blue = img.unbind(-3)
    grey = (0.2989 * red + 0.587 * green + 0.114 * blue).to(img.dtype).unsqueeze(-3)
    return grey.expand(img.shape).clone() if num_output_channels == 3 else grey


def adjust_brightness(img: Any, brightness_factor: float) -> Any:
    """Brighter or darker.

    Example:
        >>> adjust_brightness(Image.new("L", (1, 1), 100), 0.5).getpixel((0, 0))
        50
    """
    return ImageEnhance.Brightness(pictured(img, "adjust_brightness")).enhance(brightness_factor)


def adjust_contrast(img: Any, contrast_factor: float) -> Any:
    """More or less contrast.

    Example:
        >>> adjust_contrast(Image.new("L", (1, 1), 100), 0.5).getpixel((0, 0))
        100
    """
    return ImageEnhance.Contrast(pictured(img, "adjust_contrast")).enhance(contrast_factor)


def adjust_saturation(img: Any, saturation_factor: float) -> Any:
    """More or less colour.

    Example:
        >>> adjust_saturation(Image.new("RGB", (1, 1), (0, 0, 255)), 0.0).getpixel((0, 0))
        (29, 29, 29)
    """
    return ImageEnhance.Color(pictured(img, "adjust_saturation")).enhance(saturation_factor)


def adjust_hue(img: Any, hue_factor: float) -> Any:
    """Other colours: hue is turned by a part of the circle, from −0.5 to 0.5.

    Raises:
        DataError: the part is not between these.

    Example:
        >>> adjust_hue(Image.new("RGB", (1, 1), (255, 0, 0)), 0.5).getpixel((0, 0))
        (0, 255, 252)
    """
    if not -0.5 <= hue_factor <= 0.5:
        raise DataError(_("adjust_hue: expected a number from −0.5 to 0.5, got {found}").format(found=hue_factor))
    img = pictured(img, "adjust_hue")
    if img.mode in ("L", "1", "I", "F"):
        return img
    hue, saturation, value = img.convert("HSV").split()
    turned = np.asarray(hue, np.uint8) + np.uint8(int(hue_factor * 255) % 256)
    return Image.merge("HSV", (Image.fromarray(turned, "L"), saturation, value)).convert(img.mode)


def erase(img: Any, i: int, j: int, h: int, w: int, v: Any, inplace: bool = False) -> Any:
    """A tensor with a window of other numbers.

    Example:
        >>> from tinygrad_fr import tensor
        >>> erase(tensor(np.ones((1, 2, 2), np.float32)), 0, 0, 1, 1, 0.0).sum().item()
        3.0
    """
    img = img if inplace else img.clone()
    img[..., i : i + h, j : j + w] = v
    return img
