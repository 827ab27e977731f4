"""Numbers as they are said in French and as they are written in figures: a translation that can be checked."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import numpy as np

from tinygrad_fr.errors import UsageError
from tinygrad_fr.plugins import Text

UNITS = [
    "zéro",
    "un",
    "deux",
    "trois",
    "quatre",
    "cinq",
    "six",
    "sept",
    "huit",
    "neuf",
    "dix",
    "onze",
    "douze",
    "treize",
    "quatorze",
    "quinze",
    "seize",
    "dix-sept",
    "dix-huit",
    "dix-neuf",
]
TENS = ["vingt", "trente", "quarante", "cinquante", "soixante", "soixante", "quatre-vingt", "quatre-vingt"]
LAST = 9999

PAD, START, END = "·", "‹", "›"
# The words that hyphens part: those of units and teens, then the others.
WORDS = (
    PAD,
    *UNITS[:17],
    *["vingt", "vingts", "trente", "quarante", "cinquante", "soixante", "cent", "cents", "mille", "et"],
)
FIGURES = (PAD, START, END, *"0123456789")
LONGEST = 8  # words: neuf mille neuf cent quatre-vingt-dix-neuf
WIDEST = 6  # signs: start, four figures, end

UNKNOWN = Text(
    fr="le mot « {word} » n’est pas de ceux qui disent les nombres de 0 à 9999, comme « quatre-vingt-dix-neuf »",
    en="the word “{word}” is not one of those that say the numbers from 0 to 9999, such as “quatre-vingt-dix-neuf”",
)
TOO_LONG = Text(
    fr="de 1 à {most} mots sont attendus, reçu {found}",
    en="expected from 1 to {most} words, got {found}",
)


def in_french(number: int) -> str:
    """A number from 0 to 9999 in words, as it is spelled in France.

    >>> [in_french(n) for n in (21, 71, 80, 99)]
    ['vingt et un', 'soixante et onze', 'quatre-vingts', 'quatre-vingt-dix-neuf']
    """
    thousands, rest = divmod(number, 1000)
    if thousands:
        return " ".join(
            filter(None, ["" if thousands == 1 else in_french(thousands), "mille", in_french(rest) if rest else ""])
        )
    hundreds, rest = divmod(number, 100)
    if hundreds:
        cent = "cents" if hundreds > 1 and not rest else "cent"
        return " ".join(filter(None, ["" if hundreds == 1 else UNITS[hundreds], cent, in_french(rest) if rest else ""]))
    if number < 20:
        return UNITS[number]
    ten, unit = divmod(number, 10)
    word = TENS[ten - 2]
    if ten in (7, 9):
        unit += 10
    if number == 80:
        return "quatre-vingts"
    if unit in (1, 11) and ten < 8:
        return f"{word} et {UNITS[unit]}"
    return f"{word}-{UNITS[unit]}" if unit else word


def words_of(text: str) -> list[str]:
    """The words of a number, without its hyphens."""
    return re.findall(r"[^\W\d_]+", text.lower())


def source(text: str) -> Any:
    """The words by number (LONGEST,), the last one at the end.

    Raises:
        UsageError: a word says no number, or there are too many.
    """
    found = words_of(text)
    if not 1 <= len(found) <= LONGEST:
        raise UsageError(str(TOO_LONG).format(most=LONGEST, found=len(found)))
    for word in found:
        if word not in WORDS:
            raise UsageError(str(UNKNOWN).format(word=word[:40]))
    return np.array([0] * (LONGEST - len(found)) + [WORDS.index(word) for word in found])


def target(number: int) -> Any:
    """The figures by number (WIDEST,), between their signs."""
    signs = [START, *str(number), END]
    return np.array([FIGURES.index(sign) for sign in signs] + [0] * (WIDEST - len(signs)))


@cache
def rows(seed: int = 0) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Every number from 0 to 9999, four fifths to learn from and a fifth that is never seen: sources and targets."""
    order = np.random.default_rng(seed).permutation(LAST + 1)
    sources = np.array([source(in_french(n)) for n in range(LAST + 1)])
    targets = np.array([target(n) for n in range(LAST + 1)])
    cut = 4 * len(order) // 5
    return (sources[order[:cut]], targets[order[:cut]]), (sources[order[cut:]], targets[order[cut:]])


def figures(row: Any) -> str:
    """What a row of signs says, up to its end."""
    text = "".join(FIGURES[i] for i in np.asarray(row).tolist())
    return text.split(END)[0].replace(START, "")
