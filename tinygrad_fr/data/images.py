"""Images in folders: a folder per class."""

from __future__ import annotations

import io
import struct
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr import files
from tinygrad_fr.data import bound
from tinygrad_fr.data.labelled import Labelled
from tinygrad_fr.errors import DataError
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt
    from PIL.Image import Image

SUFFIXES = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".bmp": "BMP",
    ".gif": "GIF",
    ".pgm": "PPM",
    ".ppm": "PPM",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".webp": "WEBP",
}
_PIXEL = 10  # bytes, in colours, in grey and as a number
# What decoders raise on a damaged file.
_BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    EOFError,
    struct.error,
)
_SIXTEEN = ("I;16", "I;16B", "I;16L", "I;16N")


def read_images(path: Path, size: tuple[int, int] | None = None, limit: int = bound.LIMIT) -> Labelled:
    """Images of folders as grey levels from 0 to 1, each folder's name its images' class.

    Levels are scaled by the range of their own depth: 1, 8 or 16 bits; numbers with a point are levels from 0 to 1 already.
    What is transparent is seen on white paper.

    Args:
        path: the folder around the classes' folders.
        size: height and width that the images are brought to; those of the first one by default.
        limit: bytes of memory that the images may take.

    Raises:
        DataError: there are not two classes, a class is empty, an image cannot be read or its levels have no known range, or
            they take more than the limit.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from PIL import Image
        >>> with TemporaryDirectory() as folder:
        ...     for kind, grey in (("black", 0), ("white", 255)):
        ...         Path(folder, kind).mkdir()
        ...         Image.new("L", (3, 2), grey).save(Path(folder, kind, "one.png"))
        ...     rows = read_images(Path(folder))
        >>> rows.inputs.shape, rows.classes, rows.inputs[1, 0].tolist()
        ((2, 2, 3), ('black', 'white'), [1.0, 1.0, 1.0])
    """
    folders = sorted(each for each in path.iterdir() if each.is_dir() and not each.name.startswith("."))
    if len(folders) < 2:
        raise DataError(_("{path}: expected a folder of images for each of at least two classes").format(path=path))
    held = [(file, folder.name) for folder in folders for file in _held(folder)]
    first = _read(held[0][0], size, limit)
    bound.numbers(path, (len(held), *first.shape), 4, limit)
    images = np.empty((len(held), *first.shape), np.float32)
    for place, (file, _name) in enumerate(held):
        images[place] = _read(file, first.shape, limit)
    return Labelled.of(images, [name for _file, name in held])


def _held(folder: Path) -> list[Path]:
    """The images of a class."""
    found = sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES)
    if not found:
        raise DataError(_("{path} holds no image ({known})").format(path=folder, known=" ".join(sorted(SUFFIXES))))
    return found


@contextmanager
def opened(path: Path, limit: int = bound.LIMIT, formats: tuple[str, ...] | None = None) -> Iterator[Image]:
    """An image of a file, whose pixels are decoded where it is used.

    Args:
        path: the file.
        limit: bytes of memory that the image may take.
        formats: the only ones that are tried, so that no other decoder ever sees the file; all of ours by default.

    Raises:
        DataError: it cannot be read, or takes more than the limit.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from PIL import Image
        >>> with TemporaryDirectory() as folder:
        ...     Image.new("L", (3, 2)).save(Path(folder, "one.png"))
        ...     with opened(Path(folder, "one.png")) as image:
        ...         image.size
        (3, 2)
    """
    from PIL import Image

    held = io.BytesIO(
        files.read(path, limit)
    )  # from the file itself, the decoder makes room for whatever length it names
    try:
        with Image.open(held, formats=formats or tuple(sorted(set(SUFFIXES.values())))) as image:
            bound.check(path, _PIXEL * image.height * image.width, limit)
            yield image
    except DataError:
        raise
    except (*_BROKEN, Image.DecompressionBombError) as error:
        raise DataError(_("{path} cannot be read as an image: {cause}").format(path=path, cause=error)) from None


def _read(file: Path, size: tuple[int, ...] | None, limit: int) -> npt.NDArray[Any]:
    """One image, of the format that its name says."""
    from PIL import Image

    with opened(file, limit, (SUFFIXES[file.suffix.lower()],)) as image:
        levels = _levels(image)
        if size is not None and levels.size != (size[1], size[0]):
            levels = levels.resize((size[1], size[0]), Image.Resampling.BILINEAR)
        return np.asarray(levels, np.float32) / (255 if levels.mode == "L" else 1)


def _levels(image: Image) -> Image:
    """The same in grey: of 8 bits where it has no more, else as numbers from 0 to 1.

    Raises:
        ValueError: its levels have no known range.
    """
    from PIL import Image

    if image.mode in _SIXTEEN or (
        image.mode == "I" and image.format in ("PNG", "PPM")
    ):  # older Pillows say I of 16 bits
        return _numbers(np.asarray(image).astype(np.float32) / 65535, image)
    if image.mode == "F":
        return _numbers(np.asarray(image, np.float32), image)
    if image.mode == "I":
        raise ValueError(_("expected levels of 1, 8 or 16 bits, or from 0 to 1"))
    if image.has_transparency_data:
        paper = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(paper, image.convert("RGBA")).convert("L")
    return (image if image.mode in ("1", "L", "RGB") else image.convert("RGB")).convert("L")


def _numbers(levels: npt.NDArray[Any], image: Image) -> Image:
    from PIL import Image

    if "transparency" in image.info or not ((levels >= 0) & (levels <= 1)).all():  # NaN is not either
        raise ValueError(_("expected levels of 1, 8 or 16 bits, or from 0 to 1"))
    return Image.fromarray(np.ascontiguousarray(levels, np.float32))
