"""What a student calls: ``check.exercise("13.2", answer)``, and ``check.solution("13.2")``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tinygrad_fr.locale import _
from tinygrad_fr.tutorials import hints, progress
from tinygrad_fr.tutorials.exercises import find
from tinygrad_fr.tutorials.prove import Refused


def refusal(number: str, answer: Any) -> str | None:
    """Why an answer is refused, in one sentence; None for one that is proven."""
    try:
        find(number).proof(answer)
    except Refused as error:
        return str(error)
    return None


def exercise(number: str, answer: Any) -> None:
    """Say whether an answer is right; ``...`` stands for one that is still to be given.

    After a wrong one there is a hint, then another, then the way to the solution. What was answered is kept in
    ``exercises.json`` beside the notebook.

    Raises:
        UsageError: no exercise has this number.
    """
    number = find(number).number
    if answer is ...:
        print(_("exercise {number}: not answered yet").format(number=number))
        return
    found = refusal(number, answer)
    tries = progress.noted(Path(), number, right=found is None).tries
    if found is None:
        print(_("✓ exercise {number}: right, proven").format(number=number))
    else:
        print(_("✗ exercise {number}: {why}").format(number=number, why=found))
        if helps := hints.hint(number, tries):
            print(f"  {helps}")


def solution(number: str) -> None:
    """Show an answer that its author wrote.

    Raises:
        UsageError: no exercise has this number.
    """
    number = find(number).number
    progress.noted(Path(), number, shown=True, tried=False)
    print(hints.solution(number) or _("exercise {number} has no written answer").format(number=number))
