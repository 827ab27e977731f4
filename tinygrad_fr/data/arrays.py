"""Arrays that numpy saved."""

from __future__ import annotations

import io
import tokenize
import zipfile
import zlib
from typing import IO, TYPE_CHECKING, Any

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


# What numpy raises over a header that is none, or that promises more than there is.
UNREADABLE = (
    ValueError, EOFError, OverflowError, MemoryError, SyntaxError, TypeError, RecursionError, tokenize.TokenError,
    zipfile.BadZipFile,
)  # fmt: skip
_PACKED = (
    *UNREADABLE,
    OSError,
    KeyError,
    IndexError,
    RuntimeError,
    zlib.error,
    NotImplementedError,
)
_NAMES = ("x", "y", "x_train", "y_train", "x_test", "y_test")
_HEADERS: dict[tuple[int, int], Any] = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
_DIMENSIONS = 32  # more than any data have, and what every numpy can hold


def read_arrays(path: Path, limit: int = bound.LIMIT) -> Labelled:
    """Rows of an .npz file (arrays x and y, or x_train, y_train, x_test and y_test), of a folder with x.npy, y.npy and so
    on, or of an .npy file (n, k + 1) whose last column is the class. Whole numbers from 0 to 255 are read as grey levels.

    Args:
        path: the file or folder.
        limit: bytes of memory that the arrays may take.

    Raises:
        DataError: it holds something else, Python objects above all, which are never loaded; or more than the limit.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "rows.npz")
        ...     np.savez(path, x=np.array([[0, 255], [255, 0]], np.uint8), y=[0, 1])
        ...     rows = read_arrays(path)
        >>> rows.inputs.tolist(), rows.labels.tolist()
        ([[0.0, 1.0], [1.0, 0.0]], [0, 1])
    """
    found = _loaded(path, limit)
    if "x_train" in found and "y_train" in found:
        held = (_scaled(found["x_test"]), found["y_test"]) if "x_test" in found and "y_test" in found else None
        if held is not None:
            held = (held[0], _classes(path, held[1]))
        return Labelled.of(_scaled(found["x_train"]), _classes(path, found["y_train"]), held)
    if "x" in found and "y" in found:
        return Labelled.of(_scaled(found["x"]), _classes(path, found["y"]))
    table = found.get("")
    if table is not None and table.ndim == 2 and table.shape[1] > 1:
        return Labelled.of(table[:, :-1], _classes(path, table[:, -1]))
    shapes = ", ".join(f"{name} {array.shape}".strip() for name, array in list(found.items())[:9])
    raise DataError(
        _("{path}: expected arrays x and y, or x_train, y_train, x_test and y_test, found {found}").format(
            path=path, found=shapes or "–"
        )
    )


def _loaded(path: Path, limit: int) -> dict[str, npt.NDArray[Any]]:
    """Arrays by name; that of an .npy file has none."""
    if path.is_dir():
        named = {file.stem: file for file in sorted(path.glob("*.npy"))}
        wanted = {name: file for name, file in named.items() if name in _NAMES} or named
        return {name: array for name, file in wanted.items() for array in _loaded(file, limit).values()}
    data = io.BytesIO(files.read(path, limit))
    try:
        if zipfile.is_zipfile(data):
            arrays = dict(_members(path, data, limit))
        else:
            data.seek(0)
            arrays = {"": _array(path, data, len(data.getbuffer()), limit)}
    except _PACKED as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            _("{path} is no whole file of numpy’s numbers ({cause})").format(
                path=path, cause=str(error).partition("\n")[0]
            )
        ) from None
    wrong = [name for name, array in arrays.items() if array.dtype.kind not in "biuf"]
    if wrong:
        raise DataError(_("{path}: expected numbers in array “{name}”").format(path=path, name=wrong[0]))
    return arrays


def _members(path: Path, data: IO[bytes], limit: int) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    """The arrays of an archive: those that have a meaning here, all where none has."""
    with zipfile.ZipFile(data) as archive:
        members = {each.filename.removesuffix(".npy"): each for each in archive.infolist()}
        wanted = {name: each for name, each in members.items() if name in _NAMES} or members
        bound.check(path, sum(each.file_size for each in wanted.values()), limit)
        for name, each in wanted.items():
            with archive.open(each) as file:
                yield name, _array(path, file, each.file_size, limit)


def _array(path: Path, file: IO[bytes], size: int, limit: int) -> npt.NDArray[Any]:
    """One array, whose header is believed only as far as there are as many bytes, and no more than the bound.

    Raises:
        ValueError: it is none, or not whole.
        DataError: it is larger than the bound.
    """
    version = np.lib.format.read_magic(file)
    if version not in _HEADERS:  # the third is for names that are not ASCII, of which numbers have none
        raise ValueError(f"version {version}")
    shape, by_column, dtype = _HEADERS[version](file)
    if dtype.hasobject or dtype.itemsize == 0:
        raise ValueError(f"expected numbers, found {dtype}")
    if len(shape) > _DIMENSIONS or any(side < 0 for side in shape):
        raise ValueError(f"{len(shape)} dimensions")
    bound.numbers(path, shape, dtype.itemsize, limit)
    count = int(np.prod(shape, dtype=object))
    held = file.read(count * dtype.itemsize) if count * dtype.itemsize <= size else b""
    if len(held) != count * dtype.itemsize:
        raise ValueError(f"expected {count} numbers")
    array = np.frombuffer(held, dtype, count)
    return array.reshape(shape[::-1]).T if by_column else array.reshape(shape)


def _scaled(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if array.dtype != np.uint8:
        return array
    scaled = array.astype(np.float32)
    scaled /= 255
    return scaled


def _classes(path: Path, labels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Labels as whole numbers."""
    flat = labels.reshape(len(labels)) if labels.ndim and labels.size == len(labels) else labels
    with np.errstate(invalid="ignore"):
        whole = flat.astype(np.int64)
    if flat.ndim != 1 or not np.array_equal(flat, whole) or not np.array_equal(flat < 0, whole < 0):
        raise DataError(_("{path}: expected one whole number per row as its class").format(path=path))
    return whole
