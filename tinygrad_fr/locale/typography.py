"""French typography: the spaces that authors of plugins and tutorials cannot see are put in when a text is shown."""

from __future__ import annotations

import re

NO_BREAK = "\u00a0"
# What is not prose: code, formulas, targets of links, tags.
_KEPT = re.compile(r"(```.*?```|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]*\$|\]\([^)\s]*\)|<[^<>]*>)", re.DOTALL)
_BEFORE = re.compile(r" (?=[;:!?%»](?:[\s\u00a0.,)*|\]]|$))")
_AFTER = re.compile(r"« ")


def french(text: str) -> str:
    """A French text, Markdown or not, with no-break spaces before ; : ! ? % » and after «.

    Example:
        >>> french("Pourquoi ? `a ? b`") == "Pourquoi\\u00a0? `a ? b`"
        True
    """
    parts = _KEPT.split(text)
    for i in range(0, len(parts), 2):
        parts[i] = _AFTER.sub("«" + NO_BREAK, _BEFORE.sub(NO_BREAK, parts[i]))
    return "".join(parts)


def prose(text: str) -> str:
    """What a text says apart from code, formulas, targets of links and tags."""
    return "".join(_KEPT.split(text)[::2])
