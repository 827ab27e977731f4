"""What can be recorded, one family a file. See :mod:`tinygrad_fr.ops.definition` for how an operation is said."""

from tinygrad_fr.ops import activation, arithmetic, indexing, linalg, loss, recurrent, reduction, shape
from tinygrad_fr.ops.definition import fronts, registry

__all__ = [
    "activation",
    "arithmetic",
    "fronts",
    "indexing",
    "linalg",
    "loss",
    "recurrent",
    "reduction",
    "registry",
    "shape",
]
