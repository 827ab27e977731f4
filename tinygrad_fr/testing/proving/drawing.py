"""The picture of a counter-example: its graph, with the operation at fault marked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.draw import diagram_of, place, theme
from tinygrad_fr.draw.diagram import Row
from tinygrad_fr.locale import _, number

if TYPE_CHECKING:
    from tinygrad_fr.draw import Diagram
    from tinygrad_fr.testing.proving.counterexample import Counterexample

_SHOWN = 6


def figures(array: Any) -> str:
    """The first numbers of an array, for a person."""
    flat = np.asarray(array, float).ravel()
    text = "  ".join(number(float(v)) for v in flat[:_SHOWN])
    return f"{text} …" if flat.size > _SHOWN else text or "∅"


def picture(counterexample: Counterexample) -> Diagram:
    """The recorded graph with its gradients; the card at fault says what was found and what was expected.

    Example:
        >>> from tinygrad_fr import testing
        >>> try:
        ...     testing.check_gradient(lambda x: x * x.detach(), [3.0])
        ... except testing.GradientMismatchError as error:
        ...     diagram = picture(error.counterexample)
        >>> [card.symbol for card in diagram.cards]  # x, what no gradient reaches, and their product
        ['x', '·', '×']
    """
    fault = counterexample.fault
    title = _("{what}: found {found}, expected {expected}").format(
        what=counterexample.what, found=figures(counterexample.found), expected=figures(counterexample.expected)
    )
    diagram = diagram_of(counterexample.graph, passes="both", title=title)
    if fault is not None:
        rows = (
            Row(_("sends to input {n}").format(n=fault.position + 1), figures(fault.found), theme.WRONG, bold=True),
            Row(_("expected"), figures(fault.expected), theme.RIGHT, bold=True),
        )
        cards = tuple(
            replace(card, rows=(*card.rows, *rows), colour=theme.WRONG) if card.id == str(fault.id) else card
            for card in diagram.cards
        )
        diagram = replace(diagram, cards=cards)
    return place(diagram)
