"""``flow``: the gradient of the state at every time step, models side by side."""

from __future__ import annotations

from pathlib import Path

import click

from tinygrad_fr.cli.options import catalogue, output_option, settings_of
from tinygrad_fr.cli.output import as_json as json_text
from tinygrad_fr.cli.output import say, table, write
from tinygrad_fr.cli.trained import lens_options, trained_run
from tinygrad_fr.draw import flow_diagram, format_of, render
from tinygrad_fr.explain import Flow, flow
from tinygrad_fr.locale import _, number

_BARS = "▁▂▃▄▅▆▇█"


@click.command("flow")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@output_option(_("Also draw the curve and the strips, in a file; the suffix chooses the format."))
@lens_options()
def command(
    names: tuple[str, ...],
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
    found = catalogue(files, strict)
    flows = []
    for name in dict.fromkeys(names):
        model = found.load(name)
        flows.append(flow(trained_run(model, settings_of(model, changes, steps), trained=trained, seed=seed)))
    if output is not None:
        data = (
            json_text([each.to_json() for each in flows]).encode()
            if form == "json"
            else render(flow_diagram(flows), form)
        )
        write(output, data)
        if output == "-":
            return
        say(_("{path}: written").format(path=output))
    if as_json:
        click.echo(json_text([each.to_json() for each in flows]))
        return
    _table(flows)
    for each in flows:
        click.echo(f"{sparkline(each.h)}  {each.headline()}")


def _table(flows: list[Flow]) -> None:
    columns = ["t"]
    for each in flows:
        columns.append(f"{each.name} ‖∂L/∂h‖")
        if each.c is not None:
            columns.append(f"{each.name} ‖∂L/∂C‖")
    rows = []
    for t in sorted({t for each in flows for t in each.steps}):
        row = [str(t)]
        for each in flows:
            known = dict(zip(each.steps, range(len(each.steps)), strict=True)).get(t)
            row.append(number(each.h[known]) if known is not None else "")
            if each.c is not None:
                row.append(number(each.c[known]) if known is not None else "")
        rows.append(row)
    table(_("Gradient of the loss with respect to the state, step by step"), columns, rows, numbers_from=0)


def sparkline(values: tuple[float, ...]) -> str:
    """A curve in one line of text, on a log scale."""
    import math

    logs = [math.log10(v) if v > 0 else -math.inf for v in values]
    finite = [v for v in logs if v > -math.inf]
    if not finite:
        return _BARS[0] * len(values)
    low, high = min(finite), max(finite)
    span = high - low or 1.0
    return "".join(_BARS[0] if v == -math.inf else _BARS[round(7 * (v - low) / span)] for v in logs)
