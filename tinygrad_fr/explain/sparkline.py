"""A curve in one line of text."""

from __future__ import annotations

import math

_BARS = "▁▂▃▄▅▆▇█"
_LONGEST = 64  # bars of a line


def sparkline(values: tuple[float, ...]) -> str:
    """Values on a log scale; a long curve is thinned."""
    if len(values) > _LONGEST:
        values = tuple(values[round(i * (len(values) - 1) / (_LONGEST - 1))] for i in range(_LONGEST))
    logs = [math.log10(v) if 0 < v < math.inf else -math.inf for v in values]
    finite = [v for v in logs if v > -math.inf]
    if not finite:
        return _BARS[0] * len(values)
    low, high = min(finite), max(finite)
    span = high - low or 1.0
    return "".join(_BARS[0] if v == -math.inf else _BARS[round(7 * (v - low) / span)] for v in logs)
