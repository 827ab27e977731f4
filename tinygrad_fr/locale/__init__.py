"""Words in the reader's language: gettext, English message ids, French by default."""

from __future__ import annotations

import gettext
import os
from functools import lru_cache
from pathlib import Path
from typing import Final

DOMAIN: Final = "tinygrad_fr"
DIRECTORY: Final = Path(__file__).parent
LANGUAGES: Final = ("fr", "en")

_chosen: str | None = None


def set_language(code: str | None) -> None:
    """Choose ``"fr"`` or ``"en"``; None goes back to the environment's choice."""
    global _chosen
    if code is not None and code not in LANGUAGES:
        raise ValueError(f"unknown language {code!r}, expected one of {', '.join(LANGUAGES)}")
    _chosen = code


def language() -> str:
    """The language in use: the chosen one, then TINYGRAD_FR_LANG, then the locale, then French."""
    if _chosen is not None:
        return _chosen
    for variable in ("TINYGRAD_FR_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        code = os.environ.get(variable, "")[:2].lower()
        if code in LANGUAGES:
            return code
    return "fr"


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(code: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, DIRECTORY, [code], fallback=True)


def _(message: str) -> str:
    """The message in the reader's language."""
    return _catalogue(language()).gettext(message)


def ngettext(singular: str, plural: str, n: int) -> str:
    """The message in the reader's language and in the number that ``n`` takes."""
    return _catalogue(language()).ngettext(singular, plural, n)


_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float, digits: int = 3) -> str:
    """A figure for a person: decimal comma in French, powers of ten where the figure is very small or large.

    Never for JSON, and never parsed back.

    Args:
        value: the figure.
        digits: digits after the point; significant ones beside a power of ten.

    Example:
        >>> set_language("fr")
        >>> number(-0.7861), number(2.9507e-5), number(12)
        ('−0,786', '2,95·10⁻⁵', '12')
        >>> set_language(None)
    """
    value = value if isinstance(value, int) else float(value)
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "∞" if value > 0 else "−∞"
    size = abs(value)
    if isinstance(value, int) and size < 1e15:
        text = f"{value:,}".replace(",", "\u202f" if language() == "fr" else ",")
        return text.replace("-", "−")
    if size and (size < 10.0**-digits / 2 or size < 1e-3 or size >= 1e6):
        mantissa, exponent = f"{value:.{max(digits - 1, 0)}e}".split("e")
        text = f"{mantissa}{'·' if language() == 'fr' else '×'}10{str(int(exponent)).translate(_SUPERSCRIPT)}"
    else:
        text = f"{value:.{digits}f}"
    if language() == "fr":
        text = text.replace(".", ",")
    return text.replace("-", "−")
