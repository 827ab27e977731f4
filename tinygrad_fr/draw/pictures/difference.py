"""The picture of two runs as one: what was added, removed or changed."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from tinygrad_fr.draw import theme
from tinygrad_fr.draw.diagram import Band, Diagram, Key
from tinygrad_fr.draw.pictures.record import diagram_of
from tinygrad_fr.explain.lenses.difference import APPEARED, CHANGED, GONE, NOTHING, Difference
from tinygrad_fr.explain.levels.view import Distance, view
from tinygrad_fr.locale import _, number

if TYPE_CHECKING:
    from tinygrad_fr.explain.lenses.difference import Change
    from tinygrad_fr.explain.levels.view import Unit, View

_LEAST = 1e-3  # a relative change under this is pale


def difference_diagram(found: Difference, title: str, seen: View | None = None, *, brief: bool = False) -> Diagram:
    """Both runs as one picture, a band over each card that is not the same in both.

    Args:
        found: what is not the same.
        title: the sentence at the top.
        seen: the graph of both as it is seen, whole by default.
        brief: as of :func:`~tinygrad_fr.draw.diagram_of`.

    Example:
        >>> from tinygrad_fr import Graph, Scalar
        >>> from tinygrad_fr.explain.lenses.difference import difference
        >>> x = Scalar(2.0, name="x")
        >>> drawn = difference_diagram(difference(Graph.of(x * 3), Graph.of((x * 3).tanh())), "With and without tanh")
        >>> [(card.symbol, card.band is not None) for card in drawn.cards]
        [('x', False), ('×', False), ('tanh', True)]
    """
    seen = seen if seen is not None else view(found.graph, Distance())
    diagram = diagram_of(seen, passes="both", title=title, brief=brief)
    bands = {unit.id: _band(found, unit) for unit in seen.units}
    cards = tuple(replace(card, band=bands[card.id]) for card in diagram.cards)
    keys = (
        Key(_("new"), "■", theme.RIGHT),
        Key(_("gone"), "■", theme.WRONG),
        Key(_("changed: by how much, of its norm, the value and the gradient"), "■", theme.magnitude(1.0, _LEAST, 1.0)),
    )
    guide = _("Both runs at once; values and gradients are those of the second.")
    return replace(diagram, cards=cards, guide=guide, legend=() if brief else (*diagram.legend[:-1], *keys))


def _band(found: Difference, unit: Unit) -> Band | None:
    changes = [found.changes[vertex.id] for vertex in unit.vertices]
    kinds = {change.kind for change in changes}
    if kinds == {APPEARED}:
        return Band(_("new"), theme.RIGHT)
    if kinds == {GONE}:
        return Band(_("gone"), theme.WRONG)
    if APPEARED in kinds or GONE in kinds:
        counts = (sum(change.kind == kind for change in changes) for kind in (APPEARED, GONE))
        return Band("+{} −{}".format(*map(number, counts)), theme.PEAK)
    return _moved(changes) if CHANGED in kinds else None


def _moved(changes: list[Change]) -> Band:
    """The largest relative change of a value and of a gradient."""
    largest = [
        max((x for x in found if x is not None), default=None)
        for found in ((c.value for c in changes), (c.gradient for c in changes))
    ]
    words = ((_("value ="), _("value ±{share} %")), (_("gradient ="), _("gradient ±{share} %")))
    said = [
        (moved if x > NOTHING else same).format(share=_percent(x))
        for (same, moved), x in zip(words, largest, strict=True)
        if x is not None
    ]
    size = max((x for x in largest if x is not None), default=1.0)
    return Band(" · ".join(said) or _("another shape"), theme.magnitude(min(max(size, _LEAST), 1.0), _LEAST, 1.0))


def _percent(share: float) -> str:
    return "∞" if math.isinf(share) else number(100 * share, 0 if share >= 0.1 else 2)
