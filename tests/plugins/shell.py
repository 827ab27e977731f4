"""The program as a shell runs it."""

import subprocess
import sys


def from_nothing(*arguments, **more):
    """The program in English, in a process and an environment of its own."""
    return subprocess.run(
        [sys.executable, "-m", "tinygrad_fr.cli", "--lang", "en", *map(str, arguments)],
        capture_output=True,
        text=True,
        **more,
    )
