"""``activations``: activation functions, their derivatives and where they saturate."""

from __future__ import annotations

from difflib import get_close_matches

import click

from tinygrad_fr.cli.options import json_option, output_option
from tinygrad_fr.cli.output import tell
from tinygrad_fr.cli.picture import picture_options
from tinygrad_fr.cli.reading import Request, asks
from tinygrad_fr.draw import activations_diagram
from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain import FUNCTIONS, activation
from tinygrad_fr.locale import _


@click.command("activations")
@click.argument("names", nargs=-1, metavar=_("[NAME]…"))
@output_option(_("Also draw them, in a file; the suffix chooses the format."))
@picture_options()
@json_option()
@asks()
def command(request: Request, names: tuple[str, ...]) -> None:
    for name in names:
        if name not in FUNCTIONS:
            near = get_close_matches(name, FUNCTIONS) or FUNCTIONS
            raise UsageError(
                _("no activation function is called “{name}”; near it: {near}").format(name=name, near=", ".join(near))
            )
    found = [activation(name) for name in names or FUNCTIONS]
    two = (lambda: activations_diagram(found[:2]), _("a slide has room for two functions: the first are shown"))
    if request.shown([each.to_json() for each in found], lambda: activations_diagram(found), two):
        return
    for each in found:
        tell(_("{name}: {verdict}").format(name=each.title, verdict=each.sentence()))
