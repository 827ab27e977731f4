"""numba loops over raw arrays; no node is known here. Each module is imported when a kernel is first needed."""

from tinygrad_fr.kernels.cores import count
from tinygrad_fr.kernels.memory import keep_freed

count()  # says what is wrong with the environment, before numba refuses it in words of its own
keep_freed()
