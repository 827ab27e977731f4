"""``torch.nn.modules``: PyTorch's files are all :mod:`tinygrad_fr.nn` here.

Example:
    >>> from tinygrad_fr import nn
    >>> nn.modules.batchnorm.LazyBatchNorm1d is nn.modules.LazyBatchNorm1d is nn.LazyBatchNorm1d
    True
"""

from __future__ import annotations

import sys
from typing import Any

_FILES = frozenset(
    (
        "activation", "adaptive", "batchnorm", "channelshuffle", "container", "conv", "distance", "dropout", "flatten", "fold",
        "instancenorm", "lazy", "linear", "loss", "module", "normalization", "padding", "pixelshuffle", "pooling", "rnn", "sparse",
        "transformer", "upsampling",
    )
)  # fmt: skip


def __getattr__(name: str) -> Any:
    package = sys.modules["tinygrad_fr.nn"]
    return package if name in _FILES else getattr(package, name)
