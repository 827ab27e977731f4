"""The command ``tinygrad-fr``.

Exit codes: 0 success, 1 the work failed, 2 wrong usage, 130 interrupted.
"""

import os

# The engine gives BLAS one thread. OpenBLAS would start one for each core when numpy is loaded, and they spin for a while.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

try:
    from tinygrad_fr.cli.main import main
except KeyboardInterrupt:  # Ctrl-C while it was still loading
    from sys import stderr

    from tinygrad_fr.locale import _

    stderr.write(_("Error: {message}").format(message=_("interrupted")) + "\n")
    raise SystemExit(130) from None

__all__ = ["main"]
