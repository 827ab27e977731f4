"""What a student calls: ``check.exercise("13.2", answer)``."""

from __future__ import annotations

from typing import Any

from tinygrad_fr.locale import _
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

    Raises:
        UsageError: no exercise has this number.
    """
    find(number)
    if answer is ...:
        print(_("exercise {number}: not answered yet").format(number=number))
        return
    found = refusal(number, answer)
    if found is None:
        print(_("✓ exercise {number}: right, proven").format(number=number))
    else:
        print(_("✗ exercise {number}: {why}").format(number=number, why=found))
