"""``plugins``: where models come from, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import click

from tinygrad_fr.cli.options import json_option, plugin_options, report
from tinygrad_fr.cli.output import as_json as json_text
from tinygrad_fr.cli.output import table
from tinygrad_fr.errors import PluginError
from tinygrad_fr.locale import _
from tinygrad_fr.plugins import Catalogue


@click.group("plugins")
def command() -> None:
    pass


@command.command("list", help=_("List the plugins, each with where it comes from and whether it works."))
@plugin_options()
@json_option()
def list_(files: tuple[Path, ...], strict: bool, as_json: bool) -> None:
    found = Catalogue(files)
    working = {model.name for model in found.load_all()}
    entries = [
        {"name": name, "origin": source.origin, "works": name in working} for name, source in found.sources.items()
    ]
    if as_json:
        failures = [{"name": f.name, "origin": f.origin, "cause": f.cause} for f in found.failures]
        click.echo(json_text({"plugins": entries, "failures": failures}))
    else:
        rows = [[str(e["name"]), str(e["origin"]), _("works") if e["works"] else _("broken")] for e in entries]
        table(_("Plugins"), [_("name"), _("comes from"), _("state")], rows, numbers_from=9)
    report(found)
    if strict and found.failures:
        raise PluginError(_("{n} broken plugins").format(n=len(found.failures)))
