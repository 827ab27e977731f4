"""The colours in force and the size of type; ``palettes`` has the values of the colours.

``theme.INK`` is the ink of the palette in force; ``with theme.using("dark"):`` draws with another one.
"""

from __future__ import annotations

import contextlib
import math
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.draw.palettes import PALETTES, Palette

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

FONT = "DejaVu Sans"  # on every machine that renders, and it has ∂, σ, ⊙, combining tildes and subscripts
CODE_FONT = "DejaVu Sans Mono"
LARGE, MEDIUM, SMALL = 16, 12, 10
TITLE = 19
_STEPS = 24

_palette: ContextVar[Palette] = ContextVar("palette", default=PALETTES["light"])
_least: ContextVar[int] = ContextVar("least", default=0)
_always = 0  # as _least, for a whole process

# The names of a palette's colours, for those who read and check this; their values come from __getattr__.
INK: str
WORDS: str
ABSENT: str
PAGE: str
PANEL: str
HAIRLINE: str
EDGE: str
FAINT: str
BACKWARD: str
BACKWARD_TEXT: str
BACKWARD_SOFT: str
PEAK: str
RESIDUAL: str
WRONG: str
RIGHT: str
READ: str
READ_FILL: str
READ_LINE: str
OPERATION: tuple[str, str]
PARAMETER: tuple[str, str]
CARDS: Mapping[str, tuple[str, str]]
ROLES: Mapping[str, str]
SERIES: tuple[str, ...]
GREY: bool


def __getattr__(name: str) -> Any:
    if name.isupper():
        return getattr(_palette.get(), name.lower())
    raise AttributeError(name)


@contextlib.contextmanager
def using(name: str, *, least: int = 0) -> Iterator[None]:
    """Draw with a palette of :data:`PALETTES`, and with no type smaller than ``least`` points."""
    tokens = _palette.set(PALETTES[name]), _least.set(least)
    try:
        yield
    finally:
        _palette.reset(tokens[0])
        _least.reset(tokens[1])


def type_size(size: int) -> int:
    """The size that type of a size has where none may be smaller than the one in force."""
    return max(size, _least.get(), _always)


def for_slides(least: int) -> None:
    """From now on, draw every picture of this process for slides, with no type smaller than ``least`` points."""
    global _always
    _always = least


def on_slides() -> bool:
    """Whether every picture of this process is drawn for slides."""
    return _always > 0


def _mix(a: str, b: str, share: float) -> str:
    """The colour at ``share`` of the way from a to b, to a hundredth: pictures hold it thousands of times."""
    return _mixed(a, b, round(share, 2))


@lru_cache(maxsize=4096)
def _mixed(a: str, b: str, share: float) -> str:
    parts = [(int(a[i : i + 2], 16), int(b[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(x + (y - x) * share):02x}" for x, y in parts)


def openness(value: float, _scale: float = 1.0) -> str:
    """A gate between 0, closed and light, and 1, open and dark."""
    palette = _palette.get()
    return palette.absent if value != value else _mix(*palette.openness, min(max(value, 0.0), 1.0))


def signed(value: float, scale: float = 1.0) -> str:
    """Blue for negative, the page’s colour for 0, orange for positive."""
    palette = _palette.get()
    if value != value:
        return palette.broken
    share = min(abs(value) / scale, 1.0) if scale > 0 else 0.0
    negative, zero, positive = palette.signed
    return _mix(zero, positive if value > 0 else negative, share)


def magnitude(value: float, low: float, high: float) -> str:
    """Cream for the smallest gradient of a picture to dark red for the largest, on a log scale; NaN and ∞ stand out."""
    palette = _palette.get()
    nothing, small, large = palette.magnitude
    if not math.isfinite(value):
        return palette.broken
    if value <= 0:
        return nothing
    if not low > 0 or high <= low:
        return large
    share = (math.log(max(value, low)) - math.log(low)) / (math.log(high) - math.log(low))
    return _mix(small, large, min(max(share, 0.0), 1.0))


def ink_on(colour: str) -> str:
    """The ink that is read best on a colour, black or white, by relative luminance (WCAG 2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return "#000000" if 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] > 0.179 else "#ffffff"


def span(values: Iterable[float]) -> tuple[float, float]:
    """The smallest and the largest finite magnitude over 0, the ends of a log scale; zeros for none."""
    shown = [float(value) for value in values if 0 < value < math.inf]
    return (min(shown), max(shown)) if shown else (0.0, 0.0)


def step(share: float) -> float:
    """One of a few shares, so that neighbours on a map have one colour and can be one bar."""
    return round(share * _STEPS) / _STEPS


def shade(value: float, low: float, high: float) -> str:
    """The colour of a magnitude, among a few."""
    if not 0 < low < high or not 0 < value < math.inf:
        return magnitude(value, low, high)
    share = step(math.log(max(value, low) / low) / math.log(high / low))
    return magnitude(low * (high / low) ** share, low, high)


def scale_of(name: str | None) -> Callable[[float, float], str]:
    """The colour scale of a strip: openness for gates, sign for everything else."""
    return openness if name in ("f", "i", "o", "z", "r") else signed


def largest(values: Any) -> float:
    """The largest finite magnitude of an array, 0 for none."""
    finite = np.abs(np.asarray(values, dtype=float))
    finite = finite[np.isfinite(finite)]
    return float(finite.max()) if finite.size else 0.0
