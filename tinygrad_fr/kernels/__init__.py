"""numba loops over raw arrays; no node is known here. Each module is imported when a kernel is first needed."""
