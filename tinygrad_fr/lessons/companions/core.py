"""``torch._C``, PyTorch's own core: the errors and types that code of others reads there."""

from __future__ import annotations

from tinygrad_fr.errors import LinAlgError
from tinygrad_fr.random import Generator

__all__ = ["Generator", "_LinAlgError"]

_LinAlgError = LinAlgError
