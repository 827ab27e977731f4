"""Shortcuts of composite operations: one kernel for the value and the first derivative."""

from tinygrad_fr.ops.fused import attention, cells, gates, losses, norms, order, recurrent, scatter, similarity

__all__ = ["attention", "cells", "gates", "losses", "norms", "order", "recurrent", "scatter", "similarity"]
