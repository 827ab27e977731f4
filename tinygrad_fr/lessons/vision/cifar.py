"""The files of CIFAR-10 and CIFAR-100: the binary ones, and the pickles, which are read without running anything."""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_fr import files
from tinygrad_fr.errors import DataError
from tinygrad_fr.locale import _
from tinygrad_fr.serialization import DAMAGED, bounded_pickle

SIDE, COLOURS = 32, 3
_BYTES = SIDE * SIDE * COLOURS


def read_cifar(root: Path, name: str, train: bool) -> tuple[Any, list[int]] | None:
    """Images (n, 32, 32, 3) and classes from a folder; None if the files are not there.

    Args:
        root: the folder that holds ``cifar-10-batches-py``, ``cifar-10-batches-bin`` or their like for 100 classes.
        name: ``CIFAR10`` or ``CIFAR100``.
        train: which half.

    Raises:
        DataError: a file is damaged, or holds something else than images.

    Example:
        >>> read_cifar(Path("/nowhere"), "CIFAR10", train=True) is None
        True
    """
    if name == "CIFAR10":
        files = [f"data_batch_{n}" for n in range(1, 6)] if train else ["test_batch"]
        folders, key, skipped = ("cifar-10-batches-py", "cifar-10-batches-bin"), "labels", 0
    else:
        files, folders, key, skipped = (
            ["train" if train else "test"],
            ("cifar-100-python", "cifar-100-binary"),
            "fine_labels",
            1,
        )
    for folder, suffix, read in ((folders[0], "", _pickled), (folders[1], ".bin", _binary)):
        paths = [root / folder / f"{file}{suffix}" for file in files]
        if all(path.is_file() for path in paths):
            parts = [read(path, key, skipped) for path in paths]
            flat = np.concatenate([images for images, _labels in parts])
            labels = [label for _images, some in parts for label in some]
            return np.ascontiguousarray(flat.reshape(-1, COLOURS, SIDE, SIDE).transpose(0, 2, 3, 1)), labels
    return None


def _binary(path: Path, _key: str, skipped: int) -> tuple[Any, list[int]]:
    rows = np.fromfile(path, np.uint8)
    width = 1 + skipped + _BYTES
    if len(rows) == 0 or len(rows) % width:
        raise DataError(_("{path}: expected images of 32×32, got {n} bytes").format(path=path, n=len(rows)))
    rows = rows.reshape(-1, width)
    return rows[:, 1 + skipped :], rows[:, skipped].tolist()


class _Held:
    """What stands for an array of the pickle until its bytes are known."""

    def __init__(self, *_told: Any) -> None:
        self.array: Any = None

    def __setstate__(self, state: Any) -> None:
        _version, shape, _kind, _order, content = state
        if isinstance(content, str):
            content = content.encode("latin1")  # a pickle of Python 2
        self.array = np.frombuffer(content, np.uint8).reshape(shape)


class _Kind:
    """What stands for a type of numbers: bytes are read, whatever it says."""

    def __init__(self, *_told: Any) -> None:
        pass

    def __setstate__(self, _state: Any) -> None:
        pass


class _Reader(pickle.Unpickler):
    """A pickle of an array of bytes and lists of numbers: it may name what makes these, and nothing else is called."""

    def find_class(self, module: str, name: str) -> Any:
        if name in ("_reconstruct", "ndarray", "dtype") and module.partition(".")[0] == "numpy":
            return _Kind if name == "dtype" else _Held
        if (module, name) == ("_codecs", "encode"):
            return lambda text, *_coding: text.encode("latin1")
        raise pickle.UnpicklingError(_("it names {name}").format(name=f"{module}.{name}"))


def _pickled(path: Path, key: str, _skipped: int) -> tuple[Any, list[int]]:
    try:
        held = _Reader(io.BytesIO(bounded_pickle(files.read(path))), encoding="latin1").load()
        images, labels = held["data"].array, [int(label) for label in held[key]]
        if images is None or images.shape != (len(labels), _BYTES):
            raise ValueError(_("no images of 32×32"))
    except DAMAGED as error:
        raise DataError(_("{path}: not a file of CIFAR: {cause}").format(path=path, cause=error)) from None
    return images, labels
