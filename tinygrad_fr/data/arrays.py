"""Arrays that numpy saved."""

from __future__ import annotations

import io
import tokenize
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr import files
from tinygrad_fr.data.labelled import Labelled
from tinygrad_fr.errors import DataError
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt


# What numpy raises over a header that is none, or that promises more than there is.
UNREADABLE = (ValueError, EOFError, OverflowError, MemoryError, SyntaxError, TypeError, tokenize.TokenError)


def read_arrays(path: Path) -> Labelled:
    """Rows of an .npz file (arrays x and y, or x_train, y_train, x_test and y_test), of a folder with x.npy, y.npy and so
    on, or of an .npy file (n, k + 1) whose last column is the class. Whole numbers from 0 to 255 are read as grey levels.

    Raises:
        DataError: it holds something else, Python objects above all, which are never loaded.

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
    found = _loaded(path)
    if "x_train" in found and "y_train" in found:
        held = (_scaled(found["x_test"]), found["y_test"]) if "x_test" in found and "y_test" in found else None
        return Labelled.of(_scaled(found["x_train"]), _classes(path, found["y_train"]), held)
    if "x" in found and "y" in found:
        return Labelled.of(_scaled(found["x"]), _classes(path, found["y"]))
    table = found.get("")
    if table is not None and table.ndim == 2 and table.shape[1] > 1:
        return Labelled.of(table[:, :-1], _classes(path, table[:, -1]))
    shapes = ", ".join(f"{name} {array.shape}".strip() for name, array in found.items())
    raise DataError(
        _("{path}: expected arrays x and y, or x_train, y_train, x_test and y_test, found {found}").format(
            path=path, found=shapes or "–"
        )
    )


def _loaded(path: Path) -> dict[str, npt.NDArray[Any]]:
    """Arrays by name; that of an .npy file has none."""
    if path.is_dir():
        return {file.stem: array for file in sorted(path.glob("*.npy")) for array in _loaded(file).values()}
    data = io.BytesIO(files.read(path))
    try:
        found: Any = np.load(data, allow_pickle=False)
        arrays = {"": found} if isinstance(found, np.ndarray) else {name: found[name] for name in found.files}
    except (*UNREADABLE, OSError, KeyError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise DataError(
            _("{path} is no whole file of numpy’s numbers ({cause})").format(
                path=path, cause=str(error).partition("\n")[0]
            )
        ) from None
    wrong = [
        name for name, array in arrays.items() if not isinstance(array, np.ndarray) or array.dtype.kind not in "biuf"
    ]
    if wrong and set(wrong) & {"", "x", "y", "x_train", "y_train", "x_test", "y_test"}:
        raise DataError(_("{path}: expected numbers in array “{name}”").format(path=path, name=wrong[0]))
    return arrays


def _scaled(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return array.astype(np.float32) / 255 if array.dtype == np.uint8 else array


def _classes(path: Path, labels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Labels as whole numbers."""
    flat = labels.reshape(len(labels)) if labels.size == len(labels) else labels
    if flat.ndim != 1 or not np.array_equal(flat, np.floor(flat)):
        raise DataError(_("{path}: expected one whole number a row as its class").format(path=path))
    return flat.astype(np.int64)
