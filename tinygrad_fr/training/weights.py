"""Weights in files: safetensors, under PyTorch's keys.

``torch_module.load_state_dict(safetensors.torch.load_file("weights.safetensors"))`` reads what :func:`save_weights` wrote,
and :func:`load_weights` reads what ``safetensors.torch.save_file(torch_module.state_dict(), …)`` wrote.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr import fields, files
from tinygrad_fr.errors import DataError
from tinygrad_fr.locale import _
from tinygrad_fr.record.node import Node

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tinygrad_fr.nn.module import Module

WEIGHTS = "weights.safetensors"  # of a run, in its folder


def save_weights(module: Module, path: Path) -> None:
    """Write parameters and buffers.

    Raises:
        TinygradError: the file cannot be written.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from tinygrad_fr import nn
        >>> layer, other = nn.Linear(2, 2), nn.Linear(2, 2)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_weights(layer, Path(folder, "w.safetensors"))
        ...     load_weights(other, Path(folder, "w.safetensors"))
        >>> bool((layer.weight == other.weight).all())
        True
    """
    files.write(path, packed(values(module)))


def load_weights(module: Module, path: Path) -> None:
    """Take over the weights of a file, or of a run's folder.

    Raises:
        TinygradError: the file cannot be read.
        DataError: it holds no weights, or others than the model's; nothing is then changed.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from tinygrad_fr import nn
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_weights(nn.Linear(2, 2), Path(folder, "w.safetensors"))
        ...     try:
        ...         load_weights(nn.Linear(3, 2), Path(folder, "w.safetensors"))
        ...     except DataError as error:
        ...         print("(2, 3)" in str(error), "(2, 2)" in str(error))
        True True
    """
    if path.is_dir():
        path = path / WEIGHTS
    found, _about = unpacked(files.read(path), path)
    try:
        take_over(module, found)
    except DataError as error:
        raise DataError(_("{path}: {cause}").format(path=path, cause=error)) from None


def values(module: Module) -> dict[str, Any]:
    """The arrays themselves by key: holding them costs nothing, since the record never writes into one.

    Example:
        >>> from tinygrad_fr import nn
        >>> {key: array.shape for key, array in values(nn.Linear(3, 2)).items()}
        {'weight': (2, 3), 'bias': (2,)}
    """
    return {key: held.current.value for key, held in module.state_dict().items() if isinstance(held, Node)}


def take_over(module: Module, arrays: Mapping[str, Any]) -> None:
    """Give a module arrays that :func:`values` gave; what it keeps beside tensors stays as it is.

    Raises:
        DataError: they do not fit the module.

    Example:
        >>> from tinygrad_fr import nn
        >>> layer = nn.Linear(1, 1)
        >>> take_over(layer, {"weight": [[2.0]], "bias": [0.0]})
        >>> layer.weight.item()
        2.0
    """
    kept = {key: held for key, held in module.state_dict().items() if not isinstance(held, Node)}
    module.load_state_dict({**kept, **arrays})


def packed(arrays: Mapping[str, Any], about: Mapping[str, str] | None = None) -> bytes:
    """Arrays, and words about them, as the bytes of a file."""
    from safetensors.numpy import save

    whole = {key: np.ascontiguousarray(array).reshape(np.shape(array)) for key, array in arrays.items()}
    return save(whole, metadata=dict(about) if about else None)


def unpacked(data: bytes, path: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """The arrays of a file's bytes, and the words about them.

    Raises:
        DataError: they are no whole safetensors file.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        arrays = load(data)
    except (SafetensorError, KeyError, ValueError) as error:  # KeyError: a type that numpy lacks, such as bfloat16
        raise DataError(_("{path} is no whole safetensors file ({cause})").format(path=path, cause=error)) from None
    header = fields.parsed(data[8 : 8 + int.from_bytes(data[:8], "little")], path)
    return arrays, header.get("__metadata__", {})
