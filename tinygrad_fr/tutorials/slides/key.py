"""The key to a tutorial's exercises: each question's number, and an answer that its proof accepts, as its author wrote it."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from tinygrad_fr.locale import _
from tinygrad_fr.tutorials.answers import solutions
from tinygrad_fr.tutorials.slides.deck import Deck, Slide, code_type

if TYPE_CHECKING:
    from tinygrad_fr.tutorials.reading import Tutorial


def key(tutorial: Tutorial, lang: str) -> Deck:
    """One page per exercise, with an answer that is right.

    Example:
        >>> from tinygrad_fr.tutorials.reading import tutorial
        >>> key(tutorial("5"), "en").slides[1].title
        'Exercise 5.1'
    """
    file = files(tutorial.package) / "exercises" / f"chapter_{tutorial.number:02}.py"
    pages = [
        Slide(
            _("Exercise {number}").format(number=number),
            tuple(source.splitlines()),
            "code",
            type=code_type(source.splitlines()),
        )
        for number, source in solutions(file.read_text(encoding="utf-8")).items()
    ]
    return Deck(tutorial.title(lang), lang, (Slide(tutorial.title(lang), (_("Answers"),), "title"), *pages))
