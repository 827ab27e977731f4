"""A small French: two sentences whose words agree. What a language model writes can be checked against all there are."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

import numpy as np

from tinygrad_fr.errors import UsageError
from tinygrad_fr.plugins import Text

WRONG_SIGN = Text(
    fr="le modèle n’a pas lu le signe « {found} »",
    en="the model has not read the sign “{found}”",
)

# Singular and plural of the noun, and whether it is feminine.
NOUNS = (
    ("chat", "chats", False),
    ("chien", "chiens", False),
    ("lapin", "lapins", False),
    ("canard", "canards", False),
    ("vache", "vaches", True),
    ("poule", "poules", True),
    ("tortue", "tortues", True),
    ("grenouille", "grenouilles", True),
)
COLOURS = ("noir", "brun", "blond", "vert")
TRAITS = ("petit", "grand", "content", "fort")
VERBS = (("dort", "dorment"), ("court", "courent"), ("mange", "mangent"), ("chante", "chantent"))
PLACES = ("dans le jardin", "sous la table", "près du lac", "sur le toit")


def agreed(adjective: str, feminine: bool, plural: bool) -> str:
    """An adjective in the form of its noun."""
    return adjective + "e" * feminine + "s" * plural


@cache
def every() -> tuple[str, ...]:
    """All stories, in an order of their own that mixes them."""
    found = [
        f"{'les' if plural else 'la' if noun[2] else 'le'} {noun[plural]} {agreed(colour, noun[2], plural)}"
        f" {verb[plural]} {place}. {'elle' if noun[2] else 'il'}{'s' * plural} {'sont' if plural else 'est'}"
        f" {agreed(trait, noun[2], plural)}."
        for noun, plural, colour, verb, place, trait in product(NOUNS, (False, True), COLOURS, VERBS, PLACES, TRAITS)
    ]
    return tuple(found[i] for i in np.random.default_rng(0).permutation(len(found)))


@cache
def known() -> frozenset[str]:
    """The same, to look in."""
    return frozenset(every())


class Alphabet:
    """Characters by number, the first of them the end of a line.

    >>> letters = Alphabet("ab ba")
    >>> letters.text(letters.ids("abba", 6))
    'abba'
    """

    def __init__(self, text: str) -> None:
        self.signs = ("\n", *sorted(set(text) - {"\n"}))
        self.place = {sign: number for number, sign in enumerate(self.signs)}

    def __len__(self) -> int:
        return len(self.signs)

    def ids(self, text: str, length: int | None = None) -> Any:
        """A text's characters, filled up with ends of lines."""
        found = [self.place[sign] for sign in text]
        return np.array(found + [0] * ((length or len(found)) - len(found)))

    def checked(self, text: str) -> Any:
        """A person's text after the end of a line, as numbers.

        Raises:
            UsageError: a character was never read.
        """
        for sign in text:
            if sign not in self.place:
                raise UsageError(str(WRONG_SIGN).format(found=sign))
        return self.ids("\n" + text)

    def text(self, ids: Any) -> str:
        """What numbers say, up to the end of the line."""
        return "".join(self.signs[i] for i in np.asarray(ids).tolist()).split("\n")[0]


LONGEST = max(map(len, every()))
LETTERS = Alphabet("".join(every()))


@cache
def lines(learned: int = 2500, held: int = 64) -> tuple[Any, Any]:
    """Stories as characters, each between two ends of lines: (n, LONGEST + 2) to learn from and to be scored on."""
    rows = np.array([LETTERS.ids("\n" + story, LONGEST + 2) for story in every()[: learned + held]])
    return rows[:learned], rows[learned:]


def pieces(ids: Any, length: int = LONGEST + 2) -> tuple[Any, Any]:
    """A text of a person's own in pieces (n, length): those to learn from overlap by half, the last tenth is held out."""
    ids = np.concatenate([np.zeros(max(0, 2 * length - len(ids)), ids.dtype), ids])
    cut = min(len(ids) - length, max(length, 9 * len(ids) // 10))
    window = np.lib.stride_tricks.sliding_window_view
    return window(ids[:cut], length)[:: length // 2], window(ids[cut:], length)[::length]
