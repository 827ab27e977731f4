"""``demo``: trains an RNN and an LSTM, and writes a page that compares them."""

from __future__ import annotations

from pathlib import Path

import click

from tinygrad_fr.cli.options import Place, catalogue, plugin_options, seed_option
from tinygrad_fr.cli.output import say, write
from tinygrad_fr.cli.trained import train_with_progress
from tinygrad_fr.files import folder
from tinygrad_fr.locale import _
from tinygrad_fr.report import demo


@click.command("demo")
@click.option(
    "-o", "--output", type=Place(file_okay=False), default=Path("demo"), show_default=True,
    metavar=_("FOLDER"), help=_("Where to write the page and its pictures."),
)  # fmt: skip
@seed_option()
@plugin_options()
def command(output: Path, seed: int, files: tuple[Path, ...], strict: bool) -> None:
    folder(output)
    made = demo(
        catalogue(files, strict), output, lambda model, settings: train_with_progress(model, settings, seed=seed), say
    )
    for name, data in made.files.items():
        write(str(output / name), data)
    for flow in made.flows:
        say(flow.headline())
    say(made.comparison())
    click.echo(output / "index.html")
