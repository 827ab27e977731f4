"""The palettes: each colour has one meaning, the same in all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

Pair = tuple[str, str]  # fill and border


@dataclass(frozen=True)
class Palette:
    """Every colour of a picture.

    Attributes:
        ink, words, absent: of text: the main text, explanations, values that are not known yet.
        page, panel, hairline: of the ground.
        edge, faint: of lines.
        backward, backward_text, backward_soft, peak: of gradients; the peak is the largest one’s number.
        residual: of residual connections.
        wrong, right: of the found and of the expected value of a proof.
        read, read_fill, read_line: of inputs that are read at each step.
        input, parameter, operation, output, part, computing: fill and border of a card, by what it is.
        roles: of the gates and states of recurrent cells.
        series: of the curves of a chart.
        openness: of a gate, from closed to open.
        signed: of a number, negative, zero, positive.
        magnitude: of a gradient: none, the smallest, the largest.
        broken: NaN and infinities.
        grey: whether there are no hues.
    """

    ink: str
    words: str
    absent: str
    page: str
    panel: str
    hairline: str
    edge: str
    faint: str
    backward: str
    backward_text: str
    backward_soft: str
    peak: str
    residual: str
    wrong: str
    right: str
    read: str
    read_fill: str
    read_line: str
    input: Pair
    parameter: Pair
    operation: Pair
    output: Pair
    part: Pair
    computing: Pair
    roles: dict[str, str]
    series: tuple[str, ...]
    openness: Pair
    signed: tuple[str, str, str]
    magnitude: tuple[str, str, str]
    broken: str
    grey: bool = False

    @cached_property
    def cards(self) -> dict[str, Pair]:
        """Fill and border of a card, by its kind."""
        return {
            "input": self.input,
            "parameter": self.parameter,
            "op": self.operation,
            "output": self.output,
            "part": self.part,
            "computing": self.computing,  # the operation of this step, forward
            "sending": self.output,  # and backward
        }


def _roles(forget: str, add: str, candidate: str, output: str, state: str) -> dict[str, str]:
    return {
        "f": forget, "i": add, "C̃": candidate, "o": output,
        "z": forget, "r": add, "h̃": candidate, "C": state, "h": state,
    }  # fmt: skip


_LIGHT = Palette(
    ink="#1f2937",
    words="#6b7280",
    absent="#9ca3af",
    page="#ffffff",
    panel="#f8fafc",
    hairline="#e2e8f0",
    edge="#94a3b8",
    faint="#cbd5e1",
    backward="#c2410c",
    backward_text="#9a3412",
    backward_soft="#fb923c",
    peak="#7f1d1d",
    residual="#009e73",
    wrong="#b91c1c",
    right="#15803d",
    read="#6366f1",
    read_fill="#e0e7ff",
    read_line="#c7d2fe",
    input=("#eef2ff", "#c7d2fe"),
    parameter=("#f0fdf4", "#86efac"),
    operation=("#ffffff", "#64748b"),
    output=("#fff7ed", "#c2410c"),
    part=("#eef2f6", "#475569"),
    computing=("#f1f5f9", "#1f2937"),
    # Okabe-Ito, legible to colour-blind readers.
    roles=_roles("#0072B2", "#009E73", "#CC79A7", "#B97A00", "#111827"),
    series=("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#B97A00", "#56B4E9"),
    openness=("#f1f5f5", "#0b4a5f"),
    signed=("#1d62a8", "#f8fafc", "#c2600b"),
    magnitude=("#fdf6e3", "#fbe3c0", "#8f1616"),
    broken="#000000",
)

_DARK = Palette(
    ink="#e8edf4",
    words="#a9b8cc",
    absent="#8292a8",
    page="#0f172a",
    panel="#151f33",
    hairline="#2c3b54",
    edge="#7f93ad",
    faint="#46586f",
    backward="#fb923c",
    backward_text="#fdba74",
    backward_soft="#c2703a",
    peak="#ff8a80",
    residual="#34d399",
    wrong="#f87171",
    right="#4ade80",
    read="#a5b4fc",
    read_fill="#2b3270",
    read_line="#4b57b8",
    input=("#1d2450", "#5b6bd6"),
    parameter=("#0f2a1c", "#3f9d67"),
    operation=("#1b2638", "#8496b0"),
    output=("#33200f", "#fb923c"),
    part=("#25324a", "#a9b8cc"),
    computing=("#2a364b", "#e8edf4"),
    roles=_roles("#56B4E9", "#34d399", "#e79cc4", "#e6b450", "#f3f4f6"),
    series=("#56B4E9", "#fb923c", "#34d399", "#e79cc4", "#e6b450", "#9fb3ff"),
    openness=("#22304a", "#67d5f0"),
    signed=("#5aa9f0", "#1f2a3d", "#f59e4b"),
    magnitude=("#2a2620", "#5a4124", "#ff6b5e"),
    broken="#ffffff",
)

# For a printer without colours: sign and magnitude are steps of grey, negative lighter than zero, positive darker.
_PRINT = replace(
    _LIGHT,
    ink="#000000",
    words="#404040",
    absent="#707070",
    panel="#ffffff",
    hairline="#b0b0b0",
    edge="#606060",
    faint="#a0a0a0",
    backward="#000000",
    backward_text="#000000",
    backward_soft="#606060",
    peak="#000000",
    residual="#000000",
    wrong="#000000",
    right="#404040",
    read="#404040",
    read_fill="#e0e0e0",
    read_line="#a0a0a0",
    input=("#f0f0f0", "#707070"),
    parameter=("#ffffff", "#a0a0a0"),
    operation=("#ffffff", "#404040"),
    output=("#ffffff", "#000000"),
    part=("#e4e4e4", "#202020"),
    computing=("#e4e4e4", "#000000"),
    roles=_roles("#000000", "#303030", "#505050", "#606060", "#000000"),
    series=("#000000", "#606060", "#9a9a9a", "#303030", "#7a7a7a", "#b4b4b4"),
    openness=("#f4f4f4", "#202020"),
    signed=("#ffffff", "#b8b8b8", "#101010"),
    magnitude=("#ffffff", "#d8d8d8", "#000000"),
    grey=True,
)

_CONTRAST = replace(
    _LIGHT,
    ink="#000000",
    words="#1a1a1a",
    absent="#4d4d4d",
    panel="#ffffff",
    hairline="#000000",
    edge="#000000",
    faint="#595959",
    backward="#a00000",
    backward_text="#8a0000",
    backward_soft="#b34700",
    peak="#8a0000",
    residual="#005c3c",
    read="#00008b",
    read_fill="#d6d9ff",
    read_line="#00008b",
    input=("#e6e9ff", "#00008b"),
    parameter=("#e3ffe9", "#005c1e"),
    operation=("#ffffff", "#000000"),
    output=("#fff0e0", "#8a0000"),
    part=("#e6e6e6", "#000000"),
    computing=("#fff7b0", "#000000"),
    roles=_roles("#004a80", "#00573d", "#8a1f5c", "#6b4400", "#000000"),
    series=("#004a80", "#a00000", "#00573d", "#8a1f5c", "#6b4400", "#1f5fa8"),
    openness=("#ffffff", "#003544"),
    signed=("#003f8a", "#ffffff", "#963f00"),
    magnitude=("#ffffff", "#ffd9a0", "#7a0000"),
)

PALETTES = {"light": _LIGHT, "dark": _DARK, "print": _PRINT, "contrast": _CONTRAST}
