"""How an exercise is said: its number, a proof of the answer, an answer that is right and some that are not."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    Attributes:
        number: chapter and place, such as ``"13.2"``.
        proof: raises ``Refused`` when an answer is not right.
        solution: an answer that is right.
        wrong: answers that are not, which the proof must refuse.
    """

    number: str
    proof: Callable[[Any], None]
    solution: Any
    wrong: tuple[Any, ...]


registry: dict[str, Exercise] = {}


def exercise(
    number: str, *, solution: Any, wrong: tuple[Any, ...]
) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    """Enter the decorated proof as an exercise.

    Args:
        number: chapter and place, such as ``"13.2"``.
        solution: an answer that is right.
        wrong: answers that people give and that are not.
    """

    def enter(proof: Callable[[Any], None]) -> Callable[[Any], None]:
        registry[number] = Exercise(number, proof, solution, wrong)
        return proof

    return enter


def find(number: str) -> Exercise:
    """The exercise of a number.

    Raises:
        UsageError: there is none.
    """
    from tinygrad_fr.tutorials.reading import load_exercises

    load_exercises()
    chapter, _point, place = str(number).partition(".")
    key = f"{int(chapter) if chapter.isdigit() else chapter}.{place}"
    if key not in registry:
        own = [known for known in registry if known.startswith(f"{key.partition('.')[0]}.")]
        near = difflib.get_close_matches(key, own or registry, 1)
        hint = _(" (did you mean “{near}”?)").format(near=near[0]) if near else ""
        raise UsageError(_("unknown exercise “{number}”{hint}").format(number=number, hint=hint))
    return registry[key]
