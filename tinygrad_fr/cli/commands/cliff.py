"""``cliff``: the error surface of a recurrence of two numbers, where gradients explode."""

from __future__ import annotations

from typing import Any

import click

from tinygrad_fr.cli.options import json_option, output_option
from tinygrad_fr.cli.output import as_json as json_text
from tinygrad_fr.cli.output import say, write
from tinygrad_fr.cli.picture import look_of, picture_options
from tinygrad_fr.draw import cliff_diagram, format_of
from tinygrad_fr.explain import cliff
from tinygrad_fr.locale import _


@click.command("cliff")
@output_option(_("Also draw the maps, in a file; the suffix chooses the format."))
@click.option(
    "--steps", type=click.IntRange(1, 1000), metavar="T", default=50, show_default=True,
    help=_("Number of time steps."),
)  # fmt: skip
@click.option(
    "--lr", type=click.FloatRange(0, min_open=True), metavar="η", default=0.05, show_default=True,
    help=_("Learning rate of the descent."),
)  # fmt: skip
@click.option(
    "--clip-norm", type=click.FloatRange(0, min_open=True), metavar="X", default=1.0, show_default=True,
    help=_("Bound on the norm of the gradient."),
)  # fmt: skip
@picture_options()
@json_option()
def command(output: str | None, steps: int, lr: float, clip_norm: float, as_json: bool, **picture: Any) -> None:
    look = look_of(picture)
    form = format_of(output) if output is not None else ""
    found = cliff(steps, rate=lr, clip_norm=clip_norm)
    data = json_text(found.to_json())
    if output is not None:
        write(
            output,
            data.encode()
            if form == "json"
            else look.draw(form, lambda: cliff_diagram(found, slide=look.size == "slide")),
        )
        if output == "-":
            return
        say(_("{path}: written").format(path=output))
    click.echo(data if as_json else found.sentence())
