"""``course``: the map of the course, each row with its commands and tests."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import click

from tinygrad_fr.cli.options import json_option
from tinygrad_fr.cli.output import as_json as json_text
from tinygrad_fr.cli.output import say, tell
from tinygrad_fr.locale import _, number
from tinygrad_fr.plugins.course import courses

if TYPE_CHECKING:
    from tinygrad_fr.plugins.course import Row


@click.command("course")
@json_option()
@click.option("--tests", is_flag=True, help=_("Show the tests that hold each row, too."))
@click.option("--missing", is_flag=True, help=_("Show only what nothing answers yet."))
def command(as_json: bool, tests: bool, missing: bool) -> None:
    found = courses()
    if as_json:
        click.echo(json_text({name: course.to_json() for name, course in found.items()}))
        return
    for course in found.values():
        click.echo(click.style(str(course.title), bold=True))
        for section, rows in groupby(course.rows, key=lambda row: row.section):
            _section(str(section), [row for row in rows if not (missing and row.answered)], tests)
        _section(_("Slips and ambiguities"), [row for row in course.slips if not (missing and row.answered)], tests)
        for said, every in (
            (_("{answered} of {total} rows are answered by a command"), course.rows),
            (_("{answered} of {total} slips are answered by a command"), course.slips),
        ):
            answered = sum(row.answered for row in every)
            say(said.format(answered=number(answered), total=number(len(every))))


def _section(title: str, rows: list[Row], tests: bool) -> None:
    if rows:
        click.echo("\n" + click.style(title, bold=True))
    for row in rows:
        tell(f"  {'✓' if row.answered else '·'} {row.named}")
        tell(f"      {row.owed}")
        for line in row.commands:
            click.echo("      " + click.style(f"tinygrad-fr {line}", fg="cyan"))
        for number_of in row.tutorials:
            click.echo("      " + click.style(f"tinygrad-fr tutorial open {number_of}", fg="cyan"))
        if not row.answered:
            click.echo("      " + click.style(_("nothing runs yet"), dim=True))
        if tests:
            for test in row.tests:
                click.echo("      " + click.style(test, dim=True))
