"""The picture of gradient flow through time or depth: the curve, a strip under the axis, the verdict and its reason."""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from tinygrad_fr.draw import theme
from tinygrad_fr.draw.chart import Axes, Paper, Series
from tinygrad_fr.draw.diagram import Less
from tinygrad_fr.locale import _, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tinygrad_fr.draw.diagram import Diagram
    from tinygrad_fr.explain.lenses.flow import Flow

_LEAST = 1e-4  # singular values under this stand on the chart's floor
_COLUMNS = 256  # cells of a strip
_TITLE, _TITLE_ON_A_SLIDE = 76, 60  # characters of a title that says every verdict
_NAMED_ON_A_SLIDE = 34  # characters of the names of models that a slide's title says


@dataclass(frozen=True)
class _Room:
    """What the picture may take, in points.

    Attributes:
        wide, tall: of the chart of gradients.
        narrow: width of the chart of singular values.
        beside: from the end of the first chart to what stands right of it, without the models' names.
        letter: width of a letter of a model's name.
        characters: a line of the words beside a strip.
        line: from a line of words to the next.
        guide: whether the lines that teach how to read it are there.
        figures: whether each model's numbers stand under its verdict and its strip.
        singular: whether the chart of singular values is there.
    """

    wide: float = 520.0
    tall: float = 230.0
    narrow: float = 360.0
    beside: float = 90.0
    letter: float = 9.0
    characters: int = 90
    line: float = 17.0
    guide: bool = True
    figures: bool = True
    singular: bool = True


_WINDOW, _SLIDE = _Room(), _Room(350.0, 150.0, 250.0, 84.0, 10.5, 49, 19.0, guide=False)


def colour_of(rank: int) -> str:
    """The colour of a model among those of a picture."""
    return theme.SERIES[rank % len(theme.SERIES)]


def axis_name(axis: str) -> str:
    """The unit of a picture's abscissa."""
    return _("time step t") if axis == "time" else _("layer l")


def flow_diagram(flows: Sequence[Flow], *, slide: bool = False, figures: bool = True, singular: bool = True) -> Diagram:
    """The gradient at every place of one model, or of several side by side on one scale.

    Args:
        flows: what was read.
        slide: whether it stands on a slide, whose words are large: narrower charts, and no lines on how to read them.
        figures: whether each model's numbers stand under its verdict.
        singular: whether the singular values of the steps stand on a chart of their own.

    Example:
        >>> from tinygrad_fr.explain import observed
        >>> from tinygrad_fr.plugins import Catalogue
        >>> model = Catalogue().load("rnn")
        >>> run = observed(model, model.settings)
        >>> from tinygrad_fr.explain import flow
        >>> len(flow_diagram([flow(run)]).marks) > 0
        True
    """
    paper, room = (
        Paper(),
        replace(_SLIDE if slide or theme.on_slides() else _WINDOW, figures=figures, singular=singular),
    )
    series = [Series(flow.label, _places(flow), flow.h, colour_of(i)) for i, flow in enumerate(flows)]
    bounds = [bound for flow, one in zip(flows, series, strict=True) if (bound := _bound(flow, one)) is not None]
    axes = Axes([*series, *bounds], log=True, width=room.wide, height=room.tall)
    for bound in bounds:
        paper.curve(bound, axes, 0.8)
    paper.lines(series, axes, x_name=axis_name(flows[0].axis), y_name=_norm(flows[0]))
    if room.singular:
        _singular_values(paper, flows, room)
    y = _strips(paper, flows, axes, room)
    _arrows(paper, flows, y, room)
    drawn = paper.diagram(_title(flows, room), _guide(flows) if room.guide else "", left=-52, top=room.tall + 46)
    return drawn.replaced(
        less=(
            Less(
                (partial(flow_diagram, flows, slide=slide, figures=False),),
                _("a slide has room for the verdicts: the figures of each model are left out"),
            ),
            Less(
                (partial(flow_diagram, flows, slide=slide, figures=False, singular=False),),
                _("a slide has room for one chart: the figures of each model and the singular values are left out"),
            ),
        )
    )


def _places(flow: Flow) -> tuple[float, ...]:
    return tuple(map(float, flow.steps))


def _norm(flow: Flow) -> str:
    return f"‖∂L/∂{flow.symbol}‖"


def _bound(flow: Flow, series: Series) -> Series | None:
    """The bound by γ‖W‖ on the gradient, if it proves that the gradient vanishes."""
    found = flow.jacobians
    if found is None or found.slopes is None or found.bound is None or max(found.slopes) >= 1:
        return None
    return Series("", series.x, tuple(flow.h[flow.start] * share for share in found.bound), series.colour)


def _singular_values(paper: Paper, flows: Sequence[Flow], room: _Room) -> None:
    """The most and the least that each step multiplies a gradient by, with a line at 1."""
    known = [(i, flow.jacobians, flow) for i, flow in enumerate(flows) if flow.jacobians is not None]
    if not known:
        return
    most = [Series("", _places(flow)[1:], found.largest, colour_of(i)) for i, found, flow in known]
    least = [Series("", _places(flow)[1:], found.smallest, colour_of(i)) for i, found, flow in known]
    aside = room.wide + room.beside + room.letter * max(len(flow.label) for flow in flows)
    axes = Axes([*most, *least], log=True, left=aside, width=room.narrow, height=room.tall, floor=_LEAST)
    name = (
        _("singular values of the steps")
        if not room.guide
        else _("singular values of ∂sₜ/∂sₜ₋₁, s = h, or h and C")
        if flows[0].axis == "time"
        else _("singular values of ∂aₗ/∂aₗ₋₁")
    )
    paper.frame(axes, x_name=axis_name(flows[0].axis), y_name=name)
    if axes.y0 <= 0 <= axes.y1:
        paper.line([(axes.left, axes.y(1)), (axes.left + axes.width, axes.y(1))], theme.INK, 1.0)
    for large, small in zip(most, least, strict=True):
        paper.curve(large, axes, 2.2)
        paper.curve(small, axes, 0.8)


def _strips(paper: Paper, flows: Sequence[Flow], axes: Axes, room: _Room) -> float:
    """Each model's gradients as a strip under the axis, its verdict and its reason beside; gives where they end."""
    low, high = theme.span(value for flow in flows for value in flow.h)
    y = axes.bottom - 62
    for rank, flow in enumerate(flows):
        lines = [
            line
            for said in (flow.numbers(), *([flow.reason()] if room.guide or len(flows) == 1 else []))
            for line in textwrap.wrap(said, room.characters)
            if room.figures
        ]
        columns = np.linspace(0, len(flow.h) - 1, min(len(flow.h), _COLUMNS)).round().astype(int)
        half = room.wide / max(len(columns) - 1, 1) / 2
        for column in columns:
            x, value = axes.x(flow.steps[column]), flow.h[column]
            tip = f"{'t' if flow.axis == 'time' else 'l'} = {flow.steps[column]} · {_norm(flow)} = {number(value)}"
            left, right = max(x - half, axes.left), min(x + half, axes.left + room.wide)
            paper.bar(left + 0.3, y - 30, right - 0.3, y, theme.magnitude(value, low, high), tip)
        for end, anchor in ((0, paper.text), (-1, paper.end)) if room.figures else ():
            anchor(
                axes.left + (room.wide if end else 0), y - 42, number(flow.h[end]), size=theme.MEDIUM, colour=theme.PEAK
            )
        named = f"{flow.label}, {flow.which}" if flow.which else flow.label
        verdict = _("{model}: {sentence}").format(model=named, sentence=flow.word())
        paper.text(axes.left + room.wide + 26, y - 4, verdict, size=theme.MEDIUM, colour=colour_of(rank), bold=True)
        for i, line in enumerate(lines):
            paper.text(
                axes.left + room.wide + 26, y - 4 - (i + 1) * room.line, line, size=theme.MEDIUM, colour=theme.INK
            )
        y -= max(64 if room.figures else 40, (len(lines) + 1) * room.line + 14)
    return y


def _arrows(paper: Paper, flows: Sequence[Flow], y: float, room: _Room) -> None:
    """The effect of clipping on each model's gradient: an arrow from its norm before to its norm after."""
    clipped = [(i, flow, flow.clipping) for i, flow in enumerate(flows) if flow.clipping is not None]
    clipped = [(i, flow, arrow) for i, flow, arrow in clipped if math.isfinite(arrow.before)]
    if not clipped:
        return
    norms = [norm for _i, _flow, arrow in clipped for norm in (arrow.before, arrow.after)]
    axes = Axes([Series("", tuple(norms), tuple(norms), "")], log=False, width=room.wide, height=1)
    axes.x0 = 0.0
    paper.text(
        -44, y - 4, _("gradient of all parameters, before and after clipping"), size=theme.MEDIUM, colour=theme.INK
    )
    y -= 34
    for i, flow, arrow in clipped:
        paper.bar(axes.left, y - 1, axes.x(arrow.before), y + 1, theme.FAINT)
        paper.bar(axes.left, y - 4, axes.x(arrow.after), y + 4, colour_of(i))
        if arrow.after < arrow.before:
            paper.arrow((axes.x(arrow.before), y), (axes.x(arrow.after), y), theme.BACKWARD)
        paper.bar(axes.x(arrow.before) - 1.5, y - 7, axes.x(arrow.before) + 1.5, y + 7, theme.BACKWARD)
        paper.text(axes.left + room.wide + 26, y + 8, flow.label, size=theme.MEDIUM, colour=colour_of(i), bold=True)
        paper.text(axes.left + room.wide + 26, y + 8 - room.line, arrow.sentence(), size=theme.MEDIUM, colour=theme.INK)
        y -= 46


def _title(flows: Sequence[Flow], room: _Room) -> str:
    verdicts = " · ".join(_("{model}: {sentence}").format(model=flow.label, sentence=flow.word()) for flow in flows)
    if len(verdicts) <= (_TITLE if room.guide else _TITLE_ON_A_SLIDE):
        return verdicts
    names = ", ".join(flow.label for flow in flows)
    if not room.guide and len(names) > _NAMED_ON_A_SLIDE:
        names = _("{n} models").format(n=number(len(flows)))
    return (
        _("Gradients through time: {models}") if flows[0].axis == "time" else _("Gradients through depth: {models}")
    ).format(models=names)


def _guide(flows: Sequence[Flow]) -> str:
    lines = [
        _("The loss is read at the last step; the gradient comes back from right to left. Log scale; strips: the stronger the colour, the larger.")
        if flows[0].axis == "time"
        else _("The loss is read after the last layer; the gradient comes back from right to left. Log scale; strips: the stronger the colour, the larger.")
    ]  # fmt: skip
    if any(flow.jacobians is not None for flow in flows):
        lines.append(
            _("On the right, what one step back multiplies a gradient by: at most (thick) and at least (thin). Under 1 it shrinks.")
        )  # fmt: skip
    if any(0 in flow.h for flow in flows):
        lines.append(_("The lowest line is 0: no gradient at all."))
    if any(min(flow.jacobians.smallest) < _LEAST for flow in flows if flow.jacobians is not None):
        lines.append(_("Values under {least} stand on the chart’s floor.").format(least=number(_LEAST)))
    if any(_bound(flow, Series("", (), (), "")) for flow in flows):
        lines.append(_("Thin line on the left: the bound (γ‖W‖)ᵏ, which no input can pass."))
    return "\n".join(lines)
