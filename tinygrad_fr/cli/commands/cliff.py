"""``cliff``: the error surface of a recurrence of two numbers, where gradients explode."""

from __future__ import annotations

import click

from tinygrad_fr.cli.options import json_option, output_option
from tinygrad_fr.cli.output import tell
from tinygrad_fr.cli.picture import picture_options
from tinygrad_fr.cli.reading import Request, asks
from tinygrad_fr.draw import cliff_diagram
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
@asks()
def command(request: Request, lr: float, clip_norm: float) -> None:
    found = cliff(request.steps or 0, rate=lr, clip_norm=clip_norm)
    if not request.shown(found.to_json(), lambda: cliff_diagram(found, slide=request.rendering.size == "slide")):
        tell(found.sentence())
