"""``probes``: the behaviour of the engine, shown by running it."""

from __future__ import annotations

import click

from tinygrad_fr.cli.options import json_option
from tinygrad_fr.cli.output import as_json as json_text
from tinygrad_fr.cli.output import table
from tinygrad_fr.locale import _
from tinygrad_fr.testing.probes import probes


@click.command("probes")
@json_option()
def command(as_json: bool) -> int:
    results = [(probe, probe.run()) for probe in probes()]
    if as_json:
        click.echo(
            json_text(
                [
                    {
                        "name": probe.name,
                        "says": probe.says,
                        "expected": probe.expected,
                        "found": found,
                        "passes": found == probe.expected,
                    }
                    for probe, found in results
                ]
            )
        )
    else:
        rows = [[p.says, p.expected, found, "✓" if found == p.expected else "✗"] for p, found in results]
        table(_("Behaviour, one program per row"), [_("program"), _("expected"), _("found"), ""], rows, numbers_from=9)
    return 0 if all(found == p.expected for p, found in results) else 1
