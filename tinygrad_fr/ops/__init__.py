"""The operations, one family per file. :mod:`tinygrad_fr.ops.definition` says how an operation is defined."""

import warnings
from typing import Any

from tinygrad_fr.ops import (
    activation,
    arithmetic,
    attention,
    comparison,
    contraction,
    conversion,
    differences,
    distances,
    functional_api,
    fused,
    linalg,
    loss,
    normalization,
    products,
    recurrent,
    special,
    trigonometry,
)
from tinygrad_fr.ops.definition import built_in, registry
from tinygrad_fr.ops.indexing import gather, lookup, scatter, subscripts
from tinygrad_fr.ops.reductions import counting, cumulative, extremes, factors, sorting, sums, variance
from tinygrad_fr.ops.shapes import broadcasting, diagonals, joining, padding, permutation, rearranging, shape, strided
from tinygrad_fr.ops.shared.overloads import methods, overloaded
from tinygrad_fr.ops.spatial import conv, convolution, folding, fractional, grids, interpolation, pooling, unpooling

# Infinities and NaN propagate as IEEE 754 defines, without a warning, as in PyTorch; detect_anomaly() finds where they come from.
warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"tinygrad_fr\.")

__all__ = [
    "activation",
    "arithmetic",
    "attention",
    "broadcasting",
    "comparison",
    "contraction",
    "conv",
    "conversion",
    "convolution",
    "counting",
    "cumulative",
    "diagonals",
    "differences",
    "distances",
    "extremes",
    "factors",
    "folding",
    "fractional",
    "functional_api",
    "fused",
    "gather",
    "grids",
    "interpolation",
    "joining",
    "linalg",
    "lookup",
    "loss",
    "methods",
    "normalization",
    "overloaded",
    "padding",
    "permutation",
    "pooling",
    "products",
    "public",
    "rearranging",
    "recurrent",
    "registry",
    "scatter",
    "shape",
    "sorting",
    "special",
    "strided",
    "subscripts",
    "sums",
    "trigonometry",
    "unpooling",
    "variance",
]

built_in.update(registry)

# Functions of PyTorch's linalg and nn.functional, registered under the names of PyTorch's native functions.
_ELSEWHERE = frozenset((
    "col2im", "im2col", "linalg_diagonal", "linalg_lu", "linalg_lu_solve", "linalg_norm", "linalg_qr", "linalg_svd", "linalg_vander",
))  # fmt: skip


def public() -> dict[str, Any]:
    """What the package's own namespace has: operations, without those that are steps of others, and functions of them.

    Example:
        >>> "kl_div" in public(), "kl_div_of" in public()
        (True, False)
    """
    own = {name: op for name, op in registry.items() if not op.explained.shown_as and name != "select"}
    return own | {name: function for name, function in overloaded.items() if name not in _ELSEWHERE}
