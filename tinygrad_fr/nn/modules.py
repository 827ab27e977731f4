"""``torch.nn.modules``: PyTorch's files, each of which has the names of all of :mod:`tinygrad_fr.nn` here.

Example:
    >>> from tinygrad_fr import nn
    >>> nn.modules.batchnorm.LazyBatchNorm1d is nn.modules.LazyBatchNorm1d is nn.LazyBatchNorm1d
    True
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

_FILES = frozenset(
    (
        "activation", "adaptive", "batchnorm", "channelshuffle", "container", "conv", "distance", "dropout", "flatten", "fold",
        "instancenorm", "lazy", "linear", "loss", "module", "normalization", "padding", "pixelshuffle", "pooling", "rnn", "sparse",
        "transformer", "upsampling",
    )
)  # fmt: skip


def _elsewhere(name: str) -> Any:
    """What stands in another file here than in PyTorch."""
    if name.startswith("__"):
        raise AttributeError(name)
    return getattr(sys.modules["tinygrad_fr.nn"], name)


def __getattr__(name: str) -> Any:
    if name == "utils":
        return import_module("tinygrad_fr.nn.ntuples")
    if name not in _FILES:
        return _elsewhere(name)
    try:
        file = import_module(f"tinygrad_fr.nn.{name}")
    except ModuleNotFoundError:
        return sys.modules["tinygrad_fr.nn"]
    vars(file).setdefault("__getattr__", _elsewhere)
    return file
