"""``activations``: activation functions, their derivatives and where they saturate."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

import click

from tinygrad_fr.cli.options import json_option, output_option
from tinygrad_fr.cli.output import as_json as json_text
from tinygrad_fr.cli.output import say, write
from tinygrad_fr.cli.picture import look_of, picture_options
from tinygrad_fr.draw import activations_diagram, format_of
from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain import FUNCTIONS, activation
from tinygrad_fr.locale import _


@click.command("activations")
@click.argument("names", nargs=-1, metavar=_("[NAME]…"))
@output_option(_("Also draw them, in a file; the suffix chooses the format."))
@picture_options()
@json_option()
def command(names: tuple[str, ...], output: str | None, as_json: bool, **picture: Any) -> None:
    look = look_of(picture)
    form = format_of(output) if output is not None else ""
    for name in names:
        if name not in FUNCTIONS:
            near = get_close_matches(name, FUNCTIONS) or FUNCTIONS
            raise UsageError(
                _("no activation function is called “{name}”; near it: {near}").format(name=name, near=", ".join(near))
            )
    found = [activation(name) for name in names or FUNCTIONS]
    data = json_text([each.to_json() for each in found])
    if output is not None:
        two = (lambda: activations_diagram(found[:2]), _("a slide has room for two functions: the first are shown"))
        write(output, data.encode() if form == "json" else look.draw(form, lambda: activations_diagram(found), two))
        if output == "-":
            return
        say(_("{path}: written").format(path=output))
    if as_json:
        click.echo(data)
        return
    for each in found:
        click.echo(_("{name}: {verdict}").format(name=each.title, verdict=each.sentence()))
