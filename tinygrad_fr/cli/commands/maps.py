"""``maps``: filters and feature maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import numpy as np

from tinygrad_fr.cli.options import model_argument, output_option
from tinygrad_fr.cli.output import table
from tinygrad_fr.cli.picture import picture_options, with_answer
from tinygrad_fr.cli.reading import Request, asks
from tinygrad_fr.cli.trained import lens_options
from tinygrad_fr.draw import feature_maps_diagram
from tinygrad_fr.explain import feature_maps
from tinygrad_fr.locale import _, number

if TYPE_CHECKING:
    from tinygrad_fr.draw import Diagram


@click.command("maps")
@model_argument()
@output_option(_("Also draw filters and maps, in a file; the suffix chooses the format."))
@picture_options()
@lens_options()
@asks()
def command(request: Request) -> None:
    run, found = request.read(feature_maps)
    title = str(request.model.title)

    def picture(layers: int | None = None) -> Diagram:
        return with_answer(feature_maps_diagram(title, found[:layers], slide=request.rendering.size == "slide"), run)

    less = [
        (lambda: picture(2), _("a slide has room for two layers: the first are shown")),
        (lambda: picture(1), _("a slide has room for one layer: the first is shown")),
    ]
    if request.shown([each.to_json() for each in found], picture, *less):
        return
    rows = [
        [
            each.path,
            " × ".join(map(str, each.filters.shape)),
            " × ".join(map(str, each.maps.shape)),
            number(float(np.abs(each.maps).max())),
            number(float(np.mean(each.maps > 0) * 100), 0),
        ]
        for each in found
    ]
    table(title, [_("layer"), _("filters"), _("maps"), _("largest"), _("positive (%)")], rows)
