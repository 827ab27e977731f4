"""Words in the reader's language: gettext, English message ids, French by default."""

from __future__ import annotations

import gettext
import math
import os
from functools import lru_cache
from numbers import Integral
from pathlib import Path
from typing import Final

DOMAIN: Final = "tinygrad_fr"
DIRECTORY: Final = Path(__file__).parent
LANGUAGES: Final = ("fr", "en")  # the first one is the default

_chosen: str | None = None


def set_language(code: str | None) -> None:
    """Choose ``"fr"`` or ``"en"``; None goes back to the environment's choice."""
    global _chosen
    if code is not None and code not in LANGUAGES:
        raise ValueError(f"unknown language {code!r}, expected one of {', '.join(LANGUAGES)}")
    _chosen = code


def language() -> str:
    """The language in use: the chosen one, then TINYGRAD_FR_LANG, then the locale, then French.

    The locale is the first of LC_ALL, LC_MESSAGES and LANG that is set, as for any program; one that is neither French
    nor English, such as C, means French.
    """
    if _chosen is not None:
        return _chosen
    environment = os.environ
    locale = environment.get("LC_ALL") or environment.get("LC_MESSAGES") or environment.get("LANG", "")
    for wanted in (environment.get("TINYGRAD_FR_LANG", ""), locale):
        code = wanted[:2].lower()
        if code in LANGUAGES:
            return code
    return LANGUAGES[0]


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(code: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, DIRECTORY, [code], fallback=True)


def _(message: str) -> str:
    """The message in the reader's language."""
    return _catalogue(language()).gettext(message)


def ngettext(singular: str, plural: str, n: int) -> str:
    """The message in the reader's language and in the number that ``n`` takes."""
    return _catalogue(language()).ngettext(singular, plural, n)


_SUPERSCRIPT: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SIGNS: Final = {  # Python's signs → those of each language; \u202f is the narrow no-break space
    "fr": str.maketrans({",": "\u202f", ".": ",", "-": "−", "×": "·"}),
    "en": str.maketrans({"-": "−"}),
}


def clauses(*texts: str) -> str:
    """One sentence of several, empty ones left out, with the semicolon as the reader's language sets it.

    Example:
        >>> set_language("en")
        >>> clauses("fft is not here", "", "numbers are real here")
        'fft is not here; numbers are real here'
        >>> set_language(None)
    """
    return _("; ").join(filter(None, texts))


def number(value: float, digits: int = 3) -> str:
    """A figure for a person: decimal comma in French, powers of ten where the figure is very small or large.

    Never for JSON, and never parsed back. A figure that is not zero never reads as zero.

    Args:
        value: the figure.
        digits: digits after the point; significant ones beside a power of ten.

    Example:
        >>> set_language("fr")
        >>> number(-0.7861), number(2.9507e-5), number(12), number(0.4, 0)
        ('−0,786', '2,95·10⁻⁵', '12', '0,4')
        >>> set_language(None)
    """
    value = int(value) if isinstance(value, Integral) else float(value) + 0.0  # −0.0 + 0.0 is 0.0
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    size = abs(value)
    if isinstance(value, int) and size < 1e15:
        text = f"{value:,}"
    elif size and not 1e-3 <= size < 1e6:
        mantissa, exponent = f"{value:.{max(digits - 1, 0)}e}".split("e")
        text = f"{mantissa}×10{str(int(exponent)).translate(_SUPERSCRIPT)}"
    else:
        while 0 < size < 10.0**-digits / 2:
            digits += 1
        text = f"{value:,.{digits}f}"
    return text.translate(_SIGNS[language()])
