"""What can be recorded, one family a file. See :mod:`tinygrad_fr.ops.definition` for how an operation is said."""

import warnings

from tinygrad_fr.ops import (
    activation,
    arithmetic,
    fused,
    indexing,
    linalg,
    loss,
    recurrent,
    reduction,
    shape,
    trigonometry,
)
from tinygrad_fr.ops.definition import fronts, registry

# Infinities and NaN flow through as IEEE says, silently as in PyTorch; detect_anomaly() finds where they come from.
warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"tinygrad_fr\.")

__all__ = [
    "activation",
    "arithmetic",
    "fronts",
    "fused",
    "indexing",
    "linalg",
    "loss",
    "recurrent",
    "reduction",
    "registry",
    "shape",
    "trigonometry",
]
