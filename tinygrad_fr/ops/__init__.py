"""What can be recorded, one family a file. See :mod:`tinygrad_fr.ops.definition` for how an operation is said."""

import warnings

from tinygrad_fr.ops import (
    activation,
    arithmetic,
    attention,
    comparison,
    convolution,
    ctc,
    cumulative,
    forms,
    fused,
    indexing,
    interpolation,
    joining,
    linalg,
    lookup,
    loss,
    normalization,
    pooling,
    products,
    rearranging,
    recurrent,
    reduction,
    scatter,
    shape,
    sorting,
    special,
    trigonometry,
)
from tinygrad_fr.ops.definition import built_in, registry
from tinygrad_fr.ops.overloads import fronts, methods

# Infinities and NaN flow through as IEEE says, silently as in PyTorch; detect_anomaly() finds where they come from.
warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"tinygrad_fr\.")

__all__ = [
    "activation",
    "arithmetic",
    "attention",
    "comparison",
    "convolution",
    "ctc",
    "cumulative",
    "forms",
    "fronts",
    "fused",
    "indexing",
    "interpolation",
    "joining",
    "linalg",
    "lookup",
    "loss",
    "methods",
    "normalization",
    "pooling",
    "products",
    "rearranging",
    "recurrent",
    "reduction",
    "registry",
    "scatter",
    "shape",
    "sorting",
    "special",
    "trigonometry",
]

built_in.update(registry)
