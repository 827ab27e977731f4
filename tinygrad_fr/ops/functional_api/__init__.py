"""The parts of PyTorch's functional API that our operations lack: further arguments, and further names."""

from tinygrad_fr.ops.functional_api import arithmetic, choices, reductions, softmax
from tinygrad_fr.ops.functional_api.aliases import ALIASES

__all__ = ["ALIASES", "arithmetic", "choices", "reductions", "softmax"]
