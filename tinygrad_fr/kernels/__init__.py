"""numba loops over raw arrays; nothing here knows of nodes. Each module is imported when a kernel is first needed."""

from tinygrad_fr.kernels.runtime.cores import count
from tinygrad_fr.kernels.runtime.memory import keep_freed

count()  # checks the environment first, so that the error is ours and not numba's
keep_freed()
