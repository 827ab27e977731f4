"""``flow``: the gradient of the state at every time step, or of every layer; models side by side."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import click

from tinygrad_fr.cli.options import catalogue, output_option
from tinygrad_fr.cli.output import as_json as json_text
from tinygrad_fr.cli.output import say, table, write
from tinygrad_fr.cli.picture import look_of, picture_options
from tinygrad_fr.cli.trained import lens_options, train_with_progress, trained_run
from tinygrad_fr.cli.variants import REMEDIES, Variant, remedy_options, variants
from tinygrad_fr.draw import flow_diagram, format_of, history_diagram
from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain import Flow, History, flow
from tinygrad_fr.explain.sparkline import sparkline
from tinygrad_fr.locale import _, number
from tinygrad_fr.page import flow_page


@click.command("flow")
@click.argument("names", nargs=-1, required=True, metavar="NAME[:KEY=VALUE,…]...")
@output_option(_("Also draw the curve and the strips, in a file; the suffix chooses the format."))
@remedy_options()
@click.option(
    "--clip-norm", type=click.FloatRange(0, min_open=True), metavar="X",
    help=_("Clip the norm of the parameters’ gradient: the arrow before and after."),
)  # fmt: skip
@click.option(
    "--clip-value", type=click.FloatRange(0, min_open=True), metavar="X",
    help=_("Clip each element of the parameters’ gradient."),
)  # fmt: skip
@click.option("--during-training", is_flag=True, help=_("Train, and show the flow against the iterations."))
@picture_options()
@lens_options()
def command(
    names: tuple[str, ...],
    output: str | None,
    compare: bool,
    clip_norm: float | None,
    clip_value: float | None,
    during_training: bool,
    steps: int | None,
    trained: bool,
    weights: Path | None,
    as_json: bool,
    changes: tuple[str, ...],
    seed: int,
    files: tuple[Path, ...],
    strict: bool,
    **remedies: Any,
) -> None:
    look = look_of(remedies)
    form = format_of(output, "html") if output is not None else ""
    chosen = variants(
        catalogue(files, strict), names, changes, steps, {key: remedies[key] for key in REMEDIES}, compare
    )
    found: list[Any] = (
        [_history(variant, seed, weights) for variant in chosen]
        if during_training
        else [
            flow(
                trained_run(variant.model, variant.settings, trained=trained, seed=seed, weights=weights),
                variant.label,
                clip_norm=clip_norm,
                clip_value=clip_value,
            )
            for variant in chosen
        ]
    )
    if len({each.axis for each in found}) > 1:
        raise UsageError(_("flow: models with time steps and models with layers cannot share an axis"))
    data = json_text([each.to_json() for each in found])
    if output is not None:
        picture = history_diagram if during_training else flow_diagram
        if form == "html" and during_training:
            raise UsageError(_("--during-training: a page shows one moment; expected a picture, such as flow.svg"))
        pages = {"json": data.encode, "html": lambda: flow_page(found, lambda: picture(found))}
        write(output, pages.get(form, lambda: look.draw(form, lambda: picture(found)))())
        if output == "-":
            return
        say(_("{path}: written").format(path=output))
    if as_json:
        click.echo(data)
    elif during_training:
        for each in found:
            click.echo(f"{sparkline(each.ratios)}  {each.headline()}")
    else:
        _table(found)
        for each in found:
            click.echo(str(each))
            if each.clipping is not None:
                click.echo(each.clipping.sentence())


def _history(variant: Variant, seed: int, weights: Path | None) -> History:
    history = History(variant.model, variant.settings, variant.label)
    train_with_progress(variant.model, variant.settings, seed=seed, weights=weights, watch=history.watch)
    return history


def _table(flows: list[Flow]) -> None:
    place = "t" if flows[0].axis == "time" else "l"
    columns, cells = [place], []
    for each in flows:
        parts = [(f"‖∂L/∂{each.symbol}‖", each.h)]
        if each.c is not None:
            parts.append(("‖∂L/∂C‖", each.c))
        if each.jacobians is not None:
            parts += [("σ max", (math.nan, *each.jacobians.largest)), ("σ min", (math.nan, *each.jacobians.smallest))]
        for name, values in parts:
            columns.append(f"{each.label} {name}")
            cells.append(dict(zip(each.steps, values, strict=True)))
    rows = [
        [str(t), *("" if math.isnan(column.get(t, math.nan)) else number(column[t]) for column in cells)]
        for t in sorted({t for each in flows for t in each.steps})
    ]
    title = (
        _("Gradient of the loss with respect to the state, and singular values of each step’s Jacobian")
        if flows[0].axis == "time"
        else _("Gradient of the loss with respect to each layer, and singular values of its Jacobian")
    )
    table(title, columns, rows, numbers_from=0)
