"""``maps``: filters, and what each finds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from tinygrad_fr.cli.options import catalogue, model_argument, output_option, settings_of
from tinygrad_fr.cli.output import as_json as json_text
from tinygrad_fr.cli.output import say, table, write
from tinygrad_fr.cli.picture import look_of, picture_options, with_answer
from tinygrad_fr.cli.trained import lens_options, trained_run
from tinygrad_fr.draw import feature_maps_diagram, format_of
from tinygrad_fr.explain import feature_maps
from tinygrad_fr.locale import _, number

if TYPE_CHECKING:
    from tinygrad_fr.draw import Diagram


@click.command("maps")
@model_argument()
@output_option(_("Also draw filters and maps, in a file; the suffix chooses the format."))
@picture_options()
@lens_options()
def command(
    name: str,
    output: str | None,
    steps: int | None,
    trained: bool,
    weights: Path | None,
    as_json: bool,
    changes: tuple[str, ...],
    seed: int,
    files: tuple[Path, ...],
    strict: bool,
    **picture: Any,
) -> None:
    look = look_of(picture)
    form = format_of(output) if output is not None else ""
    model = catalogue(files, strict).load(name)
    settings = settings_of(model, changes, steps)
    if trained:  # a model without convolutions is said before a long training
        feature_maps(trained_run(model, settings, trained=False, seed=seed, weights=weights))
    run = trained_run(model, settings, trained=trained, seed=seed, weights=weights)
    found = feature_maps(run)
    data = [each.to_json() for each in found]
    if output is not None:
        title = str(model.title)

        def picture_(layers: int | None = None) -> Diagram:
            return with_answer(feature_maps_diagram(title, found[:layers], slide=look.size == "slide"), run)

        less = [
            (lambda: picture_(2), _("a slide has room for two layers: the first are shown")),
            (lambda: picture_(1), _("a slide has room for one layer: the first is shown")),
        ]
        write(output, json_text(data).encode() if form == "json" else look.draw(form, picture_, *less))
        if output == "-":
            return
        say(_("{path}: written").format(path=output))
    if as_json:
        click.echo(json_text(data))
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
    table(str(model.title), [_("layer"), _("filters"), _("maps"), _("largest"), _("positive (%)")], rows)
