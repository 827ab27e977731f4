"""``descent``: the ways of several optimizers down one surface."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

import click

from tinygrad_fr.cli.options import json_option, output_option
from tinygrad_fr.cli.output import as_json as json_text
from tinygrad_fr.cli.output import say, tell, write
from tinygrad_fr.cli.picture import picture_options, render_options
from tinygrad_fr.draw import descent_diagram, format_of
from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain import METHODS, SURFACES, descents
from tinygrad_fr.locale import _


def _methods(_context: click.Context, _parameter: click.Parameter, given: str) -> tuple[str, ...]:
    """Names between commas.

    Raises:
        UsageError: one is no optimizer's.
    """
    names = tuple(dict.fromkeys(name.strip() for name in given.split(",")))
    for name in names:
        if name not in METHODS:
            near = get_close_matches(name, METHODS) or METHODS
            raise UsageError(
                _("no optimizer is called “{name}”; near it: {near}").format(name=name, near=", ".join(near))
            )
    return names


@click.command("descent")
@click.option(
    "--optimizer", "methods", metavar=_("NAMES"), default=",".join(METHODS), show_default=True, callback=_methods,
    help=_("Optimizers, with commas between them."),
)  # fmt: skip
@click.option(
    "--surface", type=click.Choice(tuple(SURFACES)), default="ravine", show_default=True, help=_("What they go down.")
)
@click.option(
    "--lr", type=click.FloatRange(0, min_open=True), metavar="η",
    help=_("Learning rate of all of them, instead of one that suits the surface."),
)  # fmt: skip
@click.option("--steps", type=click.IntRange(1, 20_000), metavar="N", help=_("Number of steps."))
@output_option(_("Also draw the ways on a map, in a file; the suffix chooses the format."))
@picture_options()
@json_option()
def command(
    methods: tuple[str, ...],
    surface: str,
    lr: float | None,
    steps: int | None,
    output: str | None,
    as_json: bool,
    **picture: Any,
) -> None:
    rendering = render_options(picture)
    form = format_of(output) if output is not None else ""
    found = descents(surface, methods, lr=lr, steps=steps)
    ground = SURFACES[surface]
    data = json_text(
        {
            "surface": surface,
            "equation": ground.equation,
            "minima": [list(point) for point in ground.minima],
            "descents": [each.to_json() for each in found],
        }
    )
    if output is not None:
        two = (lambda: descent_diagram(found[:2]), _("a slide has room for two optimizers: the first are shown"))
        write(output, data.encode() if form == "json" else rendering.draw(form, lambda: descent_diagram(found), two))
        if output == "-":
            return
        say(_("{path}: written").format(path=output))
    if as_json:
        click.echo(data)
        return
    for each in found:
        tell(_("{optimizer}: {verdict}").format(optimizer=each.title, verdict=each.sentence()))
