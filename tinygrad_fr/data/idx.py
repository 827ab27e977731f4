"""IDX, the format of MNIST's files: a magic number, sizes, then the numbers, often inside gzip."""

from __future__ import annotations

import gzip
import io
import math
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr import files
from tinygrad_fr.data import bound
from tinygrad_fr.data.labelled import Labelled
from tinygrad_fr.errors import DataError
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    import numpy.typing as npt

_TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
_DIMENSIONS = 32  # more than any data have, and what every numpy can hold
_GZIP = b"\x1f\x8b"


def read_idx(path: Path, limit: int = bound.LIMIT) -> npt.NDArray[Any]:
    """The array of an IDX file, unpacked first where it is inside gzip.

    Args:
        path: the file.
        limit: bytes of memory that it may take.

    Raises:
        DataError: it is no IDX file, is cut short or too long for the sizes that it gives, or larger than the limit.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "two-idx1-ubyte")
        ...     _ = path.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 2, 7, 255]))  # bytes, 1 dimension of 2: 7 and 255
        ...     read_idx(path).tolist()
        [7, 255]
    """
    held = files.read(path, limit)
    if not held.startswith(_GZIP):
        return _array(path, io.BytesIO(held), limit, str(len(held)))
    try:
        with gzip.open(io.BytesIO(held)) as file:
            return _array(path, file, limit, _("more"))
    except (EOFError, OSError, zlib.error):
        raise DataError(_("{path} is not whole: its gzip ends too soon or is damaged").format(path=path)) from None


def _array(path: Path, file: io.BufferedIOBase, limit: int, whole: str) -> npt.NDArray[Any]:
    """The array, of which no more is unpacked than the sizes at the start say, and these no more than the bound allows.

    Args:
        path: of the file, for messages.
        file: what it holds, unpacked as it is read.
        limit: bytes of memory.
        whole: how many bytes there are, where there are too many.
    """
    start = file.read(4)
    if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in _TYPES or not 1 <= start[3] <= _DIMENSIONS:
        raise DataError(
            _(
                "{path} is no IDX file: expected it to start with 00 00, a type and a number of dimensions, found {found}"
            ).format(path=path, found=start.hex(" ") or "–")
        )
    dtype, head = np.dtype(_TYPES[start[2]]), file.read(4 * start[3])
    sizes = tuple(int.from_bytes(head[i : i + 4], "big") for i in range(0, 4 * start[3], 4))
    bound.numbers(path, sizes, dtype.itemsize, limit)
    expected = math.prod(sizes) * dtype.itemsize
    data = file.read(expected + 1)
    if len(head) < 4 * start[3] or len(data) != expected:
        before = 4 + len(head)
        raise DataError(
            _("{path}: expected {expected} bytes for sizes {sizes}, found {found}").format(
                path=path,
                expected=4 + 4 * start[3] + expected,
                sizes="×".join(map(str, sizes)),
                found=before + len(data) if len(data) <= expected else whole,
            )
        )
    return np.frombuffer(data, dtype).reshape(sizes).astype(dtype.newbyteorder("="), copy=False)


def read_mnist(path: Path, limit: int = bound.LIMIT) -> Labelled:
    """Images of IDX files with their labels, which stand beside them under the name that has ``labels`` for ``images``.

    Args:
        path: a file of images, or a folder with ``train-images…`` and perhaps ``t10k-images…``.
        limit: bytes of memory that each file may take.

    Raises:
        DataError: there are no images, no labels, not as many of both, or more than the limit.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     images, labels = Path(folder, "train-images-idx3-ubyte"), Path(folder, "train-labels-idx1-ubyte")
        ...     _ = images.write_bytes(bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 255, 255, 0]))
        ...     _ = labels.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 2, 4, 9]))
        ...     rows = read_mnist(Path(folder))
        >>> rows.inputs.tolist(), rows.classes
        ([[[0.0, 1.0]], [[1.0, 0.0]]], ('4', '9'))
    """
    if path.is_file():
        return Labelled.of(*_pair(path, limit))
    found = {part: sorted(path.glob(f"{part}-images*")) for part in ("train", "t10k")}
    if not found["train"]:
        raise DataError(_("{path}: expected a file train-images-idx3-ubyte, with or without .gz").format(path=path))
    held = _pair(found["t10k"][0], limit) if found["t10k"] else None
    return Labelled.of(*_pair(found["train"][0], limit), held)


def _pair(images: Path, limit: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Images with grey levels from 0 to 1, and their labels."""
    name = images.name.replace("images", "labels").replace("idx3", "idx1")
    near = [images.with_name(name), images.with_name(f"{name}.gz"), images.with_name(name.removesuffix(".gz"))]
    labels = next((file for file in near if file.is_file() and file != images), None)
    if labels is None:
        raise DataError(_("{path}: expected the labels beside the images, in {name}").format(path=images, name=name))
    pixels, answers = read_idx(images, limit), read_idx(labels, limit)
    if pixels.ndim < 2 or answers.ndim != 1 or len(pixels) != len(answers):
        raise DataError(
            _("{path}: expected images and as many labels, found sizes {images} and {labels}").format(
                path=images, images="×".join(map(str, pixels.shape)), labels="×".join(map(str, answers.shape))
            )
        )
    levels = pixels.astype(np.float32)
    if pixels.dtype == np.uint8:
        levels /= 255
    return levels, answers.astype(np.int64)
