"""numba loops over raw arrays; nothing here knows of nodes. Each module is imported when a kernel is first needed."""

from tinygrad_fr.kernels.runtime.cores import count
from tinygrad_fr.kernels.runtime.memory import keep_freed

count()  # says what is wrong with the environment, before numba refuses it in words of its own
keep_freed()
