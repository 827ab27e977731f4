"""The command ``tinygrad-fr``.

Exit codes: 0 success, 1 the work failed, 2 it was asked for wrongly, 130 interrupted.
"""

from tinygrad_fr.cli.main import main

__all__ = ["main"]
