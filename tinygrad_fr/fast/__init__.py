"""Everything that exists for speed alone, behind the core's one interface (:mod:`tinygrad_fr.record.accelerator`).

Each path gives the same results as the core's general path, and calls that path for every case that is not a usual one. The core runs
without this package.
"""

import tinygrad_fr.ops  # noqa: F401 - the operations come first: they ask for ``paths`` while they are defined
