"""Where a line of a plugin stands, for tests of what names it."""

from pathlib import Path

PLUGINS = Path(__file__).resolve().parents[1] / "plugins"


def line_of(plugin: str, code: str) -> int:
    """The number of the first line of ``plugins/PLUGIN.py`` that holds this code."""
    lines = (PLUGINS / f"{plugin}.py").read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if code in line)
