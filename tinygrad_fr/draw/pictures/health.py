"""The picture of a check-up: loss, size of the steps, idle units, and every layer's values and gradients."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from tinygrad_fr.draw import theme
from tinygrad_fr.draw.chart import Axes, Paper, Series
from tinygrad_fr.draw.pictures.flow import colour_of
from tinygrad_fr.explain.lenses.health import BINS
from tinygrad_fr.locale import _, number

if TYPE_CHECKING:
    from tinygrad_fr.draw.diagram import Diagram
    from tinygrad_fr.explain.lenses.health import Checkup, Layer, Reading

_WIDE, _TALL, _MAP, _GAP = 300.0, 130.0, 90.0, 190.0
_LEAST = 1e-8  # smaller steps stand on the chart's floor
_LINES, _LAYERS = 6, 6  # curves of one chart, layers with their histograms


def health_diagram(checkup: Checkup, name: str, *, slide: bool = False) -> Diagram:
    """A verdict with what it was read from.

    Args:
        checkup: what was watched.
        name: of what was trained.
        slide: whether it stands on a slide, whose words are large: one layer with its histograms, shorter lines.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.explain.lenses.health import Checkup
        >>> from tinygrad_fr.observers import told_roots
        >>> w, checkup = tg.tensor([2.0], requires_grad=True), Checkup()
        >>> with told_roots(checkup):
        ...     (w * w).sum().backward()
        >>> health_diagram(checkup, "w²").title.startswith("w²")
        True
    """
    paper, verdict, readings = Paper(), checkup.verdict(), checkup.readings
    wide = _WIDE - 60 * slide
    passes = tuple(float(each.number) for each in readings)
    loss = Series("L", tuple(map(float, range(len(checkup.losses)))), tuple(checkup.losses), colour_of(0))
    positive = all(value > 0 for value in checkup.losses)
    axes = Axes([loss], log=positive, width=wide, height=_TALL)
    paper.lines([loss], axes, x_name=_("step"), y_name=_("loss"))
    names = list(readings[0].norms) if readings else []
    moved = [
        Series(
            each, *_drawn([(x, r.updates.get(each, 0.0)) for x, r in zip(passes, readings, strict=True)]), colour_of(i)
        )
        for i, each in enumerate(names[:: max(1, -(-len(names) // _LINES))])
    ]
    right = wide + _GAP
    paper.lines(
        moved,
        Axes(moved, log=True, left=right, width=wide, height=_TALL, floor=_LEAST),
        x_name=_("step"), y_name=_("steps ÷ weights (good: about 10⁻³)") if slide else _("size of a step ÷ size of the weights (good: about 10⁻³)"),
    )  # fmt: skip
    layers = readings[0].layers if readings else ()
    top = -_TALL + 40
    for layer in layers[:: max(1, -(-len(layers) // (1 if slide else _LAYERS)))]:
        _map(paper, readings, layer, 0.0, top, wide, gradient=False)
        _map(paper, readings, layer, right, top, wide, gradient=True)
        top -= _MAP + 44
    guide = "\n".join(
        [
            *textwrap.wrap(f"{verdict.said[:1].upper()}{verdict.said[1:]}.", 999 if slide else 110),
            *textwrap.wrap(_("To try: {remedy}").format(remedy=verdict.remedy), 999 if slide else 110),
            *[_("Maps: steps to the right; the darker, the more of the layer’s numbers are of that size.")][slide:],
        ]
    )
    title = _("{name}: why it learns, or not").format(name=name)
    return paper.diagram(title, guide, left=-52, top=_TALL + 46)


def _drawn(pairs: list[tuple[float, float]]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return tuple(x for x, _y in pairs), tuple(y if y == y else 0.0 for _x, y in pairs)


def _map(
    paper: Paper, readings: list[Reading], layer: Layer, left: float, top: float, wide: float, *, gradient: bool
) -> None:
    """One layer: a column per reading, a row per size of its numbers, the largest on top."""
    found = [each for reading in readings for each in reading.layers if each.name == layer.name]
    ends = min(each.low for each in found), max(each.high for each in found)
    columns = [each.gradients if gradient else _within(each, *ends) for each in found]
    colours = [[theme.openness(column[row] ** 0.5) for column in columns] for row in range(BINS)]
    paper.cells(colours, left, top - _MAP, wide, _MAP)
    if gradient:
        said = _("gradient of {layer}").format(layer=layer.name)
        high, low = "10³", "10⁻¹²"
    else:
        kind = _("dead") if layer.kind.startswith("relu") else _("saturated")
        idle = (
            f" · {kind} {number(100 * found[-1].idle, 0)} %"
            if layer.kind in ("relu", "relu6", "tanh", "sigmoid")
            else ""
        )
        said = layer.name + idle
        high, low = number(ends[1], 2), number(ends[0], 2)
    paper.text(left, top + 10, said, size=theme.MEDIUM, colour=theme.INK)
    paper.end(left - 8, top - 6, high, size=theme.MEDIUM)
    paper.end(left - 8, top - _MAP + 6, low, size=theme.MEDIUM)


def _within(layer: Layer, low: float, high: float) -> list[float]:
    """A reading's histogram on the scale of all of them."""
    width, own = (high - low) / BINS or 1.0, (layer.high - layer.low) / BINS
    rows = [0.0] * BINS
    for i, share in enumerate(layer.values):
        rows[min(int((layer.low + (i + 0.5) * own - low) / width), BINS - 1)] += share
    return rows
