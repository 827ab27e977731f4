"""The picture of filters and feature maps: the input, the filters, and their outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.draw import theme
from tinygrad_fr.draw.chart import Paper
from tinygrad_fr.draw.diagram import apart
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tinygrad_fr.draw.diagram import Diagram
    from tinygrad_fr.explain.lenses.feature_maps import FeatureMaps

_FEW = 8  # maps of a layer that are drawn
_LAYERS = 6
_MAP, _FILTER, _GAP = 84.0, 46.0, 16.0


def feature_maps_diagram(title: str, found: Sequence[FeatureMaps], *, slide: bool = False) -> Diagram:
    """A band a convolution: the image first, then its strongest filters with their maps under them.

    Args:
        title: of the picture.
        found: the convolutions, in order.
        slide: whether it stands on a slide, whose words are large: no lines on how to read it.

    Example:
        >>> from tinygrad_fr.explain import FeatureMaps
        >>> edges = FeatureMaps("c1", np.eye(4)[None], np.array([[[[-1.0, 1.0]]]]), np.diff(np.eye(4))[None])
        >>> drawn = feature_maps_diagram("Edges", [edges])
        >>> "1 × 2" in " ".join(mark.text for mark in drawn.marks)  # the filter's sides
        True
    """
    paper, slide = Paper(), slide or theme.on_slides()
    y = 0.0
    for each in found[:_LAYERS]:
        paper.text(0, y, each.path, size=theme.LARGE, colour=theme.INK, bold=True)
        first = each.filters.shape[1] == 1
        words = (
            _("{maps} filters of {height} × {width}")
            if first
            else _("{maps} filters of {channels} × {height} × {width}: the first channel of each is shown")
        )
        sizes = dict(zip(("maps", "channels", "height", "width"), each.filters.shape, strict=True))
        paper.text(0, y - 20, words.format(**sizes), size=theme.MEDIUM)
        top = y - 38
        _picture(paper, each.image[0] if first else each.image.mean(axis=0), 0.0, top - _FILTER - 8, _MAP)
        chosen = each.strongest(_FEW)
        scales = np.abs(each.filters[chosen]).max(), np.abs(each.maps[chosen]).max()
        for rank, number in enumerate(chosen):
            left = _MAP + 3 * _GAP + rank * (_MAP + _GAP)
            _picture(paper, each.filters[number, 0], left + (_MAP - _FILTER) / 2, top, _FILTER, scales[0])
            _picture(paper, each.maps[number], left, top - _FILTER - 8, _MAP, scales[1])
        y = top - _FILTER - 8 - _MAP - 40
    guide = [
        _("Left: what is read. Above: a filter; below: what it finds. Blue: negative, orange: positive, pale: 0."),
        _("A map is strong where the image looks like the filter."),
    ]
    if any(len(each.maps) > _FEW for each in found) or len(found) > _LAYERS:
        guide.append(_("The strongest maps of each layer are shown, and the first {n} layers.").format(n=_LAYERS))
    drawn = paper.diagram(title, "" if slide else "\n".join(guide), left=-14, top=34)
    return apart(drawn, feature_maps_diagram, found[:_LAYERS], (2, 1), title)


def _picture(paper: Paper, values: Any, left: float, top: float, size: float, scale: float | None = None) -> None:
    """Values as squares; grey levels where there is no scale for their sign."""
    side = size / max(values.shape)
    high, wide = values.shape[0] * side, values.shape[1] * side
    largest = float(np.abs(values).max()) or 1.0
    colours = [
        [
            theme.openness(theme.step(abs(value) / largest)) if scale is None else theme.signed(value, scale or 1.0)
            for value in row
        ]
        for row in values[::-1].tolist()
    ]
    paper.cells(colours, left, top - high, wide, high)
