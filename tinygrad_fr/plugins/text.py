"""Words that a plugin brings along, in both languages."""

from __future__ import annotations

from dataclasses import dataclass

from tinygrad_fr.locale import language
from tinygrad_fr.locale.typography import french


@dataclass(frozen=True)
class Text:
    """One text in French and English; ``str`` gives it in the reader's language.

    Example:
        >>> Text(fr="Neurone", en="Neuron").in_language("en")
        'Neuron'
    """

    fr: str
    en: str

    def in_language(self, code: str) -> str:
        """The text in a language, French where the other is asked for."""
        return self.en if code == "en" else french(self.fr)

    def __str__(self) -> str:
        return self.in_language(language())
