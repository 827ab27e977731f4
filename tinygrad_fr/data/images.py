"""Images in folders: a folder a class."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.data.labelled import Labelled
from tinygrad_fr.errors import DataError
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

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


def read_images(path: Path, size: tuple[int, int] | None = None) -> Labelled:
    """Images of folders as grey levels from 0 to 1, each folder's name its images' class.

    Args:
        path: the folder around the classes' folders.
        size: height and width that the images are brought to; those of the first one by default.

    Raises:
        DataError: there are not two classes, a class is empty, or an image cannot be read.

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
    images: list[npt.NDArray[Any]] = []
    names: list[str] = []
    for folder in folders:
        found = sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES)
        if not found:
            raise DataError(_("{path} holds no image ({known})").format(path=folder, known=" ".join(sorted(SUFFIXES))))
        for file in found:
            images.append(_read(file, size))
            names.append(folder.name)
            size = size or images[0].shape
    if len(folders) < 2:
        raise DataError(_("{path}: expected a folder of images for each of at least two classes").format(path=path))
    return Labelled.of(np.stack(images), np.array(names))


def _read(file: Path, size: tuple[int, ...] | None) -> npt.NDArray[Any]:
    """One image; only the format that its name says is tried, so that no other decoder ever sees it."""
    from PIL import Image

    try:
        held = io.BytesIO(
            file.read_bytes()
        )  # from the file itself, the decoder makes room for whatever length it names
        with Image.open(held, formats=(SUFFIXES[file.suffix.lower()],)) as image:
            grey = image.convert("L")
            if size is not None and grey.size != (size[1], size[0]):
                grey = grey.resize((size[1], size[0]), Image.Resampling.BILINEAR)
            return np.asarray(grey, np.float32) / 255
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:  # SyntaxError: a broken PNG
        raise DataError(_("{path} cannot be read as an image: {cause}").format(path=file, cause=error)) from None
