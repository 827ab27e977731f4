"""numba loops over raw arrays; no node is known here. Each module is imported when a kernel is first needed."""

from tinygrad_fr.kernels.memory import keep_freed

keep_freed()
