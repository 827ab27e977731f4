"""The gallery of activation functions: each with its derivative, and where it saturates in grey."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinygrad_fr.draw import theme
from tinygrad_fr.draw.chart import Axes, Paper, Series
from tinygrad_fr.draw.diagram import apart
from tinygrad_fr.explain.lenses.activations import LEAST
from tinygrad_fr.locale import _, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tinygrad_fr.draw.diagram import Diagram
    from tinygrad_fr.explain.lenses.activations import Activation
    from tinygrad_fr.explain.lenses.jacobian import Matrix

_WIDE, _TALL = 280.0, 170.0  # of a panel
_COLUMN, _ROW = 345.0, 276.0  # from a panel to the next
_ACROSS = 3  # panels side by side
_X, _Y = (-5.0, 5.0), (-1.2, 2.2)  # what is seen, on the same scale everywhere


def activations_diagram(activations: Sequence[Activation]) -> Diagram:
    """A panel for each function.

    Example:
        >>> from tinygrad_fr.explain import activation
        >>> drawn = activations_diagram([activation("tanh"), activation("relu")])
        >>> [mark.text for mark in drawn.marks if mark.text in ("tanh", "relu")]
        ['tanh', 'relu']
    """
    paper = Paper()
    for place, activation in enumerate(activations):
        row, column = divmod(place, _ACROSS)
        ends = Series("", _X, _Y, "")
        axes = Axes([ends], log=False, left=_COLUMN * column, bottom=-_ROW * row, width=_WIDE, height=_TALL)
        axes.y0, axes.y1 = _Y
        _panel(paper, activation, axes)
    guide = "\n".join(
        [
            _("f′(x), found by the backward pass, is what the function multiplies the gradient by."),
            _("Shaded: saturated, |f′| is under {least} and goes to 0; next to nothing of the gradient comes back through there.").format(
                least=number(LEAST, 2)
            ),
        ]
    )  # fmt: skip
    title = _("Activation functions: where the gradient comes through")
    drawn = paper.diagram(title, guide, left=-44, top=_TALL + 84)
    return apart(drawn, activations_diagram, activations, (2, 1))


def _panel(paper: Paper, activation: Activation, axes: Axes) -> None:
    left, right, above = axes.left, axes.left + _WIDE, axes.bottom + _TALL
    below, beyond = activation.saturated
    if below is not None:
        paper.bar(left, axes.bottom, axes.x(below), above, theme.HAIRLINE, _("saturated"))
    if beyond is not None:
        paper.bar(axes.x(beyond), axes.bottom, right, above, theme.HAIRLINE, _("saturated"))
    paper.frame(axes, x_name="", y_name="")
    paper.text(left, above + 48, activation.title, size=theme.MEDIUM, colour=theme.INK, bold=True)
    paper.end(right, above + 48, activation.equation, size=theme.SMALL)
    curves = (("f(x)", activation.y, theme.INK), ("f′(x)", activation.slope, theme.BACKWARD))
    for height, fact, (name, values, colour) in zip((30, 14), activation.facts(), curves, strict=True):
        paper.text(left, above + height, fact, size=theme.SMALL)
        paper.end(right, above + height, name, size=theme.MEDIUM, colour=colour, bold=True)
        _curve(paper, axes, activation.x, values, colour)


def _curve(paper: Paper, axes: Axes, x: Matrix, y: Matrix, colour: str) -> None:
    """What is seen of a curve."""
    seen = (x >= _X[0]) & (x <= _X[1]) & (y >= _Y[0]) & (y <= _Y[1])
    points = list(zip(x[seen].tolist(), y[seen].tolist(), strict=True))
    paper.line([(axes.x(a), axes.y(b)) for a, b in points], colour, 2.0)
