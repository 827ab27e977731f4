"""Tutorials: one source for both languages, notebooks made from it, and exercises whose answers are proven.

``reading`` finds and reads the tutorials that packages bring, ``notebook`` makes notebooks of them and runs them;
``exercises`` is how an exercise is said, ``prove`` what its proof is made of, ``check`` what a student calls, ``touch`` shows pages that compute.
"""

from tinygrad_fr.plugins.text import Text
from tinygrad_fr.tutorials import check, prove
from tinygrad_fr.tutorials.exercises import exercise


def say(*, fr: str, en: str) -> str:
    """A text in the reader's language."""
    return str(Text(fr=fr, en=en))


__all__ = ["Text", "check", "exercise", "prove", "say"]
