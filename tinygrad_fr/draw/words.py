"""Words and figures that several pictures share."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_fr.draw import theme
from tinygrad_fr.locale import _


def word_of(op: Any) -> str:
    """The word beside an operation's symbol; empty where its definition has none."""
    return str(op.explained.translated("word"))


def roles() -> dict[str, str]:
    """The word for a symbol of the course's equations."""
    return {
        "f": _("forget gate"),
        "i": _("input gate"),
        "C̃": _("candidate"),
        "o": _("output gate"),
        "C": _("cell"),
        "h": _("hidden state"),
        "z": _("update gate"),
        "r": _("reset gate"),
        "h̃": _("candidate"),
        "[h,x]": _("past and input together"),
        "[r⊙h,x]": _("reset past and input"),
        "x": _("input"),
    }


_SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def subscript(t: int) -> str:
    """A number under the line."""
    return str(t).translate(_SUBSCRIPT)


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape for a person: 4 × 12."""
    return " × ".join(str(side) for side in shape)


def norm(value: Any) -> float:
    """Euclidean norm of a value or a gradient; of a tuple, of all its parts."""
    if isinstance(value, tuple):
        return math.sqrt(sum(norm(part) ** 2 for part in value if part is not None))
    return float(np.linalg.norm(np.asarray(value, dtype=float).ravel()))


def colours() -> str:
    """How the colours of gates and states are read, in the palette in force."""
    return _("Gates: pale = closed (0), strong = open (1). Candidate and states: {signs}.").format(signs=signs())


def signs() -> str:
    """How the colours of signed numbers are read, in the palette in force."""
    return _("pale = negative, dark = positive") if theme.GREY else _("blue = negative, orange = positive")
