"""Weights that a training by a recipe ended with, kept in the user's cache, so that a second look at a model is quick.

They are found again for the same model, settings and seed, by the same version: of this package, of the model's own code
and of what its settings name on the disk. A cache that cannot be written, or a file that is not whole, costs a training
and nothing else.
"""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import json
import math
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import tinygrad_fr
from tinygrad_fr import files
from tinygrad_fr.errors import TinygradError
from tinygrad_fr.installed import version
from tinygrad_fr.kernels.runtime.cache_directory import cache_directory
from tinygrad_fr.naming import home
from tinygrad_fr.training.weights import load_weights, save_weights

if TYPE_CHECKING:
    from tinygrad_fr.nn.module import Module
    from tinygrad_fr.plugins import Model

SUFFIX = ".safetensors"


def folder() -> Path:
    """Where the weights are; it need not be there."""
    return cache_directory() / "trained"


def place(model: Model, settings: Any, seed: int) -> Path | None:
    """The file for a training; None where nothing tells one version of the model from another.

    That is so where its code cannot be read, and where a file is a model by a class of this package (a script, an .onnx).

    Example:
        >>> from tinygrad_fr.plugins import Catalogue
        >>> model = Catalogue().load("neuron")
        >>> first, again, other = (place(model, model.settings, seed) for seed in (0, 0, 1))
        >>> first == again != other
        True
    """
    if home(type(model)).startswith("tinygrad_fr."):
        return None
    try:
        source = Path(inspect.getfile(type(model))).resolve()
        beside = sorted(source.parent.glob("*.py")) if (source.parent / "__init__.py").exists() else [source]
        code = [_bytes(file) for file in beside]
    except (OSError, TypeError):
        return None
    chosen = {field.name: getattr(settings, field.name) for field in dataclasses.fields(settings)}
    read = [_bytes(Path(value)) for value in map(str, chosen.values()) if value and _is_file(value)]
    about = json.dumps([model.name, chosen, seed, np.__version__, _version()], default=str, sort_keys=True)
    digest = hashlib.sha256(about.encode("utf-8", "surrogatepass"))
    for part in (*code, *read):
        digest.update(hashlib.sha256(part).digest())
    return folder() / f"{_plain(model.name)}-{digest.hexdigest()[:20]}{SUFFIX}"


def take(module: Module, path: Path | None) -> bool:
    """Put the weights of a file into a module, and say whether they were there and whole."""
    if path is None or not _is_file(str(path)):
        return False
    try:
        load_weights(module, path)
    except TinygradError:
        return False
    return True


def keep(module: Module, path: Path | None) -> bool:
    """Write a module's weights, and say whether that could be done."""
    if path is None:
        return False
    try:
        files.folder(path.parent)
        save_weights(module, path)
    except TinygradError:
        return False
    return True


def held() -> tuple[int, float]:
    """How many trainings are kept, and their megabytes."""
    sizes = [path.stat().st_size for path in _files()]
    return len(sizes), math.fsum(sizes) / 1e6


def forget() -> int:
    """Remove all of them, and say how many there were.

    Raises:
        TinygradError: one cannot be removed.
    """
    removed = 0
    for path in _files():
        try:
            path.unlink()
        except OSError as error:
            raise TinygradError(f"{path}: {files.reason(error)}") from None
        removed += 1
    return removed


def _files() -> list[Path]:
    try:
        return [path for path in folder().iterdir() if path.suffix == SUFFIX]
    except OSError:
        return []


def _is_file(path: str) -> bool:
    try:
        return Path(path).is_file()
    except (OSError, ValueError):
        return False


def _bytes(path: Path) -> bytes:
    return path.read_bytes()


def _plain(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in name)[:40]


@cache
def _version() -> str:
    """This package's, and that of its files where they are being worked on."""
    root = Path(tinygrad_fr.__file__).parent
    stamps = [f"{file.relative_to(root)} {file.stat().st_mtime_ns}" for file in sorted(root.rglob("*.py"))]
    return version() + hashlib.sha256("\n".join(stamps).encode()).hexdigest()
