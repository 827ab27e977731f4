"""``gates``: what every gate of a cell does at every step."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np

from tinygrad_fr.cli.options import catalogue, output_option, settings_of
from tinygrad_fr.cli.output import as_json as json_text
from tinygrad_fr.cli.output import say, table, write
from tinygrad_fr.cli.trained import lens_options, trained_run
from tinygrad_fr.draw import WINDOW, cell_diagram, format_of, heat_diagram, render
from tinygrad_fr.explain import Gates, gates
from tinygrad_fr.locale import _, number


@click.command("gates")
@click.argument("name")
@output_option(_("Also draw the cell with its gates, in a file; the suffix chooses the format."))
@lens_options()
def command(
    name: str,
    output: str | None,
    steps: int | None,
    trained: bool,
    as_json: bool,
    changes: tuple[str, ...],
    seed: int,
    files: tuple[Path, ...],
    strict: bool,
) -> None:
    form = format_of(output) if output is not None else ""
    model = catalogue(files, strict).load(name)
    found = gates(trained_run(model, settings_of(model, changes, steps), trained=trained, seed=seed))
    if output is not None:
        if form == "json":
            data = json_text(found.to_json()).encode()
        else:
            data = render(cell_diagram(found) if len(found.steps) <= WINDOW else heat_diagram(found), form)
        write(output, data)
        if output == "-":
            return
        say(_("{path}: written").format(path=output))
    if as_json:
        click.echo(json_text(found.to_json()))
        return
    _table(found)


def _table(found: Gates) -> None:
    columns = ["t", *found.symbols, "‖∂L/∂h‖"]
    rows = []
    for i, t in enumerate(found.steps):
        row = [str(t)]
        for symbol in found.symbols:
            values = found.values[symbol][i]
            row.append(
                number(float(values.mean())) if symbol in found.sigmoids else number(float(np.linalg.norm(values)))
            )
        rows.append([*row, number(float(found.gradients["h"][i]))])
    table(_("Mean of each gate, norm of each state, step by step"), columns, rows, numbers_from=0)
    for symbol, (opened, closed) in found.openness().items():
        click.echo(
            _("{gate}: open (> 0.9) {opened} % of the time, closed (< 0.1) {closed} %").format(
                gate=symbol, opened=number(100 * opened, 0), closed=number(100 * closed, 0)
            )
        )
