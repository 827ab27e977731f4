"""The command ``tinygrad-fr``.

Exit codes: 0 success, 1 the work failed, 2 wrong usage, 130 interrupted.
"""

try:
    from tinygrad_fr.cli.main import main
except KeyboardInterrupt:  # Ctrl-C while it was still loading
    from sys import stderr

    from tinygrad_fr.locale import _

    stderr.write(_("Error: {message}").format(message=_("interrupted")) + "\n")
    raise SystemExit(130) from None

__all__ = ["main"]
