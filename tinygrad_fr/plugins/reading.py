"""A person's own input as a plugin reads it: numbers or symbols, checked, each mistake named in one sentence."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _

_LONGEST = 40  # characters of a person's text in a message


def numbers(
    text: str, *, count: int | None = None, multiple_of: int = 1, low: float | None = None, high: float | None = None
) -> npt.NDArray[np.float32]:
    """Numbers between spaces, commas, semicolons or ends of lines.

    Args:
        text: what was given.
        count: how many there must be.
        multiple_of: what their count must be a multiple of: the numbers of one step.
        low: the smallest allowed.
        high: the largest allowed.

    Raises:
        UsageError: a word is no finite number, one is out of bounds, or there are too few or too many.

    Example:
        >>> numbers("0.5, 1; 2", count=3).tolist()
        [0.5, 1.0, 2.0]
        >>> numbers("0 1 1 0", multiple_of=2).reshape(-1, 2).shape  # two steps of two numbers
        (2, 2)
    """
    found = []
    for place, word in enumerate((w for w in re.split(r"[\s,;]+", text) if w), start=1):
        value = _number(word)
        if value is None:
            raise UsageError(
                _("input: expected numbers, got “{found}” at place {place}").format(found=shown(word), place=place)
            )
        if (low is not None and value < low) or (high is not None and value > high):
            raise UsageError(
                _("input: expected numbers from {low} to {high}, got {found} at place {place}").format(
                    low=f"{low:g}", high=f"{high:g}", found=shown(word), place=place
                )
            )
        found.append(value)
    if count is not None and len(found) != count:
        raise UsageError(_("input: expected {count} numbers, got {found}").format(count=count, found=len(found)))
    if not found or len(found) % multiple_of:
        raise UsageError(
            _("input: expected {multiple} numbers a step, got {found} in all").format(
                multiple=multiple_of, found=len(found)
            )
        )
    return np.asarray(found, np.float32)


def _number(word: str) -> float | None:
    try:
        value = float(word)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def symbols(text: str, vocabulary: str) -> list[int]:
    """Indices of the characters of a text in a vocabulary; spaces and ends of lines are left out.

    Raises:
        UsageError: a character is not in the vocabulary, or there are none.

    Example:
        >>> symbols("AB A", "ABX")
        [0, 1, 0]
    """
    characters: list[Any] = [c for c in text if not c.isspace()]
    if not characters:
        raise UsageError(_("input: expected symbols among {vocabulary}, got none").format(vocabulary=vocabulary))
    for place, character in enumerate(characters, start=1):
        if character not in vocabulary:
            raise UsageError(
                _("input: expected symbols among {vocabulary}, got “{found}” at place {place}").format(
                    vocabulary=" ".join(vocabulary), found=shown(character), place=place
                )
            )
    return [vocabulary.index(character) for character in characters]


def shown(text: str) -> str:
    """A person's text as a message may hold it: printable and short."""
    printable = "".join(c if c.isprintable() else "·" for c in text)
    return printable if len(printable) <= _LONGEST else printable[: _LONGEST - 1] + "…"
