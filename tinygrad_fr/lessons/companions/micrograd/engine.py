"""``micrograd.engine``."""

from tinygrad_fr.handles.scalar import Value

__all__ = ["Value"]
