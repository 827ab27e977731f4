"""Everything that exists for speed alone, behind the core's one interface (:mod:`tinygrad_fr.record.accelerator`).

Nothing here has a meaning of its own: each path gives what the core's general one gives, and takes that one wherever the case is
not the usual one. The core runs without this package.
"""

import tinygrad_fr.ops  # noqa: F401 - the operations come first: they ask for ``paths`` while they are defined
