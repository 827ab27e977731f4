"""Shortcuts of composite operations: one kernel for the value and the first derivative."""

from tinygrad_fr.ops.fused import attention, cells, losses, norms, order, recurrent, similarity

__all__ = ["attention", "cells", "losses", "norms", "order", "recurrent", "similarity"]
